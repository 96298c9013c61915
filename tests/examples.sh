# Sourced behind lib.sh by tests of the examples in doc/examples; see README in this folder.
# shellcheck shell=sh

# They try the scripts of the examples, which call nothing of git-jci's that other tests don't.
! built_with JCI_ASAN || skip_all 'the plain build has tried the examples'

# needs TOOL...: skips the case, or at the top of a script all of it, where one isn't installed.
needs() {
	for test_tool; do
		command -v "$test_tool" >/dev/null && continue
		test "$test_count" -gt 0 || skip_all "there is no $test_tool"
		skip "there is no $test_tool"
	done
}

# example NAME: a repository with one commit more than new_repo's, to which all files of the example
# were copied, and goes into it. Its path has spaces, as have those of temporary files and work trees.
example() {
	new_repo "my $1"
	cp -R "$top_srcdir/doc/examples/$1/." .
	chmod -R u+w . # of an unpacked archive it may not be
	commit "ci: as in the example $1"
	export TMPDIR="$TRASH/temporary files"
	mkdir -p "$TMPDIR"
}

# stand_in [NAME]: an HTTP service that records requests and gives prepared answers (standin.py tells
# where they are), until the case ends. $stand_in is its folder, $TRASH/NAME (default: service),
# $stand_in_url its address, without a slash at its end.
stand_in() {
	stand_in=$TRASH/${1:-service}
	mkdir -p "$stand_in/answers"
	python3 "$top_srcdir/tests/standin.py" "$stand_in" &
	wait_for 'test -e "$stand_in/url"'
	stand_in_url=$(cat "$stand_in/url")
}

# answer METHOD PATH <<'EOT' ... EOT: of the stand-in, from now on; its input is a body, or all of an
# answer that begins with "HTTP STATUS".
answer() {
	case $2 in
	*/) set -- "$1" "$2index" ;;
	esac
	mkdir -p "$(dirname "$stand_in/answers/$1/$2")"
	cat >"$stand_in/answers/$1/$2"
}

# requests: the requests so far, "METHOD PATH" a line.
requests() {
	find "$stand_in" -maxdepth 1 -name '[0-9]*' ! -name '*.body' -printf '%f\n' | sort -n |
		while read -r test_request; do
			sed -n '1s, HTTP/.*,,p' "$stand_in/$test_request"
		done
}
