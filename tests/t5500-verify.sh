#!/bin/sh
# `git jci verify`: is every commit green; and contrib/pre-receive, a gate that asks it.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# project: its script is green unless there is a file `broken` in the work tree.
project() {
	new_repo "${1:-project}" <<'SH'
test ! -e "$JCI_REPO_ROOT/broken"
SH
}

# verdict EXIT VERDICT [ARGUMENT...]: of one commit, in every form of output.
verdict() {
	verdict_exit=$1
	verdict=$2
	shift 2
	expect_exit "$verdict_exit" git jci verify -q "$@" >"$TRASH/out" 2>"$TRASH/err"
	same '' "$(cat "$TRASH/out" "$TRASH/err")"
	expect_exit "$verdict_exit" git jci verify --json "$@" >"$TRASH/json"
	same "$verdict" "$(jq -r .verdict "$TRASH/json")"
	expect_exit "$verdict_exit" git jci verify -z "$@" >"$TRASH/out"
	same "$verdict" "$(tr '\0' '\n' <"$TRASH/out" | cut -f 2)"
	expect_exit "$verdict_exit" git jci verify "$@" >"$TRASH/out"
	same "$verdict_exit" "$(wc -l <"$TRASH/out")"
}

it 'a commit without a run, a green one, a red one' <<'EOT'
project
verdict 1 no-run
same "$(git rev-parse --short=10 HEAD) no run (first commit)" "$(cat ../out)"
same null "$(jq .runId ../json)"
git jci run -q 2>../err
verdict 0 green
same "$(the_ref | sed 's|.*/||') 1 1" "$(jq -r '"\(.runId) \(.green) \(.required)"' ../json)"
touch broken
commit second
expect_exit 1 git jci run -q 2>../err
verdict 1 red
same "$(git rev-parse --short=10 HEAD) failed in run $(git jci show --json HEAD | jq -r .runId) (second)" \
	"$(cat ../out)"
verdict 0 green HEAD~1
EOT

it 'the newest run that counts tells, and so many green ones are required' <<'EOT'
project
git jci run -q --run-id 1700000001-0001 2>../err
verdict 1 too-few --require 2
contains ../out 'only 1 green run, 2 are required'
git jci run -q --run-id 1700000002-0002 2>../err
verdict 0 green --require 2
echo broken >>.git/info/exclude
touch broken
expect_exit 1 git jci run -q --run-id 1700000003-0003 2>../err
verdict 1 red --require 2
verdict 1 red
rm broken
git jci run -q --run-id 1700000004-0004 2>../err
verdict 0 green --require 3
verdict 1 too-few --require 4
contains ../out 'only 3 green runs, 4 are required'
EOT

it 'a run of the future does not count, and is named' <<'EOT'
project
later=$(($(date +%s) + 86400))-00ff
git jci run -q --run-id 99999999999999999-0001 2>../err
verdict 1 no-run
expect_exit 1 git jci verify 2>../err
contains ../err 'run 99999999999999999-0001 of'
eval "$(sed -n 's/.*remove it with: //p' ../err)"
same '' "$(runs)"
git jci run -q --run-id "$later" 2>../err
verdict 1 no-run
same "$later" "$(jq -r .future ../json)"
verdict 1 no-run --host elsewhere
same null "$(jq .future ../json)"
# neither is it the newest, nor one of those that are required
git jci run -q --run-id 1700000001-0001 2>../err
verdict 0 green
same 1700000001-0001 "$(jq -r .runId ../json)"
verdict 1 too-few --require 2
echo broken >>.git/info/exclude
touch broken
expect_exit 1 git jci run -q 2>../err
verdict 1 red
EOT

it 'a clock that is a little ahead is no reason' <<'EOT'
project
git jci run -q --run-id "$(($(date +%s) + 120))-0001" 2>../err
verdict 0 green
same null "$(jq .future ../json)"
EOT

it 'only runs of the trigger and of the host that are asked for count' <<'EOT'
project
git jci run -q --trigger cron 2>../err
verdict 0 green --trigger cron
verdict 0 green --host "$(uname -n)"
verdict 1 no-run --trigger pre-push
contains ../out 'no run by trigger pre-push'
verdict 1 no-run --trigger cro
verdict 1 no-run --trigger cron --host "it's not"
contains ../out "no run by trigger cron on host 'it'\\''s not'"
touch broken
echo broken >>.git/info/exclude
expect_exit 1 git jci run -q --trigger manual 2>../err
verdict 0 green --trigger cron
verdict 1 red --trigger manual
EOT

