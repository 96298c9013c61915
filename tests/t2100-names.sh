#!/bin/sh
# Names of runs: what `git jci show NAME` and its kin take.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# run_as ID [ARGUMENT...]: a run with that id, whatever comes of it.
run_as() {
	id=$1
	shift
	git jci run -q --run-id "$id" "$@" 2>"$TRASH/run.err" || test $? -eq 1
}

# found NAME: the id of the run that has that name.
found() {
	git jci show --json "$1" | jq -r .runId
}

# not_found NAME TEXT: there is none, and the message has the text.
not_found() {
	for command in show cat get tail diff; do
		case $command in
		get) expect_exit 125 git jci get "$1" "$TRASH/none" >"$TRASH/out" 2>"$TRASH/err" ;;
		*) expect_exit 125 git jci $command "$1" >"$TRASH/out" 2>"$TRASH/err" ;;
		esac
		same '' "$(cat "$TRASH/out")"
		contains "$TRASH/err" "git-jci: $2"
		same 1 "$(wc -l <"$TRASH/err")"
		test ! -e "$TRASH/none"
	done
}

# three_runs: 1-0000 ok on `one', 2-0000 ok and 3-0000 red on `main'.
three_runs() {
	new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
	run_as 1700000001-0000
	git tag one
	commit second
	run_as 1710000002-0000
	touch broken
	run_as 1710000003-0000
	rm broken
}

it 'latest and latest-ok are the newest of all' <<'EOT'
three_runs
same 1710000003-0000 "$(found latest)"
same 1710000002-0000 "$(found latest-ok)"
same 1710000003-0000 "$(git jci show --json | jq -r .runId)"
EOT

it 'a revision is its newest run' <<'EOT'
three_runs
same 1710000003-0000 "$(found main)"
same 1710000003-0000 "$(found HEAD)"
same 1710000003-0000 "$(found @)"
same 1700000001-0000 "$(found one)"
same 1700000001-0000 "$(found HEAD~1)"
same 1700000001-0000 "$(found HEAD^)"
same 1700000001-0000 "$(found ':/first')"
same 1700000001-0000 "$(found 'main@{0}^')"
same 1700000001-0000 "$(found "$(git rev-parse one)")"
same 1700000001-0000 "$(found "$(git rev-parse --short=7 one)")"
same 1700000001-0000 "$(found "$(git rev-parse one | tr a-f A-F)")"
EOT

it 'REV/latest, REV/latest-ok and REV/ID are runs of that revision' <<'EOT'
three_runs
same 1710000003-0000 "$(found main/latest)"
same 1710000002-0000 "$(found main/latest-ok)"
same 1710000002-0000 "$(found main/1710000002-0000)"
same 1710000002-0000 "$(found main/1710000002)"
same 1700000001-0000 "$(found main~1/latest)"
same 1700000001-0000 "$(found one/latest-ok)"
same 1700000001-0000 "$(found "$(git rev-parse --short one)/latest")"
not_found one/1710000002-0000 "no run '1710000002-0000'"
EOT

it 'a run id and its beginning are a run of any commit' <<'EOT'
three_runs
same 1700000001-0000 "$(found 1700000001-0000)"
same 1700000001-0000 "$(found 1700000001-00)"
same 1700000001-0000 "$(found 1700000001-)"
same 1700000001-0000 "$(found 1700000001)"
same 1700000001-0000 "$(found 1700)"
not_found 1700000001-0001 "no run or revision '1700000001-0001'"
not_found 1700000001-00000 "no run or revision '1700000001-00000'"
not_found 17000000010 "no run or revision '17000000010'"
EOT

it 'a beginning that several runs have is ambiguous' <<'EOT'
three_runs
not_found 1710 "'1710' is the beginning of several runs"
not_found main/1710 "'1710' is the beginning of several runs"
run_as 1710000003-0001
not_found 1710000003 "'1710000003' is the beginning of several runs"
same 1710000003-0001 "$(found 1710000003-0001)"
EOT

it 'the same id on two commits is ambiguous, until the commit is named' <<'EOT'
three_runs
git update-ref "refs/jci-runs/$(git rev-parse one)/1710000003-0000" \
	"$(git rev-parse "refs/jci-runs/$(git rev-parse one)/1700000001-0000")"
not_found 1710000003-0000 "'1710000003-0000' is the beginning of several runs"
same "$(git rev-parse main)" "$(git jci show --json main/1710000003-0000 | jq -r .commit)"
same 1710000003-0000 "$(found one/1710000003-0000)"
EOT

it 'the full ref is a run' <<'EOT'
three_runs
for ref in $(runs); do
	same "${ref##*/}" "$(found "$ref")"
done
not_found "refs/jci-runs/$(git rev-parse main)/1700000001-0000" "no run '1700000001-0000'"
not_found "refs/jci-runs/nonsense/1700000001-0000" "unknown revision 'nonsense'"
not_found refs/jci-runs/ "no run ''"
EOT

