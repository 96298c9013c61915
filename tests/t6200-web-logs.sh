#!/bin/sh
# The logs that `git jci web` serves: bytes, lines, index, search; and archives of all files.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"

# with_log: into a repository with one run that printed the file `log`, served; it is $RUN.
with_log() {
	new_repo project <<-SH
	cat '$TRASH/log'
	SH
	git jci run -q 2>../err
	RUN=$(the_run)
	serve
}

it 'gives the bytes of a log, a range of them, and lines' <<'EOT'
seq 1000 >log
with_log
same "$(seq 1000)" "$(get "api/log/$RUN")"
same "$(seq 1000)" "$(get "api/log/$(echo $RUN | cut -c1-7)/${RUN#*/}")"
same '3
4' "$(get "api/log/$RUN?from=4&to=7")"
same '999
1000' "$(get "api/log/$RUN?from=3884")"
same '' "$(get "api/log/$RUN?from=7&to=3")"
same '' "$(get "api/log/$RUN?from=3893")"
same 416 "$(status "api/log/$RUN?from=3894")"
same '5
6' "$(get "api/log/$RUN?lines=5-6")"
same '999
1000' "$(get "api/log/$RUN?lines=999-5000")"
same 416 "$(status "api/log/$RUN?lines=1001-1001")"
for bad in lines=0-3 lines=3-2 lines=3 lines=-3 lines=a-b lines=1-2-3 from=-1 from=x from= \
	to=1e3 from=99999999999999999999 lines=1-18446744073709551615; do
	same 400 "$(status "api/log/$RUN?$bad")"
	expect_exit 22 get "api/log/$RUN?$bad" >../answer
	jq -e '.error | length > 0' ../answer
done
stop_serving
EOT

it 'says how large a log is, and whether that is all, to HEAD as well' <<'EOT'
seq 1000 >log
with_log
get "api/log/$RUN?from=4&to=7" -D ../headers >../out
get "api/log/$RUN?from=4&to=7" -I >../head
tr -d '\r' <../headers | grep -v '^Date:' >../a
tr -d '\r' <../head | grep -v '^Date:' >../b
diff ../a ../b
contains ../a 'Content-Length: 3'
contains ../a 'Content-Type: text/plain; charset=utf-8'
contains ../a 'X-Log-Size: 3893'
contains ../a 'X-Log-Complete: 1'
contains ../a 'X-Content-Type-Options: nosniff'
stop_serving
EOT

it 'gives at most 4 MiB at once' <<'EOT'
seq 1000000 >log
with_log
same 4194304 "$(get "api/log/$RUN" | wc -c)"
seq 1000000 | head -c 6000000 | tail -c 4000000 >../expected
get "api/log/$RUN?from=2000000&to=6000000" | cmp - ../expected
same '999999
1000000' "$(get "api/log/$RUN?lines=999999-1000000")"
get "api/log/$RUN/lines?from=1&count=2000" | jq -r '.lines[]' >../lines
seq 2000 | cmp - ../lines
head -c 20000000 /dev/zero | tr '\0' 'x' | fold -w 60000 >../long
echo >>../long
run_script <<SH
cat '$TRASH/long'
SH
commit second
git jci run -q 2>../err
RUN=$(git rev-parse HEAD)/$(git jci log --json -n 1 | jq -r .runId)
same 70 "$(get "api/log/$RUN/lines?from=1&count=2000" | jq '.lines | length')"
same 334 "$(get "api/log/$RUN/index" | jq .lines)"
stop_serving
EOT

it 'gives lines with their offsets and times' <<'EOT'
printf 'one\n\nthree\nfour' >log
with_log
get "api/log/$RUN/lines" >../out
same '[1,["one","","three","four"],[0,4,5,11],[],4,15,true]' \
	"$(jq -c '[.from,.lines,.offsets,.cut,.total,.size,.complete]' ../out)"
same true "$(jq '.times | length == 4 and all(. >= 0 and . < 60)' ../out)"
same '["",3]' "$(get "api/log/$RUN/lines?from=2&count=1" | jq -c '[.lines[0],(.lines+.offsets|length)+1]')"
same '[3,["three","four"]]' "$(get "api/log/$RUN/lines?from=-2" | jq -c '[.from,.lines]')"
same '[1,4]' "$(get "api/log/$RUN/lines?from=-9" | jq -c '[.from,(.lines|length)]')"
same '[1,4]' "$(get "api/log/$RUN/lines?from=0" | jq -c '[.from,(.lines|length)]')"
same '[5,0]' "$(get "api/log/$RUN/lines?from=5" | jq -c '[.from,(.lines|length)]')"
same '[1,0]' "$(get "api/log/$RUN/lines?count=0" | jq -c '[.from,(.lines|length)]')"
same 400 "$(status "api/log/$RUN/lines?count=2001")"
same 400 "$(status "api/log/$RUN/lines?from=one")"
stop_serving
EOT

it 'cuts long lines, and makes text of whatever bytes there are' <<'EOT'
{
	head -c 65536 /dev/zero | tr '\0' a; echo
	head -c 65537 /dev/zero | tr '\0' b; echo
	printf 'a\377b\000c\033[31m\303\244\360\237\230\200\r\n'
} >log
with_log
get "api/log/$RUN/lines" >../out
same '[1]' "$(jq -c .cut ../out)"
same '65536 65536' "$(jq -r '"\(.lines[0]|length) \(.lines[1]|length)"' ../out)"
same '"a\ufffdb\ufffdc\u001b[31m\u00e4\ud83d\ude00\r"' "$(jq -ac '.lines[2]' ../out)"
stop_serving
EOT

it 'has the index: lines, errors, groups and sections' <<'EOT'
cat >log <<'LOG'
--- <b>setup</b>
::group::build
ok
fatal: no
::endgroup::
--- tests
+++ more
error: yes
LOG
with_log
get "api/log/$RUN/index" >../out
same '[8,[4,8],2,true]' "$(jq -c '[.lines,.errors,.errorCount,.complete]' ../out)"
same '[1,5,"<b>setup</b>",true]
[2,5,"build",false]
[6,6,"tests",true]
[7,8,"more",true]' "$(jq -c '.groups[]|[.line,.end,.title,.section]' ../out)"
stop_serving
EOT

it 'searches the whole log, as text or as a regular expression' <<'EOT'
{
	seq 20000
	printf 'an \303\204rger \360\237\230\200 Error: x.y \377 error\n'
	seq 20000
} >log
with_log
same '[20001,108894,12,17]
[20001,108894,25,30]' "$(get "api/log/$RUN/search?q=error" | jq -c '.matches[]|[.line,.offset,.start,.end]')"
same '[[20001],false,1]' "$(get "api/log/$RUN/search?q=Error&case=1" | jq -c '[[.matches[].line],.more,.total]')"
same 0 "$(get "api/log/$RUN/search?q=ERROR&case=1" | jq .total)"
same 1 "$(get "api/log/$RUN/search?q=%C3%A4RGER" | jq .total)"
same 1 "$(get "api/log/$RUN/search?q=x.y" | jq .total)"
same 1 "$(get "api/log/$RUN/search?q=x%5C.y&regex=1" | jq .total)"
same '[777,20778]' "$(get "api/log/$RUN/search?q=%5E777%24&regex=1" | jq -c '[.matches[].line]')"
same '[20778]' "$(get "api/log/$RUN/search?q=%5E777%24&regex=1&from=778" | jq -c '[.matches[].line]')"
same null "$(get "api/log/$RUN/search?q=777&from=778" | jq .total)"
same 400 "$(status "api/log/$RUN/search?q=a(&regex=1")"
expect_exit 22 get "api/log/$RUN/search?q=a(&regex=1" >../answer
contains ../answer "'a(' is no regular expression: missing"
same 400 "$(status "api/log/$RUN/search?q=")"
same 400 "$(status "api/log/$RUN/search")"
same 400 "$(status "api/log/$RUN/search?q=x&case=2")"
same 400 "$(status "api/log/$RUN/search?q=x&limit=10001")"
stop_serving
EOT

it 'a search goes on where its limit has ended it, and finds each match once' <<'EOT'
yes 'one one' | head -n 1000 >log
with_log
next=1
: >../found
while test "$next" != null; do
	get "api/log/$RUN/search?q=one&limit=301&from=$next" >../out
	jq -r '.matches[]|"\(.line) \(.start)"' ../out >>../found
	next=$(jq .next ../out)
	same "$(jq .more ../out)" "$(test "$next" = null && echo false || echo true)"
done
yes | head -n 1000 | awk '{ print NR, 0; print NR, 4 }' | cmp - ../found
stop_serving
EOT

it 'a search that would take for ever takes some seconds, and goes on with the next line' <<'EOT'
{
	head -c 60000 /dev/zero | tr '\0' a
	echo
	yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | head -n 400000
	echo here
} >log
with_log
get "api/log/$RUN/search?regex=1&q=(a%2B)%2B%24" >../out
same true "$(jq '.more and .next > 1' ../out)"
same '[400002]' "$(get "api/log/$RUN/search?q=here" | jq -c '[.matches[].line]')"
stop_serving
EOT

it 'finds no run where there is none, and asks libgit2 only for hashes' <<'EOT'
echo x >log
with_log
same 200 "$(status "api/log/$RUN")"
for what in log tail; do
	same 404 "$(status "api/$what/${RUN%/*}/1700000000-0000")"
	same 404 "$(status "api/$what/0000000000000000000000000000000000000000/${RUN#*/}")"
	for commit in main HEAD HEAD~1 "$(echo $RUN | cut -c1-3)" "${RUN%%/*}0" --help %2e%2e @%7B1%7D \
		"%24(touch%20x)" "a%00b" "%ff"; do
		same 404 "$(status "api/$what/$commit/${RUN#*/}")"
	done
	for run in x 1700000000 -1-0000 1700000000-00000 ..; do
		same 404 "$(status "api/$what/${RUN%/*}/$run")"
	done
done
same 404 "$(status "api/log/main/${RUN#*/}")"
expect_exit 22 get "api/log/main/${RUN#*/}" >../answer
contains ../answer "'main' is no commit"
test ! -e x
stop_serving
EOT

it 'reads the logs of the Go program, and one of which the index is damaged' <<'EOT'
new_repo project
commit=$(git rev-parse HEAD)
{
	echo '=== JCI Run Output ==='
	seq 20000
	echo 'error: so it is'
} >../log
git init -q ../tree
cp ../log ../tree/run.output.txt
echo err >../tree/status.txt
(
	cd ../tree
	git --git-dir="$TRASH/project/.git" --work-tree=. add -A
	git --git-dir="$TRASH/project/.git" --work-tree=. write-tree >../oid
)
git read-tree HEAD
git update-ref "refs/jci-runs/$commit/1700000000-0001" "$(git commit-tree -m x "$(cat ../oid)")"
mkdir ../tree/.jci
printf 'jci-log-index 1\nc 2 1\nend 7 3 0\n' >../tree/.jci/log.index
echo 'not a timing' >../tree/.jci/log.timing
(
	cd ../tree
	git --git-dir="$TRASH/project/.git" --work-tree=. add -A
	git --git-dir="$TRASH/project/.git" --work-tree=. write-tree >../oid
)
git read-tree HEAD
git update-ref "refs/jci-runs/$commit/1700000000-0002" "$(git commit-tree -m x "$(cat ../oid)")"
serve
for run in 1700000000-0001 1700000000-0002; do
	get "api/log/$commit/$run" | cmp - ../log
	same '[20002,[20002],true]' "$(get "api/log/$commit/$run/index" | jq -c '[.lines,.errors,.complete]')"
	same '[["19999"],[null]]' "$(get "api/log/$commit/$run/lines?from=20000&count=1" | jq -c '[.lines,.times]')"
done
stop_serving
EOT

it 'a large log that is not unpacked yet is read from the start meanwhile' <<'EOT'
seq 3000000 >log
with_log
stop_serving
rm -rf .git/jci/cache
serve
same 1 "$(get "api/log/$RUN/lines?from=1&count=1" | jq -r '.lines[0]')"
wait_for 'get "api/log/$RUN/index" | jq -e .complete'
same 3000000 "$(get "api/log/$RUN/index" | jq .lines)"
same 2999999 "$(get "api/log/$RUN/lines?from=2999999&count=1" | jq -r '.lines[0]')"
seq 3000000 >../expected
get "api/tail/$RUN" -N | sed -n 's/^data: {"offset"/{"offset"/p' | jq -rj .text | cmp - ../expected
stop_serving
EOT

it 'where the cache is off or can not be written, logs are read all the same' <<'EOT'
seq 3000000 >log
with_log
stop_serving
rm -rf .git/jci/cache
git config jci.cacheSize 0
serve
wait_for 'get "api/log/$RUN/index" | jq -e .complete'
same 2999999 "$(get "api/log/$RUN/lines?from=2999999&count=1" | jq -r '.lines[0]')"
test ! -e .git/jci/cache
stop_serving
EOT

it 'what is in the repository stays as it is' <<'EOT'
seq 3000000 >log
with_log
stop_serving
find .git -type f ! -path '*/jci/cache/*' -exec sha256sum {} + | sort >../before
serve
get "api/log/$RUN" >../out
get "api/log/$RUN/lines" >../out
get "api/log/$RUN/index" >../out
get "api/log/$RUN/search?q=9" >../out
get "api/tail/$RUN" -N >../out
get "archive/$RUN.tar.gz" >../out
stop_serving
find .git -type f ! -path '*/jci/cache/*' -exec sha256sum {} + | sort | diff ../before -
same '' "$(git status --porcelain)"
git fsck --strict
EOT

# ---- archives ----

# with_files: into a repository with one run that left all kinds of files, served.
with_files() {
	new_repo project <<-'SH'
	mkdir -p sub/deep
	echo hi >sub/deep/file
	printf '#!/bin/sh\n' >run; chmod +x run
	ln -s sub/deep/file link
	ln -s /etc/passwd outside
	echo x >'with space "quotes" $(x) %41'
	echo x >"$(printf 'new\nline')"
	echo x >"$(printf 'not-utf8-\377')"
	echo x >"$(printf '\303\244\303\266')"
	echo x >-dash
	: >empty
	head -c 3000000 /dev/urandom >large
	SH
	git jci run -q 2>../err
	RUN=$(the_run)
	serve "$@"
}

it 'gives all files of a run as .tar.gz, as git jci get does' <<'EOT'
with_files
git jci get latest ../expected
get "archive/$RUN.tar.gz" -D ../headers >../run.tar.gz
mkdir ../actual
tar xzf ../run.tar.gz -C ../actual 2>../tar.err
diff -r --no-dereference ../expected ../actual
same "$(cd ../expected && find . -printf '%P %m %l\n' | sort)" "$(cd ../actual && find . -printf '%P %m %l\n' | sort)"
contains ../headers 'Content-Type: application/gzip'
contains ../headers "attachment; filename=\"$(echo $RUN | cut -c1-7)-${RUN#*/}.tar.gz\""
contains ../headers 'immutable'
stop_serving
EOT

it 'gives all files of a run as .zip' <<'EOT'
command -v python3 >/dev/null || skip 'there is no python3'
with_files
git jci get latest ../expected
get "archive/$RUN.zip" >../run.zip
python3 - ../run.zip ../expected <<'PY'
import os, stat, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
have = {}
for i in z.infolist():
    have[i.filename] = (z.read(i), i.external_attr >> 16)
want = {}
root = os.fsencode(sys.argv[2])
for folder, _, names in os.walk(root):
    for name in names:
        path = os.path.join(folder, name)
        mode = os.lstat(path).st_mode
        key = os.path.relpath(path, root).decode('utf-8', 'replace')
        data = os.readlink(path) if stat.S_ISLNK(mode) else open(path, 'rb').read()
        want[key] = (data, 0o120755 if stat.S_ISLNK(mode) else mode)
assert have.keys() == want.keys(), have.keys() ^ want.keys()
for key in want:
    assert have[key] == want[key], (key, have[key][1], want[key][1], have[key][0][:80])
PY
stop_serving
EOT

it 'the same run gives the same archive, and its ETag saves it' <<'EOT'
with_files
for suffix in tar.gz zip; do
	get "archive/$RUN.$suffix" -D ../headers | sha256sum >../first
	get "archive/$RUN.$suffix" | sha256sum | diff ../first -
	etag=$(tr -d '\r' <../headers | sed -n 's/^ETag: //p')
	same 304 "$(status "archive/$RUN.$suffix" -H "If-None-Match: $etag")"
	same 200 "$(status "archive/$RUN.$suffix" -I)"
done
stop_serving
EOT

it 'works in the C locale too' <<'EOT'
with_files
stop_serving
LC_ALL=C
serve
mkdir ../actual
get "archive/$RUN.tar.gz" | tar xz -C ../actual 2>../tar.err
git jci get latest ../expected
diff -r --no-dereference ../expected ../actual
get "archive/$RUN.zip" >../run.zip
test -s ../run.zip
stop_serving
EOT

it 'refuses other names, and runs that are not stored' <<'EOT'
with_files
for name in "$RUN" "$RUN.tar" "$RUN.tgz" "$RUN.tar.gz.zip" "${RUN%/*}/.zip" "${RUN%/*}/x.zip"; do
	same 404 "$(status "archive/$name")"
done
stop_serving
EOT

it 'a client that goes away, or does not read, ends nothing but itself' <<'EOT'
with_files
exec 8<>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	get "archive/$RUN.tar.gz" 2>../curl.err | head -c 1000 >../head || :
done
get "archive/$RUN.tar.gz" | tar tz >../list
contains ../list sub/deep/file
mkfifo ../slow
get "archive/$RUN.zip" >../slow 2>../curl.err &
exec 7<../slow
head -c 1000 <&7 >../head
get "archive/$RUN.tar.gz" | tar tz >../list
contains ../list sub/deep/file
stop_serving
EOT

finish
