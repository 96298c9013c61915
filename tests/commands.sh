# Sourced behind lib.sh by tests that type what README and the manual show: a page's commands, in
# their order, in one shell, with the folders and the user of the page below $TRASH/host.
# shellcheck shell=sh

# Folders that pages name.
commands_folders='/etc/git-jci /home/ada /srv/backup /var/lib/git-jci-server'

# commands_home: ada's, with her name for git; goes there. Before a page's repository is made.
commands_home() {
	for folder in $commands_folders; do
		mkdir -p "$TRASH/host$folder"
		printf 's|%s|%s|g\n' "$folder" "$TRASH/host$folder" >>"$TRASH/here.sed"
		printf 's|%s|%s|g\n' "$TRASH/host$folder" "$folder" >>"$TRASH/there.sed"
	done
	printf 's|%s/git-jci|git-jci|g\n' "$top_builddir" >>"$TRASH/there.sed"
	HOME=$TRASH/host/home/ada TMPDIR=$TRASH/tmp
	export TMPDIR # runs that are killed leave their folders there
	mkdir "$TMPDIR"
	cd "$HOME"
	git config --global user.name Ada
	git config --global user.email ada@example.com
	git config --global init.defaultBranch main
	git config --global push.default simple
	fake_crontab
}

# fake_crontab: for cron(1)'s own, which belongs to the user who runs the tests.
fake_crontab() {
	mkdir "$TRASH/bin"
	cat >"$TRASH/bin/crontab" <<'SH'
#!/bin/sh
file=$HOME/.crontab
case ${1:--} in
-l) test ! -e "$file" && echo 'no crontab' >&2 && exit 1 || cat "$file" ;;
-r) rm -f "$file" ;;
-) cat >"$file" ;;
*) cp "$1" "$file" ;;
esac
SH
	chmod +x "$TRASH/bin/crontab"
	PATH=$TRASH/bin:$PATH
	echo "PATH=$top_builddir:/usr/bin:/bin" >"$HOME/.crontab"
}

# try_page FILE: its commands in a new repository, ~/project, made ready by prepare_NAME, such as
# prepare_git_jci_run_1, or by prepare.
try_page() {
	commands_home
	new_repo project </dev/null
	name=prepare_$(basename "$1" | tr .- __)
	if command -v "$name" >/dev/null; then
		$name
	else
		prepare
	fi
	type_commands "$1"
}

# take_commands FILE FOLDER: FOLDER/NNN.cmd and NNN.says.
take_commands() {
	mkdir -p "$2"
	case $1 in
	*.[1-8]) awk -v dir="$2" -f "$top_srcdir/tests/commands.awk" "$1" ;;
	*) awk -v dir="$2" -v text=1 -f "$top_srcdir/tests/commands.awk" "$1" ;;
	esac
}

# type_commands FILE: in this folder; fails with the first command that fails although the page shows
# no output of it, or that prints something else than the page shows.
type_commands() {
	commands_page=$(basename "$1")
	commands_status=0
	take_commands "$1" "$TRASH/steps"
	set +ev
	for step in "$TRASH"/steps/*.cmd; do
		test -e "$step" || return 0
		step=${step%.cmd}
		! is_listed "$commands_not_run" || continue
		sed -f "$TRASH/here.sed" "$step.cmd" >"$step.run"
		type_command
		set +v # wait_for
		says_so || return 1
	done
	set -ev
}

# is_listed LIST: is the command of $step in it? A list has lines "PAGE: COMMAND", below reasons in
# comments.
is_listed() {
	printf '%s\n' "$1" | grep -qxF "$(printf '%s: %s' "$commands_page" "$(head -n 1 "$step.cmd")")"
}

# lists_are_right FOLDER LIST...: each command that they name is shown by its page in that folder, if
# there is such a page at all.
lists_are_right() {
	commands_folder=$1
	shift
	printf '%s\n' "$@" | grep -v '^#' >listed
	test -s listed
	while read -r commands_line; do
		test -e "$commands_folder/${commands_line%%: *}" || continue
		rm -rf steps
		take_commands "$commands_folder/${commands_line%%: *}" steps
		cat steps/*.cmd | grep -qxF "${commands_line#*: }"
	done <listed
}

# type_command: the one of $step; sets $commands_status, which is $? to the next.
type_command() {
	commands_plain=$(sed 's/ *# .*//' "$step.run")
	case $commands_plain in
	'git jci' | 'git jci browse'*) type_in_terminal ;;
	'git jci web'*) type_server ' 0' ;;
	'git jci server') type_server '' ;;
	*)
		(exit "$commands_status")
		. "$step.run" >"$step.out" 2>&1
		commands_status=$?
		after_command
		;;
	esac
}

# What a user would see before he types on; a page's own after_typing COMMAND, where it has one.
after_command() {
	! command -v after_typing >/dev/null || after_typing "$commands_plain"
	case $commands_plain in
	*'git'?'jci run'*'&') wait_for 'git jci log | grep -q "^running"' ;;
	'kill -9 '*) wait 2>"$step.wait" ;;
	esac
}

