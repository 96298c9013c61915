#!/bin/sh
# What `git jci log` lists, in which order and in which form.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# run_as ID [ARGUMENT...]: a run with that id, whatever comes of it.
run_as() {
	id=$1
	shift
	git jci run -q --run-id "$id" "$@" 2>"$TRASH/run.err" || test $? -eq 1
}

# ids: of the runs in the list on standard input.
ids() {
	grep -oE '[0-9]{10,}-[0-9a-f]{4}'
}

# stored ID MESSAGE [COMMIT]: a ref to a commit with that message and an `ok' in its tree.
stored() {
	blob=$(printf ok | git hash-object -w --stdin)
	tree=$(printf '100644 blob %s\tstatus.txt\n' "$blob" | git mktree)
	result=$(printf %s "$2" | git commit-tree "$tree")
	git update-ref "refs/jci-runs/${3:-$(git rev-parse HEAD)}/$1" "$result"
}

# held_repo: a repository whose script says `begun' and waits for a line on fd 9.
held_repo() {
	GATE=$TRASH/gate
	export GATE
	mkfifo "$GATE"
	exec 9<>"$GATE"
	at_end 'printf "\n\n\n\n" >&9'
	new_repo project <<'SH'
echo begun
read -r line <"$GATE"
SH
}

it 'lists the runs of all commits, newest first' <<'EOT'
new_repo project <<'SH'
exit "$(git -C "$JCI_REPO_ROOT" rev-list --count HEAD)"
SH
run_as 1700000002-0000
commit second
run_as 1700000001-ffff
run_as 1700000003-0000
git jci log >out
same '1700000003-0000
1700000002-0000
1700000001-ffff' "$(ids <out)"
contains out 'second'
contains out 'failed'
contains out '(main)'
EOT

it 'marks a run of more than its commit' <<'EOT'
new_repo project <<'SH'
true
SH
echo more >>README
run_as 1700000000-0000
git checkout -q README
run_as 1700000001-0000
git jci log >out
same 1 "$(grep -c '(main, dirty)' out)"
contains out '1700000000-0000'
git jci log -n 1 | grep -F '(main) '
EOT

it 'keeps the order of runs that started in the same second' <<'EOT'
new_repo project <<'SH'
true
SH
run_as 1700000000-ffff
run_as 1700000000-0000
run_as 1700000000-8000
same '1700000000-8000
1700000000-0000
1700000000-ffff' "$(git jci log | ids)"
EOT

it 'shows what the status, the commit and the branch of a run are' <<'EOT'
new_repo project <<'SH'
exit 3
SH
git checkout -q -b feature/x
run_as 1700000000-0000
git jci log >out
contains out "failed    $(git rev-parse --short=10 HEAD) 1700000000-0000 "
contains out ' (feature/x) first commit'
same 1 "$(wc -l <out)"
EOT

it '-n limits their number' <<'EOT'
new_repo project <<'SH'
true
SH
for n in 1 2 3; do run_as 170000000$n-0000; done
same '1700000003-0000
1700000002-0000' "$(git jci log -n 2 | ids)"
same 3 "$(git jci log -n 5 | wc -l)"
same '' "$(git jci log -n 0)"
same 1 "$(git jci log --max-count=1 HEAD | wc -l)"
expect_exit 2 git jci log -n many 2>err
contains err many
EOT

it '--status filters, and -n counts what is left' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
run_as 1700000001-0000
run_as 1700000002-0000
touch broken
run_as 1700000003-0000
same 1700000003-0000 "$(git jci log --status err | ids)"
same 1700000002-0000 "$(git jci log --status=ok -n 1 | ids)"
same '' "$(git jci log --status running)"
expect_exit 2 git jci log --status green 2>err
contains err "no such status: 'green'"
EOT

it '--json and -z exclude each other' <<'EOT'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
for command in log prune show status; do
	git-jci "$command" -h | grep -q -- '--json | -z'
	for both in '--json -z' '-z --json'; do
		expect_exit 2 git jci $command $both >out 2>err
		same '' "$(cat out)"
		same "git-jci: options '--json' and '-z' exclude each other" "$(cat err)"
	done
	git jci $command --json --no-json -z >out
