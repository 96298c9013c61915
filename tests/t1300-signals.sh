#!/bin/sh
# How runs end that don't end by themselves, and what stands in a run's way.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# Runs in the background, as $pid, and waits until the script has made .git/ready. A shell lets its
# background jobs ignore SIGINT; here they don't.
start_run() {
	env --default-signal=INT,HUP git-jci run "$@" >../out 2>../err &
	pid=$!
	at_end "kill -KILL $pid"
	wait_for 'test -e .git/ready'
}

# A new fifo, and a reader of it that ends when nobody has it open any more: $watcher. A script that
# opens it for its whole group (exec 9>...) shows by that whether all of the group are gone.
watch_group() {
	mkfifo .git/alive .git/never
	timeout 100 cat .git/alive >../alive &
	watcher=$!
}

# ---- signals to git-jci ----

for signal in INT:2 TERM:15 HUP:1; do
	it "SIG${signal%:*}: ends the whole group, stores the part, and ends by that signal" <<EOT
new_repo project <<'SH'
exec 9>"\$JCI_REPO_ROOT/.git/alive"
echo half >artifact
echo begun
sh -c 'sh -c "cat \"\$JCI_REPO_ROOT/.git/never\"; :" & cat "\$JCI_REPO_ROOT/.git/never"' &
echo ready >"\$JCI_REPO_ROOT/.git/ready"
cat "\$JCI_REPO_ROOT/.git/never"
SH
watch_group
start_run
kill -${signal%:*} \$pid
expect_exit $((128 + ${signal#*:})) wait \$pid
wait \$watcher
contains ../out begun
contains ../err 'git-jci: cancelled: '
the_record >../record
contains ../record '"status":"err",'
contains ../record '"reason":"cancelled",'
contains ../record '"signal":15,'
same begun "\$(the_file run.output.txt)"
same half "\$(the_file artifact)"
same '' "\$(ls -A .git/jci/live)"
EOT
done

it 'a signal to the git command reaches git-jci' <<'EOT'
new_repo project <<'SH'
exec 9>"$JCI_REPO_ROOT/.git/alive"
echo ready >"$JCI_REPO_ROOT/.git/ready"
cat "$JCI_REPO_ROOT/.git/never"
SH
watch_group
git jci run >../out 2>../err &
pid=$!
wait_for 'test -e .git/ready'
kill -TERM $pid
expect_exit 143 wait $pid
wait $watcher
wait_for 'test -n "$(runs)"'
the_record >../record
contains ../record '"reason":"cancelled",'
EOT

it 'a script that cleans up when it is told to end has the time for it' <<'EOT'
new_repo project <<'SH'
trap 'echo cleaning up; exit 5' TERM
echo ready >"$JCI_REPO_ROOT/.git/ready"
while :; do read -r x <"$JCI_REPO_ROOT/.git/never"; done
SH
mkfifo .git/never
start_run
kill -TERM $pid
expect_exit 143 wait $pid
the_record >../record
contains ../record '"reason":"cancelled",'
contains ../record '"exitStatus":5,'
the_file run.output.txt >../log
contains ../log 'cleaning up'
EOT

it 'a script that ends with 0 when it is told to end has not passed' <<'EOT'
new_repo project <<'SH'
trap 'exit 0' TERM
echo ready >"$JCI_REPO_ROOT/.git/ready"
while :; do read -r x <"$JCI_REPO_ROOT/.git/never"; done
SH
mkfifo .git/never
start_run
kill -TERM $pid
expect_exit 143 wait $pid
the_record >../record
contains ../record '"status":"err",'
contains ../record '"exitStatus":0,'
same err "$(the_file status.txt)"
EOT

it 'a second signal kills at once a script that ignores the first' <<'EOT'
new_repo project <<'SH'
exec 9>"$JCI_REPO_ROOT/.git/alive"
trap 'echo ignored >"$JCI_REPO_ROOT/.git/ignored"' TERM
(trap '' TERM; cat "$JCI_REPO_ROOT/.git/never") &
echo ready >"$JCI_REPO_ROOT/.git/ready"
while :; do read -r x <"$JCI_REPO_ROOT/.git/never"; done
SH
git config jci.gracePeriod 10h
watch_group
start_run
kill -TERM $pid
wait_for 'test -e .git/ignored'
same '' "$(runs)"
kill -INT $pid
expect_exit 143 wait $pid
wait $watcher
the_record >../record
contains ../record '"reason":"cancelled",'
contains ../record '"signal":9,'
EOT

it 'the grace period: a script that ignores the end of its time is killed' <<'EOT'
new_repo project <<'SH'
exec 9>"$JCI_REPO_ROOT/.git/alive"
trap '' TERM
echo begun
cat "$JCI_REPO_ROOT/.git/never" &
cat "$JCI_REPO_ROOT/.git/never"
SH
git config jci.gracePeriod 1s
watch_group
expect_exit 1 git jci run --timeout 1s >../out 2>../err
wait $watcher
contains ../err 'git-jci: timeout: '
the_record >../record
contains ../record '"reason":"timeout",'
contains ../record '"signal":9,'
same begun "$(the_file run.output.txt)"
EOT

it 'the grace period is also that of processes which the script leaves behind' <<'EOT'
new_repo project <<'SH'
exec 9>"$JCI_REPO_ROOT/.git/alive"
(trap 'echo child cleans up; exit' TERM
echo ready >"$JCI_REPO_ROOT/.git/ready"
while :; do read -r x <"$JCI_REPO_ROOT/.git/never"; done) &
cat "$JCI_REPO_ROOT/.git/never"
SH
git config jci.gracePeriod 10h
watch_group
start_run
kill -TERM $pid
expect_exit 143 wait $pid
wait $watcher
the_file run.output.txt >../log
contains ../log 'child cleans up'
EOT

it 'a process left behind that ignores the signal and has no output any more goes with the script' <<'EOT'
new_repo project <<'SH'
exec 9>"$JCI_REPO_ROOT/.git/alive"
(trap '' TERM
exec >&- 2>&-
echo ready >"$JCI_REPO_ROOT/.git/ready"
read -r x <"$JCI_REPO_ROOT/.git/never") &
cat "$JCI_REPO_ROOT/.git/never"
SH
git config jci.gracePeriod 10h
watch_group
start_run
kill -TERM $pid
expect_exit 143 wait $pid
wait $watcher
EOT

it 'a wrong grace period is an error, and nothing is run' <<'EOT'
new_repo project <<'SH'
echo ran >"$JCI_REPO_ROOT/.git/ran"
SH
git config jci.gracePeriod soon
expect_exit 125 git jci run 2>../err
contains ../err "configuration 'jci.gracePeriod'"
test ! -e .git/ran
same '' "$(runs)"
EOT

it 'a stopped script is ended too' <<'EOT'
new_repo project <<'SH'
echo ready >"$JCI_REPO_ROOT/.git/ready"
kill -STOP 0
SH
git config jci.gracePeriod 10h
start_run
kill -TERM $pid
expect_exit 143 wait $pid
the_record >../record
contains ../record '"reason":"cancelled",'
contains ../record '"signal":15,'
EOT

it '--pty: the group goes as with a pipe' <<'EOT'
new_repo project <<'SH'
exec 9>"$JCI_REPO_ROOT/.git/alive"
echo begun
cat "$JCI_REPO_ROOT/.git/never" &
echo ready >"$JCI_REPO_ROOT/.git/ready"
cat "$JCI_REPO_ROOT/.git/never"
SH
watch_group
start_run --pty
kill -TERM $pid
expect_exit 143 wait $pid
wait $watcher
the_record >../record
contains ../record '"reason":"cancelled",'
same begun "$(the_file run.output.txt)"
EOT

# Three commits; the script says that it is there and blocks until it is ended, then it takes as long
# over its cleaning up as .git/cleaned exists not.
three_commits() {
	new_repo project <<'SH'
exec 9>"$JCI_MAIN/.git/alive"
trap 'echo ended >"$JCI_MAIN/.git/ended-$JCI_RUN_ID"
	until test -e "$JCI_MAIN/.git/cleaned"; do read -r x <"$JCI_MAIN/.git/clean"; done
	echo cleaned up
	exit 1' TERM
echo begun
echo ready >"$JCI_MAIN/.git/ready-$JCI_RUN_ID"
until test -e "$JCI_MAIN/.git/ended-$JCI_RUN_ID"; do read -r x <"$JCI_MAIN/.git/never"; done
SH
	JCI_MAIN=$PWD
	export JCI_MAIN
	mkfifo .git/clean
	commit second
	commit third
}

# N of the scripts are at a point.
wait_for_scripts() {
	wait_for "test \"\$(ls .git/$1-* 2>/dev/null | wc -l)\" -eq $2"
}

# They may end, and the run does so.
let_clean() {
	touch .git/cleaned
	exec 8<>.git/clean
	yes 2>/dev/null | head -n 100 >&8
	expect_exit 130 wait $pid
	exec 8>&-
	wait $watcher
	for ref in $(runs); do
		git cat-file blob "$ref:.jci/run.json" | tr -d '\t' >../record
		contains ../record '"reason":"cancelled",'
		contains ../record '"exitStatus":1,'
		same "$(printf 'begun\ncleaned up')" \
			"$(git cat-file blob "$ref:run.output.txt" | grep -v Interrupted)"
	done
}

it '-j: a signal ends all runs, each with its part stored' <<'EOT'
three_commits
watch_group
env --default-signal=INT git-jci run -j 8 HEAD HEAD~1 HEAD~2 HEAD HEAD HEAD HEAD HEAD >../out 2>../err &
pid=$!
at_end "kill -KILL $pid"
wait_for_scripts ready 8
kill -INT $pid
wait_for_scripts ended 8
let_clean
same 8 "$(runs | wc -l)"
same 1 "$(git worktree list | wc -l)"
EOT

it '-j: nor does ^C, which reaches every process on the terminal, cut the time for cleaning up' <<'EOT'
three_commits
watch_group
git config jci.gracePeriod 10h
env --default-signal=INT setsid git-jci run -j 2 HEAD HEAD~1 HEAD~2 >../out 2>../err &
pid=$!
at_end "kill -KILL $pid"
wait_for_scripts ready 2
# or the signal would reach a run twice: from the terminal and from its parent
for child in $(cat /proc/$pid/task/$pid/children); do
	test "$(cut -d ' ' -f 5 "/proc/$child/stat")" -ne $pid
done
kill -s INT -- -$pid
wait_for_scripts ended 2
let_clean
# the third is not begun any more
same 2 "$(runs | wc -l)"
EOT

it 'several in turn: a signal ends the run going on, and the others are not begun' <<'EOT'
three_commits
watch_group
env --default-signal=INT git-jci run HEAD~2 HEAD~1 HEAD >../out 2>../err &
pid=$!
at_end "kill -KILL $pid"
wait_for_scripts ready 1
kill -INT $pid
wait_for_scripts ended 1
let_clean
same "refs/jci-runs/$(git rev-parse HEAD~2)" "$(dirname "$(the_ref)")"
EOT

it 'nohup: a hang-up does not end the run' <<'EOT'
new_repo project <<'SH'
echo ready >"$JCI_REPO_ROOT/.git/ready"
read -r go <"$JCI_REPO_ROOT/.git/fifo"
SH
mkfifo .git/fifo
nohup git-jci run >../out 2>../err &
pid=$!
wait_for 'test -e .git/ready'
kill -HUP $pid
echo go >.git/fifo
wait $pid
the_record >../record
contains ../record '"reason":"passed",'
EOT

# ---- background processes ----

for option in '' --pty; do
	it "a background process that keeps the output open does not hang the run $option" <<EOT
new_repo project <<'SH'
trap '' HUP
cat "\$JCI_REPO_ROOT/.git/never" &
echo \$! >"\$JCI_REPO_ROOT/.git/pid"
echo done
exit 3
SH
mkfifo .git/never
expect_exit 1 timeout 100 git-jci run $option >../out 2>../err
at_end "kill -KILL \$(cat .git/pid)"
contains ../err 'exit status 3'
same done "\$(the_file run.output.txt)"
same done "\$(cat ../out)"
EOT

	it "a background process that goes on writing does not hang the run $option" <<EOT
new_repo project <<'SH'
exec 9>"\$JCI_REPO_ROOT/.git/alive"
trap '' HUP
yes &
echo done
SH
watch_group
timeout 100 git-jci run --quiet $option
the_record >../record
contains ../record '"reason":"passed",'
the_file run.output.txt >../log
contains ../log done
wait \$watcher
EOT
done

it 'a script that closes its output is followed to its end' <<'EOT'
new_repo project <<'SH'
echo before
exec >&- 2>&-
echo ready >"$JCI_REPO_ROOT/.git/ready"
read -r go <"$JCI_REPO_ROOT/.git/fifo"
exit 3
SH
mkfifo .git/fifo
start_run
echo go >.git/fifo
expect_exit 1 wait $pid
contains ../err 'exit status 3'
same before "$(the_file run.output.txt)"
EOT

# ---- the caller's end of the output ----

it 'a reader that goes away does no harm' <<'EOT'
new_repo project <<'SH'
seq 200000
exit 3
SH
{ git-jci run 2>../err || echo $? >../status; } | head -n 1 >../out
same 1 "$(cat ../out)"
same 1 "$(cat ../status)"
contains ../err 'exit status 3'
seq 200000 >../expected
the_file run.output.txt | cmp - ../expected
EOT

it 'a full disk behind standard output does no harm to what is stored' <<'EOT'
test -w /dev/full || skip 'no /dev/full'
new_repo project <<'SH'
seq 1000
SH
git-jci run >/dev/full 2>../err || true
seq 1000 >../expected
the_file run.output.txt | cmp - ../expected
EOT

it 'a reader that reads nothing for a while does not stop the script, and gets all at last' <<'EOT'
new_repo project <<'SH'
seq 200000
echo ready >"$JCI_REPO_ROOT/.git/ready"
SH
mkfifo ../slow
env git-jci run >../slow 2>../err &
pid=$!
exec 8<../slow
wait_for 'test -e .git/ready'
seq 200000 >../expected
cmp - ../expected <&8
exec 8<&-
wait $pid
the_file run.output.txt | cmp - ../expected
EOT

it 'a reader that reads nothing any more: a signal ends the wait, and the result is stored' <<'EOT'
new_repo project <<'SH'
seq 200000
SH
mkfifo ../slow
env --default-signal=INT git-jci run >../slow 2>../err &
pid=$!
at_end "kill -KILL $pid"
exec 8<../slow
# ended, but not printed yet: the script is a zombie or gone
wait_for 'ls .git/jci/live/*/log >/dev/null 2>&1 && test "$(tail -n 1 .git/jci/live/*/log)" = 200000'
while test -z "$(runs)" && kill -INT $pid; do
	wait_for 'test -n "$(runs)" || ! kill -0 $pid' 1 || true
done
expect_exit 130 wait $pid
seq 200000 >../expected
the_file run.output.txt | cmp - ../expected
EOT

# ---- folders that can't be written ----

for folder in .git .git/jci .git/jci/live; do
	it "a folder $folder that can't be written: a clear message, and nothing is run" <<EOT
new_repo project <<'SH'
echo ran >"\$JCI_OUTPUT_DIR/../../ran"
SH
mkdir -p $folder ../tmp
give_away
chmod a-w $folder
expect_exit 125 as_user env TMPDIR="\$TRASH/tmp" git-jci run >../out 2>../err
contains ../err "'\$TRASH/project/.git/jci"
contains ../err 'Permission denied'
same '' "\$(ls -A ../tmp)"
same '' "\$(runs)"
EOT
done

it "objects that can't be written: the run is kept, and stored once that is mended" <<'EOT'
new_repo project <<'SH'
echo hello
echo x >artifact
SH
mkdir ../tmp
give_away
chmod -R a-w .git/objects
expect_exit 125 as_user env TMPDIR="$TRASH/tmp" git-jci run >../out 2>../err
contains ../err 'Permission denied'
contains ../err "the run is kept in '$TRASH/tmp/"
contains ../err 'git jci recover'
same '' "$(runs)"
chmod -R u+w .git/objects
as_user env TMPDIR="$TRASH/tmp" git-jci recover
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
same hello "$(the_file run.output.txt)"
same x "$(the_file artifact)"
same '' "$(ls -A ../tmp)"
EOT

it 'no folder for temporary files: a clear message' <<'EOT'
new_repo project <<'SH'
true
SH
for how in '' HEAD; do
	TMPDIR=$TRASH/missing expect_exit 125 git jci run $how 2>../err
	contains ../err "the folder '$TRASH/missing"
	contains ../err 'No such file or directory'
done
same '' "$(runs)"
test ! -e .git/jci/live || same '' "$(ls -A .git/jci/live)"
EOT

it 'a full folder for temporary files: a clear message, and nothing stays behind' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can mount a small file system'
new_repo project <<'SH'
true
SH
head -c 1000000 /dev/urandom >big
commit big
mkdir ../small
mount -t tmpfs -o size=400k tmpfs ../small || skip 'tmpfs cannot be mounted'
at_end "umount '$TRASH/small'"
TMPDIR=$TRASH/small expect_exit 125 git jci run HEAD 2>../err
contains ../err "cannot check out '$(git rev-parse HEAD)'"
contains ../err 'unable to write file big'
same '' "$(ls -A ../small)"
same '' "$(ls -A .git/jci/live)"
same 1 "$(git worktree list | wc -l)"
mount -o remount,nr_inodes=1 ../small || mount -t tmpfs -o nr_inodes=1 tmpfs ../small
TMPDIR=$TRASH/small expect_exit 125 git jci run 2>../err
contains ../err "cannot make the folder '$TRASH/small/"
contains ../err 'No space left on device'
same '' "$(runs)"
EOT

# ---- many at once ----

it 'eight runs of one commit at once: all are stored, under different names' <<'EOT'
new_repo project <<'SH'
echo "$JCI_RUN_ID" >id
echo ready >"$JCI_REPO_ROOT/.git/ready-$JCI_RUN_ID"
read -r go <"$JCI_REPO_ROOT/.git/fifo"
SH
mkfifo .git/fifo
pids=
for i in 1 2 3 4 5 6 7 8; do
	git-jci run --trigger "$i" >../out.$i 2>&1 &
	pids="$pids $!"
done
wait_for 'test "$(ls .git/ready-* 2>/dev/null | wc -l)" -eq 8'
exec 8>.git/fifo
yes go | head -n 1000 >&8 2>/dev/null || true
for pid in $pids; do
	wait $pid
done
exec 8>&-
same 8 "$(runs | wc -l)"
same 1 "$(runs | xargs -n 1 dirname | sort -u | wc -l)"
for ref in $(runs); do
	same "${ref##*/}" "$(git cat-file blob "$ref:id")"
done
git fsck --strict
same '' "$(ls -A .git/jci/live)"
EOT

it 'runs of one second: the last that was started is the latest' <<'EOT'
new_repo project <<'SH'
echo "$JCI_TRIGGER"
test "$JCI_TRIGGER" != 3
SH
for i in 1 2 3 4; do
	git jci run --trigger $i --run-id 1700000000-000$((9 - i)) || test $i = 3
done
same 4 "$(git jci cat latest run.output.txt)"
git jci run --trigger 3 --run-id 1700000000-0001 || true
same 3 "$(git jci cat latest run.output.txt)"
same 3 "$(git jci cat HEAD run.output.txt)"
same 4 "$(git jci cat latest-ok run.output.txt)"
git jci log -z | tr '\0' '\n' | cut -f 2 >../ids
printf '1700000000-000%s\n' 1 5 6 7 8 | cmp - ../ids
EOT

finish
