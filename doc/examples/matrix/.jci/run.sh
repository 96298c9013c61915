#!/bin/sh
# Builds and tests with each compiler and each set of flags: the cells of a matrix, several at a time.
# Red if one of them is; a compiler that isn't installed is skipped.

set -eu
out=$JCI_OUTPUT_DIR
jobs=${MATRIX_JOBS:-$(nproc)}

# cells: name, compiler and flags of each, separated by tabs.
cells() {
	for compiler in gcc clang; do
		printf '%s\t%s\t%s\n' \
			"$compiler-debug" "$compiler" '-g -O0' \
			"$compiler-fast" "$compiler" '-O2' \
			"$compiler-strict" "$compiler" '-O2 -Wall -Wextra -Werror'
	done
}

# escape: text, as it is within XML.
escape() {
	tr -d '\000-\010\013\014\016-\037' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'
}

# testcase NAME RESULT SECONDS
testcase() {
	printf '<testcase classname="matrix" name="%s" time="%s">' "$1" "$3"
	case $2 in
	failed) printf '<failure message="see %s/log.txt">%s</failure>' "$1" "$(escape <"$out/$1/log.txt")" ;;
	skipped) printf '<skipped message="the compiler is not installed"/>' ;;
	esac
	printf '</testcase>\n'
}

echo '--- cells'
cells | tr '\t\n' '\0\0' | xargs -0 -n 3 -P "$jobs" "$JCI_REPO_ROOT/.jci/cell"

echo '--- results'
tab=$(printf '\t')
cells >"$out/cells"
failed=0
{
	echo '<?xml version="1.0" encoding="UTF-8"?>'
	echo '<testsuite name="matrix">'
	while IFS=$tab read -r name compiler flags; do
		read -r result seconds <"$out/$name/result"
		testcase "$name" "$result" "$seconds"
		printf '%-8s %4s s   %s %s\n' "$result" "$seconds" "$compiler" "$flags" >>"$out/matrix.txt"
		test "$result" != failed || failed=1
	done <"$out/cells"
	echo '</testsuite>'
} >"$out/junit.xml"
rm "$out/cells"
cat "$out/matrix.txt"
exit "$failed"
