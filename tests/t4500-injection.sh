#!/bin/sh
# What others named or wrote never reaches the terminal but as text: each text of others holds all
# that could do harm, and what the browser sends is read byte by byte.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

# All that could do harm, in a name or a text: a title, the clipboard, a device report, colours, a
# reset, cursor keys sent back, other character sets, C1 controls as UTF-8 and as bytes, bytes that
# are no UTF-8, overrides of the writing direction, marks of lines and paragraphs, BEL, BS, DEL.
harm=$(printf 'x\033]0;EVIL\007\033]52;c;RVZJTA==\033\\\033[5n\033[6n\033[45mEVIL\033[2J\033[3J\033c\033P$q\033\\\033_EVIL\033\\\033^EVIL\033\\\033(0\016\017\033[?1049l\033[?1000h\033#8\302\2332J\302\235EVIL\302\234\302\220\2332J\235\377\300\200\342\200\256\342\200\252\342\201\246\342\200\217\342\200\250\342\200\251\b\b\177\005y')
# The same where NUL and bytes below space are not allowed (refs), or are no UTF-8 (JSON).
harm_ref=$(printf 'x\302\2332J\302\235EVIL\302\234\302\220\2332J\235\377\300\200\342\200\256\342\200\252\342\201\246\342\200\217\342\200\250\342\200\251y')
harm_json='x\u001b]0;EVIL\u0007\u001b[45mEVIL\u001b[2J\u001bc\u009b2J\u009dEVIL\u009c\u202e\u202a\u2066\u200f\u2028\u2029\n\r\t\b\u007f\u0005y'
harm_xml='x&#155;2J&#157;EVIL&#156;&#8238;&#8234;&#8294;&#8207;&#8232;&#10;&#13;&#127;y'
harm_config='x\\b\\b\302\2332J\302\235EVIL\302\234\342\200\256\342\200\252\342\201\246y'

# Control sequences that ncurses sends for xterm-256color, and the browser's own: a copy for the
# clipboard, the question whether the terminal has caught up, and that pasted text is told. Colours
# are those of the theme, or of a log.
own='\[5n|\]104\x07|\[\?(1049|7|25|12|1|2004|1034|12;25|1006;1000)[hl]|\[2[23];0;0t|\[[0-9]+;[0-9]+r|\[4l|\[!p'
own="$own"'|\[[0-9;]*m|\[H\x1b\[2J|\[J|\[1?K|\[([0-9]+;)?[0-9]*H|\[[0-9]*[GdABCDXPLMST@b]|[M=>78]|\(B'
own="$own"'|\]52;c;[A-Za-z0-9+/=]*\x07'

# only_own FILE: bytes that were sent hold no control but those.
only_own() {
	LC_ALL=C sed -E "s/\\x1b($own)//g" "$1" >"$1.text"
	iconv -f UTF-8 -t UTF-8 "$1.text" >/dev/null || return
	if LC_ALL=C tr '\000-\007\013\014\016-\037\177' '[\001*]' <"$1.text" |
		LC_ALL=C grep -aoE "$(printf '.{0,20}(\001|\302[\200-\237]|\330\234|\342\200[\216\217\250-\256]|\342\201[\246-\251]).{0,20}')"; then
		return 1
	fi
}

# harmless: the screens in `out` show some of the text of others, whose bytes are in `sent`.
harmless() {
	contains out "${1:-EVIL}"
	only_own sent
	lacks sent "$(printf '\033[45m')"
}

it 'the reader of what is sent knows what is allowed' <<'EOT'
for sequence in ']0;x\007' '[6n' '[2J' 'c' '[?1000h' 'P' '(0' '#8' ']52;c;?\007'; do
	printf "text\033${sequence}text\n" >sent
	expect_exit 1 only_own sent
done
for bytes in '\302\233' '\007' '\016' '\177' '\000' '\342\200\256' '\342\200\217' '\233' '\377'; do
	printf "text${bytes}text\n" >sent
	expect_exit 1 only_own sent
