#!/bin/sh
# What `git jci server` answers to Gitea, and to wrong settings.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"

recordings=$top_srcdir/tests/gitea/recordings
commit_a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
commit_b=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb

# ---- settings ----

it 'all that is wrong with the settings is told at once' <<'EOT'
expect_exit 2 git jci server 2>err
for name in GITEA_HOST GITEA_USER GITEA_TOKEN GITEA_WEBHOOK_SECRET JCI_RUNNER_SECRET; do
	contains err "git-jci: $name: is not set"
done
same 5 "$(wc -l <err)"
echo token >token
: >empty
export GITEA_HOST=gitea.example GITEA_USER=u GITEA_TOKEN_FILE=token GITEA_WEBHOOK_SECRET=w
export JCI_RUNNER_SECRET_FILE=empty JCI_ADMIN_TOKEN='a b' JCI_LISTEN=8700 JCI_MAX_JOBS=none
export JCI_JOB_TIMEOUT=5 JCI_SUPERSEDE=all JCI_TLS_CERT=missing JCI_REPOSITORIES=demo
export JCI_WEB_URL=ci.example JCI_LOG_FORMAT=xml JCI_JOB_CREDENTIALS=ssh JCI_LEASE=0s
expect_exit 2 git jci server 2>err
sed 's/^git-jci: \([A-Z_]*\): .*/\1/' err | LC_ALL=C sort >names
same 'JCI_ADMIN_TOKEN JCI_JOB_CREDENTIALS JCI_JOB_TIMEOUT JCI_LEASE JCI_LISTEN JCI_LOG_FORMAT JCI_MAX_JOBS JCI_REPOSITORIES JCI_RUNNER_SECRET_FILE JCI_SUPERSEDE JCI_TLS_CERT JCI_TLS_KEY JCI_WEB_URL' \
	"$(tr '\n' ' ' <names | sed 's/ $//; s/JCI_RUNNER_SECRET JCI_RUNNER/JCI_RUNNER/')"
contains err "of the form 127.0.0.1:8700 or [::1]:8700"
EOT

it 'it starts only with a token that works, and is the user it should be' <<'EOT'
start_gitea
server_settings
GITEA_TOKEN=wrong expect_exit 125 git jci server 2>err
contains err 'the token cannot be verified'
GITEA_USER=boss expect_exit 125 git jci server 2>err
contains err "GITEA_TOKEN belongs to 'jci-bot', not to 'boss' of GITEA_USER"
GITEA_HOST=http://127.0.0.1:1 expect_exit 125 git jci server 2>err
contains err 127.0.0.1:1
EOT

it 'two servers do not share a database or a port' <<'EOT'
begin
expect_exit 125 git jci server 2>err
contains err server.db
JCI_DB=$TRASH/other.db JCI_LISTEN=$(echo "$url" | sed 's|http://\(.*\)/|\1|') \
	expect_exit 125 git jci server 2>err
contains err 'in use'
stop_server
EOT

it 'weak settings are told in the log, which can be JSON' <<'EOT'
start_gitea
server_settings
export JCI_LOG_FORMAT=json JCI_RUNNER_SECRET=short JCI_LISTEN=0.0.0.0:0
start_server
jq -r 'select(.event == "config.weak").variable' server.err >weak
same 'GITEA_WEBHOOK_SECRET JCI_RUNNER_SECRET JCI_LISTEN' "$(tr '\n' ' ' <weak | sed 's/ $//')"
same 1 "$(jq -s '[.[] | select(.event == "server.started")] | length' server.err)"
stop_server
EOT

# ---- webhooks ----

