#!/bin/sh
# `git jci diff`: what changed between two runs.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# new_run [ARGUMENT...]: runs CI; a red run is fine.
new_run() {
	git jci run -q "$@" 2>"$TRASH/run.err" || test $? -eq 1
}

# compared [ARGUMENT...]: the ids of base and run.
compared() {
	git jci diff --json "$@" | jq -r '"\(.base.runId) \(.run.runId)"'
}

# log_changes [ARGUMENT...]: lines that were added to or removed from the log.
log_changes() {
	git jci diff "$@" | sed -n '/^log:$/,$p' | grep '^[-+]' || true
}

it 'RUN is compared with the green run of the nearest ancestor that has one' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
new_run --run-id 1700000001-0000
new_run --run-id 1700000002-0000
touch broken
new_run --run-id 1700000003-0000
commit second
new_run --run-id 1700000004-0000
git commit -q --allow-empty -m third
rm broken
commit fourth
new_run --run-id 1700000005-0000
new_run --run-id 1700000006-0000
same '1700000002-0000 1700000006-0000' "$(compared)"
same '1700000002-0000 1700000005-0000' "$(compared 1700000005-0000)"
same '1700000002-0000 1700000004-0000' "$(compared HEAD~2)"
git commit -q --allow-empty -m fifth
new_run --run-id 1700000000-0000
same '1700000006-0000 1700000000-0000' "$(compared HEAD)"
EOT

it 'without such an ancestor it says so' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
touch broken
commit red
new_run
rm broken
commit green
new_run
expect_exit 125 git jci diff >../out 2>../err
contains ../err 'has a green run; name the run to compare with'
same '' "$(cat ../out)"
new_run HEAD~2
git jci diff HEAD >../out
EOT

it 'BASE-RUN RUN compares any two, the old one first' <<'EOT'
new_repo project <<'SH'
true
SH
new_run --run-id 1700000001-0000
new_run --run-id 1700000002-0000
same '1700000001-0000 1700000002-0000' "$(compared 1700000001 1700000002)"
same '1700000002-0000 1700000001-0000' "$(compared 1700000002 1700000001)"
expect_exit 2 git jci diff a b c 2>../err
expect_exit 125 git jci diff 1700000001 absent 2>../err
contains ../err "'absent'"
EOT

it 'shows both runs, status and duration' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
new_run --run-id 1700000001-0000
touch broken
commit second
new_run --run-id 1700000002-0000
git jci diff >../out
contains ../out "base      1700000001-0000 $(git rev-parse --short=10 HEAD~1) first commit"
contains ../out "run       1700000002-0000 $(git rev-parse --short=10 HEAD) second"
contains ../out 'status    passed -> failed'
grep -qE '^duration  [0-9].* -> [0-9].* \([-+][0-9]+%\)$' ../out
lacks ../out artifacts
lacks ../out log:
EOT

it 'shows the artifacts that were added, removed and changed' <<'EOT'
new_repo project <<'SH'
mkdir sub
echo same >same
echo old >changed
echo gone >sub/removed
SH
new_run
run_script <<'SH'
mkdir sub
echo same >same
echo new >changed
echo fresh >sub/added
SH
commit second
new_run
git jci diff >../out
sed -n '/^artifacts:$/,/^$/p' ../out | grep '^[AMD] ' >../artifacts
same 'M  changed
A  sub/added
D  sub/removed' "$(cat ../artifacts)"
lacks ../out '+new'
git jci diff --json >../json
same 1 "$(wc -l <../json)"
same 'M changed
A sub/added
D sub/removed' "$(jq -r '.artifacts[] | "\(.change) \(.path)"' ../json)"
jq -e '.logDiffers | not' ../json
EOT

