#!/bin/sh
# What `git jci web` tells as it happens: logs that grow, runs that end, changes of the repository.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"

# new_gate: scripts wait with `read -r line <"$GATE"` until the test does `echo >&9`.
new_gate() {
	GATE=$TRASH/gate
	export GATE
	mkfifo "$GATE"
	exec 9<>"$GATE"
	at_end 'printf "\n\n\n\n" >&9'
}

# start_run [ARGUMENT...]: in the background, as $run; returns when it is registered, as $RUN.
start_run() {
	git-jci run -q "$@" 2>"$TRASH/run.err" &
	run=$!
	wait_for 'git jci log --status running | grep -q .'
	RUN=$(git jci log --json --status running -n 1 | jq -r '"\(.commit)/\(.runId)"')
}

# follow NAME [CURL-OPTION...]: the run $RUN, in the background, as $follower, into NAME; returns
# when the server has answered.
follow() {
	name=$1
	shift
	curl -sSN "$@" "${url}api/tail/$RUN$QUERY" >"$TRASH/$name" 2>"$TRASH/$name.err" &
	follower=$!
	wait_for "test -s '$TRASH/$name'"
}
QUERY=

# told NAME: the bytes of the log that it was told.
told() {
	awk '/^event: / { event = $2 } /^data: / && event == "log" { print substr($0, 7) }' "$1" |
		jq -j .text
}

# event NAME KIND: the data of the last event of that kind; none: fails.
event() {
	awk -v kind="$2" '/^event: / { event = $2 }
		/^data: / && event == kind { data = substr($0, 7) }
		END { if (!data) exit 1; print data }' "$1"
}

# is_gapless NAME FROM: whether each event begins where the one before ended, and its id is right.
is_gapless() {
	awk '/^id: / { id = $2 } /^data: {"offset"/ { print id, substr($0, 7) }' "$1" >"$1.events"
	at=$2
	while read -r id data; do
		same "$at" "$(printf '%s\n' "$data" | jq .offset)"
		at=$id
	done <"$1.events"
}

# ---- one log ----

it 'tells a log from its first byte as it grows, and how the run ended' <<'EOT'
new_gate
new_repo project <<'SH'
echo first
printf 'half a'
read -r line <"$GATE"
echo ' line'
read -r line <"$GATE"
echo last
SH
serve
start_run
wait_for 'grep -q half .git/jci/live/*/log'
follow out
wait_for 'told ../out | grep -q "half a"'
same 'first
half a' "$(told ../out)"
echo >&9
wait_for 'told ../out | grep -q "half a line"'
expect_exit 1 event ../out end
echo >&9
wait $run
expect_exit 0 wait $follower
same 'first
half a line
last' "$(told ../out)"
is_gapless ../out 0
same '["success","passed",0,true]' "$(event ../out end | jq -c '[.status,.reason,.exitStatus,.duration>0]')"
stop_serving
EOT

it 'tells the log of a run that is published elsewhere, as it is fetched, and its end' <<'EOT'
new_gate
git init -q --bare -b main origin
new_repo project <<'SH'
echo 'line 1'
read -r line <"$GATE"
echo 'line 2'
read -r line <"$GATE"
SH
git remote add origin ../origin
git config jci.publishInterval 1s
git push -q origin main
git clone -q ../origin ../bob
git-jci run -q --publish 2>/dev/null &
run=$!
published() {
	git -C ../origin ls-tree -r "$(runs ../origin)" .jci/log/
}
wait_for 'published 2>/dev/null | grep -q 000000/00'
cd ../bob
git jci pull -q
RUN=$(the_run)
serve
same 'line 1' "$(get "jci/$RUN/run.output.txt/raw")"
same running "$(get "api/commit/$RUN" | jq -r .status)"
same 1 "$(get "api/log/$RUN/lines?from=1&count=9" | jq '.lines | length')"
follow out
wait_for 'told ../out | grep -q "line 1"'
echo >&9
wait_for 'published 2>/dev/null | grep -q 000000/01'
git jci pull -q
wait_for 'told ../out | grep -q "line 2"'
expect_exit 1 event ../out end
echo >&9
wait $run
git jci pull -q
expect_exit 0 wait $follower
same 'line 1
line 2' "$(told ../out)"
is_gapless ../out 0
same '["success","passed",0]' "$(event ../out end | jq -c '[.status,.reason,.exitStatus]')"
get "archive/$RUN.tar.gz" | tar -xzO run.output.txt >../log
same 'line 1
line 2' "$(cat ../log)"
stop_serving
EOT

