#!/bin/sh
# `git jci push` and `git jci pull`: runs on other repositories.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# a_team: `origin`, a bare repository, and `alice` and `bob`, who have it as a remote; in alice's.
a_team() {
	git init -q --bare -b main origin
	new_repo alice <<'SH'
echo hello
SH
	git remote add origin ../origin
	git push -q origin main
	git clone -q ../origin ../bob
	git -C ../bob config user.name Bob
	git -C ../bob config user.email bob@example.com
}

# run_here [ARGUMENT...]: makes a run and prints its ref.
run_here() {
	runs >"$TRASH/before"
	git jci run -q "$@" 2>/dev/null
	runs | comm -13 "$TRASH/before" -
}

# store_as REF STATUS: a hand-made run.
store_as() {
	blob=$(echo "$2" | git hash-object -w --stdin)
	tree=$(printf '100644 blob %s\tstatus.txt\n' "$blob" | git mktree)
	git update-ref "$1" "$(echo "run, $2" | git commit-tree "$tree")"
}

it 'push sends what is missing, once, and nothing else' <<'EOT'
a_team
for n in 1 2 3; do
	run_here >/dev/null
done
git branch other
git jci push >../out
contains ../out '3 runs sent'
same "$(runs)" "$(runs ../origin)"
same 'refs/heads/main' "$(git -C ../origin for-each-ref --format='%(refname)' refs/heads refs/tags)"
git jci push >../out
same '3 were there' "$(cat ../out)"
ref=$(run_here)
git jci push >../out
contains ../out "${ref##*/}"
contains ../out '1 run sent, 3 were there'
same "$(runs)" "$(runs ../origin)"
EOT

it 'push takes one connection when something is new, however many runs there are' <<'EOT'
a_team
run_here >/dev/null
git jci push >/dev/null
run_here >/dev/null
run_here >/dev/null
GIT_TRACE=$TRASH/trace git jci push >../out
contains ../out '2 runs sent'
same 1 "$(grep -cE 'exec: git (push|fetch|ls-remote)|built-in: git (push|fetch|ls-remote)' "$TRASH/trace")"
EOT

it 'push asks the remote when it believes that nothing is new' <<'EOT'
a_team
ref=$(run_here)
git jci push >/dev/null
git -C ../origin update-ref -d "$ref"
git jci push >../out
contains ../out '1 run sent'
same "$ref" "$(runs ../origin)"
EOT

it 'push sends again what the remote has lost meanwhile, and says so' <<'EOT'
a_team
one=$(run_here)
run_here >/dev/null
git jci push >/dev/null
git -C ../origin update-ref -d "$one"
run_here >/dev/null
git jci push >../out
contains ../out '2 runs sent, 1 was there'
same "$(runs)" "$(runs ../origin)"
EOT

it 'push takes a run that is named twice as one' <<'EOT'
a_team
run_here >/dev/null
git jci push origin latest HEAD latest-ok >../out
contains ../out '1 run sent'
git jci push origin latest latest >../out
same '1 was there' "$(cat ../out)"
EOT

it 'push and pull take any path, and tell what the remote itself says' <<'EOT'
a_team
run_here >/dev/null
git init -q --bare '../x=y.git'
git jci push '../x=y.git' >../out 2>../err
contains ../out '1 run sent'
git -C ../bob jci pull '../x=y.git' >../out
contains ../out '1 run fetched'
expect_exit 125 git jci push /nowhere 2>../err
lacks ../err 'config remote shorthand'
cat >../origin/hooks/pre-receive <<'SH'
#!/bin/sh
echo 'quota exceeded: write to the admin' >&2
exit 1
SH
chmod +x ../origin/hooks/pre-receive
expect_exit 1 git jci push >../out 2>../err
contains ../err 'remote: quota exceeded: write to the admin'
contains ../out 'pre-receive hook declined'
EOT

it 'pull tells what keeps git from writing a ref' <<'EOT'
a_team
ref=$(run_here)
git jci push >/dev/null
cd ../bob
mkdir -p ".git/${ref%/*}"
: >".git/$ref.lock"
expect_exit 1 git jci pull >../out
contains ../out "$ref.lock': File exists"
lacks ../out 'another result'
rm ".git/$ref.lock"
git jci pull >../out
contains ../out '1 run fetched'
EOT

