#!/bin/sh
# Catalogues: complete, right, and on the screen.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/languages.sh"

# need_polib: sets $polib_python, one that has the module polib: Debian's need not be the first in $PATH.
need_polib() {
	for polib_python in python3 /usr/bin/python3; do
		"$polib_python" -c 'import polib' 2>/dev/null && return
	done
	skip 'there is no python3-polib'
}

it 'the catalogues are those of the list' <<'EOT'
same "$languages" "$(sed '/^#/d' "$top_srcdir/po/LINGUAS" | LC_ALL=C sort)"
same "$languages" "$(ls "$top_srcdir/po" | sed -n 's/\.po$//p')"
EOT

it 'each has all texts of the sources, and none that is gone' <<'EOT'
cd "$top_srcdir"
xgettext --keyword=_ --keyword=N_ --keyword=Q_:1,2 -f po/POTFILES.in --from-code=UTF-8 -o "$TRASH/pot"
for language in $languages; do
	echo "$language"
	msgcmp "po/$language.po" "$TRASH/pot"
	same '' "$(msgattrib --only-obsolete "po/$language.po")"
	same '' "$(msgattrib --only-fuzzy "po/$language.po")"
done
EOT

it 'each compiles, and keeps the format directives' <<'EOT'
for language in $languages; do
	msgfmt -c -o /dev/null "$top_srcdir/po/$language.po"
done
EOT

it 'each keeps what is typed: options, commands, variables, files' <<'EOT'
need_polib
for language in $languages; do
	"$polib_python" "$top_srcdir/tests/po/check.py" texts "$top_srcdir/po/$language.po"
done
EOT

it 'each is what the commands say' <<'EOT'
for language in $languages; do
	LANGUAGE=$language git jci run -h >help
	contains help "$(text "$language" 'usage:')"
	contains help "$(text "$language" 'show this text')"
done
EOT

it 'a number has the form of its language' <<'EOT'
new_repo project <<'SH'
echo done
SH
git jci run -q
for n in 1 2; do
	git jci run -q
	for language in $languages; do
		LANGUAGE=$language git jci prune --keep=1 >"$n-$language"
		wanted=$(LANGUAGE=$language TEXTDOMAINDIR=$JCI_TEXTDOMAINDIR \
			ngettext git-jci '%zu run would be removed' '%zu runs would be removed' $n)
		contains "$n-$language" "${wanted%%%zu*}$n${wanted#*%zu}"
	done
done
EOT

. "$top_srcdir/tests/tui.sh"

# The panes stand side by side: what is before each line between two of them is as wide in each row.
it 'the browser shows each, and its columns line up' <<'EOT'
need_polib
browser_repo
for language in $languages; do
	echo "$language"
	screen >screen <<EOF
size 120 24
env LANGUAGE=$language
start git jci
idle
screen
keys ?
idle
screen
EOF
	sed '2,/^---/!d' screen >panes
	contains panes "$(text "$language" Runs)"
	contains panes "$(text "$language" Artifacts)"
	"$polib_python" "$top_srcdir/tests/po/check.py" columns panes
	moving=$(text "$language" Moving) # the heading of the first keys in the help
	test "$moving" != Moving
	contains screen "$moving"
done
EOT

finish
