#!/bin/sh
# Nothing is forgotten in the lists of Makefile.am and po/POTFILES.in.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# unlisted FOLDER... PATTERN: which of these files does Makefile.am not name?
unlisted() {
	tr -s '[:space:]' '[\n*]' <"$top_srcdir/Makefile.am" | sort -u >words
	files "$@" | comm -23 - words
}

# files FOLDER... PATTERN: those of the folders that are there, sorted.
files() {
	(
		cd "$top_srcdir" || exit
		folders=
		while test $# -gt 1; do
			test ! -d "$1" || folders="$folders $1"
			shift
		done
		test -z "$folders" || find $folders -type f -name "$1" | LC_ALL=C sort
	)
}

it 'every source file is in Makefile.am' <<'EOT'
same '' "$(unlisted src tui '*.[ch]')"
EOT

it 'every test is in Makefile.am' <<'EOT'
same '' "$(unlisted tests 't[0-9]*.sh')"
same '' "$(unlisted tests/bench '*')"
same '' "$(unlisted tests/unit tests/fuzz '*.h')"
files tests/unit tests/fuzz '*.c' >programs
test -s programs
while read -r program; do
	contains "$top_srcdir/Makefile.am" "${program%.c}"
done <programs
EOT

it 'every manual page is in Makefile.am' <<'EOT'
same '' "$(unlisted doc '*.[1-8]')"
EOT

it 'every file with text for users is in po/POTFILES.in, and no other' <<'EOT'
cd "$top_srcdir"
files src tui '*.[ch]' | xargs awk '
	!/^ \*/ && /(^|[^A-Za-z0-9_])(N?_|Q_)\("/ { print FILENAME; nextfile }' >"$TRASH/with"
sed '/^#/d' po/POTFILES.in >"$TRASH/listed"
diff -u "$TRASH/listed" "$TRASH/with"
EOT

it 'what doc/HACKING, README and tests/README name is there' <<'EOT'
cd "$top_srcdir"
# Paths as they are in the tree, or below src/; what is made by building is not asked for.
grep -ohE '\b(src|tui|tests|contrib|doc|po|m4|core|util|web|server|runner|cmd|http)/[A-Za-z0-9_./-]*[A-Za-z0-9]' \
	doc/HACKING README tests/README |
	grep -vE 'NAME|NNNN|\.log$|TOPIC|doc/examples' | sort -u >"$TRASH/named"
contains "$TRASH/named" src/core/config.h
while read -r path; do
	test -e "$path" || test -e "src/$path" || test -e "tests/$path" || echo "$path"
done <"$TRASH/named" >"$TRASH/missing"
same '' "$(cat "$TRASH/missing")"
EOT

finish