it 'tells what changed in tests and coverage' <<'EOT'
new_repo project <<'SH'
cp "$JCI_REPO_ROOT"/results/* .
SH
mkdir results
printf '1..2\nok 1 - a\nok 2 - b\n' >results/t.tap
printf 'SF:a.c\nDA:1,1\nDA:2,0\nend_of_record\n' >results/lcov.info
commit before
new_run --run-id 1700000001-0000
printf '1..3\nok 1 - a\nnot ok 2 - b\nok 3 - c\n' >results/t.tap
printf 'SF:a.c\nDA:1,1\nDA:2,1\nend_of_record\n' >results/lcov.info
commit after
new_run --run-id 1700000002-0000
git jci diff >../out
contains ../out "tests     2 passed, 1 failed (+1 failed since $(git rev-parse --short=10 HEAD~1))"
contains ../out "coverage  100.0% of 2 lines (+50.0 since $(git rev-parse --short=10 HEAD~1))"
contains ../out '  t.tap: b'
git jci diff --json >../json
same '["t.tap: b"] 0 50' "$(jq -r '.summary | "\(.newlyFailing) \(.base.tests.failed) \(.base.coverage.percent)"' ../json)"
git jci diff 1700000002 1700000001 >../out
contains ../out 'tests     2 passed (-1 failed since'
lacks ../out 'fail now'
EOT

it '-p shows the changes within them too' <<'EOT'
new_repo project <<'SH'
seq 20 >file
head -c 100 /dev/zero >binary
SH
new_run
run_script <<'SH'
seq 20 | sed s/^10$/ten/ >file
head -c 101 /dev/zero >binary
SH
commit second
new_run
git jci diff -p >../out
contains ../out '-10'
contains ../out '+ten'
contains ../out '+++ b/file'
contains ../out 'inary files'
lacks ../out run.json
lacks ../out run.output.txt
lacks ../out status.txt
EOT

it 'of two logs only the real change is shown' <<'EOT'
new_repo project <<'SH'
echo "started $(date) / $(date -u +%Y-%m-%dT%H:%M:%SZ) / $(date +%T)"
echo "commit $JCI_COMMIT run $JCI_RUN_ID"
echo "pid $$, made [$$]"
echo "in $JCI_OUTPUT_DIR/file"
temporary=$(mktemp -d)
echo "temporary $temporary/a"
rmdir "$temporary"
echo "took 0.$(printf %03d $(($$ % 1000)))s at 0x7f$(printf %08x $$)"
cat "$JCI_REPO_ROOT/result"
echo end
SH
echo 'tests: 12 passed' >result
commit 'with a result'
new_run
echo 'tests: 11 passed' >result
commit 'another result'
new_run
same '-tests: 12 passed
+tests: 11 passed' "$(log_changes)"
git jci diff --json | jq -e .logDiffers
echo 'tests: 11 passed' >other
commit 'same result'
new_run
same '' "$(log_changes)"
git jci diff --exit-code >../out
git jci diff --json | jq -e '.logDiffers | not'
EOT

it 'a run in a temporary work tree differs no more than one in place' <<'EOT'
new_repo project <<'SH'
echo "$JCI_REPO_ROOT/file: in $JCI_OUTPUT_DIR"
SH
new_run HEAD
commit second
new_run HEAD
same '' "$(log_changes)"
EOT

it '--exit-code is 1 where anything but the time differs' <<'EOT'
new_repo project <<'SH'
cat "$JCI_REPO_ROOT/log" 2>/dev/null
test ! -e "$JCI_REPO_ROOT/artifact" || cp "$JCI_REPO_ROOT/artifact" .
test ! -e "$JCI_REPO_ROOT/broken"
SH
new_run --run-id 1700000001-0000
new_run --run-id 1700000002-0000
touch broken
new_run --run-id 1700000003-0000
mv broken artifact
new_run --run-id 1700000004-0000
mv artifact log
echo text >log
new_run --run-id 1700000005-0000
expect_exit 0 git jci diff --exit-code 1700000001 1700000002 >../out
for run in 3 4 5; do
	expect_exit 1 git jci diff --exit-code 1700000001 170000000$run >../out
	expect_exit 1 git jci diff --exit-code --json 1700000001 170000000$run >../out
	expect_exit 0 git jci diff 1700000001 170000000$run >../out
done
expect_exit 0 git jci diff --exit-code latest latest >../out
EOT

it 'a page of the script is an artifact, one of git-jci is not' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/page" || cp "$JCI_REPO_ROOT/page" index.html
SH
new_run
commit second
new_run
lacks_page() { git jci diff >../out; lacks ../out index.html; }
lacks_page
echo '<p>mine' >page
commit third
new_run
git jci diff >../out
contains ../out 'M  index.html'
EOT

it 'names and logs can not send anything to the terminal' <<'EOT'
new_repo project <<'SH'
printf 'a\033]0;title\007\033[2Jb\033[31m%s\n' "$(git -C "$JCI_REPO_ROOT" rev-list --count HEAD)"
printf 'x\033[2Jy' >"$(printf 'f\033[31m%s' "$JCI_RUN_ID")"
SH
new_run
commit "$(printf 'sub\033[31mject')"
new_run
for options in '' -p --json; do
	git jci diff $options >../out
	same 0 "$(tr -cd '\000-\010\013-\032\034-\037\177' <../out | wc -c)"
	lacks ../out "$(printf '\033]')"
	lacks ../out "$(printf '\033[2J')"
done
git jci diff >../out
lacks ../out "$(printf '\033')"
git jci diff --json | jq -e . >/dev/null
EOT

it 'prints colours on a terminal only' <<'EOT'
command -v script >/dev/null || skip 'there is no script(1)'
new_repo project <<'SH'
git -C "$JCI_REPO_ROOT" rev-list --count HEAD
SH
new_run
commit second
new_run
export TERM=xterm GIT_PAGER=cat
script -qec 'git jci diff' /dev/null | tr -d '\r' >../out
contains ../out "$(printf '\033[31m-1\033[m')"
contains ../out "$(printf '\033[32m+2\033[m')"
git jci diff >../out
lacks ../out "$(printf '\033')"
EOT

it 'a run that is not stored can not be compared' <<'EOT'
GATE=$TRASH/gate
export GATE
mkfifo "$GATE"
exec 9<>"$GATE"
at_end 'printf "\n" >&9'
new_repo project <<'SH'
test "$JCI_RUN_ID" = 1700000001-0000 || read -r line <"$GATE"
SH
new_run --run-id 1700000001-0000
git-jci run -q --run-id 1700000002-0000 2>../err &
wait_for 'git jci log --status running | grep -q .'
expect_exit 125 git jci diff 1700000001 1700000002 2>../err
contains ../err "run '1700000002-0000' is not stored yet"
echo >&9
wait $!
EOT

it 'finds its base in a shallow clone, and says so where it is cut off' <<'EOT'
new_repo project <<'SH'
true
SH
new_run --run-id 1700000001-0000
commit second
new_run --run-id 1700000002-0000
git clone -q --depth 2 "file://$PWD" ../two
git clone -q --depth 1 "file://$PWD" ../one
for clone in one two; do
	git -C ../$clone fetch -q origin 'refs/jci-runs/*:refs/jci-runs/*'
done
cd ../two
same '1700000001-0000 1700000002-0000' "$(compared)"
cd ../one
expect_exit 125 git jci diff 2>../err
contains ../err 'has a green run; name the run to compare with'
same '1700000001-0000 1700000002-0000' "$(compared 1700000001 1700000002)"
EOT

finish