done
EOT

it 'REV lists the runs of its history, A..B those in between' <<'EOT'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
git tag one
commit second
run_as 1700000002-0000
git checkout -q -b side one
commit aside
run_as 1700000003-0000
same '1700000002-0000
1700000001-0000' "$(git jci log main | ids)"
same '1700000003-0000
1700000001-0000' "$(git jci log HEAD | ids)"
same 1700000001-0000 "$(git jci log main~1 | ids)"
same 1700000002-0000 "$(git jci log one..main | ids)"
same 1700000003-0000 "$(git jci log main..side | ids)"
same '' "$(git jci log main..one)"
same 3 "$(git jci log main side | wc -l)"
EOT

it 'an unknown revision or range is an error that names it' <<'EOT'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
expect_exit 125 git jci log absent >out 2>err
contains err "unknown revision 'absent'"
expect_exit 125 git jci log absent..main >out 2>err
contains err "unknown revision 'absent'"
same '' "$(cat out)"
EOT

it '--json prints one object a line' <<'EOT'
new_repo project <<'SH'
echo one
test ! -e "$JCI_REPO_ROOT/broken" || exit 7
SH
run_as 1700000001-0000 --trigger hook
touch broken
run_as 1700000002-0000
git jci log --json >out
same 2 "$(wc -l <out)"
while read -r line; do
	printf '%s\n' "$line" | jq -e 'type == "object"' >/dev/null
done <out
head -n 1 out | jq -r '[.runId, .status, .reason, .exitStatus, .branch, .dirty] | join(" ")' >first
same '1700000002-0000 err failed 7 main true' "$(cat first)"
tail -n 1 out | jq -r '[.runId, .status, .reason, .exitStatus, .trigger] | join(" ")' >last
same '1700000001-0000 ok passed 0 hook' "$(cat last)"
same "$(git rev-parse HEAD)" "$(head -n 1 out | jq -r .commit)"
same "$(runs | sort -r)" "$(jq -r .ref out)"
jq -e '.start < .end and .duration > 0' out >/dev/null
EOT

it '-z prints fields separated by TAB and runs ended by NUL' <<'EOT'
new_repo project <<'SH'
exit 1
SH
before=$(date +%s)
run_as 1700000001-0000
run_as 1700000002-0000
git jci log -z >out
same 2 "$(tr -cd '\0' <out | wc -c)"
same 0 "$(tr -cd '\n' <out | wc -c)"
tr '\0' '\n' <out >lines
same "$(git rev-parse HEAD) 1700000002-0000 err failed" \
	"$(head -n 1 lines | cut -f 1-4 | tr '\t' ' ')"
same 6 "$(head -n 1 lines | tr '\t' '\n' | wc -l)"
test "$(head -n 1 lines | cut -f 5)" -ge "$before"
head -n 1 lines | cut -f 6 | grep -qE '^[0-9]+\.[0-9]{3}$'
EOT

it 'shows runs that go on, and those that were lost' <<'EOT'
held_repo
git-jci run -q 2>../run.err &
wait_for 'git jci cat latest 2>/dev/null | grep -q begun'
git jci log >out
contains out running
same 1 "$(wc -l <out)"
same 'running null' "$(git jci log --json | jq -r '"\(.status) \(.ref)"')"
same 1 "$(git jci log --status running | wc -l)"
same 1 "$(git jci log HEAD | wc -l)"
same '' "$(git jci log --status lost)"
kill -9 $!
wait $! || true
git jci log >out
contains out lost
same 1 "$(git jci log --status lost | wc -l)"
same lost "$(git jci log --json | jq -r .status)"
same '' "$(runs)"
EOT

it 'a run that has ended is listed once' <<'EOT'
held_repo
git-jci run -q 2>../run.err &
wait_for 'git jci log | grep -q running'
echo >&9
wait $!
git jci log >out
same 1 "$(wc -l <out)"
contains out passed
EOT

