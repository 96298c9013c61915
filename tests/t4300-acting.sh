#!/bin/sh
# Acting from the browser: runs, remotes, files and other programs. What a key did is looked for
# where it did it.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

# program NAME <<'EOT' ... EOT: in a folder that is $bin.
program() {
	bin=$TRASH/bin
	mkdir -p "$bin"
	{
		echo '#!/bin/sh'
		cat
	} >"$bin/$1"
	chmod +x "$bin/$1"
}

# blocked_repo [LINE]: a repository whose script says that it is there, and blocks.
blocked_repo() {
	new_repo project <<-SH
	${1:-:}
	echo the script is there
	while :; do read -r x <"\$JCI_REPO_ROOT/.git/never"; done
	SH
	mkfifo .git/never
	at_end 'git -C "$TRASH/project" jci cancel --kill --no-wait 2>/dev/null'
}

it 'r runs CI on the commit at the cursor, and tells how it ended' <<'EOT'
new_repo project <<'SH'
echo "of others: ${JCI_RUN-}${JCI_PATH-}${JCI_STATUS-}"
SH
commit second
screen <<EOF
size 120 12
start git jci
idle
keys r
wait passed: $(git rev-parse --short=10 HEAD)
keys j r
wait passed: $(git rev-parse --short=10 HEAD~1)
keys g r
wait passed: $(git rev-parse --short=10 HEAD)
EOF
same 3 "$(runs | wc -l)"
same 1 "$(runs | grep -c "/$(git rev-parse HEAD~1)/")"
for run in $(runs); do
	git cat-file blob "$run:.jci/run.json" | tr -d '\t' >../record
	contains ../record '"trigger":"browser"'
	same 'of others: ' "$(git cat-file blob "$run:run.output.txt")"
done
EOT

it ':run takes a revision, and says why there is no run' <<'EOT'
new_repo project </dev/null
screen <<'EOF'
size 120 12
start git jci
idle
keys r
wait the commit has no .jci/run.sh
keys :
type run nothing
keys <Enter>
wait 'nothing'
EOF
echo 'echo hello' | run_script
chmod -x .jci/run.sh
commit second
screen <<'EOF'
size 120 12
start git jci
idle
keys r
wait '.jci/run.sh' is not executable
EOF
EOT

it 'R runs the commit of a run once more; red is told as a result' <<'EOT'
new_repo project <<'SH'
exit 3
SH
git jci run 2>/dev/null || true
screen <<'EOF'
size 120 12
start git jci
idle
keys <Tab> R
wait failed:
wait exit status 3
EOF
same 2 "$(runs | wc -l)"
EOT

it 'x asks, then has the run end; once more kills it' <<'EOT'
blocked_repo 'trap "" TERM'
git config jci.gracePeriod 10h
screen <<'EOF'
size 120 12
start git jci
idle
keys r
wait running
keys L
wait the script is there
keys x
wait cancel run
keys n
gone cancel run
keys x
wait cancel run
keys y
wait told to end
keys x
wait kill it?
keys y
wait cancelled:
keys x
wait no run that goes on is selected
EOF
the_record >../record
contains ../record '"reason":"cancelled",'
contains ../record '"signal":9,'
EOT

it 'a run that goes on when the browser is left is told on the terminal' <<'EOT'
blocked_repo
screen >../out <<'EOF'
size 120 12
start git jci
idle
keys r
wait running
send Q
status
screen
EOF
contains ../out 'exit 0'
id=$(ls .git/jci/live)
contains ../out "git-jci: run $id goes on; follow it with: git jci tail -f $id"
git jci cancel
EOT

it 'a command in the background is not ended unasked' <<'EOT'
new_repo project </dev/null
mkfifo .git/never
screen >../out <<'EOF'
size 120 12
start git jci
idle
keys :
type @echo $$ >../pid; read -r x <.git/never
keys <Enter>
wait read -r x
keys Q
wait stop it and quit?
keys n
gone stop it and quit?
keys Q
wait stop it and quit?
send y
status
EOF
contains ../out 'exit 0'
wait_for '! kill -0 "$(cat ../pid)" 2>/dev/null'
EOT

it 'P sends the runs, U fetches them, and what fails is shown in full' <<'EOT'
new_repo project <<'SH'
true
SH
git init -q --bare ../origin
git remote add origin ../origin
git jci run 2>/dev/null
ref=$(the_ref)
screen <<EOF
size 120 12
start git jci
idle
keys P
wait push: 1 run sent
shell test "\$(git -C ../origin for-each-ref --format='%(refname)')" = "$ref"
shell git update-ref -d "$ref"
keys U
wait pull: 1 run fetched
wait passed
shell mv ../origin ../gone
keys P
wait 'git' failed with status 128
wait does not appear to be a git repository
wait and the repository exists.
keys q
keys U
wait does not appear to be a git repository
EOF
same "$ref" "$(the_ref)"
same "$ref" "$(runs ../gone)"
EOT

