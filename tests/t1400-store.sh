#!/bin/sh
# What of a run is stored, and how: the bytes, names, modes and objects in the repository.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

user= # the command that the program and git run under, to be somebody else

# ci [STATUS]: a run; afterwards the repository is sound. Its ref is $ref, its messages are in ../err.
# The program's temporary folder must be empty, too, unless $kept is set.
ci() {
	number=$((${number:-1000} + 1))
	ref=refs/jci-runs/$(git_ rev-parse HEAD)/170000$number-0001
	mkdir -p ../tmp
	test -z "$user" || chmod 1777 ../tmp
	TMPDIR=$(cd ../tmp && pwd) expect_exit "${1:-0}" \
		$user git jci run -q --run-id "${ref##*/}" >../out 2>../err || {
		cat ../err
		return 1
	}
	sound
	test -n "${kept:-}" || same '' "$(ls -A ../tmp)"
}

git_() {
	$user git "$@"
}

sound() {
	same '' "$(git_ -C "${1:-.}" fsck --strict --no-dangling --no-progress 2>&1)"
}

# artifacts: names of all that is stored, a line each, but for what every run has
artifacts() {
	git_ ls-tree -r --name-only "$ref" |
		grep -v -x -e index.html -e run.output.txt -e status.txt -e '\.jci/.*'
}

# mode PATH: of a stored file; empty if it is not there
mode() {
	git_ ls-tree "$ref" -- "$1" | cut -d ' ' -f 1
}

# left_out: what run.json names, a line "REASON PATH" each
left_out() {
	git_ cat-file blob "$ref:.jci/run.json" | tr -d '\n\t' | sed 's/.*"leftOut"://; s/\].*//' |
		tr '}' '\n' | sed -n 's/.*"path": *\(.*\),  *"reason": *"\([a-z]*\)".*/\2 \1/p
			s/.*"path": *\(.*\),"reason": *"\([a-z]*\)".*/\2 \1/p' | sort
}

# packs, loose: how many there are
packs() {
	find "${1:-.git}/objects/pack" -name '*.pack' | wc -l
}

loose() {
	find "${1:-.git}/objects" -path '*/??/*' -type f | wc -l
}

# other_user: from here on `ci` runs as somebody who isn't root and owns this repository
other_user() {
	give_away
	user=as_user
}

# ---- bytes ----

it 'stores bytes as they are, whatever attributes and configuration say' <<'EOT'
new_repo project <<'SH'
cd "$JCI_REPO_ROOT" && cp lf crlf mixed id random .gitattributes "$JCI_OUTPUT_DIR"
SH
printf 'a\nb\n' >lf
printf 'a\r\nb\r\n' >crlf
printf 'a\nb\r\nc\r' >mixed
printf '$Id$\n$Id: 1234 $\n' >id
head -c 100000 /dev/urandom >random
commit files
echo '* text=auto eol=crlf ident filter=spoil working-tree-encoding=UTF-16' >.gitattributes
mkdir -p .git/info
cp .gitattributes .git/info/attributes
git config core.autocrlf true
git config core.safecrlf true
git config filter.spoil.clean 'tr a-z A-Z'
git config filter.spoil.required true
ci
for f in lf crlf mixed id random .gitattributes; do
	git cat-file blob "$ref:$f" | cmp - "$f"
done
git jci get "${ref##*/}" ../got
for f in lf crlf mixed id random .gitattributes; do
	cmp "../got/$f" "$f"
done
EOT

it 'stores no more and no less than what is there' <<'EOT'
new_repo project <<'SH'
mkdir -p a/b/c empty sub/empty
: >none
echo x >a/b/c/x
echo y >a-b
echo z >a.b
SH
ci
same 'a-b
a.b
a/b/c/x
none' "$(artifacts)"
same 0 "$(git cat-file -s "$ref:none")"
none=$(git hash-object -t tree /dev/null)
same "$none" "$(git rev-parse "$ref:empty")"
same "$none" "$(git rev-parse "$ref:sub/empty")"
git jci get "${ref##*/}" ../got
test -d ../got/empty && test -d ../got/sub/empty && test -f ../got/none
EOT

