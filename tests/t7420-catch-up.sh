#!/bin/sh
# What `git jci server` does by itself: it looks for pushes whose webhook was lost, and makes and
# deletes deploy keys.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"

# ---- catch-up ----

it 'a push whose webhook was lost is made good' <<'EOT'
begin JCI_CATCH_UP=1s
demo
gitea_webhook ''
gitea_commit unheard
git commit -q --allow-empty -m 'no [skip ci]'
git push -q origin HEAD:refs/heads/skipped
wait_for 'test "$(admin jobs | jq length)" = 2'
same catch-up "$(admin jobs/2 | jq -r .trigger)"
same "$(git rev-parse HEAD^)" "$(admin jobs/2 | jq -r .commit)"
# a server that was down at the time
kill_server
gitea_commit again
start_server
wait_for 'test "$(admin jobs | jq length)" = 3'
same "$(git rev-parse HEAD)" "$(admin jobs/3 | jq -r .commit)"
stop_server
EOT

it 'more branches than one page has are all seen' <<'EOT'
begin JCI_CATCH_UP=1s
demo
gitea_webhook ''
wait_for 'gitea_ask requests | jq -e "[.[].path | select(contains(\"/branches\"))] | length > 4" >/dev/null'
for n in $(seq 60); do
	echo "create refs/heads/b$n $(git commit-tree -m "$n" 'HEAD^{tree}')"
done | git update-ref --stdin
git push -q origin 'refs/heads/b*'
wait_for 'test "$(admin "jobs?limit=500" | jq length)" = 61'
# and none of them is taken for gone
git push -q origin :b7 :b8
wait_for 'test "$(admin "jobs?limit=500" | jq "[.[] | select(.reason == \"cancelled\")] | length")" = 2'
same 59 "$(admin 'jobs?limit=500' | jq '[.[] | select(.state == "pending")] | length')"
stop_server
EOT

# ---- deploy keys ----

it 'a job has a key of its own, for its repository and its time alone' <<'EOT'
begin JCI_JOB_CREDENTIALS=deploy-key JCI_CATCH_UP=1s
demo permission=admin
take
jq -r .ssh_key ../job >key
chmod 600 key
GIT_SSH_COMMAND="ssh -i $PWD/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new \
	-o UserKnownHostsFile=$PWD/hosts" git clone -q "$(jq -r .clone_url ../job)" cloned
same "$(git rev-parse HEAD)" "$(git -C cloned rev-parse HEAD)"
same 1 "$(gitea_api /repos/boss/demo/keys | jq length)"
# those of others stay, and what a server left that was killed goes
for title in 'git-jci job 99 (0)' 'of a person'; do
	ssh-keygen -q -t ed25519 -N '' -f "new$title"
	gitea_api /repos/boss/demo/keys --json "$(jq -n --arg title "$title" \
		--arg key "$(cat "new$title.pub")" '{title: $title, key: $key}')" >/dev/null
done
wait_for 'grep -q " key.swept " ../server.err'
same 2 "$(gitea_api /repos/boss/demo/keys | jq length)"
run_job
exited 0
wait_for 'gitea_api /repos/boss/demo/keys | jq -e "length == 1" >/dev/null'
same 'of a person' "$(gitea_api /repos/boss/demo/keys | jq -r '.[].title')"
lacks ../server.err 'BEGIN'
stop_server
EOT

it 'without the right to make a key the job is an error that says so' <<'EOT'
begin JCI_JOB_CREDENTIALS=deploy-key
gitea_repo demo </dev/null
same 'broken: no deploy key: Gitea answered 403' "$(ended 1 | sed 's/403.*/403/')"
contains ../server.err 'no deploy key'
stop_server
EOT

finish
