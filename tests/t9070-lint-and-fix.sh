#!/bin/sh
# The example lint-and-fix, with the fixer that needs no tool, and one of the test's own.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

# example_without_tools: only 10-whitespace, and one that writes "colour".
example_without_tools() {
	example lint-and-fix
	rm .jci/fix.d/[23]*
	cat >.jci/fix.d/50-spelling <<'SH'
#!/bin/sh
set -eu
git grep -I --name-only -z -w color -- '*.txt' | xargs -0 -r sed -i 's/\bcolor\b/colour/g'
SH
	chmod +x .jci/fix.d/50-spelling
	commit 'fixers'
}

it 'files that are as they should be are green' <<'EOT'
example_without_tools
git jci run HEAD
git jci run
same '' "$(git jci show -z | tr '\0' '\n' | grep patch || :)"
same '' "$(git status --porcelain)"
same 1 "$(git worktree list | wc -l)"
EOT

it 'what several fixers change is one patch, and it mends the files' <<'EOT'
example_without_tools
printf 'a color  \nno newline' >'two words.txt'
commit 'a text'
expect_exit 1 git jci run HEAD
same '' "$(git status --porcelain)"
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" "fix.patch | git apply"
git jci cat latest fix.patch | git apply
same 'a colour
no newline' "$(cat 'two words.txt')"
commit 'mended'
git jci run HEAD
EOT

it 'in the work tree, what is changed there is looked at, and left alone' <<'EOT'
example_without_tools
printf 'text \n' >a.txt
git add a.txt
expect_exit 1 git jci run
same 'text ' "$(cat a.txt)"
same 'A  a.txt' "$(git status --porcelain)"
git jci cat latest fix.patch | git apply
same text "$(cat a.txt)"
same '' "$(git stash list)"
EOT

it 'a fixer that complains makes the run red' <<'EOT'
example_without_tools
printf '#!/bin/sh\necho "this is wrong"\nexit 3\n' >.jci/fix.d/90-complain
chmod +x .jci/fix.d/90-complain
commit 'complain'
expect_exit 1 git jci run HEAD
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" 'this is wrong'
contains "$TRASH/log" 'error: 90-complain ended with status 3'
EOT

it 'with the hook, a push is refused until the patch is applied' <<'EOT'
git init -q --bare "$TRASH/remote.git"
example_without_tools
git remote add origin "$TRASH/remote.git"
git jci hook install pre-push
printf 'text \n' >a.txt
commit 'a text'
expect_exit 1 git push -q origin main 2>"$TRASH/push"
run=$(sed -n 's/.*git jci cat \([^ ]*\) fix.patch | git apply/\1/p' "$TRASH/push" | head -n 1)
git jci cat "$run" fix.patch | git apply
git commit -q -a --amend --no-edit
git push -q origin main
same "$(git rev-parse HEAD)" "$(git -C "$TRASH/remote.git" rev-parse main)"
EOT

it 'the fixers for shell and Python' <<'EOT'
needs black shfmt shellcheck
example lint-and-fix
git jci run HEAD
printf '#!/bin/sh\nif true ; then\n        echo x\nfi\n' >a.sh
printf "print( 'x' )\n" >b.py
commit 'scripts'
expect_exit 1 git jci run HEAD
git jci cat latest fix.patch | git apply
contains a.sh 'if true; then'
contains b.py 'print("x")'
EOT

finish