it 'keeps modes 644 and 755, as git does' <<'EOT'
new_repo project <<'SH'
for m in 644 600 666 444 755 700 711 4755 654; do
	: >$m
	chmod $m $m
done
SH
ci
for m in 644 600 666 444 654; do
	same 100644 "$(mode $m)"
done
for m in 755 700 711 4755; do
	same 100755 "$(mode $m)"
done
EOT

it 'stores links as links' <<'EOT'
new_repo project <<'SH'
mkdir folder
echo inside >folder/file
ln -s folder to-folder
ln -s folder/file to-file
ln -s nowhere dangling
ln -s /etc/passwd absolute
ln -s /etc absolute-folder
ln -s .. up
ln -s loop loop
ln -s "$(printf 'with\nnewline and \377')" odd
ln -s "$(printf '%04000d' 0)" long
SH
ci
for link in to-folder:folder to-file:folder/file dangling:nowhere absolute:/etc/passwd \
	absolute-folder:/etc up:.. loop:loop "odd:$(printf 'with\nnewline and \377')" \
	"long:$(printf '%04000d' 0)"; do
	same 120000 "$(mode "${link%%:*}")"
	printf %s "${link#*:}" >../target
	git cat-file blob "$ref:${link%%:*}" | cmp - ../target
done
same 'absolute
absolute-folder
dangling
folder/file
long
loop
odd
to-file
to-folder
up' "$(artifacts)"
EOT

it 'stores any name' <<'EOT'
new_repo project <<'SH'
cat "$JCI_REPO_ROOT/names" | xargs -0 sh -c 'for n; do printf %s "$n" >"./$n"; done' x
SH
long=$(printf '%0255d' 7)
{
	printf ' leading\0trailing \0two  spaces\0new\nline\0\nnewline\0tab\tbed\0-\0-rf\0--help\0'
	printf "it's\0\"quoted\"\0back\\\\slash\0\\\\\0*\0?\0[a]\0\$(x)\0\`x\`\0%%s%%n\0~\0@{\0a:b\0#\0;\0|\0"
	printf '\377\376\0\303\050\0caf\303\251\0\360\237\232\200\0\001\002\033[31m\0\177\0...\0..a\0.a\0'
	printf 'git\0.gitignore\0.gitattributes\0.gitx\0..git\0git~2\0.git2\0HEAD\0con\0'
	printf '%s\0' "$long"
} >names
commit names
ci
sort -z names >../expected
git ls-tree -rz --name-only "$ref" | grep -a -z -v -x -e index.html -e run.output.txt -e status.txt \
	-e '\.jci/.*' | sort -z >../actual
cmp ../expected ../actual
git cat-file blob "$ref:$long" >../content
same "$long" "$(cat ../content)"
git jci get "${ref##*/}" ../got
(cd ../got && find . -maxdepth 1 -type f -printf '%P\0') | grep -a -z -v -x -e index.html \
	-e run.output.txt -e status.txt | sort -z >../actual
cmp ../expected ../actual
same - "$(cat ../got/-)"
EOT

it 'leaves out folders that are too deep, and says so' <<'EOT'
new_repo project <<'SH'
d=
i=0
while test $i -lt 60; do
	d=${d}d/d/d/d/d/d/d/d/d/d/
	i=$((i + 1))
