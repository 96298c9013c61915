#!/bin/sh
# `git jci tail`: the end of a log, and a log as it grows.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# new_gate: scripts wait with `read -r line <"$GATE"` until the test does `echo >&9`.
new_gate() {
	GATE=$TRASH/gate
	export GATE
	mkfifo "$GATE"
	exec 9<>"$GATE"
	at_end 'printf "\n\n\n\n" >&9'
}

# start_run [ARGUMENT...]: in the background, as $run; returns when it is registered.
start_run() {
	git-jci run -q "$@" 2>"$TRASH/run.err" &
	run=$!
	wait_for 'git jci log --status running | grep -q .'
}

# start_follower NAME [ARGUMENT...]: in the background, as $follower, into NAME; returns when it
# watches the run.
start_follower() {
	name=$1
	shift
	git-jci tail -f "$@" >"$TRASH/$name" 2>"$TRASH/$name.err" &
	follower=$!
	wait_for "grep -qs inotify /proc/$follower/fdinfo/*"
}

it 'prints the last lines of the log' <<'EOT'
new_repo project <<'SH'
seq 100
SH
git jci run -q 2>../err
same "$(seq 91 100)" "$(git jci tail)"
same "$(seq 98 100)" "$(git jci tail -n 3)"
same "$(seq 98 100)" "$(git jci tail --lines=3 latest)"
same "$(seq 100)" "$(git jci tail -n 100)"
same "$(seq 100)" "$(git jci tail -n 1000)"
same '' "$(git jci tail -n 0)"
same "$(seq 98 100)" "$(git jci tail -f -n 3)"
expect_exit 2 git jci tail -n many 2>../err
EOT

it 'a last line without newline is a line' <<'EOT'
new_repo project <<'SH'
printf 'one\ntwo\n\nthree'
SH
git jci run -q 2>../err
same 'three' "$(git jci tail -n 1)"
same '
three' "$(git jci tail -n 2)"
same 'two

three' "$(git jci tail -n 3)"
same '' "$(git jci tail -n 0)"
EOT

it 'a log without a line has no last ones' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q 2>../err
same '' "$(git jci tail)"
git jci tail -f >../out
same '' "$(cat ../out)"
EOT

it 'finds the end of lines longer than any buffer' <<'EOT'
new_repo project <<'SH'
head -c 200000 /dev/zero | tr '\0' a
echo
head -c 300000 /dev/zero | tr '\0' b
echo
echo c
SH
git jci run -q 2>../err
same c "$(git jci tail -n 1)"
same 300003 "$(git jci tail -n 2 | wc -c)"
same 500004 "$(git jci tail -n 3 | wc -c)"
EOT

it '-f of a stored run prints it from its first byte, and ends as it did' <<'EOT'
new_repo project <<'SH'
seq 1000
test ! -e "$JCI_REPO_ROOT/broken" || exit 3
SH
git jci run -q 2>../err
touch broken
expect_exit 1 git jci run -q 2>../err
expect_exit 0 git jci tail -f latest-ok >../out 2>../err
same "$(seq 1000)" "$(cat ../out)"
same '' "$(cat ../err)"
expect_exit 1 git jci tail -f latest >../out 2>../err
same "$(seq 1000)" "$(cat ../out)"
contains ../err 'git-jci: failed: run '
contains ../err 'exit status 3'
expect_exit 0 git jci tail latest >../out
EOT

it '-f follows a run from its first byte to its end' <<'EOT'
new_gate
new_repo project <<'SH'
echo first
printf 'half a'
read -r line <"$GATE"
echo ' line'
read -r line <"$GATE"
echo last
SH
start_run
wait_for 'git jci cat latest | grep -q half'
start_follower out
wait_for 'grep -q "half a" ../out'
same 'first
half a' "$(cat ../out)"
echo >&9
wait_for 'grep -q "half a line" ../out'
echo >&9
wait $run
expect_exit 0 wait $follower
same 'first
half a line
last' "$(cat ../out)"
same '' "$(cat ../out.err)"
EOT

it '-f ends with 1 when the run fails' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
echo wrong
exit 5
SH
start_run
start_follower out
echo >&9
expect_exit 1 wait $run
expect_exit 1 wait $follower
same wrong "$(cat ../out)"
contains ../out.err 'failed: run '
contains ../out.err 'exit status 5'
EOT

it '-f may begin before there is any output, and end without any' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
test ! -e "$GATE.speak" || echo spoken
SH
start_run
start_follower silent
echo >&9
wait $run
expect_exit 0 wait $follower
same '' "$(cat ../silent)"
: >"$GATE.speak"
start_run
start_follower out
same '' "$(cat ../out)"
echo >&9
wait $run
expect_exit 0 wait $follower
same spoken "$(cat ../out)"
EOT

