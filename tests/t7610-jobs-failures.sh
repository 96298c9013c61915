#!/bin/sh
# Jobs that hang, die and print too much, and runners and servers that are killed: each push has one
# result all the same.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/docker.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"
. "$top_srcdir/tests/flow.sh"

it 'jobs that run too long, freeze, kill all they can, and are killed from outside' <<'EOT'
flow JCI_JOB_TIMEOUT=40s
gitea_repo demo <<'SH'
echo "begins $JCI_BRANCH"
case $JCI_BRANCH in
main) exit 0 ;;
slow) trap '' TERM ;;
frozen) kill -STOP "$PPID" ;;
suicide) kill -KILL -1 ;;
esac
while :; do sleep 1; done
SH
same 'success passed in T (job 1)' "$(final)"
for branch in slow frozen suicide killed; do
	git checkout -q -b "$branch"
	gitea_commit "$branch" "$branch"
done
wait_for 'has_said 5 "begins killed"'
docker_api POST "/containers/$(job_container 5)/kill"
broken='error the container ended with status 137 without pushing a result'
same "$broken (job 5)" "$(final killed)"
same "$broken (job 4)" "$(final suicide)"
# long before their time was over
same 'assigned assigned' "$(admin jobs | jq -r '[.[] | select(.id == (2, 3)).state] | join(" ")')"
same 'failure ran past T and was removed (job 3)' "$(final frozen)"
final slow >slow
case $(cat slow) in
'failure timed out after T (job 2)')
	git jci pull -q
	same timeout "$(git jci show --json "$(admin jobs/2 | jq -r .run_id)" | jq -r .reason)" ;;
'failure ran past T and was removed (job 2)') ;;
*) false ;;
esac
stop_runner
stop_server
EOT

it 'a runner that is killed while its job runs comes back to it' <<'EOT'
flow
gitea_repo demo <<'SH'
echo begins
until test -e /tmp/go; do sleep 0.1; done
SH
wait_for 'has_said 1 begins'
kill_runner
start_runner
wait_for 'grep -q job.found "$TRASH/a.log"'
release 1
same 'success passed in T (job 1)' "$(final)"
# and one that ended meanwhile
gitea_commit second
wait_for 'has_said 2 begins'
kill_runner
release 2
wait_for 'gitea_refs demo "refs/jci-runs/$(git rev-parse HEAD)/*" | grep -q .'
start_runner
same 'success passed in T (job 2)' "$(final)"
same '1 1' "$(admin jobs | jq -r '[.[].attempt] | join(" ")')"
same 2 "$(containers "$(runner_label)" | wc -l)"
stop_runner
stop_server
EOT

it 'the job of a runner that is gone for good is done by another, once' <<'EOT'
flow JCI_LEASE=5s
gitea_repo demo <<'SH'
echo "begins $JCI_RUN_ID"
until test -e /tmp/go; do sleep 0.1; done
SH
wait_for 'has_said 1 begins'
kill_runner
docker_api DELETE "/containers/$(job_container 1)?force=1"
start_runner b
wait_for 'grep -q job.abandoned "$TRASH/server.err"'
wait_for 'has_said 1 begins'
contains "$TRASH/b.log" 'job.started job=1 attempt=2'
release 1
same 'success passed in T (job 1)' "$(final)"
same 'queued (job 1)
running on host-a (job 1)
queued again, attempt 2 (job 1)
running on host-b (job 1)
passed in T (job 1)' "$(descriptions | sed 's/^[a-z]* //')"
same 1 "$(gitea_refs demo refs/jci-runs | wc -l)"
stop_runner b
stop_server
EOT

it 'the first runner is back when a second has its job: it stops, and one result is told' <<'EOT'
flow JCI_LEASE=5s
gitea_repo demo <<'SH'
echo "begins $JCI_RUN_ID"
until test -e /tmp/go; do sleep 0.1; done
SH
wait_for 'has_said 1 begins'
kill_runner
first=$(job_container 1)
start_runner b
wait_for 'grep -q "job.started job=1 attempt=2" "$TRASH/b.log"'
start_runner
wait_for 'docker_api GET "/containers/$first/json" | jq -e ".State.Running | not"'
second=$(containers "$(runner_label b)")
release_container "$second"
same 'success passed in T (job 1)' "$(final)"
wait_for 'test "$(gitea_refs demo refs/jci-runs | wc -l)" -eq 2'
same 2 "$(admin jobs/1 | jq .attempt)"
stop_runner
stop_runner b
stop_server
EOT

finish
