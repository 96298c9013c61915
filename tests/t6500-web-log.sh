#!/bin/sh
# Logs on the page of `git jci web`, in a browser.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"
. "$top_srcdir/tests/browser.sh"

# ---- logs ----

it 'colours, progress and control characters are those of a terminal' <<'EOT'
{
	printf 'plain \033[31mred\033[0m \033[1;4mstrong\033[m \033[38;5;208morange\033[0m'
	printf ' \033[48;2;1;2;3mtrue\033[0m \033[7mreverse\033[27m\n'
	printf 'progress 1%%\rprogress 50%%\rprogress 100%%\n'
	printf 'first words\033[2K\rgone\n'
	printf 'bell \a and \033]0;title\007 and \033[5Aup and \342\200\256bidi\n'
	printf 'wrong \377 byte\n'
	printf '<b>bold</b> &amp; <script>document.title="bad"</script>\n'
} >log
log_repo
browser <<'PY'
page.open(os.environ['RUN'])
page.find('.line .text', 'plain red strong')
same('red', page.find('.line .f1').text)
same('strong', page.find('.line .ab.au').text)
color = page.find('.line span', 'orange').find_element(By.XPATH, './/span[text()="orange"]')
same('rgba(255, 135, 0, 1)', color.value_of_css_property('color'))
color = page.find('.line span', 'true').find_element(By.XPATH, './/span[text()="true"]')
same('rgba(1, 2, 3, 1)', color.value_of_css_property('background-color'))
same('reverse', page.find('.line .ar').text)
lines = [node.text for node in page.all('.line .text')]
same('progress 100%', lines[1])
same('gone', lines[2].strip())
same('bell \\007 and  and up and \\u202ebidi', lines[3])
same('wrong \ufffd byte', lines[4])
same('<b>bold</b> &amp; <script>document.title="bad"</script>', lines[5])
same(0, len(page.all('.line b, .line script')))
PY
EOT

it 'a long log is shown by the lines in sight, from its first to its last' <<'EOT'
seq -f 'line number %.0f' 300000 | sed 's/^line number 123456$/the needle/' >log
log_repo
browser <<'PY'
page.open(os.environ['RUN'])
page.find('.line .text', 'line number 1')
page.js('document.querySelector(".log").focus()')
page.keys('G')
page.find('.line .text', 'line number 300000')
page.keys('g')
page.find('.line .text', 'line number 3')
page.gone('.line .text', 'line number 300000')
assert len(page.all('.line')) < 100
# the wheel moves line by line, dragging the bar in proportion
page.js('document.querySelector(".log").scrollBy(0, 400)')
page.find('.line .text', 'line number 30')
page.js('''(log => log.scrollTo(0, log.scrollHeight / 2))(document.querySelector(".log"))''')
page.until(lambda: 140000 < int(page.js(
    'document.querySelectorAll(".line")[5].dataset.line')) < 160000, 'the middle')
page.until(lambda: page.all('.line')[5].text.endswith(
    'line number ' + page.all('.line')[5].get_attribute('data-line')), 'its text')
page.js('''(log => log.scrollTo(0, log.scrollHeight))(document.querySelector(".log"))''')
page.find('.line .text', 'line number 300000')
page.keys('/')
page.keys('NEEDLE', 'Enter')
page.find('.line.cursor mark', 'the needle' and 'needle')
page.find('.count', '1 of 1')
same('123456', page.find('.line.cursor').get_attribute('data-line'))
PY
EOT

it 'a line, or lines, have an address' <<'EOT'
seq -f 'line number %.0f' 5000 >log
log_repo
browser <<'PY'
run = os.environ['RUN']
page.open(run + '#L3000-L3002')
page.find('.line.chosen .text', 'line number 3001')
same(3, len(page.all('.line.chosen')))
page.click('.line[data-line="3004"] .number')
page.at(run + '#L3004')
same(['3004'], [node.get_attribute('data-line') for node in page.all('.line.chosen')])
ActionChains(page.driver).key_down(Keys.SHIFT).click(
    page.find('.line[data-line="3006"] .number')).key_up(Keys.SHIFT).perform()
page.at(run + '#L3004-L3006')
page.reload()
page.find('.line.chosen .text', 'line number 3006')
same(3, len(page.all('.line.chosen')))
PY
EOT