done
mkdir -p "$d"
echo deep >"${d}file"
f=$(printf %.1023s "$d")
echo bottom >"$f/bottom"
SH
(
	ulimit -n 1024
	ci
)
number=1001
ref=$(runs)
contains ../err 'd/d/d/d'
contains ../err ': too deep'
same 1 "$(left_out | grep -c '^depth "d/d/d')"
contains ../err "left out 'd/"
git ls-tree -r --name-only "$ref" >../names
same "$(printf '%01023d' 0 | sed 's/00/d\//g; s/0$/d/')/bottom" "$(grep bottom ../names)"
git jci get "${ref##*/}" ../got
same bottom "$(cat "../got/$(grep bottom ../names)")"
same bottom "$(git jci cat "${ref##*/}" "$(grep bottom ../names)")"
EOT

# ---- what is left out ----

it 'leaves out what git would take for a repository' <<'EOT'
new_repo project <<'SH'
git init -q nested
echo x >nested/file
mkdir worktree && echo 'gitdir: /nowhere' >worktree/.git
mkdir .GIT && : >.GIT/config
for n in 'git~1' 'GIT~1' '.git ' '.git.' '.git . .' '.git:x' 'a\.git' 'a\git~1' "$(printf '.g\342\200\214it')"; do
	mkdir dir; echo x >dir/x; mv dir "$n"
done
mkdir links && ln -s /nowhere links/.Git
SH
ci
same 'nested/file' "$(artifacts)"
left_out >../left
same 13 "$(wc -l <../left)"
same 13 "$(grep -c '^git ' ../left)"
same 13 "$(grep -c "left out '.*': git refuses this name" ../err)"
contains ../left '"nested/.git"'
contains ../left '"worktree/.git"'
contains ../left '"git~1"'
contains ../left '".git "'
contains ../left '"links/.Git"'
contains ../err "left out 'nested/.git': "
EOT

it "leaves out what git's checks refuse under the names of git's own files" <<'EOT'
new_repo project <<'SH'
mkdir a b c d e f g
ln -s x a/.gitmodules
ln -s x b/.GitModules
ln -s x 'c/.gitmodules '
ln -s x d/gitmod~1
mkdir e/.gitmodules f/.gitattributes
echo x >e/.gitmodules/x
echo x >f/.gitattributes/x
ln -s x 'g/x\.gitmodules'
echo '[submodule "x"]' >.gitmodules
echo '* text' >.gitattributes
SH
ci
same '.gitattributes
.gitmodules' "$(artifacts)"
same 7 "$(left_out | grep -c '^git ')"
EOT

it 'leaves out sockets and fifos, and says so' <<'EOT'
command -v perl >/dev/null || skip 'there is no perl to make a socket'
new_repo project <<'SH'
mkdir sub
mkfifo sub/fifo "$(printf 'f\nifo \377')"
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "socket", Listen => 1) or die'
mkfifo run.output.txt
echo x >file
SH
ci
same file "$(artifacts)"
left_out >../left
same 4 "$(wc -l <../left)"
contains ../left 'fifo "sub/fifo"'
contains ../left 'socket "socket"'
contains ../err "left out 'sub/fifo': a fifo"
contains ../err "left out 'socket': a socket"
contains ../err "left out 'run.output.txt': a fifo"
same 4 "$(grep -c '^git-jci: left out' ../err)"
test "$(tr -d '[:print:]\n' <../err | wc -c)" -eq 0
git jci show "${ref##*/}" >../shown
contains ../shown sub/fifo
EOT

it 'leaves out devices' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can make one'
new_repo project <<'SH'
mknod zero c 1 5
mknod block b 7 200
echo x >file
SH
ci
same file "$(artifacts)"
same 'device "block"
device "zero"' "$(left_out)"
contains ../err "left out 'zero': a device"
EOT

it 'reads what its owner made unreadable, and removes what is read-only' <<'EOT'
new_repo project <<'SH'
echo secret >none
chmod 000 none
mkdir closed readonly
echo x >closed/file
chmod 000 closed
echo y >readonly/file
mkdir -p readonly/sub/sub
echo z >readonly/sub/sub/file
chmod 0555 readonly/sub/sub readonly/sub readonly
chmod 0555 .
SH
other_user
ci
same secret "$(git_ cat-file blob "$ref:none")"
same x "$(git_ cat-file blob "$ref:closed/file")"
same z "$(git_ cat-file blob "$ref:readonly/sub/sub/file")"
same 100644 "$(mode none)"
same '' "$(left_out)"
EOT