it 'a run that fails, is cancelled, or has no output ends as that' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
exit 5
SH
serve
start_run
follow out
echo >&9
expect_exit 1 wait $run
expect_exit 0 wait $follower
same '' "$(told ../out)"
same '["failed","failed",5]' "$(event ../out end | jq -c '[.status,.reason,.exitStatus]')"
start_run
follow out
git jci cancel "${RUN#*/}"
wait $run || true
expect_exit 0 wait $follower
same '["failed","cancelled",null]' "$(event ../out end | jq -c '[.status,.reason,.exitStatus]')"
stop_serving
EOT

it 'when git-jci is killed the run is lost, and after recovery ended' <<'EOT'
new_gate
new_repo project <<'SH'
echo begun
read -r line <"$GATE"
SH
serve
start_run
wait_for 'grep -q begun .git/jci/live/*/log'
follow out
kill -9 $run
wait $run || true
expect_exit 0 wait $follower
same begun "$(told ../out)"
same '{}' "$(event ../out lost)"
expect_exit 1 event ../out end
follow again
expect_exit 0 wait $follower
same begun "$(told ../again)"
same '{}' "$(event ../again lost)"
same true "$(get "api/log/$RUN/lines" | jq .complete)"
git jci recover 2>../err
follow again
expect_exit 0 wait $follower
same begun "$(told ../again)"
same killed "$(event ../again end | jq -r .reason)"
stop_serving
EOT

it 'a stored run is told whole, and from an offset' <<'EOT'
new_repo project <<'SH'
seq 100000
SH
git jci run -q 2>../err
RUN=$(the_run)
serve
follow out
expect_exit 0 wait $follower
told ../out >../told
seq 100000 | cmp - ../told
is_gapless ../out 0
QUERY='?from=588000'
follow out
expect_exit 0 wait $follower
told ../out >../told
seq 100000 | tail -c +588001 | cmp - ../told
is_gapless ../out 588000
QUERY='?from=0'
follow out -H 'Last-Event-ID: 588895'
expect_exit 0 wait $follower
same '' "$(told ../out)"
event ../out end
same 416 "$(status "api/tail/$RUN?from=588896")"
same 400 "$(status "api/tail/$RUN?from=-1")"
same 400 "$(status "api/tail/$RUN" -H 'Last-Event-ID: x')"
same 400 "$(status "api/tail/$RUN" -H 'Last-Event-ID: 9999999999999999999')"
stop_serving
EOT

it 'a client that comes back with the last id has no gap and no byte twice' <<'EOT'
new_gate
new_repo project <<'SH'
seq 30000
read -r line <"$GATE"
seq 30000
read -r line <"$GATE"
seq 30000
SH
serve
start_run
wait_for 'grep -q "^30000$" .git/jci/live/*/log'
follow one
wait_for 'told ../one | grep -q "^30000$"'
kill $follower
echo >&9
id=$(sed -n 's/^id: //p' ../one | tail -n 1)
follow two -H "Last-Event-ID: $id"
echo >&9
wait $run
expect_exit 0 wait $follower
is_gapless ../two "$id"
{ told ../one; told ../two; } >../told
git jci cat latest | cmp - ../told
stop_serving
EOT

