#!/bin/sh
# The page of `git jci web`, in a browser: going around, and what it looks like.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"
. "$top_srcdir/tests/browser.sh"

assets=$top_srcdir/src/web/assets

# ---- the sources ----

it 'nothing makes HTML of a text, or code' <<'EOT'
ls "$assets"/*.js >/dev/null
if grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\b|new Function|createContextualFragment|setHTML|javascript:' \
	"$assets"/*.js "$assets"/*.html; then
	false
fi
EOT

it 'every text of the page is in the list of translations, and no other' <<'EOT'
perl -0777 -ne 'while (/\bt\(\s*(?!text, values)(.{40}|.*)/gs) {
	my $at = $1; my $line = 1 + (substr($_, 0, pos) =~ tr/\n//);
	$at =~ /^\x27/ or print STDERR "$ARGV: t() of something else: ", substr($at, 0, 40), "\n" }
	while (/\bt\(\s*\x27((?:[^\x27\\]|\\.)*)\x27/g) { my $text = $1; $text =~ s/\\(.)/$1/g; print "$text\n" }' \
	"$assets"/*.js 2>strange | LC_ALL=C sort -u >used
same '' "$(cat strange)"
perl -ne '/^\tN_\("((?:[^"\\]|\\.)*)"\),$/ or next; my $text = $1; $text =~ s/\\(.)/$1/g; print "$text\n"' \
	"$top_srcdir/src/web/strings.c" >listed
test -s listed
diff -u listed used
EOT

# ---- going around ----

it 'a click shows runs, log and artifact, and the address follows' <<'EOT'
new_repo project <<'SH'
echo hello
echo text of the notes >notes.txt
SH
git jci run -q
set_run
browser <<'PY'
page.open('/')
page.find('#commits .row', 'first commit')
page.find('#viewer h1', 'first commit')
page.click('#commits .row', 'first commit')
page.click('#runs .row', 'passed')
page.at(os.environ['RUN'])
page.find('.line .text', 'hello')
page.click('#artifacts .row', 'notes.txt')
page.at(os.environ['RUN'] + '/notes.txt')
page.find('.line .text', 'text of the notes')
page.gone('.line .text', 'hello')
PY
EOT

it 'reload, Back and Forward show what the address says' <<'EOT'
new_repo project <<'SH'
echo hello
echo text of the notes >notes.txt
SH
git jci run -q
set_run
browser <<'PY'
run = os.environ['RUN']
page.open(run + '/notes.txt')
page.find('.line .text', 'text of the notes')
page.find('#artifacts [aria-current]', 'notes.txt')
page.find('#runs [aria-current]', 'passed')
page.find('#commits [aria-current]', 'first commit')
page.click('#artifacts .row', 'run.output.txt')
page.find('.line .text', 'hello')
page.click('#viewer .summary a', 'first commit')
page.find('#viewer h1', 'first commit')
page.reload()
page.find('#viewer h1', 'first commit')
page.back()
page.find('.line .text', 'hello')
page.at(run)
page.back()
page.find('.line .text', 'text of the notes')
page.forward()
page.find('.line .text', 'hello')
PY
EOT

it 'the keys are those of the browser in the terminal' <<'EOT'
new_repo project <<'SH'
echo hello
echo text of the notes >notes.txt
SH
git jci run -q
commit 'second commit'
browser <<'PY'
page.open('/')
page.find('#viewer h1', 'second commit')
page.keys('j')
page.focused('#commits .row', 'first commit')
page.find('#viewer h1', 'first commit')
steps = page.js('history.length')
page.keys('k')
page.find('#viewer h1', 'second commit')
same(steps, page.js('history.length'))
page.keys('G', 'Enter')
page.focused('#runs .row', 'passed')
page.keys('Enter')
page.focused('#artifacts .row', 'run.output.txt')
page.find('.line .text', 'hello')
page.keys('G')
page.focused('#artifacts .folder', '.jci')
page.keys('g', 'j')
page.find('.line .text', 'text of the notes')
page.keys('l')
page.focused('.log')
page.keys('q')
page.focused('#artifacts .row', 'notes.txt')
page.keys('h', 'h')
page.focused('#commits .row', 'first commit')
page.keys('L')
page.find('.line .text', 'hello')
page.keys('?')
page.find('dialog', 'to the next error')
page.keys('Esc')
page.count('dialog', 0)
page.focused('#commits .row', 'first commit')
page.keys('z')
page.gone('#viewer')
page.keys('z')
page.find('#viewer')
PY
EOT

it 'a branch is chosen by typing some of its letters' <<'EOT'
new_repo project
git checkout -q -b topic/faster
commit 'on the topic'
git checkout -q main
commit 'on main'
git tag v1
browser <<'PY'
page.open('/')
page.find('#commits .row', 'on main')
page.keys('b')
page.find('dialog .row', 'v1')
page.keys('tfst')
page.gone('dialog .row', 'main')
page.keys('Enter')
page.at('/?branch=topic/faster')
page.find('#commits .row', 'on the topic')
page.gone('#commits .row', 'on main')
page.find('.branch', 'topic/faster')
page.reload()
page.find('.branch', 'topic/faster')
page.find('#commits .row', 'on the topic')
page.back()
page.find('#commits .row', 'on main')
PY
EOT

it 'filters and searches commits' <<'EOT'
new_repo project <<'SH'
test -e "$JCI_REPO_ROOT/good"
SH
expect_exit 1 git jci run -q
touch good
commit 'make it good'
git jci run -q
commit 'nothing ran here'
browser <<'PY'
from selenium.webdriver.support.ui import Select
page.open('/')
page.find('#commits .row', 'nothing ran here')
select = Select(page.find('#top select'))
select.select_by_visible_text('Failed')
page.at('/?filter=failed')
page.count('#commits .row', 1)
page.find('#commits .row', 'first commit')
Select(page.find('#top select')).select_by_visible_text('With runs')
page.count('#commits .row', 2)
Select(page.find('#top select')).select_by_visible_text('All commits')
page.count('#commits .row', 3)
page.type('#top input', 'good\n')
page.at('/?q=good')
page.count('#commits .row', 1)
page.find('#commits .row', 'make it good')
page.find('#top input').clear()
page.type('#top input', 'not to be found\n')
page.find('#commits .note', 'No commit has that')
page.find('#top input').clear()
page.type('#top input', '\n')
page.count('#commits .row', 3)
PY
EOT

it 'more commits come as one scrolls' <<'EOT'
new_repo project
for n in $(seq 250); do
	git commit -q --allow-empty -m "commit number $n"
done
browser <<'PY'
page.open('/')
page.find('#commits .row', 'commit number 250')
page.keys('G')
page.until(lambda: len(page.all('#commits .row')) >= 200, 'the second page')
page.until(lambda: page.keys('G') or page.js(
    'document.querySelector("#commits li:last-child").innerText.includes("first commit")'), 'the last commit')
same(251, len(page.all('#commits .row')))
PY
EOT

it 'copies hashes, run ids, paths and lines, with and without a clipboard of its own' <<'EOT'
new_repo project <<'SH'
printf 'one\n\033[31mtwo\033[0m\nthree\n'
echo x >notes.txt
SH
git jci run -q
set_run
browser <<'PY'
def copied(expected):
    page.find('#status.shown', 'copied')
    page.click('#top input')
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys('av').key_up(Keys.CONTROL).perform()
    page.until(lambda: page.find('#top input').get_attribute('value') == expected, expected)
    page.js('document.getElementById("status").classList.remove("shown")')
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys('a').key_up(Keys.CONTROL).send_keys(
        Keys.DELETE, Keys.ESCAPE).perform()
    page.focused('#commits .row', 'first commit')

run = os.environ['RUN']
commit, run_id = run.split('/')[2:]
for secure in (True, False):
    page.open(run + '#L2-L3')
    page.find('.line.chosen', 'three')
    if not secure: # as without TLS
        page.js('void Object.defineProperty(navigator, "clipboard", {value: undefined})')
    page.js('document.querySelector(".log").focus()')
    page.keys('y')
    copied('two three') # an input has no newlines
    page.keys('y')
    copied(commit)
    page.keys('l', 'y')
    copied(run_id)
PY
EOT

# ---- where it is served ----

it 'below a path of a reverse proxy' <<'EOT'
new_repo project <<'SH'
echo hello
echo '<link rel="stylesheet" href="style.css"><h1>Coverage</h1>' >report.html
echo 'h1 { color: rgb(1, 2, 3) }' >style.css
SH
git jci run -q
set_run
serve --base-path /ci
url=${url%ci/}
browser <<'PY'
page.open('/ci/')
page.click('#commits .row', 'first commit')
page.click('#runs .row', 'passed')
page.at('/ci' + os.environ['RUN'])
page.find('.line', 'hello')
page.click('#artifacts .row', 'report.html')
page.driver.switch_to.frame(page.find('iframe.report'))
page.until(lambda: page.find('h1', 'Coverage').value_of_css_property('color') == 'rgba(1, 2, 3, 1)', 'the style')
page.driver.switch_to.default_content()
page.reload()
page.find('#artifacts [aria-current]', 'report.html')
same([], [url for url in page.take_requests() if url.startswith(URL) and '/ci/' not in url])
PY
EOT

it 'with a token, once it is told' <<'EOT'
new_repo project <<'SH'
echo hello
echo '<link rel="stylesheet" href="style.css"><h1>Coverage</h1>' >report.html
echo 'h1 { color: rgb(1, 2, 3) }' >style.css
SH
git jci run -q
set_run
serve --token secret
browser <<'PY'
run = os.environ['RUN']
page.allow_error('401')
page.open(run)
page.gone('#commits')
page.open(run + '?token=secret')
page.at(run)
page.find('.line', 'hello')
page.open(run + '/report.html')
page.driver.switch_to.frame(page.find('iframe.report'))
page.until(lambda: page.find('h1', 'Coverage').value_of_css_property('color') == 'rgba(1, 2, 3, 1)', 'the style')
PY
EOT

# ---- trouble ----

it 'says in words what is not there' <<'EOT'
new_repo project
browser <<'PY'
page.allow_error('404')
page.open('/jci/1234567890123456789012345678901234567890')
page.find('#viewer .empty', '1234567890')
page.open('/?branch=nowhere')
page.find('#commits .note', 'nowhere')
PY
EOT

it 'says that the server is gone, and comes back with it' <<'EOT'
new_repo project <<'SH'
echo hello
SH
git jci run -q
serve
JCI_TEST_SERVER=$server browser <<'PY'
import signal
import socket
import subprocess

def answers():
    with socket.socket() as client:
        return client.connect_ex(('127.0.0.1', urlsplit(URL).port)) == 0

page.allow_error('net::ERR_')
page.open('/')
page.find('#runs .row', 'passed')
os.kill(int(os.environ['JCI_TEST_SERVER']), signal.SIGTERM)
page.until(lambda: not answers(), 'the end of the server')
page.click('#runs .row', 'passed')
page.find('#viewer', 'the server does not answer')
subprocess.run(['git', 'commit', '-q', '--allow-empty', '-m', 'meanwhile'], check=True)
again = subprocess.Popen(['git-jci', 'web', str(urlsplit(URL).port)], stdout=subprocess.DEVNULL)
try:
    page.find('#commits .row', 'meanwhile')
    page.find('.line', 'hello')
finally:
    again.terminate()
    again.wait()
PY
EOT

# ---- what it looks like ----

it 'no window is too narrow for it' <<'EOT'
{
	echo '::group::one'
	printf '%0500d\n' 1
	echo '::endgroup::'
	echo 'error: here'
} >log
log_repo
browser <<'PY'
run = os.environ['RUN']
for dark in (False, True):
    page.dark(dark)
    for width in (320, 390, 699, 700, 900, 1100, 1400, 2560):
        page.resize(width, 800)
        for path, css in (('/', '#commits'), (run.rsplit('/', 1)[0], '#viewer h1'), (run, '.line')):
            page.open(path)
            page.find(css)
            page.find('#top .branch', 'main')
            wide = page.js('Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)')
            assert wide <= width, (width, path, wide)
            out = page.js('[...document.querySelectorAll("button, input, select")].filter((node) => '
                          'node.offsetParent && (node.getBoundingClientRect().right > innerWidth + 1 '
                          '|| node.getBoundingClientRect().left < 0)).map((node) => node.outerHTML.slice(0, 80))')
            same([], out)
    ground = page.js('getComputedStyle(document.body).backgroundColor')
    light = sum(int(n) for n in ground[4:-1].split(',')) > 380
    assert light != dark, ground
PY
EOT

it 'one pane at a time where there is little room' <<'EOT'
echo hello >log
log_repo
browser 390 844 <<'PY'
page.open('/')
page.find('#commits .row')
page.gone('#viewer')
page.click('#commits .row', 'first commit')
page.find('#viewer h1', 'first commit')
page.gone('#commits')
page.click('.tabs button', 'Runs')
page.click('#runs .row', 'passed')
page.find('.line', 'hello')
page.click('.tabs button', 'Artifacts')
page.click('#artifacts .row', 'status.txt')
page.find('.line', 'ok')
page.back()
page.find('.line', 'hello')
PY
EOT

it 'everything that can be pressed has a name' <<'EOT'
echo 'error: hello' >log
log_repo
browser <<'PY'
nameless = '''[...document.querySelectorAll('button, input, select, a[href], iframe, section, [role=region]')]
    .filter((node) => node.offsetParent && !(node.innerText || '').trim()
        && !node.getAttribute('aria-label') && !node.title && node.tagName !== 'SECTION'
        || node.tagName === 'SECTION' && !node.getAttribute('aria-label') && node.classList.contains('pane'))
    .map((node) => node.cloneNode().outerHTML)'''
for path in ('/', os.environ['RUN']):
    page.open(path)
    page.find('#viewer h1' if path == '/' else '.line')
    same([], page.js(nameless))
same('en', page.js('document.documentElement.lang'))
same(1, len(page.all('main')))
same('polite', page.find('body').find_element(By.ID, 'status').get_attribute('aria-live'))
PY
EOT

finish
