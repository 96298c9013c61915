#!/bin/sh
# From a push to its status: a Gitea, `git jci server`, `git jci runner` and containers, all of them real.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/docker.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"
. "$top_srcdir/tests/flow.sh"

it 'a green and a red push: their statuses, and their runs in the clone of who pushed' <<'EOT'
flow_without_runner JCI_WEB_URL=https://ci.example/{owner}/{repo}/{commit}/{run}
gitea_repo demo <<'SH'
echo "hello from $JCI_BRANCH"
until test -e /tmp/go; do sleep 0.1; done
test ! -e "$JCI_REPO_ROOT/red"
SH
wait_for 'gitea_statuses | grep -q queued'
start_runner
wait_for 'gitea_statuses | grep -q running && has_said 1 "hello from"'
release 1
same 'success passed in T (job 1)' "$(final)"
same 'pending queued (job 1)
pending running on host-a (job 1)
success passed in T (job 1)' "$(descriptions)"
touch red
gitea_commit red
wait_for 'has_said 2 "hello from"'
release 2
same 'failure failed: exit status 1 after T (job 2)' "$(final)"
git jci pull
same 2 "$(runs | wc -l)"
run=$(admin jobs/2 | jq -r .run_id)
git jci show --json "$run" >shown
same 'failed main push' "$(jq -r '"\(.reason) \(.branch) \(.trigger)"' shown)"
same 'hello from main' "$(git jci cat "$run" run.output.txt)"
same "https://ci.example/boss/demo/$(git rev-parse HEAD)/$run" \
	"$(gitea_ask statuses -G -d "sha=$(git rev-parse HEAD)" | jq -r '.[-1].target_url')"
stop_runner
stop_server
EOT

# Docker tells of an end while its list still has the container as running: one look at the list then
# would be too early, and there is no other until the next poll.
it 'the end of a job is told at once, however rarely the runner asks' <<'EOT'
flow_without_runner
gitea_repo demo <<'SH'
echo hello
SH
wait_for "gitea_statuses | grep -q queued"
wait_for 'prepared 1'
start_runner a JCI_POLL_INTERVAL=600s JCI_REAP_INTERVAL=600s
same 'success passed in T (job 1)' "$(final)"
stop_runner
stop_server
EOT

it 'a repository chooses its image, of those that the operator allows' <<'EOT'
flow JCI_IMAGES='jci-test-*'
gitea_repo demo <<'SH'
echo "user $(id -u)"
test ! -x /bin/hello || hello
SH
final
mkdir -p .jci
for image in user musl scratch debian; do
	(docker_image "$image") || continue
	echo "jci-test-$image" >.jci/image
	gitea_commit "$image" "$image"
	git branch "$image"
done
echo elsewhere:1 >.jci/image
gitea_commit refused refused
same "error .jci/image: the image 'elsewhere:1' is not allowed on the runner 'host-a'; its operator can allow it with JCI_IMAGES (job 6)" \
	"$(final)"
same 'success passed in T (job 2)' "$(final user)"
same 'success passed in T (job 3)' "$(final musl)"
# there is nothing to run a script with
case $(final scratch) in
'failure failed: exit status 12'[67]*) ;;
*) final scratch; false ;;
esac
git jci pull -q
same 'user 1000' "$(git jci cat "$(admin jobs/2 | jq -r .run_id)")"
same 'user 0
hello from musl' "$(git jci cat "$(admin jobs/3 | jq -r .run_id)")"
if git rev-parse -q --verify debian; then
	same 'success passed in T (job 5)' "$(final debian)"
fi
stop_runner
stop_server
EOT

it 'labels, [skip ci], newer pushes, deleted branches, tags and pull requests' <<'EOT'
flow_without_runner
gitea_repo demo <<'SH'
echo "$JCI_TRIGGER of $JCI_BRANCH"
SH
git tag v1
git push -q origin v1
wait_for 'admin jobs | jq -e "length == 2"'
gitea_commit newer
old=$(git rev-parse HEAD~1)
wait_for 'gitea_statuses "$old" | grep -q superseded'
gitea_commit '[skip ci] a typo'
git checkout -q -b gone
gitea_commit gone gone
wait_for 'admin jobs | jq -e "length == 4"'
git push -q origin :gone
git checkout -q -b gpu
echo gpu >.jci/runner
gitea_commit gpu gpu
wait_for 'prepared 5'
git checkout -q -b topic main
echo linux >.jci/runner
gitea_commit topic topic
gitea_tell pull repo=boss/demo action=open head=topic >/dev/null
start_runner
same 'success passed in T (job 6)' "$(final topic)"
same 'success passed in T (job 3)' "$(final main~1)"
wait_for 'gitea_statuses "$old" | grep -q "^success"'
wait_for settled
gitea_statuses "$old" | cut -f 1,2 >statuses
contains statuses "success	git-jci/v1"
contains statuses "error	git-jci"
same '' "$(gitea_statuses main)"
same pending "$(admin jobs/5 | jq -r .state)"
same cancelled "$(admin jobs/4 | jq -r .reason)"
same '' "$(gitea_statuses gpu | grep -v '^pending')"
git jci pull -q
for id in 2 3 6; do
	git jci cat "$(admin jobs/$id | jq -r .run_id)"