it 'shows runs of commits that are not in the repository' <<'EOT'
new_repo project <<'SH'
true
SH
gone=0123456789abcdef0123456789abcdef01234567
stored 1700000001-0000 'CI results for 0123456789ab (run 1700000001-0000)' $gone
run_as 1700000002-0000
git jci log >out
same '1700000002-0000
1700000001-0000' "$(ids <out)"
contains out '0123456789 1700000001-0000'
same $gone "$(git jci log --json | tail -n 1 | jq -r .commit)"
EOT

it 'a run whose objects are missing does not hide the others' <<'EOT'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
run_as 1700000003-0000
dir=.git/refs/jci-runs/$(git rev-parse HEAD)
echo 1111111111111111111111111111111111111111 >"$dir/1700000002-0000"
: >"$dir/1700000004-0000"
echo nonsense >"$dir/1700000005-0000"
echo "ref: refs/heads/main" >"$dir/1700000006-0000"
echo x >"$dir/README"
git jci log >out 2>err
same '1700000003-0000
1700000002-0000
1700000001-0000' "$(ids <out)"
contains out '?         '
git jci log --json | jq -e . >/dev/null
same 3 "$(git jci log -z | tr -cd '\0' | wc -c)"
same '' "$(cat err)"
EOT

it 'a ref to something that is no run does not hide the others' <<'EOT'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
head=$(git rev-parse HEAD)
git update-ref "refs/jci-runs/$head/1700000002-0000" "$(git rev-parse HEAD:README)"
git update-ref "refs/jci-runs/$head/1700000003-0000" HEAD
git jci log >out
same '1700000003-0000
1700000002-0000
1700000001-0000' "$(ids <out)"
EOT

it 'the largest run id is shown like any other' <<'EOT'
new_repo project <<'SH'
true
SH
stored 9223372036854775807-ffff 'CI results'
stored 0-0000 'CI results'
same '9223372036854775807-ffff' "$(git jci log -n 1 | ids)"
same 2 "$(git jci log | wc -l)"
git jci log --json | jq -e . >/dev/null
git jci log -z >/dev/null
EOT

it 'branches and subjects can not send anything to the terminal' <<'EOT'
new_repo project <<'SH'
true
SH
branch=$(printf 'ev\302\23331mil\342\200\256x')
git checkout -q -b "$branch"
git commit -q --allow-empty -m "$(printf 'red \033[31m bell \007 title \033]0;t\007\rover\nnext line')"
run_as 1700000001-0000
stored 1700000002-0000 "$(printf '%s\n' 'CI results' '' 'Jci-Status: ok' 'Jci-Reason: passed' \
	"$(printf 'Jci-Branch: \033]52;c;x\007\302\233H')" "$(printf 'Jci-Host: h\033c')")"
for command in log 'log HEAD' 'show 1700000001' status; do
	git jci $command >out
	same 0 "$(tr -cd '\000-\011\013-\037\177' <out | wc -c)"
	lacks out "$(printf '\302\233')"
	lacks out "$(printf '\342\200\256')"
done
git jci log >out
same 2 "$(wc -l <out)"
contains out '(ev\u009b31mil\u202ex)'
contains out 'red \033[31m bell'
git jci log --json | jq -e . >/dev/null
same 0 "$(git jci log --json | tr -cd '\000-\011\013-\037\177' | wc -c)"
EOT

it 'prints no colours but on a terminal, and none there with NO_COLOR' <<'EOT'
command -v script >/dev/null || skip 'there is no script(1)'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
esc=$(printf '\033')
git jci log >out
lacks out "$esc"
export TERM=xterm GIT_PAGER=cat
script -qec 'git jci log' /dev/null >out
contains out "$esc[32mpassed"
NO_COLOR=1 script -qec 'git jci log' /dev/null >out
contains out passed
lacks out "$esc"
TERM=dumb script -qec 'git jci log' /dev/null >out
lacks out "$esc"
EOT

