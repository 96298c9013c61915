#!/bin/sh
# Statistics of a branch, of `git jci web`: what scripts get, and what the page shows.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"

# results [REV STATUS REASON SECONDS]...: stored runs of the lines of its input, one after the other.
results() {
	blob=$(git hash-object -w --stdin </dev/null)
	when=1700000000
	while read -r rev status reason seconds; do
		when=$((when + 60))
		commit=$(git rev-parse "$rev")
		tree=$(printf "100644 blob $blob\t%s\n" run.output.txt status.txt | git mktree)
		result=$(printf '%s\n' run '' "Jci-Commit: $commit" "Jci-Status: $status" \
			"Jci-Reason: $reason" "Jci-Start: $when.000000" "Jci-Duration: $seconds.000000" |
			git commit-tree "$tree")
		echo "create refs/jci-runs/$commit/$when-0000 $result"
	done | git update-ref --stdin
}

# stats_repo: two commits, the first of them flaky, and a branch without runs.
stats_repo() {
	new_repo project </dev/null
	git commit -q --allow-empty -m second
	git checkout -q --orphan empty
	git commit -q --allow-empty -m 'no runs'
	git checkout -q main
	results <<-'RUNS'
	HEAD~1 err failed 4
	HEAD~1 ok passed 8
	HEAD ok passed 10
	HEAD err cancelled 1
	RUNS
}

it '/api/stats tells the same as git jci stats' <<'EOT'
stats_repo
serve
get 'api/stats?branch=main' >../json
same main "$(jq -r .branch ../json)"
git jci stats --json >../command
for file in json command; do
	jq -S 'del(.branch, .revision, .runs[].status)' "../$file" >"../$file.same"
done
diff -u ../command.same ../json.same
same 'failed success success failed' "$(jq -r .runs[].status ../json | xargs)"
same 1 "$(jq .flaky ../json)"
same 2 "$(get 'api/stats?branch=HEAD&limit=2' | jq '.runs | length')"
same 3 "$(get 'api/stats?branch=main&since=1700000120' | jq '.runs | length')"
same '[0,null,[]]' "$(get 'api/stats?branch=empty' | jq -c '[.passed, .failureRate, .runs]')"
same application/json "$(header Content-Type 'api/stats?branch=main' | sed 's/;.*//')"
etag=$(header ETag 'api/stats?branch=main')
same 304 "$(status 'api/stats?branch=main' -H "If-None-Match: $etag")"
stop_serving
EOT

it '/api/stats takes a branch, and nothing that git would take for more' <<'EOT'
stats_repo
serve
same 400 "$(status api/stats)"
same 404 "$(status 'api/stats?branch=nowhere')"
same 404 "$(status 'api/stats?branch=main~1')"
same 404 "$(status 'api/stats?branch=main..empty')"
same 404 "$(status 'api/stats?branch=--all')"
same 400 "$(status 'api/stats?branch=main&limit=2001')"
same 400 "$(status 'api/stats?branch=main&limit=x')"
same 400 "$(status 'api/stats?branch=main&since=-1')"
stop_serving
EOT

. "$top_srcdir/tests/browser.sh"

it 'the page shows figures, and a bar for each run, which leads to it' <<'EOT'
stats_repo
browser <<'PY'
page.open('/')
page.find('#commits .row', 'second')
page.click('#top a[title="Statistics (S)"]')
page.at('/?stats=1')
page.find('.stats-view h1', 'Statistics of main')
rows = page.find('.stats-view table').text
for text in ('Passed 2', 'Failed 1 (33.3%)', 'Other 1', 'of 2 commits', '10.0 s at the 95th percentile'):
    assert text in rows.replace('\n', ' '), (text, rows)
same(['bad', 'good', 'good', ''], page.js(
    '[...document.querySelectorAll(".column")].map((bar) => bar.className.split(" ")[2])'))
heights = page.js('[...document.querySelectorAll(".fill")].map((bar) => bar.offsetHeight)')
assert heights[2] > heights[1] > heights[0] > heights[3] > 0, heights
assert abs(heights[2] - 2.5 * heights[0]) <= 3, heights
same(['✗', '', '', ''], page.js('[...document.querySelectorAll(".column")].map((bar) => '
     'getComputedStyle(bar, "::after").content.replace(/["]|none/g, ""))'))
page.find('figcaption', 'The highest bar is 10.0 s')
page.js('document.querySelectorAll(".column")[1].click()')
page.until(lambda: page.path.endswith('/1700000120-0000'), 'the address of the run')
page.back()
page.find('.stats-view h1')
page.click('.stats-view td a')
page.find('#viewer h1', 'first commit')
PY
EOT

it 'the keys reach it, and its bars' <<'EOT'
stats_repo
browser <<'PY'
page.open('/')
page.find('#commits .row', 'second')
page.keys('S')
page.focused('.column')
same(1, page.js('[...document.querySelectorAll(".column")].filter((bar) => bar.tabIndex === 0).length'))
page.find('figcaption', 'cancelled')
page.keys('h')
page.find('figcaption', 'passed, 10.0 s')
page.keys('g')
page.find('figcaption', 'failed, 4.0 s')
page.keys('l', 'Enter')
page.until(lambda: page.path.endswith('/1700000120-0000'), 'the address of the run')
page.back()
page.find('.column')
page.keys('S', 'g', 'h')
page.focused('#artifacts .row')
PY
EOT

it 'follows the branch, and what comes new' <<'EOT'
stats_repo
git branch other HEAD~1
browser <<'PY'
import subprocess

page.open('/?branch=other&stats=1')
page.find('.stats-view h1', 'Statistics of other')
page.count('.column', 2)
page.open('/?branch=empty&stats=1')
page.find('.stats-view', 'no runs')
page.open('/?stats=1')
page.count('.column', 4)
commit = subprocess.check_output(['git', 'rev-parse', 'HEAD'], text=True).strip()
runs = f'refs/jci-runs/{commit}/'
subprocess.run(['git', 'update-ref', runs + '1700009999-0000', runs + '1700000180-0000'], check=True)
page.count('.column', 5)
PY
EOT

it 'fits in a narrow window, where it is the one pane' <<'EOT'
stats_repo
browser 320 700 <<'PY'
page.open('/?stats=1')
page.find('.column')
page.gone('#commits')
wide = page.js('document.documentElement.scrollWidth')
assert wide <= 320, wide
same([], page.js('[...document.querySelectorAll("#top a, #top button")].filter((node) => node.offsetParent && '
                 'node.getBoundingClientRect().right > innerWidth).map((node) => node.outerHTML)'))
PY
EOT

finish
