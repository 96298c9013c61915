# Sourced behind lib.sh by tests of `git jci web`. The port is chosen by the kernel.
# shellcheck shell=sh

command -v curl >/dev/null || skip_all 'there is no curl'
command -v jq >/dev/null || skip_all 'there is no jq'
ldconfig -p 2>/dev/null | grep -q 'libmicrohttpd\.so\.12' || skip_all 'there is no libmicrohttpd'

# serve [ARGUMENT...]: starts the server for the repository of this folder; its address is in $url
# ("http://127.0.0.1:PORT/"), its process in $server.
serve() {
	rm -f "$TRASH/web.out" # of an earlier one
	git-jci web "$@" 0 >"$TRASH/web.out" 2>"$TRASH/web.err" &
	server=$!
	wait_for 'test -s "$TRASH/web.out" || ! kill -0 "$server"'
	url=$(grep -m 1 -o 'http://[^ ]*/' "$TRASH/web.out") || :
	test -n "$url" || {
		cat "$TRASH/web.err"
		return 1
	}
}

# stop_serving: ends it as systemd does. It ends by the signal, and had nothing to complain about.
stop_serving() {
	kill -TERM "$server"
	expect_exit 143 wait "$server"
	same '' "$(cat "$TRASH/web.err")"
}

# get PATH [OPTION...]: what the server answers to it, of options for curl; fails where it is an error.
get() {
	test_path=$1
	shift
	curl -sS -g --path-as-is --fail-with-body --max-time 60 "$@" "$url$test_path"
}

# status PATH [OPTION...]: the status of the answer alone.
status() {
	test_path=$1
	shift
	curl -sS -g --path-as-is --max-time 60 -o /dev/null -w '%{http_code}' "$@" "$url$test_path"
}

# header NAME PATH [OPTION...]: the value of a header of the answer.
header() {
	test_name=$1
	test_path=$2
	shift 2
	curl -sS -g --path-as-is --max-time 60 -o /dev/null -D - "$@" "$url$test_path" |
		tr -d '\r' | sed -n "s/^$test_name: //Ip"
}

# the_run: the only run that is stored here, as COMMIT/RUN.
the_run() {
	the_ref | sed 's,^refs/jci-runs/,,'
}
