#!/bin/sh
# The example matrix.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs gcc make xmllint

# outcome XPATH: how many such elements the report of the only run has.
outcome() {
	the_file junit.xml >"$TRASH/junit.xml"
	xmllint --xpath "count(//$1)" "$TRASH/junit.xml"
}

# What the tests have for clang is gcc, which is quick to install.
mkdir "$test_root/bin"
printf '#!/bin/sh\nexec gcc "$@"\n' >"$test_root/bin/clang"
chmod +x "$test_root/bin/clang"
PATH=$test_root/bin:$PATH

it 'every cell is built and tested' <<'EOT'
example matrix
git jci run
same 6 "$(outcome testcase)"
same 0 "$(outcome 'failure | //skipped')"
same 6 "$(the_file matrix.txt | grep -c '^passed ')"
the_file clang-strict/log.txt >"$TRASH/log"
contains "$TRASH/log" 'clang -O2 -Wall -Wextra -Werror -o primes'
same '' "$(git status --porcelain)"
EOT

it 'the cells of a compiler that is not installed are skipped' <<'EOT'
example matrix
sed -i 's/gcc clang/gcc no-such-compiler/' .jci/run.sh
git jci run
same 3 "$(outcome skipped)"
same 0 "$(outcome failure)"
same 'skipped 0' "$(the_file no-such-compiler-fast/result | sed 's/[0-9]*$/0/')"
EOT

it 'a cell that fails makes the run red, and holds up no other' <<'EOT'
example matrix
sed -i 's/static int is_prime/static int unused(void) { return 1 < 2 \&\& 2 > 1; }\n&/' src/primes.c
export MATRIX_JOBS=1
expect_exit 1 git jci run
same 2 "$(outcome failure)"
same 4 "$(the_file matrix.txt | grep -c '^passed ')"
contains "$TRASH/junit.xml" '1 &lt; 2 &amp;&amp; 2 &gt; 1'
EOT

finish
