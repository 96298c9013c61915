# Sourced by tests of the web page, behind lib.sh and web.sh; see README in this folder.
# shellcheck shell=sh

# Debian's python3-selenium belongs to Debian's python3, which need not be the first in $PATH.
for test_python in python3 /usr/bin/python3 ''; do
	test -n "$test_python" || skip_all 'there is no python3-selenium'
	"$test_python" -c 'import selenium' 2>/dev/null && break
done
for test_tool in chromium chromedriver; do
	command -v "$test_tool" >/dev/null || skip_all "there is no $test_tool"
done

# browser [WIDTH HEIGHT] <<'PY' ... PY: a test in Python (tests/browser/page.py), at the server of
# serve(), which it starts if need be.
browser() {
	test -n "${url:-}" || serve
	JCI_TEST_URL=$url PYTHONDONTWRITEBYTECODE=1 \
		"$test_python" "$top_srcdir/tests/browser/page.py" "$@"
}

# log_repo: a run whose log is the file 'log' of $TRASH.
log_repo() {
	new_repo project <<SH
cat '$TRASH/log'
SH
	git jci run -q
	set_run
}

# set_run: $RUN is the address of the only run, as the page has it, also for Python.
set_run() {
	RUN=/jci/$(the_ref | cut -d / -f 3,4)
	export RUN
}
