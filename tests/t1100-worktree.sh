#!/bin/sh
# Runs of any commit in clean temporary work trees, and kinds of repositories.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# Nothing temporary is left: no work tree, no folder, no live run. Needs own_tmp before.
own_tmp() {
	TMPDIR=$TRASH/tmp
	export TMPDIR
	mkdir "$TMPDIR"
}
left_nothing() {
	same 1 "$(git worktree list | wc -l)"
	test ! -e "$(git rev-parse --git-common-dir)/worktrees" ||
		same '' "$(ls -A "$(git rev-parse --git-common-dir)/worktrees")"
	same '' "$(ls -A "$(git rev-parse --git-common-dir)/jci/live")"
	same '' "$(ls -A "$TMPDIR")"
}

# A repository with the commits one to four; the script says which it runs.
four_commits() {
	new_repo project <<'SH'
cat "$JCI_REPO_ROOT/number"
SH
	for number in one two three four; do
		echo $number >number
		commit $number
	done
}

# ---- which commits ----

it 'REV: runs that commit, not what is in the work tree' <<'EOT'
own_tmp
four_commits
echo dirty >number
echo untracked >untracked
for rev in HEAD~2 "$(git rev-parse HEAD~2)" "$(git rev-parse --short HEAD~2)" ':/two'; do
	same two "$(git jci run "$rev" 2>../err)"
	contains ../err "$(git rev-parse --short=10 HEAD~2)"
done
same dirty "$(cat number)"
same untracked "$(cat untracked)"
same 4 "$(runs | grep -c "^refs/jci-runs/$(git rev-parse HEAD~2)/")"
left_nothing
EOT

it '--branch: is recorded in place of what the revision names; it is no revision itself' <<'EOT'
new_repo project <<'SH'
echo "branch '$JCI_BRANCH' of $(cat "$JCI_REPO_ROOT/number")"
SH
echo one >number
commit one
git branch side
echo two >number
commit two
same "branch 'no/such' of one" "$(git jci run --branch no/such "$(git rev-parse side)")"
same "branch 'main' of one" "$(git jci run --branch main side)"
same "branch 'side' of two" "$(git jci run --branch side)"
git jci log --json | jq -r .branch | sort >../branches
same "$(printf '%s\n' main no/such side)" "$(cat ../branches)"
for wrong in '' -x a..b 'a b' "$(printf 'a\nb')"; do
	expect_exit 2 git jci run --branch "$wrong" HEAD 2>../err
	contains ../err 'is not a name for a branch'
done
same 3 "$(runs | wc -l)"
EOT

it 'REV: a tag, a branch, a remote branch; the branch is told to the script' <<'EOT'
own_tmp
four_commits
run_script <<'SH'
echo "branch '$JCI_BRANCH' of $(cat "$JCI_REPO_ROOT/number")"
SH
commit branch
git tag light
git tag -a -m annotated heavy
git branch side
git update-ref refs/remotes/origin/main HEAD
same "branch 'side' of four" "$(git jci run side)"
same "branch '' of four" "$(git jci run light)"
same "branch '' of four" "$(git jci run heavy)"
same "branch '' of four" "$(git jci run origin/main)"
left_nothing
EOT

it 'REV: what is no commit is refused' <<'EOT'
four_commits
expect_exit 125 git jci run HEAD^{tree} 2>../err
contains ../err "'HEAD^{tree}' is not a commit"
expect_exit 125 git jci run HEAD:number 2>../err
contains ../err "'HEAD:number' is not a commit"
same '' "$(runs)"
EOT

it '--worktree: runs HEAD without the changes in the work tree' <<'EOT'
own_tmp
four_commits
run_script <<'SH'
cat "$JCI_REPO_ROOT/number"
git -C "$JCI_REPO_ROOT" status --porcelain
git -C "$JCI_REPO_ROOT" rev-parse HEAD
echo "$JCI_BRANCH"
SH
commit script
echo changed >number
echo new >untracked
echo '*.o' >.git/info/exclude
echo ignored >x.o
same "$(printf 'four\n%s\nmain' "$(git rev-parse HEAD)")" "$(git jci run --worktree)"
the_record >../record
contains ../record '"dirty":false,'
contains ../record '"branch":"main",'
left_nothing
EOT

