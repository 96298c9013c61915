#!/bin/sh
# A disk that is full, at every step of a run: the repository is sound, and nothing is lost.

# In a mount namespace of its own, nothing stays mounted however this script ends.
if test -z "${JCI_TEST_MOUNTS:-}" && unshare --mount -- true 2>/dev/null; then
	JCI_TEST_MOUNTS=private exec unshare --mount -- sh "$0"
fi

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

test "$(id -u)" -eq 0 || skip_all 'only root can mount a small disk'
mkdir "$test_root/disk"
mount -t tmpfs -o size=64k none "$test_root/disk" 2>/dev/null || skip_all 'nothing can be mounted here'
umount "$test_root/disk"

# disk NAME OPTIONS: a small one in $TRASH/NAME, until the end of the case
disk() {
	mkdir "$TRASH/$1"
	mount -t tmpfs -o "$2" none "$TRASH/$1"
	at_end "umount '$TRASH/$1' || umount -l '$TRASH/$1'"
}

# leave DISK KIB: fills it so that this much is free
leave() {
	: >"$TRASH/$1/filler"
	free=$(df -k --output=avail "$TRASH/$1" | tail -n 1)
	head -c $(((free - $2) * 1024)) /dev/zero >"$TRASH/$1/filler"
}

make_room() {
	rm "$TRASH/$1/filler"
}

# small_repo SIZE: its .git is on a disk of this size; its input is the script
small_repo() {
	disk disk "size=$1"
	mkdir tmp
	new_repo project
	mv .git ../disk/git
	echo "gitdir: $TRASH/disk/git" >.git
	git config transfer.unpackLimit 100
	id=1700000000
}

sound() {
	same '' "$(git fsck --strict --no-dangling --no-progress 2>&1)"
}

clean() {
	same '' "$(find ../disk/git \( -name 'tmp_*' -o -name '*.lock' \) ! -path '*/git/jci/*')"
}

run() {
	id=$((id + 1))
	ref=refs/jci-runs/$(git rev-parse HEAD)/$id-0001
	run_status=0
	TMPDIR=$TRASH/tmp git-jci run -q --run-id $id-0001 "$@" >../out 2>../err || run_status=$?
}

recover() {
	recover_status=0
	TMPDIR=$TRASH/tmp git-jci recover >../out 2>../err || recover_status=$?
	test $recover_status -eq 0 || cat ../err
	return $recover_status
}

# failed_well: what must be true after a run that found the disk full, before there is room
failed_well() {
	cat ../err
	same 125 $run_status
	same 1 "$(wc -l <../err)"
	grep -q -e 'No space left on device' -e 'cannot check out' ../err # git does not always say why
	contains ../err "$TRASH/"
	same '' "$(git for-each-ref "$ref")"
	sound
	clean
}

# found: after there is room
found() {
	same artifact "$(git cat-file blob "$ref:artifact")"
	sound
	clean
	same '' "$(ls -A ../disk/git/jci/live)"
	same '' "$(ls -A ../tmp)"
	same 1 "$(git worktree list | wc -l)"
}

# fill_everywhere STEP OPTION...: less and less space is left, until there is enough for the run.
# Which steps failed is counted in $kept (after the script had begun) and $refused.
fill_everywhere() {
	step=$1
	shift
	space=0
	kept=0
	refused=0
	while :; do
		echo "$space KiB are free"
		leave disk $space
		run "$@"
		test $run_status -eq 125 || break
		failed_well
		make_room disk
		if grep -q 'git jci recover' ../err; then
			kept=$((kept + 1))
			old=$ref
			contains ../err "$TRASH/tmp/"
			if test $((kept % 2)) -eq 0; then
				recover
			else
				run "$@"
				same 0 $run_status
			fi
			ref=$old
			found
		else
			refused=$((refused + 1))
			same '' "$(ls -A ../disk/git/jci/live 2>/dev/null)"
			same '' "$(ls -A ../tmp)"
		fi
		space=$((space + step))
	done
	same 0 $run_status
	found
}

it 'survives a full disk at every step of a small run' <<'CASE'
small_repo 3m
run_script <<'SH'
printf artifact >artifact
echo some output
SH
fill_everywhere 4
test $kept -gt 4
test $refused -gt 0
CASE

it 'survives a full disk at every step of a run that becomes a pack' <<'CASE'
small_repo 8m
git config transfer.unpackLimit 1
run_script <<'SH'
printf artifact >artifact
head -c 200000 /dev/urandom >large
SH
fill_everywhere 12
test $kept -gt 4
test $refused -gt 0
CASE

it 'survives a full disk at every step of a run in a work tree of its own' <<'CASE'
small_repo 4m
run_script <<'SH'
printf artifact >artifact
SH
commit script
fill_everywhere 4 --worktree
test $kept -gt 2
test $refused -gt 0
CASE

