#!/bin/sh
# A git-jci that is killed at any point: the repository is sound, and the run is found.
# JCI_FAULT=any:N kills it at the Nth point that it passes (src/util/fault.h).

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

sound() {
	same '' "$(git fsck --strict --no-dangling --no-progress 2>&1)"
}

# crash POINT COMMAND...: runs it with output in ../out and ../err; false if it was not killed
crash() {
	point=$1
	shift
	crash_status=0
	TMPDIR=$TRASH/tmp JCI_FAULT=$point "$@" >../out 2>../err || crash_status=$?
	test "$crash_status" -eq 137
}

recover() {
	recover_status=0
	TMPDIR=$TRASH/tmp git-jci recover >../out 2>../err || recover_status=$?
	test $recover_status -eq 0 || cat ../err
	return $recover_status
}

# Nothing of a run is left but what is stored.
tidy() {
	same '' "$(ls -A .git/jci/live)"
	same '' "$(ls -A ../tmp)"
	same 1 "$(git worktree list | wc -l)"
	same '' "$(ls -A .git/worktrees 2>/dev/null)"
	same '' "$(find .git -name '*.lock' ! -path '.git/jci/*')"
}

# stored STATUS REASON: the newest run of the commit
stored() {
	same "$1 $2" "$(git log -1 --format='%(trailers:key=Jci-Status,valueonly,separator=) %(trailers:key=Jci-Reason,valueonly,separator=)' "$ref")"
	same "$1" "$(git cat-file blob "$ref:status.txt")"
}

# project: a repository whose script tells how far it came
project() {
	built_with JCI_FAULT_INJECTION || skip 'the program was built without fault injection'
	mkdir tmp
	new_repo project <<'SH'
echo begun
echo first >artifact
cp "$JCI_REPO_ROOT/README" "copy of README"
echo ended
echo done >last
SH
	id=1700000000
}

# next: a new run id, its ref
next() {
	id=$((id + 1))
	ref=refs/jci-runs/$(git rev-parse HEAD)/$id-0001
}

# After a run of the id was killed: what is to be seen before and after it is recovered.
check_recovery() {
	sound
	git-jci log --json >../log
	same "$(test -e ".git/jci/live/$id-0001/run.json" || git rev-parse -q --verify "$ref" >../x &&
		echo 1 || echo 0)" "$(grep -c "$id-0001" ../log || :)"
	: >../lost
	test ! -e ".git/jci/live/$id-0001/run.json" ||
		git-jci status --json >../lost 2>../x || :
	# what the script had written by then
	ended=
	if git rev-parse -q --verify "$ref" >../x; then
		ended=stored
	elif grep -q '"status":[^"]*"ok"' ".git/jci/live/$id-0001/run.json" 2>../x; then
		ended=ended
	fi
	had=$(find ../tmp -path '*/output/*' -type f -printf '%f\n' | sort)
	was_entry=$(test ! -e ".git/jci/live/$id-0001/run.json" || echo yes)
	recover
	tidy
	sound
	if test -n "$ended"; then
		stored ok passed
		same done "$(git cat-file blob "$ref:last")"
	elif test -n "$was_entry"; then
		stored err killed
		same "$had" "$(git ls-tree --name-only "$ref" | grep -x -e artifact -e 'copy of README' \
			-e last | sort)"
	else
		same '' "$(git for-each-ref "$ref")"
	fi
	recover
	same '' "$(cat ../err)"
	same "$(runs | wc -l)" "$(git-jci log | wc -l)"
}

# crash_everywhere OPTION...: `git jci run` with them, killed at each point in turn
crash_everywhere() {
	n=0
	while :; do
		n=$((n + 1))
		next
		crash any:$n git-jci run -q --run-id "$id-0001" "$@" || break
		echo "killed at point $n"
		check_recovery
	done
	same 0 "$crash_status"
	stored ok passed
	tidy
	test $n -gt 12
}

it 'recovers a run that is killed anywhere' <<'CASE'
project
crash_everywhere
CASE

it 'recovers a run that is killed anywhere and makes a pack' <<'CASE'
project
git config transfer.unpackLimit 1
crash_everywhere
test "$(find .git/objects -name '*.pack' | wc -l)" -gt 2
# what a killed run leaves among the objects git removes
git gc -q --prune=now
sound
same '' "$(find .git/objects -name 'tmp_*')"
CASE

it 'recovers a run that is killed anywhere in a work tree of its own' <<'CASE'
project
crash_everywhere --worktree
CASE

