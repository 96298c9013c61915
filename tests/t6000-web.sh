#!/bin/sh
# What `git jci web` answers: the interface that the page and scripts use.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/foreign.sh"
. "$top_srcdir/tests/web.sh"

# run_ci [ARGUMENT...]: a red run is fine.
run_ci() {
	git jci run -q "$@" 2>"$TRASH/run.err" || test $? -eq 1
}

# two_programs: a repository with runs of both on its first commit, none on the second.
two_programs() {
	new_repo project <<'SH'
mkdir 'a folder'
echo "hello, world" >'a folder/50% "done".txt'
printf '<html><script>alert(1)</script>' >report.html
printf '\211PNG\r\n' >picture.png
printf 'bytes\000' >data.bin
echo oops
exit 1
SH
	run_ci --run-id 1700000000-0001
	echo hello | go_run 1700000005-00ff ok
	commit 'second commit'
	first=$(git rev-parse HEAD~1)
	second=$(git rev-parse HEAD)
}

it 'the branches are listed, HEAD first, then others, remote ones, tags' <<'EOT'
new_repo project <<'SH'
true
SH
git branch zebra
git branch feature/one
git tag -a v1 -m 'version 1'
git update-ref refs/remotes/origin/main HEAD
git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main
serve
get api/branches >../json
same 'main false false true
feature/one false false false
zebra false false false
origin/main true false false
v1 false true false' "$(jq -r '.[] | "\(.name) \(.isRemote) \(.isTag) \(.isHead)"' ../json)"
same "$(git rev-parse HEAD)" "$(jq -r '.[4].hash' ../json)"
stop_serving
EOT

it 'a page of commits has the runs of both programs, oldest first' <<'EOT'
two_programs
serve
get 'api/commits?branch=main&page=0' >../json
same 'main 0 100 false' "$(jq -r '"\(.branch) \(.page) \(.pageSize) \(.hasMore)"' ../json)"
same "$second $(echo "$second" | cut -c 1-7) second commit false  false 0
$first $(echo "$first" | cut -c 1-7) first commit true success false 2" "$(jq -r \
	'.commits[] | "\(.hash) \(.shortHash) \(.message) \(.hasCI) \(.ciStatus) \(.ciPushed) \(.runs | length)"' ../json)"
same "1700000000-0001 failed refs/jci-runs/$first/1700000000-0001 failed
1700000005-00ff success refs/jci-runs/$first/1700000005-00ff passed" \
	"$(jq -r '.commits[1].runs[] | "\(.runId) \(.status) \(.ref) \(.reason)"' ../json)"
same 'A U Thor ["main"] []' "$(jq -r '"\(.commits[0].author) \(.commits[0].refs) \(.commits[1].refs)"' ../json)"
stop_serving
EOT

it 'a hundred commits make a page' <<'EOT'
new_repo project </dev/null
{
	printf 'feature done\nreset refs/heads/long\nfrom refs/heads/main^0\n\n'
	for i in $(seq 204); do
		printf 'commit refs/heads/long\ncommitter A <a@b> %d +0000\ndata <<X\nchange %d\nX\n\n' \
			$((1700000000 + i)) "$i"
	done
	echo done
} | git fast-import --quiet
serve
for page in 0 1 2 3; do
	get "api/commits?branch=long&page=$page" >../json
	jq -r '"\(.page) \(.commits | length) \(.hasMore) \(.commits[0].message)"' ../json
done >../out
same '0 100 true change 204
1 100 true change 104
2 5 false change 4
3 0 false null' "$(cat ../out)"
stop_serving
EOT

it 'a branch is any branch, tag or full hash; others are not there' <<'EOT'
two_programs
git tag -a v1 -m 'version 1' HEAD~1
git update-ref refs/remotes/origin/topic HEAD~1
git branch 'a"b&c=d<e>' HEAD~1
serve
for branch in v1 origin/topic "$first" 'a%22b%26c%3Dd%3Ce%3E'; do
	same "$first" "$(get "api/commits?branch=$branch" | jq -r '.commits[0].hash')"
