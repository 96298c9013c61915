#!/bin/sh
# The Gitea stand-in of the tests answers what was recorded from a real one.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
! built_with JCI_ASAN || skip_all 'nothing of git-jci is in it: the plain build tries it'
. "$top_srcdir/tests/gitea.sh"

# code PATH [CURL-OPTION...]: the status of an answer.
code() {
	test_path=$1
	shift
	curl -sS -g --max-time 60 -o "$TRASH/answer" -w '%{http_code}' "$@" "$gitea/api/v1$test_path"
}

# ---- the API, as recorded ----

it 'tokens: a wrong one is nobody for the search, and refused for the user' <<'EOT'
start_gitea
gitea_repo demo </dev/null
good="Authorization: token $bot_token"
wrong='Authorization: token 0123456789abcdef0123456789abcdef01234567'
same 200 "$(code /user -H "$good")"
same jci-bot "$(jq -r .login ../answer)"
same 401 "$(code /user -H "$wrong")"
same 'token is required' "$(jq -r .message ../answer)"
same 200 "$(code '/repos/search?limit=1' -H "$good")"
jq -e '.ok and .data[0].full_name == "boss/demo"' ../answer
same 200 "$(code '/repos/search?limit=1' -H "$wrong")"
jq -e '. == {ok: true, data: []}' ../answer
gitea_tell version newer=true
same 401 "$(code '/repos/search?limit=1' -H "$wrong")"
same 200 "$(code '/repos/search?limit=1' -H "$good")"
EOT

it 'refs of runs are listed by their prefix, 404 when there is none' <<'EOT'
start_gitea
gitea_repo demo <<'SH'
echo hello
SH
same 404 "$(code /repos/boss/demo/git/refs/jci-runs -H "Authorization: token $bot_token")"
git jci run -q
git jci push
commit=$(git rev-parse HEAD)
for path in jci-runs "jci-runs/$commit" "$(the_ref | sed 's,^refs/,,')"; do
	gitea_api "/repos/boss/demo/git/refs/$path" >../answer
	same "$(the_ref) commit $(git rev-parse "$(the_ref)")" \
		"$(jq -r '.[] | "\(.ref) \(.object.type) \(.object.sha)"' ../answer)"
done
EOT

it 'files of a run, by its ref and by its hash' <<'EOT'
start_gitea
gitea_repo demo <<'SH'
echo hello
SH
git jci run -q
git jci push
for ref in "$(the_ref)" "$(git rev-parse "$(the_ref)")"; do
	gitea_api "/repos/boss/demo/contents/status.txt?ref=$ref" >../answer
	jq -e '.name == "status.txt" and .size == 2 and .encoding == "base64" and .content == "b2s="' \
		../answer
	same ok "$(gitea_api "/repos/boss/demo/raw/status.txt?ref=$ref")"
done
jq -e '.type == "file" and .path == "status.txt"' ../answer
same 404 "$(code "/repos/boss/demo/contents/none?ref=main" -H "Authorization: token $bot_token")"
same 404 "$(code "/repos/boss/demo/raw/status.txt?ref=none" -H "Authorization: token $bot_token")"
gitea_api "/repos/boss/demo/contents/?ref=main" | jq -e 'map(.name + .type) == [".jcidir", "READMEfile"]'
EOT

it 'commit statuses are stored: 201, and newest first' <<'EOT'
start_gitea
gitea_repo demo </dev/null
sha=$(git rev-parse HEAD)
for state in pending nonsense success; do
	same 201 "$(code "/repos/boss/demo/statuses/$sha" -H "Authorization: token $bot_token" --json \
		"{\"state\":\"$state\",\"context\":\"git-jci\",\"description\":\"is $state\",\"target_url\":\"\"}")"
	same "$state" "$(jq -r .status ../answer)"
done
for path in "commits/$sha/statuses" commits/main/statuses "statuses/$sha"; do
	same 'success nonsense pending' "$(gitea_api "/repos/boss/demo/$path" | jq -r 'map(.status) | join(" ")')"
done
same success "$(gitea_api "/repos/boss/demo/statuses/$sha?limit=1" | jq -r 'map(.status) | join(" ")')"
same pending "$(gitea_api "/repos/boss/demo/statuses/$sha?limit=1&page=3" | jq -r '.[].status')"
gitea_statuses >../out
same "pending git-jci is pending" "$(head -n 1 ../out | tr '\t' ' ')"
same 3 "$(wc -l <../out)"
EOT