it 'goes from error to error, and from match to match' <<'EOT'
seq -f 'line %.0f' 2000 | sed -e '500s/$/ error: first/' -e '1500s/$/ error: second/' >log
log_repo
browser <<'PY'
page.open(os.environ['RUN'])
page.find('.errors', '2 errors')
page.js('document.querySelector(".log").focus()')
page.keys('e')
page.find('.line.cursor.error', 'first')
page.keys('e')
page.find('.line.cursor.error', 'second')
page.keys('E')
page.find('.line.cursor.error', 'first')
page.keys('g', '/')
page.keys('^line 1[0-9]$')
page.find('.count', 'not found')
page.click('button', '.*')
page.find('.count', '1 of 10')
page.find('.line.cursor mark', 'line 10')
page.js('document.querySelector(".log").focus()')
page.keys('n')
page.find('.line.cursor mark', 'line 11')
page.keys('N', 'N')
page.find('.line.cursor mark', 'line 19')
PY
EOT

it 'groups fold' <<'EOT'
{
	echo '::group::the first'
	seq -f 'inner %.0f' 100
	echo '::endgroup::'
	echo between
	echo '--- section'
	echo 'of it'
} >log
log_repo
browser <<'PY'
page.open(os.environ['RUN'])
page.find('.line .title', 'the first')
page.gone('.line', '::group::')
page.find('.line', 'inner 5')
page.click('.fold')
page.gone('.line', 'inner 5')
page.find('.line', 'between')
page.click('.fold')
page.find('.line', 'inner 5')
page.js('document.querySelector(".log").focus()')
page.keys('C')
page.gone('.line', 'of it')
page.find('.line', 'section')
# what is searched for is not hidden
page.keys('/')
page.keys('inner 77', 'Enter')
page.find('.line.cursor', 'inner 77')
PY
EOT

it 'times, numbers and wrapping are on and off, and remembered' <<'EOT'
{
	echo first
	printf '%03000d\n' 1
	echo last
} >log
log_repo
browser <<'PY'
page.open(os.environ['RUN'])
page.find('.line', 'first')
log = page.find('.log')
assert page.js('arguments[0].scrollWidth > arguments[0].clientWidth * 2', log)
page.keys('w')
page.until(lambda: page.js('arguments[0].scrollWidth <= arguments[0].clientWidth', log), 'wrapped')
page.find('.line', 'last')
page.keys('T')
page.until(lambda: ':' in page.find('.line .at').text, 'the time of day')
page.keys('T')
page.until(lambda: page.find('.line .at').text == '0:00', 'since the start')
page.keys('#')
page.gone('.line .number')
page.reload()
page.find('.line', 'first')
page.gone('.line .number')
same('0:00', page.find('.line .at').text)
PY
EOT

it 'an empty log is said to be empty' <<'EOT'
touch log
log_repo
browser <<'PY'
page.open(os.environ['RUN'])
page.find('.note', 'It is empty.')
PY
EOT

# ---- what goes on ----

it 'a run appears by itself, and its log is followed to its end' <<'EOT'
mkfifo gate
new_repo project <<SH
echo before the gate
read -r line <'$TRASH/gate'
echo "came: \$line"
read -r line <'$TRASH/gate'
echo "then: \$line"
SH
serve
exec 9<>"$TRASH/gate"
git jci run -q &
run=$!
browser <<'PY'
def tell(text):
    with open('../gate', 'w') as gate:
        gate.write(text + '\n')

page.open('/')
page.find('#commits .icon.running')
page.click('#runs .row', 'running')
page.find('.line', 'before the gate')
page.find('button[aria-pressed="true"]', 'Follow')
tell('one')
page.find('.line', 'came: one')
page.reload()
page.find('.line', 'came: one')
tell('two')
page.find('.line', 'then: two')
page.find('#viewer .summary', 'passed')
page.find('#runs .row', 'passed')
page.find('#commits .icon.success')
page.find('#artifacts .row', 'status.txt')
same(1, page.js('[...document.querySelectorAll(".line")].filter('
                '(line) => line.innerText.includes("came: one")).length'))
PY
wait "$run"
EOT

it 'new commits and runs appear without a reload' <<'EOT'
new_repo project <<'SH'
echo hello
SH
serve
browser <<'PY'
import subprocess
page.open('/')
page.find('#runs .note', 'No runs of this commit')
subprocess.run(['git', 'jci', 'run', '-q'], check=True)
page.find('#runs .row', 'passed')
page.find('#commits .icon.success')
subprocess.run(['git', 'commit', '-q', '--allow-empty', '-m', 'another one'], check=True)
page.find('#commits .row', 'another one')
PY
EOT

finish