done
same "$second" "$(get 'api/commits?branch=HEAD' | jq -r '.commits[0].hash')"
for branch in nope HEAD~1 main@{0} ../heads/main "$(echo "$first" | cut -c 1-12)" \
	0123456789012345678901234567890123456789 main%00 -x --output=x; do
	same 404 "$(status "api/commits?branch=$branch" | sed 's/400/404/')"
done
same 400 "$(status api/commits)"
same 400 "$(status 'api/commits?branch=main&page=-1')"
same 400 "$(status 'api/commits?branch=main&page=1e9')"
same '{"error":"there is no branch '"'nope'"'"}' "$(get 'api/commits?branch=nope' || :)"
stop_serving
EOT

it 'commits can be filtered: those with runs, those that failed' <<'EOT'
two_programs
run_script <<'SH'
exit 1
SH
commit 'third commit'
run_ci
commit 'fourth commit'
serve
same 'third commit first commit' "$(get 'api/commits?branch=main&filter=runs' | jq -r '[.commits[].message] | join(" ")')"
same 'third commit' "$(get 'api/commits?branch=main&filter=failed' | jq -r '.commits[].message')"
same 0 "$(get 'api/commits?branch=main&filter=runs&page=1' | jq '.commits | length')"
same 400 "$(status 'api/commits?branch=main&filter=some')"
stop_serving
EOT

it 'what changes is seen by the next request' <<'EOT'
two_programs
git init -q --bare ../there
git remote add origin ../there
serve
list='api/commits?branch=main'
same false "$(get "$list" | jq '.commits[0].hasCI')"
for i in 1 2 3; do
	run_ci
	same "$i failed" "$(get "$list" | jq -r '.commits[0] | "\(.runs | length) \(.ciStatus)"')"
done
git commit -q --allow-empty -m 'third commit'
same 'third commit' "$(get "$list" | jq -r '.commits[0].message')"
git tag there HEAD
same '["main","there"]' "$(get "$list" | jq -c '.commits[0].refs')"
git branch -m trunk
same 404 "$(status "$list")"
git branch -m main
git pack-refs --all --prune
same 3 "$(get "$list" | jq '.commits[1].runs | length')"
same false "$(get "$list" | jq '.commits[1].ciPushed')"
git jci push 2>../err
same true "$(get "$list" | jq '.commits[1].ciPushed')"
run_ci HEAD~1
same 'false 4' "$(get "$list" | jq -r '.commits[1] | "\(.ciPushed) \(.runs | length)"')"
git update-ref -d "$(runs | sed -n 1p)"
git update-ref -d "$(runs | sed -n 1p)"
get "$list" >../json
same "$(runs | wc -l)" "$(jq '[.commits[].runs[]] | length' ../json)"
stop_serving
EOT

it 'a run that goes on is there, with its log so far; then it is stored' <<'EOT'
mkfifo fifo
new_repo project <<SH
echo early >early.txt
echo 'a line'
cat '$TRASH/fifo'
SH
serve
git jci run -q 2>../run.err &
run=$!
list='api/commits?branch=main'
wait_for 'get "$list" | jq -e ".commits[0].runs[0].status == \"running\"" >../out'
commit=$(git rev-parse HEAD)
get "$list" >../json
same 'running null true' "$(jq -r '.commits[0] | "\(.ciStatus) \(.runs[0].ref) \(.hasCI)"' ../json)"
id=$(jq -r '.commits[0].runs[0].runId' ../json)
wait_for 'get "jci/$commit/$id/run.output.txt/raw" >../log && contains ../log "a line" >../out'
same no-cache "$(header Cache-Control "jci/$commit/$id/run.output.txt/raw")"
wait_for 'get "jci/$commit/$id/early.txt/raw" >../out 2>&1'
same early "$(get "jci/$commit/early.txt/raw")"
get "api/commit/$commit/$id" >../json
same 'running true null' "$(jq -r '"\(.status) \(.isLive) \(.ref)"' ../json)"
same '["run.output.txt","early.txt"]' "$(jq -c .files ../json)"
echo 'the end' >../fifo
wait "$run"
get "$list" >../json
same 'success 1' "$(jq -r '.commits[0] | "\(.ciStatus) \(.runs | length)"' ../json)"
same 'a line
the end' "$(get "jci/$commit/$id/run.output.txt/raw")"
stop_serving
EOT

