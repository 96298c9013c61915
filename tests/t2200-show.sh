#!/bin/sh
# What a stored run holds: `git jci show`, `cat` and `get`.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# new_run [ARGUMENT...]: runs CI; a red run is fine.
new_run() {
	git jci run -q "$@" 2>"$TRASH/run.err" || test $? -eq 1
}

# held_run: a run that said `begun' and waits for a line on fd 9.
held_run() {
	GATE=$TRASH/gate
	export GATE
	mkfifo "$GATE"
	exec 9<>"$GATE"
	at_end 'printf "\n\n" >&9'
	new_repo project <<'SH'
echo begun
echo text >artifact
read -r line <"$GATE"
echo ended
SH
	git-jci run -q --run-id 1700000001-0000 2>"$TRASH/run.err" &
	wait_for 'git jci cat latest 2>/dev/null | grep -q begun'
}

# stored TREE: makes a run `1700000001-0000' of it, as the Go program would.
stored() {
	git update-ref "refs/jci-runs/$(git rev-parse HEAD)/1700000001-0000" \
		"$(echo 'CI results' | git commit-tree "$1")"
}

# raw_tree MODE NAME HASH...: a tree as given, unchecked and in that order; prints its hash.
raw_tree() {
	while test $# -gt 0; do
		env printf "$1 $2\\0$(echo "$3" | sed 's/../\\x&/g')"
		shift 3
	done | git hash-object -t tree -w --literally --stdin
}

it 'show tells what is known of a run, and its artifacts' <<'EOT'
new_repo project <<'SH'
echo hello
mkdir -p sub/dir
printf 12345 >sub/dir/file
printf x >tool
chmod +x tool
ln -s tool link
exit 3
SH
new_run --run-id 1700000001-abcd --trigger hook
git jci show >out
contains out 'run       1700000001-abcd'
contains out "commit    $(git rev-parse HEAD) first commit"
contains out 'status    failed (exit status 3)'
contains out 'branch    main'
contains out 'trigger   hook'
contains out "host      $(uname -n)"
contains out "ref       refs/jci-runs/$(git rev-parse HEAD)/1700000001-abcd"
lacks out dirty
sed -n '/^artifacts:/,$p' out | grep -oE '[^ ]+$' >names
contains names run.output.txt
contains names status.txt
contains names index.html
contains names sub/dir/file
contains names 'tool*'
contains names 'link@'
contains out '     5 B  sub/dir/file'
EOT

it 'show --json is one object, with the artifacts' <<'EOT'
new_repo project <<'SH'
mkdir -p sub empty
printf 12345 >sub/file
printf x >tool
chmod +x tool
ln -s tool link
SH
new_run
git jci show --json >out
same 1 "$(wc -l <out)"
same "100644 5 sub/file" \
	"$(jq -r '.artifacts[] | select(.path == "sub/file") | "\(.mode) \(.size) \(.path)"' out)"
same 100755 "$(jq -r '.artifacts[] | select(.path == "tool").mode' out)"
same 120000 "$(jq -r '.artifacts[] | select(.path == "link").mode' out)"
same 040000 "$(jq -r '.artifacts[] | select(.path == "empty").mode' out)"
same "$(git rev-parse "$(runs):sub/file")" \
	"$(jq -r '.artifacts[] | select(.path == "sub/file").oid' out)"
same 'ok passed 0 null false' \
	"$(jq -r '"\(.status) \(.reason) \(.exitStatus) \(.signal) \(.dirty)"' out)"
same "$(git rev-parse 'HEAD^{tree}')" "$(jq -r .tree out)"
EOT

it 'show -z is the paths, each ended by NUL' <<'EOT'
new_repo project <<'SH'
touch "$(printf 'new\nline')" ' lead' "$(printf 'not\377utf8')" ./-dash
SH
new_run
git jci show -z | tr '\n\0' '|\n' >paths
contains paths 'new|line'
contains paths ' lead'
contains paths '-dash'
LC_ALL=C grep -q "$(printf 'not\377utf8')" paths
git ls-tree -r --name-only -z "$(runs)" | tr '\n\0' '|\n' | grep -v '^\.jci/' >git
grep -v '^\.jci/' paths | diff -u git -
EOT

