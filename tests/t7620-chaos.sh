#!/bin/sh
# While server and runner are killed again and again, and Gitea is down a third of the time, each push
# has exactly one final status at last. CHAOS_JOBS pushes (15), by the random numbers of CHAOS_SEED;
# tests/bench/server-chaos has many.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/docker.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"
. "$top_srcdir/tests/flow.sh"

chaos_jobs=${CHAOS_JOBS:-15}
chaos_seed=${CHAOS_SEED:-$(date +%s)}

# keep NAME COMMAND...: as systemd does: starts it whenever it is not there, until the file stop is.
# Its process is in the file NAME.pid, its output in NAME.log.
keep() {
	keep_name=$1
	shift
	while test ! -e "$TRASH/stop"; do
		"$@" >>"$TRASH/$keep_name.log" 2>&1 &
		echo $! >"$TRASH/$keep_name.pid"
		wait $! || :
	done
}

# random N: from 0 to N - 1.
random() {
	chaos_state=$(((chaos_state * 1103515245 + 12345) % 2147483648))
	echo $((chaos_state / 65536 % $1))
}

lines() {
	cat "$TRASH/server.log" "$TRASH/a.log" | wc -l
}

# tick: until some more has happened, or nothing does.
tick() {
	chaos_state=$(((chaos_state * 1103515245 + 12345) % 2147483648))
	tick_at=$(($(lines) + 5 + chaos_state / 65536 % (chaos_jobs < 100 ? 20 : 60)))
	wait_for 'test "$(lines)" -ge "$tick_at" || test -e "$TRASH/enough"' "${CHAOS_PATIENCE:-4}" || :
}

# chaos: kills one of both at each tick; at each third Gitea is away until the next.
chaos() {
	trap - EXIT
	set +e
	chaos_state=$chaos_seed
	chaos_n=0
	while test ! -e "$TRASH/enough"; do
		tick
		chaos_n=$((chaos_n + 1))
		case $((chaos_n % 3)) in
		1) gitea_outage off ;;
		0)
			set -- refuse 502 429 hang
			shift "$((chaos_state / 65536 % 4))"
			gitea_outage "$1"
			echo "$1" >>"$TRASH/outages"
			;;
		esac
		set -- server a a server server
		shift "$((chaos_state / 1048576 % 5))"
		kill -KILL "$(cat "$TRASH/$1.pid")" 2>/dev/null
		echo "$1" >>"$TRASH/kills"
	done
	gitea_outage off
}

# final_states: state and number of the final statuses of each commit of the list, a line each.
final_states() {
	gitea_ask statuses | jq -r --rawfile commits "$TRASH/commits" '
		(map(select(.state != "pending")) | group_by(.sha) | map({key: .[0].sha, value: .}) |
		from_entries) as $final | $commits | split("\n")[] | select(. != "") |
		"\($final[.] | length) \($final[.] | map(.state) | join("+"))"'
}

all_final() {
	test "$(final_states | grep -vc '^0')" -eq "$chaos_jobs"
}

it "of $chaos_jobs pushes each has one final status (seed $chaos_seed)" <<'EOT'
flow_without_runner JCI_LEASE=20s JCI_KEEP=5
at_end 'remove_runner a'
at_end 'touch "$TRASH/stop"; kill -KILL $(cat "$TRASH/server.pid" "$TRASH/a.pid") 2>/dev/null'
gitea_repo demo <<'SH'
echo "$JCI_BRANCH"
case $JCI_BRANCH in
*[05]) exit 1 ;;
esac
SH
wait_for 'prepared 1'
stop_server
keep server git-jci server &
JCI_RUNNER_NAME=host-a JCI_RUNNER_DB="$TRASH/a.db" keep a git-jci runner &
runner_a=$!
chaos >"$TRASH/chaos.log" 2>&1 &
chaos=$!
start=$(date +%s)
set +v
for n in $(seq "$chaos_jobs"); do
	git commit -q --allow-empty -m "$n"
	git rev-parse HEAD >>"$TRASH/commits"
	wait_for 'git push -q origin "HEAD:refs/heads/b$n" 2>/dev/null' 120
done
set -v
wait_for all_final "${CHAOS_SECONDS:-240}" || {
	touch "$TRASH/enough"
	final_states | sort | uniq -c
	admin jobs
	cat "$TRASH/chaos.log"
	false
}
touch "$TRASH/enough"
wait "$chaos"
wait_for settled
# what was told late would be told by now
final_states | sort | uniq -c >"$TRASH/finals"
cat "$TRASH/finals"
gitea_ask statuses | jq -r '.[] | select(.state == "error").description'
gitea_ask statuses | jq -r '.[] | "\(.sha) \(.description)"' | sort | uniq -d >"$TRASH/twice"
{
	echo "$chaos_jobs pushes in $(($(date +%s) - start)) s; kills: $(sort "$TRASH/kills" | uniq -c |
		tr -s ' \n' ' '); outages: $(wc -l <"$TRASH/outages")"
	sed 's/^ *\([0-9]*\) [0-9]* /\1 /; s/$/;/' "$TRASH/finals" | tr '\n' ' '
	echo "attempts: $(admin 'jobs?limit=1000' | jq '[.[].attempt] | add') of $(admin 'jobs?limit=1000' | jq length) jobs, statuses told twice: $(wc -l <"$TRASH/twice")"
} >"$test_root/figures"
same "$chaos_jobs" "$(final_states | grep -c '^1 ')"
same '' "$(cat "$TRASH/twice")"
EOT
sed 's/^/# /' "$test_root/figures" 2>/dev/null

finish