it '-f -n begins that many lines before the end' <<'EOT'
new_gate
new_repo project <<'SH'
seq 20
read -r line <"$GATE"
echo last
SH
start_run
wait_for 'git jci cat latest | grep -q 20'
start_follower two -n 2
wait_for 'grep -q 20 ../two'
two=$follower
start_follower none -n 0
echo >&9
wait $run
expect_exit 0 wait $two
expect_exit 0 wait $follower
same '19
20
last' "$(cat ../two)"
same last "$(cat ../none)"
EOT

it 'several can follow one run, which does not notice' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
seq 200000
SH
start_run
start_follower one
one=$follower
start_follower two latest
two=$follower
start_follower three "$(git jci log --json | jq -r .runId)"
stopped=$follower
kill -STOP $stopped
start_follower four
kill -9 $follower
echo >&9
wait $run
kill -CONT $stopped
expect_exit 0 wait $stopped
expect_exit 0 wait $one
expect_exit 0 wait $two
seq 200000 | cmp - ../one
seq 200000 | cmp - ../two
seq 200000 | cmp - ../three
git jci cat latest | cmp - ../one
EOT

it 'a follower that sleeps through the end of the run misses nothing' <<'EOT'
new_gate
new_repo project <<'SH'
echo begun
read -r line <"$GATE"
seq 300000
SH
start_run
start_follower out
wait_for 'grep -q begun ../out'
kill -STOP $follower
echo >&9
wait $run
same 0 "$(git jci log --status running | wc -l)"
kill -CONT $follower
expect_exit 0 wait $follower
git jci cat latest | cmp - ../out
same 300001 "$(wc -l <../out)"
EOT

it 'large and fast output comes complete, time after time' <<'EOT'
new_gate
new_repo project <<'SH'
read -r line <"$GATE"
cat "$GATE.data"
SH
head -c 3000000 /dev/urandom >"$GATE.data"
for n in 1 2 3 4 5 6 7 8; do
	start_run
	start_follower out
	echo >&9
	expect_exit 0 wait $follower
	cmp "$GATE.data" ../out
	wait $run
done
EOT

it 'without a name it follows the run that goes on, whatever is newer' <<'EOT'
new_gate
new_repo project <<'SH'
test -e "$GATE.open" || { echo waiting; read -r line <"$GATE"; }
echo "$JCI_RUN_ID"
SH
start_run --run-id 1700000001-0000
wait_for 'grep -q waiting .git/jci/live/1700000001-0000/log'
: >"$GATE.open"
git jci run -q --run-id 1700000002-0000 2>../err
start_follower out
echo >&9
wait $run
expect_exit 0 wait $follower
same "waiting
1700000001-0000" "$(cat ../out)"
same 1700000002-0000 "$(git jci tail)"
EOT

it 'when git-jci is killed, the follower ends with 1 and names what to do' <<'EOT'
new_gate
new_repo project <<'SH'
echo begun
read -r line <"$GATE"
SH
start_run
start_follower out
wait_for 'grep -q begun ../out'
kill -9 $run
wait $run || true
expect_exit 1 wait $follower
same begun "$(cat ../out)"
contains ../out.err 'is lost'
contains ../out.err 'git jci recover'
expect_exit 1 git jci tail -f >../again 2>../again.err
same begun "$(cat ../again)"
contains ../again.err 'git jci recover'
git jci recover 2>../err
expect_exit 1 git jci tail -f >../again 2>../again.err
same begun "$(cat ../again)"
contains ../again.err 'killed: run '
EOT

it 'a run that is cancelled ends its follower with 1' <<'EOT'
new_gate
new_repo project <<'SH'
echo begun
read -r line <"$GATE"
SH
start_run
start_follower out
wait_for 'grep -q begun ../out'
kill -TERM $run
wait $run || true
expect_exit 1 wait $follower
contains ../out.err 'cancelled: run '
EOT

it 'on a terminal nothing but text and colours gets through' <<'EOT'
command -v script >/dev/null || skip 'there is no script(1)'
new_gate
new_repo project <<'SH'
printf 'a\033[31mred\033[m \033]0;title'
read -r line <"$GATE"
printf '\007b\033[2Jc\033[6n\302\233Hd\n'
SH
start_run
script -qec 'git-jci tail -f' /dev/null >../out &
follower=$!
wait_for 'grep -q red ../out'
echo >&9
wait $run
expect_exit 0 wait $follower
tr -d '\r' <../out >../text
contains ../text "a$(printf '\033[31mred\033[m') bcd"
lacks ../text title
git jci tail >../raw
contains ../raw "$(printf '\033]0;title\007b\033[2Jc')"
EOT

it 'a reader that goes away ends the follower' <<'EOT'
new_gate
new_repo project <<'SH'
echo begun
read -r line <"$GATE"
seq 100000
SH
start_run
{ git-jci tail -f 2>../err || echo $? >../status; } | head -n 1 >../out &
wait_for 'grep -q begun ../out'
echo >&9
wait $run
wait_for 'test -s ../status'
same begun "$(cat ../out)"
same passed "$(git jci log --json | jq -r .reason)"
EOT

finish
