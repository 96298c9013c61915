#!/bin/sh
# What the browser shows, in terminals of all sizes and kinds, and how it leaves them.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

it 'a wide terminal shows three panes side by side, with their colours' <<'EOT'
browser_repo
same_screen wide <<'EOF'
size 120 40
start git jci
idle
attributes
EOF
EOT

it 'a terminal of 80x24 shows them one above the other' <<'EOT'
browser_repo
same_screen stacked <<'EOF'
size 80 24
start git jci
idle
screen
EOF
EOT

it 'a small one shows the pane that has the keys' <<'EOT'
browser_repo
same_screen small <<'EOF'
size 40 10
start git jci
idle
screen
keys <Tab>
screen
keys <Tab> G
screen
keys g <Enter>
screen
EOF
EOT

it 'one that is too small says so, and is of use again when it grows' <<'EOT'
browser_repo
same_screen tiny <<'EOF'
size 25 5
start git jci
idle
screen
resize 40 8
screen
resize 1 1
screen
resize 70 16
screen
keys Q
status
EOF
EOT

it 'panes follow the selection from left to right' <<'EOT'
browser_repo
same_screen selection <<'EOF'
size 120 24
start git jci
idle
keys j j
screen
keys <Tab> j
screen
keys j <Tab> G
screen
keys g <Enter>
attributes
EOF
EOT

it 'below the artifacts it sums up tests and coverage, and tells what changed' <<'EOT'
browser_repo
mkdir ../made
echo "<coverage lines-valid='1000' lines-covered='814'/>" >../made/coverage.xml
printf '1..3\nok 1 - a\nok 2 - b\nok 3 - c\n' >../made/unit.tap
store_run HEAD~1 202000 ok passed 5 ../made >../ids
echo "<coverage lines-valid='1000' lines-covered='811'/>" >../made/coverage.xml
printf '1..3\nok 1 - a\nnot ok 2 - \033[31mb\nok 3 - c\n' >../made/unit.tap
store_run HEAD 213000 err failed 5 ../made >>../ids
same_screen tested <<'EOF'
size 120 16
start git jci
idle
attributes
keys <Tab> <Tab> G
mouse left 15 100
row -2
row 4
resize 80 24
screen
resize 80 15
screen
keys <Tab> <Tab> j
row -2
EOF
EOT

it 'in a C locale it shows ASCII' <<'EOT'
browser_repo
same_screen ascii <<'EOF'
env LC_ALL=C
size 100 20
start git jci
idle
screen
EOF
same 0 "$(LC_ALL=C grep -c '[^ -~]' "$test_root/actual" || :)"
EOT

it 'with NO_COLOR, attributes remain' <<'EOT'
browser_repo
same_screen mono <<'EOF'
env NO_COLOR=1
size 100 20
start git jci
idle
attributes
EOF
lacks "$test_root/actual" ground
EOT

for type in xterm screen tmux linux vt100; do
	it "a terminal of the kind of $type shows the same text" <<EOT
browser_repo
for SCREEN_TERM in xterm-256color $type; do
	screen >\$SCREEN_TERM.all <<'EOF'
size 90 24
start git jci
idle
keys <Down> <Down> <Up> <Enter>
screen
resize 120 30
screen
keys Q
status
EOF
	grep -v '^---' \$SCREEN_TERM.all >\$SCREEN_TERM # some can't hide the cursor
done
diff -u xterm-256color $type
EOT
done

it 'a step of the cursor sends few bytes' <<'EOT'
browser_repo
screen >out <<'EOF'
size 120 40
start git jci
idle
mark
keys j
bytes
mark
keys j
bytes
mark
keys k
bytes
EOF
same 3 "$(wc -l <out)"
while read -r bytes; do
	test "$bytes" -le 600
done <out
EOT

it 'what others named or wrote reaches the terminal as text only' <<'EOT'
new_repo project <<'SH'
printf '\033]0;title\007\033[6nlog\n'
touch "$JCI_OUTPUT_DIR/$(printf 'file\033[41m\033c\302\233K')"
SH
printf 'subject \033[3J\033]52;c;aGk=\007 of \302\233 a commit\342\200\256' >message
git -c user.name="$(printf 'Name \033[31m')" commit -q --allow-empty -F message
git branch "$(printf 'branch\342\200\256')"
git jci run >/dev/null
screen >out <<'EOF'
size 230 20
start git jci
idle
keys <Tab> <Tab> j
screen
keys L
screen
print raw
raw
EOF
contains out 'subject \033[3J\033]52;c;aGk=\007 of'
contains out 'file\033[41m\033c\u009bK'
contains out '[branch\u202e]'
sed '1,/^raw$/d' out >raw
for sequence in '^[]' '^[[6n' '^[[41m' '^[c' '^[[3J' '\x9b' '^G' "$(printf '\342\200\256')"; do
	lacks raw "$sequence"
done
EOT

it '^Z gives the terminal back and stops, fg draws it anew' <<'EOT'
browser_repo
same_screen suspend <<'EOF'
size 80 12
start git jci
idle
keys j ^Z
stopped
signal CONT
screen
keys : ^Z
stopped
signal CONT
row -1
keys <Esc>
keys Q
status
EOF
EOT

it 'ends when the terminal goes away' <<'EOT'
browser_repo
screen >out <<'EOF'
start git jci
idle
hangup
status
EOF
grep '^exit' out
EOT

for signal in HUP TERM; do
	it "SIG$signal ends it, with the terminal restored" <<EOT
browser_repo
screen >out <<'EOF'
start git-jci
idle
signal $signal
status
EOF
contains out 'terminal restored'
contains out exit
EOT
done

for signal in SEGV BUS FPE ILL ABRT QUIT; do
	it "a crash by SIG$signal restores the terminal" <<EOT
built_with JCI_ASAN && skip 'the sanitizer has these signals'
browser_repo
screen >out <<'EOF'
start git-jci
idle
signal $signal
status
EOF
same 'signal $signal
terminal restored' "\$(cat out)"
EOT
done

it 'refuses a terminal that it can not use, and says what to do' <<'EOT'
browser_repo
for SCREEN_TERM in dumb nonsense; do
	screen >out <<'EOF'
start git jci browse
status
screen
EOF
	contains out "terminal '$SCREEN_TERM'"
	lacks out 'exit 0'
done
EOT

finish