it 'a run in a dirty work tree does not count, unless with --dirty' <<'EOT'
project
echo change >README
git jci run -q 2>../err
verdict 1 dirty
contains ../out 'only run in a dirty work tree'
verdict 0 green --dirty
git jci run -q HEAD 2>../err
verdict 0 green
touch broken
expect_exit 1 git jci run -q 2>../err
verdict 0 green
verdict 1 red --dirty
EOT

it 'a run that goes on does not count, and is named' <<'EOT'
mkfifo gate
new_repo project <<SH
read -r line <"$TRASH/gate"
SH
git jci run -q --run-id 1700000001-0001 2>../err &
wait_for 'test -n "$(git jci log --status running --json)"'
verdict 1 no-run
contains ../out 'no run; run 1700000001-0001 goes on'
same 1700000001-0001 "$(jq -r .running ../json)"
echo go >../gate
wait $!
verdict 0 green
same null "$(jq -r .running ../json)"
EOT

it 'runs of the Go program count where neither trigger nor host is asked for' <<'EOT'
project
blob=$(echo ok | git hash-object -w --stdin)
tree=$(printf '100644 blob %s\tstatus.txt\n' "$blob" | git mktree)
run=$(git commit-tree -m 'CI results' "$tree")
git update-ref "refs/jci-runs/$(git rev-parse HEAD)/1700000001-0001" "$run"
verdict 0 green
verdict 1 no-run --trigger manual
verdict 1 no-run --host "$(uname -n)"
EOT

it 'a range, several revisions: each commit, and one that is not green is enough' <<'EOT'
project
git tag first
for n in 1 2 3; do
	git commit -q --allow-empty -m $n
done
git jci run -q first..HEAD 2>../err
git jci verify first..HEAD >../out
same '' "$(cat ../out)"
same 3 "$(git jci verify --json first..HEAD | wc -l)"
git jci verify HEAD..HEAD
expect_exit 1 git jci verify first HEAD HEAD~1 >../out
same 1 "$(wc -l <../out)"
git commit -q --allow-empty -m 4
expect_exit 1 git jci verify first..HEAD >../out
same "$(git rev-parse --short=10 HEAD) no run (4)" "$(cat ../out)"
EOT

it 'what is no commit is a failure, not a verdict; wrong usage is another' <<'EOT'
project
expect_exit 125 git jci verify nonsense 2>../err
contains ../err "unknown revision 'nonsense'"
for range in nonsense..HEAD HEAD..nonsense nonsense...HEAD ..nonsense nonsense..; do
	expect_exit 125 git jci verify $range 2>../err
	same "git-jci: unknown revision 'nonsense'" "$(cat ../err)"
done
expect_exit 2 git jci verify --json -z 2>../err
contains ../err "options '--json' and '-z' exclude each other"
git init -q ../empty
expect_exit 125 git -C ../empty jci verify 2>../err
contains ../err "there is no commit yet; make one with 'git commit'"
expect_exit 125 git jci verify deadbeef
expect_exit 2 git jci verify --require 0 2>../err
contains ../err "option '--require' takes a number from 1"
expect_exit 2 git jci verify --require x
cd ..
expect_exit 125 git jci verify
EOT

it 'a full hash of a commit that is not here' <<'EOT'
project
git jci run -q 2>../err
hash=$(git rev-parse HEAD)
git init -q --bare ../other.git
git push -q ../other.git 'refs/jci-runs/*:refs/jci-runs/*'
cd ../other.git
git jci verify "$hash"
git jci verify "$(echo "$hash" | cut -c 1-10)"
expect_exit 1 git jci verify 1111111111111111111111111111111111111111 >../out
same '1111111111 no run' "$(cat ../out)"
EOT

it 'what others wrote is safe on the terminal' <<'EOT'
project
git commit -q --allow-empty -m "$(printf 'title \033[2J \342\200\256 end')"
expect_exit 1 git jci verify --trigger "$(printf 'a\033[2J\n')" >../out
same 1 "$(wc -l <../out)"
lacks ../out "$(printf '\033')"
contains ../out 'title \033[2J \u202e end'
EOT

