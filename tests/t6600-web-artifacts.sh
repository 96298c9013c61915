#!/bin/sh
# Artifacts on the page of `git jci web`, in a browser, and runs compared.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"
. "$top_srcdir/tests/browser.sh"

# ---- artifacts ----

it 'pictures, results of tests, Markdown, links and bytes are shown as what they are' <<'EOT'
new_repo project <<'SH'
cat >tests.xml <<'XML'
<testsuite name="parser"><testcase classname="Lexer" name="reads numbers" time="0.01"/>
<testcase classname="Lexer" name="reads &lt;tags&gt;"><failure message="expected 3">expected 3
got 4</failure></testcase><testcase name="left out"><skipped/></testcase></testsuite>
XML
printf '1..2\nok 1 - one\nnot ok 2 - two\n  why: because\n' >tests.tap
printf '# Title\n<b>x</b>\n' >readme.md
echo '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>' >plot.svg
printf '\0\1\2' >data.bin
ln -s readme.md link
SH
git jci run -q
set_run
browser <<'PY'
run = os.environ['RUN']
page.open(run + '/tests.xml')
rows = page.until(lambda: [row.text for row in page.all('tr.result')], 'results')
assert rows[0].startswith('failed Lexer reads <tags>') and 'got 4' in rows[0], rows
assert rows[1].startswith('skipped'), rows
page.js('document.querySelector("#viewer").focus()')
page.keys('M')
page.find('.line', '<testsuite')
page.keys('M')
page.find('tr.result', 'left out')
page.open(run + '/tests.tap')
page.find('tr.result.failed', 'why: because')
page.open(run + '/readme.md')
page.find('.line', '<b>x</b>')
page.open(run + '/plot.svg')
image = page.find('.picture img')
page.until(lambda: page.js('arguments[0].naturalWidth', image) == 30, 'the picture')
page.open(run + '/data.bin')
page.find('.empty', '3 bytes')
page.open(run + '/link')
page.find('.empty', 'readme.md')
page.open(run + '/missing')
page.find('.empty', 'This run has no file "missing"')
PY
EOT

it 'a report can neither run scripts nor reach the API' <<'EOT'
new_repo project <<'SH'
cat >report.html <<'HTML'
<!DOCTYPE html><title>report</title><style>h1 { color: rgb(1, 2, 3) }</style><h1>Coverage</h1>
<p id="p">untouched</p>
<img src="/api/branches?by=img"><link rel="stylesheet" href="/api/branches?by=style">
<iframe src="/api/branches?by=frame"></iframe><object data="/api/branches?by=object"></object>
<form action="/api/branches?by=form"><button>send</button></form>
<meta http-equiv="refresh" content="0; url=/api/branches?by=refresh">
<script>
p.textContent = 'touched'; document.title = 'touched'
fetch('/api/branches?by=script').then((r) => r.text()).then((text) => p.textContent = text)
parent.document.title = 'touched'; top.location = '/api/branches?by=top'
</script>
<body onload="p.textContent = 'touched'"><svg onload="p.textContent = 'touched'"></svg>
HTML
echo '<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"><script>fetch("/api/branches?by=svg")</script></svg>' >p.svg
SH
git jci run -q
set_run
browser <<'PY'
run = os.environ['RUN']
page.open(run + '/report.html')
frame = page.find('iframe.report')
same('', frame.get_attribute('sandbox'))
page.driver.switch_to.frame(frame)
page.find('h1', 'Coverage')
same('rgba(1, 2, 3, 1)', page.find('h1').value_of_css_property('color'))
same('untouched', page.find('#p').text)
page.driver.switch_to.default_content()
assert page.driver.title.endswith('git-jci'), page.driver.title
page.open(run + '/p.svg')
page.find('.picture img')
# and by itself
page.open(run + '/report.html/raw')
page.find('h1', 'Coverage')
same('untouched', page.find('#p').text)
page.open(run + '/p.svg/raw')
page.open('/')
page.find('#commits .row')
# (a picture may be asked for, but not read)
same([], [url for url in page.take_answers() if '?by=' in url and '?by=img' not in url])
for error in ('Blocked script execution', 'Content Security Policy', 'Refused to execute the redirect',
              'NotSameOrigin'):
    page.allow_error(error)
PY
EOT

it 'a report of several files has its style, its pictures and its links' <<'EOT'
new_repo project <<'SH'
mkdir -p report/sub
cat >report/index.html <<'HTML'
<!DOCTYPE html><link rel="stylesheet" href="style.css"><h1>Coverage</h1>
<img src="sub/dot.svg"><a href="sub/two.html">more</a>
HTML
echo 'h1 { color: rgb(1, 2, 3) }' >report/style.css
echo '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>' >report/sub/dot.svg
echo '<link rel="stylesheet" href="../style.css"><h1>Another page</h1>' >report/sub/two.html
SH
git jci run -q
set_run
browser <<'PY'
page.open(os.environ['RUN'] + '/report/index.html')
page.driver.switch_to.frame(page.find('iframe.report'))
page.until(lambda: page.find('h1', 'Coverage').value_of_css_property('color') == 'rgba(1, 2, 3, 1)', 'the style')
page.until(lambda: page.js('document.images[0].naturalWidth') == 30, 'the picture')
page.click('a', 'more')
page.find('h1', 'Another page')
PY
EOT