it 'pull --follow ends when nobody reads what it prints' <<'EOT'
a_team
run_here >/dev/null
git jci push >/dev/null
mkfifo ../pipe
(cd ../bob && exec git-jci pull --follow --interval 1s >../pipe 2>../err) &
follower=$!
head -n 1 ../pipe >../first
contains ../first fetched
run_here >/dev/null
git jci push >/dev/null
expect_exit 125 wait $follower
EOT

it 'pull --quiet prints nothing, and its status tells' <<'EOT'
a_team
run_here >/dev/null
git jci push >/dev/null
git -C ../bob jci pull -q >../out 2>&1
same '' "$(cat ../out)"
same "$(runs)" "$(runs ../bob)"
EOT

it 'push sends the named runs only' <<'EOT'
a_team
one=$(run_here)
two=$(run_here)
git jci push origin "${two##*/}" >../out
contains ../out '1 run sent'
same "$two" "$(runs ../origin)"
expect_exit 125 git jci push origin nonsense 2>../err
contains ../err "nonsense"
EOT

it 'push --dry-run and pull --dry-run change nothing' <<'EOT'
a_team
run_here >/dev/null
git jci push -n >../out
contains ../out '1 run to send'
same '' "$(runs ../origin)"
git jci push >/dev/null
cd ../bob
git jci pull --dry-run >../out
contains ../out '1 run'
same '' "$(runs)"
EOT

it 'push tells which runs were refused, and why' <<'EOT'
a_team
one=$(run_here)
two=$(run_here)
cat >../origin/hooks/update <<SH
#!/bin/sh
test "\$1" != "$two" || { echo 'no room for this' >&2; exit 1; }
SH
chmod +x ../origin/hooks/update
expect_exit 1 git jci push >../out
contains ../out "refused"
contains ../out "${two##*/}"
contains ../out 'hook declined'
contains ../out '1 run sent, 1 refused'
same "$one" "$(runs ../origin)"
expect_exit 1 git jci push --json >../out
same 'refused' "$(jq -r --arg ref "$two" 'select(.ref == $ref).fate' ../out)"
EOT

it 'push never replaces a finished run' <<'EOT'
a_team
ref=refs/jci-runs/$(git rev-parse HEAD)/1700000000-abcd
store_as "$ref" ok
git push -q origin "$ref"
there=$(git rev-parse "$ref")
store_as "$ref" err
expect_exit 1 git jci push >../out
contains ../out 'another result of this run is there'
same "$there" "$(git -C ../origin rev-parse "$ref")"
same '' "$(git for-each-ref refs/jci-incoming)"
EOT

it 'push replaces the state of a run that went on' <<'EOT'
a_team
ref=refs/jci-runs/$(git rev-parse HEAD)/1700000000-abcd
store_as "$ref" running
git push -q origin "$ref"
store_as "$ref" ok
git jci push >../out
contains ../out 'replaced'
same "$(git rev-parse "$ref")" "$(git -C ../origin rev-parse "$ref")"
same '' "$(git for-each-ref refs/jci-incoming)"
EOT

it 'push leaves out what is stored as running' <<'EOT'
a_team
ref=refs/jci-runs/$(git rev-parse HEAD)/1700000000-abcd
store_as "$ref" running
git jci push >../out
contains ../out '1 left out that goes on'
same '' "$(runs ../origin)"
git jci push --running >../out
contains ../out '1 run sent'
same "$ref" "$(runs ../origin)"
EOT

it 'push and pull say what git says about a remote that is not there' <<'EOT'
a_team
run_here >/dev/null
expect_exit 125 git jci push nowhere 2>../err
contains ../err "'nowhere' does not appear to be a git repository"
expect_exit 125 git jci pull nowhere 2>../err
contains ../err "'nowhere' does not appear to be a git repository"
expect_exit 125 git jci pull -- --upload-pack=true 2>../err
contains ../err "is not the name of a remote"
git remote remove origin
expect_exit 125 git jci push 2>../err
contains ../err 'git remote add origin URL'
EOT

it 'a remote that does not answer is given up after jci.remoteTimeout' <<'EOT'
a_team
run_here >/dev/null
mkfifo ../never
cat >../hang <<SH
#!/bin/sh
read -r line <"$TRASH/never"
SH
chmod +x ../hang
git config remote.origin.receivepack "$TRASH/hang"
git config remote.origin.uploadpack "$TRASH/hang"
at_end "exec 9<>'$TRASH/never'; printf '\n\n\n\n' >&9"
git config jci.remoteTimeout 1s
expect_exit 125 git jci push 2>../err
contains ../err "'origin' did not answer in time"
expect_exit 125 git jci pull 2>../err
contains ../err "'origin' did not answer in time"
EOT