it 'D shows what can go, and removes it only after Enter' <<'EOT'
browser_repo
git jci prune --keep 1 >../shown
kept=$(runs | wc -l)
screen <<EOF
size 120 30
start git jci
idle
keys D
wait there is nothing to remove
keys :
type prune --commit --keep 1
keys <Enter>
wait Enter removes them
wait $(tail -n 1 ../shown)
keys q
gone Enter removes them
shell test "\$(git for-each-ref refs/jci-runs | wc -l)" -eq $kept
keys :
type prune --keep 1
keys <Enter>
wait Enter removes them
keys <Enter>
wait prune: 
EOF
git jci prune --keep 1 >../after
contains ../after 'there is nothing to remove'
test "$(runs | wc -l)" -lt "$kept"
EOT

it 'i writes a first script and opens it in the editor' <<'EOT'
new_repo project </dev/null
program editor <<'SH'
echo "$1" >>../edited
echo "edited $(wc -l <../edited) times"
read -r x
SH
screen <<EOF
size 200 12
env EDITOR=$bin/editor
start git jci
idle
send i
wait edited 1 times
send <Enter>
wait made '$PWD/.jci/run.sh'
send i
wait edited 2 times
send <Enter>
wait '$PWD/.jci/run.sh' was there already
EOF
same "$PWD/.jci/run.sh
$PWD/.jci/run.sh" "$(cat ../edited)"
commit script
git jci run 2>/dev/null
contains .jci/run.sh JCI_OUTPUT_DIR
the_file run.output.txt >../log
contains ../log "checking $(git rev-parse HEAD)"
EOT

it 's saves an artifact: as a file, over one if told so, into a folder' <<'EOT'
browser_repo
run=$(runs | grep "$(git rev-parse HEAD)" | tail -n 1)
mkdir "$TRASH/folder"
echo mine >"$TRASH/there"
screen <<EOF
size 160 20
start git jci
idle
keys <Tab> <Tab> s
wait save as: run.output.txt
keys ^U
type $TRASH/log
keys <Enter>
wait saved: $TRASH/log
keys s ^U
type $TRASH/there
keys <Enter>
wait replace it?
keys n
gone replace it?
shell test "\$(cat "$TRASH/there")" = mine
keys s ^U
type $TRASH/there
keys <Enter>
wait replace it?
keys y
wait saved: $TRASH/there
keys s ^U
type $TRASH/folder
keys <Enter>
wait saved: $TRASH/folder/run.output.txt
keys s ^U
type $TRASH/none/log
keys <Enter>
wait cannot write '$TRASH/none/log': No such file or directory
keys s ^U <Enter>
keys Q
status
EOF
git cat-file blob "$run:run.output.txt" >../expected
cmp ../expected "$TRASH/log"
cmp ../expected "$TRASH/there"
cmp ../expected "$TRASH/folder/run.output.txt"
same 'folder
run.output.txt' "$(cd "$TRASH/folder" && echo folder && ls -A)"
EOT

it 's saves a whole run, by :save as well' <<'EOT'
browser_repo
run=$(runs | grep "$(git rev-parse HEAD)" | tail -n 1)
screen <<EOF
size 160 20
start git jci
idle
keys <Tab> s
wait save as: $(basename "$run")
keys ^U
type $TRASH/whole
keys <Enter>
wait saved: $TRASH/whole
keys :
type save $TRASH
keys <Enter>
wait saved: $TRASH/$(basename "$run")
keys :
type save $TRASH/whole/status.txt
keys <Enter>
wait '$TRASH/whole/status.txt'
EOF
git jci get "$(basename "$run")" "$TRASH/expected"
diff -r "$TRASH/expected" "$TRASH/whole"
diff -r "$TRASH/expected" "$TRASH/$(basename "$run")"
EOT

it 'v, p and o open a private copy, of which nothing is left' <<'EOT'
browser_repo
mkdir "$TRASH/tmp"
for name in editor pager browser; do
	program $name <<SH
