#!/bin/sh
# What `git jci run` does with the commit at HEAD in the user's work tree.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# ---- results and exit statuses ----

it 'ends with 0 when the script succeeds, and says so' <<'EOT'
new_repo project <<'SH'
echo fine
SH
expect_exit 0 git jci run >out 2>err
contains err 'git-jci: passed: '
contains err "$(git rev-parse --short=10 HEAD)"
contains err "run $(basename "$(the_ref)")"
same ok "$(the_file status.txt)"
EOT

it 'ends with 1 when the script fails, and names the exit status of the script' <<'EOT'
new_repo project <<'SH'
echo broken
exit 7
SH
expect_exit 1 git jci run >out 2>err
contains out broken
contains err 'git-jci: failed: '
contains err 'exit status 7'
same err "$(the_file status.txt)"
the_record >record
contains record '"exitStatus":7,'
contains record '"signal":null,'
contains record '"reason":"failed",'
EOT

it 'ends with 1 for every status of the script, also those that have a meaning of ours' <<'EOT'
new_repo project <<'SH'
read -r status <"$JCI_REPO_ROOT/.git/status-of-this-run"
exit "$status"
SH
for status in 2 125 126 127 130 255; do
	echo "$status" >.git/status-of-this-run
	expect_exit 1 git jci run 2>err
	contains err "exit status $status,"
done
EOT

it 'names the signal that ended the script' <<'EOT'
new_repo project <<'SH'
kill -KILL $$
SH
expect_exit 1 git jci run 2>err
contains err 'signal 9 (Killed)'
the_record >record
contains record '"signal":9,'
contains record '"exitStatus":null,'
contains record '"status":"err",'
contains record '"reason":"failed",'
EOT

it 'stores the artifacts of green and of red runs' <<'EOT'
new_repo project <<'SH'
mkdir reports
echo result >reports/r.txt
exit 1
SH
expect_exit 1 git jci run
same result "$(the_file reports/r.txt)"
EOT

it 'refuses unknown options, wrong values and wrong numbers with 2, and stores nothing' <<'EOT'
new_repo project <<'SH'
true
SH
for args in --no-such-option '--timeout tomorrow' '--timeout' '--jobs 0' '-j x' '-j -1' \
	'--run-id nonsense' '--run-id 1-ABCD' '--run-id -5-abcd' '--run-id 007-abcd'; do
	expect_exit 2 git jci run $args >out 2>err
	same 0 "$(wc -c <out)"
	contains err git-jci:
done
expect_exit 0 git jci run -h >out
contains out 'usage: git jci run'
same '' "$(runs)"
EOT

it 'refuses a revision that there is not, and stores nothing' <<'EOT'
new_repo project <<'SH'
true
SH
expect_exit 125 git jci run no-such-branch 2>err
contains err "unknown revision 'no-such-branch'"
expect_exit 125 git jci run no-such..HEAD 2>err
contains err "unknown revision 'no-such'"
expect_exit 125 git jci run HEAD..HEAD 2>err
contains err "there is no commit in 'HEAD..HEAD'"
same '' "$(runs)"
EOT

# ---- the script's surroundings ----

it 'gives the script its variables' <<'EOT'
new_repo project <<'SH'
env >environment
SH
git jci run --trigger nightly
the_file environment >env
contains env "JCI_COMMIT=$(git rev-parse HEAD)"
contains env "JCI_REPO_ROOT=$TRASH/project"
contains env 'JCI_OUTPUT_DIR=/'
contains env "JCI_RUN_ID=$(basename "$(the_ref)")"
contains env 'JCI_BRANCH=main'
contains env 'JCI_TRIGGER=nightly'
grep -x 'CI=true' env
EOT

it 'gives each of them once, whatever the caller has in the environment' <<'EOT'
new_repo project <<'SH'
tr '\0' '\n' </proc/$$/environ >environment
SH
CI=no JCI_COMMIT=x JCI_REPO_ROOT=x JCI_OUTPUT_DIR=x JCI_RUN_ID=x JCI_BRANCH=x JCI_TRIGGER=x \
	MINE=kept git jci run
the_file environment >env
lacks env =x
same 7 "$(grep -c -e '^JCI_' -e '^CI=' env)"
contains env MINE=kept
EOT

