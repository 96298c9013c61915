#!/bin/sh
# A C project with autotools: built and tested by gcc, by clang with sanitizers, and from its archive. All
# of that happens whatever fails before.

set -eu

out=$JCI_OUTPUT_DIR
jobs=$(nproc)
failed=0

# Not in $TMPDIR: configure refuses paths with spaces.
work=$(mktemp -d /tmp/ci.XXXXXX)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# step TITLE COMMAND...
step() {
	echo "--- $1"
	shift
	"$@" || {
		echo "error: '$*' failed"
		failed=1
		return 1
	}
}

# variant NAME COMPILER FLAGS: a build of its own, and its tests, whose results in TAP are kept. Warnings
# are errors here and not in configure, which compiles what it likes.
variant() {
	mkdir "$work/$1" && cd "$work/$1"
	step "$1: configure" ../source/configure -q CC="$2" CFLAGS="$3" || return 0
	step "$1: build" make -s -j "$jobs" CFLAGS="$3 -Werror" || return 0
	step "$1: test" make -s -j "$jobs" check || cat test-suite.log
	mkdir "$out/$1"
	for log in tests/*.log; do
		cp "$log" "$out/$1/$(basename "$log" .log).tap"
	done
}

echo '--- sources'
mkdir "$work/source"
git -C "$JCI_REPO_ROOT" archive "$JCI_COMMIT" | tar -x -C "$work/source"
cd "$work/source"
autoreconf -fi

variant gcc gcc '-g -O2'
variant sanitizers clang '-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all'

cd "$work/gcc"
step archive make -s -j "$jobs" distcheck && cp ./*.tar.gz "$out"

exit "$failed"