it 'output that can not be written is no verdict' <<'EOT'
test -w /dev/full || skip 'no /dev/full'
project
expect_exit 125 git jci verify >/dev/full 2>../err
contains ../err 'cannot write the output'
EOT

# ---- contrib/pre-receive ----

# gate: a bare repository with the sample, and a clone of it.
gate() {
	git init -q --bare -b main origin.git
	cp "$top_srcdir/contrib/pre-receive" origin.git/hooks
	project
	git remote add origin ../origin.git
}

it 'pre-receive: a commit without a green run is refused, with what to do' <<'EOT'
gate
expect_exit 1 git push -q origin main 2>../err
contains ../err "'main' is refused"
contains ../err "git jci run $(git rev-parse HEAD) && git jci push REMOTE"
contains ../err "$(git rev-parse --short=10 HEAD) no run"
same '' "$(git -C ../origin.git for-each-ref)"
eval "$(sed -n 's/^remote: *\(git jci run.*REMOTE\).*/\1/p' ../err | sed s/REMOTE/origin/)"
git push -q origin main
same "$(git rev-parse main)" "$(git -C ../origin.git rev-parse main)"
touch broken
commit broken
expect_exit 1 git jci run -q
git jci push
expect_exit 1 git push -q origin main 2>../err
contains ../err 'failed in run'
same "$(git rev-parse main~1)" "$(git -C ../origin.git rev-parse main)"
EOT

it 'pre-receive: deletions, tags and runs pass; one red branch refuses the push' <<'EOT'
gate
git jci run -q 2>../err
git jci push
git tag v1
git push -q origin main main:side v1
touch broken
commit broken
expect_exit 1 git push -q origin main HEAD~1:green 2>../err
lacks ../err "'green' is refused"
git push -q origin :side HEAD:refs/tags/v2
same 'refs/heads/main
refs/tags/v1
refs/tags/v2' "$(git -C ../origin.git for-each-ref --format='%(refname)' | grep -v jci-runs)"
EOT

it 'pre-receive: only branches that match jci.requireGreen' <<'EOT'
gate
git -C ../origin.git config --add jci.requireGreen main
git -C ../origin.git config --add jci.requireGreen 'release/*'
git push -q origin HEAD:refs/heads/topic
expect_exit 1 git push -q origin main 2>../err
expect_exit 1 git push -q origin HEAD:refs/heads/release/1.0 2>../err
contains ../err "'release/1.0' is refused"
git push -q origin 'HEAD:refs/heads/main-2'
EOT

it 'pre-receive: with options, and names that a shell might take for more' <<'EOT'
gate
sed -i 's/^options=$/options="--trigger cron"/' ../origin.git/hooks/pre-receive
git jci run -q --trigger manual 2>../err
git jci push
expect_exit 1 git push -q origin 'HEAD:refs/heads/$(touch$IFS'"'"'x'"'"');"%s"' 2>../err
contains ../err "is refused"
contains ../err 'no run by trigger cron'
test ! -e ../origin.git/x
git jci run -q --trigger cron 2>../err
git jci push
git push -q origin 'HEAD:refs/heads/$(touch$IFS'"'"'x'"'"');"%s"'
EOT

it 'pre-receive: without git-jci nothing gets in' <<'EOT'
gate
mkdir ../bin
for tool in git sh; do
	ln -s "$(command -v $tool)" ../bin
done
expect_exit 1 env PATH="$TRASH/bin" git push -q origin main 2>../err
contains ../err git-jci
same '' "$(git -C ../origin.git for-each-ref)"
EOT

it 'pre-receive is clean by shellcheck' <<'EOT'
command -v shellcheck >/dev/null || skip 'shellcheck is not installed'
shellcheck "$top_srcdir/contrib/pre-receive"
new_repo project
git jci hook install post-commit post-merge post-rewrite pre-push post-receive
shellcheck .git/hooks/post-commit .git/hooks/post-merge .git/hooks/post-rewrite .git/hooks/pre-push \
	.git/hooks/post-receive
EOT

finish