it 'pull fetches what is not here, and nothing else' <<'EOT'
a_team
run_here >/dev/null
run_here >/dev/null
git jci push >/dev/null
git commit -q --allow-empty -m second
git tag one
git push -q origin main one
cd ../bob
head=$(git rev-parse origin/main)
git jci pull >../out
contains ../out '2 runs fetched'
same "$(runs ../alice)" "$(runs)"
same "$head" "$(git rev-parse origin/main)"
same '' "$(git tag)"
test ! -e .git/FETCH_HEAD
git jci pull >../out
same '2 were here' "$(cat ../out)"
git jci push >../out
same '2 were there' "$(cat ../out)"
EOT

it 'pull refuses another result of a finished run' <<'EOT'
a_team
ref=refs/jci-runs/$(git rev-parse HEAD)/1700000000-abcd
store_as "$ref" ok
git push -q origin "$ref"
store_as "$ref" err
here=$(git rev-parse "$ref")
new=$(git -C ../bob jci run -q 2>/dev/null && runs ../bob)
git -C ../bob jci push >/dev/null
expect_exit 1 git jci pull >../out
contains ../out 'another result of this run is here'
contains ../out '1 run fetched, 1 refused'
same "$here" "$(git rev-parse "$ref")"
git rev-parse -q --verify "$new"
EOT

it 'pull takes the later state of a run that went on' <<'EOT'
a_team
ref=refs/jci-runs/$(git rev-parse HEAD)/1700000000-abcd
store_as "$ref" running
git push -q origin "$ref"
cd ../bob
git jci pull >../out
contains ../out '1 run fetched'
contains ../out "${ref##*/}"
cd ../alice
store_as "$ref" ok
git push -q -f origin "$ref"
cd ../bob
git jci pull >../out
contains ../out 'replaced'
same "$(git -C ../alice rev-parse "$ref")" "$(git rev-parse "$ref")"
EOT

it 'pull keeps no ref that is not named as a run' <<'EOT'
a_team
run_here >/dev/null
git jci push >/dev/null
git push -q origin main:refs/jci-runs/evil main:refs/jci-runs/0000/1-2
cd ../bob
git jci pull >../out
contains ../out '1 run fetched'
same "$(runs ../alice)" "$(runs)"
EOT

it 'pull --prune removes what was removed there, and keeps what never was there' <<'EOT'
a_team
one=$(run_here)
two=$(run_here)
git jci push >/dev/null
cd ../bob
git jci pull >/dev/null
own=$(run_here)
git -C ../origin update-ref -d "$one"
git jci pull >../out
same "$one" "$(runs | grep "$one")"
git -C ../origin update-ref -d "$two"
git jci pull --prune --dry-run >../out
contains ../out '2 removed'
same 3 "$(runs | wc -l)"
git jci pull --prune >../out
contains ../out '2 removed'
same "$own" "$(runs)"
EOT

it 'pull --prune: nor what was changed here since, nor what this remote never had' <<'EOT'
a_team
git init -q --bare ../other
ref=refs/jci-runs/$(git rev-parse HEAD)/1700000000-abcd
store_as "$ref" ok
one=$(run_here)
git jci push >/dev/null
git -C ../origin update-ref -d "$ref"
store_as "$ref" err
git jci push ../other "${one##*/}" >/dev/null
git -C ../other update-ref -d "$one"
git jci pull --prune >../out
lacks ../out removed
printf '%s\n' "$ref" "$one" | sort >../expected
same "$(cat ../expected)" "$(runs | sort)"
EOT

# tree [ENTRY...]: writes a tree as no working git would, and prints its id; ENTRY is MODE NAME OID.
tree() {
	perl -e 'print map { my ($mode, $name, $oid) = split; "$mode $name\0" . pack "H*", $oid } @ARGV' "$@" |
		git hash-object -t tree -w --literally --stdin
}

# push_tree ID TREE: as a run of HEAD; plainly, as anyone can.
push_tree() {
	git push -q origin "$(echo run | git commit-tree "$2"):refs/jci-runs/$(git rev-parse HEAD)/$1"
}

