#!/bin/sh
# Dependencies point one way: main -> cmd -> {tui, web, server, runner} -> {core, http} -> util.
# Every #include of the sources is read; tui never uses http, and what stands side by side in
# braces never uses each other.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# wrong_includes: of the tree in this folder, a line each.
wrong_includes() {
	find src tui -name '*.[ch]' | LC_ALL=C sort | xargs awk '
	function layer(path) {
		if (path == "src/main.c")
			return "main"
		sub(/^src\//, "", path)
		sub(/\/.*/, "", path)
		return path
	}

	function wrong(why) {
		printf "%s:%d: %s (%s)\n", FILENAME, FNR, $0, why
	}

	function check_ours(from, name,    to) {
		to = index(name, "/") ? layer(name) : "config.h"
		if (name == "config.h")
			wrong("comes from the command line")
		else if (!(to in rank))
			wrong("no such layer")
		else if (from != to && rank[to] >= rank[from])
			wrong(from " must not use " to)
		else if (from == "tui" && to == "http")
			wrong("tui must not use http")
	}

	function check_system(from, name,    pattern) {
		for (pattern in users)
			if (name ~ pattern && index(users[pattern], " " from " ") == 0)
				wrong("only for" users[pattern])
	}

	BEGIN {
		rank["main"] = 5
		rank["cmd"] = 4
		rank["tui"] = rank["web"] = rank["server"] = rank["runner"] = 3
		rank["core"] = rank["http"] = 2
		rank["util"] = 1

		users["^(ncursesw?/)?n?curses"] = " tui "
		users["^microhttpd"] = " http "
		users["^curl/"] = " http "
		users["^archive(_entry)?[.]h"] = " util web runner "
		users["^sqlite3"] = " util "
		users["^getopt"] = " main cmd util "
		users["^git2"] = " cmd tui web server runner core "
	}

	FNR == 1 && !(layer(FILENAME) in rank) {
		printf "%s: in no layer\n", FILENAME
	}

	/^[ \t]*#[ \t]*include[ \t]*["<]/ {
		match($0, /["<][^">]*/)
		name = substr($0, RSTART + 1, RLENGTH - 1)
		if (substr($0, RSTART, 1) == "\"")
			check_ours(layer(FILENAME), name)
		else
			check_system(layer(FILENAME), name)
	}'
}

# wrong_calls: where core or util would print or exit. Only util/alloc.c may, out of memory.
wrong_calls() {
	find src/core src/util -name '*.c' ! -path src/util/alloc.c | LC_ALL=C sort | xargs awk '
	/^[ \t]*(\/\*|\*)/ { next }
	/(^|[^A-Za-z0-9_])((printf|vprintf|puts|putchar|perror|exit|abort|errx?|warnx?)[ \t]*\(|stdout|stderr)/ {
		printf "%s:%d: %s\n", FILENAME, FNR, $0
	}'
}

# file PATH LINE...: makes one.
file() {
	test_path=$1
	shift
	mkdir -p "${test_path%/*}"
	printf '%s\n' "$@" >"$test_path"
}

# a_tree: made up, with every arrow that is allowed.
a_tree() {
	mkdir src tui
	file src/main.c '#include "cmd/cmd.h"' '#include "util/error.h"'
	file src/cmd/run.c '#include "cmd/cmd.h"' '#include "core/run.h"' '#include "tui/tui.h"' \
		'#include "server/server.h"' '#include <git2.h>'
	file tui/tui.c '#include <curses.h>' '#include "tui/tui.h"' '#include "core/find.h"'
	file src/web/web.c '#include "http/listen.h"' '#include "core/find.h"'
	file src/server/queue.c '#include "util/db.h"' '#include "http/client.h"'
	file src/http/client.c '#include <curl/curl.h>' '#include "util/error.h"'
	file src/core/run.c '#include <git2.h>' '#include "core/run.h"' '#include "util/error.h"'
	file src/util/db.c '#include <sqlite3.h>' '#include "util/error.h"'
	file src/util/error.c '#include "util/error.h"' '#include <stdio.h>'
}

it 'the sources include only what is below them' <<'EOT'
cd "$top_srcdir"
test "$(find src -name '*.[ch]' | wc -l)" -gt 30
same '' "$(wrong_includes)"
EOT

it 'core and util neither print nor exit' <<'EOT'
cd "$top_srcdir"
same '' "$(wrong_calls)"
EOT

it 'this test finds nothing in a tree that is right' <<'EOT'
a_tree
same '' "$(wrong_includes)"
EOT

it 'this test finds every arrow that points the wrong way' <<'EOT'
while read -r path include; do
	rm -rf src tui
	a_tree
	file "$path" "#include $include"
	case $(wrong_includes) in
	"$path:"*) ;;
	*)
		echo "not found: $include in $path"
		false
		;;
	esac
done <<'LIST'
src/cmd/x.c "main/main.h"
src/core/x.c "cmd/cmd.h"
src/core/x.h "tui/tui.h"
src/core/x.c "http/client.h"
src/core/x.c <curses.h>
src/core/x.c <ncursesw/curses.h>
src/core/x.c <archive.h>
src/core/x.c <microhttpd.h>
src/core/x.c <curl/curl.h>
src/core/x.c <getopt.h>
src/core/x.c <sqlite3.h>
src/server/x.c <sqlite3.h>
src/http/x.c "core/repo.h"
src/http/x.c "web/web.h"
src/runner/x.c "server/queue.h"
src/server/x.c "web/web.h"
src/util/x.c "core/repo.h"
src/util/x.c <git2.h>
src/util/x.c <git2/oid.h>
src/util/x.h "config.h"
src/web/x.c "runner/docker.h"
src/web/x.c "cmd/cmd.h"
src/elsewhere/x.c <stdio.h>
tui/x.c "http/client.h"
tui/x.c "server/queue.h"
tui/x.c "core.h"
tui/x.c <microhttpd.h>
LIST
EOT

it 'this test finds a call that prints or exits' <<'EOT'
while read -r line; do
	file src/core/x.c '/* never calls exit() */' "	$line"
	mkdir -p src/util
	case $(wrong_calls) in
	"src/core/x.c:2: "*) ;;
	*)
		echo "not found: $line"
		false
		;;
	esac
done <<'LIST'
printf("%s", s);
if (wrong) exit(1);
fputs(s, stderr);
fprintf(stderr, "%s", s);
perror(name);
LIST
file src/core/x.c '	_exit(127);' '	snprintf(buf, size, "%s", s);' '	strbuf_vprintf(sb);'
same '' "$(wrong_calls)"
EOT

finish