done
printf '\033[?1049h\033[1;24r\033(B\033[m\033[38;5;208;48;5;12m x\033[3;1H\r\n\033[H\033[2Jab ^[ ✓ é\n' >sent
only_own sent
EOT

it 'a log' <<'EOT'
browser_repo
mkdir ../out
{
	for n in 1 2 3 4 5 6 7 8 9; do
		printf '%s\n' "$harm"
	done
	printf '::group::%s\n%s\n::endgroup::\nerror: %s\n--- %s\n' "$harm" "$harm" "$harm" "$harm"
	printf '\033[%sm\033[1;2;3;4;5;6;7;8;9;10;38;2;1m\033[999999999999999999999mx\n' "$(seq -s ';' 2000)"
	printf 'unfinished \033[3'
} >../out/run.output.txt
store_run HEAD 220000 err failed 60 ../out >../id
screen >out <<'EOF'
size 200 20
start git jci browse latest run.output.txt
idle
screen
keys g w # C
screen
keys H <Space>
screen
keys H / "EVIL" <Enter>
screen
keys V y
raw sent
EOF
contains out EVIL
only_own sent
EOT

it 'subjects, authors and messages of commits' <<'EOT'
new_repo project <<'SH'
true
SH
tree=$(git rev-parse HEAD^{tree})
printf 'tree %s\nauthor %s <%s> 1793491200 +0000\ncommitter %s <x> 1793491200 +0000\n\n%s\n\n%s\n' \
	"$tree" "$harm" "$harm" "$harm" "$harm" "$harm" >../commit
git update-ref HEAD "$(git hash-object -t commit -w --literally --stdin <../commit)"
git jci run -q 2>../err
screen >out <<'EOF'
size 230 20
start git jci
idle
screen
keys <Enter> <Enter> q q / "EVIL" <Enter>
screen
keys y Y
screen
keys : "filter author EVIL" <Enter>
screen
raw sent
EOF
harmless
EOT

it 'branches and tags, also in the chooser and in the status line' <<'EOT'
new_repo project <<'SH'
true
SH
git update-ref "refs/heads/$harm_ref" HEAD
git update-ref "refs/tags/$harm_ref" HEAD
git update-ref "refs/remotes/$harm_ref/$harm_ref" HEAD
git symbolic-ref HEAD "refs/heads/$harm_ref"
git jci run -q 2>../err
screen >out <<'EOF'
size 230 20
start git jci
idle
screen
keys b
screen
keys x <Enter>
screen
keys : "branch " <Tab> <Tab>
screen
keys <Esc>
raw sent
EOF
harmless '\u202e'
EOT

it 'names of artifacts, and of folders' <<'EOT'
new_repo project <<'SH'
for name in "$HARM" "folder$HARM"; do
	name=$(printf %s "$name" | tr / _)
	mkdir -p "$JCI_OUTPUT_DIR/d$name"
	echo "$HARM" >"$JCI_OUTPUT_DIR/d$name/f$name"
	echo "$HARM" >"$JCI_OUTPUT_DIR/$name"
done
printf x >"$JCI_OUTPUT_DIR/line
feed"
SH
HARM=$harm git jci run -q 2>../err
screen >out <<'EOF'
size 230 30
start git jci
idle
keys <Tab> <Tab> j
screen
keys G y
screen
keys s
screen
keys <Esc> <Enter>
screen
keys q g j <Enter>
screen
raw sent
EOF
harmless
EOT

it 'the record of a run, from the members to what was left out' <<'EOT'
browser_repo
mkdir -p ../out/.jci
store_run HEAD 220000 err failed 60 ../out >../id
git cat-file blob "refs/jci-runs/$(git rev-parse HEAD)/$(cat ../id):.jci/run.json" >../plain
for member in branch reason trigger host program status; do
	sed "s/\"$member\": \"[^\"]*\"/\"$member\": \"$(printf %s "$harm_json" | sed 's/\\/\\\\/g')\"/" \
		../plain >../$member.json
