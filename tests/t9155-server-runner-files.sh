#!/bin/sh
# The example server-runner-gitea: its other files, for which no container is needed.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

it 'the files for compose fit together' <<'EOT'
needs docker-compose jq python3
cd "$top_srcdir"
docker-compose --env-file doc/examples/server-runner-gitea/compose.env -f contrib/docker/compose.yaml \
	-f doc/examples/server-runner-gitea/compose.yaml config >"$TRASH/config"
for line in 'GITEA_HOST: http://gitea:3000' 'JCI_SERVER: http://server:8700' 'JCI_NETWORK: git-jci' \
	'name: git-jci' 'JCI_IMAGES: debian:*' 'image: gitea/gitea:' 'dockerfile: contrib/docker/Dockerfile'; do
	contains "$TRASH/config" "$line"
done
EOT

it 'a repository is connected: the collaborator, the webhook and its secret' <<'EOT'
needs curl jq python3
example server-runner-gitea
stand_in
export GITEA_HOST="$stand_in_url" TOKEN_FILE="$TRASH/a token" WEBHOOK_FILE="$TRASH/a secret" \
	WEBHOOK_URL=https://ci.example/webhook
echo T0KEN >"$TOKEN_FILE"
echo 's"3cret' >"$WEBHOOK_FILE"
./connect boss/demo boss/other
same 'PUT /api/v1/repos/boss/demo/collaborators/jci-bot
POST /api/v1/repos/boss/demo/hooks
PUT /api/v1/repos/boss/other/collaborators/jci-bot
POST /api/v1/repos/boss/other/hooks' "$(requests)"
contains "$stand_in/2" 'Authorization: token T0KEN'
same write "$(jq -r .permission "$stand_in/1.body")"
jq -e '.type == "gitea" and .active and .config == {
	url: "https://ci.example/webhook", content_type: "json", secret: "s\"3cret"}' "$stand_in/2.body"
same '' "$(ls -A "$TMPDIR")"
printf 'HTTP 404\n\n{"message":"no such user"}' | answer PUT /api/v1/repos/boss/demo/collaborators/jci-bot
expect_exit 1 ./connect boss/demo 2>"$TRASH/err"
contains "$TRASH/err" 'no such user'
EOT

finish
