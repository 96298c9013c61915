#!/bin/sh
# Completion in the shells themselves, as `make install` puts it there.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"
. "$top_srcdir/tests/shells.sh"

built_with JCI_ASAN && skip_all 'nothing but what t2800 tries, many times'

# need_shell SHELL: or the case is skipped.
need_shell() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	test "$1" != bash || test -f /usr/share/bash-completion/bash_completion ||
		skip 'bash-completion is not installed'
	test "$1" != bash || test -f /usr/share/bash-completion/completions/git ||
		skip 'the completion of git is not installed'
}

# names_repo: a run whose artifacts have names that a shell could misread; each holds its first
# character.
names_repo() {
	new_repo project <<-'EOT'
	while IFS= read -r name; do
		printf '%.1s' "$name" >"$name"
	done <<'END'
	a space, "quotes" and 'more'
	b$(touch pwned)`touch pwned`\
	f;|&<>()*?[]{}!#~=^%@:x
	h{1,2}
	~tilde
	#hash
	END
	printf 日 >日本語
	printf c >"$(printf 'c\nnewline')"
	printf d >"$(printf 'd\377\376bytes')"
	printf e >"$(printf 'e\ttab\033[31m')"
	printf x >-dash
	EOT
	git jci run -q
	git branch 'odd$(touch,pwned)'
}

# finds_names SHELL CHARACTER...: completed from its first character, each name is the one of its file.
finds_names() {
	shell=$1
	shift
	for character; do
		echo "git jci cat latest $character"
	done | typed "$shell" >lines
	same $# "$(grep -c . lines)"
	while IFS= read -r line; do
		run_line "$shell" "$line"
	done <lines >found
	same "$(printf %s "$@" | tr -d "\\\\'")" "$(cat found)"
	test ! -e pwned
}

run_line() {
	case $1 in
	bash) bash -c "$2" ;;
	zsh) zsh -f -c "$2" ;;
	fish) fish -N -c "$2" ;;
	esac
}

# What is typed, and what Tab makes of it, in all three.
common_lines() {
	cat <<-'EOT'
	git jci sh~git jci show |
	git-jci sh~git-jci show |
	git jci show latest-~git jci show latest-ok |
	git jci log --st~git jci log --status=|
	git jci log --status=r~git jci log --status=running |
	git jci log --status r~git jci log --status running |
	git jci log --status "r~git jci log --status "running" |
	git-jci run --timeout=30mi~git-jci run --timeout=30mi|
	git jci get latest some~git jci get latest somewhere/|
	git jci web --token-file=to~git jci web --token-file=token |
	git jci web --token-file to~git jci web --token-file token |
	git jci cat latest rep~git jci cat latest report/|
	git jci cat latest report/h~git jci cat latest report/html/|
	git-jci cat latest report/html/~git-jci cat latest report/html/index.html |
	git jci cat latest -- results.x~git jci cat latest -- results.xml |
	git jci push o~git jci push origin |
	git jci hook install post-c~git jci hook install post-commit |
	git jci cron s~git jci cron sync |
	git jci log main..to~git jci log main..topic |
	git jci show v1.0/17936222~git jci show v1.0/1793622200-ffb8 |
	git -C ../project jci show latest-~git -C ../project jci show latest-ok |
	git -C .. jci show latest-~git -C .. jci show latest-|
	git jci nothing-~git jci nothing-|
	EOT
}

# completes SHELL: the lines above.
completes() {
	browser_repo
	shell_setup
	mkdir somewhere
	echo secret >token
	git remote add origin /nowhere
	common_lines | sed 's/~.*//' >lines
	common_lines | sed 's/.*~//' >expected
	typed "$1" <lines | sed 's/$/|/' >actual
	diff -u expected actual
}

# The list of runs has what they are; \t is Tab.
lists_runs() {
	browser_repo
	shell_setup
	cat >script <<-EOT
	size 100 30
	start $(start_of "$1")
	wait ready>
	type git jci show 
	send <Tab> <Tab>
	wait timeout, 
	EOT
	SCREEN_TERM=xterm screen <script
}

for shell in bash zsh fish; do
	it "$shell: what is typed is completed" <<-EOT
	need_shell $shell
	completes $shell
	EOT

	it "$shell: a list tells what the runs are" <<-EOT
	need_shell $shell
	lists_runs $shell
	EOT
done

it 'bash: every name of a file is its own when it is inserted' <<'EOT'
need_shell bash
names_repo
shell_setup
finds_names bash a b c d e f h '\~' '\#' 日
finds_names bash "'a" "'b" "'f" "'h" "'~" "'#"
typed bash <<'LINES' >lines
git jci log odd
git jci cat latest -- -d
git jci cat latest "b
LINES
same "$(cat <<'LINES'
git jci log odd\$\(touch,pwned\) 
git jci cat latest -- -dash 
git jci cat latest "b\$(touch pwned)\`touch pwned\`\\" 
LINES
)" "$(cat lines)"
EOT

it 'zsh: every name of a file is its own when it is inserted' <<'EOT'
need_shell zsh
names_repo
shell_setup
finds_names zsh a b c d e f h '\~' '\#' 日
finds_names zsh "'a" "'b" "'f" "'h" "'~" "'#"
EOT

it 'fish: every name of a file is its own when it is inserted; those with controls are not' <<'EOT'
need_shell fish
names_repo
shell_setup
finds_names fish a b d f h '\~' '\#' 日
finds_names fish "'a" "'b" "'f" "'h" "'~" "'#"
same "$(printf 'git jci cat latest c\ngit jci cat latest e')" \
	"$(printf 'git jci cat latest c\ngit jci cat latest e\n' | typed fish)"
EOT

it 'bash: the completion of git alone, and ours alone, do' <<'EOT'
need_shell bash
browser_repo
shell_setup
sed -i "1s,.*,. /usr/share/bash-completion/completions/git; . '$top_srcdir/contrib/completion/bash/git-jci'," \
	"$TRASH/bashrc"
same 'git jci show latest-ok ' "$(echo 'git jci show latest-' | typed bash)"
sed -i "1s,.*,. '$top_srcdir/contrib/completion/bash/git-jci'," "$TRASH/bashrc"
same 'git-jci show latest-ok ' "$(echo 'git-jci show latest-' | typed bash)"
EOT

it 'nothing is said where git-jci is not there, or is an old one' <<'EOT'
browser_repo
shell_setup
mkdir bin
printf '#!/bin/sh\necho "unknown" >&2\nexit 2\n' >bin/git-jci
chmod +x bin/git-jci
for shell in bash zsh fish; do
	command -v "$shell" >/dev/null || continue
	test "$(PATH=$PWD/bin:$PATH; echo 'git jci sh' | typed "$shell")" = 'git jci sh'
done
EOT

finish