it 'starts the script in an empty folder of its own outside the repository, gone afterwards' <<'EOT'
new_repo project <<'SH'
test "$(pwd -P)" = "$JCI_OUTPUT_DIR" || exit 10
test -z "$(ls -A)" || exit 11
case $PWD/ in "$JCI_REPO_ROOT"/*) exit 12 ;; esac
pwd -P >"$JCI_REPO_ROOT/.git/where"
SH
mkdir "$TRASH/tmp"
TMPDIR=$TRASH/tmp git jci run
where=$(cat .git/where)
case $where in "$TRASH/tmp"/*) ;; *) false ;; esac
test ! -e "$where"
same '' "$(ls -A "$TRASH/tmp")"
same '' "$(ls -A .git/jci/live)"
EOT

it 'gives the script nothing to read, and none of our own open files' <<'EOT'
new_repo project <<'SH'
cat >input
test ! -s input || exit 10
exec find /proc/self/fd -mindepth 1 -printf '%f %l\n'
SH
find /proc/self/fd -mindepth 1 -printf '%f\n' | sort >../inherited
for option in --no-pty --pty; do
	echo hello | git jci run ${option#--no-pty} >../fds
	contains ../fds '0 /dev/null'
	lacks ../fds .git
	cut -d ' ' -f 1 ../fds | sort | comm -23 - ../inherited >../more
	same '' "$(cat ../more)"
done
EOT

it 'runs with its standard streams closed' <<'EOT'
new_repo project <<'SH'
echo out
echo err >&2
cat
SH
git-jci run <&- >&- 2>&-
same "$(printf 'out\nerr')" "$(the_file run.output.txt)"
git-jci run --json --quiet <&- 2>&- >../out
contains ../out '"status":"ok"'
git fsck --strict
EOT

it 'runs from a folder below the root of the work tree' <<'EOT'
new_repo project <<'SH'
test "$JCI_REPO_ROOT" = "$(cd "$JCI_REPO_ROOT" && git rev-parse --show-toplevel)"
SH
mkdir -p a/b
cd a/b
git jci run
git -C ../.. jci run
EOT

it 'runs from a work tree whose path has spaces, quotes, a newline and bytes that are no UTF-8' <<'EOT'
name=$(printf 'a b "q" '\''s'\'' $(x) `y`\nz \377')
new_repo "$name" <<'SH'
printf '%s' "$JCI_REPO_ROOT" >root
echo "in $JCI_REPO_ROOT"
SH
git jci run
git jci run HEAD
for ref in $(runs); do
	git cat-file blob "$ref:root" >root
	same "$name" "$(basename "$(cat root; echo .)" .)"
done
git fsck --strict
EOT

it 'runs a script that is no shell script' <<'EOT'
new_repo project <<'SH'
#!/usr/bin/awk -f
BEGIN { print "by awk"; exit 5 }
SH
expect_exit 1 git jci run >out 2>err
contains out 'by awk'
contains err 'exit status 5'
EOT

it 'runs a compiled program' <<'EOT'
new_repo project
mkdir .jci
cp /bin/true .jci/run.sh
commit program
git jci run
EOT

it 'runs a script that can be executed but not read' <<'EOT'
new_repo project
mkdir .jci
cp /bin/true .jci/run.sh
commit program
chmod 111 .jci/run.sh
git jci run
EOT

# ---- what is stored ----

it 'records what is known of the run' <<'EOT'
new_repo project <<'SH'
echo one
echo two
SH
git jci run --timeout 1h30m --trigger push
the_record >record
contains record '"format":1,'
contains record "\"commit\":\"$(git rev-parse HEAD)\","
contains record "\"runId\":\"$(basename "$(the_ref)")\","
contains record "\"tree\":\"$(git rev-parse HEAD^{tree})\","
contains record '"branch":"main",'
contains record '"dirty":false,'
contains record '"status":"ok",'
contains record '"reason":"passed",'
contains record '"exitStatus":0,'
contains record '"timeout":5400,'
contains record '"trigger":"push",'
contains record "\"host\":\"$(uname -n)\","
contains record '"program":"git-jci '
contains record '"logBytes":8,'
contains record '"logLines":2,'
contains record '"leftOut":[]'
grep -E '"start":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]+Z",' record
grep -E '"end":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]+Z",' record
grep -E '"duration":[0-9.e-]+,' record
EOT

it 'stores a run as a commit without parents under a ref of its own' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run
echo "$(the_ref)" | grep -E "^refs/jci-runs/$(git rev-parse HEAD)/[0-9]{10,}-[0-9a-f]{4}$"
same '' "$(git log --format=%P -1 "$(the_ref)")"
git fsck --strict
EOT

it 'leaves index, work tree, HEAD and branches alone' <<'EOT'
new_repo project <<'SH'
echo x >"$JCI_OUTPUT_DIR/artifact"
SH
echo staged >staged
git add staged
echo changed >README
{ git status --porcelain; git for-each-ref refs/heads; git rev-parse HEAD; } >../before
git jci run
{ git status --porcelain; git for-each-ref refs/heads; git rev-parse HEAD; } >../after
cmp ../before ../after
EOT

it 'keeps standard output and error in the order in which they were written' <<'EOT'
new_repo project <<'SH'
i=0
while test $i -lt 200; do
	echo "out $i"
	echo "err $i" >&2
	i=$((i + 1))
done
printf 'no newline at the end'
SH
git jci run >out 2>err
seq 0 199 | sed 's/.*/out &\nerr &/' >expected
printf 'no newline at the end' >>expected
the_file run.output.txt | cmp - expected
cmp out expected
lacks err 'err 5'
EOT

