#!/bin/sh
# The browser within tmux, as people have it: resizing, ^Z and fg, mouse, copying, a window that is
# closed.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

command -v tmux >/dev/null || skip_all 'there is no tmux'

# mux ARGUMENT...: tmux with a server of this case only.
mux() {
	TMUX_TMPDIR=$TRASH tmux -L test -f /dev/null "$@"
}

# mux_start COLUMNS ROWS: a session with a shell in the repository, and the browser in it.
mux_start() {
	at_end 'mux kill-server 2>/dev/null'
	unset TMUX
	mux new-session -d -x "$1" -y "$2" 'PS1="prompt> " exec sh -i' \; set -g set-clipboard on \; \
		set -g mouse on \; set -g status off \; set -sg escape-time 0
	shows 'prompt>'
	mux send-keys 'git jci' Enter
	shows 'Take colours'
}

# shows TEXT: waits until the pane shows it; hides is the opposite.
shows() {
	text=$1
	wait_for 'mux capture-pane -p | grep -qF -e "$text"' || {
		mux capture-pane -p
		return 1
	}
}

hides() {
	text=$1
	wait_for '! mux capture-pane -p | grep -qF -e "$text"' || {
		mux capture-pane -p
		return 1
	}
}

# browser_pid: of the program in the pane.
browser_pid() {
	ps -o pid=,comm= -t "$(mux display -p '#{pane_tty}')" | sed -n 's/^ *\([0-9]*\) git-jci$/\1/p'
}

it 'follows the size of the window' <<'EOT'
browser_repo
mux_start 120 30
shows '│Artifacts'
mux resize-window -x 80 -y 24
hides '│Artifacts'
shows 'Runs'
mux resize-window -x 40 -y 10
hides Runs
mux resize-window -x 20 -y 4
shows 'too small'
mux resize-window -x 120 -y 30
shows '│Artifacts'
mux send-keys j
shows 2/12
EOT

it '^Z leads to the shell, fg back to the same place' <<'EOT'
browser_repo
mux_start 120 30
mux send-keys j j
shows 3/12
mux send-keys C-z
shows Stopped
hides Artifacts
mux send-keys 'echo between' Enter
shows between
mux resize-window -x 130 -y 30
mux send-keys fg Enter
shows 3/12
shows Artifacts
mux send-keys Q
hides Artifacts
mux send-keys 'echo "$?" status; stty -a | grep -o " echo "' Enter
shows '0 status'
EOT

it 'the mouse selects and scrolls' <<'EOT'
browser_repo
at_end 'mux kill-server 2>/dev/null'
unset TMUX
TMUX_TMPDIR=$TRASH
export TMUX_TMPDIR
screen <<'EOF'
size 120 30
start tmux -L test -f /dev/null set -g mouse on \; set -g status off \; new-session 'exec env -u JCI_IDLE_FD git jci'
wait Take colours
mouse left 5 5
wait 4/12
keys g
wait 1/2
keys L
wait 1/68
wait ▾ configure
mouse down 5 20
gone ▾ configure
EOF
EOT

it 'y copies to the buffer of tmux' <<'EOT'
browser_repo
mux_start 120 30
mux send-keys j y
shows copied
wait_for 'mux show-buffer 2>/dev/null | grep -q .'
same "$(git rev-parse HEAD~1)" "$(mux show-buffer)"
EOT

it 'ends when its window is closed' <<'EOT'
browser_repo
mux_start 120 30
pid=$(browser_pid)
test -n "$pid"
mux split-window -d
mux kill-pane -t 0
wait_for '! kill -0 $pid 2>/dev/null'
EOT

it 'ends when the server is killed, also while a log is open' <<'EOT'
browser_repo
mux_start 120 30
mux send-keys L
shows 'run.output.txt  '
pid=$(browser_pid)
server=$(mux display -p '#{pid}')
kill -9 "$server"
wait_for '! kill -0 $pid 2>/dev/null'
EOT

for type in screen screen-256color tmux-256color; do
	it "shows the same with TERM=$type" <<EOT
infocmp $type >/dev/null 2>&1 || skip 'there is no terminfo of it'
browser_repo
at_end 'mux kill-server 2>/dev/null'
unset TMUX
mux new-session -d -x 120 -y 24 'TERM=$type exec git jci' \; set -g status off
shows 'Take colours'
shows '│Artifacts'
mux send-keys Down Down Up
shows 2/12
mux send-keys End
shows 12/12
mux send-keys L
EOT
done

it 'Esc alone is Esc, in good time' <<'EOT'
browser_repo
mux_start 120 30
mux send-keys Tab Escape
mux send-keys Escape
shows 'press Q to quit'
mux send-keys q
hides Artifacts
EOT

finish