it 'pull refuses what is no run, says why, and keeps nothing of it' <<'EOT'
a_team
good=$(run_here)
git jci push >/dev/null
ok=$(printf ok | git hash-object -w --stdin)
large=$(head -c 100000 /dev/zero | git hash-object -w --stdin)
odd=$(echo green | git hash-object -w --stdin)
other=$(git cat-file blob "$good:.jci/run.json" | sed 's/"runId":.*/"runId": "1700000000-ffff",/' | git hash-object -w --stdin)
git push -q origin "$ok:refs/jci-runs/$(git rev-parse HEAD)/1700000000-0001"
push_tree 1700000000-0002 "$(git mktree </dev/null)"
push_tree 1700000000-0003 "$(tree "100644 status.txt $large")"
push_tree 1700000000-0004 "$(tree "100644 status.txt $odd")"
push_tree 1700000000-0005 "$(tree "100644 .. $ok" "100644 status.txt $ok")"
sub=$(tree "100644 run.json $other")
push_tree 1700000000-0006 "$(tree "40000 .jci $sub" "100644 status.txt $ok")"
sub=$(tree "100644 log $ok")
push_tree 1700000000-0007 "$(tree "40000 .jci $(tree "40000 log $sub")" "100644 status.txt $ok")"
cd ../bob
expect_exit 1 git jci pull >../out
contains ../out '1 run fetched, 7 refused'
contains ../out "1700000000-0002: cannot read 'status.txt'"
contains ../out "1700000000-0003: 'status.txt' of the run is not what it should be"
contains ../out "1700000000-0004: 'status.txt' of the run does not fit"
contains ../out "1700000000-0005: the run has a file with the forbidden name '..'"
contains ../out "1700000000-0006: '.jci/run.json' of the run does not fit"
contains ../out "1700000000-0007: '.jci/log' of the run is not what it should be"
same "$good" "$(runs)"
same "$good" "$(git jci log --json | jq -r .ref)"
EOT

it 'pull refuses a descendant in place of a finished run, which git would take' <<'EOT'
a_team
ref=$(run_here)
git jci push >/dev/null
git -C ../bob jci pull >/dev/null
here=$(git rev-parse "$ref")
next=$(echo more | git commit-tree -p "$ref" "$ref^{tree}")
git push -q origin "$next:$ref"
cd ../bob
expect_exit 1 git jci pull >../out
contains ../out 'another result of this run is here'
same "$here" "$(git rev-parse "$ref")"
EOT

it 'pull --follow brings what comes later, until it is interrupted' <<'EOT'
a_team
cd ../bob
git-jci pull --follow --interval 1s >../out 2>../err &
follower=$!
cd ../alice
ref=refs/jci-runs/$(git rev-parse HEAD)/1700000000-abcd
store_as "$ref" running
git push -q origin "$ref"
wait_for "git -C ../bob rev-parse -q --verify $ref"
store_as "$ref" ok
git push -q -f origin "$ref"
wait_for "test \$(git -C ../bob rev-parse $ref) = $(git rev-parse "$ref")"
wait_for "grep -q replaced ../out"
kill -TERM $follower
expect_exit 143 wait $follower
contains ../out 'fetched'
contains ../out 'replaced'
same '' "$(cat ../err)"
EOT

it 'pull --follow tells once what is refused' <<'EOT'
a_team
push_tree 1700000000-0001 "$(git mktree </dev/null)"
cd ../bob
git-jci pull --follow --interval 1s >../out 2>../err &
follower=$!
wait_for 'grep -q refused ../out'
for n in 1 2; do
	ref=$(cd ../alice && run_here)
	git -C ../alice jci push >/dev/null
	wait_for "git rev-parse -q --verify $ref"
done
wait_for 'test "$(grep -c "run fetched" ../out)" -eq 2'
kill -TERM $follower
expect_exit 143 wait $follower
same 3 "$(grep -c '1700000000-0001' ../out)"
EOT

it 'two who push at once both succeed' <<'EOT'
a_team
for n in 1 2 3 4 5; do
	run_here >/dev/null
	(cd ../bob && run_here >/dev/null)
done
git jci push >../out1 2>../err1 &
alice=$!
git -C ../bob jci push >../out2 2>../err2
wait $alice
same 10 "$(runs ../origin | wc -l)"
EOT

it 'two who push the same runs at once both succeed' <<'EOT'
a_team
for n in 1 2 3 4 5 6 7 8; do
	run_here >/dev/null
done
for n in 1 2 3; do
	git for-each-ref --format='delete %(refname)' refs/jci-runs |
		git -C ../origin update-ref --stdin
	git jci push >../out1 2>../err1 &
	other=$!
	git jci push >../out2 2>../err2
	wait $other
	same 8 "$(runs ../origin | wc -l)"
done
EOT

finish