it 'recovers in the next run, too' <<'CASE'
project
for point in registered output executed object:2 commit ref; do
	next
	crash $point git-jci run -q --run-id "$id-0001"
	old=$ref
	next
	TMPDIR=$TRASH/tmp git-jci run -q --run-id "$id-0001" 2>../err
	contains ../err 'recovered: '
	stored ok passed
	ref=$old
	git cat-file blob "$ref:status.txt" >../status
	tidy
done
sound
CASE

it 'recovers when it is itself killed anywhere' <<'CASE'
project
for how in output ended locked; do
	n=0
	while :; do
		n=$((n + 1))
		next
		crash $how git-jci run -q --run-id "$id-0001"
		killed=$(git-jci log --json | grep "$id-0001" | grep -c '"lost"')
		same 1 "$killed"
		crash any:$n git-jci recover || break
		sound
		same 1 "$(git-jci log --json | grep -c "$id-0001")"
		recover
		tidy
		sound
		git cat-file blob "$ref:status.txt" >../status
		same "$(test $how = output && echo err || echo ok)" "$(cat ../status)"
	done
	same 0 "$crash_status"
	tidy
	test $n -gt 8
done
CASE

it 'ends a `tail -f` when the run that it follows is killed' <<'CASE'
project
mkfifo ../go
run_script <<'SH'
echo begun
cat ../../../go
SH
run_script <<SH
echo begun
cat $PWD/../go
echo ended
SH
for point in output:2 executed object; do
	next
	TMPDIR=$TRASH/tmp JCI_FAULT=$point git-jci run -q --run-id "$id-0001" 2>../err &
	run=$!
	wait_for 'grep -q begun ".git/jci/live/$id-0001/log"'
	git-jci tail -f "$id-0001" >../tailed 2>../tail.err &
	tail=$!
	wait_for 'test -s ../tailed'
	echo x >../go
	tail_status=0
	run_status=0
	wait $run || run_status=$?
	wait $tail || tail_status=$?
	same 137 $run_status
	same 1 $tail_status
	contains ../tailed begun
	contains ../tailed x
	contains ../tail.err lost
	contains ../tail.err 'git jci recover'
	recover
	tidy
done
CASE

# ---- kill -9, in any build ----

it 'stops the script when git-jci is killed, and stores what there is as killed' <<'CASE'
new_repo project <<'SH'
echo $$ >"$JCI_REPO_ROOT/../pid.new"
echo begun
echo x >artifact
until test -s "$JCI_REPO_ROOT/.git/jci/live/$JCI_RUN_ID/log"; do :; done
mv "$JCI_REPO_ROOT/../pid.new" "$JCI_REPO_ROOT/../pid"
read never <"$JCI_REPO_ROOT/../go"
echo unseen
SH
mkdir ../tmp
mkfifo ../go
exec 9<>../go
TMPDIR=$TRASH/tmp git-jci run -q >../out 2>../err &
run=$!
wait_for 'test -s ../pid'
git-jci log >../log
contains ../log running
kill -9 $run
wait $run || test $? -eq 137
wait_for '! kill -0 "$(cat ../pid)" 2>/dev/null || grep -q "^State:.*Z" "/proc/$(cat ../pid)/status"'
git-jci log >../log
contains ../log lost
expect_exit 1 git-jci status >../status
contains ../status lost
sound
recover
contains ../err 'recovered: '
contains ../err 'killed'
ref=$(runs)
stored err killed
same begun "$(git cat-file blob "$ref:run.output.txt")"
same x "$(git cat-file blob "$ref:artifact")"
contains ../err "$(basename "$ref")"
sound
tidy
recover
same '' "$(cat ../err)"
CASE

# lost: an entry of a run that was killed in the middle, in ../saved; the repository is as before it
lost() {
	new_repo project <<SH
echo begun
echo x >artifact
# what is still in the pipe dies with git-jci
until test -s "$TRASH/project/.git/jci/live/\$JCI_RUN_ID/log"; do :; done
kill -9 \$PPID
read never <"$TRASH/go"
SH
	mkdir ../tmp
	mkfifo ../go
	exec 9<>../go
	TMPDIR=$TRASH/tmp git-jci run -q --run-id 1700000001-0001 "$@" >../out 2>../err || test $? -eq 137
	entry=.git/jci/live/1700000001-0001
	ref=refs/jci-runs/$(git rev-parse HEAD)/1700000001-0001
	test -e $entry/run.json
}

it 'lets only one of several recover a run' <<'CASE'
lost
pids=
for n in 1 2 3 4 5 6; do
	TMPDIR=$TRASH/tmp git-jci recover >"../out$n" 2>"../err$n" &
	pids="$pids $!"
done
for pid in $pids; do
	wait $pid
