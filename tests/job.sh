# Sourced behind lib.sh by tests of `git jci job`: a remote over HTTP with a password, and jobs on it.
# shellcheck shell=sh

. "$top_srcdir/tests/remote.sh"

token=t0k3n+of/the=bot

# a_remote: $TRASH/boss/demo.git, with the commit $commit on main, made of the run.sh on the input,
# served over HTTP at $url to who has the token. The clone that pushed it is $TRASH/alice.
a_remote() {
	git init -q --bare -b main "$TRASH/boss/demo.git"
	git -C "$TRASH/boss/demo.git" config uploadpack.allowAnySHA1InWant true
	git -C "$TRASH/boss/demo.git" config http.receivepack true
	cd "$TRASH"
	new_repo alice
	git push -q ../boss/demo.git main
	commit=$(git rev-parse HEAD)
	cd ..
	port=$(free_port)
	url=http://127.0.0.1:$port/git/boss/demo.git
	serve_remote
}

# serve_remote: starts the server (again); $server is its process.
serve_remote() {
	test -e "$TRASH/passwords" || echo "jci-bot:$token" >"$TRASH/passwords"
	serve_http "$port"
	wait_for 'curl -s -o /dev/null "http://127.0.0.1:$port/"'
}

# serve_ssh: the same remote over ssh, to who has the key `user`; $url becomes its address there, the
# host's keys are in `known`.
serve_ssh() {
	ssh_port=$(free_port)
	serve_sshd "$ssh_port"
	url=ssh://$(id -un)@127.0.0.1:$ssh_port$TRASH/boss/demo.git
	wait_for 'ssh-keyscan -p "$ssh_port" 127.0.0.1 2>/dev/null >known && test -s known'
}

# job_file [MEMBER...]: writes $TRASH/job.json for the commit; members such as '"timeout_s": 5'
# replace those that are there. $run_id and $ref are those of the run.
job_file() {
	run_id=$(date +%s)-00ab
	ref=refs/jci-runs/$commit/$run_id
	jq -n --arg id "$run_id" --arg commit "$commit" --arg url "$url" --arg token "$token" '{
		id: 7, run_id: $id, repository: "boss/demo", commit: $commit,
		ref: "refs/heads/main", branch: "main", trigger: "push", timeout_s: 600,
		clone_url: $url, user: "jci-bot", token: $token}' >"$TRASH/plain.json"
	for member; do
		jq ". + {$member}" "$TRASH/plain.json" >"$TRASH/plain.new"
		mv "$TRASH/plain.new" "$TRASH/plain.json"
	done
	chmod 600 "$TRASH/plain.json"
	mv "$TRASH/plain.json" "$TRASH/job.json"
}

# expect_job STATUS [MEMBER...]: does the job in the new folder $TRASH/work, with $TRASH/tmp for what
# is temporary; its output is in out and err.
expect_job() {
	test_job_status=$1
	shift
	job_file "$@"
	start_job
	expect_exit "$test_job_status" wait "$job"
	test ! -e "$TRASH/job.json"
}

# start_job: in the background; $job is its process.
start_job() {
	rm -rf "$TRASH/work"
	mkdir -p "$TRASH/work" "$TRASH/tmp"
	(cd "$TRASH/work" && TMPDIR=$TRASH/tmp exec git-jci job "$TRASH/job.json") \
		>"$TRASH/out" 2>"$TRASH/err" &
	job=$!
}

# pushed PATH: a file of the run, as the remote has it; its record without blanks in front.
pushed() {
	git -C "$TRASH/boss/demo.git" cat-file blob "$ref:$1" | tr -d '\t'
}

# no_secrets [SECRET...]: no file that is left below $TRASH has any, but those in which the test has
# them for itself.
no_secrets() {
	printf '%s\n' "$token" "$(printf %s "jci-bot:$token" | base64 -w 0)" "$@" >"$TRASH/../secrets"
	same '' "$(grep -rlF -f "$TRASH/../secrets" "$TRASH" | grep -v -e '/passwords$' -e '/job\.json$')"
}
