# Turns the output of `go test -json`, read as raw lines, into a JUnit report: a test suite a package.

def xml: gsub("[\u0000-\u0008\u000b\u000c\u000e-\u001f]"; "?") | @html;

# A package that can't be built is told by a line that isn't JSON.
def event:
	fromjson? // (capture("^FAIL\t(?<Package>[^ ]+) (?<Output>.*)") + {Action: "fail"});

# All events of a test, or of a package itself, as one case; a test that never ended is in error.
def case:
	{
		package: .[0].Package,
		test: .[0].Test,
		result: ([.[].Action | select(IN("pass", "fail", "skip"))] | last // "error"),
		seconds: ([.[].Elapsed // empty] | last // 0),
		output: ([.[].Output // empty] | join(""))
	};

# Those of a package; it is one itself if it failed and no test of it tells why.
def cases:
	(map(select(.Test)) | group_by(.Test) | map(case)) as $tests
	| (map(select(.Test | not)) | case) as $package
	| if $package.result == "fail" and all($tests[]; .result | IN("pass", "skip"))
	  then $tests + [$package] else $tests end;

def detail:
	if .result == "pass" then ""
	elif .result == "skip" then "<skipped/>"
	elif .result == "fail" then "<failure>\(.output | xml)</failure>"
	else "<error message=\"did not end\">\(.output | xml)</error>"
	end;

def suite:
	cases
	| "<testsuite name=\"\(.[0].package // "" | xml)\" tests=\"\(length)\">",
	  (.[] | "<testcase classname=\"\(.package | xml)\" name=\"\(.test // "package" | xml)\" time=\"\(.seconds)\">\(detail)</testcase>"),
	  "</testsuite>";

"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
"<testsuites>",
([inputs | event] | group_by(.Package)[] | suite),
"</testsuites>"