it 'stops the script when its log can not be written, and keeps what there is' <<'CASE'
small_repo 3m
run_script <<'SH'
printf artifact >artifact
seq 300000
sleep 1000
SH
leave disk 512
run
failed_well
contains ../err 'the log'
contains ../err "$TRASH/disk/git/jci/live/$id-0001"
size=$(wc -c <"../disk/git/jci/live/$id-0001/log")
test $size -gt 100000
make_room disk
recover
contains ../err killed
found
same killed "$(git log -1 --format='%(trailers:key=Jci-Reason,valueonly,separator=)' "$ref")"
git cat-file blob "$ref:run.output.txt" >../log
same $size "$(wc -c <../log)"
seq 300000 | cmp -n $size - ../log
CASE

it 'keeps the result of a run that can not be stored' <<'CASE'
small_repo 3m
run_script <<'SH'
printf artifact >artifact
head -c 4000000 /dev/urandom >huge
exit 3
SH
run
failed_well
git-jci log >../log
contains ../log lost
# nor is it lost when this is tried again
expect_exit 125 recover
contains ../err "run '$id-0001' cannot be recovered"
contains ../err 'No space left on device'
sound
clean
git-jci log >../log
contains ../log lost
mount -o remount,size=16m none ../disk
recover
found
same 'failed 3' "$(git log -1 --format='%(trailers:key=Jci-Reason,valueonly,separator=) %(trailers:key=Jci-Exit,valueonly,separator=)' "$ref")"
same 4000000 "$(git cat-file -s "$ref:huge")"
CASE

it 'runs nothing where there is no room for the output folder' <<'CASE'
small_repo 3m
run_script <<'SH'
printf artifact >artifact
SH
rmdir ../tmp
for inodes in 1 2; do # there is none for the first folder, none for the second
	disk tmp nr_inodes=$inodes
	run
	failed_well
	contains ../err "$TRASH/tmp/git-jci-"
	lacks ../err 'git jci recover'
	same '' "$(ls -A ../disk/git/jci/live)"
	same '' "$(ls -A ../tmp)"
	umount ../tmp
	rmdir ../tmp
done
mkdir ../tmp
at_end "mount -t tmpfs none '$TRASH/tmp'; mount -t tmpfs none '$TRASH/tmp'"
run
same 0 $run_status
found
CASE

it 'stores what a script left that filled the disk itself' <<'CASE'
small_repo 8m
rmdir ../tmp
disk tmp size=1m
run_script <<'SH'
set -e
printf artifact >artifact
head -c 4000000 /dev/zero >huge
SH
run
same 1 $run_status
found
contains ../err 'failed'
git cat-file blob "$ref:run.output.txt" >../log
contains ../log 'No space left on device'
test "$(git cat-file -s "$ref:huge")" -gt 500000
CASE

it 'leaves nothing of a work tree that there is no room for' <<'CASE'
small_repo 8m
run_script <<'SH'
printf artifact >artifact
SH
head -c 3000000 /dev/urandom >source
commit large
rmdir ../tmp
disk tmp size=1m
run HEAD
same 125 $run_status
sound
clean
contains ../err 'cannot check out'
contains ../err "$TRASH/tmp/git-jci-"
same '' "$(ls -A ../tmp)"
same '' "$(ls -A ../disk/git/jci/live)"
same 1 "$(git worktree list | wc -l)"
CASE

# large_run: of a project with random bytes, which don't compress.
large_run() {
	new_repo project <<'SH'
head -c 2000000 /dev/urandom >random
SH
	git jci run -q 2>/dev/null
}

it 'push to a remote whose disk is full: it is told, and nothing is half there' <<'EOT'
disk disk size=1m
git init -q --bare -b main disk/origin
large_run
expect_exit 1 git jci push ../disk/origin >../out 2>../err
contains ../out 'refused'
contains ../out 'unpacker error'
same '' "$(git -C ../disk/origin for-each-ref)"
git -C ../disk/origin fsck --strict
mount -o remount,size=16m "$TRASH/disk"
git jci push ../disk/origin >../out
contains ../out '1 run sent'
EOT

it 'pull onto a disk that is full: it is told, and nothing is half there' <<'EOT'
disk disk size=1m
large_run
git init -q --bare ../disk/clone
cd ../disk/clone
expect_exit 125 git jci pull "$TRASH/project" >../out 2>"$TRASH/err"
contains "$TRASH/err" 'No space left on device'
same '' "$(git for-each-ref)"
mount -o remount,size=16m "$TRASH/disk"
git jci pull "$TRASH/project" >"$TRASH/out"
contains "$TRASH/out" '1 run fetched'
git fsck --strict
EOT

it 'run --publish onto a disk that is full: the run goes on, and is stored here' <<'EOT'
disk disk size=1m
git init -q --bare -b main disk/origin
large_run
expect_exit 125 git jci run -q --publish="$TRASH/disk/origin" 2>../err
contains ../err 'stored here but not published'
same 2 "$(git for-each-ref refs/jci-runs | wc -l)"
mount -o remount,size=16m "$TRASH/disk"
git jci push ../disk/origin >../out
same 2 "$(git -C ../disk/origin for-each-ref refs/jci-runs | wc -l)"
EOT

finish