it 'a run whose process was killed is lost' <<'EOT'
mkfifo fifo
new_repo project <<SH
cat '$TRASH/fifo'
SH
serve
git-jci run -q 2>../run.err &
run=$!
list='api/commits?branch=main'
wait_for 'get "$list" | jq -e ".commits[0].ciStatus == \"running\"" >../out'
kill -9 "$run"
wait_for 'get "$list" | jq -e ".commits[0].ciStatus == \"lost\"" >../out'
same lost "$(get "$list" | jq -r '.commits[0].runs[0].reason')"
: >../fifo
stop_serving
EOT

it 'a commit tells what is known of it, and of its newest run' <<'EOT'
two_programs
serve
get "api/commit/$first" >../json
same "$first A U Thor author@example.com success 1700000005-00ff refs/jci-runs/$first/1700000005-00ff" \
	"$(jq -r '"\(.hash) \(.author) \(.email) \(.status) \(.runId) \(.ref)"' ../json)"
same '["1700000000-0001","1700000005-00ff"]' "$(jq -c '[.runs[].runId]' ../json)"
same '["index.html","run.output.txt","status.txt"]' "$(jq -c .files ../json)"
same '"first commit" "first commit\n" []' "$(jq -r '"\(.subject | @json) \(.message | @json) \(.parents)"' ../json)"
get "api/commit/$first" | jq -e '.date | test("ago|now")' >../out
same "$first" "$(get "api/commit/$(echo "$first" | cut -c 1-7)" | jq -r .hash)"
get "api/commit/$second" >../json
same 'null null [] []' "$(jq -r '"\(.runId) \(.ref) \(.files) \(.runs)"' ../json)"
same '' "$(jq -r .status ../json)"
same 404 "$(status api/commit/0123456)"
same 404 "$(status api/commit/main)"
same 404 "$(status "api/commit/$first/1700000000-9999")"
same 404 "$(status "api/commit/$first/latest")"
stop_serving
EOT

it 'a run has its record and its artifacts, without the page that git-jci made' <<'EOT'
two_programs
serve
get "api/commit/$first/1700000000-0001" >../json
same 'failed 1 false' "$(jq -r '"\(.status) \(.record.exitStatus) \(.isLive)"' ../json)"
same '.jci/log.timing
.jci/run.json
a folder/50% "done".txt
data.bin
picture.png
report.html
run.output.txt
status.txt' "$(jq -r '.files[]' ../json)"
same '100644 13 text
100644 6 binary
100644 6 image
100644 31 html
100644 5 log' "$(jq -r '.artifacts[2:7][] | "\(.mode) \(.size) \(.type)"' ../json)"
same "$(git rev-parse "refs/jci-runs/$first/1700000000-0001:data.bin")" "$(jq -r '.artifacts[3].oid' ../json)"
stop_serving
EOT

it 'a page that a script made is an artifact' <<'EOT'
new_repo project <<'SH'
echo '<p>mine' >index.html
SH
run_ci
serve
get "api/commit/$(git rev-parse HEAD)" | jq -e '.files | index("index.html")' >../out
same '<p>mine' "$(get "jci/$(git rev-parse HEAD)/index.html/raw")"
stop_serving
EOT

it 'artifacts are sent as they are, for ever where the URL names a finished run' <<'EOT'
two_programs
serve
run=jci/$first/1700000000-0001
get "$run/a%20folder/50%25%20%22done%22.txt/raw" >../out
same 'hello, world' "$(cat ../out)"
get "$run/data.bin/raw" >../out
printf 'bytes\000' | cmp - ../out
same 'private, max-age=31536000, immutable' "$(header Cache-Control "$run/data.bin/raw")"
same no-cache "$(header Cache-Control "jci/$first/status.txt/raw")"
same ok "$(get "jci/$first/status.txt/raw")"
same err "$(get "$run/status.txt/raw")"
etag=$(header ETag "$run/data.bin/raw")
same "\"$(git rev-parse "refs/jci-runs/$first/1700000000-0001:data.bin")\"" "$etag"
same 304 "$(status "$run/data.bin/raw" -H "If-None-Match: $etag")"
same 304 "$(status "$run/data.bin/raw" -H "If-None-Match: \"x\", W/$etag")"
same 200 "$(status "$run/data.bin/raw" -H 'If-None-Match: "x"')"
same 404 "$(status "$run/nope/raw")"
same 404 "$(status "jci/$second/status.txt/raw")"
same "attachment; filename*=UTF-8''data.bin" "$(header Content-Disposition "$run/data.bin/raw")"
same "inline; filename*=UTF-8''50%25%20%22done%22.txt" \
	"$(header Content-Disposition "$run/a%20folder/50%25%20%22done%22.txt/raw")"
