#!/bin/sh
# The webhooks of the Gitea stand-in are as those that were recorded from a real one.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
! built_with JCI_ASAN || skip_all 'nothing of git-jci is in it: the plain build tries it'
. "$top_srcdir/tests/gitea.sh"

recordings=$top_srcdir/tests/gitea/recordings

# keys FILE: the paths of all members, whatever the length of arrays.
keys() {
	jq -S '[paths | map(if type == "number" then "[]" else . end) | join(".")] | unique' "$1"
}

# like RECORDING N...: the received deliveries, in any order, are the events of that recording, with the
# same members and headers, and their signatures are right.
like() {
	test_recording=$1
	shift
	for test_number; do
		test_file=$TRASH/received/$test_number
		test_event=$(sed -n 's/^X-Gitea-Event: //p' "$test_file.headers")
		test_model=$recordings/$test_recording.$test_event
		same "$(keys "$test_model.json")" "$(keys "$test_file.json")"
		same "$(sed 's/:.*//' "$test_model.headers")" "$(sed 's/:.*//' "$test_file.headers")"
		signed "$test_file"
	done
}

# signed FILE: are the signatures in FILE.headers those of FILE.json?
signed() {
	test_hmac=$(openssl dgst -sha256 -hmac s3cr3t <"$1.json" | sed 's/.* //')
	same "$test_hmac" "$(sed -n 's/^X-Gitea-Signature: //p' "$1.headers")"
	same "sha256=$test_hmac" "$(sed -n 's/^X-Hub-Signature-256: //p' "$1.headers")"
}

# events: of the received deliveries, in their order.
events() {
	for test_number in $(seq "$(ls "$TRASH/received/" | grep -c json)"); do
		sed -n 's/^X-Gitea-Event: //p' "$TRASH/received/$test_number.headers"
	done | tr '\n' ' '
}

# member N FILTER: of the body of the received delivery N.
member() {
	jq -r "$2" "$TRASH/received/$1.json"
}

