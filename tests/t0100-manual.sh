#!/bin/sh
# The manual pages tell what the program has: its commands, and their options.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

doc=$top_srcdir/doc

# commands: names, as `git jci help` lists them.
commands() {
	git-jci help | sed -n 's/^   \([a-z][a-z-]*\) .*/\1/p'
}

# options_of COMMAND: those that its usage lists, sorted, a line each.
options_of() {
	git-jci "$1" -h | sed -n 's/^ \{4,\}\(-.*\)/\1/p' | sed 's/  .*//' |
		grep -oE -- '(^|[ ,])--?[a-zA-Z][a-zA-Z0-9-]*' | tr -d ' ,' | LC_ALL=C sort -u
}

# options_in PAGE MACRO: those that follow the macro: "Fl Fl name" is --name, "Fl x" is -x.
options_in() {
	awk -v macro=".$2" '
		$1 != macro { next }
		{
			for (i = 2; i < NF; i++) {
				if ($i != "Fl")
					continue
				if ($(i + 1) == "Fl")
					print "--" $(i += 2)
				else
					print "-" $(i += 1)
			}
		}' "$1" | LC_ALL=C sort -u
}

# main_options: of git-jci itself.
main_options() {
	printf '%s\n' --help --version -h
}

it 'every command has a page, and every page a command' <<'EOT'
commands >names
test -s names
(cd "$doc" && ls git-jci-*.1) | sed 's/^git-jci-\(.*\)\.1$/\1/' >pages
LC_ALL=C sort names | diff -u - pages
EOT

it 'git-jci(1) names every command and its page' <<'EOT'
commands >names
test -s names
while read -r name; do
	contains "$doc/git-jci.1" ".It Cm $name"
	contains "$doc/git-jci.1" ".Xr git-jci-$name 1"
done <names
EOT

it 'a page documents the options of its command, and no others' <<'EOT'
commands >names
test -s names
while read -r name; do
	options_of "$name" >has
	contains has --help
	options_in "$doc/git-jci-$name.1" It >told
	diff -u has told
done <names
main_options >has
options_in "$doc/git-jci.1" It >told
diff -u has told
EOT

it 'a synopsis has no option that does not exist' <<'EOT'
commands >names
test -s names
while read -r name; do
	options_of "$name" >has
	options_in "$doc/git-jci-$name.1" Op >told
	same '' "$(comm -13 has told)"
done <names
EOT

it 'a page has the name of its file, and what is said of each option is not empty' <<'EOT'
for page in "$doc"/*.[1-8]; do
	base=$(basename "$page")
	contains "$page" ".Dt $(echo "${base%.*}" | tr '[:lower:]' '[:upper:]') ${base##*.}"
	contains "$page" ".Nm ${base%.*}"
	awk '/^\.It Fl/ { if (item) exit 1; item = 1; next }
		/^\.(El|It)/ { if (item) exit 1 }
		{ item = 0 }' "$page"
done
EOT

it 'references lead to pages that are there' <<'EOT'
for page in "$doc"/*.[1-8]; do
	sed -n 's/^\.Xr \(git-jci[a-z-]*\) \([1-8]\).*/\1.\2/p' "$page"
done | sort -u >references
contains references git-jci-run.1
while read -r page; do
	test -f "$doc/$page"
done <references
EOT

it 'mandoc finds nothing wrong in them' <<'EOT'
command -v mandoc >/dev/null || skip 'mandoc is not installed'
mandoc -T lint -W warning "$doc"/*.[1-8] >lint 2>&1 || :
same '' "$(grep -v '^mandoc: outdated mandoc.db' lint)"
EOT

it 'man renders them without a warning' <<'EOT'
command -v man >/dev/null || skip 'man is not installed'
command -v groff >/dev/null || skip 'groff is not installed'
for page in "$doc"/*.[1-8]; do
	MANWIDTH=80 MAN_KEEP_STDERR=1 man --warnings -E UTF-8 -l "$page" >text 2>warnings
	same '' "$(cat warnings)"
	grep -q 'SEE ALSO' text
done
EOT

it 'lines of a crontab in git-jci-cron(1) have the id of their path' <<'EOT'
sed -n "s/^.*cd '\([^']*\)'.*# JCI:\([^ ]*\).*/\1 \2/p" "$doc/git-jci-cron.1" >lines
test -s lines
while read -r path id; do
	same "$(printf %s "$path" | sha256sum | cut -d ' ' -f 1)" "$id"
done <lines
EOT

finish
