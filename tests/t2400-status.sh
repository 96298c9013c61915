#!/bin/sh
# `git jci status`: is this commit green?

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# status_is EXIT STATUS [REV]: with -q by its exit status alone, and in every form of output.
status_is() {
	expect_exit "$1" git jci status -q ${3:-} >"$TRASH/out" 2>"$TRASH/err"
	same '' "$(cat "$TRASH/out" "$TRASH/err")"
	expect_exit "$1" git jci status --json ${3:-} >"$TRASH/out"
	same "$2" "$(jq -r .status "$TRASH/out")"
	same "$(git rev-parse "${3:-HEAD}")" "$(jq -r .commit "$TRASH/out")"
	expect_exit "$1" git jci status -z ${3:-} >"$TRASH/out"
	same "$2" "$(tr '\0' '\n' <"$TRASH/out" | cut -f 3)"
	same 6 "$(tr '\t' '\n' <"$TRASH/out" | wc -l | xargs expr 1 +)"
	expect_exit "$1" git jci status ${3:-} >"$TRASH/out"
	same 1 "$(wc -l <"$TRASH/out")"
	contains "$TRASH/out" "$(git rev-parse --short=10 "${3:-HEAD}")"
}

it 'a commit with a green run is green' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q 2>../err
status_is 0 ok
contains ../out 'passed '
EOT

it 'a commit with a red run is red' <<'EOT'
new_repo project <<'SH'
exit 4
SH
expect_exit 1 git jci run -q 2>../err
status_is 1 err
contains ../out 'failed '
same 4 "$(git jci status --json | jq .exitStatus)"
EOT

it 'the newest run counts' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
touch broken
expect_exit 1 git jci run -q 2>../err
status_is 1 err
rm broken
git jci run -q 2>../err
status_is 0 ok
touch broken
expect_exit 1 git jci run -q 2>../err
status_is 1 err
EOT

it 'a commit without a run is not green' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q 2>../err
commit second
status_is 1 none
status_is 0 ok HEAD~1
EOT

it 'a run that goes on is not green yet, and one that was lost never' <<'EOT'
GATE=$TRASH/gate
export GATE
mkfifo "$GATE"
exec 9<>"$GATE"
at_end 'printf "\n\n" >&9'
new_repo project <<'SH'
test ! -e "$GATE.shut" || read -r line <"$GATE"
SH
git jci run -q 2>../err
: >"$GATE.shut"
git-jci run -q 2>../err &
wait_for 'git jci log | grep -q running'
status_is 1 running
kill -9 $!
wait $! || true
status_is 1 lost
contains ../out 'lost '
git jci recover >/dev/null 2>../err
status_is 1 err
contains ../out 'killed '
EOT

it 'answers for several, in their order, and with the worst exit status' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
git tag green
git jci run -q 2>../err
touch broken
commit 'a red one'
git tag red
expect_exit 1 git jci run -q 2>../err
git commit -q --allow-empty -m 'not run'
expect_exit 1 git jci status --json green HEAD red >../out
same 'ok none err' "$(jq -r .status ../out | xargs)"
expect_exit 1 git jci status -q red green
expect_exit 0 git jci status -q green green
expect_exit 1 git jci status -z green red >../out
same 2 "$(tr -cd '\0' <../out | wc -c)"
expect_exit 125 git jci status green absent red >../out 2>../err
same 2 "$(wc -l <../out)"
contains ../err "git-jci: unknown revision 'absent'"
EOT

it 'an unknown revision is neither green nor red' <<'EOT'
new_repo project <<'SH'
true
SH
expect_exit 125 git jci status -q absent 2>../err
contains ../err "unknown revision 'absent'"
expect_exit 125 git jci status HEAD:README 2>../err
contains ../err "is not a commit"
expect_exit 2 git jci status --no-such-option 2>../err
EOT

it 'a branch without a commit says so' <<'EOT'
git init -q empty
cd empty
expect_exit 125 git jci status >../out 2>../err
same '' "$(cat ../out)"
test -s ../err
EOT

it 'a run that can not be read is not green' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q --run-id 1700000001-0000 2>../err
head=$(git rev-parse HEAD)
echo 1111111111111111111111111111111111111111 >".git/refs/jci-runs/$head/1700000002-0000"
expect_exit 1 git jci status >../out
contains ../out 1700000002-0000
EOT

it 'works from a folder below, and for a detached HEAD' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q 2>../err
mkdir -p a/b
cd a/b
git jci status -q
git checkout -q --detach
git jci status -q
EOT

finish
