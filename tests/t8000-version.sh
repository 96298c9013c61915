#!/bin/sh
# `git jci version`: what it was built with, and what runs.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# loadable: the files of the libraries that the program loads by itself, from the sources' tables.
loadable() {
	sed -n 's/.*\.file = "\([^"]*\)".*/\1/p' "$top_srcdir"/src/*/*.c "$top_srcdir"/tui/*.c
}

it 'prints the version alone' <<'EOT'
same "git-jci $(sed -n 's/^#define VERSION "\(.*\)"/\1/p' "$top_builddir/config.h")" "$(git jci version)"
same "$(git jci version)" "$(git-jci --version)"
EOT

it '--verbose names git, and libraries as they say themselves' <<'EOT'
git jci version --verbose >out
same "$(git jci version)" "$(head -n 1 out)"
contains out "git $(git --version | cut -d ' ' -f 3)"
command -v pkg-config >/dev/null || skip 'there is no pkg-config'
while read -r name module; do
	contains out "$name $(pkg-config --modversion "$module")"
done <<'LIST'
libgit2 libgit2
PCRE2 libpcre2-8
expat expat
libcurl libcurl
libmicrohttpd libmicrohttpd
SQLite sqlite3
libarchive libarchive
ncurses ncursesw
LIST
EOT

it 'names every library that it loads, and what is linked' <<'EOT'
git jci version -v | cut -d ' ' -f 1 | tr '[:upper:]' '[:lower:]' >names
loadable >files
test "$(wc -l <files)" -ge 4
while read -r file; do
	name=${file%%.so*}
	name=${name%3}
	grep -qx -e "$name" -e "${name#lib}" names
done <files
EOT

it '--json says the same' <<'EOT'
command -v jq >/dev/null || skip 'there is no jq'
git jci version --verbose >verbose
git jci version --json >json
jq -r '"git-jci " + .version, "features: " + (.features | join(" ")), "git " + .git,
	(.libraries[] | .name + " " + .version +
		if .version == .builtWith then "" else " (built with " + .builtWith + ")" end)' json >out
diff -u verbose out
EOT

it 'features are those of this build' <<'EOT'
features() {
	git jci version -v | sed -n 's/^features://p' | tr ' ' '\n' | grep -xE "$1" | tr '\n' ' ' || :
}
expected=
for feature in ASAN:asan UBSAN:ubsan FUZZERS:fuzzers FAULT_INJECTION:fault-injection; do
	! built_with "JCI_${feature%%:*}" || expected="$expected${feature#*:} "
done
same "$expected" "$(features 'asan|ubsan|fuzzers|fault-injection')"
same 'web archives server runner ' "$(features 'web|archives|server|runner')"
EOT

# without LIBRARY: as `git jci version -v` where the file is none, because a broken one is found first.
without() {
	mkdir -p broken
	: >"broken/$1"
	LD_LIBRARY_PATH=$PWD/broken git-jci version -v
}

it 'a library that is not there is told, and what needs it is no feature' <<'EOT'
without libmicrohttpd.so.12 >out
contains out 'libmicrohttpd is not installed (built with '
lacks out ' web'
lacks out ' server'
contains out ' runner'
rm -r broken
without libarchive.so.13 >out
contains out 'libarchive is not installed'
lacks out ' runner'
contains out ' server'
EOT

it 'git that is not there is told' <<'EOT'
mkdir bin
ln -s "$(command -v git-jci)" bin/git-jci
PATH=$PWD/bin git-jci version -v >out
contains out 'git is not installed'
EOT

finish