done
sed "s/\"leftOut\": \[\]/\"leftOut\": [{\"path\": \"$(printf %s "$harm_json" | sed 's/\\/\\\\/g')\", \"why\": \"$(printf %s "$harm_json" | sed 's/\\/\\\\/g')\"}]/" ../plain >../leftOut.json
n=0
for record in ../*.json; do
	n=$((n + 1))
	cp "$record" ../out/.jci/run.json
	rm -f ../index
	GIT_INDEX_FILE=../index git --work-tree=../out -C ../out --git-dir="$PWD/.git" add -A -f .
	GIT_INDEX_FILE=../index git write-tree >../tree
	printf 'CI results\n\nJci-Commit: %s\nJci-Status: err\nJci-Reason: %s\nJci-Exit: 1\nJci-Start: 1793711200.000000\nJci-Branch: %s\nJci-Trigger: %s\nJci-Host: %s\n' \
		"$(git rev-parse HEAD)" "$harm" "$harm" "$harm" "$harm" >../message
	git update-ref "refs/jci-runs/$(git rev-parse HEAD)/179371120$n-000$n" \
		"$(git commit-tree "$(cat ../tree)" <../message)"
done
screen >out <<'EOF'
size 230 30
start git jci
idle
keys <Tab>
screen
keys j j j j j j j
screen
keys k z
screen
keys z = <Esc>
screen
raw sent
EOF
harmless
EOT

it 'results of tests' <<'EOT'
browser_repo
mkdir ../out
printf '<testsuites><testsuite name="%s"><testcase classname="%s" name="%s"><failure message="%s">%s</failure></testcase></testsuite></testsuites>\n' \
	"$harm_xml" "$harm_xml" "$harm_xml" "$harm_xml" "$harm_xml" >../out/junit.xml
printf '1..2\nnot ok 1 - %s\n  ---\n  message: %s\n  ...\nok 2 - %s # SKIP %s\n' \
	"$harm" "$harm" "$harm" "$harm" >../out/results.tap
store_run HEAD 220000 err failed 60 ../out >../id
for file in junit.xml results.tap; do
	screen >out <<EOF
size 200 20
start git jci browse latest $file
idle
screen
keys j <Enter>
screen
keys q M
screen
raw sent
EOF
	contains out EVIL
	only_own sent # not harmless: the text, until its results are read, is shown in its own colours
done
EOT

it 'what commands print that fail' <<'EOT'
browser_repo
printf '#!/bin/sh\nprintf "%%s\\n" "$HARM" "$HARM" >&2\nexit 1\n' >../evil
chmod +x ../evil
export HARM="$harm"
git config jci.bind 'all X @../evil'
screen >out <<'EOF'
size 200 20
start git jci
idle
keys X
wait EVIL
screen
keys <Esc> ^G
screen
raw sent
EOF
harmless
EOT

it 'the configuration: commands on keys in the help, wrong values' <<'EOT'
browser_repo
printf '[jci]\n\tbind = "all X !echo %b"\n\tbind = "all %b nothing"\n\tcolor = "%b red"\n\twrap = "%b"\n' \
	"$harm_config" "$harm_config" "$harm_config" "$harm_config" >>.git/config
screen >out <<'EOF'
size 200 50
start git jci
idle
screen
keys ?
screen
keys G
screen
keys q ^G
screen
keys q : "set wrap nonsense" <Enter>
raw sent
EOF
harmless
EOT

it 'the name of the folder, and arguments' <<'EOT'
name=$(printf %s "$harm" | tr / _)
new_repo "$name" <<'SH'
true
SH
screen >out <<'EOF'
env EDITOR=true
size 200 20
start git jci
idle
keys i
screen
keys : "goto " paste
type EVIL
keys <Enter>
screen
raw sent
EOF
only_own sent
EOT

finish
