#!/bin/sh
# Asks the API at $API, and leaves a JUnit report in /results.

set -u
mkdir -p /results
failed=0

escape() {
	sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'
}

# expect STATUS BODY PATH: what a GET is answered with; BODY may be '' where it doesn't matter.
expect() {
	body=$(wget -S -q -O - "$API$3" 2>/tmp/head)
	status=$(sed -n 's,^ *HTTP/[0-9.]* \([0-9]*\).*,\1,p' /tmp/head | tail -n 1)
	printf '<testcase classname="api" name="%s">' "$(printf 'GET %s' "$3" | escape)"
	if test "$status" = "$1" && { test -z "$2" || test "$body" = "$2"; }; then
		echo "ok: GET $3" >&2
	else
		failed=1
		echo "not ok: GET $3: status $status, $body" >&2
		printf '<failure message="status %s">%s</failure>' "$status" "$(printf '%s' "$body" | escape)"
	fi
	echo '</testcase>'
}

{
	echo '<?xml version="1.0" encoding="UTF-8"?>'
	echo '<testsuite name="api">'
	expect 200 '{"text": "Hello, world!"}' /cgi-bin/greet
	expect 200 '{"text": "Hello, Ada!"}' '/cgi-bin/greet?name=Ada'
	expect 400 '' '/cgi-bin/greet?name=<b>'
	expect 404 '' /cgi-bin/nothing
	echo '</testsuite>'
} >/results/junit.xml
exit "$failed"