it 'file names can not send anything to the terminal' <<'EOT'
new_repo project <<'SH'
touch "$(printf 'a\033[31m\nb')" "$(printf 'c\302\233d')" "$(printf 'e\377')"
mkfifo "$(printf 'fifo\033]0;t\007')"
SH
new_run
git jci show >out
same 0 "$(tr -cd '\000-\011\013-\037\177' <out | wc -c)"
contains out 'a\033[31m\nb'
contains out 'c\u009bd'
contains out 'e\xff'
contains out 'fifo  fifo\033]0;t\a' || contains out 'fifo  fifo\033]0;t\007'
git jci show --json >json
jq -e . json >/dev/null
same 1 "$(jq -r '.leftOut | length' json)"
same fifo "$(jq -r '.leftOut[0].reason' json)"
jq -r '.artifacts[] | select(.pathBase64).pathBase64' json | base64 -d >bytes
same "$(printf 'e\377' | od -c)" "$(od -c <bytes)"
EOT

# results_repo: its runs leave what is in results/.
results_repo() {
	new_repo project <<'SH'
cp -R "$JCI_REPO_ROOT/results/." .
test ! -e broken
SH
	mkdir results
	printf '1..3\nok 1 - reads\nok 2 - writes\nok 3 # skip no disk\n' >results/unit.tap
	echo "<testsuite name='s'><testcase name='a'/></testsuite>" >results/junit.xml
	echo "<coverage lines-valid='1000' lines-covered='814'/>" >results/coverage.xml
}

it 'show sums up tests and coverage' <<'EOT'
results_repo
commit results
new_run
git jci show >out
contains out 'tests     3 passed, 1 skipped'
contains out 'coverage  81.4% of 1000 lines'
lacks out since
lacks out 'tests that fail'
same '3 0 0 1' "$(git jci show --json |
	jq -r '.summary.tests | "\(.passed) \(.failed) \(.errors) \(.skipped)"')"
same '81.4 1000 814 null' "$(git jci show --json |
	jq -r '.summary | "\(.coverage.percent) \(.coverage.lines) \(.coverage.linesCovered) \(.base)"')"
EOT

it 'show tells what changed since the last green ancestor' <<'EOT'
results_repo
commit results
new_run --run-id 1700000001-0000
printf '1..3\nok 1 - reads\nnot ok 2 - writes\nok 3 - asks\n' >results/unit.tap
echo "<testsuite name='s'><testcase name='b'><error/></testcase></testsuite>" >results/junit.xml
echo "<coverage lines-valid='1000' lines-covered='811'/>" >results/coverage.xml
touch results/broken
commit 'break it'
new_run
commit 'leave it broken' --allow-empty
new_run
green=$(git rev-parse --short=10 HEAD~2)
git jci show >out
contains out "tests     2 passed, 1 failed, 1 error (-1 passed, +1 failed, +1 error, -1 skipped since $green)"
contains out "coverage  81.1% of 1000 lines (-0.3 since $green)"
same '  s: b
  unit.tap: writes' "$(sed -n '/^tests that fail now and did not before:/,/^$/p' out | sed '1d;$d')"
git jci show --json >json
same '1700000001-0000 3 81.4' "$(jq -r '.summary.base | "\(.run) \(.tests.passed) \(.coverage.percent)"' json)"
same '["s: b","unit.tap: writes"] 2' "$(jq -r '.summary | "\(.newlyFailing) \(.newlyFailingCount)"' json)"
EOT

it 'a run without results has no such lines' <<'EOT'
new_repo project <<'SH'
echo text >junit.xml
echo text >lcov.info
SH
new_run
git jci show >out
lacks out 'tests '
lacks out 'coverage '
lacks out 'not read'
same 'null null' "$(git jci show --json | jq -r '.summary | "\(.tests) \(.coverage)"')"
EOT

