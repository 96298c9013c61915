#!/bin/sh
# Checks the format of a Go module, vets, builds and tests it. All steps run, whatever fails before.

set -eu
cd "$JCI_REPO_ROOT"
out=$JCI_OUTPUT_DIR
failed=0

# step TITLE COMMAND...
step() {
	title=$1
	shift
	echo "--- $title"
	"$@" || {
		echo "error: $title failed"
		failed=1
	}
}

# What gofmt would change becomes a patch.
check_format() {
	git ls-files -z -- '*.go' ':!vendor/' | xargs -0 -r gofmt -d >"$out/gofmt.patch"
	test -s "$out/gofmt.patch" || {
		rm "$out/gofmt.patch"
		return 0
	}
	cat "$out/gofmt.patch"
	echo "mend it with: git jci cat $JCI_RUN_ID gofmt.patch | git apply"
	return 1
}

# Prints what the tests say while they run, and makes a report of it.
run_tests() {
	{
		go test -json -vet=off -coverprofile="$out/coverage.out" ./... || : >"$out/failed"
	} | tee "$out/tests.json" | jq -Rrj --unbuffered '(fromjson? | .Output // "") // . + "\n"'
	jq -Rnr -f .jci/junit.jq "$out/tests.json" >"$out/junit.xml"
	rm "$out/tests.json"
	test ! -e "$out/failed" || {
		rm "$out/failed"
		return 1
	}
}

report_coverage() {
	awk -v module="$(go list -m)" -f .jci/lcov.awk "$out/coverage.out" >"$out/lcov.info" &&
		go tool cover -html="$out/coverage.out" -o "$out/coverage.html" &&
		go tool cover -func="$out/coverage.out" | tail -n 1
}

step format check_format
step vet go vet ./...
step build go build -trimpath -buildvcs=false -ldflags "-X main.version=$JCI_COMMIT" -o "$out/bin/" ./cmd/...
step test run_tests
step coverage report_coverage

exit "$failed"