it 'a reader that goes away early is no error' <<'EOT'
new_repo project <<'SH'
true
SH
stored 1700000001-0000 'CI results'
ref=$(runs)
target=$(git rev-parse "$ref")
n=2000
while test $n -gt 0; do
	echo "create ${ref%/*}/17000$((10000 + n))-0000 $target"
	n=$((n - 1))
done | git update-ref --stdin
for form in '' --json -z; do
	git jci log $form 2>err | head -c 10 >/dev/null
	same '' "$(cat err)"
	{ trap '' PIPE; git-jci log $form; echo $? >"$TRASH/status"; } 2>err | head -c 10 >/dev/null
	same '' "$(cat err)"
	same 0 "$(cat "$TRASH/status")"
done
EOT

it 'output that can not be written is an error' <<'EOT'
test -e /dev/full || skip 'there is no /dev/full'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
for form in '' --json -z; do
	expect_exit 125 git jci log $form >/dev/full 2>err
	contains err 'cannot write the output'
done
EOT

it 'a repository without a run has an empty list' <<'EOT'
new_repo project <<'SH'
true
SH
git jci log >out 2>err
same '' "$(cat out err)"
same '' "$(git jci log --json HEAD)"
EOT

it 'so has one without a commit' <<'EOT'
git init -q empty
cd empty
git jci log >out 2>err
same '' "$(cat out err)"
expect_exit 125 git jci log HEAD 2>err
test -s err
EOT

it 'outside a repository it says so' <<'EOT'
GIT_CEILING_DIRECTORIES=$TRASH
export GIT_CEILING_DIRECTORIES
mkdir folder
cd folder
expect_exit 125 git jci log >out 2>err
contains err 'git-jci: not a git repository'
EOT

it 'works in a bare repository and in a linked worktree' <<'EOT'
new_repo project <<'SH'
true
SH
commit second
run_as 1700000001-0000
git worktree add -q ../linked
same 1700000001-0000 "$(cd ../linked && git jci log HEAD | ids)"
git clone -q --bare . ../bare.git
git -C ../bare.git fetch -q "$PWD" 'refs/jci-runs/*:refs/jci-runs/*'
same 1700000001-0000 "$(cd ../bare.git && git jci log | ids)"
EOT

it 'works in a shallow clone' <<'EOT'
new_repo project <<'SH'
true
SH
commit second
run_as 1700000001-0000
git clone -q --depth 1 "file://$PWD" ../shallow
cd ../shallow
git fetch -q origin 'refs/jci-runs/*:refs/jci-runs/*'
same 1700000001-0000 "$(git jci log | ids)"
same 1700000001-0000 "$(git jci log HEAD | ids)"
EOT

it 'reads packed refs as well as loose ones' <<'EOT'
new_repo project <<'SH'
true
SH
git tag -a -m annotated v1
run_as 1700000001-0000
run_as 1700000002-0000
git pack-refs --all
run_as 1700000003-0000
git tag -a -m annotated v2
git jci log >out
same '1700000003-0000
1700000002-0000
1700000001-0000' "$(ids <out)"
same 3 "$(git jci log v1 | wc -l)"
git pack-refs --all
same 3 "$(git jci log v2 | wc -l)"
expect_exit 125 git jci log v3 2>err
contains err "unknown revision 'v3'"
EOT

it 'says on a terminal how to make a run where there is none, and is silent for scripts' <<'EOT'
command -v script >/dev/null || skip 'there is no script(1)'
new_repo project <<'SH'
true
SH
script -qec 'git jci log' /dev/null >out
contains out 'make one with: git jci run'
git jci log >out 2>err
test ! -s out
test ! -s err
EOT

it 'a repository of another user: git has to trust it, and the message says how' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can give a repository away'
new_repo project </dev/null
cd ..
give_away
chown -R 1:1 project
chmod -R a+rX project
cd project
expect_exit 125 as_user git jci log 2>../err
contains ../err 'git config --global --add safe.directory'
lacks ../err 'git init'
EOT

finish