it 'names of tests can not send anything to the terminal, and not too many are printed' <<'EOT'
new_repo project <<'SH'
printf '1..30\nnot ok 1 - \033]0;title\007\033[2J\377\302\233\n' >a.tap
{ printf 'not ok 2 - '; head -c 3000 /dev/zero | tr '\0' x; echo; } >>a.tap
i=3; while test $i -le 30; do echo "not ok $i - test $i"; i=$((i + 1)); done >>a.tap
SH
new_run
git jci show >out
same 0 "$(tr -cd '\000-\011\013-\037\177' <out | wc -c)"
contains out 'a.tap: \033]0;title'
contains out '  and 10 more'
same 20 "$(grep -c '^  a.tap: ' out)"
same 0 "$(grep -c 'x\{300\}' out)"
git jci show --json | jq -e '.summary.newlyFailing | length == 30'
EOT

it 'show says which files with results it did not read' <<'EOT'
new_repo project <<'SH'
head -c 17000000 /dev/zero >large.tap
printf '1..1\nok\n' >small.tap
SH
new_run
git jci show >out
contains out 'tests     1 passed'
contains out '          1 file with results was not read'
same 1 "$(git jci show --json | jq .summary.filesNotRead)"
EOT

it 'cat prints the log unless told what' <<'EOT'
new_repo project <<'SH'
echo out
echo err >&2
printf 'no newline'
printf text >file
SH
new_run
git jci cat latest >out
printf 'out\nerr\nno newline' | cmp - out
git jci cat latest run.output.txt | cmp - out
same text "$(git jci cat latest file)"
printf ok >ok
git jci cat latest status.txt | cmp - ok
EOT

it 'cat prints binary, empty and large files byte for byte' <<'EOT'
new_repo project <<'SH'
cp "$DATA"/* .
cat large
SH
DATA=$TRASH/data
export DATA
mkdir "$DATA"
head -c 100000 /dev/urandom >"$DATA/binary"
: >"$DATA/empty"
printf '\0\r\n\r\032\377' >"$DATA/controls"
{ head -c 1000000 /dev/urandom; head -c 17000000 /dev/zero; } >"$DATA/large"
new_run
for file in binary empty controls large; do
	git jci cat latest $file >got
	cmp "$DATA/$file" got
done
git jci cat latest >got
cmp "$DATA/large" got
EOT

it 'cat finds a file by any bytes of its name' <<'EOT'
new_repo project <<'SH'
mkdir -p 'a b'
i=0
for name in "$(printf 'new\nline')" "$(printf 'not\377utf8')" ./-dash 'a b/c d' '*'; do
	i=$((i + 1))
	echo $i >"$name"
done
SH
new_run
same 1 "$(git jci cat latest "$(printf 'new\nline')")"
same 2 "$(git jci cat latest "$(printf 'not\377utf8')")"
same 3 "$(git jci cat -- latest -dash)"
same 4 "$(git jci cat latest 'a b/c d')"
same 5 "$(git jci cat latest '*')"
EOT

it 'cat of a folder, or of what is not there, says so' <<'EOT'
new_repo project <<'SH'
mkdir -p folder empty
touch folder/file
SH
new_run
expect_exit 125 git jci cat latest folder >out 2>err
contains err "git-jci: 'folder' is a folder"
expect_exit 125 git jci cat latest empty 2>err
contains err "'empty' is a folder"
for path in absent folder/absent file/file folder/ /folder/file ./folder/file folder//file \
	../folder/file folder/../folder/file . .. '' / folder/file/x; do
	expect_exit 125 git jci cat latest "$path" >out 2>err
	same '' "$(cat out)"
	contains err "git-jci: the run has no file '$path'"
done
expect_exit 2 git jci cat 2>err
expect_exit 2 git jci cat latest a b 2>err
EOT

it 'a link is printed as what it points to, not followed' <<'EOT'
new_repo project <<'SH'
echo secret >secret
ln -s secret link
ln -s /etc/passwd out
SH
new_run
same secret "$(git jci cat latest link | tr -d '\n')"
same /etc/passwd "$(git jci cat latest out)"
EOT

it '--elapsed and --timestamps put a time in front of each line' <<'EOT'
GATE=$TRASH/gate
export GATE
mkfifo "$GATE"
exec 9<>"$GATE"
at_end 'printf "\n" >&9'
new_repo project <<'SH'
echo one
read -r line <"$GATE"
printf 'two\n\nthr\0ee'
SH
before=$(date -u +%Y-%m-%dT%H:%M:%S)
git-jci run -q 2>../err &
wait_for 'git jci cat latest 2>/dev/null | grep -q one'
wait_for 'test "$(date -u +%Y-%m-%dT%H:%M:%S)" != "$(git jci show --json | jq -r .start | cut -c 1-19)"'
echo >&9
wait $!
after=$(date -u +%Y-%m-%dT%H:%M:%SZ)
git jci cat --elapsed latest >out
same 4 "$(tr '\0' 0 <out | grep -c '')"
grep -aoE '^ +[0-9]+\.[0-9]{3} ' out | sort -n -c
same 4 "$(grep -acE '^ +[0-9]+\.[0-9]{3} ' out)"
sed -E 's/^ +[0-9]+\.[0-9]{3} //' out >text
git jci cat latest | cmp - text
first=$(sed -n '1s/^ *\([0-9]*\)\..*/\1/p' out)
test "$first" -lt 60
git jci cat --timestamps latest >out
same 4 "$(grep -acE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z ' out)"
grep -aoE '^[^ ]+' out >times
sort -c times
{ echo "$before"; cat times; echo "$after"; } | cut -c 1-19 | sort -c
test "$(sed -n 1p times)" != "$(sed -n 2p times)"
sed 's/^[^ ]* //' out >text
git jci cat latest | cmp - text
expect_exit 2 git jci cat --elapsed latest status.txt 2>err
contains err 'only run.output.txt has times'
EOT

