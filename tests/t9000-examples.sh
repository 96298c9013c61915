#!/bin/sh
# What all examples have in common: they can be copied as they are, and are told of.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

cd "$top_srcdir/doc/examples" || exit 99
examples=$(find . -mindepth 1 -maxdepth 1 -type d | sed 's,^\./,,' | LC_ALL=C sort)

# shell_scripts: those of all examples, by their first line.
shell_scripts() {
	find "$top_srcdir/doc/examples" -type f -exec awk '
		FNR == 1 && /^#!.*[\/ ](ba|da)?sh( |$)/ { print FILENAME }' {} +
}

it 'each has a page, and .jci/run.sh that can be executed' <<'EOT'
for name in $examples; do
	test -s "$top_srcdir/doc/examples/$name/README"
	test -x "$top_srcdir/doc/examples/$name/.jci/run.sh"
done
EOT

it 'each is in the list, and no other' <<'EOT'
sed -n 's/^\([a-z][a-z0-9-]*\)   *[a-zA-Z].*/\1/p' "$top_srcdir/doc/examples/README" >listed
echo "$examples" | diff -u listed -
EOT

it 'each is tried by a test' <<'EOT'
for name in $examples; do
	grep -lE "^[[:space:]]*example $name( |\$)" "$top_srcdir"/tests/t9*.sh
done
EOT

it 'their scripts are clean by shellcheck' <<'EOT'
needs shellcheck
shell_scripts >scripts
test -s scripts
tr '\n' '\0' <scripts | xargs -0 shellcheck -e SC2317 # of functions that are called by their names
EOT

it 'the stand-in of a service records requests, and answers as prepared' <<'EOT'
stand_in
echo hello | answer GET /a/b
printf 'HTTP 503\nRetry-After: 9\n\nbusy' | answer POST /c/
same hello "$(curl -sS "$stand_in_url/a/b?page=1")"
same 'busy 503' "$(curl -sS -w ' %{http_code}' -H 'Transfer-Encoding: chunked' -d 'in=chunks' "$stand_in_url/c/")"
same '{}' "$(curl -sS -X PUT -d 'x=y' "$stand_in_url/other")"
same 'GET /a/b?page=1
POST /c/
PUT /other' "$(requests)"
same 'in=chunks' "$(cat "$stand_in/2.body")"
contains "$stand_in/3" 'Content-Length: 3'
contains "$stand_in/3" 'x=y'
EOT

finish