it 'commit statuses that are refused: 500 for no commit, 404 for a wrong token or what is not seen' <<'EOT'
start_gitea
gitea_repo demo </dev/null
gitea_repo secret permission=none </dev/null
sha=$(git rev-parse HEAD)
good="Authorization: token $bot_token"
body='{"state":"success","context":"c"}'
same 500 "$(code /repos/boss/demo/statuses/1111111111111111111111111111111111111111 -H "$good" --json "$body")"
jq -e '.message == "" and (.url | type == "string")' "$TRASH/answer"
not_found='{"errors":null,"message":"Not Found"}'
same 404 "$(code "/repos/boss/demo/statuses/$sha" -H 'Authorization: token wrong' --json "$body")"
same "$not_found" "$(jq -c '{errors, message}' "$TRASH/answer")"
same 404 "$(code "/repos/boss/secret/statuses/$sha" -H "$good" --json "$body")"
same "$not_found" "$(jq -c '{errors, message}' "$TRASH/answer")"
same 404 "$(code "/repos/boss/none/statuses/$sha" -H "$good" --json "$body")"
gitea_tell repository name=boss/secret permission=read
same 403 "$(code "/repos/boss/secret/statuses/$sha" -H "$good" --json "$body")"
EOT

it 'branches and tags come in pages of at most 50' <<'EOT'
start_gitea
gitea_repo demo </dev/null
for i in $(seq 10 79); do
	echo "create refs/heads/b$i HEAD"
done | git update-ref --stdin
git tag -a -m annotated v1
git push -q origin --all
git push -q origin v1
same 50 "$(gitea_api '/repos/boss/demo/branches?limit=100' -D ../headers | jq length)"
contains ../headers 'X-Total-Count: 71'
contains ../headers 'rel="next"'
same 21 "$(gitea_api '/repos/boss/demo/branches?limit=50&page=2' | jq length)"
same 30 "$(gitea_api '/repos/boss/demo/branches' | jq length)"
same 0 "$(gitea_api '/repos/boss/demo/branches?page=9' | jq length)"
gitea_api /repos/boss/demo/branches/main >../answer
same "$(git rev-parse HEAD)" "$(jq -r .commit.id ../answer)"
jq -e '.name == "main" and .protected == false and .commit.message == "first commit\n"' ../answer
gitea_api /repos/boss/demo/tags >../answer
same "$(git rev-parse v1) $(git rev-parse HEAD)" "$(jq -r '.[0] | "\(.id) \(.commit.sha)"' ../answer)"
gitea_api "/repos/boss/demo/git/commits/$(git rev-parse HEAD)" | jq -e '.parents == []'
same '0 true false' "$(gitea_api /repos/boss/demo |
	jq -r '"\(.open_pr_counter) \(.permissions.push) \(.permissions.admin)"')"
EOT

# ---- git ----

it 'git over HTTP: with a token, in large and small pushes, by who may' <<'EOT'
start_gitea
gitea_repo demo </dev/null
head -c 3000000 /dev/urandom >large
gitea_commit large
git clone -q "$(gitea_url demo "jci-bot:$bot_token")" ../clone
cmp large ../clone/large
echo more >../clone/more
git -C ../clone add more
git -C ../clone -c user.name=b -c user.email=b@example.com commit -q -m more
git -C ../clone push -q
same "$(git -C ../clone rev-parse HEAD)" "$(git ls-remote origin main | cut -f 1)"
expect_exit 128 git ls-remote "$(gitea_url demo jci-bot:wrong)" 2>../err
contains ../err 'Authentication failed'
expect_exit 128 git ls-remote "$gitea/boss/demo.git" 2>../err
contains ../err 'could not read Username'
gitea_tell repository name=boss/demo permission=read
git -C ../clone fetch -q
expect_exit 128 git -C ../clone push -q origin HEAD:refs/heads/other 2>../err
contains ../err 403
gitea_tell repository name=boss/demo permission=none
expect_exit 128 git -C ../clone fetch -q 2>../err
contains ../err 'not found'
gitea_tell repository name=boss/demo permission=none private=false
git ls-remote "$gitea/boss/demo.git" main
EOT

