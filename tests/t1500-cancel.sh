#!/bin/sh
# Cancelling a run from another process.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# start_run [OPTION...]: in the background, as $pid, and waits until the script has made .git/ready.
start_run() {
	git-jci run "$@" >../out 2>../err &
	pid=$!
	at_end "kill -KILL $pid 2>/dev/null"
	wait_for 'test -e .git/ready'
}

# blocking_repo [LINE]: a repository whose script says that it is there, and blocks. Each process of
# it has .git/alive open, whose reader $watcher ends when all are gone.
blocking_repo() {
	new_repo project <<SH
exec 9>"\$JCI_REPO_ROOT/.git/alive"
${1:-:}
echo half >artifact
echo begun
echo ready >"\$JCI_REPO_ROOT/.git/ready"
while :; do read -r x <"\$JCI_REPO_ROOT/.git/never"; done
SH
	mkfifo .git/alive .git/never
	timeout 100 cat .git/alive >../alive &
	watcher=$!
}

it 'ends the whole group, waits until the part is stored, and says so' <<'EOT'
blocking_repo '(cat "$JCI_REPO_ROOT/.git/never"; :) &'
start_run
git jci cancel 2>../cancel-err
contains ../cancel-err "git-jci: cancelled: run $(basename "$(the_ref)")"
expect_exit 1 wait $pid
wait $watcher
contains ../err 'git-jci: cancelled: '
the_record >../record
contains ../record '"status":"err",'
contains ../record '"reason":"cancelled",'
contains ../record '"signal":15,'
same begun "$(the_file run.output.txt)"
same half "$(the_file artifact)"
same '' "$(ls -A .git/jci/live)"
EOT

it '--pty: the same' <<'EOT'
blocking_repo
start_run --pty
git jci cancel
expect_exit 1 wait $pid
wait $watcher
the_record >../record
contains ../record '"reason":"cancelled",'
EOT

it 'a script that cleans up is given the time; to cancel once more kills it' <<'EOT'
blocking_repo 'trap "echo told >\"\$JCI_REPO_ROOT/.git/told\"" TERM'
git config jci.gracePeriod 10h
start_run
git jci cancel --no-wait
wait_for 'test -e .git/told'
same '' "$(runs)"
git jci cancel
expect_exit 1 wait $pid
wait $watcher
the_record >../record
contains ../record '"reason":"cancelled",'
contains ../record '"signal":9,'
EOT

it '--kill: at once' <<'EOT'
blocking_repo 'trap "" TERM'
git config jci.gracePeriod 10h
start_run
git jci cancel --kill
expect_exit 1 wait $pid
wait $watcher
the_record >../record
contains ../record '"reason":"cancelled",'
contains ../record '"signal":9,'
EOT

it 'several go on: an error names them, and the one that is named is cancelled' <<'EOT'
new_repo project <<'SH'
echo ready >"$JCI_REPO_ROOT/.git/ready-$JCI_RUN_ID"
read -r go <"$JCI_REPO_ROOT/.git/fifo-$JCI_RUN_ID"
SH
mkfifo .git/fifo-1700000001-0001 .git/fifo-1700000002-0002
git-jci run --run-id 1700000001-0001 >../out.1 2>&1 &
first=$!
git-jci run --run-id 1700000002-0002 >../out.2 2>&1 &
second=$!
at_end "kill -KILL $first $second 2>/dev/null"
wait_for 'test -e .git/ready-1700000001-0001 && test -e .git/ready-1700000002-0002'
expect_exit 125 git jci cancel 2>../err
contains ../err 1700000001-0001
contains ../err 1700000002-0002
same '' "$(runs)"
git jci cancel 1700000002
expect_exit 1 wait $second
git jci show 1700000002 >../show
contains ../show cancelled
echo go >.git/fifo-1700000001-0001
wait $first
git jci show 1700000001 >../show
contains ../show passed
EOT

it 'several commits in turn: only the one going on is cancelled' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_MAIN/.git/pass" || exit 0
echo ready >"$JCI_MAIN/.git/ready"
read -r x <"$JCI_MAIN/.git/never"
SH
JCI_MAIN=$PWD
export JCI_MAIN
mkfifo .git/never
commit second
start_run HEAD~1 HEAD
touch .git/pass
git jci cancel
expect_exit 1 wait $pid
git jci show HEAD~1 >../show
contains ../show cancelled
git jci show HEAD >../show
contains ../show passed
EOT

it 'none goes on: an error; one that has ended is told with how it ended' <<'EOT'
new_repo project <<'SH'
true
SH
expect_exit 125 git jci cancel 2>../err
contains ../err 'git-jci: no run goes on'
git jci run
expect_exit 1 git jci cancel latest 2>../err
contains ../err "git-jci: run $(basename "$(the_ref)") had ended: passed"
expect_exit 125 git jci cancel 2>../err
expect_exit 125 git jci cancel 1234567890-abcd 2>../err
contains ../err 1234567890-abcd
expect_exit 2 git jci cancel one two
EOT

it 'a lost run is not cancelled but recovered' <<'EOT'
blocking_repo
start_run
kill -KILL $pid
expect_exit 137 wait $pid
wait $watcher
expect_exit 125 git jci cancel "$(ls .git/jci/live)" 2>../err
contains ../err 'is lost: its process is gone'
contains ../err 'git jci recover'
expect_exit 125 git jci cancel 2>../err
contains ../err 'no run goes on'
EOT

it 'a run whose process dies meanwhile is told as lost' <<'EOT'
blocking_repo 'trap "echo told >\"\$JCI_REPO_ROOT/.git/told\"" TERM'
git config jci.gracePeriod 10h
start_run
git-jci cancel 2>../cancel-err &
canceller=$!
wait_for 'test -e .git/told'
kill -KILL $pid
expect_exit 125 wait $canceller
contains ../cancel-err 'is lost: its process is gone'
wait $watcher
EOT

it 'without a fifo the run goes on, and cancel says why it can not' <<'EOT'
blocking_repo
start_run
rm .git/jci/live/*/cancel
expect_exit 125 git jci cancel 2>../cancel-err
contains ../cancel-err "'$(echo "$PWD"/.git/jci/live/*)/cancel'"
kill -0 $pid
EOT

it 'the script has no way to the fifo by its descriptors' <<'EOT'
new_repo project <<'SH'
ls -l /proc/self/fd
SH
git jci run
the_file run.output.txt >../log
lacks ../log jci/live
EOT

finish