it 'stores bytes of any kind as they are' <<'EOT'
new_repo project <<'SH'
printf 'nul \0 escape \033[31m latin \351\r\n\r\rlast\n'
SH
git jci run >out
printf 'nul \0 escape \033[31m latin \351\r\n\r\rlast\n' >expected
cmp out expected
the_file run.output.txt | cmp - expected
EOT

for kind in staged unstaged untracked; do
	it "records a dirty work tree: $kind" <<EOT
new_repo project <<'SH'
true
SH
case $kind in
staged) echo new >README && git add README ;;
unstaged) echo new >README ;;
untracked) mkdir sub && echo new >sub/file ;;
esac
git jci run
the_record >record
contains record '"dirty":true,'
EOT
done

it 'records a clean work tree: ignored files, empty folders and touched files are nothing' <<'EOT'
new_repo project <<'SH'
true
SH
echo '*.o' >.gitignore
commit ignore
echo x >x.o
mkdir -p empty/folder
touch -d '2001-01-01' README
git jci run
the_record >record
contains record '"dirty":false,'
EOT

it 'records as dirty what was staged and then taken back in the work tree' <<'EOT'
new_repo project <<'SH'
true
SH
cp README old
echo new >README
git add README
mv old README
git jci run
the_record >record
contains record '"dirty":true,'
EOT

it 'records no branch on a detached HEAD' <<'EOT'
new_repo project <<'SH'
echo "branch: '$JCI_BRANCH'"
SH
git checkout -q --detach
git jci run >out
contains out "branch: ''"
the_record >record
contains record '"branch":null,'
EOT