it 'never splits a character, whatever the pieces it comes in' <<'EOT'
new_gate
new_repo project <<'SH'
step() { printf "$1"; read -r line <"$GATE"; }
step 'a\303'
step '\244b\360\237'
step '\230'
step '\200c\377'
step '\342\202d\342'
printf '\202'
SH
serve
start_run
follow out
for bytes in 2 6 7 10 14; do
	wait_for 'test $(cat .git/jci/live/*/log | wc -c) -ge '"$bytes"
	echo >&9
done
wait $run
expect_exit 0 wait $follower
is_gapless ../out 0
same 'aäb😀c���d��' "$(told ../out)"
contains ../out 'id: 15'
stop_serving
EOT

it 'what is held back of a character is told once it is whole' <<'EOT'
new_gate
new_repo project <<'SH'
printf 'a\303'
read -r line <"$GATE"
printf '\244'
read -r line <"$GATE"
SH
serve
start_run
wait_for 'test $(cat .git/jci/live/*/log | wc -c) -eq 2'
follow out
wait_for 'test "$(told ../out)" = a'
contains ../out 'id: 1'
echo >&9
wait_for 'test "$(told ../out)" = aä'
contains ../out 'id: 3'
echo >&9
wait $run
stop_serving
EOT

it 'every byte may be a letter, a quote, an escape sequence or a line of the protocol' <<'EOT'
new_repo project <<'SH'
printf 'data: x\n\nevent: end\ndata: {}\n\nid: 7\r\n"quoted" \\ back\033]0;t\007</script>\n\t'
awk 'BEGIN { for (i = 1; i < 128; i++) printf "%c", i }'
SH
git jci run -q 2>../err
RUN=$(the_run)
serve
follow out
expect_exit 0 wait $follower
told ../out >../told
git jci cat latest | cmp - ../told
same 1 "$(grep -c '^event: end' ../out)"
stop_serving
EOT

it 'fifty followers from anywhere, slow and stopped ones too, get every byte' <<'EOT'
new_gate
new_repo project <<'SH'
seq 20000
read -r line <"$GATE"
for i in 1 2 3 4 5 6 7 8 9 10; do
	seq 30000
done
read -r line <"$GATE"
head -c 6000000 /dev/zero | tr '\0' x
SH
serve
start_run
wait_for 'grep -q "^20000$" .git/jci/live/*/log'
followers=
for n in $(seq 50); do
	QUERY="?from=$((n * 2000))"
	case $n in
	10 | 20 | 30) follow "out$n" --limit-rate 3M ;;
	*) follow "out$n" ;;
	esac
	followers="$followers $follower"
done
stopped=$follower
kill -STOP $stopped
echo >&9
wait_for 'test $(cat .git/jci/live/*/log | wc -c) -ge 1797834'
echo >&9
wait $run
kill -CONT $stopped
for follower in $followers; do
	expect_exit 0 wait $follower
done
git jci cat latest >../log
for n in $(seq 50); do
	told "../out$n" >../told
	tail -c +$((n * 2000 + 1)) ../log | cmp - ../told
done
stop_serving
EOT

it 'large and fast output comes complete while the run is stored, time after time' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
cat "$GATE.data"
SH
head -c 3000000 /dev/urandom | base64 -w 100 >"$GATE.data"
serve
for n in 1 2 3 4 5 6 7 8; do
	start_run
	follow out
	echo >&9
	expect_exit 0 wait $follower
	told ../out >../told
	cmp "$GATE.data" ../told
	event ../out end
	wait $run
done
stop_serving
EOT