it 'deploy keys: over ssh, for one repository, to read or to write, until they are deleted' <<'EOT'
start_gitea
gitea_repo other </dev/null
cd ..
gitea_repo demo permission=admin </dev/null
receive
ssh-keygen -q -t ed25519 -N '' -f ../key
GIT_SSH_COMMAND="ssh -i $TRASH/key -o IdentitiesOnly=yes -o UserKnownHostsFile=$gitea_folder/known_hosts"
GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o BatchMode=yes -o StrictHostKeyChecking=yes -F /dev/null"
export GIT_SSH_COMMAND
url=$(gitea_api /repos/boss/demo | jq -r .ssh_url)
expect_exit 128 git ls-remote "$url" 2>../err
contains ../err 'Permission denied'
key=$(cut -d ' ' -f 1,2 ../key.pub)
gitea_api /repos/boss/demo/keys --json "{\"title\":\"job 7\",\"key\":\"$key\",\"read_only\":true}" >../answer
id=$(jq .id ../answer)
same 'job 7 true' "$(gitea_api /repos/boss/demo/keys | jq -r '.[] | "\(.title) \(.read_only)"')"
same "$(ssh-keygen -lf ../key.pub | cut -d ' ' -f 2)" "$(jq -r .fingerprint ../answer)"
git clone -q "$url" ../clone
expect_exit 128 git push -q "$url" HEAD:refs/heads/topic 2>../err
contains ../err 'may not push'
expect_exit 128 git ls-remote "${url%demo.git}other.git" 2>../err
contains ../err 'not for this key'
ssh=$(echo "$url" | sed 's,ssh://\([^@]*@[^:]*\):\([0-9]*\)/.*,-p \2 \1,')
expect_exit 1 $GIT_SSH_COMMAND $ssh id
gitea_api "/repos/boss/demo/keys/$id" -X DELETE
gitea_api /repos/boss/demo/keys --json "{\"title\":\"job 8\",\"key\":\"$key\"}"
same 422 "$(code /repos/boss/demo/keys -H "Authorization: token $bot_token" --json "{\"title\":\"x\",\"key\":\"$key\"}")"
same 422 "$(code /repos/boss/demo/keys -H "Authorization: token $bot_token" --json '{"title":"x","key":"no key"}')"
git push -q "$url" HEAD:refs/heads/topic
received 2
gitea_api "/repos/boss/demo/keys/$(gitea_api /repos/boss/demo/keys | jq '.[0].id')" -X DELETE
expect_exit 128 git ls-remote "$url" 2>../err
contains ../err 'Permission denied'
same 403 "$(code /repos/boss/other/keys -H "Authorization: token $bot_token")"
EOT

# ---- failures ----

it 'killed and started again on the same ports: nothing is lost' <<'EOT'
start_gitea
gitea_repo demo permission=admin </dev/null
url=$gitea ssh=$(cat "$gitea_folder/ssh_port")
gitea_webhook http://127.0.0.1:1/ # nobody
gitea_api "/repos/boss/demo/statuses/$(git rev-parse HEAD)" --json '{"state":"success"}'
kill_gitea
wait_for '! git ls-remote origin 2>/dev/null'
start_gitea
same "$url $ssh" "$gitea $(cat "$gitea_folder/ssh_port")"
same 'success default ' "$(gitea_statuses | tr '\t' ' ')"
gitea_commit more
gitea_api /repos/boss/demo/hooks | jq -e '.[0].config.url == "http://127.0.0.1:1/"'
EOT

it 'outages: refused, 502, an answer that is lost, one that is slow, one that never comes' <<'EOT'
start_gitea
gitea_repo demo </dev/null
sha=$(git rev-parse HEAD)
gitea_outage refuse
expect_exit 7 gitea_api /version
expect_exit 128 git ls-remote origin
gitea_outage off
gitea_api /version
git ls-remote origin
gitea_outage 502
same 502 "$(code /version)"
expect_exit 128 git ls-remote origin
gitea_outage lost match='"^POST .*/statuses/"' count=1
gitea_api /version
expect_exit 52 gitea_api "/repos/boss/demo/statuses/$sha" --json '{"state":"success"}'
same 1 "$(gitea_statuses | wc -l)"
gitea_api "/repos/boss/demo/statuses/$sha" --json '{"state":"success"}'
gitea_outage lost match='"git-receive-pack$"'
commit more
expect_exit 1 git push -q origin HEAD:refs/heads/main || expect_exit 128 git push -q
same "$(git rev-parse HEAD)" "$(git ls-remote origin main | cut -f 1)"
gitea_outage slow ms=300
expect_exit 28 gitea_api /version --max-time 0.2
gitea_outage hang
gitea_api /version 2>../err &
asked=$!
expect_exit 28 gitea_api /version --max-time 0.5
gitea_outage off
expect_exit 52 wait "$asked"
gitea_ask requests | jq -e 'map(select(.method == "POST" and .user == "jci-bot")) | length == 2'
EOT

finish