it 'leaves out what it can not read, says so, and leaves it where it is' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can make files for somebody else'
new_repo project <<'SH'
echo x >file
echo "$JCI_OUTPUT_DIR" >"$JCI_REPO_ROOT/../where"
cat "$JCI_REPO_ROOT/go" >/dev/null
SH
mkfifo go
other_user
: >../where
chmod 666 ../where
kept=1
ci &
child=$!
wait_for 'test -s ../where'
where=$(cat ../where)
echo foreign >"$where/foreign"
mkdir "$where/folder"
echo foreign >"$where/folder/x"
chmod 600 "$where/foreign"
chmod 700 "$where/folder"
echo >go
wait $child
ref=$(git_ for-each-ref --format='%(refname)' refs/jci-runs)
same file "$(artifacts)"
same 'unreadable "folder"
unreadable "foreign"' "$(left_out)"
contains ../err "left out 'foreign': it cannot be read"
contains ../err "left out 'folder': it cannot be read"
contains ../err "the output folder is kept: $where"
same foreign "$(cat "$where/foreign")"
same '' "$(ls -A .git/jci/live)"
EOT

# ---- our own files ----

it 'keeps an index.html of the script' <<'EOT'
new_repo project <<'SH'
echo '<p>mine' >index.html
SH
ci
same '<p>mine' "$(git cat-file blob "$ref:index.html")"
same '' "$(left_out)"
run_script <<'SH'
mkdir index.html
echo x >index.html/x
SH
ci
same x "$(git cat-file blob "$ref:index.html/x")"
EOT

it 'puts its own files in place of those of the script, and says so' <<'EOT'
new_repo project <<'SH'
echo said
echo mine >status.txt
echo mine >run.output.txt
mkdir .jci .jci/log.timing
echo mine >.jci/run.json
echo mine >.jci/other
SH
ci
same ok "$(git cat-file blob "$ref:status.txt")"
same said "$(git cat-file blob "$ref:run.output.txt")"
same mine "$(git cat-file blob "$ref:.jci/other")"
git cat-file blob "$ref:.jci/run.json" >../run.json
contains ../run.json '"format"'
same 'replaced ".jci/log.timing"
replaced ".jci/run.json"
replaced "run.output.txt"
replaced "status.txt"' "$(left_out)"
contains ../err "left out 'status.txt': git-jci stores its own file under this name"
EOT

it 'puts its own files in place of folders and links, too' <<'EOT'
new_repo project <<'SH'
mkdir status.txt
echo mine >status.txt/x
ln -s /etc/passwd run.output.txt
echo mine >.jci
SH
ci
same 100644 "$(mode status.txt)"
same 100644 "$(mode run.output.txt)"
same 100644 "$(mode .jci/run.json)"
same 'replaced ".jci"
replaced "run.output.txt"
replaced "status.txt"' "$(left_out)"
run_script <<'SH'
ln -s /etc .jci
SH
ci
same 'replaced ".jci"' "$(left_out)"
EOT

# ---- files that change ----

it 'stores a file that changes meanwhile whole or not at all' <<'EOT'
new_repo project <<'SH'
# Always 0, 3,000,000 or 6,000,000 bytes of one letter; a process that outlives the script.
perl -e '
	open(my $f, "+>", "changes") or die;
	syswrite($f, "a" x 3000000);
	exit if fork;
	close STDOUT; close STDERR;
	my $end = time + 60;
	while (time < $end && !-e "$ENV{JCI_REPO_ROOT}/stop") {
		truncate($f, 0); sysseek($f, 0, 0);
		syswrite($f, "a" x 3000000);
		syswrite($f, "a" x 3000000);
	}
	open(my $done, ">", "$ENV{JCI_REPO_ROOT}/done");
