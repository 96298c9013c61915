# Sourced behind server.sh by tests of what becomes of pushes: jobs, from Gitea through `git jci server`
# to a runner, which is played by hand, and back.
# shellcheck shell=sh

# begin [NAME=VALUE...]: Gitea, and the server with these settings.
begin() {
	start_gitea
	server_settings
	for test_setting; do
		export "$test_setting"
	done
	start_server
	gitea_webhook "${url}webhook"
}

# demo [MEMBER=VALUE...]: boss/demo, with its first commit; job 1 is prepared.
demo() {
	gitea_repo demo "$@" <<-'SH'
	test ! -e red
	SH
	wait_for 'prepared 1'
}

prepared() {
	admin "jobs/$1" | jq -e .prepared >/dev/null
}

# take: polls until there is a job; $job, $attempt, $run, and $TRASH/job is its object.
take() {
	wait_for 'poll "[]" 1 | jq -e .job >"$TRASH/job"'
	job=$(jq .id "$TRASH/job") attempt=$(jq .attempt "$TRASH/job")
	run=$(jq -r .run_id "$TRASH/job")
}

# run_job: as the job's container does.
run_job() {
	test_commit=$(jq -r .commit "$TRASH/job")
	git jci run -q --run-id="$run" "$@" "$test_commit" || :
	push_run "$test_commit"
}

push_run() {
	git push -q origin "refs/jci-runs/$1/$run"
}

# exited STATUS [REASON [DETAIL]]: the runner tells.
exited() {
	poll "$(jq -cn --argjson id "$job" --argjson attempt "$attempt" --argjson exit "$1" \
		--arg reason "${2:-exited}" --arg detail "${3-}" \
		'[{id: $id, attempt: $attempt, state: "exited", exit: $exit, reason: $reason,
		detail: $detail}]')" 0 >"$TRASH/polled"
	same "$job" "$(jq '.forget[0].id' "$TRASH/polled")"
}

# ended JOB: its reason and detail, once it is done.
ended() {
	wait_for "admin jobs/$1 | jq -e '.state == \"done\"' >/dev/null"
	admin "jobs/$1" | jq -r '"\(.reason): \(.detail)"'
}

# settled: has the server nothing to tell Gitea any more?
settled() {
	ask metrics | grep -q '^jci_outbox 0$'
}

# descriptions [COMMIT]: state and description of all statuses that Gitea has, once there are no
# more to come; seconds are left out.
descriptions() {
	wait_for settled
	gitea_statuses "$@" | cut -f 1,3 | tr '\t' ' ' | sed 's/[0-9.]* m\{0,1\}s \((job\)/T \1/'
}

# events NAME: how often the server's log has it.
events() {
	grep -c " $1 " "$TRASH/server.err" || :
}
