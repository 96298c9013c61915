# Sourced after lib.sh and tui.sh by tests of the completion in real shells, see README.
# shellcheck shell=sh

# shell_setup: completions where `make install` has them, in a prefix like ~/.local, for shells that
# are started then, and that write the line that is typed to a fifo at ^X l, and take it away.
shell_setup() {
	mkdir -p "$TRASH/share/bash-completion/completions" "$TRASH/share/fish/vendor_completions.d" \
		"$TRASH/share/fish/vendor_conf.d" "$TRASH/zsh"
	(
		cd "$top_srcdir/contrib/completion" || exit
		cp bash/git-jci "$TRASH/share/bash-completion/completions"
		cp zsh/_git-jci "$TRASH/zsh"
		cp fish/git-jci.fish "$TRASH/share/fish/vendor_completions.d"
		cp fish/conf.d/git-jci.fish "$TRASH/share/fish/vendor_conf.d"
	)
	XDG_DATA_HOME=$TRASH/share
	export XDG_DATA_HOME TRASH
	mkfifo "$TRASH/line"
	cat >"$TRASH/bashrc" <<-'EOT'
	. /usr/share/bash-completion/bash_completion
	show_line() {
		printf '%s\n' "$READLINE_LINE" >"$TRASH/line"
		READLINE_LINE='' READLINE_POINT=0
	}
	bind 'set bell-style none'
	bind -x '"\C-xl": show_line'
	PS1='ready> '
	EOT
	cat >"$TRASH/zsh/.zshrc" <<-'EOT'
	fpath=($TRASH/zsh $fpath)
	autoload -Uz compinit
	compinit -u -D
	show-line() {
		print -r -- "$BUFFER" >$TRASH/line
		BUFFER=
	}
	zle -N show-line
	bindkey -e '^Xl' show-line
	setopt no_beep
	PS1='ready> '
	EOT
	mkdir -p "$TRASH/config/fish"
	cat >"$TRASH/config/fish/config.fish" <<-'EOT'
	function show_line
		commandline >$TRASH/line
		commandline ''
	end
	function fish_prompt
		echo -n 'ready> '
	end
	set -g fish_greeting
	bind \cxl show_line
	EOT
}

# start_of SHELL: the command that starts it.
start_of() {
	case $1 in
	bash) echo "bash --noprofile --rcfile '$TRASH/bashrc' -i" ;;
	zsh) echo "env ZDOTDIR='$TRASH/zsh' zsh -i" ;;
	fish) echo "env XDG_CONFIG_HOME='$TRASH/config' fish -i" ;;
	esac
}

# typed SHELL <<'EOT' ... EOT: what becomes of each line when Tab is pressed behind it.
typed() {
	: >"$TRASH/typed"
	{
		echo 'size 200 50'
		echo "start $(start_of "$1")"
		echo 'wait ready>'
		while IFS= read -r typed_line; do
			echo "type $typed_line"
			echo 'send <Tab> ^X l'
			echo "shell timeout 60 cat '$TRASH/line' >>'$TRASH/typed'"
		done
	} >"$TRASH/script"
	SCREEN_TERM=xterm screen <"$TRASH/script" >&2
	cat "$TRASH/typed"
}