it 'a recorded delivery is taken with either signature, and only once' <<'EOT'
begin
name=$recordings/push-new-branch.push
sed -n 's/^\(X-Gitea-[A-Z][a-z]*\): \(.*\)/-H "\1: \2"/p' "$name.headers" | tr '\n' ' ' >options
eval "same 202 \$(code webhook $(cat options) --data-binary @$name.json)"
same queued "$(jq -r .outcome answer)"
same 1 "$(jq .job answer)"
eval "same 200 \$(code webhook $(cat options) --data-binary @$name.json)"
same duplicate "$(jq -r .outcome answer)"
same 200 "$(deliver "$name.json" push)"
same duplicate "$(jq -r .outcome answer)"
push_body body refs/heads/other "$commit_a"
same 202 "$(code webhook -H 'X-GitHub-Event: push' -H 'X-GitHub-Delivery: d' \
	-H "X-Hub-Signature-256: sha256=$(sign body)" --data-binary @body)"
same 2 "$(admin jobs | jq length)"
stop_server
EOT

it 'a delivery that is not signed, or signed with another secret, is refused' <<'EOT'
begin
push_body body refs/heads/main "$commit_a"
same 401 "$(code webhook -H 'X-Gitea-Event: push' --data-binary @body)"
contains answer 'not signed'
same 401 "$(code webhook -H 'X-Gitea-Event: push' --data-binary @body \
	-H "X-Gitea-Signature: $(sign body other)")"
contains answer 'the signature is wrong'
# of a body of which a byte was changed
sed 's/boss/b0ss/' body >forged
same 401 "$(code webhook -H 'X-Gitea-Event: push' -H "X-Gitea-Signature: $(sign body)" \
	--data-binary @forged)"
same 401 "$(code webhook -H 'X-Gitea-Event: push' -H 'X-Gitea-Signature: 00' --data-binary '{')"
same 0 "$(admin jobs | jq length)"
# told once, not each time
same 1 "$(grep -c access.refused server.err)"
stop_server
EOT

it 'bodies that are no event, are too large or break off do no harm' <<'EOT'
begin
echo '{"ref": ' >body
same 400 "$(deliver body push)"
jq -e .error answer
echo '{"ref": "refs/heads/main", "repository": 7}' >body
same 400 "$(deliver body push)"
printf 'payload=%%7B%%7D' >body
same 415 "$(deliver body push)"
contains answer 'application/json'
# by its length, and by its chunks
head -c 26214401 /dev/zero >large
same 413 "$(deliver large push)"
same 413 "$(deliver large push -H 'Transfer-Encoding: chunked')"
push_body body refs/heads/main "$commit_a"
same 202 "$(deliver body push -H 'Transfer-Encoding: chunked')"
# less than was promised: there is no answer, and no job
push_body body refs/heads/other "$commit_b"
expect_exit 28 deliver body push -H 'Content-Length: 100000' --max-time 1 >out
same 1 "$(admin jobs | jq length)"
same 405 "$(code webhook)"
same POST "$(ask webhook -o /dev/null -D - | tr -d '\r' | sed -n 's/^Allow: //p')"
stop_server
EOT

it 'what is of no use is acknowledged with the reason' <<'EOT'
start_gitea
server_settings
export JCI_REPOSITORIES='team/*, boss/d?mo'
start_server
same 200 "$(deliver "$recordings/push-new-branch.create.json" create)"
same ignored "$(jq -r .outcome answer)"
jq -e '.why | length > 0' answer
push_body body refs/heads/main "$commit_a"
same 202 "$(deliver body push)"
sed 's,boss/demo,boss/other,g' body >other
same 200 "$(deliver other push)"
contains answer JCI_REPOSITORIES
push_body skip refs/heads/main "$commit_b"
jq -c '.head_commit.message = "typo [skip ci]" | .commits[0].message = "typo [skip ci]"' skip >body
same 200 "$(deliver body push)"
same skipped "$(jq -r .outcome answer)"
contains server.err webhook.ignored
stop_server
EOT

it 'what was answered with 202 is there after kill -9' <<'EOT'
begin
for i in 1 2 3 4 5 6 7 8; do
	push_body body "refs/heads/b$i" "$(printf '%040d' "$i")"
	deliver body push
	echo
done >codes
kill_server
same 8 "$(grep -c 202 codes)"
start_server
same 8 "$(admin jobs | jq length)"
push_body body refs/heads/b9 "$commit_a"
same 202 "$(deliver body push)"
same 9 "$(jq .job answer)"
stop_server
EOT

finish
