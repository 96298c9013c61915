#!/bin/sh
# Two runs side by side, and the search for commits, of `git jci web`.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"

# run_now: runs CI for HEAD; prints COMMIT/RUN.
run_now() {
	git jci run -q 2>>"$TRASH/run.err" || true
	git jci log --json -n 1 | jq -r '"\(.commit)/\(.runId)"'
}

# ---- comparing ----

it 'compares the artifacts and the logs of two runs' <<'EOT'
new_repo project <<'SH'
echo begin
seq 50
echo "pid $$ at $(date +%H:%M:%S)"
echo same >same
echo before >changed
echo gone >removed
SH
a=$(run_now)
run_script <<'SH'
echo begin
seq 50
echo "pid $$ at $(date +%H:%M:%S)"
echo more
echo same >same
echo 'after it' >changed
echo new >"$(printf '<b>"new"\nline')"
printf x >"$(printf 'w\377')"
exit 1
SH
commit second
b=$(run_now)
serve
get "api/compare/$a/$b" >../out
same '["success","failed","first commit","second"]' "$(jq -c '[.a.status,.b.status,.a.subject,.b.subject]' ../out)"
same "$a $b" "$(jq -r '"\(.a.hash)/\(.a.runId) \(.b.hash)/\(.b.runId)"' ../out)"
same '["<b>\"new\"\nline","added",null,4]
["changed","changed",7,9]
["removed","removed",5,null]
["same","same",5,5]
["w\ufffd","added",null,1]' "$(jq -ac '.files[]|[.path,.change,.sizeA,.sizeB]' ../out)"
same 'd/8=' "$(jq -r '.files[-1].pathBase64' ../out)"
same '["add"] ["more"]' "$(jq -r '[.log[]|select(.op=="add" or .op=="remove")]|"\(map(.op)) \(map(.text))"' ../out)"
same gap "$(jq -r '.log[0].op' ../out)"
same '[false,false]' "$(jq -c '[.logCut,.filesCut]' ../out)"
same '[]' "$(get "api/compare/$a/$a" | jq -c .log)"
same '["same"]' "$(get "api/compare/$a/$a" | jq -c '[.files[].change]|unique')"
same '["added","changed","removed","same"]' "$(get "api/compare/$b/$a" | jq -c '[.files[].change]|unique')"
stop_serving
EOT

