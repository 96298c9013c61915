#!/bin/sh
# `git jci server` is killed at each point of a job's way and started again: nothing is lost, and nothing
# is told twice. JCI_FAULT=any:N kills it at the Nth point that it passes (src/util/fault.h).

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"

built_with JCI_FAULT_INJECTION || skip_all 'built without --enable-fault-injection'

# keep_server POINT: one that dies there, which makes the file died, and then one that lives.
# Its process is in the file server; the file ended is made behind the last one.
keep_server() {
	rm -f "$TRASH/died" "$TRASH/server" "$TRASH/ended"
	{
		JCI_FAULT=any:$1 git-jci server >"$TRASH/server.out" 2>>"$TRASH/server.err" &
		echo $! >"$TRASH/server"
		wait $! || test $? -ne 137 || {
			: >"$TRASH/died"
			git-jci server >"$TRASH/server.out" 2>>"$TRASH/server.err" &
			echo $! >"$TRASH/server"
			wait $! || :
		}
		: >"$TRASH/ended"
	} &
	wait_for 'test -s "$TRASH/server.out" || test -e "$TRASH/died"'
}

# end_server: whichever runs; it may be about to start.
end_server() {
	wait_for 'kill -TERM "$(cat "$TRASH/server")" 2>/dev/null; test -e "$TRASH/ended"'
}

# (jq -e takes no input at all, from a server that is down, for a success.)
take_job() {
	poll '[]' 1 2>/dev/null | jq .job | grep -v '^null$' >"$TRASH/job"
}

# tell_exit: until the server has taken it over; it may die of that.
tell_exit() {
	poll "$(jq -cn --argjson id "$job" --argjson attempt "$attempt" \
		'[{id: $id, attempt: $attempt, state: "exited", exit: 0, reason: "exited"}]')" 0 2>/dev/null |
		jq --argjson id "$job" 'any(.forget[]; .id == $id)' | grep -q true
}

is_done() {
	admin "jobs/$job" 2>/dev/null | jq .state | grep -q done
}

# pass: a push, its job, and what was told of it.
pass() {
	gitea_commit "point $1"
	wait_for take_job
	job=$(jq .id "$TRASH/job") attempt=$(jq .attempt "$TRASH/job") run=$(jq -r .run_id "$TRASH/job")
	same "$(git rev-parse HEAD)" "$(jq -r .commit "$TRASH/job")"
	run_job
	wait_for tell_exit
	wait_for is_done
	wait_for 'settled 2>/dev/null'
	gitea_statuses >"$TRASH/told"
	same '' "$(sort "$TRASH/told" | uniq -d)"
	same "1 success" "$(grep -v '^pending' "$TRASH/told" | cut -f 1 | uniq -c | sed 's/^ *//')"
	same success "$(tail -n 1 "$TRASH/told" | cut -f 1)"
}

it 'each push has one result wherever the server is killed' <<'EOT'
begin JCI_CATCH_UP=1h
export JCI_LISTEN=$(echo "$url" | sed 's,http://\(.*\)/,\1,')
at_end 'kill -KILL "$(cat "$TRASH/server")" 2>/dev/null'
demo
admin jobs/1/cancel -X POST
wait_for settled
stop_server
point=0 step=1 pushes=1
# there each takes so long that all of them don't fit
! built_with JCI_ASAN || step=3
while :; do
	point=$((point + step)) pushes=$((pushes + 1))
	echo "point $point" >&2
	keep_server "$point"
	pass "$point"
	end_server
	test -e "$TRASH/died" || break
done
test "$point" -gt 20
start_server
same "$pushes" "$(admin 'jobs?limit=500' | jq length)"
stop_server
EOT

finish
