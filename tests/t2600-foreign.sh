#!/bin/sh
# Runs of the Go program are read as our own, and ours have what it reads.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/foreign.sh"

# new_run [ARGUMENT...]: runs CI; a red run is fine.
new_run() {
	git jci run -q "$@" 2>"$TRASH/run.err" || test $? -eq 1
}

it 'they are listed among ours' <<'EOT'
new_repo project <<'SH'
true
SH
new_run --run-id 1700000000-0000
echo hello | go_run 1700000001-abcd ok
echo oops | go_run 1700000002-abcd err
new_run --run-id 1700000003-0000
same '1700000003-0000 ok passed
1700000002-abcd err failed
1700000001-abcd ok passed
1700000000-0000 ok passed' "$(git jci log --json | jq -r '"\(.runId) \(.status) \(.reason)"')"
git jci log >../out
contains ../out "failed    $(git rev-parse --short=10 HEAD) 1700000002-abcd"
same 1700000002-abcd "$(git jci log --status err -z | tr '\0' '\n' | cut -f 2)"
same "$(git rev-parse HEAD) 1700000001-abcd ok passed 1700000001 5.000" \
	"$(git jci log -z | tr '\0' '\n' | sed -n 3p | tr '\t' ' ')"
EOT

it 'they have names as ours have' <<'EOT'
new_repo project <<'SH'
true
SH
echo hello | go_run 1700000001-abcd ok
echo oops | go_run 1700000002-abcd err
same 1700000002-abcd "$(git jci show --json latest | jq -r .runId)"
same 1700000001-abcd "$(git jci show --json latest-ok | jq -r .runId)"
same 1700000001-abcd "$(git jci show --json main/1700000001 | jq -r .runId)"
EOT

it 'show and status tell what there is to know' <<'EOT'
new_repo project <<'SH'
true
SH
file=$(printf 12345 | blob)
echo hello | go_run 1700000001-abcd ok "100644 blob $file	artifact" "100755 blob $file	tool" \
	"040000 tree $(printf '100644 blob %s\tfile\n' "$file" | git mktree)	sub"
git jci show >../out
contains ../out 'status    passed'
contains ../out 'program   not git-jci'
contains ../out 'start     2023-11-14 22:13:21 +0000'
contains ../out '     5 B  artifact'
contains ../out '     5 B  tool*'
contains ../out '     5 B  sub/file'
git jci show --json >../json
same 'ok passed null null 5' \
	"$(jq -r '"\(.status) \(.reason) \(.exitStatus) \(.branch) \(.duration)"' ../json)"
same 6 "$(jq '.artifacts | length' ../json)"
expect_exit 0 git jci status -q
echo oops | go_run 1700000002-abcd err
expect_exit 1 git jci status >../out
contains ../out 'failed '
EOT

it 'cat, tail and get give what is stored' <<'EOT'
new_repo project <<'SH'
true
SH
file=$(printf 'no newline' | blob)
link=$(printf sub/file | blob)
echo hello | go_run 1700000001-abcd err "120000 blob $link	link" \
	"040000 tree $(printf '100755 blob %s\tfile\n' "$file" | git mktree)	sub"
echo hello | output err >../expected
git jci cat latest >../out
cmp ../expected ../out
same 'no newline' "$(git jci cat latest sub/file)"
same 'Exit: FAILED - exit status 1' "$(git jci tail -n 1)"
expect_exit 1 git jci tail -f >../out 2>../err
cmp ../expected ../out
contains ../err 'failed: run 1700000001-abcd'
git jci get latest ../got
same 'no newline' "$(cat ../got/link)"
test -x ../got/sub/file
same err "$(cat ../got/status.txt)"
same 'index.html
link
run.output.txt
status.txt
sub' "$(ls -A ../got)"
git jci cat --elapsed latest >../out
same "$(wc -l <../expected)" "$(grep -c '^          - ' ../out)"
EOT

it 'a run that goes on there is running' <<'EOT'
new_repo project <<'SH'
true
SH
echo hello | go_run 1700000001-abcd running
same running "$(git jci log --json | jq -r .status)"
expect_exit 1 git jci status -q
EOT

it 'what is no status is not taken for one' <<'EOT'
new_repo project <<'SH'
true
SH
for status in '' OK okay 'ok ok' lost1; do
	echo hello | go_run 1700000001-abcd "$status"
	same '' "$(git jci log --json | jq -r .status)"
	expect_exit 1 git jci status -q
