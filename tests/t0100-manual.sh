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

# synopsis PAGE: its lines.
synopsis() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$1"
}

# listed_env PAGE: variables that have an item of their own, without those that name the file of another.
listed_env() {
	sed -n 's/^\.It Ev //p' "$1" | grep -oE '[A-Z][A-Z_]+' | LC_ALL=C sort -u >listed
	while read -r variable; do
		grep -qx "${variable%_FILE}" listed && test "${variable%_FILE}" != "$variable" ||
			echo "$variable"
	done <listed
}

# settings_env FILE...: variables that a program reads as its settings (util/env.h).
settings_env() {
	cat "$@" | grep -oE 'env_(text|need|secret|need_secret|word|int|duration|size|file|state_file)\(env, "[A-Z_]+"' |
		sed 's/.*"\(.*\)"/\1/' | LC_ALL=C sort -u
}

# endpoints_in PAGE: forms of addresses, a line each: "METHOD /path" with N for what is put in and
# without a query; of [optional] parts one line with and one without.
endpoints_in() {
	awk '
		function show(s,  at, length_) {
			if (!match(s, /\[[^][]*\]/)) {
				sub(/\?.*/, "", s)
				print s
				return
			}
			at = RSTART
			length_ = RLENGTH
			show(substr(s, 1, at - 1) substr(s, at + length_))
			show(substr(s, 1, at - 1) substr(s, at + 1, length_ - 2) substr(s, at + length_))
		}
		/^\.It Li (GET |POST )?\// {
			s = ""
			for (i = 3; i <= NF; i++) {
				if ($i == "GET" || $i == "POST")
					s = $i " "
				else if ($i == "Ar")
					$(i + 1) = "N"
				else if ($i == "Op")
					$(NF + 1) = "Oc"
				if ($i == "Op" || $i == "Oo")
					s = s "["
				else if ($i == "Oc")
					s = s "]"
				else if ($i !~ /^(Ns|Li|Ar|GET|POST|,)$/)
					s = s $i
			}
			show(s)
		}' "$1" | sed 's/^\//GET &/' | LC_ALL=C sort -u
}

