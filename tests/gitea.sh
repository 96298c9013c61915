# Sourced behind lib.sh by tests that need a Gitea: the stand-in of tests/gitea/, whose README tells
# what it does. It has the users boss, who owns all repositories, and jci-bot, who may write to them.
# shellcheck shell=sh

for test_python in /usr/bin/python3 python3 ''; do
	test -n "$test_python" || skip_all 'there is no python3 with sqlite3'
	"$test_python" -c 'import sqlite3' 2>/dev/null && break
done
for test_tool in curl jq setpriv ssh-keygen; do
	command -v "$test_tool" >/dev/null || skip_all "there is no $test_tool"
done
PATH=$PATH:/usr/sbin command -v sshd >/dev/null || skip_all 'there is no sshd'

# ---- the stand-in ----

# start_gitea [OPTION...]: starts it, or starts it again as it was; sets $gitea (its URL without a
# slash), $gitea_folder, $gitea_pid, $boss_token, $bot_token. Options are those of gitea.py, such as
# --address=172.17.0.1 for containers to reach it. It ends with the case.
start_gitea() {
	gitea_folder=$TRASH/gitea
	mkdir -p "$gitea_folder"
	rm -f "$gitea_folder/url"
	PYTHONDONTWRITEBYTECODE=1 "$test_python" "$top_srcdir/tests/gitea/gitea.py" \
		"$gitea_folder" "$@" >>"$gitea_folder/out" 2>&1 &
	gitea_pid=$!
	wait_for 'test -s "$gitea_folder/url" || ! kill -0 "$gitea_pid"'
	test -s "$gitea_folder/url" || {
		cat "$gitea_folder/out"
		return 1
	}
	gitea=$(cat "$gitea_folder/url")
	boss_token=$(cat "$gitea_folder/boss.token")
	bot_token=$(cat "$gitea_folder/jci-bot.token")
}

# kill_gitea: as a machine that loses power would; start_gitea goes on from there.
kill_gitea() {
	kill -KILL "$gitea_pid"
	wait "$gitea_pid" || :
}

# gitea_ask NAME [CURL-OPTION...]: the answer of a question of control.py: statuses, requests,
# deliveries; -G -d repo=boss/demo gives it arguments.
gitea_ask() {
	test_name=$1
	shift
	curl -sS --fail-with-body --max-time 60 "$@" "$(cat "$gitea_folder/control")/$test_name"
}

# gitea_tell NAME [MEMBER=VALUE...]: an order of control.py. Values are JSON where they can be.
gitea_tell() {
	test_name=$1
	shift
	for test_member; do
		printf '%s\n' "$test_member"
	done | jq -Rn '[inputs | capture("^(?<key>[a-z_]+)=(?<text>.*)$")
		| {key, value: (.text as $text | try ($text | fromjson) catch $text)}] | from_entries' |
		gitea_ask "$test_name" --json @-
}

# gitea_outage MODE [MEMBER=VALUE...]: refuse, 502, 429, hang, slow ms=300, lost match='^POST .*/statuses/'
# count=1; off ends it. See outage.py.
gitea_outage() {
	test_mode=$1
	shift
	gitea_tell outage "mode=\"$test_mode\"" "$@" >/dev/null
}

# gitea_webhook URL [SECRET]: where its webhooks go from now on; an empty URL: nowhere.
gitea_webhook() {
	gitea_tell webhook "url=\"$1\"" "secret=\"${2:-s3cr3t}\"" >/dev/null
}

# gitea_api PATH [CURL-OPTION...]: the answer to jci-bot, below /api/v1; fails where it is an error.
gitea_api() {
	test_path=$1
	shift
	curl -sS -g --fail-with-body --max-time 60 -H "Authorization: token $bot_token" "$@" \
		"$gitea/api/v1$test_path"
}

# ---- its repositories ----

# gitea_url NAME [USER:TOKEN]: the address of boss/NAME for git, with boss's token unless told.
gitea_url() {
	echo "http://${2:-boss:$boss_token}@${gitea#http://}/boss/$1.git"
}

# gitea_repo NAME [MEMBER=VALUE...] <<'SH' ... SH: makes boss/NAME at Gitea and a clone of it in this
# folder, with one commit (see new_repo) that was pushed to main, and goes into it. Members are of
# the order `repository`: permission=admin, private=false.
gitea_repo() {
	test_repo=$1
	shift
	gitea_tell repository "name=boss/$test_repo" "$@" >/dev/null
	new_repo "$test_repo"
	git remote add origin "$(gitea_url "$test_repo")"
	git push -q -u origin main
}

# gitea_commit MESSAGE [BRANCH]: commits all that was changed and pushes it to the branch (main).
gitea_commit() {
	commit "$1"
	git push -q origin "HEAD:refs/heads/${2:-main}"
}

# gitea_statuses [COMMIT]: the statuses it got for the commit (HEAD), in the order in which they came,
# a line each: STATE CONTEXT DESCRIPTION, with tabs between.
gitea_statuses() {
	test_commit=$(git rev-parse "${1:-HEAD}^{commit}")
	gitea_ask statuses -G -d "sha=$test_commit" |
		jq -r '.[] | [.state, .context, .description] | @tsv'
}

# gitea_refs NAME [PATTERN]: names of the refs that boss/NAME has at Gitea.
gitea_refs() {
	git -C "$gitea_folder/repositories/boss/$1.git" for-each-ref --format='%(refname)' ${2:+"$2"}
}

# ---- webhooks without a server ----

# receive [STATUS]: takes webhooks into $TRASH/received, see gitea/receiver.py, and lets Gitea send
# them there; $receiver is its process.
receive() {
	rm -rf "$TRASH/received"
	"$test_python" "$top_srcdir/tests/gitea/receiver.py" "$TRASH/received" "$@" &
	receiver=$!
	wait_for 'test -s "$TRASH/received/url"'
	gitea_webhook "$(cat "$TRASH/received/url")"
}

# received N: waits until there are N, and no more to come.
received() {
	wait_for "test -e '$TRASH/received/$1.json'"
	wait_for 'gitea_settled'
	test ! -e "$TRASH/received/$(($1 + 1)).json"
}

# gitea_settled: have all pushes become deliveries that were sent?
gitea_settled() {
	test -z "$(ls "$gitea_folder/pushes")" &&
		gitea_ask deliveries | jq -e 'all(.[]; .status != null)' >/dev/null
}
