#!/bin/sh
# Runs that nobody starts by hand: from git's hooks and from cron.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# hook REPO'S-GIT-DIR NAME: its input becomes the hook.
hook() {
	mkdir -p "$1/hooks"
	{
		echo '#!/bin/sh'
		cat
	} >"$1/hooks/$2"
	chmod +x "$1/hooks/$2"
}

# What of git's own variables a script sees when it is started by hand. Not counted: what says
# where git's programs are, and who makes a commit, which a user may have set just as well.
git_variables() {
	sed -n 's/^\(GIT_[A-Za-z0-9_]*\)=.*/\1/p' |
		grep -v -x -e GIT_EXEC_PATH -e GIT_EDITOR -e GIT_AUTHOR_NAME -e GIT_AUTHOR_EMAIL |
		sort
}

it 'post-commit: runs on the new commit' <<'EOT'
new_repo project <<'SH'
env
git -C "$JCI_REPO_ROOT" log -1 --format=subject:%s
SH
git jci run >../by-hand
hook .git post-commit <<'SH'
git jci run >"$TRASH/out" 2>"$TRASH/err"
SH
export TRASH
echo second >file
git add file
git commit -q -m second
contains ../out subject:second
contains ../err passed
same "$(git_variables <../by-hand)" "$(git_variables <../out)"
same 1 "$(runs | grep -c "^refs/jci-runs/$(git rev-parse HEAD)/")"
git cat-file blob "$(runs | grep "$(git rev-parse HEAD)"):.jci/run.json" | tr -d '\t' >../record
contains ../record '"dirty":false,'
contains ../record '"branch":"main",'
EOT

it 'post-commit of a commit of some files: its index does not reach the script' <<'EOT'
new_repo project <<'SH'
env
cd "$JCI_REPO_ROOT" && git diff --cached --name-only && git ls-files
SH
echo staged >staged
git add staged
git jci run >../by-hand
hook .git post-commit <<'SH'
git jci run >"$TRASH/out" 2>"$TRASH/err"
SH
export TRASH
echo changed >README
GIT_AUTHOR_DATE='2001-02-03T04:05:06Z' git commit -q --only -m only README
same "$(git_variables <../by-hand)" "$(git_variables <../out)"
contains ../out staged
git fsck --strict
EOT

it 'post-commit in a linked work tree: runs there' <<'EOT'
new_repo project <<'SH'
env
cat "$JCI_REPO_ROOT/file"
SH
hook .git post-commit <<'SH'
git jci run >"$TRASH/out" 2>"$TRASH/err"
SH
export TRASH
git worktree add -q -b side ../linked
cd ../linked
echo here >file
git add file
git commit -q -m linked
contains ../out here
contains ../out "JCI_REPO_ROOT=$TRASH/linked"
contains ../out JCI_BRANCH=side
lacks ../out GIT_DIR=
same "refs/jci-runs/$(git rev-parse HEAD)" "$(dirname "$(runs)")"
EOT

it 'post-commit from a folder below, and with git -C' <<'EOT'
new_repo project <<'SH'
echo "root $JCI_REPO_ROOT"
SH
hook .git post-commit <<'SH'
git jci run >"$TRASH/out" 2>"$TRASH/err"
SH
export TRASH
mkdir sub
cd sub
git commit -q --allow-empty -m below
contains "$TRASH/out" "root $TRASH/project"
cd /
git -C "$TRASH/project/sub" commit -q --allow-empty -m far
contains "$TRASH/out" "root $TRASH/project"
git --git-dir="$TRASH/project/.git" --work-tree="$TRASH/project" commit -q --allow-empty -m away
contains "$TRASH/out" "root $TRASH/project"
same 3 "$(runs "$TRASH/project" | wc -l)"
EOT

it 'pre-push: a red run stops the push, a green one lets it through' <<'EOT'
git init -q --bare -b main origin.git
new_repo project <<'SH'
env
test ! -e "$JCI_REPO_ROOT/broken"
SH
git jci run >../by-hand
git remote add origin ../origin.git
hook .git pre-push <<'SH'
git jci run --if-needed --trigger pre-push >"$TRASH/out" 2>"$TRASH/err"
SH
export TRASH
echo x >broken
commit broken
expect_exit 1 git push -q origin main
contains ../err 'exit status 1'
same "$(git_variables <../by-hand)" "$(git_variables <../out)"
same '' "$(git -C ../origin.git for-each-ref)"
git rm -q broken
commit mended
git push -q origin main
# the tree of the first commit, which was green
contains ../err 'not needed'
echo new >file
commit new
git push -q origin main
contains ../err passed
same "$(git rev-parse HEAD)" "$(git -C ../origin.git rev-parse main)"
same "$(git rev-parse main)" "$(git -C ../origin.git for-each-ref --format='%(objectname)')"
EOT