it 'names made of HTML, quotes and newlines are shown as text' <<'EOT'
new_repo project <<'SH'
touch -- '<img src=x onerror=alert(1)>' "it's \"quoted\"" 'a
newline' '100% #1?&;=+' "$(printf 'bytes\377')" '-rf' ' blank ' 'raw'
mkdir '<b>folder<' && echo inside >'<b>folder</raw'
SH
git checkout -q -b '<b>"branch"&</b>'
git commit -q --amend -m '<script>alert("subject")</script> & "more"'
git jci run -q
set_run
browser <<'PY'
run = os.environ['RUN']
page.open('/')
page.find('#commits .row', '<script>alert("subject")</script> & "more"')
page.find('.branch', '<b>"branch"&</b>')
page.open(run)
for name in ('<img src=x onerror=alert(1)>', 'it\'s "quoted"', '100% #1?&;=+', 'bytes\ufffd', '-rf',
             'a\u240anewline', 'blank'):
    page.click('#artifacts a', name)
    page.find('#viewer .note', 'It is empty.')
    address = page.path
    page.reload()
    page.find('#viewer .name', name)
    page.find('#viewer .note', 'It is empty.')
    page.at(address)
# a name that ends like the address of a file itself
page.click(f'#artifacts a[href="{run}/raw/"]')
page.find('#viewer .note', 'It is empty.')
page.click(f'#artifacts a[href="{run}/%3Cb%3Efolder%3C/raw/"]')
page.find('.line', 'inside')
page.reload()
page.find('.line', 'inside')
page.keys('b')
page.find('dialog .row', '<b>"branch"&</b>')
same(0, len(page.all('main b, main script, dialog b, main img[onerror]')))
PY
EOT

# ---- comparing ----

it 'tests and coverage are summed up above a run, and compared' <<'EOT'
new_repo project <<'SH'
cp "$JCI_REPO_ROOT"/results/* .
test ! -e broken
SH
mkdir results
printf '1..2\nok 1 - same\nok 2 - <b>breaks</b>\n' >results/t.tap
echo '<coverage lines-valid="1000" lines-covered="814"/>' >results/coverage.xml
commit before
git jci run -q
printf '1..2\nok 1 - same\nnot ok 2 - <b>breaks</b>\n' >results/t.tap
echo '<coverage lines-valid="1000" lines-covered="811"/>' >results/coverage.xml
touch results/broken
commit after
git jci run -q || true
RUN=$(git jci log --json -n 1 | jq -r '"/jci/\(.commit)/\(.runId)"')
export RUN
browser <<'PY'
page.open(os.environ['RUN'])
page.find('.tested .result.passed', '1 passed (-1)')
page.find('.tested .result.failed', '1 failed (+1)')
page.find('.tested', 'coverage 81.1% (-0.3)')
page.click('.tested summary', 'Tests that fail now and did not before: 1')
page.find('.tested li', 't.tap: <b>breaks</b>')
page.click('.tested a', page.find('.tested code').text)
page.find('.summary', 'before')
page.find('.tested .result.passed', '2 passed')
page.find('.tested', 'coverage 81.4%')
page.gone('.tested details', '')
page.open(os.environ['RUN'])
page.js('document.querySelector("#viewer").focus()')
page.keys('=')
page.find('.compare-view tr', 'Coverage 81.4% 81.1%')
page.find('.compare-view tr', 't.tap: <b>breaks</b> passed failed')
PY
EOT

it 'two runs are compared' <<'EOT'
new_repo project <<'SH'
echo the same
echo "turn $(cat "$JCI_REPO_ROOT/turn")"
cp "$JCI_REPO_ROOT/turn" changed.txt
echo same >same.txt
SH
echo 1 >turn
commit 'turn one'
git jci run -q
echo 2 >turn
commit 'turn two'
git jci run -q
browser <<'PY'
page.open('/')
page.click('#commits .row', 'turn two')
page.click('#runs .row', 'passed')
page.find('.line', 'turn 2')
page.keys('=')
page.find('.compare-view h1')
page.find('.diff-remove', '-turn 1')
page.find('.diff-add', '+turn 2')
page.find('.compare-view td', 'changed.txt')
page.gone('.compare-view td', 'same.txt')
assert '?compare=' in page.path, page.path
page.reload()
page.find('.diff-add', '+turn 2')
page.back()
page.find('.line', 'turn 2')
page.click('#viewer button', 'Compare')
page.click('dialog .row', 'turn one')
page.find('.diff-add', '+turn 2')
PY
EOT

finish