it 'times of a long line and of a large log fit' <<'EOT'
new_repo project <<'SH'
head -c 100000 /dev/zero | tr '\0' x
echo
seq 1 20000
SH
new_run
git jci cat --elapsed latest >out
same 20001 "$(wc -l <out)"
same 20001 "$(grep -cE '^ +[0-9]+\.[0-9]{3} ' out)"
cut -c 13- out >text
git jci cat latest | cmp - text
EOT

it 'on a terminal nothing but text and colours gets through cat' <<'EOT'
command -v script >/dev/null || skip 'there is no script(1)'
new_repo project <<'SH'
printf 'a\033[31mred\033[m \033]0;title\007b\033[2Jc\033[6n\302\233Hd\n'
SH
new_run
for options in '' --elapsed; do
	script -qec "git jci cat $options latest" /dev/null | tr -d '\r' >out
	contains out "a$(printf '\033[31mred\033[m') bcd"
	lacks out title
done
git jci cat latest >out
contains out title
EOT

it 'a run that goes on can be shown, and its log printed' <<'EOT'
held_run
git jci show >out
contains out 'status    running'
lacks out 'ref  '
lacks out artifacts
same 'running null 0' "$(git jci show --json | jq -r '"\(.status) \(.ref) \(.artifacts | length)"')"
same '' "$(git jci show -z)"
same begun "$(git jci cat latest)"
git jci cat --elapsed latest >out
grep -qE '^ +(-|[0-9]+\.[0-9]{3}) begun$' out
expect_exit 125 git jci cat latest artifact 2>err
contains err 'not stored yet'
expect_exit 125 git jci get latest "$TRASH/got" 2>err
contains err "'latest' is not stored yet"
test ! -e "$TRASH/got"
echo >&9
wait $!
same 'begun
ended' "$(git jci cat latest)"
same text "$(git jci cat latest artifact)"
EOT

it 'a lost run can be shown, and its log printed' <<'EOT'
held_run
kill -9 $!
wait $! || true
git jci show >out
contains out 'status    lost'
contains out 'git jci recover'
same begun "$(git jci cat latest)"
EOT

it 'get extracts files, modes, links and empty folders' <<'EOT'
new_repo project <<'SH'
mkdir -p sub/dir empty/inner
printf 12345 >sub/dir/file
echo '#!/bin/sh' >sub/tool
chmod 755 sub/tool
chmod 600 sub/dir/file
ln -s sub/tool link
ln -s /nonexistent/absolute dangling
ln -s ../../../.. up
head -c 17000000 /dev/zero >large
SH
new_run
git jci get latest ../deep/er/got >out
same '' "$(cat out)"
cd ../deep/er/got
same 12345 "$(cat sub/dir/file)"
same 644 "$(stat -c %a sub/dir/file)"
same 755 "$(stat -c %a sub/tool)"
same sub/tool "$(readlink link)"
same /nonexistent/absolute "$(readlink dangling)"
same ../../../.. "$(readlink up)"
test -d empty/inner
same 17000000 "$(stat -c %s large)"
same ok "$(cat status.txt)"
test -f run.output.txt -a -f index.html -a -f .jci/run.json
EOT

