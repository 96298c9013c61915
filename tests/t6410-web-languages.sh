#!/bin/sh
# The page of `git jci web` in each language there is a catalogue for.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
! built_with JCI_ASAN || skip_all 'the plain build tries the languages'
. "$top_srcdir/tests/languages.sh"
. "$top_srcdir/tests/web.sh"
. "$top_srcdir/tests/browser.sh"

it 'the browser shows the page in each' <<'EOT'
new_repo project <<'SH'
echo done
SH
git jci run -q
for language in $languages; do
	export LANGUAGE="$language"
	serve
	tag=$(text "$language" en)
	RUNS=$(text "$language" Runs) STATISTICS=$(text "$language" Statistics)
	test "$RUNS $STATISTICS" != 'Runs Statistics'
	get '' | grep -F "<html lang=\"$tag\"" >/dev/null
	export RUNS STATISTICS
	browser 1400 900 <<'PY'
import os
page.open('/')
page.find('#commits .row', 'first commit')
page.find('body', os.environ['RUNS'])
PY
	stop_serving
	url=
done
EOT

finish