it 'a live log has lines, an index and matches as far as it is there' <<'EOT'
new_gate
new_repo project <<'SH'
seq 20000
echo '::group::work'
read -r line <"$GATE"
echo 'error: late'
echo '::endgroup::'
SH
serve
start_run
wait_for 'grep -q work .git/jci/live/*/log'
same '[20001,108908,false]' "$(get "api/log/$RUN/index" | jq -c '[.lines,.bytes,.complete]')"
wait_for 'get "api/log/$RUN/index" | jq -e ".groups[0].line == 20001 and .groups[0].end == null"'
same '["20000","::group::work"]' "$(get "api/log/$RUN/lines?from=-2" | jq -c .lines)"
same '[20000]' "$(get "api/log/$RUN/search?q=20000" | jq -c '[.matches[].line]')"
get "api/log/$RUN" -D ../headers >../out
contains ../headers 'X-Log-Complete: 0'
same 400 "$(status "archive/$RUN.zip")"
echo >&9
wait $run
same '[20003,true,[20002],[20003]]' "$(get "api/log/$RUN/index" |
	jq -c '[.lines,.complete,.errors,[.groups[].end]]')"
same '[20002]' "$(get "api/log/$RUN/search?q=late" | jq -c '[.matches[].line]')"
get "api/log/$RUN" -D ../headers >../out
contains ../headers 'X-Log-Complete: 1'
git jci cat latest | cmp - ../out
stop_serving
EOT

it 'a follower is no reason not to stop, and its end is no news to the run' <<'EOT'
new_gate
new_repo project <<'SH'
echo begun
read -r line <"$GATE"
SH
serve
start_run
follow out
follow two
kill -9 $follower
stop_serving
echo >&9
expect_exit 0 wait $run
EOT

it 'HEAD is answered at once' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
SH
serve
start_run
same 'text/event-stream; charset=utf-8' "$(header Content-Type "api/tail/$RUN" -I)"
same 'text/event-stream; charset=utf-8' "$(header Content-Type api/events -I)"
echo >&9
wait $run
same 200 "$(status "api/tail/$RUN" -I)"
stop_serving
EOT

# ---- changes ----

# listen NAME: for changes, in the background, into NAME; returns when they are noticed.
listen() {
	curl -sSN "${url}api/events" >"$TRASH/$1" 2>"$TRASH/$1.err" &
	wait_for "test -s '$TRASH/$1'"
}

# changes NAME: what has changed so far, each kind once.
changes() {
	sed -n 's/^data: //p' "$1" | jq -r '.what[]' | sort -u | xargs
}

it 'tells that runs begin and end, and that refs change' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
SH
serve
listen out
same '' "$(changes ../out)"
start_run
wait_for 'changes ../out | grep -q live'
listen one
echo >&9
wait $run
wait_for 'changes ../one | grep -q "live.* runs"'
listen two
git branch side
wait_for 'changes ../two | grep -q refs'
listen three
git update-ref -d "$(the_ref)"
wait_for 'changes ../three | grep -q runs'
listen four
git branch a/b
wait_for 'changes ../four | grep -q refs'
listen five
git branch a/c
wait_for 'changes ../five | grep -q refs'
stop_serving
EOT

it 'tells of runs that come from elsewhere, also of commits that have some' <<'EOT'
new_repo project <<'SH'
echo x
SH
git clone -q --bare . ../hub.git
git remote add origin ../hub.git
git jci run -q 2>../err
git jci push 2>../err
cd ../hub.git
serve
listen out
cd ../project
git jci run -q 2>../err
git jci push 2>../err
wait_for 'changes ../out | grep -q runs'
stop_serving
EOT

it 'tells what comes in quick succession at most some times a second' <<'EOT'
new_repo project
serve
listen out
for n in $(seq 100); do
	git update-ref "refs/heads/b$n" HEAD
done
wait_for 'changes ../out | grep -q refs'
listen two
git update-ref refs/heads/last HEAD
wait_for 'changes ../two | grep -q refs'
test "$(grep -c '^event: change' ../out)" -lt 50
stop_serving
EOT

it 'a killed run is told' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
SH
serve
start_run
listen out
kill -9 $run
wait_for 'test "$(changes ../out)" = live'
stop_serving
EOT

finish