same "attachment; filename*=UTF-8''status.txt" "$(header Content-Disposition "$run/status.txt/raw?download")"
stop_serving
EOT

it 'names of artifacts are bytes' <<'EOT'
new_repo project <<'SH'
printf 'in\nvalid' >"$(printf 'caf\351')"
echo newline >"$(printf 'a\nb')"
echo dash >-rf
ln -s /etc/passwd link
SH
run_ci
serve
commit=$(git rev-parse HEAD)
get "api/commit/$commit" >../json
same 'caf�' "$(jq -r '.artifacts[] | select(.pathBase64) | .path' ../json)"
same "$(printf 'caf\351' | base64)" "$(jq -r '.artifacts[] | .pathBase64 // empty' ../json)"
same 'in
valid' "$(get "jci/$commit/caf%E9/raw")"
same newline "$(get "jci/$commit/a%0Ab/raw")"
same dash "$(get "jci/$commit/-rf/raw")"
same /etc/passwd "$(get "jci/$commit/link/raw")"
same link "$(jq -r '.artifacts[] | select(.path == "link") | .type' ../json)"
stop_serving
EOT

it 'parts of an artifact are sent, of small and of large ones' <<'EOT'
new_repo project <<'SH'
seq 300000 >large.txt
seq 100 >small.txt
SH
run_ci
serve
for name in small large; do
	path=jci/$(git rev-parse HEAD)/$name.txt/raw
	git cat-file blob "$(the_ref):$name.txt" >../whole
	size=$(wc -c <../whole)
	get "$path" | cmp - ../whole
	for range in 0-0 5-9 100- -7; do
		get "$path" -r "$range" -D ../headers >../part
		grep -q '^HTTP/1.1 206' ../headers
		case $range in
		-7) tail -c 7 ../whole ;;
		100-) tail -c +101 ../whole ;;
		5-9) tail -c +6 ../whole | head -c 5 ;;
		0-0) head -c 1 ../whole ;;
		esac | cmp - ../part
	done
	same "bytes 5-9/$size" "$(header Content-Range "$path" -r 5-9)"
	same "bytes */$size" "$(header Content-Range "$path" -r "$size-")"
	same 416 "$(status "$path" -r "$size-")"
	same 206 "$(status "$path" -r "0-$((size * 2))")"
	same 200 "$(status "$path" -H 'Range: bytes=9-5')"
	same 200 "$(status "$path" -H 'Range: lines=1-2')"
	etag=$(header ETag "$path")
	same 206 "$(status "$path" -r 0-1 -H "If-Range: $etag")"
	same 200 "$(status "$path" -r 0-1 -H 'If-Range: "other"')"
	same "$size" "$(header Content-Length "$path" -I)"
done
stop_serving
EOT

it 'a large artifact is not unpacked for who needs but its head' <<'EOT'
new_repo project <<'SH'
seq 300000 >large.txt
SH
git jci run -q 2>../run.err
rm -rf .git/jci/cache
serve
path=jci/$(git rev-parse HEAD)/$(basename "$(the_ref)")/large.txt/raw
etag="\"$(git rev-parse "$(the_ref):large.txt")\""
same 200 "$(status "$path" -I)"
same "$(git cat-file -s "$(the_ref):large.txt")" "$(header Content-Length "$path" -I)"
same 10 "$(header Content-Length "$path" -I -r 0-9)"
same 304 "$(status "$path" -H "If-None-Match: $etag")"
same 416 "$(status "$path" -r 99999999-)"
test ! -e .git/jci/cache
get "$path" | cmp - "$(seq 300000 >../expected; echo ../expected)"
test -s ".git/jci/cache/$(git rev-parse "$(the_ref):large.txt")"
stop_serving
EOT