it 'branches with slashes are revisions' <<'EOT'
three_runs
git checkout -q -b feature/x
commit third
run_as 1720000001-0000
same 1720000001-0000 "$(found feature/x)"
same 1720000001-0000 "$(found feature/x/latest)"
same 1720000001-0000 "$(found feature/x/latest-ok)"
same 1720000001-0000 "$(found feature/x/1720)"
same 1720000001-0000 "$(found heads/feature/x/latest)"
same 1720000001-0000 "$(found refs/heads/feature/x)"
same 1710000003-0000 "$(found feature/x~1/latest)"
EOT

it 'branches that are called like a run are revisions too' <<'EOT'
three_runs
git branch feature/latest one
git branch 2024 one
git branch release/2024 one
git branch release/latest-ok one
same 1700000001-0000 "$(found feature/latest)"
same 1700000001-0000 "$(found feature/latest/latest)"
same 1700000001-0000 "$(found 2024)"
same 1700000001-0000 "$(found release/2024)"
same 1700000001-0000 "$(found release/latest-ok)"
git branch latest one
same 1710000003-0000 "$(found latest)"
same 1700000001-0000 "$(found refs/heads/latest)"
EOT

it 'a commit that is not here has a name as long as it has a run' <<'EOT'
three_runs
gone=0123456789abcdef0123456789abcdef01234567
target=$(git rev-parse "$(runs | head -n 1)")
git update-ref refs/jci-runs/$gone/1730000001-0000 "$target"
git update-ref refs/jci-runs/$gone/1730000002-0000 "$target"
same 1730000002-0000 "$(found $gone)"
same 1730000002-0000 "$(found 0123456)"
same 1730000001-0000 "$(found 0123456/1730000001)"
same 1730000002-0000 "$(found 01234567/latest)"
same 1730000002-0000 "$(found refs/jci-runs/$gone/1730000002-0000)"
git update-ref refs/jci-runs/0123456789abcdef0123456789abcdef01234568/1730000003-0000 "$target"
not_found 0123456 "commit '0123456' is ambiguous"
same 1730000003-0000 "$(found 0123456789abcdef0123456789abcdef01234568)"
not_found 012 "no run or revision '012'"
EOT

it 'an ambiguous abbreviation of commits is an error' <<'EOT'
new_repo project <<'SH'
true
SH
run_as 1700000001-0000
tree=$(git rev-parse 'HEAD^{tree}')
n=0
>hashes
while test $n -lt 700; do
	n=$((n + 1))
	printf 'tree %s\nauthor A <a@b> %s +0000\ncommitter A <a@b> 1 +0000\n\nx\n' "$tree" $n >commit.$n
	echo "$PWD/commit.$n"
done | git hash-object -t commit -w --stdin-paths >hashes
prefix=$(cut -c 1-4 hashes | grep '[a-f]' | sort | uniq -d | head -n 1)
test -n "$prefix"
not_found "$prefix" "revision '$prefix' is ambiguous"
EOT

it 'a run that goes on has the names of any other' <<'EOT'
GATE=$TRASH/gate
export GATE
mkfifo "$GATE"
exec 9<>"$GATE"
at_end 'printf "\n" >&9'
new_repo project <<'SH'
read -r line <"$GATE"
SH
commit=$(git rev-parse HEAD)
git-jci run -q --run-id 1700000001-abcd 2>../err &
wait_for 'git jci log | grep -q running'
for name in latest main main/latest main/1700 1700000001-abcd 1700 \
	"refs/jci-runs/$commit/1700000001-abcd"; do
	same 1700000001-abcd "$(found "$name")"
done
expect_exit 125 git jci show latest-ok 2>../err
contains ../err 'there is no green run yet'
echo >&9
wait $!
same 1700000001-abcd "$(found latest-ok)"
EOT

it 'what has no run says so, and how to make one' <<'EOT'
three_runs
git commit -q --allow-empty -m third
not_found HEAD "commit $(git rev-parse HEAD | cut -c 1-12) has no run; make one with: git jci run"
not_found HEAD/latest "commit $(git rev-parse HEAD | cut -c 1-12) has no run"
not_found main/latest-ok "commit $(git rev-parse HEAD | cut -c 1-12) has no green run"
not_found nothing "no run or revision 'nothing'"
not_found nothing/latest "no run or revision 'nothing/latest'"
not_found no/such/thing "no run or revision 'no/such/thing'"
not_found '' "no run or revision ''"
not_found / "no run or revision '/'"
not_found latest/latest "no run or revision 'latest/latest'"
EOT

it 'something that is no commit says that' <<'EOT'
three_runs
not_found HEAD:README "'HEAD:README' is not a commit"
EOT

it 'without any run there is no latest' <<'EOT'
new_repo project <<'SH'
true
SH
not_found latest 'there is no run yet; make one with: git jci run'
not_found latest-ok 'there is no green run yet'
EOT

it 'names work with packed refs, annotated tags among them' <<'EOT'
three_runs
git tag -a -m annotated v1 one
git tag -a -m annotated v2 main
git pack-refs --all --prune
same 1700000001-0000 "$(found v1)"
same 1710000003-0000 "$(found v2)"
same 1710000002-0000 "$(found v2/latest-ok)"
same 1700000001-0000 "$(found 1700)"
not_found v0 "no run or revision 'v0'"
not_found v11 "no run or revision 'v11'"
not_found v3 "no run or revision 'v3'"
EOT

finish