'
echo x >file
SH
command -v perl >/dev/null || skip 'there is no perl'
at_end "wait_for 'test -e $PWD/done'"
at_end ": >$PWD/stop"
kept=1
ci
same x "$(git cat-file blob "$ref:file")"
if test -n "$(mode changes)"; then
	same 0 "$(git cat-file blob "$ref:changes" | tr -d a | wc -c)"
else
	same 'changed "changes"' "$(left_out)"
fi
EOT

it 'leaves out a file that is shorter than it says, and leaves it where it is' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can make one'
short=/sys/kernel/mm/transparent_hugepage/enabled # says 4096
test -r $short && test "$(stat -c %s $short)" -gt "$(wc -c <$short)" || skip 'there is none'
new_repo project <<SH
echo x >file
: >short
mount --bind $short short && pwd >>"\$JCI_REPO_ROOT/where"
SH
user='unshare --mount --' # where the mount ends with git-jci
$user true || skip 'nothing can be mounted'
kept=1
for limit in 100 1; do
	git config transfer.unpackLimit $limit
	ci
	test -s where || skip 'nothing can be mounted'
	same file "$(artifacts)"
	same 'changed "short"' "$(left_out)"
	contains ../err "left out 'short': it changed while it was read"
	contains ../err "the output folder is kept: $(tail -n 1 where)"
	test -e "$(tail -n 1 where)/short"
done
EOT

it 'stores a log that grows meanwhile as it was at some moment' <<'EOT'
new_repo project <<'SH'
(
	exec >/dev/null 2>&1
	n=0
	while test $n -lt 20000 && ! test -e "$JCI_REPO_ROOT/stop"; do
		n=$((n + 1))
		echo "line $n"
	done >grows
	: >"$JCI_REPO_ROOT/done"
) &
until test -s grows; do :; done
SH
at_end "wait_for 'test -e $PWD/done'"
at_end ": >$PWD/stop"
ci
git cat-file blob "$ref:grows" >../grows
seq -f 'line %.0f' 20000 | cmp -n "$(wc -c <../grows)" - ../grows
EOT

# ---- the commit ----

it 'makes a commit without parent, with the times of the run and trailers' <<'EOT'
new_repo project <<'SH'
exit 3
SH
git jci version >../version
ci 1
set -- $(git log -1 --format='%at %ct' "$ref")
test "$2" -ge "$1" && test $(($(date +%s) - $1)) -lt 300
same '' "$(git log -1 --format=%P "$ref")"
same 'A U Thor <author@example.com> A U Thor <author@example.com>' \
	"$(git log -1 --format='%an <%ae> %cn <%ce>' "$ref")"
git log -1 --format='%(trailers:only)' "$ref" >../trailers
contains ../trailers "Jci-Commit: $(git rev-parse HEAD)"
contains ../trailers 'Jci-Status: err'
contains ../trailers 'Jci-Reason: failed'
contains ../trailers 'Jci-Exit: 3'
contains ../trailers 'Jci-Duration: 0.'
git cat-file blob "$ref:.jci/run.json" >../run.json
start=$(sed -n 's/.*"start":[^"]*"\(.*\)".*/\1/p' ../run.json)
end=$(sed -n 's/.*"end":[^"]*"\(.*\)".*/\1/p' ../run.json)
same "$1 $2" "$(date -d "$start" +%s) $(date -d "$end" +%s)"
same err "$(git cat-file blob "$ref:status.txt")"
EOT

it 'dates the end after the start by what the script took' <<'EOT'
new_repo project <<'SH'
until test "$(date +%s)" -ge $((${JCI_RUN_ID%-*} + 2)); do :; done
SH
git jci run -q
ref=$(runs)
set -- $(git log -1 --format='%at %ct' "$ref")
same "$(basename "$ref" | cut -d - -f 1)" "$1"
test "$2" -ge $(($1 + 2))
EOT