it 'pre-push of what is pushed, not what is checked out: in a clean work tree' <<'EOT'
git init -q --bare -b main origin.git
new_repo project <<'SH'
echo "branch is $(cat "$JCI_REPO_ROOT/README")"
SH
git checkout -q -b side
echo side >README
commit side
git checkout -q main
git remote add origin ../origin.git
hook .git pre-push <<'SH'
while read -r ref hash rest; do
	git jci run --quiet "$hash" || exit
done
SH
git push -q origin side
same side "$(git -C ../origin.git cat-file blob side:README)"
same "refs/jci-runs/$(git rev-parse side)" "$(runs | xargs dirname)"
EOT

it 'post-receive in a bare repository: runs what was pushed' <<'EOT'
git init -q --bare -b main origin.git
new_repo project <<'SH'
env
cat "$JCI_REPO_ROOT/file"
SH
git jci run >../by-hand || true
hook ../origin.git post-receive <<'SH'
while read -r old new ref; do
	git jci run --trigger push "$new" >"$TRASH/out" 2>"$TRASH/err"
done
SH
export TRASH
echo pushed >file
commit file
git push -q ../origin.git main
contains ../out pushed
contains ../out JCI_TRIGGER=push
same "$(git_variables <../by-hand)" "$(git_variables <../out)"
same "refs/jci-runs/$(git rev-parse HEAD)" "$(runs ../origin.git | xargs dirname)"
git -C ../origin.git fsck --strict
same 1 "$(git -C ../origin.git worktree list | wc -l)"
EOT

it 'post-receive without a revision: runs HEAD of the bare repository' <<'EOT'
git init -q --bare -b main origin.git
new_repo project <<'SH'
cat "$JCI_REPO_ROOT/README"
SH
hook ../origin.git post-receive <<'SH'
git jci run
SH
git push ../origin.git main 2>../err
contains ../err 'remote: project'
same 1 "$(runs ../origin.git | wc -l)"
EOT

it 'post-receive in a repository with a work tree: runs what was pushed' <<'EOT'
new_repo project <<'SH'
cat "$JCI_REPO_ROOT/README"
SH
git clone -q . ../clone
hook ../clone/.git post-receive <<'SH'
while read -r old new ref; do
	git jci run "$new"
done
SH
echo pushed >README
commit pushed
git push ../clone main:other 2>../err
contains ../err 'remote: pushed'
same "refs/jci-runs/$(git rev-parse HEAD)" "$(runs ../clone | xargs dirname)"
EOT

it 'pre-receive: is refused with the reason, and nothing is stored' <<'EOT'
git init -q --bare -b main origin.git
new_repo project <<'SH'
echo ran >"$TRASH/ran"
SH
export TRASH
hook ../origin.git pre-receive <<'SH'
read -r old new ref
git jci run "$new"
echo "status $?" >&2
SH
git push ../origin.git main 2>../err
contains ../err 'in a pre-receive hook nothing can be stored yet; use a post-receive hook'
contains ../err 'status 125'
test ! -e ../ran
same '' "$(runs ../origin.git)"
EOT

it 'push options and configuration of the caller do not reach the script' <<'EOT'
git init -q --bare -b main origin.git
git -C origin.git config receive.advertisePushOptions true
new_repo project <<'SH'
env
git config --get jci.secret || echo none
SH
git jci run >../by-hand
hook ../origin.git post-receive <<'SH'
read -r old new ref
git jci run "$new" >"$TRASH/out" 2>"$TRASH/err"
SH
export TRASH
git push -q -o one -o two ../origin.git main
same "$(git_variables <../by-hand)" "$(git_variables <../out)"
git -c jci.secret=x jci run >../out
contains ../out none
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=jci.secret GIT_CONFIG_VALUE_0=x git jci run >../out
contains ../out none
EOT

# Not cron itself: its environment, as crontab(5) of Debian's cron describes it.
as_cron() {
	env -i HOME="$HOME" LOGNAME="$(id -un)" SHELL=/bin/sh PATH=/usr/bin:/bin \
		sh -c "PATH=$top_builddir:\$PATH; $1"
}

it "cron: runs in cron's environment" <<'EOT'
new_repo 'my project' <<'SH'
echo "at $JCI_REPO_ROOT, trigger $JCI_TRIGGER"
test -n "$HOME" && test -n "$PATH"
SH
as_cron "cd '$PWD' && git jci run" >../out 2>../err
contains ../out "at $PWD, trigger script"
contains ../err passed
as_cron "cd '$PWD' && git fetch --quiet 2>/dev/null; git checkout --quiet main 2>/dev/null &&
	git pull --quiet 2>/dev/null; git-jci run" >../out 2>../err
contains ../err passed
same 2 "$(runs | wc -l)"
EOT

it 'without HOME, and in a C locale' <<'EOT'
new_repo project <<'SH'
printf '\303\251\n'
exit 2
SH
expect_exit 1 env -i PATH="$PATH" git-jci run >../out 2>../err
contains ../err 'exit status 2'
printf '\303\251\n' | cmp - ../out
EOT

finish