# routes_of FILE: the table of endpoints, as extended regular expressions behind a method.
routes_of() {
	sed -n '/routes\[\] = {/,/^};/p' "$1" | awk -F '"' '
		/^\t\{"/ {
			path = $2
			gsub(/\./, "\\.", path)
			gsub(/\*\*/, ".+", path)
			gsub(/\*/, "[^/]+", path)
			gsub(/#/, "[^/]+", path)
			print (/\.post = / ? "POST " : "GET ") path
		}'
}

# without_own PATTERN: its input without what is there for the program's own pages alone.
without_own() {
	grep -vE "^GET $1" || :
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

it 'a synopsis has the words of the usage, such as `ls` of `git jci cron`, and no others' <<'EOT'
commands >names
while read -r name; do
	git-jci "$name" -h | sed -e '/^$/,$d' -e "s/.* git jci $name//" |
		grep -oE '(^| |\[)[a-z]+( |\]|$)' | tr -d ' []' | LC_ALL=C sort -u >has
	synopsis "$doc/git-jci-$name.1" |
		sed -nE -e "s/^\.Nm git jci $name ([a-z]+)$/\1/p" \
			-e 's/^\.(Op )?Cm ([a-z]+)( .*)?$/\2/p' | LC_ALL=C sort -u >told
	diff -u -L "usage of $name" -L page has told
done <names
EOT

it 'what is said of a command in passing is right as well: it exists, and so do its options' <<'EOT'
for page in "$doc"/*.[1-8]; do
	sed -n 's/^\.\(Ql\|Li\|Dl\|Nm\) git[- ]jci \([a-z]\)/\2/p' "$page"
done | grep -v '^help' | sort -u >mentions
test -s mentions
while read -r name rest; do
	expect_exit 0 git-jci "$name" -h >usage
	for word in $rest; do
		case $word in
		--) break ;;
		-*) contains usage "${word%%=*}" ;;
		esac
	done
done <mentions
EOT

it 'the settings of server, runner and jobs are documented, and no others' <<'EOT'
cd "$top_srcdir/src"
settings_env server/*.c >"$TRASH/server"
settings_env runner/*.c >"$TRASH/runner"
settings_env cmd/jobs.c >"$TRASH/jobs"
cd "$TRASH"
for name in server runner jobs; do
	test -s "$name"
	listed_env "$doc/git-jci-$name.1" >told
	diff -u "$name" told
done
EOT

# Of ncurses, terminals and tests; HOME and PATH are what they are everywhere.
own_env='ESCDELAY STY TMUX JCI_FAULT JCI_IDLE_FD HOME PATH'

it 'every other variable that the program reads is in some page' <<'EOT'
cat "$doc"/*.[1-8] | grep -E '^\..*\bEv |^\.Pa \$' | grep -oE '[A-Z][A-Z_]+' | sort -u >told
find "$top_srcdir/src" "$top_srcdir/tui" -name '*.c' -exec cat {} + |
	grep -oE 'getenv\("[A-Z_]+"' | sed 's/.*"\(.*\)"/\1/' | sort -u >has
contains has NO_COLOR
for name in $own_env; do
	contains has "$name" # or it need not be named here any more
	sed -i "/^$name$/d" has
done
same '' "$(comm -13 told has)"
EOT

it 'git-jci-config(5) has every setting that the program reads, and no others' <<'EOT'
find "$top_srcdir/src" "$top_srcdir/tui" -name '*.[ch]' -exec cat {} + |
	grep -oE '"jci\.[A-Za-z.]+' | tr -d '"' | sort -u >has
contains has jci.timeout
sed -n 's/^\.It Li \(jci\.[A-Za-z.]*\).*/\1/p' "$doc/git-jci-config.5" | sort -u >told
diff -u has told
for page in "$doc"/*.[1-8]; do
	grep -oE '(^|[^-])\bjci\.[a-z][A-Za-z]+' "$page" || :
done | sed 's/.*jci/jci/' | sort -u >mentioned
test -s mentioned
while read -r name; do
	grep -q "^$name" has || echo "$name"
done <mentioned >wrong
same '' "$(cat wrong)"
EOT

# endpoints_match PAGE ROUTES OWN: each form is one of the table, and each of the table has one.
endpoints_match() {
	endpoints_in "$1" >forms
	routes_of "$2" | without_own "$3" >routes
	test -s forms
	test -s routes
	while read -r route; do
		grep -qxE "$route" forms || echo "not in the page: $route"
	done <routes >wrong
	grep -vxE -f routes forms | sed 's/^/no such endpoint: /' >>wrong
	same '' "$(cat wrong)"
}

it 'git-jci-web(1) and git-jci-server(1) have every endpoint, and no others' <<'EOT'
endpoints_match "$doc/git-jci-web.1" "$top_srcdir/src/web/route.c" '/(assets/.*)?$'
endpoints_match "$doc/git-jci-server.1" "$top_srcdir/src/server/route.c" '/style'
EOT

it 'git jci help opens every page' <<'EOT'
mkdir bin
printf '#!/bin/sh\necho "$*"\n' >bin/man
chmod +x bin/man
for page in "$doc"/git-jci-*.[1-8]; do
	name=$(basename "$page")
	name=${name%.*}
	same "$name" "$(PATH=$PWD/bin:$PATH git-jci help "${name#git-jci-}")"
done
EOT

it 'pages refer to each other: from each to git-jci(1), and to each from another' <<'EOT'
for page in "$doc"/git-jci-*.[1-8]; do
	base=$(basename "$page")
	sed -n '/^\.Sh SEE ALSO/,$p' "$page" | grep -q '^\.Xr git-jci 1'
	grep -lF ".Xr ${base%.*} ${base##*.}" "$doc"/*.[1-8] | grep -qv "/$base$"
done
EOT

it 'SEE ALSO is in order: by section, then by name, none twice' <<'EOT'
for page in "$doc"/*.[1-8]; do
	sed -n '/^\.Sh SEE ALSO/,/^\.Sh [^S]/p' "$page" | sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\2 \1/p' >told
	LC_ALL=C sort -u told | diff -u -L "$page" -L sorted told -
done
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
