#!/bin/sh
# The viewer: how a log, a binary file and results of tests are shown, and how to move in them.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

# log_repo <<'EOT' ... EOT: into the repository, whose latest run has that log; printf's escapes.
log_repo() {
	browser_repo
	mkdir "$TRASH/out"
	printf "$(cat)\n" >"$TRASH/out/run.output.txt"
	store_run HEAD 220000 "${1:-ok}" "${2:-passed}" 60 "$TRASH/out" >/dev/null
}

# file_repo NAME <<'EOT' ... EOT: the same, with another artifact.
file_repo() {
	browser_repo
	mkdir "$TRASH/out"
	cat >"$TRASH/out/$1"
	store_run HEAD 220000 ok passed 60 "$TRASH/out" >/dev/null
}

# new_gate: scripts wait with `read -r line <"$GATE"` until the test does `echo >&9`.
new_gate() {
	GATE=$TRASH/gate
	export GATE
	mkfifo "$GATE"
	exec 9<>"$GATE"
	at_end 'printf "\n\n\n\n" >&9'
}

it 'colours and attributes are those of the log' <<'EOT'
log_repo <<'LOG'
\033[31mred\033[m \033[1;32mbold green\033[0;4munderlined\033[24m plain
\033[38;5;208morange\033[48;2;10;20;30m on blue\033[m
\033[7mreverse goes on
into the next line\033[m
\033[3mitalic\033[9m struck\033[2m dim\033[m \033[91mbright
LOG
same_screen viewer-colours <<'EOF'
size 60 12
start git jci browse latest run.output.txt
idle
attributes
EOF
EOT

it 'of lines written over, the last state is left; tabs, wide and combining characters fit' <<'EOT'
log_repo <<'LOG'
  1%%\r 50%%\r100%% done
old text\rnew
over\b\b\b\bwritten
a\tb\tc
日本\t語 wide
e\314\201a\314\210 combined
👍 👨‍👩‍👧 🇩🇪 emoji|
a\302\255b soft\342\200\213zero
crlf\r
LOG
same_screen viewer-widths <<'EOF'
size 60 14
start git jci browse latest run.output.txt
idle
screen
keys : "set tabWidth 4" <Enter>
screen
EOF
EOT

it 'long lines are cut and scrolled, or wrapped; lines have numbers' <<'EOT'
log_repo <<LOG
short
$(seq -s ' ' 1 60)
日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語
end
LOG
same_screen viewer-wrap <<'EOF'
size 50 12
start git jci browse latest run.output.txt
idle
screen
keys l
screen
keys h w
screen
keys #
screen
keys w G
screen
EOF
EOT

it 'groups fold and unfold: one, all, and by Enter' <<'EOT'
log_repo <<'LOG'
before
::group::first
one
two
::endgroup::
between
::group::second
error: three
::endgroup::
--- section
four
+++ shown
five
LOG
same_screen viewer-folds <<'EOF'
size 60 18
start git jci browse latest run.output.txt
idle
keys g
screen
keys j j c
screen
keys <Enter>
row 3
row 4
keys C
screen
keys j <Enter>
row -1
keys j <Enter>
screen
keys C
screen
keys C
screen
EOF
EOT

it 'e and E go from error to error, around the end' <<'EOT'
browser_repo
screen >out <<'EOF'
size 60 20
start git jci browse latest run.output.txt
idle
keys g
row 1
keys e
row 1
keys e
row 1
keys e
row 1
row -1
keys E
row 1
row -1
EOF
same '1/68 66/68 68/68 66/68 68/68' "$(sed -n 's,.* \([0-9]*/68\) .*,\1,p' out | xargs)"
contains out 'the first error: there is none further down'
contains out 'the last error: there is none further up'
EOT

it 'a mark is a place to go back to' <<'EOT'
log_repo <<LOG
$(seq 100)
LOG
screen >out <<'EOF'
size 60 20
start git jci browse latest run.output.txt
idle
keys g j j j m
row -1
keys a G ' x
row -1
keys ' a
row 1
keys ' '
row 1
keys ' '
row 1
keys m 1
row -1
EOF
contains out 'mark this line with the letter:'
contains out "no line has the mark 'x'"
contains out 'marks are letters'
same '4/100 100/100 4/100' "$(sed -n 's,.* \([0-9]*/100\) .*,\1,p' out | xargs)"
EOT

it 'a search shows how many lines match, and goes through them' <<'EOT'
log_repo <<LOG
$(seq 100)
Needle
LOG
same_screen viewer-search <<'EOF'
size 60 12
start git jci browse latest run.output.txt
idle
keys g / "7"
screen
keys <Enter>
attributes
keys n n
row 1
keys N
row 1
keys N N
row 1
row -1
keys / "needle" <Enter>
row 1
keys / "nothing such" <Enter>
row -1
keys / "[" <Esc>
row 1
EOF
EOT

it 'V selects lines, y copies them as they are seen' <<'EOT'
log_repo <<'LOG'
one
\033[31mtwo\033[m
50%%\r100%%
four
LOG
screen >out <<'EOF'
size 60 12
start git jci browse latest run.output.txt
idle
keys g j V j
row 1
mark
keys y
row -1
raw
EOF
contains out selecting
contains out 'copied 2 lines'
contains out "52;c;$(printf 'two\n100%%\n' | base64)"
EOT

it 'H shows bytes, and what is binary is shown so at once' <<'EOT'
file_repo binary <<'BIN'
BIN
printf 'text\n\001\002\000\033[31m\377end of the file\n' >../out/binary
store_run HEAD 230000 ok passed 60 ../out >../id
same_screen viewer-hex <<'EOF'
size 80 10
start git jci browse latest binary
idle
screen
keys H
screen
keys H / "end" <Enter>
attributes
EOF
EOT

it 'M lists the results of tests, the failed ones first, and shows one' <<'EOT'
browser_repo
same_screen viewer-junit <<'EOF'
size 80 14
start git jci browse latest results.xml
idle
attributes
keys <Enter>
screen
keys q
keys M
screen
keys M
row 1
EOF
EOT

it 'the same for TAP, also in a log' <<'EOT'
log_repo err failed <<'LOG'
TAP version 14
1..4
ok 1 - works
not ok 2 - fails
  ---
  message: got 3
  ...
ok 3 - left # SKIP no network
not ok 4 - later # TODO not yet
LOG
same_screen viewer-tap <<'EOF'
size 80 14
start git jci browse latest run.output.txt
idle
screen
keys M
screen
keys <Enter>
screen
EOF
EOT

it 'what has no results says so' <<'EOT'
browser_repo
screen >out <<'EOF'
start git jci browse latest report/coverage.txt
idle
keys M
row -1
EOF
contains out 'neither JUnit XML nor TAP'
EOT

it 'goto goes to a line, and to a part' <<'EOT'
log_repo <<LOG
$(seq 1000)
LOG
screen >out <<'EOF'
size 60 12
start git jci browse latest run.output.txt
idle
keys : "goto 500" <Enter>
row 1
keys : "goto 25%" <Enter>
row 1
keys : "7" <Enter>
row 1
keys : "goto 5000" <Enter>
row 1
keys : "goto nonsense" <Enter>
row -1
EOF
sed -n 's,.* \([0-9]*\)/1000 .*,\1,p' out >lines
same 500 "$(sed -n 1p lines)"
part=$(sed -n 2p lines)
test "$part" -gt 200
test "$part" -lt 320
same '7 1000' "$(sed 1,2d lines | xargs)"
contains out nonsense
EOT

it 'T shows when each line came' <<'EOT'
new_gate
new_repo project <<'SH'
echo one
read -r line <"$GATE"
echo two
SH
git-jci run -q 2>../err &
run=$!
wait_for 'git jci cat latest | grep -q one'
echo >&9
wait $run
screen >out <<'EOF'
size 60 12
start git jci browse latest run.output.txt
idle
row 2
keys T
row 2
keys T
row 2
keys T
row 3
keys T
row 2
EOF
sed -n 1p out | grep '^ *one$'
sed -n 2p out | grep '^ *[0-2][0-9]:[0-5][0-9]:[0-5][0-9].* one$'
sed -n 3p out | grep '[0-9].* one$'
sed -n 4p out | grep ' two$'
sed -n 5p out | grep '^ *one$'
EOT

it 'L opens the log of a run that goes on, follows it, and stays when it is stored' <<'EOT'
new_gate
new_repo project <<'SH'
seq 50
read -r line <"$GATE"
seq 51 100
read -r line <"$GATE"
echo last
SH
git-jci run -q 2>../err &
run=$!
wait_for 'git jci cat latest | grep -q 50'
screen >out <<'EOF'
size 60 12
start git jci
idle
keys L
wait 50  100%
row 1
shell echo >&9
wait 100  100%
row 1
keys k k
row 1
keys F
row 1
keys F
gone following
keys F
wait following
shell echo >&9
wait last
wait passed
wait 101/101
row 1
keys F
row -1
keys q
wait first commit
EOF
wait $run
sed -n 1p out | grep 'following.* 50  100%'
sed -n 2p out | grep 'following.* 100  100%'
sed -n 3p out | grep ' 98  '
sed -n 3p out >third
lacks third following
sed -n 4p out | grep 'following.* 100  100%'
sed -n 5p out | grep 'passed.*101/101'
contains out 'does not grow any more'
EOT

it 'who moved up in a log that grows stays there' <<'EOT'
new_gate
new_repo project <<'SH'
seq 50
read -r line <"$GATE"
seq 51 100
SH
git-jci run -q 2>../err &
run=$!
wait_for 'git jci cat latest | grep -q 50'
screen >out <<'EOF'
size 60 12
start git jci
idle
keys L
wait following
keys g
row 2
shell echo >&9
wait 1/100
row 2
wait passed
row 1
row 2
EOF
wait $run
same '1 1 1' "$(grep -o '^ *1$' out | xargs)"
EOT

it 'a log without a byte, and one without a last newline' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/speak" || printf 'no newline'
SH
git jci run -q 2>../err
touch speak
git jci run -q 2>../err
screen >out <<'EOF'
size 60 12
start git jci
idle
keys <Tab> j L
wait empty
keys q k L
wait no newline
row 1
EOF
contains out 1/1
EOT

finish