it 'takes branches of hostile names as they are' <<'EOT'
new_repo project <<'SH'
printf '%s' "$JCI_BRANCH" >branch
SH
name=$(printf 'a"b'\''c$(touch${IFS}x)`id`;&|%%s%%n/\303\251\377')
git checkout -q -b "$name"
git jci run 2>err
the_file branch >branch
same "$name" "$(cat branch)"
git jci run "$name"
test ! -e x
git fsck --strict
EOT

# ---- options ----

it 'prints the script on standard output, and its own notes on standard error' <<'EOT'
new_repo project <<'SH'
echo from the script
echo from the script too >&2
SH
git jci run >out 2>err
same "$(printf 'from the script\nfrom the script too')" "$(cat out)"
lacks err 'from the script'
same 1 "$(wc -l <err)"
EOT

it '--quiet: prints nothing of the script, and stores all' <<'EOT'
new_repo project <<'SH'
echo hello
SH
for option in --quiet -q; do
	git jci run $option >out 2>err
	same 0 "$(wc -c <out)"
	contains err passed
done
for ref in $(runs); do
	same hello "$(git cat-file blob "$ref:run.output.txt")"
done
EOT

it '--json: prints an object with the result and the ref' <<'EOT'
new_repo project <<'SH'
echo hello
exit 4
SH
expect_exit 1 git jci run --quiet --json >out
same 1 "$(wc -l <out)"
contains out '"exitStatus":4,'
contains out '"status":"err",'
contains out "\"ref\":\"$(the_ref)\""
expect_exit 1 git jci run --json >out
same hello "$(head -n 1 out)"
tail -n 1 out | grep '^{.*}$'
EOT

it '--run-id: is the id of the run' <<'EOT'
new_repo project <<'SH'
echo "$JCI_RUN_ID"
SH
git jci run --run-id 1700000000-0a1f >out
same 1700000000-0a1f "$(cat out)"
same "refs/jci-runs/$(git rev-parse HEAD)/1700000000-0a1f" "$(runs)"
EOT

it '--run-id: refuses one that is taken, and leaves that run alone' <<'EOT'
new_repo project <<'SH'
echo ran >>"$JCI_REPO_ROOT/.git/count"
SH
git jci run --run-id 1700000000-0a1f
git for-each-ref refs/jci-runs >before
expect_exit 125 git jci run --run-id 1700000000-0a1f 2>err
contains err "there is a run '1700000000-0a1f' already"
git for-each-ref refs/jci-runs | cmp - before
same 1 "$(wc -l <.git/count)"
git pack-refs --all
expect_exit 125 git jci run --run-id 1700000000-0a1f
git for-each-ref refs/jci-runs | cmp - before
EOT

it '--run-id: refuses one that a run going on has' <<'EOT'
new_repo project <<'SH'
echo ready >"$JCI_REPO_ROOT/.git/ready"
read -r go <"$JCI_REPO_ROOT/.git/fifo"
SH
mkfifo .git/fifo
git-jci run --run-id 1700000000-0a1f &
pid=$!
wait_for 'test -e .git/ready'
expect_exit 125 git jci run --run-id 1700000000-0a1f 2>err
contains err "there is a run '1700000000-0a1f' already"
echo go >.git/fifo
wait $pid
same 1 "$(runs | wc -l)"
EOT

it '--run-id: goes with one commit' <<'EOT'
new_repo project <<'SH'
true
SH
commit second
commit third
expect_exit 2 git jci run --run-id 1700000000-0a1f HEAD HEAD^ 2>err
contains err "option '--run-id' goes with one commit"
expect_exit 2 git jci run --run-id 1700000000-0a1f HEAD~2..HEAD
same '' "$(runs)"
EOT

it '--trigger: is recorded; without it there is a word of its own' <<'EOT'
new_repo project <<'SH'
echo "trigger $JCI_TRIGGER"
SH
git jci run --trigger 'web hook "x"' >out
contains out 'trigger web hook "x"'
the_record >record
contains record '"trigger":"web hook \"x\"",'
git jci run >out 2>err </dev/null
contains out 'trigger script'
EOT

it '--timeout: stops the script, and stores what it wrote with the reason' <<'EOT'
new_repo project <<'SH'
echo begun
echo half >artifact
read -r never <"$JCI_REPO_ROOT/.git/fifo"
SH
mkfifo .git/fifo
expect_exit 1 git jci run --timeout 1s >out 2>err
contains out begun
contains err 'git-jci: timeout: '
the_record >record
contains record '"status":"err",'
contains record '"reason":"timeout",'
contains record '"timeout":1,'
contains record '"signal":15,'
same half "$(the_file artifact)"
same begun "$(the_file run.output.txt)"
EOT

it '--timeout: is not waited for, and jci.timeout stands in for it' <<'EOT'
new_repo project <<'SH'
true
SH
git config jci.timeout 10h
git jci run
the_record >record
contains record '"timeout":36000,'
contains record '"reason":"passed",'
git jci run --json --timeout 5h >out
contains out '"timeout":18000,'
git config jci.timeout soon
expect_exit 125 git jci run 2>err
contains err "configuration 'jci.timeout'"
EOT

# ---- --if-needed ----

it '--if-needed: runs what has not passed, then names the run that proves it' <<'EOT'
new_repo project <<'SH'
echo ran >>"$JCI_REPO_ROOT/.git/count"
SH
git jci run --if-needed
same 1 "$(wc -l <.git/count)"
expect_exit 0 git jci run --if-needed >../out 2>../err
same 1 "$(wc -l <.git/count)"
contains ../err 'not needed'
contains ../err "$(basename "$(the_ref)")"
EOT

it '--if-needed: another commit of the same tree is proven too' <<'EOT'
new_repo project <<'SH'
echo ran >>"$JCI_REPO_ROOT/.git/count"
SH
git jci run
commit 'the same tree'
git jci run --if-needed 2>../err
contains ../err "$(basename "$(the_ref)")"
same 1 "$(wc -l <.git/count)"
commit 'and again'
git jci run --if-needed HEAD 2>../err
contains ../err "$(basename "$(the_ref)")"
echo other >README
commit 'another tree'
git jci run --if-needed
same 2 "$(wc -l <.git/count)"
EOT

it '--if-needed: another script is another tree' <<'EOT'
new_repo project <<'SH'
echo ran >>"$JCI_REPO_ROOT/.git/count"
SH
git jci run
run_script <<'SH'
echo ran differently >>"$JCI_REPO_ROOT/.git/count"
SH
commit script
git jci run --if-needed
same 2 "$(wc -l <.git/count)"
EOT

it '--if-needed: a dirty work tree always runs, and a dirty run proves nothing' <<'EOT'
new_repo project <<'SH'
echo ran >>"$JCI_REPO_ROOT/.git/count"
SH
echo dirt >README
git jci run
same 1 "$(wc -l <.git/count)"
git checkout -q README
git jci run --if-needed
same 2 "$(wc -l <.git/count)"
echo dirt >README
git jci run --if-needed
same 3 "$(wc -l <.git/count)"
# what is in the work tree does not matter to a clean run
git jci run --if-needed HEAD
git jci run --if-needed --worktree
same 3 "$(wc -l <.git/count)"
EOT

it '--if-needed: a red run proves nothing' <<'EOT'
new_repo project <<'SH'
echo ran >>"$JCI_REPO_ROOT/.git/count"
test ! -e "$JCI_REPO_ROOT/.git/broken"
SH
touch .git/broken
expect_exit 1 git jci run
expect_exit 1 git jci run --if-needed
same 2 "$(wc -l <.git/count)"
rm .git/broken
git jci run --if-needed --run-id 1700000000-0001
same 3 "$(wc -l <.git/count)"
touch .git/broken
expect_exit 1 git jci run
git jci run --if-needed 2>../err
contains ../err 1700000000-0001
same 4 "$(wc -l <.git/count)"
EOT

# ---- --pty ----

it '--pty: gives the script a terminal, and the log is as with a pipe' <<'EOT'
new_repo project <<'SH'
test -t 1 && echo 'a terminal'
test -t 2 && echo 'a terminal too' >&2
( : >/dev/tty ) && echo 'a controlling one'
printf 'with\r\nand without\n'
exit 3
SH
expect_exit 1 git jci run --pty >out 2>err
printf 'a terminal\na terminal too\na controlling one\nwith\r\nand without\n' >expected
cmp out expected
the_file run.output.txt | cmp - expected
contains err 'exit status 3'
EOT

it '--pty: nothing of a long output is lost' <<'EOT'
new_repo project <<'SH'
seq 20000
SH
git jci run --pty --quiet
seq 20000 >expected
the_file run.output.txt | cmp - expected
EOT

it '--pty: a script that closes its output is not hung up on, and may open the terminal again' <<'EOT'
new_repo project <<'SH'
echo before
exec >&- 2>&-
echo ready >"$JCI_REPO_ROOT/.git/ready"
read -r go <"$JCI_REPO_ROOT/.git/fifo"
echo after >/dev/tty
exit 3
SH
mkfifo .git/fifo
git-jci run --pty >../out 2>../err &
pid=$!
wait_for 'test -e .git/ready'
echo go >.git/fifo
expect_exit 1 wait $pid
same "$(printf 'before\nafter')" "$(cat ../out)"
contains ../err 'exit status 3'
EOT

it 'without --pty there is no terminal' <<'EOT'
new_repo project <<'SH'
test ! -t 0 && test ! -t 1 && test ! -t 2
SH
git jci run
EOT

# ---- scripts that can't be executed ----

# A status, a part of the message; the case's input makes the script.
mended_by() {
	for how in '' HEAD; do
		expect_exit "$1" git jci run $how >out 2>err
		same 0 "$(wc -c <out)"
		contains err "$2"
		contains err "${3:-$2}"
	done
	same '' "$(runs)"
	same '' "$(ls -A .git/jci/live)"
	same '' "$(ls -A "$TMPDIR")"
	same 1 "$(git worktree list | wc -l)"
}

it 'missing .jci/run.sh: 127, and how to make one; the command given does it' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project
mended_by 127 "there is no '.jci/run.sh'" 'mkdir -p .jci && printf'
eval "$(sed -n 's/.*make one with: //p' err)"
git jci run
EOT

it '.jci is a file: 127' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project
echo x >.jci
commit file
mended_by 127 "there is no '.jci/run.sh'"
EOT

it 'not executable: 126, and how to mend it; the command given does it' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project <<'SH'
true
SH
chmod -x .jci/run.sh
git update-index --chmod=-x .jci/run.sh
git commit -q -m 'not executable'
mended_by 126 "'.jci/run.sh' is not executable" 'chmod +x .jci/run.sh'
eval "$(sed -n 's/.*mend it with: //p' err)"
git commit -q -m executable
git jci run
git jci run HEAD
EOT

it 'a folder .jci/run.sh: 126' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project
mkdir -p .jci/run.sh
touch .jci/run.sh/file
commit folder
mended_by 126 "'.jci/run.sh' is not a file"
EOT

it 'interpreter missing: 126, and its name' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project <<'SH'
#!/no/such/interpreter -x
SH
mended_by 126 "'/no/such/interpreter', does not exist" 'install it or change the first line'
EOT

it 'interpreter of env missing: 126, and its name' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project <<'SH'
#!/usr/bin/env no-such-interpreter
SH
mended_by 126 "'no-such-interpreter', is not on PATH" 'install it or change the first line'
EOT

it 'interpreter of env -S is left to env' <<'EOT'
new_repo project <<'SH'
#!/usr/bin/env -S sh -e
echo fine
SH
git jci run
EOT

it 'interpreter that is not executable: 126' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
echo x >interpreter
new_repo project <<SH
#!$TRASH/interpreter
SH
mended_by 126 "'$TRASH/interpreter', is not executable" 'chmod +x'
eval "$(sed -n 's/.*mend it with: //p' err)"
test -x "$TRASH/interpreter"
EOT

it 'carriage return behind the interpreter: 126, and how to mend it; the command given does it' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project
mkdir .jci
printf '#!/bin/sh\r\ntrue\r\n' >.jci/run.sh
chmod +x .jci/run.sh
commit dos
mended_by 126 'ends with a carriage return' "sed -i 's/"
eval "$(sed -n 's/.*mend it with: //p' err)"
git jci run
EOT

it 'neither program nor script: 126, and how to mend it; the command given does it' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project
mkdir .jci
echo 'echo hello' >.jci/run.sh
chmod +x .jci/run.sh
commit plain
mended_by 126 "does not begin with '#!'" "sed -i '1i #!/bin/sh' .jci/run.sh"
eval "$(sed -n 's/.*name its interpreter: //p' err)"
git jci run >out
contains out hello
EOT

it 'an empty .jci/run.sh: 126, and how to mend it; the command given does it' <<'EOT'
TMPDIR=$TRASH/tmp; export TMPDIR; mkdir "$TMPDIR"
new_repo project
mkdir .jci
: >.jci/run.sh
chmod +x .jci/run.sh
commit empty
mended_by 126 "'.jci/run.sh' is empty"
eval "$(sed -n 's/.*begin it with: //p' err)"
git jci run
EOT

it 'a link to the script is as good as the script' <<'EOT'
new_repo project
mkdir .jci
printf '#!/bin/sh\necho linked\n' >ci.sh
chmod +x ci.sh
ln -s ../ci.sh .jci/run.sh
commit link
git jci run >out
contains out linked
git jci run HEAD >out
contains out linked
EOT

it 'a clock of before 1970 is named, and nothing is run' <<'EOT'
built_with JCI_ASAN && skip 'faketime hangs under AddressSanitizer'
command -v faketime >/dev/null || skip 'faketime is not installed'
new_repo project <<SH
touch "$TRASH/ran"
SH
expect_exit 125 faketime -f '1960-01-01 00:00:00' git-jci run 2>../err
contains ../err 'tells a time before 1970'
test ! -e ../ran
same '' "$(runs)"
test ! -e .git/jci/live || same '' "$(ls .git/jci/live)"
EOT

finish