done
printf 'hello\n' | go_run 1700000001-abcd 'ok
'
expect_exit 0 git jci status -q
EOT

it 'without its files it is still listed' <<'EOT'
new_repo project <<'SH'
true
SH
git update-ref "refs/jci-runs/$(git rev-parse HEAD)/1700000001-abcd" \
	"$(git commit-tree -m 'CI results' "$(git mktree </dev/null)")"
same 1700000001-abcd "$(git jci log --json | jq -r .runId)"
git jci show >../out
expect_exit 125 git jci cat latest 2>../err
contains ../err "the run has no file 'run.output.txt'"
expect_exit 1 git jci status -q
git jci get latest ../got
same '' "$(ls -A ../got)"
EOT

it 'two of them are compared without header and footer' <<'EOT'
new_repo project <<'SH'
true
SH
printf 'hello\nold\n' | go_run 1700000001-abcd ok
commit second
printf 'hello\nnew\n' | go_run 1700000002-abcd err
git jci diff >../out
contains ../out 'status    passed -> failed'
same '-old
+new' "$(sed -n '/^log:$/,$p' ../out | grep '^[-+]')"
lacks ../out Commit
lacks ../out artifacts
EOT

it 'one of them and one of ours are compared without header and footer' <<'EOT'
new_repo project <<'SH'
printf 'hello\nsame\n'
echo text >artifact
SH
file=$(echo text | blob)
printf 'hello\nsame\n' | go_run 1700000001-abcd ok "100644 blob $file	artifact"
commit second
new_run --run-id 1700000002-0000
expect_exit 0 git jci diff --exit-code >../out
lacks ../out log:
lacks ../out artifacts:
expect_exit 0 git jci diff --exit-code 1700000002-0000 1700000001-abcd >../out
printf 'hello\nother\n' | go_run 1700000003-abcd ok "100644 blob $file	artifact"
git jci diff 1700000002-0000 1700000003-abcd >../out
same '-same
+other' "$(sed -n '/^log:$/,$p' ../out | grep '^[-+]')"
EOT

it 'a log without a last newline, or without anything, is compared as well' <<'EOT'
new_repo project <<'SH'
printf 'hello'
SH
printf hello | go_run 1700000001-abcd ok
new_run --run-id 1700000002-0000
expect_exit 0 git jci diff --exit-code 1700000001-abcd 1700000002-0000 >../out
run_script <<'SH'
true
SH
new_run --run-id 1700000003-0000
go_run 1700000004-abcd ok </dev/null
expect_exit 0 git jci diff --exit-code 1700000004-abcd 1700000003-0000 >../out
EOT

it 'what looks like header and footer within the output stays' <<'EOT'
new_repo project <<'SH'
printf 'a\n======================\nb\n======================\nFinished: now\nc\n'
SH
printf 'a\n======================\nb\n======================\nFinished: now\nc\n' |
	go_run 1700000001-abcd ok
new_run --run-id 1700000002-0000
expect_exit 0 git jci diff --exit-code 1700000001-abcd 1700000002-0000 >../out
EOT

it 'ours have what the Go program reads' <<'EOT'
new_repo project <<'SH'
echo hello
test ! -e "$JCI_REPO_ROOT/broken"
SH
new_run
ref=$(runs)
printf %s "$ref" | grep -qE "^refs/jci-runs/$(git rev-parse HEAD)/[0-9]{10}-[0-9a-f]{4}\$"
same "commit" "$(git cat-file -t "$ref")"
same "CI results for $(git rev-parse HEAD | cut -c 1-12) (run ${ref##*/})" \
	"$(git log -1 --format=%s "$ref")"
same '' "$(git log -1 --format=%P "$ref")"
printf ok >../expected
git cat-file blob "$ref:status.txt" | cmp ../expected -
same hello "$(git cat-file blob "$ref:run.output.txt")"
git cat-file blob "$ref:index.html" >../page
contains ../page '<html'
contains ../page hello
for file in status.txt run.output.txt index.html; do
	same 100644 "$(git ls-tree "$ref" $file | cut -d ' ' -f 1)"
done
touch broken
new_run --run-id 1700000001-0000
printf err >../expected
git cat-file blob "refs/jci-runs/$(git rev-parse HEAD)/1700000001-0000:status.txt" | cmp ../expected -
git fsck --strict >../fsck 2>&1
EOT

finish
