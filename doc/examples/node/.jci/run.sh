#!/bin/sh
# Installs what package-lock.json names, lints and tests. The tests run also if the lint fails.

set -eu
cd "$JCI_REPO_ROOT"
out=$JCI_OUTPUT_DIR
failed=0

# step TITLE COMMAND...
step() {
	echo "--- $1"
	shift
	"$@" || {
		echo "error: '$*' failed"
		failed=1
	}
}

# has_reporter NAME: does this version of Node.js have it?
has_reporter() {
	node -e 'process.exit(process.argv[1] in require("node:test/reporters") ? 0 : 1)' "$1"
}

echo '--- install'
npm ci --prefer-offline --no-audit --no-fund

step lint npm run lint

# To the log for people; for machines what there is.
set -- --test-reporter=spec --test-reporter-destination=stdout
if has_reporter junit; then
	set -- "$@" --test-reporter=junit --test-reporter-destination="$out/junit.xml"
else
	set -- "$@" --test-reporter=tap --test-reporter-destination="$out/tests.tap"
fi
! has_reporter lcov ||
	set -- "$@" --experimental-test-coverage --test-reporter=lcov --test-reporter-destination="$out/lcov.info"
step test npm test -- "$@"

exit "$failed"
