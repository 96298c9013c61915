# Sourced behind gitea.sh by tests of `git jci server`. The port is chosen by the kernel.
# shellcheck shell=sh

for test_tool in curl jq openssl; do
	command -v "$test_tool" >/dev/null || skip_all "there is no $test_tool"
done
for test_library in 'libmicrohttpd\.so\.12' 'libcurl\.so\.4' 'libsqlite3\.so\.0'; do
	ldconfig -p 2>/dev/null | grep -q "$test_library" || skip_all "there is no $test_library"
done

# server_settings: the environment for the stand-in of this case, after start_gitea.
server_settings() {
	export GITEA_HOST="$gitea" GITEA_USER=jci-bot GITEA_TOKEN="$bot_token"
	export GITEA_WEBHOOK_SECRET=s3cr3t JCI_RUNNER_SECRET=runner-secret-0123456789
	export JCI_ADMIN_TOKEN=admin-token-0123456789
	export JCI_LISTEN=127.0.0.1:0 JCI_DB="$TRASH/server.db"
}

# start_server: with the settings of the environment; $url is its address, with a slash, $server its
# process. Its log is in $TRASH/server.err, that of an earlier one before it.
start_server() {
	rm -f "$TRASH/server.out"
	git-jci server >"$TRASH/server.out" 2>>"$TRASH/server.err" &
	server=$!
	wait_for 'test -s "$TRASH/server.out" || ! kill -0 "$server"'
	url=$(sed -n '1s/^listening on //p' "$TRASH/server.out")/
	test "$url" != / || {
		cat "$TRASH/server.err"
		return 1
	}
}

# stop_server: as systemd does.
stop_server() {
	kill -TERM "$server"
	expect_exit 143 wait "$server"
}

# kill_server: at whatever it does.
kill_server() {
	kill -KILL "$server"
	wait "$server" || :
}

# ask PATH [CURL-OPTION...]: the answer, and `code`: its status alone.
ask() {
	test_path=$1
	shift
	curl -sS -g --path-as-is --max-time 60 "$@" "$url$test_path"
}

code() {
	test_path=$1
	shift
	curl -sS -g --path-as-is --max-time 60 -o "$TRASH/answer" -w '%{http_code}' "$@" \
		"$url$test_path"
}

# admin PATH [CURL-OPTION...]: of the API.
admin() {
	test_path=$1
	shift
	ask "api/$test_path" -H "Authorization: Bearer $JCI_ADMIN_TOKEN" "$@"
}

# sign FILE [SECRET]: the hexadecimal HMAC-SHA256 of a body.
sign() {
	openssl dgst -sha256 -hmac "${2:-s3cr3t}" -r "$1" | cut -d ' ' -f 1
}

# deliver BODY EVENT [CURL-OPTION...]: a webhook, signed, with a delivery id of its own; its status,
# and its answer in $TRASH/answer.
deliver() {
	test_body=$1
	test_event=$2
	shift 2
	code webhook -H "X-Gitea-Event: $test_event" -H 'Content-Type: application/json' \
		-H "X-Gitea-Delivery: $(cat /proc/sys/kernel/random/uuid)" \
		-H "X-Gitea-Signature: $(sign "$test_body")" --data-binary "@$test_body" "$@"
}

# push_body FILE REF COMMIT [BEFORE]: the body of a push to boss/demo, of the recorded shape.
push_body() {
	jq -c --arg ref "$2" --arg after "$3" \
		--arg before "${4:-0000000000000000000000000000000000000000}" \
		'.ref = $ref | .after = $after | .before = $before |
		.commits[0].id = $after | .head_commit = (.commits[0])' \
		"$top_srcdir/tests/gitea/recordings/push-new-branch.push.json" >"$1"
}

# poll JOBS SLOTS [CURL-OPTION...]: as the runner $runner; its answer. JOBS: an array of JSON.
runner=01234567-89ab-4cde-8123-456789abcdef
poll() {
	jq -cn --argjson jobs "$1" --argjson slots "$2" --arg runner "$runner" \
		'{protocol: 1, runner: $runner, name: "host-a", version: "0.1.0",
		labels: ["linux", "amd64"], slots: $slots, jobs: $jobs}' >"$TRASH/poll"
	shift 2
	ask poll -H "Authorization: Bearer $JCI_RUNNER_SECRET" \
		-H 'Content-Type: application/json' --data-binary "@$TRASH/poll" "$@"
}

# begin: Gitea, the settings and the server.
begin() {
	start_gitea
	server_settings
	start_server
}

# pushed_repo: boss/demo at Gitea, with a job that runners can have, and a clone of it: goes into it.
pushed_repo() {
	gitea_webhook "${url}webhook"
	gitea_repo demo <<-'SH'
	echo hello
	SH
	wait_for 'admin jobs | jq -e ".[0].prepared"'
}