it 'the page is opened in a browser' <<'EOT'
new_repo project </dev/null
git config web.browser mine
git config browser.mine.cmd "echo >'$TRASH/opened'"
serve --open --token secret
wait_for 'test -s "$TRASH/opened"'
same "${url}?token=secret" "$(cat ../opened)"
stop_serving
EOT

it 'an HTML report and its files are had at a path where its links work' <<'EOT'
new_repo project <<'SH'
mkdir report
echo '<link rel=stylesheet href=style.css>' >report/index.html
echo 'p {}' >report/style.css
SH
run_ci
serve --token secret
view=$(get "api/commit/$(git rev-parse HEAD)" -H 'Authorization: Bearer secret' | jq -r .view)
get "${view}report/" | grep stylesheet
same 'p {}' "$(get "${view}report/style.css")"
contains_sandbox=$(header Content-Security-Policy "${view}report/index.html")
echo "$contains_sandbox" | grep 'sandbox;'
same cross-origin "$(header Cross-Origin-Resource-Policy "${view}report/style.css")"
wrong=$(echo "$view" | sed 's|view/.\{32\}/|view/00000000000000000000000000000000/|')
same 403 "$(status "${wrong}report/style.css")"
same 404 "$(status "${view}report/nope.css")"
same 404 "$(status "${view}../../../config")"
stop_serving
EOT

it 'the page is had at every path that it may be reloaded at' <<'EOT'
two_programs
serve
get '' >../page
contains ../page '<!DOCTYPE html>'
for path in "jci/$first" "jci/$first/1700000000-0001" "jci/$first/1700000000-0001/a%20folder/x" \
	"jci/$first/1700000000-0001/raw"; do
	get "$path" | cmp - ../page
done
same 404 "$(status nothing)"
same 404 "$(status assets/nothing)"
etag=$(header ETag '')
same 304 "$(status '' -H "If-None-Match: $etag")"
get '' --compressed | cmp - ../page
stop_serving
EOT

it 'the page has its first commits in it, and nothing of them is HTML' <<'EOT'
new_repo project
git checkout -q -b '"><b>'
commit '</script><b>&"'
mark=$(git rev-parse HEAD)
serve
first() { # QUERY: the branch and the commits that the page of it has
	get "$1" | perl -0777 -ne '/<script type="application\/json" id="first" data-branch="([^"]*)" data-filter="([^"]*)">([^<]*)<\/script>\n/ and print "$1 $2\n$3"'
}
first '?branch=%22%3E%3Cb%3E' >../first
same '&quot;&gt;&lt;b&gt; ' "$(sed -n 1p ../first)"
sed 1d ../first | jq -r '.commits[0] | .hash, .message' >../newest
printf '%s\n' "$mark" '</script><b>&"' | cmp - ../newest
first '' >../first
same 'HEAD ' "$(sed -n 1p ../first)"
get 'api/commits?branch=HEAD&page=0' | jq -S . >../asked
sed 1d ../first | jq -S . | cmp - ../asked
for query in '?q=x' '?branch=nowhere' '?filter=strange'; do
	get "$query" >../page
	contains ../page '<!DOCTYPE html>'
	same '' "$(first "$query")"
done
mv .git ../away
get '' >../page
contains ../page '<!DOCTYPE html>'
same '' "$(first '')"
mv ../away .git
stop_serving
EOT

it 'the files of the page need never be asked for again' <<'EOT'
new_repo project
serve
get '' >../page
style=$(sed -n 's,.* href="/\(assets/[0-9a-f]*/style.css\)".*,\1,p' ../page)
same 'private, max-age=31536000, immutable' "$(header Cache-Control "$style")"
get "$style" | cmp - "$top_srcdir/src/web/assets/style.css"
for other in assets/00000000/style.css assets/style.css; do
	same no-cache "$(header Cache-Control "$other")"
	get "$other" | cmp - "$top_srcdir/src/web/assets/style.css"
