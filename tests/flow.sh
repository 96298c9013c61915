# Sourced behind gitea.sh, docker.sh, server.sh and jobs.sh by tests of the whole way: a push to Gitea, a
# job of `git jci server`, a container of `git jci runner`, a run at Gitea, a status.
# shellcheck shell=sh

need_docker busybox
docker_host=$(docker_address)

# flow_bundle: sets $flow_bundle, that of this build, which is made again when the program is newer. A
# program with AddressSanitizer can't be bundled (t7100-bundle.sh): TEST_BUNDLE names another build's.
flow_bundle() {
	flow_bundle=${TEST_BUNDLE:-$top_builddir/bundle}
	test -z "${TEST_BUNDLE:-}" || return 0
	! built_with JCI_ASAN ||
		skip_all 'built with AddressSanitizer; TEST_BUNDLE can name the bundle of another build'
	exec 9>>"$top_builddir/bundle.lock"
	flock -x 9
	test "$flow_bundle/bin/git-jci" -nt "$top_builddir/git-jci" ||
		make -s -C "$top_builddir" bundle-folder >"$test_root/bundling" 2>&1 || {
		sed 's/^/# /' "$test_root/bundling"
		exit 99
	}
	exec 9>&-
}
flow_bundle

# flow [NAME=VALUE...]: Gitea where containers reach it, the server and a runner, with these settings.
flow() {
	flow_without_runner "$@"
	start_runner
}

flow_without_runner() {
	start_gitea --address="$docker_host"
	server_settings
	export JCI_CATCH_UP=2s JCI_POLL_INTERVAL=1s JCI_REAP_INTERVAL=1s JCI_GRACE=5s
	export JCI_IMAGE=jci-test-busybox JCI_BUNDLE="$flow_bundle"
	for test_setting; do
		export "$test_setting"
	done
	start_server
	export JCI_LISTEN="${url#http://}" JCI_SERVER="${url%/}"
	JCI_LISTEN=${JCI_LISTEN%/}
	gitea_webhook "${url}webhook"
}

# start_runner [NAME [SETTING=VALUE...]]: the one of this name (a), or that again with what it has;
# $runner_a is its process, $TRASH/a.log its log.
start_runner() {
	test_name=${1:-a}
	test $# -eq 0 || shift
	test -e "$TRASH/$test_name.log" || at_end "remove_runner $test_name"
	env "$@" JCI_RUNNER_NAME="host-$test_name" JCI_RUNNER_DB="$TRASH/$test_name.db" \
		git-jci runner >>"$TRASH/$test_name.log" 2>&1 &
	eval "runner_$test_name=\$!"
}

# stop_runner [NAME]: it drains; kill_runner [NAME]: as a power cut.
stop_runner() {
	eval "test_pid=\$runner_${1:-a}"
	kill -TERM "$test_pid"
	expect_exit 0 wait "$test_pid"
}

kill_runner() {
	eval "test_pid=\$runner_${1:-a}"
	kill -KILL "$test_pid"
	wait "$test_pid" || :
}

# runner_label [NAME]: that its containers have.
runner_label() {
	echo "git-jci.runner=$(grep -oE -m 1 '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' \
		"$TRASH/${1:-a}.log")"
}

remove_runner() {
	kill_runner "$1" 2>/dev/null
	test_label=$(runner_label "$1")
	test "$test_label" = git-jci.runner= || remove_containers "$test_label"
}

# ---- the containers of jobs ----

# job_container JOB: the id of the newest that there is for it, whosever; fails if there is none.
job_container() {
	for test_log in "$TRASH"/?.log; do
		test_log=${test_log##*/}
		containers "$(runner_label "${test_log%.log}")"
	done >"$test_root/containers"
	while read -r test_container; do
		docker_api GET "/containers/$test_container/json" | jq -e --arg job "$1" \
			'select(.Config.Labels["git-jci.job"] == $job)' >/dev/null || continue
		echo "$test_container"
		return 0
	done <"$test_root/containers"
	return 1
}

# job_output JOB: what its container wrote.
job_output() {
	docker_api GET "/containers/$(job_container "$1")/logs?stdout=1&stderr=1" | tr -d '\000-\010'
}

# has_said JOB TEXT: has it by now?
has_said() {
	job_output "$1" 2>/dev/null | grep -qF -e "$2"
}

# release JOB: makes the file /tmp/go in its container, for which a script can wait.
release() {
	release_container "$(job_container "$1")"
}

release_container() {
	: >"$TRASH/go"
	tar -C "$TRASH" -c go | docker_api PUT "/containers/$1/archive?path=/tmp" \
		-H 'Content-Type: application/x-tar' -T -
}

# ---- what became of a push ----

# final [COMMIT]: waits for its final status; prints "STATE DESCRIPTION", without times. Fails if
# there are two, or it is not the last one.
final() {
	test_sha=$(git rev-parse "${1:-HEAD}^{commit}")
	wait_for 'gitea_statuses "$test_sha" | grep -qv "^pending"' 120 >&2
	wait_for settled >&2
	gitea_statuses "$test_sha" >"$test_root/statuses"
	same 1 "$(grep -cv '^pending' "$test_root/statuses")" >&2
	tail -n 1 "$test_root/statuses" | cut -f 1,3 | tr '\t' ' ' |
		sed -E 's/ (in|after|past) [0-9.hms]+( m?s| [0-9]+[ms])?( |$)/ \1 T\3/'
}
