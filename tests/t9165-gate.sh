#!/bin/sh
# The example gate, with contrib/pre-receive and real pushes.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

# gate: a bare repository as the example's page makes it, origin of a clone with the example in it.
gate() {
	git init -q --bare -b main project.git
	cp "$top_srcdir/contrib/pre-receive" project.git/hooks/
	git -C project.git config --add jci.requireGreen main
	git -C project.git config --add jci.requireGreen 'release/*'
	example gate
	git remote add origin ../project.git
}

it 'a push of a commit without a run is refused; landing it runs CI on what is committed' <<'EOT'
gate
expect_exit 1 git push -q origin main 2>"$TRASH/err"
contains "$TRASH/err" "'main' is refused"
echo 'if' >broken.sh
git add broken.sh
.jci/land
same "$(git rev-parse HEAD)" "$(git -C ../project.git rev-parse main)"
git -C ../project.git jci status main
EOT

it 'what is green already is not run again' <<'EOT'
gate
git jci run -q HEAD
.jci/land
same 1 "$(runs ../project.git | wc -l)"
same "$(git rev-parse HEAD)" "$(git -C ../project.git rev-parse main)"
EOT

it 'a red commit does not get in, nor a run in a dirty work tree' <<'EOT'
gate
echo 'if' >broken.sh
commit broken
expect_exit 1 .jci/land 2>"$TRASH/err"
echo 'true' >broken.sh
git jci run -q
git jci push
expect_exit 1 git push -q origin main 2>"$TRASH/err"
same '' "$(git -C ../project.git for-each-ref refs/heads)"
EOT

it 'other branches are free' <<'EOT'
gate
git push -q origin main:topic
expect_exit 1 git push -q origin main:release/1.0 2>"$TRASH/err"
git checkout -q -b release/1.0
.jci/land origin release/1.0
same "$(git rev-parse HEAD)" "$(git -C ../project.git rev-parse release/1.0)"
EOT

finish
