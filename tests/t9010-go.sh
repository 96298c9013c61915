#!/bin/sh
# The example go, by Debian's golang-go, offline.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs go gofmt jq xmllint

export GOFLAGS='' GOPROXY=off GOTOOLCHAIN=local GOCACHE="$test_root/go-cache"

# count XPATH: in junit.xml of the only run.
count() {
	the_file junit.xml >"$TRASH/junit.xml"
	xmllint --xpath "count($1)" "$TRASH/junit.xml"
}

it 'a module is checked, built and tested' <<'EOT'
example go
git jci run
the_file bin/greet >"$TRASH/greet"
chmod +x "$TRASH/greet"
same 'Hello, Ada!' "$("$TRASH/greet" Ada)"
same "$(git rev-parse HEAD)" "$("$TRASH/greet" -version)"
same 3 "$(count //testcase)"
same 0 "$(count '//failure|//error|//skipped')"
the_file coverage.out >"$TRASH/coverage.out"
contains "$TRASH/coverage.out" 'example.com/greeting/greeting.go:5.'
the_file coverage.html >/dev/null
the_file lcov.info >"$TRASH/lcov.info"
contains "$TRASH/lcov.info" 'SF:greeting.go'
contains "$TRASH/lcov.info" 'DA:6,1'
contains "$TRASH/lcov.info" 'DA:9,1'
same '' "$(git status --porcelain)"
EOT

it 'a wrong format fails, and its patch mends it; a failed test is told with what it said' <<'EOT'
example go
printf 'package greeting\n\nfunc  Twice(s string) string { return s+s }\n' >twice.go
sed -i 's/Hello/<Hallo> \&/' greeting.go
commit 'a function'
expect_exit 1 git jci run HEAD
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" 'error: format failed'
contains "$TRASH/log" 'error: test failed'
the_file gofmt.patch | git apply
contains twice.go 'func Twice(s string) string { return s + s }'
same 3 "$(count //failure)"
contains "$TRASH/junit.xml" 'is &quot;&lt;Hallo&gt; &amp;, Ada!&quot;'
EOT

it 'a package that does not compile is told as one' <<'EOT'
example go
echo 'func broken() { return 1 }' >>greeting_test.go
expect_exit 1 git jci run
same 1 "$(count '//testcase[@name="package"]/failure')"
EOT

finish
