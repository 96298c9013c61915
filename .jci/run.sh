#!/bin/sh
# git-jci builds and tests itself: `git jci run` in this repository, or this file by hand. The
# results of the tests are left as artifacts.

set -eu

source=${JCI_REPO_ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
artifacts=${JCI_OUTPUT_DIR:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/jci-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo '--- sources'
mkdir "$work/source" "$work/build"
# Nothing is written into the work tree: its files, changed ones too, are built from a copy.
(cd "$source" && git ls-files -z -c -o --exclude-standard |
	tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$work/source"
cd "$work/source"
autoreconf -fi

echo '--- build'
cd "$work/build"
"$work/source/configure"
make -j "$(nproc)"

echo '--- tests'
status=0
make -j "$(nproc)" check || status=$?
if test -n "$artifacts"; then
	cp test-suite.log "$artifacts"
	test "$status" -ne 0 || cp git-jci "$artifacts"
fi
exit "$status"
