# Sourced behind lib.sh by tests of `git jci runner`: a Docker Engine that is there, a server of their
# own (runner/server.py) and a bundle of busybox (runner/bundle) in place of `git jci job`.
# shellcheck shell=sh disable=SC2016,SC2119,SC2120,SC2154

command -v python3 >/dev/null || skip_all 'there is no python3'
command -v jq >/dev/null || skip_all 'there is no jq'
command -v docker >/dev/null || skip_all 'there is no docker'
docker version >/dev/null 2>&1 || skip_all 'the Docker Engine does not answer'
busybox=$(command -v busybox) || skip_all 'there is no busybox-static'
if ldd "$busybox" >/dev/null 2>&1; then skip_all 'busybox is not static'; fi

# Images for these tests alone, with nothing in them but an empty folder; the second has a user.
image=jci-test-runner-$$:latest
user_image=jci-test-runner-user-$$:latest
mkdir "$test_root/image" "$test_root/image/tmp"
tar -C "$test_root/image" -c . | docker import - "$image" >/dev/null || skip_all 'docker import fails'
tar -C "$test_root/image" -c . | docker import -c 'USER 1234:1234' - "$user_image" >/dev/null
trap 'docker rmi -f "$image" "$user_image" >/dev/null 2>&1
	chmod -R u+rwX "$test_root" 2>/dev/null; rm -rf "$test_root"' EXIT

bundle=$test_root/bundle
mkdir -p "$bundle/bin"
cp "$busybox" "$bundle/bin/busybox"
cp "$top_srcdir/tests/runner/bundle" "$bundle/bin/git-jci"
chmod 755 "$bundle/bin/busybox" "$bundle/bin/git-jci"

# serve_jobs [PORT]: starts the server, in $TRASH/server; $server_url, $jobs_server.
serve_jobs() {
	mkdir -p "$TRASH/server"
	rm -f "$TRASH/server/port"
	test -e "$TRASH/server/secret" || echo s3cret >"$TRASH/server/secret"
	python3 "$top_srcdir/tests/runner/server.py" "$TRASH/server" "$@" >"$TRASH/server.out" 2>&1 &
	jobs_server=$!
	wait_for 'test -s "$TRASH/server/port"'
	server_url=http://127.0.0.1:$(cat "$TRASH/server/port")
}

# settings: of a runner that works fast, for the environment of a subshell; with_settings COMMAND...
settings() {
	export JCI_SERVER="$server_url" JCI_RUNNER_SECRET=s3cret JCI_RUNNER_DB="$TRASH/runner.db" \
		JCI_RUNNER_NAME=host-a JCI_BUNDLE="$bundle" JCI_IMAGE="$image" \
		JCI_POLL_INTERVAL=1s JCI_REAP_INTERVAL=1s JCI_GRACE=2s
}

with_settings() {
	(settings && exec "$@")
}

# start_runner [VARIABLE=VALUE...] [-- OPTION...]: $runner; its log is $TRASH/log.
start_runner() {
	test -n "${jobs_server:-}" || serve_jobs
	at_end remove_containers
	test_variables=
	while test $# -gt 0 && test "$1" != --; do
		test_variables="$test_variables $1"
		shift
	done
	test $# -eq 0 || shift
	# shellcheck disable=SC2086
	(settings && exec env $test_variables git-jci runner "$@" >>"$TRASH/log" 2>&1) &
	runner=$!
}

# stop_runner: it drains.
stop_runner() {
	kill -TERM "$runner"
	expect_exit 0 wait "$runner"
}

# kill_runner: as a power cut would.
kill_runner() {
	kill -KILL "$runner"
	expect_exit 137 wait "$runner"
}

# The identity of this case's runner, and its containers: their names, in whatever state.
uuid() {
	grep -oE -m 1 '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' "$TRASH/log"
}

containers() {
	docker ps -a --filter "label=git-jci.runner=$(uuid)" --format '{{.Names}}' "$@" | sort
}

remove_containers() {
	kill -KILL "$runner" 2>/dev/null
	wait "$runner" 2>/dev/null
	if uuid >/dev/null; then
		containers | xargs -r docker rm -fv >/dev/null 2>&1
	fi
}

# job ID COMMAND [MEMBERS]: one for the server; COMMAND is for the shell of the container, MEMBERS a
# JSON object that replaces some of the job's.
job() {
	test -n "${jobs_server:-}" || serve_jobs
	jq -n --argjson id "$1" --arg command "$2" --argjson members "${3:-{\}}" '{
		id: $id, attempt: 1, run_id: "170000000\($id)-00aa", repository: "boss/demo",
		commit: "0123456789012345678901234567890123456789", ref: "refs/heads/main",
		branch: $command, trigger: "push", timeout_s: 600, image: null,
		clone_url: "http://gitea.example/boss/demo.git",
		user: "jci-bot", token: "t0ken-of-the-bot"} + $members' >"$TRASH/server/job.tmp"
	mv "$TRASH/server/job.tmp" "$TRASH/server/jobs/$1"
}

# ended ID: waits until the server knows how it ended, and prints that.
ended() {
	wait_for "test -e '$TRASH/server/ended/$1'" >&2
	cat "$TRASH/server/ended/$1"
}

# container ID: the name of its container; logged ID: what that wrote; running ID.
container() {
	containers | grep -e "-$1-1\$"
}

logged() {
	docker logs "$(container "$1")" 2>&1
}

is_running() {
	containers --filter status=running | grep -q -e "-$1-1\$"
}

# wait_log TEXT: until the log of the runner has a line with it.
wait_log() {
	test_pattern=$1
	wait_for 'grep -qF -e "$test_pattern" "$TRASH/log"'
}