it 'JCI_REPO_ROOT is the temporary work tree, its last part the name of the repository' <<'EOT'
own_tmp
new_repo 'my project' <<'SH'
echo "$JCI_REPO_ROOT"
test -x "$JCI_REPO_ROOT/.jci/run.sh"
SH
git jci run HEAD >../out
same 'my project' "$(basename "$(cat ../out)")"
case $(cat ../out) in "$TMPDIR"/*) ;; *) false ;; esac
left_nothing
EOT

it 'a repository in a folder named output' <<'EOT'
own_tmp
new_repo output <<'SH'
test "$JCI_REPO_ROOT" != "$JCI_OUTPUT_DIR" && test -e "$JCI_REPO_ROOT/README"
test -z "$(ls -A)"
SH
git jci run HEAD
left_nothing
EOT

it 'A..B: runs them from the oldest to the newest' <<'EOT'
own_tmp
four_commits
same 'two three four' "$(git jci run HEAD~3..HEAD 2>../err | xargs)"
same 3 "$(grep -c passed ../err)"
same 3 "$(runs | wc -l)"
left_nothing
EOT

it 'A...B and A.. are ranges too, and a branch of a range is none' <<'EOT'
own_tmp
four_commits
git checkout -q -b side HEAD~2
echo side >number
commit side
same 'side three four' "$(git jci run side...main 2>../err | xargs | sed 's/three four side/side three four/')"
same side "$(git jci run main..)"
left_nothing
EOT

it 'several revisions: in the order given' <<'EOT'
own_tmp
four_commits
same 'four one three two' "$(git jci run HEAD HEAD~3 HEAD~1 HEAD~2 2>../err | xargs)"
left_nothing
EOT

it 'several: goes on after a red one, and ends with 1' <<'EOT'
own_tmp
four_commits
run_script <<'SH'
exit 9
SH
commit red
run_script <<'SH'
echo green again
SH
commit green
expect_exit 1 git jci run HEAD~3..HEAD >../out 2>../err
same 'four green again' "$(xargs <../out)"
same 2 "$(grep -c 'passed' ../err)"
contains ../err 'exit status 9'
same 3 "$(runs | wc -l)"
left_nothing
EOT

it 'several: goes on after one without a script, and ends with 127' <<'EOT'
own_tmp
four_commits
git rm -q .jci/run.sh
commit none
expect_exit 127 git jci run HEAD HEAD~1 >../out 2>../err
same four "$(cat ../out)"
contains ../err "there is no '.jci/run.sh'"
same 1 "$(runs | wc -l)"
left_nothing
EOT

it 'a script that is not committed yet is to be committed, not made anew' <<'EOT'
new_repo project
run_script <<'SH'
echo mine
SH
expect_exit 127 git jci run HEAD 2>../err
contains ../err 'commit one with: git add .jci/run.sh && git commit'
lacks ../err printf
git jci run --if-needed -q || :
expect_exit 127 git jci run --worktree 2>../err
contains ../err 'commit one with'
EOT

it 'the script is that of the commit' <<'EOT'
own_tmp
four_commits
run_script <<'SH'
echo the newer script
SH
commit script
same 'four the newer script' "$(git jci run HEAD~1 HEAD | xargs)"
left_nothing
EOT

it '-j: runs that many at a time, each line with its commit' <<'EOT'
own_tmp
four_commits
run_script <<'SH'
echo "begin $(git -C "$JCI_REPO_ROOT" rev-parse --short=10 HEAD)"
echo ready >"$JCI_MAIN/.git/ready-$JCI_COMMIT"
read -r go <"$JCI_MAIN/.git/fifo-$JCI_COMMIT"
printf 'end without newline'
SH
commit a
commit b
commit c
JCI_MAIN=$PWD
export JCI_MAIN
for rev in HEAD~2 HEAD~1 HEAD; do
	mkfifo ".git/fifo-$(git rev-parse $rev)"
done
git-jci run -j 2 HEAD~3..HEAD >../out 2>../err &
pid=$!
at_end "kill -TERM $pid"
wait_for 'test "$(ls .git/ready-* 2>/dev/null | wc -l)" -eq 2'
test -e ".git/ready-$(git rev-parse HEAD~2)"
test -e ".git/ready-$(git rev-parse HEAD~1)"
echo go >".git/fifo-$(git rev-parse HEAD~1)"
wait_for "test -e '.git/ready-$(git rev-parse HEAD)'"
echo go >".git/fifo-$(git rev-parse HEAD)"
echo go >".git/fifo-$(git rev-parse HEAD~2)"
wait $pid
for rev in HEAD~2 HEAD~1 HEAD; do
	short=$(git rev-parse --short=10 $rev)
	same "$(printf '[%s] begin %s\n[%s] end without newline' $short $short $short)" \
		"$(grep -F "[$short]" ../out)"
done
same 6 "$(wc -l <../out)"
same 3 "$(runs | wc -l)"
left_nothing
EOT

it '-j: long lines and much output come through' <<'EOT'
own_tmp
new_repo project <<'SH'
head -c 100000 /dev/zero | tr '\0' x
echo
seq 20000
SH
commit second
git jci run -j 2 HEAD HEAD^ >../out
for rev in HEAD HEAD^; do
	short=$(git rev-parse --short=10 $rev)
	sed -n "s/^\[$short\] //p" ../out | tr -d '\n' >../got
	{ head -c 100000 /dev/zero | tr '\0' x; seq 20000 | tr -d '\n'; } | cmp - ../got
done
left_nothing
EOT

it '-j: the worst status counts; --quiet prints nothing; --json an object for each' <<'EOT'
own_tmp
four_commits
run_script <<'SH'
echo red
exit 3
SH
commit red
expect_exit 1 git jci run -j 4 --quiet HEAD~3..HEAD >../out 2>../err
same 0 "$(wc -c <../out)"
same 2 "$(grep -c passed ../err)"
same 1 "$(grep -c failed: ../err)"
expect_exit 1 git jci run -j 4 --quiet --json HEAD~3..HEAD >../out
same 3 "$(grep -c '^{.*}$' ../out)"
left_nothing
EOT

it '--if-needed: of a range, only those run that have not passed' <<'EOT'
own_tmp
four_commits
git jci run HEAD~2
same 'one three four' "$(git jci run --if-needed HEAD~4..HEAD 2>../err | xargs)"
same 1 "$(grep -c 'not needed' ../err)"
same '' "$(git jci run --if-needed HEAD~4..HEAD 2>../err)"
same 4 "$(grep -c 'not needed' ../err)"
same 4 "$(runs | wc -l)"
left_nothing
EOT

# ---- what is in the work tree ----

it 'modes, links and odd names are checked out as git does' <<'EOT'
own_tmp
new_repo project <<'SH'
cd "$JCI_REPO_ROOT" || exit
test -x tool && test ! -x README && test -L link && test "$(readlink link)" = README
test -e "$(printf 'new\nline')" && test -e ./-dash && test -e 'a b'
SH
touch tool "$(printf 'new\nline')" ./-dash 'a b'
chmod +x tool
ln -s README link
commit names
git jci run HEAD
left_nothing
EOT

it 'hooks of the repository do not run' <<'EOT'
own_tmp
four_commits
mkdir -p .git/hooks
for hook in post-checkout reference-transaction post-index-change; do
	printf '#!/bin/sh\necho %s >>"%s/hooks-ran"\nexit 1\n' $hook "$TRASH" >.git/hooks/$hook
	chmod +x .git/hooks/$hook
done
git jci run HEAD
test ! -e ../hooks-ran
left_nothing
EOT

it 'what the script does to its work tree does not matter' <<'EOT'
own_tmp
new_repo project <<'SH'
cd "$JCI_REPO_ROOT" || exit
rm .git
mkdir -p deep/er
chmod 500 deep
echo x >README
SH
git jci run HEAD
left_nothing
git jci run HEAD
left_nothing
EOT

it 'other work trees of the user stay, also one whose folder is away' <<'EOT'
own_tmp
four_commits
git worktree add -q ../here HEAD
git worktree add -q ../away HEAD
mv ../away ../elsewhere
git worktree list >../before
git jci run HEAD HEAD~1
git worktree list | cmp - ../before
EOT

it 'submodules are left alone' <<'EOT'
own_tmp
four_commits
cd ..
git init -q -b main outer
cd outer
git config user.name 'A U Thor'
git config user.email author@example.com
git -c protocol.file.allow=always submodule --quiet add ../project sub
run_script <<'SH'
test -z "$(ls -A "$JCI_REPO_ROOT/sub")"
SH
commit outer
git jci run HEAD
left_nothing
expect_exit 1 git jci run
EOT

it 'a file changed by a checkout filter is checked out with it, as usual' <<'EOT'
own_tmp
new_repo project <<'SH'
cat "$JCI_REPO_ROOT/dos" | od -c
SH
echo 'dos text eol=crlf' >.gitattributes
echo line >dos
commit dos
git jci run HEAD >../out
contains ../out '\r  \n'
left_nothing
EOT

# ---- kinds of repositories ----

it 'a linked work tree: its HEAD, its files; the result is in the common repository' <<'EOT'
own_tmp
four_commits
git worktree add -q -b side ../linked HEAD~1
cd ../linked
same three "$(git jci run 2>../err)"
same "refs/jci-runs/$(git rev-parse HEAD)" "$(dirname "$(the_ref)")"
the_record >../record
contains ../record '"branch":"side",'
contains ../record '"dirty":false,'
same three "$(git jci run HEAD)"
same two "$(git jci run HEAD^)"
same four "$(git -C ../project jci run)"
test ! -e ../project/.git/worktrees/linked/jci
same 2 "$(git worktree list | wc -l)"
same '' "$(ls -A "$TMPDIR")"
echo x >new
git jci run --json -q >../out
contains ../out '"dirty":true'
EOT

it 'a detached HEAD' <<'EOT'
own_tmp
four_commits
git checkout -q --detach HEAD~1
same three "$(git jci run)"
same three "$(git jci run HEAD)"
same two "$(git jci run HEAD^)"
left_nothing
EOT

it 'a shallow clone' <<'EOT'
own_tmp
four_commits
cd ..
git clone -q --depth 2 "file://$TRASH/project" shallow
cd shallow
same four "$(git jci run)"
same four "$(git jci run HEAD)"
same three "$(git jci run HEAD^)"
same four "$(git jci run HEAD^..HEAD)"
expect_exit 125 git jci run HEAD~2 2>../err
contains ../err "unknown revision 'HEAD~2'"
same 4 "$(runs | wc -l)"
git fsck --strict
left_nothing
EOT

it 'a clone that borrows objects' <<'EOT'
own_tmp
four_commits
cd ..
git clone -q --shared project borrower
cd borrower
same four "$(git jci run)"
same two "$(git jci run HEAD~2)"
git fsck --strict
left_nothing
EOT

it 'a bare repository: HEAD in a temporary work tree' <<'EOT'
own_tmp
four_commits
cd ..
git clone -q --bare project bare.git
cd bare.git
same four "$(git jci run)"
the_record >../record
contains ../record '"dirty":false,'
contains ../record '"branch":"main",'
same two "$(git jci run main~2)"
same 2 "$(runs | wc -l)"
left_nothing
EOT

it 'GIT_DIR and GIT_WORK_TREE say where' <<'EOT'
own_tmp
four_commits
cd ..
mv project/.git separate
mkdir elsewhere
cd elsewhere
same four "$(GIT_DIR=$TRASH/separate GIT_WORK_TREE=$TRASH/project git-jci run)"
same two "$(GIT_DIR=../separate GIT_WORK_TREE=../project git-jci run HEAD~2)"
same four "$(git --git-dir=../separate --work-tree=../project jci run)"
cd ../project
same four "$(GIT_DIR=../separate git-jci run)"
same 4 "$(runs ../separate | wc -l)"
for ref in $(runs ../separate); do
	git --git-dir=../separate cat-file blob "$ref:.jci/run.json" | tr -d '\t' >../record
	contains ../record '"dirty":false,'
done
EOT

it 'git -C and GIT_CEILING_DIRECTORIES' <<'EOT'
own_tmp
four_commits
mkdir sub
cd /
same four "$(git -C "$TRASH/project/sub" jci run)"
cd "$TRASH/project/sub"
expect_exit 125 env GIT_CEILING_DIRECTORIES="$TRASH/project" git-jci run 2>"$TRASH/err"
contains "$TRASH/err" 'not a git repository'
EOT

it 'a repository without a commit' <<'EOT'
git init -q -b main empty
cd empty
run_script <<'SH'
true
SH
expect_exit 125 git jci run 2>../err
contains ../err 'there is no commit yet'
contains ../err "make one with 'git commit'"
expect_exit 125 git jci run HEAD 2>../err
contains ../err 'there is no commit yet'
same '' "$(runs)"
EOT

it 'no repository at all' <<'EOT'
mkdir nowhere
cd nowhere
GIT_CEILING_DIRECTORIES=$TRASH
export GIT_CEILING_DIRECTORIES
expect_exit 125 git-jci run 2>../err
contains ../err 'not a git repository'
contains ../err "git init"
EOT

it 'a repository without a name and an address for commits' <<'EOT'
own_tmp
four_commits
git config --unset user.name
git config --unset user.email
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.useConfigOnly GIT_CONFIG_VALUE_0=true
same four "$(git jci run)"
same two "$(git jci run HEAD~2)"
git fsck --strict
EOT

it 'a sparse checkout, and an index that is split' <<'EOT'
own_tmp
four_commits
mkdir a b
echo x >a/x
echo x >b/x
commit folders
git sparse-checkout set a .jci
git update-index --split-index
test ! -e b
same four "$(git jci run)"
the_record >../record
contains ../record '"dirty":false,'
echo y >a/x
git jci run --json --quiet >../out
contains ../out '"dirty":true'
same four "$(git jci run HEAD)"
EOT

it 'refs and HEAD that are packed' <<'EOT'
own_tmp
four_commits
git branch side HEAD~2
git pack-refs --all
git gc -q
same four "$(git jci run)"
same two "$(git jci run side)"
left_nothing
EOT

finish
