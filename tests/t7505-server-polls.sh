#!/bin/sh
# What `git jci server` answers to runners.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"

it 'a poll that is wrong is refused, and says which member' <<'EOT'
begin
poll '[]' 4 >good
same null "$(jq .job good)"
same 4 "$(jq .max_jobs good)"
same 401 "$(code poll --data-binary '{}')"
same 401 "$(code poll -H "Authorization: Bearer $JCI_ADMIN_TOKEN" --data-binary '{}')"
bearer="Authorization: Bearer $JCI_RUNNER_SECRET"
same 400 "$(code poll -H "$bearer" --data-binary '{')"
same 405 "$(code poll -H "$bearer")"
head -c 1048577 /dev/zero >large
same 413 "$(code poll -H "$bearer" --data-binary @large)"
while read -r member change; do
	jq -cn --arg runner "$runner" '{protocol: 1, runner: $runner, name: "h", version: "1",
		labels: [], slots: 1, jobs: []}' | jq -c "$change" >body
	same 400 "$(code poll -H "$bearer" --data-binary @body)"
	contains answer "$member"
done <<'LIST'
protocol .protocol = 2
protocol del(.protocol)
runner .runner = "x"
runner .runner |= ascii_upcase
name .name = ""
name .name = "a\nb"
name .name = ("x" * 256)
version .version = 1
labels .labels = ["a b"]
labels .labels = [range(33) | "l"]
slots .slots = -1
slots .slots = 1.5
jobs .jobs = [{id: 0, attempt: 1, state: "running"}]
jobs .jobs = [{id: 1, attempt: 1, state: "asleep"}]
jobs .jobs = [{id: 1, attempt: 1, state: "exited", exit: 0, reason: "bored"}]
jobs .jobs = [{id: 1, attempt: 1, state: "exited", exit: 256, reason: "exited"}]
jobs .jobs = [range(1001) | {id: 1, attempt: 1, state: "running"}]
LIST
same no-store "$(ask poll -H "$bearer" --data-binary '{' -o /dev/null -D - | tr -d '\r' |
	sed -n 's/^Cache-Control: //p')"
stop_server
EOT

it 'a job is given to a runner, again while it does not list it, and its result is taken over' <<'EOT'
begin
pushed_repo
head=$(git rev-parse HEAD)
poll '[]' 0 >answer0
same null "$(jq .job answer0)"
poll '[]' 4 >answer1
same "1 1 boss/demo $head refs/heads/main main push 3600 null" \
	"$(jq -r '.job | "\(.id) \(.attempt) \(.repository) \(.commit) \(.ref) \(.branch) \(.trigger) \(.timeout_s) \(.image)"' answer1)"
same "$gitea/boss/demo.git jci-bot $bot_token" \
	"$(jq -r '.job | "\(.clone_url) \(.user) \(.token)"' answer1)"
poll '[]' 4 >answer2
same "$(jq .job answer1)" "$(jq .job answer2)"
poll '[{"id": 1, "attempt": 1, "state": "running"}]' 3 >answer3
same null "$(jq .job answer3)"
same assigned "$(admin jobs/1 | jq -r .state)"
same host-a "$(admin jobs/1 | jq -r .runner_name)"
same 1 "$(admin runners | jq '.[0].running')"
# nobody else's, and none that there never was
poll '[{"id": 1, "attempt": 1, "state": "running"}, {"id": 1, "attempt": 2, "state": "running"},
	{"id": 9, "attempt": 1, "state": "exited", "exit": 0, "reason": "exited"}]' 3 >answer4
same '[{"id":1,"attempt":2}] [{"id":9,"attempt":1}]' "$(jq -c .cancel answer4) $(jq -c .forget answer4)"
# the result, as the job's container pushes it
run=$(jq -r .job.run_id answer1)
git jci run -q --run-id "$run" HEAD 2>../run.err
same "refs/jci-runs/$head/$run" "$(the_ref)"
git push -q origin "$(the_ref)"
poll '[{"id": 1, "attempt": 1, "state": "exited", "exit": 0, "reason": "exited"}]' 3 >answer5
same '[{"id":1,"attempt":1}]' "$(jq -c .forget answer5)"
wait_for 'admin jobs/1 | jq -e ".state == \"done\""'
same passed "$(admin jobs/1 | jq -r .reason)"
wait_for 'gitea_statuses | grep -q "^success"'
# its log
same "$(the_file run.output.txt)" "$(admin jobs/1/log)"
for event in webhook.queued job.assigned job.exited; do
	contains "$TRASH/server.err" " $event "
done
lacks "$TRASH/server.err" "$bot_token"
stop_server
EOT

it 'a job whose runner is silent for longer than its lease is given to another' <<'EOT'
start_gitea
server_settings
export JCI_LEASE=1s
start_server
pushed_repo
poll '[]' 4 >answer1
same 1 "$(jq .job.attempt answer1)"
runner=fedcba98-7654-4321-8fed-cba987654321
wait_for 'poll "[]" 4 >answer2; jq -e .job answer2'
same '1 2' "$(jq -r '"\(.job.id) \(.job.attempt)"' answer2)"
test "$(jq -r .job.run_id answer1)" != "$(jq -r .job.run_id answer2)"
# the first one is told to stop
runner=01234567-89ab-4cde-8123-456789abcdef
poll '[{"id": 1, "attempt": 1, "state": "running"}]' 3 >answer3
same '[{"id":1,"attempt":1}]' "$(jq -c .cancel answer3)"
stop_server
EOT

it 'with deploy keys a job gets one, and the address that it is good for' <<'EOT'
start_gitea
server_settings
export JCI_JOB_CREDENTIALS=deploy-key JCI_SSH_KNOWN_HOSTS="$gitea_folder/known_hosts"
start_server
gitea_webhook "${url}webhook"
gitea_repo demo permission=admin </dev/null
wait_for 'poll "[]" 4 >"$TRASH/answer"; jq -e .job "$TRASH/answer"'
cd ..
same null "$(jq .job.token answer)"
jq -r .job.ssh_key answer >key
jq -j .job.known_hosts answer >hosts
diff -u "$JCI_SSH_KNOWN_HOSTS" hosts
chmod 600 key
git -c core.sshCommand="ssh -i $TRASH/key -o IdentitiesOnly=yes -o UserKnownHostsFile=$TRASH/hosts" \
	clone -q "$(jq -r .job.clone_url answer)" clone
test -d clone/.git
# it is gone at Gitea when the job is done
admin jobs/1/cancel -X POST >cancelled
poll '[]' 0 >answer2
wait_for 'gitea_api /repos/boss/demo/keys | jq -e "length == 0"'
stop_server
EOT

finish
