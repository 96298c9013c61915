#!/bin/sh
# Lints a Python project, tests it and measures what the tests cover. Tests run also if the lint fails.

set -eu
cd "$JCI_REPO_ROOT"
out=$JCI_OUTPUT_DIR
failed=0

# Nothing is written into the work tree.
export PYTHONDONTWRITEBYTECODE=1 COVERAGE_FILE="$out/.coverage"

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

lint() {
	git ls-files -z -- '*.py' | xargs -0 -r python3 -m pylint --output-format="text,json:$out/pylint.json"
}

run_tests() {
	python3 -m pytest -p no:cacheprovider --junitxml="$out/junit.xml" \
		--cov --cov-report=term --cov-report="xml:$out/coverage.xml" --cov-report="html:$out/coverage"
}

step lint lint
step test run_tests

rm -f "$COVERAGE_FILE"
exit "$failed"