done
same 404 "$(status "${style%/*}/nothing")"
stop_serving
EOT

it 'answers are compressed for those who take it' <<'EOT'
two_programs
for i in $(seq 20); do git commit -q --allow-empty -m "change $i"; done
serve
get 'api/commits?branch=main' >../plain
get 'api/commits?branch=main' --compressed | cmp - ../plain
same gzip "$(header Content-Encoding 'api/commits?branch=main' -H 'Accept-Encoding: br, gzip;q=0.5')"
same '' "$(header Content-Encoding 'api/commits?branch=main' -H 'Accept-Encoding: gzip;q=0')"
same '' "$(header Content-Encoding 'api/commits?branch=main')"
etag=$(header ETag 'api/commits?branch=main')
same 304 "$(status 'api/commits?branch=main' -H "If-None-Match: $etag")"
git commit -q --allow-empty -m 'one more'
same 200 "$(status 'api/commits?branch=main' -H "If-None-Match: $etag")"
stop_serving
EOT

it 'a badge tells how a branch is' <<'EOT'
two_programs
git branch feature/one HEAD~1
git branch none HEAD
serve
get badge/feature/one.svg >../svg
contains ../svg '>passing<'
same image/svg+xml "$(header Content-Type badge/main.svg)"
run_ci
get badge/main.svg >../svg
contains ../svg '>failing<'
git checkout -q --orphan fresh
git commit -q --allow-empty -m alone
get badge/fresh.svg >../svg
contains ../svg '>unknown<'
same 404 "$(status badge/nope.svg)"
same 404 "$(status badge/main.png)"
stop_serving
EOT

it 'it works in bare repositories and linked worktrees, and with commits that are not here' <<'EOT'
two_programs
cd ..
git clone -q --bare project bare.git
git -C bare.git fetch -q origin 'refs/jci-runs/*:refs/jci-runs/*' || git -C bare.git fetch -q "$TRASH/project" 'refs/jci-runs/*:refs/jci-runs/*'
cd bare.git
serve
same 2 "$(get 'api/commits?branch=main' | jq '.commits[1].runs | length')"
stop_serving
cd ../project
git worktree add -q -b topic ../linked HEAD~1
cd ../linked
serve
same 'topic true' "$(get api/branches | jq -r '.[0] | "\(.name) \(.isHead)"')"
same "$first" "$(get 'api/commits?branch=HEAD' | jq -r '.commits[0].hash')"
same ok "$(get "jci/$first/status.txt/raw")"
stop_serving
gone=0123456789012345678901234567890123456789
git update-ref "refs/jci-runs/$gone/1700000009-0009" "refs/jci-runs/$first/1700000005-00ff"
serve
same "$gone success" "$(get "api/commit/$gone" | jq -r '"\(.hash) \(.status)"')"
same "$gone" "$(get api/commit/0123456 | jq -r .hash)"
stop_serving
EOT

it 'a shallow clone ends where it ends' <<'EOT'
two_programs
cd ..
git clone -q --depth 1 "file://$PWD/project" shallow
cd shallow
serve
same 1 "$(get 'api/commits?branch=main' | jq '.commits | length')"
stop_serving
EOT

it 'a repository without a commit has an empty list' <<'EOT'
git init -q -b main empty
cd empty
serve
same '[]' "$(get api/branches)"
same 404 "$(status 'api/commits?branch=main')"
same 200 "$(status '')"
stop_serving
EOT

it '/healthz tells that the repository can be read, or not' <<'EOT'
new_repo project </dev/null
serve
same ok "$(get healthz)"
mv .git .gone
same 503 "$(status healthz)"
mv .gone .git
same ok "$(get healthz)"
stop_serving
EOT

it 'behind a proxy all is below a base path' <<'EOT'
two_programs
serve --base-path /ci
case $url in
*/ci/) ;;
*) false ;;
esac
get '' >../page
contains ../page '"/ci/'
same ok "$(get healthz)"
url=${url%ci/}
same ok "$(get healthz)"
stop_serving
EOT

finish
