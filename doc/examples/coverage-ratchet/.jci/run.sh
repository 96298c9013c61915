#!/bin/sh
# Tests a Python project and measures what the tests cover; red if that is less than it was.

set -eu

# By how many points it may drop.
allowed=0.5
out=$JCI_OUTPUT_DIR

cd "$JCI_REPO_ROOT"
export PYTHONDONTWRITEBYTECODE=1 COVERAGE_FILE="$out/.coverage"
trap 'rm -f "$COVERAGE_FILE"' EXIT

echo '--- test'
python3 -m coverage run --branch --source=. --omit='tests/*' -m unittest discover -s tests -t . -v

echo '--- coverage'
python3 -m coverage report --show-missing
python3 -m coverage xml -q -o "$out/coverage.xml"
python3 -m coverage html -q -d "$out/coverage"
python3 -m coverage json -q -o "$out/coverage.json"
jq .totals.percent_covered "$out/coverage.json" >"$out/coverage.txt"

"$JCI_REPO_ROOT/.jci/ratchet" coverage.txt "$allowed"