it 'needs no identity' <<'EOT'
new_repo project <<'SH'
:
SH
git config --unset user.name
git config --unset user.email
export GIT_CONFIG_GLOBAL=/dev/null
ci
same 'git-jci <git-jci@localhost>' "$(git log -1 --format='%an <%ae>' "$ref")"
git config user.name ''
git config user.email ''
ci
same 'git-jci' "$(git log -1 --format='%cn' "$ref")"
git config user.name '<Odd> name'
git config user.email 'a@b>'
ci
EOT

# ---- objects ----

it 'stores a small run as loose objects' <<'EOT'
new_repo project <<'SH'
echo a >a
echo b >b
echo c >c
SH
ci
same 0 "$(packs)"
same "$(git rev-list --objects "$ref" HEAD | wc -l)" "$(loose)"
EOT

it 'stores a run of many files as one pack' <<'EOT'
new_repo project <<'SH'
for n in $(seq 200); do
	echo $n >file$n
done
SH
before=$(loose)
ci
same 1 "$(packs)"
same 200 "$(artifacts | wc -l)"
same 1 "$(($(loose) - before))" # the commit
same 117 "$(git cat-file blob "$ref:file117")"
same '' "$(find .git/objects -name 'tmp_*')"
git verify-pack .git/objects/pack/*.idx
EOT

it 'stores a large file in a pack' <<'EOT'
new_repo project <<'SH'
cp "$JCI_REPO_ROOT/large" .
SH
head -c 5242880 /dev/urandom >large
ci
same 1 "$(packs)"
git cat-file blob "$ref:large" | cmp - large
EOT

it 'obeys transfer.unpackLimit' <<'EOT'
new_repo project <<'SH'
for n in $(seq 20); do
	echo $n $JCI_RUN_ID >file$n
done
SH
git config transfer.unpackLimit 10
ci
same 1 "$(packs)"
git config transfer.unpackLimit 1000
ci
same 1 "$(packs)"
EOT

it 'stores nothing twice' <<'EOT'
new_repo project <<'SH'
for n in $(seq 200); do
	echo $n >file$n
done
head -c 3000000 "$JCI_REPO_ROOT/large" >streamed
head -c 5242880 "$JCI_REPO_ROOT/large" >copy
cp copy again
SH
head -c 5242880 /dev/urandom >large
git add large # a loose object
git repack -q -a -d # and other objects in a pack
ci
size=$(du -sk .git/objects | cut -f 1)
test "$(packs)" -le 2
ci
ci
test $(($(du -sk .git/objects | cut -f 1) - size)) -lt 200
EOT

it 'makes an old object that it uses again as good as new' <<'EOT'
new_repo project <<'SH'
for n in $(seq 200); do
	echo $n >file$n
done
SH
# unreachable and about to be removed by `git gc`, which may have begun already
old=$(echo 117 | git hash-object -w --stdin)
file=.git/objects/$(echo "$old" | sed 's/^../&\//')
touch -d '3 weeks ago' "$file"
ci
git prune --expire=2.weeks.ago
sound
for pack in .git/objects/pack/*.idx; do
	git show-index <"$pack"
done >../ids
grep -q "$old" ../ids || test -n "$(find "$file" -mtime -1)"
EOT

it 'obeys core.compression and pack.compression' <<'EOT'
new_repo project <<'SH'
yes "$JCI_RUN_ID" | head -c 5000000 >file
SH
git config core.compression 0
ci
size=$(du -sk .git/objects/pack | cut -f 1)
test "$size" -gt 4800
git config pack.compression 9
ci
test $(($(du -sk .git/objects/pack | cut -f 1) - size)) -lt 200
run_script <<'SH'
yes "$JCI_RUN_ID" | head -c 500000 >file
SH
ci
git config core.compression 9
git config pack.compression 0
ci
EOT

it 'works in a repository that borrows objects' <<'EOT'
new_repo project <<'SH'
for n in $(seq 200); do
	echo $n >file$n
done
SH
ci
git clone -q -s . ../borrower
cd ../borrower
git config user.name x
git config user.email x@example.com
ci
same 200 "$(artifacts | wc -l)"
test "$(loose)" -le 10
EOT

it 'says clearly that it can not store in a repository of another hash' <<'EOT'
git init -q --object-format=sha256 project || skip 'this git knows no sha256'
cd project
git config user.name x
git config user.email x@example.com
run_script <<'SH'
:
SH
commit x
expect_exit 125 git jci run 2>../err
same 1 "$(wc -l <../err)"
contains ../err "git-jci: "
contains ../err SHA-256
EOT

# ---- elsewhere ----

it 'makes runs that can be pushed to a repository which checks everything' <<'EOT'
new_repo project <<'SH'
for n in $(seq 200); do
	echo $n >file$n
done
mkdir empty .git
ln -s x .gitmodules
ln -s /nowhere link
mkfifo fifo
echo x >"$(printf 'a\n\377')"
SH
ci
run_script <<'SH'
echo x >small
SH
ci
git init -q -b main --bare ../remote.git
git -C ../remote.git config receive.fsckObjects true
git -C ../remote.git config transfer.fsckObjects true
git push -q ../remote.git main 'refs/jci-runs/*:refs/jci-runs/*'
sound ../remote.git
git clone -q ../remote.git ../clone
cd ../clone
git config transfer.fsckObjects true
git fetch -q origin 'refs/jci-runs/*:refs/jci-runs/*'
sound
same "$(git -C ../project for-each-ref refs/jci-runs)" "$(git for-each-ref refs/jci-runs)"
git jci get "${ref##*/}" ../got
same x "$(cat ../got/small)"
EOT