it 'the recordings are what they were' <<'EOT'
for headers in "$recordings"/*.headers; do
	signed "${headers%.headers}"
done
EOT

it 'a push of three commits is one delivery, newest commit first' <<'EOT'
start_gitea
gitea_repo demo </dev/null
receive
before=$(git rev-parse HEAD)
for i in 1 2 3; do
	echo "$i" >"f$i"
	commit "commit $i [skip ci] é <&>"
done
git push -q
received 1
like push-three-commits 1
same "$(git rev-parse HEAD)" "$(member 1 .after)"
same "$before" "$(member 1 .before)"
same refs/heads/main "$(member 1 .ref)"
same "$(git rev-list -3 HEAD)" "$(member 1 '.commits[].id')"
same 'commit 3 [skip ci] é <&>' "$(member 1 .head_commit.message)"
lacks ../received/1.json '&'
same f3 "$(member 1 '.commits[0].added[0]')"
same boss/demo "$(member 1 .repository.full_name)"
same boss "$(member 1 .pusher.login)"
git -C "$TRASH" ls-remote "$(member 1 .repository.clone_url | sed "s,//,//jci-bot:$bot_token@,")" >out
contains out refs/heads/main
EOT

it 'a new branch: create and push, with the commits that are in no other' <<'EOT'
start_gitea
gitea_repo demo </dev/null
receive
echo y >y
gitea_commit feat feature/ünï-code
received 2
same 'create push ' "$(events)"
like push-new-branch 1 2
same feature/ünï-code "$(member 1 .ref)"
same refs/heads/feature/ünï-code "$(member 2 .ref)"
same 0000000000000000000000000000000000000000 "$(member 2 .before)"
same "$(git rev-parse HEAD)" "$(member 2 '.commits | map(.id) | join(" ")')"
EOT

it 'a forced push: before is not reachable any more' <<'EOT'
start_gitea
gitea_repo demo </dev/null
echo y >README
gitea_commit one
receive
before=$(git rev-parse HEAD)
echo z >README
git commit -qa --amend -m forced
git push -q -f
received 1
like push-forced 1
same "$before" "$(member 1 .before)"
same "$(git rev-parse HEAD)" "$(member 1 '.commits | map(.id) | join(" ")')"
EOT

it 'a tag: push, then create; an annotated one by its own hash' <<'EOT'
start_gitea
gitea_repo demo </dev/null
echo y >README
gitea_commit two
receive
git tag v1
git push -q origin v1
received 2
same 'push create ' "$(events)"
like push-tag 1 2
same refs/tags/v1 "$(member 1 .ref)"
same "$(git rev-parse v1)" "$(member 1 .after)"
same 'v1 tag' "$(member 2 '"\(.ref) \(.ref_type)"')"
git tag -a -m annotated v2
git push -q origin v2
received 4
same "$(git rev-parse v2)" "$(member 3 .after)"
same "$(git rev-parse HEAD)" "$(member 3 .head_commit.id)"
EOT

it 'a deleted branch: delete and no push; newer versions send a push as well' <<'EOT'
start_gitea
gitea_repo demo </dev/null
git push -q origin main:one main:two
receive
git push -q origin :one
received 1
like push-branch-deleted 1
same 'delete one branch' "$(events)$(member 1 '"\(.ref) \(.ref_type)"')"
gitea_tell version newer=true
git push -q origin :two
received 3
same 'delete push delete ' "$(events)"
same 0000000000000000000000000000000000000000 "$(member 2 .after)"
EOT

it 'a push of runs causes no delivery' <<'EOT'
start_gitea
gitea_repo demo <<'SH'
echo hello
SH
receive
git jci run -q
git jci push
same "$(the_ref)" "$(gitea_refs demo refs/jci-runs)"
gitea_commit after
received 1
same refs/heads/main "$(member 1 .ref)"
EOT

it 'a pull request is opened, synchronized by a push, closed with its branch' <<'EOT'
start_gitea
gitea_repo demo </dev/null
echo 1 >file
gitea_commit one topic
receive
gitea_tell pull repo=boss/demo action=open head=topic title='a change' >../out
same 1 "$(jq .number ../out)"
received 1
like pull-request-opened 1
same 'opened topic main' "$(member 1 '"\(.action) \(.pull_request.head.ref) \(.pull_request.base.ref)"')"
same "$(git rev-parse HEAD)" "$(member 1 .pull_request.head.sha)"
same "$(git rev-parse HEAD~)" "$(member 1 .pull_request.base.sha)"
same "$(git rev-parse HEAD~)" "$(member 1 .pull_request.merge_base)"
same refs/pull/1/head "$(gitea_refs demo refs/pull)"
echo 2 >file
gitea_commit two topic
received 3
same 'pull_request push pull_request ' "$(events)"
like pull-request-synchronized 2 3
same "$(git rev-parse HEAD)" "$(member 3 .pull_request.head.sha)"
git push -q origin :topic
received 5
like push-branch-deleted 4 5
same 'closed refs/pull/1/head' "$(member 5 '"\(.action) \(.pull_request.head.ref)"')"
EOT

it 'a pull request is closed by hand' <<'EOT'
start_gitea
gitea_repo demo </dev/null
gitea_commit one topic
gitea_tell pull repo=boss/demo action=open head=topic
gitea_api '/repos/boss/demo/pulls?state=open' | jq -e '.[0].number == 1'
receive
gitea_tell pull repo=boss/demo action=close number=1
received 1
same closed "$(member 1 .action)"
gitea_api '/repos/boss/demo/pulls?state=open' | jq -e '. == []'
EOT

it 'a delivery that fails is not repeated; it can be sent again under its id' <<'EOT'
start_gitea
gitea_repo demo </dev/null
receive 500
gitea_commit one
received 1
kill "$receiver"
wait "$receiver" || :
gitea_commit two
wait_for gitea_settled
same '500 0 ' "$(gitea_ask deliveries | jq -r '.[].status' | tr '\n' ' ')"
id=$(gitea_ask deliveries | jq -r '.[0].uuid')
receive
gitea_tell redeliver "uuid=\"$id\""
received 1
same "$id" "$(sed -n 's/^X-Gitea-Delivery: //p' ../received/1.headers)"
EOT

it 'a push whose webhook was not sent when it was killed: it is sent after the start' <<'EOT'
start_gitea
gitea_repo demo </dev/null
receive
kill -STOP "$receiver"
at_end 'kill -CONT "$receiver"'
gitea_commit one
kill_gitea
kill -KILL "$receiver"
start_gitea
receive
wait_for gitea_settled
gitea_commit two
wait_for gitea_settled
ls ../received
same two "$(member "$(ls ../received | grep -c json)" '.head_commit.message' | head -n 1)"
gitea_ask deliveries | jq -e 'length == 2 and all(.[]; .status != null)'
EOT

finish
