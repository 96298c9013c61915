#!/bin/sh
# Each job's statuses reach Gitea once and in order, and nothing wrong is told, whatever happens to
# Gitea, to the way there, or to `git jci server`.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"


it 'while Gitea is down nothing is decided and nothing is lost' <<'EOT'
begin
demo
take
run_job
wait_for settled
for mode in refuse 502 429; do
	gitea_outage "$mode"
	exited 0
	wait_for "grep -q ' gitea.away .*' ../server.err"
	same exited "$(admin "jobs/$job" | jq -r .state)"
	same 2 "$(gitea_ask statuses -G -d "sha=$(git rev-parse HEAD)" | jq length)"
	gitea_outage off
	same passed "$(ended "$job" | cut -d : -f 1)"
	wait_for settled
	same 3 "$(gitea_ask statuses -G -d "sha=$(git rev-parse HEAD)" | jq length)"
	wait_for "grep -q ' gitea.back ' ../server.err"
	: >../server.err
	gitea_commit "after $mode"
	take
	run_job
	wait_for settled
done
stop_server
EOT

it 'a status that comes through an outage is one of each, in order' <<'EOT'
begin
demo
wait_for settled
gitea_outage 502 match='"^POST .*/statuses/"'
take
wait_for 'test "$(events status.failed)" -ge 1'
run_job
exited 0
ended 1
wait_for 'test "$(grep -c " status.failed .*state=success" ../server.err)" -ge 1'
gitea_outage off
descriptions >told
same 'pending queued (job 1)
success passed in T (job 1)' "$(cat told)"
stop_server
EOT

it 'a status whose answer was lost is not sent again' <<'EOT'
begin
gitea_outage lost match='"^POST .*/statuses/"' count=1
demo
wait_for 'test "$(events status.found)" = 1'
gitea_outage lost match='"^POST .*/statuses/"' count=1
take
wait_for 'test "$(events status.found)" = 2'
run_job
gitea_outage lost match='"^POST .*/statuses/"' count=1
exited 0
same 'pending queued (job 1)
pending running on host-a (job 1)
success passed in T (job 1)' "$(ended 1 >/dev/null && descriptions)"
same 3 "$(events status.found)"
stop_server
EOT

it 'a server that is killed while it tells Gitea does not tell it twice' <<'EOT'
begin
demo
take
run_job
wait_for settled
# Gitea has it, the server does not know that
gitea_outage slow ms=3000 match='"^POST .*/statuses/"'
exited 0
wait_for 'gitea_ask requests | jq -e "[.[] | select(.method == \"POST\")] | length > 0" >/dev/null'
ended 1
kill_server
gitea_outage off
start_server
gitea_webhook "${url}webhook"
wait_for settled
wait_for 'test "$(gitea_statuses | grep -c success)" -ge 1'
gitea_outage lost match='"^POST .*/statuses/"' count=1
gitea_commit two
wait_for 'gitea_statuses | grep -q queued'
kill_server
start_server
gitea_webhook "${url}webhook"
wait_for settled
same 1 "$(gitea_statuses HEAD^ | grep -c success)"
same 1 "$(gitea_statuses | grep -c queued)"
stop_server
EOT

it 'a repository that was renamed or is not seen keeps its statuses for a day' <<'EOT'
begin
demo
wait_for settled
gitea_outage 301 match='"/repos/boss/demo"'
take
wait_for 'grep -q " status.failed .*was renamed or moved: Gitea redirects (301)" ../server.err'
gitea_outage off
wait_for settled
gitea_tell repository 'name="boss/demo"' 'permission="none"'
run_job
exited 0
wait_for 'test "$(events job.uninspected)" -ge 2'
same exited "$(admin jobs/1 | jq -r .state)"
gitea_tell repository 'name="boss/demo"' 'permission="write"'
same 'pending queued (job 1)
pending running on host-a (job 1)
success passed in T (job 1)' "$(ended 1 >/dev/null && descriptions)"
stop_server
EOT

it 'a token that is revoked at run time decides nothing' <<'EOT'
begin
demo
take
run_job
wait_for settled
gitea_outage 401
exited 0
wait_for 'grep -q " job.uninspected .*invalid username, password or token" ../server.err'
gitea_outage off
same passed "$(ended 1 | cut -d : -f 1)"
same 3 "$(descriptions | wc -l)"
same 0 "$(events status.refused)"
stop_server
EOT

it 'a slow Gitea gets all of many' <<'EOT'
begin
demo
wait_for settled
gitea_outage slow ms=200
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	git commit -q --allow-empty -m "$n"
	git branch "b$n"
done
git push -q origin 'refs/heads/b*'
wait_for 'test "$(admin "jobs?limit=100" | jq "[.[] | select(.prepared)] | length")" = 21'
wait_for settled
gitea_ask statuses | jq -r '.[].description' | sort >all
same 21 "$(sort -u all | wc -l)"
same 21 "$(wc -l <all)"
stop_server
EOT

finish
