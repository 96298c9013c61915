#!/bin/sh
# The example c-autotools.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs autoreconf automake gcc clang make
echo 'int main(void) { return 0; }' >"$test_root/main.c"
clang -fsanitize=address,undefined -o "$test_root/main" "$test_root/main.c" 2>/dev/null ||
	skip_all 'clang has no sanitizers'

it 'builds and tests by two compilers, and from the archive' <<'EOT'
example c-autotools
git jci run
for compiler in gcc sanitizers; do
	git jci cat latest "$compiler/primes.tap" >"$TRASH/tap"
	same 3 "$(grep -c '^ok' "$TRASH/tap")"
done
git jci cat latest primes-1.0.tar.gz | tar -tzf - | grep -x primes-1.0/tests/primes.test
same '' "$(git status --porcelain)"
EOT

it 'a warning is an error; the other compiler tries all the same, and finds a byte too much' <<'EOT'
example c-autotools
sed -i 's/calloc(last + 1,/calloc(last,/' primes.c
printf '\n#ifndef __clang__\nstatic void forgotten(void)\n{\n}\n#endif\n' >>primes.c
commit 'two mistakes'
expect_exit 1 git jci run
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" '[-Werror=unused-function]'
contains "$TRASH/log" heap-buffer-overflow
git jci cat latest sanitizers/primes.tap | grep '^not ok 2'
EOT

finish