echo "$name \$(stat -c %a "\$1") \$(cat "\$1")" >>"$TRASH/opened"
ls "\$(dirname "\$1")/.." >>"$TRASH/opened-\$(basename "\$0")"
echo opened in $name
read -r x
SH
done
ln -s browser "$bin/w3m"
screen <<EOF
size 120 20
env TMPDIR=$TRASH/tmp
env EDITOR=$bin/editor
env PAGER=$bin/pager
env BROWSER=nothing:$bin/w3m '%s'
start git jci browse HEAD report/html/index.html
wait a page
send v
wait opened in editor
send <Enter>
wait <p>
send p
wait opened in pager
send <Enter>
wait <p>
send o
wait opened in browser
send <Enter>
wait <p>
shell test -z "\$(ls -A $TRASH/tmp/*)"
keys Q
status
EOF
same 'editor 600 <p>a page</p>
pager 600 <p>a page</p>
browser 644 <p>a page</p>' "$(cat "$TRASH/opened")"
contains "$TRASH/opened-w3m" coverage.txt
same '' "$(ls -A "$TRASH/tmp")"
EOT

it 'a program that fails or is not there is told' <<'EOT'
browser_repo
program editor <<'SH'
echo 'the editor is broken'
exit 7
SH
screen <<EOF
size 120 20
env PAGER=$bin/nothing
start git jci browse HEAD run.output.txt
wait checking
send p
wait [status 127]
send <Enter>
wait cannot run '$bin/nothing'
EOF
screen <<EOF
size 120 20
env EDITOR=$bin/editor
start git jci browse HEAD run.output.txt
wait checking
send v
wait the editor is broken
wait [status 7]
send <Enter>
wait checking
EOF
EOT

it '| pipes the file, or the selected lines, to a command' <<'EOT'
browser_repo
run=$(runs | grep "$(git rev-parse HEAD)" | tail -n 1)
screen <<'EOF'
size 120 20
start git jci browse HEAD run.output.txt
wait checking
keys |
type cat >../whole; echo to be read; exit 4
send <Enter>
wait to be read
wait [status 4] press Enter
send <Enter>
wait checking
keys g j V j |
type cat >../lines; exit 5
send <Enter>
wait [status 5]
send <Enter>
wait checking
EOF
git cat-file blob "$run:run.output.txt" >../expected
cmp ../expected ../whole
same 2 "$(wc -l <../lines)"
grep -qF "$(sed -n 1p ../lines)" ../expected
EOT

# copied TEXT: was it sent to the terminal's clipboard?
copied() {
	contains ../raw "52;c;$(printf %s "$1" | base64 -w 0)"
}

it 'y copies the name of what is selected, Y the name of the run' <<'EOT'
browser_repo
run=$(runs | grep "$(git rev-parse HEAD)" | tail -n 1)
screen >../raw <<'EOF'
size 120 20
env TMUX
env STY
start git jci
idle
mark
keys y
wait copied: 
raw
mark
keys Y
raw
keys <Tab>
mark
keys y
raw
keys <Tab>
mark
keys y
raw
EOF
copied "$(git rev-parse HEAD)"
copied "${run#refs/jci-runs/}"
copied "$(basename "$run")"
copied run.output.txt
EOT

it '= compares with the last green ancestor, or says that there is none' <<'EOT'
browser_repo
git jci diff latest >../diff
screen <<EOF
size 120 30
start git jci
idle
keys =
wait compared with its last green ancestor
wait $(grep '^base' ../diff)
wait $(grep '^status' ../diff)
keys q
gone last green ancestor
keys :
type goto v1.0
keys <Enter>
keys =
wait no ancestor of $(git rev-parse --short=10 v1.0) has a green run
EOF
EOT

it 'd shows the commit with git show, t in tig' <<'EOT'
browser_repo
program tig <<'SH'
echo "tig is given: $*"
read -r x
SH
screen <<EOF
size 120 20
env PATH=$bin:$PATH
env PAGER=cat
start git jci
idle
keys j
send d
wait commit $(git rev-parse HEAD~1)
wait press Enter to go on
send <Enter>
gone press Enter
send t
wait tig is given: show $(git rev-parse HEAD~1)
send <Enter>
gone tig is given
EOF
EOT

it 'commands of the shell find in their environment what is selected' <<'EOT'
browser_repo
run=$(runs | grep "$(git rev-parse HEAD)" | tail -n 1)
screen <<'EOF'
size 120 20
start git jci
idle
keys !
type echo "$JCI_COMMIT $JCI_RUN $JCI_RUN_ID $JCI_PATH $JCI_BRANCH $JCI_STATUS" >../found; exit 9
send <Enter>
wait [status 9]
send <Enter>
gone press Enter
keys :
type !exit 10
send <Enter>
wait [status 10]
send <Enter>
gone press Enter
keys :
type @test -n "$JCI_RUN" && echo told in the background && exit 4
keys <Enter>
wait : told in the background
keys :
type @exit 5
keys <Enter>
wait failed with status 5
EOF
same "$(git rev-parse HEAD) ${run#refs/jci-runs/} $(basename "$run") run.output.txt main ok" \
	"$(cat ../found)"
EOT

finish
