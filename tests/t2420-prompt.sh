#!/bin/sh
# `git jci status --short`, for prompts and status lines; and what git-jci-status(1) tells to put there.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# example N: number N of the examples for prompts in git-jci-status(1).
example() {
	awk -v n="$1" '
		/^\.Ss Prompts/ { on = 1 }
		/^\.Bd/ { at = on && ++count == n; next }
		/^\.Ed/ { at = 0 }
		at' "$top_srcdir/doc/git-jci-status.1" | sed 's/\\e/\\/g'
}

# green_repo, red_repo: whose only run passed, failed.
green_repo() {
	new_repo "${1:-green}" <<'SH'
true
SH
	git jci run -q 2>>"$TRASH/err"
}

red_repo() {
	new_repo red <<'SH'
false
SH
	git jci run -q 2>>"$TRASH/err" || test $? -eq 1
}

it 'is a mark, and nothing else' <<'EOT'
green_repo
same ✓ "$(git jci status --short)"
same + "$(LC_ALL=C git jci status --short)"
cd ..
red_repo
expect_exit 1 git jci status --short >../out
same ✗ "$(cat ../out)"
same x "$(LC_ALL=C git jci status --short || :)"
git commit -q --allow-empty -m second
same '✗' "$(git jci status --short HEAD HEAD~1 || :)"
EOT

it 'a run that goes on, and a lost one, have marks of their own' <<'EOT'
new_repo project <<'SH'
read -r line <"$JCI_REPO_ROOT/.git/gate"
SH
mkfifo .git/gate
git-jci run -q 2>../err &
wait_for 'git jci log | grep -q running'
same ● "$(git jci status --short || :)"
same '*' "$(LC_ALL=C git jci status --short || :)"
kill -9 $!
wait $! || true
same '?' "$(git jci status --short || :)"
EOT

it 'is silent where there is nothing to tell' <<'EOT'
new_repo project </dev/null
git jci status --short >../out 2>&1
git init -q ../empty
cd ../empty
git jci status --short >>../out 2>&1
cd ..
GIT_CEILING_DIRECTORIES=$TRASH git-jci status --short >>out 2>&1
same '' "$(cat out)"
cd project
expect_exit 125 git jci status --short nowhere 2>../err
contains ../err "unknown revision 'nowhere'"
EOT

it 'has colours if they are asked for' <<'EOT'
green_repo
green=$(printf '\033[32m✓\033[m')
same ✓ "$(git jci status --short)"
same "$green" "$(git jci status --short --color)"
same "$green" "$(NO_COLOR=1 git jci status --short --color=always)"
same ✓ "$(git jci status --short --color=never)"
git jci status --color >../out
contains ../out "$(printf '\033[32mpassed')"
expect_exit 2 git jci status --color=red 2>../err
contains ../err "'red'"
expect_exit 2 git jci status --short --json 2>../err
contains ../err "'--short' and '--json' exclude each other"
command -v script >/dev/null || skip 'there is no script(1)'
TERM=xterm script -qec 'git jci status --short' /dev/null | tr -d '\r' >../out
same "$green" "$(cat ../out)"
TERM=xterm NO_COLOR=1 script -qec 'git jci status --short' /dev/null | tr -d '\r' >../out
same ✓ "$(cat ../out)"
EOT

it 'in the prompt of bash' <<'EOT'
command -v bash >/dev/null || skip 'there is no bash'
example 1 >one
example 2 >two
mkdir none
green_repo
cd ..
red_repo
cd ..
cat >show <<'SH'
for folder in none red green; do
	cd "$TRASH/$folder" && printf '%s\n' "${PS1@P}"
done
SH
export TRASH
sign=$(test "$(id -u)" -eq 0 && echo '#' || echo '$')
GIT_CEILING_DIRECTORIES=$TRASH
HOME=$TRASH
export GIT_CEILING_DIRECTORIES HOME
same " ~/none$sign 
✗ ~/red$sign 
✓ ~/green$sign " "$(cat one show | bash --norc --noprofile)"
same "~/none$sign 
^A^[[31m^B✗^A^[[m^B ~/red$sign 
^A^[[32m^B✓^A^[[m^B ~/green$sign " "$(cat two show | bash --norc --noprofile |
	sed 's/\x01/^A/g; s/\x02/^B/g; s/\x1b/^[/g')"
EOT

it 'in the prompt of zsh' <<'EOT'
command -v zsh >/dev/null || skip 'there is no zsh'
example 3 >rc
green_repo
same ✓ "$({ cat ../rc; echo 'print -P $RPROMPT'; } | zsh -f)"
EOT

it 'in the prompt of fish' <<'EOT'
command -v fish >/dev/null || skip 'there is no fish'
example 4 >function.fish
green_repo
same "$(printf '\033[32m✓\033[m')" \
	"$(HOME=$TRASH fish --no-config -c 'source ../function.fish; fish_right_prompt')"
EOT

it 'in the status line of tmux, of a folder whose name has anything' <<'EOT'
command -v tmux >/dev/null || skip 'there is no tmux'
example 5 >conf
green_repo "it's \$(touch here) green"
unset TMUX
# the line is drawn for a client alone: this one is in a window of another tmux
at_end 'tmux -S "$TRASH/inner" kill-server; tmux -S "$TRASH/outer" kill-server'
tmux -f /dev/null -S "$TRASH/outer" new-session -d -x 80 -y 24 \
	"env -u TMUX tmux -f '$TRASH/conf' -S '$TRASH/inner' new-session 'sleep 600'"
wait_for 'tmux -S "$TRASH/outer" capture-pane -p | grep -q "✓ [0-9][0-9]:[0-9][0-9]$"'
test ! -e here
EOT

finish