done
same 1 "$(cat ../err? | grep -c recovered)"
stored err killed
same x "$(git cat-file blob "$ref:artifact")"
tidy
sound
CASE

it 'leaves alone what another process recovers' <<'CASE'
lost --worktree
exec 8>>.git/jci/worktree.lock
flock 8 # holds the first one after it has stored the run
recover 8>&- &
first=$!
wait_for 'git rev-parse -q --verify "$ref" >../x'
TMPDIR=$TRASH/tmp timeout 10 git-jci recover 2>../err2
same '' "$(cat ../err2)"
test -e $entry/run.json
flock -u 8
wait $first
tidy
stored err killed
CASE

it 'reports an entry that it can not read, and goes on' <<'CASE'
lost
for n in 2 3 4 5 6 7; do
	cp -r $entry .git/jci/live/1700000001-000$n
done
cd .git/jci/live
: >1700000001-0002/run.json
head -c 1000 /dev/urandom >1700000001-0003/run.json
echo '{"format":1}' >1700000001-0004/run.json
echo '[[[[' >1700000001-0005/run.json
# the 6th says that it is the first
rm 1700000001-0007/run.json
mkdir 1700000001-0007/run.json
: >1700000001-0008
ln -s /nowhere 1700000001-0009
mkdir 'no run id' 1700000001-000a
cd ../../..
expect_exit 125 recover
for n in 2 3 4 5 6 7; do
	contains ../err "run '1700000001-000$n' cannot be recovered: "
	contains ../err "jci/live/1700000001-000$n"
done
contains ../err 'recovered: '
stored err killed
same 1 "$(runs | wc -l)"
test ! -e .git/jci/live/1700000001-000a # nothing had begun
git-jci log >../log
git-jci status >../status || test $? -eq 1
sound
# a run goes on in spite of it
run_script <<'SH'
:
SH
TMPDIR=$TRASH/tmp git-jci run -q 2>../err
contains ../err 'cannot be recovered'
same '' "$(ls -A ../tmp)"
CASE

# hostile SED: recovers the lost run after its record was changed
hostile() {
	sed "$1" $entry/run.json >../json
	cmp -s ../json $entry/run.json && return 1
	cp ../json $entry/run.json
	recover
}

it 'believes no record that names folders which no run has' <<'CASE'
lost
cp $entry/run.json ../run.json
mkdir -p ../precious/output ../precious/git-jci-x/output ../precious/tree
echo x >../precious/output/file
dir=$(sed -n 's/.*"outputDir":[^"]*"\(.*\)\/output".*/\1/p' ../run.json)
test -d "$dir/output"
p=$(cd ../precious && pwd)
for to in "$p/output" output /output "$p/git-jci-x/../output" "$p" ''; do
	expect_exit 125 hostile "s|\"outputDir\":.*\"|\"outputDir\": \"$to\"|"
	contains ../err "run '1700000001-0001' cannot be recovered"
	cp ../run.json $entry/run.json
	test -e ../precious/output/file
done
for to in "$p/tree" / "$dir/../../precious" "$dir/.." "$dir/" "$dir" tree; do
	expect_exit 125 hostile "s|\"outputDir\":|\"worktree\": \"$to\", &|"
	contains ../err "run '1700000001-0001' cannot be recovered"
	cp ../run.json $entry/run.json
	test -e ../precious/tree
	test -d "$dir/output"
done
expect_exit 125 hostile 's|"commit":.*"|"commit": "main"|'
cp ../run.json $entry/run.json
recover
stored err killed
tidy
CASE

it 'takes a record without a result for that of a killed run' <<'CASE'
lost
hostile 's/"end":[^"]*null/"end": "2026-01-01T00:00:00Z"/; s/"status":.*"/"status": "odd"/'
stored err killed
sound
CASE

it 'stores the log of a run whose output folder is gone' <<'CASE'
lost
rm -r ../tmp/*
recover
stored err killed
same begun "$(git cat-file blob "$ref:run.output.txt")"
sound
tidy
CASE

it 'cleans up what a clean-up left that was cut off' <<'CASE'
lost
cp -r $entry ../saved
recover
# stored, and only part of the entry gone
for rest in 'lock log' 'run.json' 'log run.json' 'lock' 'run.json lock'; do
	mkdir $entry
	for file in $rest; do
		cp ../saved/$file $entry
	done
	recover
	tidy
	same 1 "$(runs | wc -l)"
done
CASE

it 'stores a run whose log is gone as far as it can' <<'CASE'
lost
rm $entry/log*
recover
stored err killed
same x "$(git cat-file blob "$ref:artifact")"
sound
CASE

finish