# ---- upkeep ----

# maintenance in the background has come to its end
quiet() {
	! test -e .git/gc.pid && ! test -e .git/objects/maintenance.lock &&
		! test -e .git/packed-refs.lock
}

it 'never starts maintenance where gc.auto is 0' <<'EOT'
new_repo project <<'SH'
echo $JCI_RUN_ID >id
SH
git config gc.auto 0
git config gc.autoPackLimit 1
git config jci.autoPackRefs 1
git config transfer.unpackLimit 1
mkdir ../trap
cat >../trap/git <<'SH'
#!/bin/sh
echo "$@" >>"$TRAP"
SH
chmod +x ../trap/git
git repack -q -a -d
for n in 1 2 3 4 5; do
	TRAP=$TRASH/started PATH=$TRASH/trap:$PATH expect_exit 0 git-jci run -q
done
lacks ../started maintenance
lacks ../started pack-refs
same 6 "$(packs)"
EOT

it "keeps loose objects and packs within git's limits" <<'EOT'
new_repo project <<'SH'
echo $JCI_RUN_ID $$ >id
test $((0x${JCI_RUN_ID#*-} % 4)) -ne 0 || seq 100 | split -l 1 -
SH
git config gc.auto 20
git config gc.autoPackLimit 2
git config gc.writeCommitGraph false
at_end "wait_for quiet"
for n in $(seq 60); do
	git jci run -q 2>../err
done
same 60 "$(runs | wc -l)"
# whatever the last run has left is for the next one
wait_for 'quiet && git jci run -q 2>../err && test "$(packs)" -le 5 && test "$(loose)" -le 2000'
wait_for quiet
sound
test "$(runs | wc -l)" -ge 61
same "$(runs | wc -l)" "$(git jci log | wc -l)"
EOT

it 'packs refs, and finds all runs' <<'EOT'
new_repo project <<'SH'
:
SH
git config gc.auto 6700
git config jci.autoPackRefs 10
at_end "wait_for quiet"
for n in $(seq 25); do
	ci
	wait_for quiet
done
wait_for 'quiet && test "$(find .git/refs/jci-runs -type f | wc -l)" -le 12'
contains .git/packed-refs refs/jci-runs/
same 25 "$(git jci log | wc -l)"
for n in 1 12 25; do
	git jci cat "170000$((1000 + n))-0001" status.txt >../status
	same ok "$(cat ../status)"
done
EOT

finish