# results_repo: its runs leave what is in results/.
results_repo() {
	new_repo project <<'SH'
cp "$JCI_REPO_ROOT"/results/* .
test ! -e broken
SH
	mkdir results
	printf '1..3\nok 1 - same\nok 2 - breaks\nok 3 - <goes>\n' >results/t.tap
	echo '<coverage lines-valid="1000" lines-covered="814"/>' >results/coverage.xml
	commit before
	a=$(run_now)
	printf '1..3\nok 1 - same\nnot ok 2 - breaks\nok 3 - new\377\n' >results/t.tap
	echo '<coverage lines-valid="1000" lines-covered="811"/>' >results/coverage.xml
	touch results/broken
	commit after
	b=$(run_now)
}

it 'compares the tests and the coverage of two runs' <<'EOT'
results_repo
serve
get "api/compare/$a/$b" >../out
same '["t.tap: <goes>","passed",null]
["t.tap: breaks","passed","failed"]
["t.tap: new\ufffd",null,"passed"]' "$(jq -ac '.tests[]|[.name,.a,.b]' ../out)"
same '[false,3,2,81.4,81.1]' \
	"$(jq -c '[.testsCut,.a.tests.passed,.b.tests.passed,.a.coverage.percent,.b.coverage.percent]' ../out)"
same '[]' "$(get "api/compare/$b/$b" | jq -c .tests)"
stop_serving
EOT

it 'sums up tests and coverage of a run, as show does' <<'EOT'
results_repo
serve
get "api/summary/$b" >../out
same '["t.tap: breaks"]' "$(jq -c .newlyFailing ../out)"
same "$a" "$(jq -r '.base|"\(.commit)/\(.run)"' ../out)"
git jci show --json "$b" | jq -S .summary >../shown
jq -S . ../out | diff -u ../shown -
same null "$(get "api/summary/$a" | jq -c .base)"
same 404 "$(status "api/summary/${a%/*}/1700000000-0000")"
stop_serving
EOT

it 'leaves out what nobody reads, and says so' <<'EOT'
new_repo project <<'SH'
seq 1 2 40000
SH
a=$(run_now)
run_script <<'SH'
seq 2 2 40000
SH
commit second
b=$(run_now)
serve
get "api/compare/$a/$b" >../out
same '[5000,true]' "$(jq -c '[(.log|length),.logCut]' ../out)"
stop_serving
EOT

it 'compares stored runs alone, and only those that are there' <<'EOT'
new_repo project <<'SH'
echo x
SH
a=$(run_now)
serve
same 404 "$(status "api/compare/$a/${a%/*}/1700000000-0000")"
same 404 "$(status "api/compare/main/latest/$a")"
same 404 "$(status "api/compare/$a")"
mkfifo ../gate
run_script <<SH
read -r line <'$TRASH/gate'
SH
git jci run -q 2>../err &
wait_for 'git jci log --status running | grep -q .'
live=$(git jci log --json --status running | jq -r '"\(.commit)/\(.runId)"')
same 400 "$(status "api/compare/$a/$live")"
expect_exit 22 get "api/compare/$a/$live" >../answer
contains ../answer 'is not stored yet'
echo >../gate
wait_for '! git jci log --status running | grep -q .'
same 200 "$(status "api/compare/$a/$live")"
stop_serving
EOT

# ---- searching ----

it 'finds commits by message, author and hash, newest first' <<'EOT'
new_repo project <<'SH'
exit 1
SH
GIT_COMMITTER_DATE='@1700000001 +0000' git commit -q --allow-empty -a -m 'fix <b>the</b> Parser'
run=$(run_now)
GIT_COMMITTER_DATE='@1700000002 +0000' git -c user.name='Zoë Parsons' commit -q --allow-empty -m 'unrelated'
git checkout -q -b side
git commit -q --allow-empty -m 'parser on a side branch'
git checkout -q main
serve
same '["parser on a side branch","unrelated","fix <b>the</b> Parser"]' \
	"$(get 'api/search?q=pars' | jq -c '[.commits[].message]')"
same '["unrelated","fix <b>the</b> Parser"]' \
	"$(get 'api/search?q=pars&branch=main' | jq -c '[.commits[].message]')"
same '["unrelated"]' "$(get 'api/search?q=zo%C3%AB' | jq -c '[.commits[].message]')"
same '[]' "$(get 'api/search?q=p.rs' | jq -c '.commits')"
get "api/search?q=${run%%/*}" >../out
same "[\"${run%/*}\",\"$(echo $run | cut -c1-7)\",\"failed\",\"A U Thor\"]" \
	"$(jq -c '.commits[]|[.hash,.shortHash,.ciStatus,.author]' ../out)"
same "\"${run%/*}\"" "$(get "api/search?q=$(echo $run | cut -c1-7)" | jq -c '.commits[0].hash')"
same '[true,false]' "$(get 'api/search?q=pars' | jq -c '[(.commits[0].date|. > 1600000000),.more]')"
same 400 "$(status 'api/search?q=')"
same 400 "$(status 'api/search')"
same 404 "$(status 'api/search?q=x&branch=none')"
same 404 "$(status 'api/search?q=x&branch=--all')"
stop_serving
EOT

it 'finds a hundred at most, and says that there are more' <<'EOT'
new_repo project
for n in $(seq 150); do
	printf 'commit refs/heads/main\ncommitter a <a@b> %d +0000\ndata <<END\nnumber %d\nEND\n' \
		$((1600000000 + n)) "$n"
	test "$n" -gt 1 || echo 'from refs/heads/main^0'
	echo
done | git fast-import --quiet
serve
same '[100,true,"number 150"]' "$(get 'api/search?q=number' | jq -c '[(.commits|length),.more,.commits[0].message]')"
same '[11,false]' "$(get 'api/search?q=number+14' | jq -c '[(.commits|length),.more]')"
stop_serving
EOT

it 'a repository without a commit has nothing to find' <<'EOT'
git init -q empty
cd empty
serve
same '{"commits":[],"more":false}' "$(get 'api/search?q=x')"
same 404 "$(status "api/log/0000000000000000000000000000000000000000/1700000000-0000")"
stop_serving
EOT

finish
