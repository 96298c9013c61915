#!/bin/sh
# The example coverage-ratchet, by Debian's python3-coverage.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs python3 jq awk
PATH=$top_builddir:/usr/bin:$PATH # Debian's python3, if there is another
python3 -c 'import coverage' 2>/dev/null || skip_all 'there is no coverage.py'

# uncovered N: a function of N lines that no test calls, committed.
uncovered() {
	{
		printf '\n\ndef more():\n'
		yes '    print("more")' | head -n "$1"
	} >>roman.py
	commit "$1 lines more"
}

it 'the first run has nothing to compare with; the next one has' <<'EOT'
example coverage-ratchet
git jci run
git jci cat latest | grep -x 'coverage.txt: 100.*, and nothing to compare it with'
for file in coverage.xml coverage/index.html coverage.json; do
	the_file "$file" >"$TRASH/artifact"
	test -s "$TRASH/artifact"
done
same '' "$(git status --porcelain)"
base=$(git jci show --json | jq -r .runId)
git commit -q --allow-empty -m again
git jci run -q HEAD
same "coverage.txt: 100.00, was 100.00 in run $base (+0.00)" "$(git jci cat latest ratchet.txt)"
EOT

it 'a drop is red, with the base named; it stays red until it is made good' <<'EOT'
example coverage-ratchet
git jci run -q
uncovered 5
expect_exit 1 git jci run -q
git jci cat latest | grep '^error: it may drop by 0.5 at most'
git commit -q --allow-empty -m 'a red run is no base'
expect_exit 1 git jci run -q
git revert --no-edit HEAD~1 >"$TRASH/out"
git jci run -q
EOT

it 'a small drop is allowed, and runs without the number are passed over' <<'EOT'
example coverage-ratchet
git jci run -q
base=$(git jci show --json | jq -r .runId)
git mv .jci/run.sh .jci/later
run_script <<'SH'
true
SH
commit 'for now nothing is measured'
git jci run -q
sed -i 's/^allowed=.*/allowed=30/' .jci/later
git mv -f .jci/later .jci/run.sh
uncovered 5
git jci run -q
git jci cat latest ratchet.txt >"$TRASH/ratchet"
contains "$TRASH/ratchet" "was 100.00 in run $base (-"
EOT

it 'a failed test is red without any comparison' <<'EOT'
example coverage-ratchet
sed -i "s/'IV'), /'IIII'), /" roman.py
expect_exit 1 git jci run -q
git jci show -z | tr '\0' '\n' >"$TRASH/artifacts"
lacks "$TRASH/artifacts" ratchet.txt
EOT

finish
