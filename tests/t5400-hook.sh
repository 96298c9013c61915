#!/bin/sh
# `git jci hook`: CI in git's hooks, and that hooks which are there stay what they are.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# folder [DIR]: everything of a hooks folder that could have changed, but for times.
folder() {
	(cd "${1:-.git/hooks}" && find . ! -name . -printf '%p %y %m %n %i %l\n' | sort &&
		find . -type f -exec sha1sum {} + | sort)
}

# hook NAME: its input becomes one that is there already.
hook() {
	mkdir -p .git/hooks
	{
		echo '#!/bin/sh'
		cat
	} >".git/hooks/$1"
	chmod +x ".git/hooks/$1"
}

# triggers [REPO]: those of the stored runs, sorted.
triggers() {
	git -C "${1:-.}" for-each-ref --format='%(contents:trailers:key=Jci-Trigger,valueonly)' \
		refs/jci-runs | sed '/^$/d' | sort
}

# background: ids of the processes of git-jci that this case has left in the background.
background() {
	for process in /proc/[0-9]*; do
		test "$(cat "$process/comm" 2>/dev/null)" = git-jci || continue
		case $(readlink "$process/cwd") in
		"$TRASH"/*) echo "${process#/proc/}" ;;
		esac
	done
}

# make_gate: a fifo that the script of the case waits for; if nobody writes to it, that is the end.
make_gate() {
	mkfifo "$TRASH/gate"
	at_end 'for process in $(background); do kill $process; done'
}

# idle: until nothing runs in the background any more.
idle() {
	wait_for 'test -z "$(background)"'
}

# commit_and_wait NAME: a commit with a file of that name, and the green run that a hook makes of it.
commit_and_wait() {
	echo "$1" >"$1"
	commit "$1"
	wait_for 'git jci status -q'
}

# ---- install, remove, ls ----

it 'install puts three hooks in place, remove leaves the folder as it was' <<'EOT'
new_repo project
folder >../before
git jci hook install 2>../err
contains ../err "hook 'post-commit' installed"
same 'post-commit post-rewrite pre-push' "$(ls .git/hooks | grep -v sample | xargs)"
for name in post-commit post-rewrite pre-push; do
	same 755 "$(stat -c %a .git/hooks/$name)"
	sh -n .git/hooks/$name
done
git jci hook remove 2>../err
contains ../err "hook 'pre-push' removed"
folder >../after
diff ../before ../after
same '' "$(git status --porcelain)"
EOT

it 'installed twice, removed twice: the second time there is nothing to do' <<'EOT'
new_repo project
git jci hook install pre-push
folder >../before
git jci hook install pre-push 2>../err
contains ../err "hook 'pre-push' is installed already"
folder >../after
diff ../before ../after
git jci hook remove pre-push
expect_exit 1 git jci hook remove pre-push 2>../err
contains ../err "hook 'pre-push' is not installed"
git jci hook remove 2>../err
contains ../err 'no hook is installed'
EOT

it 'only what is named is installed and removed' <<'EOT'
new_repo project
git jci hook install post-merge post-receive
same 'post-merge post-receive' "$(ls .git/hooks | grep -v sample | xargs)"
git jci hook install
git jci hook remove post-commit
same 'post-merge post-receive post-rewrite pre-push' "$(ls .git/hooks | grep -v sample | xargs)"
EOT

it 'a bare repository gets post-receive' <<'EOT'
git init -q --bare origin.git
cd origin.git
git jci hook install
same post-receive "$(ls hooks | grep -v sample)"
git jci hook remove
same '' "$(ls hooks | grep -v sample || :)"
EOT

it 'wrong usage' <<'EOT'
new_repo project
folder >../before
expect_exit 2 git jci hook 2>../err
expect_exit 2 git jci hook frobnicate 2>../err
contains ../err 'none of install, remove, ls and run'
expect_exit 2 git jci hook install pre-commit 2>../err
contains ../err "no hook 'pre-commit' can be installed, only: post-commit,"
expect_exit 2 git jci hook install ../evil
expect_exit 2 git jci hook remove 'post-commit.before-jci'
expect_exit 2 git jci hook run 2>../err
contains ../err "'hook run' takes the name of a hook"
expect_exit 2 git jci hook run pre-commit
expect_exit 2 git jci hook install --json
expect_exit 2 git jci hook ls --global
expect_exit 2 git jci hook ls pre-push
cd ..
expect_exit 125 git jci hook install 2>err
contains err 'not a git repository'
cd project
folder >../after
diff ../before ../after
EOT

it 'ls tells what is there' <<'EOT'
new_repo project
hook post-merge <<'SH'
true
SH
hook pre-push <<'SH'
true
SH
hook post-receive <<'SH'
true
SH
chmod -x .git/hooks/post-receive
git jci hook install post-commit pre-push
git jci hook install post-rewrite
echo '# mine' >>.git/hooks/post-rewrite
git jci hook ls >../out
cat >../expected <<EOF
in $PWD/.git/hooks:
post-commit   installed
post-merge    another hook
post-rewrite  installed, then changed
pre-push      installed, behind pre-push.before-jci
post-receive  another hook, not executable: git ignores it
EOF
diff ../expected ../out
git jci hook ls --json >../json
same 'post-commit installed false false
post-merge other false false
post-rewrite changed false false
pre-push installed true false
post-receive other false true' "$(jq -r '"\(.name) \(.state) \(.before) \(.ignored)"' ../json)"
same "$PWD/.git/hooks/pre-push" "$(jq -r 'select(.name == "pre-push").path' ../json)"
EOT

it 'ls of a repository without hooks, or without the folder' <<'EOT'
new_repo project
rm -r .git/hooks
git jci hook ls >../out
same 5 "$(grep -c -- '-$' ../out)"
same none "$(git jci hook ls --json | jq -r .state | uniq)"
expect_exit 1 git jci hook remove pre-push
test ! -e .git/hooks
git jci hook install pre-push
test -x .git/hooks/pre-push
EOT

# ---- hooks of before ----

it 'a hook of any kind is kept as it is, and comes back' <<'EOT'
new_repo project
mkdir ../away
printf '#!/usr/bin/env python3\nprint("hi")\n' >.git/hooks/post-commit
chmod 751 .git/hooks/post-commit
ln -s ../../scripts/no-such-hook .git/hooks/post-merge
cp /bin/true .git/hooks/pre-push
cp /bin/true ../away/binary
ln -s "$TRASH/away/binary" .git/hooks/post-rewrite
printf 'not executable, \377\n' >.git/hooks/post-receive
folder >../before
git jci hook install post-commit post-merge post-rewrite pre-push post-receive
for name in post-commit post-merge post-rewrite pre-push post-receive; do
	sh -n .git/hooks/$name
	contains .git/hooks/$name 'git-jci hook run'
	test -x .git/hooks/$name
done
same ../../scripts/no-such-hook "$(readlink .git/hooks/post-merge.before-jci)"
git jci hook install post-commit
git jci hook remove
folder >../after
diff ../before ../after
EOT

it 'the hook of before is called first, with the arguments; if it fails, that is all' <<'EOT'
new_repo project <<'SH'
true
SH
git init -q --bare ../origin.git
git remote add origin ../origin.git
hook pre-push <<'SH'
printf '%s\n' "$@" >args
cat >input
test ! -e refuse || exit 7
SH
git jci hook install pre-push
touch refuse
expect_exit 1 git push -q origin main
same '' "$(runs)"
same 'origin
../origin.git' "$(cat args)"
same "refs/heads/main $(git rev-parse main) refs/heads/main 0000000000000000000000000000000000000000" \
	"$(cat input)"
printf 'refs/heads/main %s refs/heads/main %s\n\n\n' "$(git rev-parse main)" 0000 >../lines
expect_exit 7 .git/hooks/pre-push 'a b' '' "it's \"%\" \$" <../lines
same '' "$(runs)"
cmp ../lines input
same "a b

it's \"%\" \$" "$(cat args)"
rm refuse
git push -q origin main
same 1 "$(runs | wc -l)"
EOT

it 'both get all of the input, however long, and the first may leave it unread' <<'EOT'
new_repo project <<'SH'
true
SH
git init -q --bare ../origin.git
hook pre-push <<'SH'
wc -l >../lines
SH
git jci hook install pre-push
long=branch-with-a-long-name-for-a-long-input
for n in $(seq 1 3000); do
	echo "create refs/heads/$long-$n HEAD"
done | git update-ref --stdin
git push -q ../origin.git --all 2>../err
same 3001 "$(cat ../lines)"
same 1 "$(grep -c passed ../err)"
same 3001 "$(git -C ../origin.git for-each-ref | wc -l)"
hook pre-push.before-jci <<'SH'
exec <&-
SH
git push -q ../origin.git --all --force 2>../err
lacks ../err passed
commit other
for n in $(seq 1 3000); do
	echo "update refs/heads/$long-$n HEAD"
done | git update-ref --stdin
git push -q ../origin.git --all 2>../err
same 1 "$(grep -c 'not needed' ../err)"
lacks ../err rror
EOT

it 'one that git ignored is still ignored' <<'EOT'
new_repo project <<'SH'
true
SH
hook post-commit <<'SH'
touch ../called
SH
chmod -x .git/hooks/post-commit
git jci hook install post-commit
commit_and_wait second
test ! -e ../called
chmod +x .git/hooks/post-commit.before-jci
commit_and_wait third
test -e ../called
EOT

it 'post-receive: the hook of before gets all of the input too' <<'EOT'
git init -q --bare origin.git
cd origin.git
printf '#!/bin/sh\ncat >>input\n' >hooks/post-receive
chmod +x hooks/post-receive
git jci hook install
cd ..
new_repo project <<'SH'
true
SH
git push -q ../origin.git main main:other
same 2 "$(wc -l <../origin.git/input)"
wait_for 'test "$(runs ../origin.git | wc -l)" -eq 1'
EOT

it 'a hook that was changed by hand is neither replaced nor removed' <<'EOT'
new_repo project
git jci hook install pre-push
echo 'echo mine' >>.git/hooks/pre-push
folder >../before
expect_exit 125 git jci hook install pre-push 2>../err
contains ../err "pre-push' was changed since"
contains ../err "pre-push.before-jci', which is called first"
expect_exit 125 git jci hook remove pre-push
expect_exit 125 git jci hook remove 2>../err
contains ../err 'was changed since'
folder >../after
diff ../before ../after
EOT

it 'a file in the way is not touched' <<'EOT'
new_repo project
hook pre-push <<'SH'
echo hook
SH
echo mine >.git/hooks/pre-push.before-jci
echo alone >.git/hooks/post-commit.before-jci
mkdir .git/hooks/post-merge
folder >../before
expect_exit 125 git jci hook install pre-push 2>../err
contains ../err 'rename or remove one of the two'
expect_exit 125 git jci hook install post-commit 2>../err
contains ../err "post-commit.before-jci' is there without 'post-commit'"
expect_exit 125 git jci hook install post-merge 2>../err
contains ../err "post-merge' is a folder"
expect_exit 1 git jci hook remove pre-push
expect_exit 1 git jci hook remove post-commit
expect_exit 1 git jci hook remove post-merge
folder >../after
diff ../before ../after
EOT

# husky: as Husky 9 does it, with a hook for pre-push that refuses.
husky() {
	mkdir -p .husky/_
	echo '*' >.husky/_/.gitignore
	for name in post-commit post-rewrite pre-push; do
		printf '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n' >.husky/_/$name
	done
	cat >.husky/_/h <<'SH'
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n
[ ! -f "$s" ] && exit 0
sh -e "$s" "$@"
exit
SH
	echo 'exit 1' >.husky/pre-push
	chmod +x .husky/_/p*
	git config core.hooksPath .husky/_
}

it 'a hook that asks for its own name stays in force, and what to do works' <<'EOT'
new_repo project <<'SH'
true
SH
husky
git init -q --bare ../origin.git
expect_exit 1 git push -q ../origin.git main
folder .husky >../before
expect_exit 125 git jci hook install 2>../err
folder .husky >../after
diff ../before ../after
contains ../err "/.husky/_/pre-push' asks for its own name"
lacks ../err 'commit the hooks'
expect_exit 1 git push -q ../origin.git main
sed -n 's/.*calls: \(git-jci hook run -- pre-push\)/\1/p' ../err >.husky/pre-push
test -s .husky/pre-push
git push -q ../origin.git main
same pre-push "$(triggers)"
EOT

it 'which hooks ask for their own name' <<'EOT'
new_repo project
hook pre-push </dev/null
while read -r text; do
	printf '#!/bin/sh\n%b\n' "$text" >.git/hooks/pre-push
	expect_exit 125 git jci hook install pre-push 2>../err
	contains ../err 'asks for its own name'
	test ! -e .git/hooks/pre-push.before-jci
done <<'END'
case $0 in
exec run "${0##*/}"
run "$(basename "$0")"
. "$(dirname -- "$0")/h"
here=${0%/*}
here=$(dirname "$0")\n. $here/h
true\n\tsource "$(dirname "$0")/h"
print(os.path.basename(__file__))
print(sys.argv[0])
puts $PROGRAM_NAME
END
while read -r text; do
	printf '#!/bin/sh\n%b\n' "$text" >.git/hooks/pre-push
	git jci hook install pre-push
	git jci hook remove pre-push
done <<'END'
here=$(cd "$(dirname "$0")" && pwd)
. ./settings\necho $1 ${10}
print(os.path.dirname(__file__))
exec "$(dirname "$0")/all" pre-push "$@"
END
# through a link; and what git ignores, or is no text, does nothing under any name
printf '#!/bin/sh\ntest "$0"\n' >script
chmod +x script
ln -sf ../../script .git/hooks/pre-push
expect_exit 125 git jci hook install pre-push
chmod -x script
git jci hook install pre-push
git jci hook remove pre-push
rm .git/hooks/pre-push
printf '\0$0' >.git/hooks/pre-push
chmod +x .git/hooks/pre-push
git jci hook install pre-push
EOT

it 'one of several that fails does not keep the others' <<'EOT'
new_repo project
mkdir .git/hooks/post-commit
expect_exit 125 git jci hook install
test -x .git/hooks/post-rewrite
test -x .git/hooks/pre-push
rmdir .git/hooks/post-commit
echo '# mine' >>.git/hooks/pre-push
cp .git/hooks/pre-push ../changed
expect_exit 125 git jci hook remove 2>../err
contains ../err "hook 'post-rewrite' removed"
contains ../err "pre-push' was changed since"
same pre-push "$(ls .git/hooks | grep -v sample)"
cmp ../changed .git/hooks/pre-push
EOT

it 'ours without its execute bit is mended' <<'EOT'
new_repo project
git jci hook install pre-push
chmod -x .git/hooks/pre-push
git jci hook ls >../out
contains ../out 'installed, not executable: git ignores it'
git jci hook install pre-push
test -x .git/hooks/pre-push
EOT

# ---- cut short ----

# undone: the folder is as it was.
undone() {
	folder >../after
	diff ../before ../after
}

it 'an installation that was cut short is completed, or undone' <<'EOT'
new_repo project
hook pre-push <<'SH'
echo mine
SH
folder >../before
# written; then linked, as far as the rename
echo half >.git/hooks/pre-push.jci-new
git jci hook remove pre-push 2>../err
contains ../err "removed what an installation of hook 'pre-push' left"
undone
expect_exit 1 git jci hook remove pre-push
echo half >.git/hooks/pre-push.jci-new
ln .git/hooks/pre-push .git/hooks/pre-push.before-jci
git jci hook remove pre-push
undone
echo half >.git/hooks/pre-push.jci-new
ln .git/hooks/pre-push .git/hooks/pre-push.before-jci
git jci hook install pre-push 2>../err
contains ../err 'first calls the one that was there'
cp -p .git/hooks/pre-push ../ours
git jci hook remove pre-push
undone
# put beside, as far as the exchange
cp -p ../ours .git/hooks/pre-push.before-jci
git jci hook remove pre-push
undone
cp -p ../ours .git/hooks/pre-push.before-jci
git jci hook install pre-push
contains .git/hooks/pre-push.before-jci mine
git jci hook remove pre-push
undone
# and the hook removed by somebody before the next installation
rm .git/hooks/pre-push
cp -p ../ours .git/hooks/pre-push.before-jci
git jci hook install pre-push
test ! -e .git/hooks/pre-push.before-jci
git jci hook remove pre-push
same '' "$(ls .git/hooks | grep -v sample || :)"
EOT

it 'what was cut short is told by ls, and removed without a name too' <<'EOT'
new_repo project
hook pre-push <<'SH'
echo mine
SH
echo mine >.git/hooks/post-merge.before-jci
folder >../before
git jci hook ls --json | jq -r .unfinished | uniq | grep -x false
echo half >.git/hooks/post-commit.jci-new
ln .git/hooks/pre-push .git/hooks/pre-push.before-jci
git jci hook ls >../out
contains ../out 'post-commit   -, an installation was cut short'
contains ../out 'pre-push      another hook, an installation was cut short'
same 'post-commit
pre-push' "$(git jci hook ls --json | jq -r 'select(.unfinished).name')"
git jci hook remove 2>../err
same 2 "$(grep -c 'left that was cut short' ../err)"
undone
git jci hook install pre-push
cp -p .git/hooks/pre-push ../ours
git jci hook remove
cp -p ../ours .git/hooks/pre-push.before-jci
git jci hook remove
undone
git jci hook remove 2>../err
contains ../err 'no hook is installed'
EOT

it 'killed at any point: the hook of before is in force, and the rest is mended' <<'EOT'
built_with JCI_FAULT_INJECTION || skip 'the program was built without fault injection'
new_repo project
hook pre-push <<'SH'
echo mine
SH
folder >../before
for point in hook-written hook-kept; do
	expect_exit 137 env JCI_FAULT=$point git-jci hook install pre-push
	contains .git/hooks/pre-push 'echo mine'
	git jci hook remove pre-push
	undone
	expect_exit 137 env JCI_FAULT=$point git-jci hook install pre-push
	git jci hook install pre-push
	contains .git/hooks/pre-push 'git-jci hook run'
	git jci hook remove pre-push
	undone
done
EOT

it 'on a full disk nothing is changed' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can mount a small disk'
mkdir small
mount -t tmpfs -o size=64k none small || skip 'nothing can be mounted here'
at_end "umount '$TRASH/small'"
new_repo project
hook pre-push <<'SH'
echo mine
SH
mv .git/hooks/pre-push ../small
git config core.hooksPath "$TRASH/small"
cat /dev/zero >../small/full || :
folder ../small >../before
expect_exit 125 git jci hook install pre-push 2>../err
contains ../err 'No space left'
folder ../small >../after
diff ../before ../after
rm ../small/full
git jci hook install pre-push
EOT

it 'on a disk that can only be read' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can mount a small disk'
mkdir small
mount -t tmpfs -o size=64k none small || skip 'nothing can be mounted here'
at_end "umount '$TRASH/small'"
new_repo project
git config core.hooksPath "$TRASH/small"
git jci hook install post-commit
mount -o remount,ro "$TRASH/small" || skip 'it cannot be mounted so here'
expect_exit 125 git jci hook install pre-push 2>../err
contains ../err "cannot write '$TRASH/small/pre-push.jci-new': Read-only file system"
expect_exit 1 git jci hook remove pre-push 2>../err
contains ../err "hook 'pre-push' is not installed"
expect_exit 125 git jci hook remove post-commit 2>../err
contains ../err "cannot remove '$TRASH/small/post-commit': Read-only file system"
test -x ../small/post-commit
EOT

# ---- the folder ----

it "somebody else's hook, which may not be linked" <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can make files for somebody else'
test "$(cat /proc/sys/fs/protected_hardlinks)" = 1 || skip 'here anybody may link anything'
new_repo project
hook pre-push <<'SH'
touch called
SH
cd ..
give_away
cd project
chown root .git/hooks/pre-push
folder >../before
as_user git jci hook install pre-push
contains .git/hooks/pre-push 'git-jci hook run'
contains .git/hooks/pre-push.before-jci called
as_user git jci hook remove pre-push
undone
same root "$(stat -c %U .git/hooks/pre-push)"
built_with JCI_FAULT_INJECTION || exit 0
expect_exit 137 as_user env JCI_FAULT=hook-beside git-jci hook install pre-push
contains .git/hooks/pre-push called
as_user git jci hook remove pre-push
undone
EOT

it 'a folder that may not be written, or not be read' <<'EOT'
new_repo project
hook pre-push <<'SH'
true
SH
cd ..
give_away
cd project
chmod 555 .git/hooks
folder >../before
expect_exit 125 as_user git jci hook install pre-push 2>../err
contains ../err "cannot write '$PWD/.git/hooks/pre-push.jci-new': Permission denied"
undone
chmod 000 .git/hooks
expect_exit 125 as_user git jci hook ls 2>../err
contains ../err "cannot open the folder '$PWD/.git/hooks': Permission denied"
chmod 755 .git/hooks
EOT

it 'a folder that is a file' <<'EOT'
new_repo project
rm -r .git/hooks
echo file >.git/hooks
expect_exit 125 git jci hook install 2>../err
contains ../err 'Not a directory'
same file "$(cat .git/hooks)"
EOT

it 'core.hooksPath that switches hooks off is named, once' <<'EOT'
new_repo project
git status --porcelain --ignored >../before
for path in /dev/null /dev/null/hooks README ''; do
	git config core.hooksPath "$path"
	for action in install remove ls; do
		expect_exit 125 git jci hook $action 2>../err
		same 1 "$(wc -l <../err)"
		contains ../err "configuration 'core.hooksPath' "
		contains ../err "git config core.hooksPath $PWD/.git/hooks"
	done
done
contains ../err 'is empty'
git status --porcelain --ignored | diff ../before -
same project "$(cat README)"
expect_exit 125 git -c core.hooksPath= jci hook install 2>../err
contains ../err 'is empty'
eval "$(sed 's/.*with: //' ../err)"
git jci hook install pre-push
test -x .git/hooks/pre-push
EOT

it 'core.hooksPath of the repository: with any name, and missing' <<'EOT'
new_repo project <<'SH'
true
SH
hostile="$TRASH/it's 100% \"odd\" $(printf '\377')"
git config core.hooksPath "$hostile/hooks"
git jci hook install 2>../err
test -x "$hostile/hooks/pre-push"
same '' "$(ls .git/hooks | grep -v sample || :)"
git jci hook ls >../out
contains ../out '\xff'
commit_and_wait second
same post-commit "$(triggers)"
git jci hook remove
same '' "$(ls "$hostile/hooks")"
EOT

it 'core.hooksPath of the command line' <<'EOT'
new_repo project
git -c core.hooksPath=../hooks jci hook install pre-push
test -x ../hooks/pre-push
git -c core.hooksPath=../hooks jci hook remove pre-push
same '' "$(ls ../hooks)"
EOT

it 'core.hooksPath in the work tree: is installed, with a note' <<'EOT'
new_repo project
git config core.hooksPath .githooks
mkdir sub
cd sub
git jci hook install 2>../../err
cd ..
contains ../err "/.githooks' is in the work tree"
test -x .githooks/pre-push
lacks .githooks/pre-push "$TRASH"
git config core.hooksPath .git/hooks
git jci hook install 2>../err
lacks ../err 'is in the work tree'
EOT

it 'core.hooksPath of the user serves all repositories: only with --global' <<'EOT'
new_repo project
git config --file ../config core.hooksPath "$TRASH/everywhere"
GIT_CONFIG_GLOBAL=$TRASH/config
export GIT_CONFIG_GLOBAL
expect_exit 125 git jci hook install 2>../err
contains ../err "the hooks in '$TRASH/everywhere' are those of all your repositories"
contains ../err "git config core.hooksPath $PWD/.git/hooks, or use --global"
test ! -e ../everywhere
git jci hook ls >../out
contains ../out 'of all your repositories'
same true "$(git jci hook ls --json | jq .global | uniq)"
git jci hook install --global pre-push
test -x ../everywhere/pre-push
expect_exit 125 git jci hook remove
test -x ../everywhere/pre-push
git jci hook remove --global
same '' "$(ls ../everywhere)"
# the first way out
git config core.hooksPath "$PWD/.git/hooks"
git jci hook install pre-push
test -x .git/hooks/pre-push
git config --unset core.hooksPath
# one within each repository is the repository's own
git config --file ../config core.hooksPath .githooks
git jci hook install pre-push
test -x .githooks/pre-push
EOT

it 'a linked work tree has the hooks of its repository' <<'EOT'
new_repo project <<'SH'
true
SH
git worktree add -q -b side ../linked
cd ../linked
git jci hook install post-commit
test -x ../project/.git/hooks/post-commit
commit_and_wait linked
same post-commit "$(triggers)"
git jci hook remove
test ! -e ../project/.git/hooks/post-commit
EOT

# ---- post-commit and its kin ----

it 'post-commit runs the new commit in the background, in a clean work tree' <<'EOT'
make_gate
new_repo project <<SH
read -r line <"$TRASH/gate"
git -C "\$JCI_REPO_ROOT" log -1 --format=%s
cat "\$JCI_REPO_ROOT/file"
SH
git jci hook install
echo committed >file
commit second
same '' "$(runs)"
echo later >file
echo go >../gate
wait_for 'git jci status -q'
same 'second
committed' "$(git jci cat latest)"
same post-commit "$(triggers)"
contains file later
the_record >../record
contains ../record '"branch":"main",'
contains ../record '"dirty":false,'
EOT

it 'post-commit neither fails nor holds a commit, whatever becomes of the run' <<'EOT'
new_repo project
git jci hook install
git commit -q --allow-empty -m 'no script' >../out 2>&1
same '' "$(cat ../out)"
idle
same '' "$(runs)"
run_script <<'SH'
exit 3
SH
commit red >../out 2>&1
same '' "$(cat ../out)"
wait_for 'test -n "$(runs)"'
expect_exit 1 git jci status -q
idle
chmod -x .jci/run.sh
commit 'not executable' >../out 2>&1
same '' "$(cat ../out)"
EOT

it 'what the caller has open is not held open, nor is its session' <<'EOT'
make_gate
new_repo project <<SH
echo began >"$TRASH/began"
read -r line <"$TRASH/gate"
SH
git jci hook install post-commit
# cat ends only when nobody has the pipe open any more
{ git commit -q --allow-empty -m second 3>&1 4>&2; } 2>&1 | timeout 60 cat >../out
wait_for 'test -s ../began'
process=$(background)
test "$(cut -d ' ' -f 6 "/proc/$process/stat")" -ne "$(cut -d ' ' -f 6 /proc/$$/stat)"
echo go >../gate
wait_for 'git jci status -q'
EOT

it 'of commits that come during a run only the last of a branch is run' <<'EOT'
make_gate
new_repo project <<SH
echo began >>"$TRASH/began"
read -r line <"$TRASH/gate"
SH
git jci hook install post-commit
echo 1 >file
commit 1
wait_for 'test -s ../began'
for n in 2 3 4 5; do
	echo $n >file
	commit $n
done
git checkout -q -b side
echo other >file
commit other
git checkout -q main
for n in 1 2 3; do
	wait_for "test \$(wc -l <../began) -eq $n"
	same 1 "$(git jci log --status running --json | wc -l)"
	echo go >../gate
	wait_for "test \$(runs | wc -l) -eq $n"
done
idle
runs | cut -d/ -f3 | sort >../ran
git rev-parse main main~4 side | sort | diff - ../ran
EOT

it 'a rebase runs what comes out of it, once' <<'EOT'
new_repo project <<'SH'
true
SH
for n in 1 2 3 4; do
	echo $n >file$n
	commit $n
done
git checkout -q -b side main~4
echo base >base
commit base
git jci hook install
for backend in --merge --apply; do
	git checkout -q -B work main
	git rebase -q $backend side
	wait_for 'git jci status -q'
	idle
	same "refs/jci-runs/$(git rev-parse HEAD)" "$(dirname "$(the_ref)")"
	same post-rewrite "$(triggers)"
	git update-ref -d "$(the_ref)"
done
# a commit made on the way, by hand
git checkout -q -B work main
GIT_SEQUENCE_EDITOR='sed -i "1s/pick/edit/"' git rebase -q -i main~2
echo more >more
git add more
git commit -q --amend -m amended
GIT_EDITOR=true git rebase --continue
wait_for 'git jci status -q'
idle
same "refs/jci-runs/$(git rev-parse HEAD)" "$(dirname "$(the_ref)")"
EOT

it 'an amended commit is run once, and not at all if its files passed already' <<'EOT'
new_repo project <<'SH'
true
SH
git jci hook install
git config jci.hookIfNeeded false
git commit -q --amend -m words
wait_for 'git jci status -q'
idle
same 1 "$(runs | wc -l)"
same post-commit "$(triggers)"
git config jci.hookIfNeeded true
git commit -q --amend -m 'better words'
idle
same 1 "$(runs | wc -l)"
EOT

it 'jci.timeout limits the runs of hooks too' <<'EOT'
make_gate
new_repo project <<SH
read -r line <"$TRASH/gate"
SH
git config jci.timeout 1s
git jci hook install
git commit -q --allow-empty -m second
wait_for 'test -n "$(runs)"'
same timeout "$(git jci show --json HEAD | jq -r .reason)"
git init -q --bare ../origin.git
expect_exit 1 timeout 60 git push -q ../origin.git main 2>../err
contains ../err timeout
EOT

it 'post-merge: a merge and a pull, but not --squash' <<'EOT'
new_repo project <<'SH'
true
SH
git checkout -q -b side
echo side >side
commit side
git checkout -q main
echo main >main
commit main
git jci hook install post-merge
git merge -q --squash side >../out
git reset -q --hard
git merge -q --no-edit side
wait_for 'git jci status -q'
idle
same post-merge "$(triggers)"
git clone -q -b side . ../clone
cd ../clone
git jci hook install post-merge
git pull -q origin main
wait_for 'git jci status -q'
EOT

it 'cherries: the last of them is run' <<'EOT'
new_repo project <<'SH'
true
SH
git checkout -q -b side
for n in 1 2 3; do
	echo $n >file$n
	commit $n
done
git checkout -q main
echo main >main
commit main
git jci hook install
git cherry-pick main..side >../out
wait_for 'git jci status -q'
EOT

it 'post-receive: each branch that was pushed, in the background' <<'EOT'
git init -q --bare -b main origin.git
git -C origin.git jci hook install
make_gate
new_repo project <<SH
read -r line <"$TRASH/gate"
SH
git remote add origin ../origin.git
echo one >file
commit one
git tag v1
git checkout -q -b side
echo two >file
commit two
git push -q origin main side v1
same '' "$(runs ../origin.git)"
echo go >../gate
wait_for 'test "$(runs ../origin.git | wc -l)" -eq 1'
echo go >../gate
wait_for 'test "$(runs ../origin.git | wc -l)" -eq 2'
same 'post-receive
post-receive' "$(triggers ../origin.git)"
same 'main
side' "$(git -C ../origin.git jci log --json | jq -r .branch | sort)"
git push -q origin :side
idle
same 2 "$(runs ../origin.git | wc -l)"
same 1 "$(git -C ../origin.git worktree list | wc -l)"
EOT

it 'a script that commits and pushes does not start itself again' <<'EOT'
git init -q --bare -b main origin.git
new_repo project <<SH
cd "\$JCI_REPO_ROOT"
echo from CI >file
git add file
git commit -q -m 'by CI'
git push -q "$TRASH/origin.git" HEAD:refs/heads/by-ci
SH
git jci hook install
commit_and_wait second
idle
same 1 "$(runs | wc -l)"
same 'by CI' "$(git -C ../origin.git log -1 --format=%s by-ci)"
EOT

# ---- pre-push ----

# gate: a repository whose script fails where there is a file `broken`, with the hook.
gate() {
	git init -q --bare -b main origin.git
	new_repo project <<'SH'
echo "tested $(git -C "$JCI_REPO_ROOT" log -1 --format=%s)"
test ! -e "$JCI_REPO_ROOT/broken"
SH
	git remote add origin ../origin.git
	git jci hook install pre-push
}

it 'pre-push refuses a red commit, and says what to do' <<'EOT'
gate
touch broken
commit broken
rm broken # what is checked out does not count
expect_exit 1 git push -q origin main >../out 2>../err
same '' "$(cat ../out)"
contains ../err 'tested broken'
id=$(the_ref | sed 's|.*/||')
contains ../err "push refused, CI is red for 'main'; see why with: git jci cat $id,"
contains ../err 'git push --no-verify'
same '' "$(git -C ../origin.git for-each-ref)"
same pre-push "$(triggers)"
git push -q --no-verify origin main
same "$(git rev-parse main)" "$(git -C ../origin.git rev-parse main)"
EOT

it 'pre-push runs each commit once, and nothing that has passed' <<'EOT'
gate
git branch same
git push -q origin main same 2>../err
same 1 "$(runs | wc -l)"
contains ../err passed
lacks ../err 'not needed'
git checkout -q -b other
git commit -q --allow-empty -m 'the same files'
git push -q origin other 2>../err
contains ../err 'not needed: the tree of'
same 1 "$(runs | wc -l)"
git config jci.hookIfNeeded false
git push -q origin other:again 2>../err
same 2 "$(runs | wc -l)"
EOT

it 'pre-push lets deletions, tags and commits without a script pass' <<'EOT'
gate
git push -q origin main:gone
touch broken
commit broken
git tag v1
git push -q origin v1 :gone 'refs/jci-runs/*:refs/jci-runs/*'
same 1 "$(runs | wc -l)"
same "$(the_ref)
refs/tags/v1" "$(git -C ../origin.git for-each-ref --format='%(refname)')"
git rm -q -r .jci
commit 'no script'
git push -q origin main 2>../err
contains ../err 'not checked'
contains ../err 'has no .jci/run.sh'
same 1 "$(runs | wc -l)"
EOT

it 'pre-push records the branch, or what it becomes' <<'EOT'
gate
git checkout -q -b topic
echo 1 >file
commit topic
git push -q origin topic:refs/heads/theirs
same topic "$(git jci show --json HEAD | jq -r .branch)"
echo 2 >file
commit more
git push -q origin 'HEAD@{0 seconds ago}:refs/heads/odd'
same odd "$(git jci show --json HEAD | jq -r .branch)"
EOT

it 'pre-push of several branches: a red one refuses all' <<'EOT'
gate
git checkout -q -b bad
touch broken
commit broken
expect_exit 1 git push -q origin main bad 2>../err
same '' "$(git -C ../origin.git for-each-ref)"
contains ../err "red for 'bad'"
EOT

it 'pre-push waits for the run of post-commit, instead of doing it twice' <<'EOT'
gate
make_gate
run_script <<SH
echo began >"$TRASH/began"
read -r line <"$TRASH/gate"
SH
git jci hook install post-commit
commit second
wait_for 'test -s ../began'
git push -q origin main 2>../err &
wait_for 'grep -q "waiting for run" ../err'
echo go >../gate
wait $!
contains ../err 'not needed'
same post-commit "$(triggers)"
EOT

it 'pre-push that is interrupted refuses, and what there is is stored' <<'EOT'
gate
make_gate
run_script <<SH
echo began >"$TRASH/began"
read -r line <"$TRASH/gate"
SH
commit second
printf 'refs/heads/main %s refs/heads/main %s\n' "$(git rev-parse main)" 0000 >../lines
git-jci hook run pre-push -- origin url <../lines 2>../err &
wait_for 'test -s ../began'
kill -TERM $!
expect_exit 143 wait $!
same cancelled "$(git jci show --json | jq -r .reason)"
contains ../err "push refused, because the run for 'main' was cancelled"
lacks ../err 'is red'
EOT

it 'pre-push whose run is cancelled by somebody refuses, and says so' <<'EOT'
gate
make_gate
run_script <<SH
echo began >"$TRASH/began"
read -r line <"$TRASH/gate"
SH
commit second
git push -q origin main 2>../err &
wait_for 'test -s ../began'
git jci cancel latest
expect_exit 1 wait $!
contains ../err "push refused, because the run for 'main' was cancelled"
lacks ../err 'is red'
same '' "$(git -C ../origin.git for-each-ref)"
EOT

it 'pre-push that is interrupted while it waits refuses, and the run goes on' <<'EOT'
gate
make_gate
run_script <<SH
echo began >"$TRASH/began"
read -r line <"$TRASH/gate"
SH
git jci hook install post-commit
commit second
wait_for 'test -s ../began'
printf 'refs/heads/main %s refs/heads/main %s\n' "$(git rev-parse main)" 0000 >../lines
git-jci hook run pre-push -- origin url <../lines 2>../err &
wait_for 'grep -q "waiting for run" ../err'
kill -TERM $!
expect_exit 143 wait $!
contains ../err 'push refused'
echo go >../gate
wait_for 'git jci status -q'
same post-commit "$(triggers)"
EOT

it 'pre-push: what can not be checked is refused' <<'EOT'
gate
chmod -x .jci/run.sh
commit 'not executable'
expect_exit 1 git push -q origin main 2>../err
contains ../err "'.jci/run.sh' is not executable"
contains ../err 'push refused, because CI could not be run'
echo 'nonsense' >../lines
expect_exit 125 .git/hooks/pre-push origin url <../lines 2>../err
contains ../err "'nonsense' is not what git tells"
printf 'refs/heads/main %s refs/heads/main 0\n' 1111111111111111111111111111111111111111 >../lines
expect_exit 125 .git/hooks/pre-push origin url <../lines 2>../err
contains ../err 'unknown revision'
EOT

# without_jci COMMAND...: as if git-jci were not installed.
without_jci() {
	mkdir -p "$TRASH/bin"
	for tool in git sh cat; do
		ln -sf "$(command -v $tool)" "$TRASH/bin/$tool"
	done
	PATH=$TRASH/bin "$@"
}

it 'without git-jci: commits are made, pushes are refused with the reason' <<'EOT'
gate
hook post-commit <<'SH'
echo called >called
SH
git jci hook install
without_jci git commit -q --allow-empty -m second >../out 2>&1
same '' "$(cat ../out)"
same called "$(cat called)"
expect_exit 1 without_jci git push -q origin main 2>../err
contains ../err 'git-jci is not in $PATH'
contains ../err 'git push --no-verify'
contains ../err "'.git/hooks/pre-push'"
EOT

finish