# The browser; Q quits.
type_in_terminal() {
	: >"$step.out"
	commands_status=0
	test -x "$top_builddir/tests/tui/screen" || return 0
	printf 'start %s\nidle\nkeys Q\nstatus\n' "$commands_plain" |
		TERM=xterm-256color "$top_builddir/tests/tui/screen" >"$step.screen" 2>&1
	commands_status=$?
	grep -q 'exit.* 0' "$step.screen" || {
		commands_status=1
		cat "$step.screen"
	}
}

# type_server ARGUMENT: goes on until the end of the case. Port 8000 is the first one's from then on.
type_server() {
	echo "exec git-jci ${commands_plain#git jci }$1" >"$step.start" # one process, to be ended
	. "$step.start" >"$step.out" 2>"$step.err" &
	server_pid=$!
	wait_for 'test -s "$step.out" || ! kill -0 "$server_pid"'
	kill -0 "$server_pid" && commands_status=0 || commands_status=1
	port=$(sed -n '1s|^listening on .*:\([0-9]*\)/*$|\1|p' "$step.out")
	case $1 in
	'') documented=8700 ;;
	*) documented=8000 ;;
	esac
	echo "s|:$documented|:$port|g" >>"$TRASH/here.sed"
	echo "s|:$port|:$documented|g" >>"$TRASH/there.sed"
}

# ---- what it prints ----

# says_so: is the output of $step what the page says?
says_so() {
	if test ! -s "$step.says" || is_listed "$commands_output_varies"; then
		test "$commands_status" -eq 0 && return 0
		printf 'status %s: %s\n' "$commands_status" "$(cat "$step.cmd")"
		cat "$step.out"
		return 1
	fi
	sed -f "$TRASH/there.sed" "$step.out" >"$step.there"
	normal "$step.says" | ordered >"$step.want"
	normal "$step.there" | ordered | shortened "$step.want" >"$step.have"
	diff -u -L "page: $(head -n 1 "$step.cmd")" -L printed "$step.want" "$step.have"
}

# ordered: its input, sorted where jobs side by side print in any order.
ordered() {
	if grep -q -e ' -j [2-9]' "$step.cmd"; then
		sort
	else
		cat
	fi
}

# normal FILE: with words for what is another one each time.
normal() {
	sed -E -e '/^$/d' \
		-e 's/\b[0-9]{10}-[0-9a-f]{4}\b/RUN/g' \
		-e 's/\b([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12}|[0-9a-f]{10}|[0-9a-f]{7,8})\b/HASH/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{8,}(Z| [+-][0-9]{4})?/TIME/g' \
		-e 's/\b(now|[0-9]+ (second|minute|hour|day|week|month|year)s? ago)( |$|,)/AGE\3/g' \
		-e 's/\b([0-9.]+ ?(ms|min|[smhdw])( |$|[,)]))+/TIME\3/g' \
		-e 's/\b[0-9.]+ (B|[KMG]iB)\b/SIZE/g' \
		-e 's/\b[0-9]+\.[0-9]{3,}\b/SECONDS/g' \
		-e 's/[+-][0-9]+%/PERCENT/g' \
		-e 's/^(OpenSSL) .*/\1 VERSION/' \
		-e 's/\b[0-9]+\.[0-9]+\.[0-9]+\b/VERSION/g' \
		-e 's/^(host) .*/\1 HOST/' \
		-e 's/\b[0-9]+ (was|were) (here|there)/N were \2/' \
		-e 's/[ \t]+/ /g' -e 's/^ //' -e 's/ $//' "$1"
}

# shortened WANT: its input, where a line of WANT that ends with "..." leaves out the rest of the line,
# and a line "..." any number of lines.
shortened() {
	awk -v want="$1" '
		BEGIN {
			while ((getline line <want) > 0) {
				wanted[++n] = line
				if (line == "...")
					gap = n
			}
		}
		{ have[++m] = $0 }
		END {
			for (i = 1; i <= m; i++) {
				if (gap && i == gap)
					print "..."
				if (gap && i >= gap && i <= m - (n - gap))
					continue
				j = gap && i >= gap ? n - (m - i) : i
				cut = length(wanted[j]) - 3
				if (cut > 0 && substr(wanted[j], cut + 1) == "..." &&
				    substr(have[i], 1, cut) == substr(wanted[j], 1, cut))
					print wanted[j]
				else
					print have[i]
			}
			if (gap && m < gap)
				print "..."
		}'
}

# ---- for the repositories in which they are typed ----

# step MESSAGE <<'SH' ... SH: a commit with that script.
step() {
	run_script
	commit "$1"
}

# with_origin: the repository, pushed with its runs to ../origin.git.
with_origin() {
	git init -q --bare "$HOME/origin.git"
	git remote add origin "$HOME/origin.git"
	git push -q -u origin main
	git jci push >/dev/null
}

# run_quietly [OPTION...] [REV]: whatever comes of it.
run_quietly() {
	git jci run -q "$@" 2>/dev/null || :
}
