#!/bin/sh
# The example python, by Debian's pylint, pytest and pytest-cov.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs xmllint
# The packages are those of Debian's python3, which may not be the first one.
mkdir "$test_root/bin"
ln -s /usr/bin/python3 "$test_root/bin"
PATH=$test_root/bin:$PATH
for module in pylint pytest pytest_cov; do
	python3 -c "import $module" 2>/dev/null || skip_all "python3 has no $module"
done

it 'a project is linted, tested and measured' <<'EOT'
example python
git jci run
the_file junit.xml >"$TRASH/junit.xml"
same 10 "$(xmllint --xpath 'count(//testcase)' "$TRASH/junit.xml")"
the_file coverage.xml >"$TRASH/coverage.xml"
same 1 "$(xmllint --nonet --xpath 'number(/coverage/@line-rate)' "$TRASH/coverage.xml")"
same '[]' "$(the_file pylint.json | tr -d '[:space:]')"
the_file coverage/index.html >/dev/null
lacks "$TRASH/junit.xml" '<failure'
same '' "$(git status --porcelain --ignored)"
EOT

it 'what Pylint finds fails the run, and the tests run all the same' <<'EOT'
example python
echo 'import os' >>primes.py
expect_exit 1 git jci run
the_file pylint.json >"$TRASH/pylint.json"
contains "$TRASH/pylint.json" unused-import
the_file junit.xml >/dev/null
EOT

it 'so does a failed test' <<'EOT'
example python
sed -i 's/< 2/< 1/' primes.py
expect_exit 1 git jci run
the_file junit.xml >"$TRASH/junit.xml"
same 2 "$(xmllint --xpath 'count(//failure)' "$TRASH/junit.xml")"
EOT

it 'so does too little coverage' <<'EOT'
example python
cat >tests/test_primes.py <<'PY'
"""Tests of primes."""

from primes import is_prime


def test_one():
    """The least of all."""
    assert not is_prime(1)
PY
expect_exit 1 git jci run
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" 'Required test coverage of 80.0% not reached'
lacks "$TRASH/log" 'error: lint failed'
EOT

finish