it 'get keeps the bytes of names' <<'EOT'
new_repo project <<'SH'
mkdir names
cd names
touch "$(printf 'new\nline')" "$(printf 'not\377utf8')" ./-dash ' ' '*' "$(printf 'esc\033[31m')"
SH
new_run
git jci get latest ../got
same '\ 
*
-dash
esc\033[31m
new\nline
not\377utf8' "$(LC_ALL=C ls -b ../got/names)"
EOT

it 'get writes into an empty folder, and into no other' <<'EOT'
new_repo project <<'SH'
true
SH
new_run
mkdir ../empty ../full
git jci get latest ../empty
same ok "$(cat ../empty/status.txt)"
echo mine >../full/.hidden
expect_exit 125 git jci get latest ../full 2>err
contains err "git-jci: the folder '../full' is not empty"
same .hidden "$(ls -A ../full)"
expect_exit 125 git jci get latest ../full/.hidden 2>err
same mine "$(cat ../full/.hidden)"
expect_exit 125 git jci get absent ../new 2>err
test ! -e ../new
expect_exit 2 git jci get latest 2>err
EOT

it 'get leaves nothing outside its folder, whatever a tree says' <<'EOT'
new_repo project <<'SH'
true
SH
evil=$(echo evil | git hash-object -w --stdin)
link=$(printf %s "$TRASH/outside" | git hash-object -w --stdin)
up=$(printf .. | git hash-object -w --stdin)
mkdir ../outside
file=$(raw_tree 100644 file $evil)
for tree in \
	"$(raw_tree 40000 .. $file)" \
	"$(raw_tree 100644 .. $evil)" \
	"$(raw_tree 40000 . $file)" \
	"$(raw_tree 100644 ../outside/file $evil)" \
	"$(raw_tree 100644 "$TRASH/outside/file" $evil)" \
	"$(raw_tree 40000 sub "$(raw_tree 40000 .. $file)")" \
	"$(raw_tree 120000 a $link 40000 a $file)" \
	"$(raw_tree 40000 a $file 120000 a $link)" \
	"$(raw_tree 120000 a $link 100644 a/file $evil)" \
	"$(raw_tree 120000 a $link 100644 a $evil)" \
	"$(raw_tree 120000 a $up 40000 a "$(raw_tree 40000 outside $file)")"
do
	stored $tree
	expect_exit 125 git jci get latest ../got 2>err
	test -s err
	same '' "$(ls -A ../outside)"
	test ! -e ../got
	test ! -e ../file
done
EOT

it 'get makes no folder that git would take for a repository' <<'EOT'
new_repo project <<'SH'
true
SH
evil=$(printf '#!/bin/sh\n' | git hash-object -w --stdin)
hook=$(raw_tree 40000 hooks "$(raw_tree 100755 post-checkout $evil)")
for name in .git .GIT .Git 'git~1' '.git ' '.git.' '.git::$INDEX_ALLOCATION' '.g\342\200\214it'; do
	stored "$(raw_tree 40000 "$name" $hook)"
	expect_exit 125 git jci get latest ../got 2>err
	contains err 'a name that git reserves for itself'
	test ! -e ../got
	stored "$(raw_tree 40000 sub "$(raw_tree 100644 "$name" $evil)")"
	expect_exit 125 git jci get latest ../got 2>err
	test ! -e ../got
done
EOT

it 'a file that is missing is named, and get leaves nothing' <<'EOT'
new_repo project <<'SH'
echo unique-content >file
echo other >other
SH
new_run
object=$(git rev-parse "$(runs):file")
rm -f ".git/objects/$(echo $object | cut -c 1-2)/$(echo $object | cut -c 3-)"
mkdir ../got
expect_exit 125 git jci get latest ../got 2>err
contains err "'file'"
same '' "$(ls -A ../got)"
expect_exit 125 git jci cat latest file >out 2>err
contains err "'file'"
same other "$(git jci cat latest other)"
EOT

finish