done >said
same 'tag of 
push of main
push of topic' "$(cat said)"
# a runner that has the label
start_runner b JCI_RUNNER_LABELS=linux,gpu
same 'success passed in T (job 5)' "$(final gpu)"
contains "$TRASH/b.log" 'job.started job=5'
stop_runner b
stop_runner
stop_server
EOT

it 'the token of the server is nowhere that a job or a reader could find it' <<'EOT'
flow
gitea_repo demo <<'SH'
env
cat .git/config "$JCI_REPO_ROOT/.git/config"
for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
	cat "$file" | tr '\0' '\n'
done
ls -la /jci /jci/work /tmp
test ! -e /jci/job.json
echo "job.json: $?"
find / -xdev -type f -size -100k ! -path '/jci/bundle/*' ! -path '/proc/*' -exec cat {} + 2>/dev/null
until test -e /tmp/go; do sleep 0.1; done
SH
wait_for 'has_said 1 job.json:'
container=$(job_container 1)
docker_api GET "/containers/$container/json" >inspected
release 1
same 'success passed in T (job 1)' "$(final)"
docker_api GET "/containers/$container/json" >>inspected
docker_api GET "/containers/$container/export" >exported
job_output 1 >output
git jci pull -q
git jci cat "$(runs | sed 's|.*/||')" >log
contains log 'JCI_RUN_ID='
contains log "[remote \"origin\"]"
contains log 'job.json: 0'
base64=$(printf %s "jci-bot:$bot_token" | base64 -w 0)
for file in inspected exported output log "$TRASH/a.log" "$TRASH/server.err"; do
	same 0 "$(grep -acF -e "$bot_token" -e "$base64" "$file")"
	same 0 "$(grep -acF -e "$JCI_RUNNER_SECRET" -e "$JCI_ADMIN_TOKEN" "$file")"
done
stop_runner
stop_server
EOT

it 'with deploy keys a job clones and pushes by ssh, and its key is gone afterwards' <<'EOT'
flow JCI_JOB_CREDENTIALS=deploy-key JCI_SSH_KNOWN_HOSTS="$TRASH/gitea/known_hosts"
gitea_repo demo permission=admin <<'SH'
echo "$(cd "$JCI_REPO_ROOT" && cat .git/config)"
find / -xdev -type f -size -100k ! -path '/jci/bundle/*' ! -path '/proc/*' -exec grep -l 'PRIVATE' {} + 2>/dev/null
until test -e /tmp/go; do sleep 0.1; done
SH
wait_for 'has_said 1 "[remote"'
same 1 "$(gitea_api /repos/boss/demo/keys | jq length)"
release 1
same 'success passed in T (job 1)' "$(final)"
wait_for 'test "$(gitea_api /repos/boss/demo/keys | jq length)" = 0'
git jci pull -q
git jci cat "$(runs | sed 's|.*/||')" >log
contains log 'url = ssh://'
lacks log PRIVATE
docker_api GET "/containers/$(job_container 1)/export" | tar -xO --exclude=jci/bundle >left
contains left 'url = ssh://'
same 0 "$(grep -acF -e 'PRIVATE KEY' left)"
docker_api GET "/containers/$(job_container 1)/json" >inspected
lacks inspected 'PRIVATE KEY'
stop_runner
stop_server
EOT

it '`git jci jobs` lists, shows, cancels and retries while a job runs' <<'EOT'
flow
gitea_repo demo <<'SH'
echo begins
until test -e /tmp/go; do sleep 0.1; done
SH
wait_for 'has_said 1 begins'
git jci jobs >listed
contains listed boss/demo
same 'assigned host-a' "$(git jci jobs ls --json | jq -sr 'flatten | .[0] | "\(.state) \(.runner_name)"')"
expect_exit 1 git jci jobs retry 1 2>err
contains err 'not done yet'
expect_exit 1 git jci jobs log 1 2>err
git jci jobs cancel 1
same 'error cancelled (job 1)' "$(final)"
git jci pull -q
same cancelled "$(git jci show --json | jq -r .reason)"
same begins "$(git jci jobs log 1)"
git jci jobs retry 1
wait_for 'has_said 2 begins'
release 2
wait_for 'gitea_statuses | grep -q "^success"'
same passed "$(git jci jobs ls --json | jq -sr 'flatten | map(select(.id == 2))[0].reason')"
stop_runner
stop_server
EOT

finish
