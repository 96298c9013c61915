#!/bin/sh
# `git jci web` while everything else goes on: runs, prune --commit, git gc, pushes.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"

# visitors N PATH...: N of them ask for the paths in turn until the file `stop` is there; the statuses
# of the answers go to the file `statuses`.
visitors() {
	visitor_count=$1
	shift
	: >"$TRASH/statuses"
	for visitor in $(seq "$visitor_count"); do
		while ! test -e "$TRASH/stop"; do
			for visitor_path; do
				visitor_status=$(status "$visitor_path")
				echo "$visitor_status $visitor_path" # in one write
			done
		done >>"$TRASH/statuses" 2>>"$TRASH/visitors.err" &
	done
}

# wait_for_others: for all background processes but the server.
wait_for_others() {
	jobs -p >"$TRASH/jobs"
	while read -r other; do
		test "$other" = "$server" || wait "$other" || : # one that has ended may be forgotten
	done <"$TRASH/jobs"
}

it 'answers all the while, and is right in the end' <<'EOT'
new_repo project <<'SH'
date +%s%N >time.txt
seq 20000
SH
git config jci.cacheSize 1g
git config gc.auto 1
git init -q --bare ../there
git remote add origin ../there
for i in 1 2 3; do
	git commit -q --allow-empty -m "change $i"
	git jci run -q 2>>../run.err
done
old=$(git rev-parse HEAD~2)
old_run=$(basename "$(git for-each-ref --format='%(refname)' "refs/jci-runs/$old")")
serve
visitors 4 'api/commits?branch=main' api/branches "api/commit/$(git rev-parse HEAD~1)" \
	"jci/$(git rev-parse HEAD~1)/run.output.txt/raw" badge/main.svg "jci/$old/$old_run/time.txt/raw"
for i in 1 2 3 4 5; do
	git commit -q --allow-empty -m "later $i"
	git jci run -q 2>>../run.err
	git jci push >>../out 2>>../push.err
	git pack-refs --all --prune
	test "$i" != 3 || {
		git update-ref -d "refs/jci-runs/$old/$old_run"
		git gc -q --prune=now 2>>../gc.err
		git jci prune --commit --older-than 1mo >../out 2>&1
	}
	git repack -q -a -d
done
: >../stop
wait_for_others
same '' "$(cat ../visitors.err)"
test "$(grep -c '^200 ' ../statuses)" -gt 20
# all but what was removed is there at any time
same '' "$(grep -v '^200 ' ../statuses | grep -v "^404 jci/$old/" || :)"
grep -q "^404 jci/$old/" ../statuses
same 7 "$(get 'api/commits?branch=main' | jq '[.commits[].runs[]] | length')"
same true "$(get 'api/commits?branch=main' | jq '[.commits[] | select(.hasCI) | .ciPushed] | all')"
stop_serving
EOT

it 'a thousand requests at once from many connections are all answered alike' <<'EOT'
command -v wrk >/dev/null || skip 'there is no wrk'
new_repo project <<'SH'
true
SH
git jci run -q 2>../run.err
serve
wrk -t 2 -c 100 -d 2 --latency "${url}api/commits?branch=main" >../wrk &
load=$!
git commit -q --allow-empty -m second
git jci run -q 2>>../run.err
same 'second' "$(get 'api/commits?branch=main' | jq -r '.commits[0].message')"
wait "$load"
lacks ../wrk 'Non-2xx'
lacks ../wrk 'Socket errors'
stop_serving
EOT

it 'a branch whose page is asked for by many at once for the first time is made once' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q 2>../run.err
git branch other
serve
for i in $(seq 16); do
	get 'api/commits?branch=other' >"../answer.$i" &
done
wait_for_others
for i in $(seq 16); do
	cmp ../answer.1 "../answer.$i"
done
test -s ../answer.1
stop_serving
EOT

it 'a large artifact that many ask for at once is unpacked once, and right for all' <<'EOT'
new_repo project <<'SH'
seq 3000000 >large.txt
SH
git jci run -q 2>../run.err
rm -rf .git/jci/cache
GIT_TRACE=$TRASH/trace
export GIT_TRACE
serve
unset GIT_TRACE
for i in $(seq 12); do
	get "jci/$(git rev-parse HEAD)/large.txt/raw" >"../large.$i" &
done
wait_for_others
seq 3000000 >../expected
for i in $(seq 12); do
	cmp ../expected "../large.$i"
done
same 1 "$(grep -c 'built-in: git cat-file blob' ../trace)"
same "$(git rev-parse "$(the_ref):large.txt")" "$(ls .git/jci/cache)"
stop_serving
EOT

finish
