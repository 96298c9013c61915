#!/bin/sh
# `git jci cron`: lines in the crontab of a user made for this test, by Debian's crontab and cron.

# In a mount namespace of its own: users, crontabs and cron's lock are not those of the machine.
if test -z "${JCI_TEST_MOUNTS:-}" && unshare --mount -- true 2>/dev/null; then
	JCI_TEST_MOUNTS=private exec unshare --mount -- sh "$0"
fi
mounts=${JCI_TEST_MOUNTS:-}

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

test "$(id -u)" -eq 0 || skip_all 'only root can make a user, whose crontab it may change'
test -n "$mounts" || skip_all 'there are no mount namespaces here'
command -v crontab >/dev/null || skip_all 'cron is not installed'
command -v setpriv >/dev/null || skip_all 'there is no setpriv'
command -v jq >/dev/null || skip_all 'jq is not installed'

spool=/var/spool/cron/crontabs
bin="$test_root/a %bin's"

mount_all() {
	cp -a /etc "$test_root/etc" && mount --bind "$test_root/etc" /etc && mount -t tmpfs none /run &&
		new_spool 1m
}

# new_spool SIZE: an empty one, as Debian's package makes it.
new_spool() {
	mount -t tmpfs -o "size=$1,mode=1730,gid=$(getent group crontab | cut -d : -f 3)" none $spool
}

mount_all 2>/dev/null || skip_all 'nothing can be mounted here'
rm -f /etc/cron.allow /etc/cron.deny
useradd -M -s /bin/sh -d "$test_root/home" jci-cron || exit 99
uid=$(id -u jci-cron)
gid=$(id -g jci-cron)
chmod 755 "$test_root"
mkdir "$bin"
cp "$(command -v git-jci)" "$bin"
cp "$top_srcdir/tests/lsan.supp" "$test_root"

# me COMMAND...: as that user, who has the program in his PATH.
me() {
	HOME=$TRASH/home PATH=$TRASH/first:$bin:/usr/bin:/bin XDG_RUNTIME_DIR=$TRASH/run \
		LSAN_OPTIONS="exitcode=99:print_suppressions=0:suppressions=$test_root/lsan.supp" \
		setpriv --reuid="$uid" --regid="$gid" --clear-groups -- "$@"
}

# mine: all that is in $TRASH is his, and he has no crontab.
mine() {
	rm -f $spool/jci-cron
	mkdir -p "$TRASH/home" "$TRASH/run" "$TRASH/first"
	chown -R "$uid:$gid" "$TRASH"
}

# cron_repo NAME: a repository of his, with an empty script; its input is .jci/crontab.
cron_repo() {
	cat >"$test_root/entries"
	new_repo "$1" <<'SH'
true
SH
	entries <"$test_root/entries"
	git add -A
	git commit -q -m crontab
	mine
}

# entries: input to .jci/crontab.
entries() {
	cat >.jci/crontab
}

# crontab_is FILE: byte for byte, as cron sees it.
crontab_is() {
	tail -n +4 $spool/jci-cron | cmp - "$1"
}

id_of() {
	printf %s "$1" | sha256sum | cut -c 1-64
}

# line SCHEDULE COMMANDS [NAME]: one of this repository where no PATH is set.
line() {
	printf "%s cd '%s' && %s # JCI:%s%s\n" "$1" "$PWD" "$2" "$(id_of "$PWD")" "${3:+ [$3]}"
}

# checkout BRANCH: the commands of an entry that has one.
checkout() {
	printf 'git fetch --quiet 2>/dev/null; git checkout --quiet %s 2>/dev/null && %s' "$1" \
		'git pull --quiet 2>/dev/null; '
}

# The program, found along cron's PATH or not.
named='git-jci run'
placed="'$(printf %s "$bin" | sed -e "s/'/'\\\\''/g" -e 's/%/\\%/g')/git-jci' run"

# with_path: what makes cron find the program; the first line of a crontab.
with_path() {
	echo "PATH=$bin:/usr/bin:/bin"
}

# wrap <<'SH': a crontab before the real one in his PATH; its input is what it does.
wrap() {
	{
		echo '#!/bin/sh'
		cat
		echo 'exec /usr/bin/crontab "$@"'
	} >"$TRASH/first/crontab"
	chmod 755 "$TRASH/first/crontab"
}

it 'sync: the line of the manual, byte for byte; a second sync does nothing' <<'EOT'
cron_repo project <<'TAB'
0 0 * * * branch:main name:nightly
TAB
with_path | me crontab -
me git jci cron sync >../out
contains ../out "+ 0 0 * * * cd '$PWD' && git fetch"
contains ../out '1 line added'
{
	with_path
	echo "0 0 * * * cd '$PWD' && git fetch --quiet 2>/dev/null; git checkout --quiet main 2>/dev/null && git pull --quiet 2>/dev/null; git-jci run # JCI:$(id_of "$PWD") [nightly]"
} >../expected
crontab_is ../expected
before=$(stat -c '%i %y' $spool/jci-cron)
same 'nothing to do: the crontab is as it is configured' "$(me git jci cron sync)"
same "$before" "$(stat -c '%i %y' $spool/jci-cron)"
same '' "$(find .git/jci -type f)"
EOT

it 'sync: entries with and without branch and name; --remove leaves no crontab behind' <<'EOT'
cron_repo project <<'TAB'
# comment
5 4 * * * branch:main   # comment
@daily name:plain
6 4 * * *
TAB
me git jci cron sync
{
	line '5 4 * * *' "$(checkout main)$placed"
	line '@daily' "$placed" plain
	line '6 4 * * *' "$placed"
} >../expected
crontab_is ../expected
same 'nothing to do: the crontab is as it is configured' "$(me git jci cron sync)"
me git jci cron sync --remove >../out
contains ../out '3 lines removed'
test ! -e $spool/jci-cron
same 'nothing to do: the crontab has no line of this repository' "$(me git jci cron sync --remove)"
EOT

it 'sync: lines stay where they are, changed ones are replaced there, others go and come' <<'EOT'
cron_repo project <<'TAB'
1 0 * * * branch:main name:one
2 0 * * * branch:main name:two
3 0 * * * branch:main name:three
TAB
with_path | me crontab -
me git jci cron sync
{
	echo MAILTO=ada
	line '2 0 * * *' "$(checkout main)$named" two
	echo '* * * * * mine'
	line '1 0 * * *' "$(checkout main)$named" one
	with_path
	echo '# mine'
	line '3 0 * * *' "$(checkout main)$named" three
	printf '\n\n'
} >../crontab
me crontab ../crontab
entries <<'TAB'
30 1 * * * branch:other name:one
2 0 * * * branch:main name:two
@weekly name:four
TAB
me git jci cron sync >../out
contains ../out '1 line added, 2 lines changed, 1 line removed'
{
	echo MAILTO=ada
	line '2 0 * * *' "$(checkout main)$placed" two
	echo '* * * * * mine'
	line '30 1 * * *' "$(checkout other)$placed" one
	with_path
	echo '# mine'
	printf '\n\n'
	line '@weekly' "$named" four
} >../expected
crontab_is ../expected
me git jci cron sync --remove
{
	echo MAILTO=ada
	echo '* * * * * mine'
	with_path
	echo '# mine'
	printf '\n\n'
} >../expected
crontab_is ../expected
EOT

it 'sync: a PATH in quotes, with blanks, or a later one counts as it does for cron' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
for path in "PATH=\"$bin\"" "  PATH =  $bin  " "\"PATH\"=$bin:/bin" "PATH=/nope
PATH=/bin:$bin"; do
	echo "$path" | me crontab -
	me git jci cron sync
	{
		echo "$path"
		line @daily "$named"
	} >../expected
	crontab_is ../expected
done
for path in "PATH=/nope:bin" "#PATH=$bin" "XPATH=$bin" "* * * * * PATH=$bin x" \
	"PATH=\$HOME" "PATH=$bin
PATH=\"\""; do
	echo "$path" | me crontab -
	me git jci cron sync
	{
		echo "$path"
		line @daily "$placed"
	} >../expected
	crontab_is ../expected
done
EOT

# hostile: a crontab of lines that are not ours.
hostile() {
	printf '%s\n' '# DO NOT EDIT THIS FILE - by me' '# (mine)' '#' ''
	printf 'MAILTO="a b"\r\n\t \n* * * * * grep "\\bx\\r" y\r\n# \377\376 \033[31m \b\n'
	printf '%s\n' "0 0 * * * echo '# JCI:$1 [nightly] not'" "#0 0 * * * cd '$PWD' && x # JCI:$1" \
		"0 0 * * * cd '$PWD/other' && git-jci run # JCI:abcdef012345 [nightly]" \
		"0 0 * * * cd '$PWD' && git-jci run" "X = a b c d e f # JCI:$1" \
		'5 4 * * * true \% # 100\%	' '# JCI:' '* * * * * x # JCI:' '@daily x #JCI:a'
}

it 'sync: other lines stay as they are, byte for byte: CRLF, not UTF-8, comments, look-alikes' <<'EOT'
cron_repo project <<'TAB'
0 0 * * * branch:main name:nightly
@hourly
TAB
mkdir other
hostile "$(id_of "$PWD")" >../hostile
me crontab ../hostile
crontab_is ../hostile
me git jci cron sync
{
	cat ../hostile
	line '0 0 * * *' "$(checkout main)$placed" nightly
	line '@hourly' "$placed"
} >../expected
crontab_is ../expected
same 'nothing to do: the crontab is as it is configured' "$(me git jci cron sync)"
me git jci cron sync --remove
crontab_is ../hostile
EOT

it 'sync: comments at the top are kept, also where the file was not written by crontab' <<'EOT'
cron_repo project <<'TAB'
@hourly
TAB
printf '%s\n' '# one' '# two' '# three' '# four' '@daily x' >../crontab
cp ../crontab $spool/jci-cron
chown "$uid" $spool/jci-cron
me git jci cron sync
{
	cat ../crontab
	line '@hourly' "$placed"
} >../expected
crontab_is ../expected
EOT

it 'sync: a last line without newline gets one, because crontab takes it no other way' <<'EOT'
cron_repo project <<'TAB'
@hourly
TAB
printf '@daily x\n@weekly y' >$spool/jci-cron
chown "$uid" $spool/jci-cron
me git jci cron sync
{
	printf '@daily x\n@weekly y\n'
	line '@hourly' "$placed"
} >../expected
crontab_is ../expected
me git jci cron sync --remove
printf '@daily x\n@weekly y\n' >../expected
crontab_is ../expected
printf '@daily x\n@weekly y' >$spool/jci-cron
me git jci cron sync --remove
printf '@daily x\n@weekly y' | cmp - $spool/jci-cron
EOT

it 'sync: lines of Jaypore CI for this repository are replaced, those for others are not' <<'EOT'
cron_repo project <<'TAB'
0 0 * * * branch:main name:nightly
0 1 * * * branch:main
TAB
go="git fetch --quiet 2>/dev/null; git checkout --quiet main 2>/dev/null && git pull --quiet 2>/dev/null; git-jci run"
printf '%s\n' "0 0 * * * cd '$PWD' && $go # JCI:go1 [nightly]" "@daily cd '/other' && $go # JCI:go2 [nightly]" \
	"0 1 * * * cd '$PWD' && $go # JCI:go1" "0 2 * * * cd '$PWD' && $go # JCI:go1 [old]" >../crontab
me crontab ../crontab
me git jci cron sync >../out
contains ../out '2 lines changed, 1 line removed'
{
	line '0 0 * * *' "$(checkout main)$placed" nightly
	echo "@daily cd '/other' && $go # JCI:go2 [nightly]"
	line '0 1 * * *' "$(checkout main)$placed"
} >../expected
crontab_is ../expected
EOT

it 'sync: a line of ours that was edited, doubled or made CRLF is put right' <<'EOT'
cron_repo project <<'TAB'
0 0 * * * branch:main name:nightly
0 1 * * * branch:main
TAB
me git jci cron sync
cp $spool/jci-cron ../right
{
	line '0 0 * * *' "$(checkout main)nice $placed" nightly
	line '0 1 * * *' "$(checkout main)$placed" | sed 's/$/\r/'
	line '0 0 * * *' "$(checkout main)$placed" nightly
	echo "0 0 * * * sh -c x # JCI:$(id_of "$PWD") [nightly]"
} >../crontab
me crontab ../crontab
me git jci cron ls --json | jq -r .state >../states
same "$(printf '%s\n' installed differs stale stale)" "$(cat ../states)"
me git jci cron sync
{
	line '0 1 * * *' "$(checkout main)$placed"
	line '0 0 * * *' "$(checkout main)$placed" nightly
} >../expected
crontab_is ../expected
EOT

it 'sync: names in three letters and in full, @daily and its kin, CRLF, no newline at the end' <<'EOT'
cron_repo project </dev/null
printf '0 4 * jan,December mon-friday\r\n1 4 * * Tuesday\t branch:main\r\n2 4 * * sat-sun\r\n@Midnight\r\n' |
	sed s/Midnight/midnight/ >.jci/crontab
printf '*/5 9-17/2 1,15 * * name:last' >>.jci/crontab
me git jci cron sync
{
	line '0 4 * jan,Dec mon-fri' "$placed"
	line '1 4 * * Tue' "$(checkout main)$placed"
	line '2 4 * * sat-7' "$placed"
	line '@midnight' "$placed"
	line '*/5 9-17/2 1,15 * *' "$placed" last
} >../expected
crontab_is ../expected
for word in hourly daily weekly monthly yearly annually; do
	echo "@$word"
done >.jci/crontab
sed -i '/annually/s/$/ name:x/' .jci/crontab
me git jci cron sync
same 6 "$(grep -c "^@.* cd '" $spool/jci-cron)"
EOT

it 'sync and ls: every wrong line is told with file and line, and nothing is installed' <<'EOT'
cron_repo project <<'TAB'
0 0 * * * name:right
TAB
echo '@daily mine' | me crontab -
me git jci cron sync
cp $spool/jci-cron ../before
entries <<'TAB'
0 0 * * * name:right
60 0 * * * name:a
# fine
0 0 * * notaday
@reboot
TAB
printf '0 0 * * * \033[31m\n' >>.jci/crontab
for command in sync ls 'sync -n' 'ls --json'; do
	expect_exit 125 me git jci cron $command >../out 2>../err
	same '' "$(cat ../out)"
	contains ../err "git-jci: .jci/crontab:2: minute: '60' is not a number from 0 to 59"
	contains ../err "git-jci: .jci/crontab:4: day of week: 'notaday'"
	contains ../err "git-jci: .jci/crontab:5: '@reboot' is no time"
	contains ../err "git-jci: .jci/crontab:6: '\\033[31m' is neither"
	same 4 "$(wc -l <../err)"
	same 4 "$(grep -c '^git-jci: .jci/crontab:[0-9]*: ' ../err)"
done
cmp ../before $spool/jci-cron
me git jci cron sync --remove
printf '@daily mine\n' >../expected
crontab_is ../expected
EOT

it 'sync: an entry that is taken out loses its line, and a file that is gone all of them' <<'EOT'
cron_repo project <<'TAB'
1 0 * * * name:one
2 0 * * * name:two
TAB
echo '@daily mine' | me crontab -
me git jci cron sync
entries <<'TAB'
2 0 * * * name:two
TAB
me git jci cron sync >../out
contains ../out "- 1 0 * * * cd '$PWD'"
{
	echo '@daily mine'
	line '2 0 * * *' "$placed" two
} >../expected
crontab_is ../expected
rm .jci/crontab
me git jci cron ls >../out
contains ../out 'no longer configured (git jci cron sync removes it):'
contains ../out "2 0 * * * cd '$PWD'"
me git jci cron sync
echo '@daily mine' >../expected
crontab_is ../expected
same "there are no entries in '.jci/crontab'" "$(me git jci cron ls)"
EOT

it 'sync and ls: where the entries can not be read, nothing is removed: links to nothing, a fifo' <<'EOT'
cron_repo project <<'TAB'
1 0 * * * name:one
TAB
me git jci cron sync
cp $spool/jci-cron ../before
# refused MESSAGE: by each command, soon, and without a change.
refused() {
	for command in sync ls 'sync -n'; do
		expect_exit 125 me timeout 60 git jci cron $command >../out 2>../err
		same '' "$(cat ../out)"
		same "git-jci: $1" "$(cat ../err)"
		cmp ../before $spool/jci-cron
	done
}
mv .jci/crontab entries
ln -s nowhere .jci/crontab
refused "'$PWD/.jci/crontab' is a symbolic link to nothing"
rm .jci/crontab
mkfifo -m 666 .jci/crontab
refused "'$PWD/.jci/crontab' is not a regular file"
rm .jci/crontab
mkdir .jci/crontab
refused "'$PWD/.jci/crontab' is not a regular file"
rmdir .jci/crontab
ln -s crontab .jci/crontab
refused "cannot read '$PWD/.jci/crontab': Too many levels of symbolic links"
rm .jci/crontab
mv .jci other
ln -s nowhere .jci
refused "'$PWD/.jci' is a symbolic link to nothing"
rm .jci
ln -s other .jci
ln -s ../entries other/crontab
same 'nothing to do: the crontab is as it is configured' "$(me git jci cron sync)"
EOT

it 'sync -n: tells what it would do, and does nothing' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
me git jci cron sync -n >../out
contains ../out "+ @daily cd '$PWD' && "
contains ../out '1 line added (a dry run: not yet)'
test ! -e $spool/jci-cron
me git jci cron sync
cp $spool/jci-cron ../before
me git jci cron sync --dry-run --remove >../out
contains ../out "- @daily cd '$PWD' && "
cmp ../before $spool/jci-cron
EOT

it 'sync: the main work tree is meant in a subfolder, through a link, and in a linked work tree' <<'EOT'
cron_repo project <<'TAB'
@daily branch:main
TAB
me git jci cron sync
cp $spool/jci-cron ../before
me git worktree add -q ../linked
mkdir -p sub/folder
echo '@hourly' >../linked/.jci/crontab
ln -s project ../link
for folder in sub/folder .git ../link ../link/sub ../linked ../linked/.jci; do
	(cd $folder && me git jci cron sync) >../out
	contains ../out 'nothing to do'
done
cmp ../before $spool/jci-cron
EOT

it 'sync: a bare repository, and one that only GIT_DIR leads to, are refused' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
me git clone -q --bare . ../bare.git
for command in ls sync 'sync --remove'; do
	expect_exit 125 me git -C ../bare.git jci cron $command 2>../err
	contains ../err "a bare repository has no work tree, and so no '.jci/crontab'"
done
expect_exit 125 me git --git-dir=../bare.git --work-tree=. jci cron sync 2>../err
contains ../err 'cron would not find the repository'
test ! -e $spool/jci-cron
me git -C ../bare.git worktree add -q ../tree main
cd ../tree
me git jci cron sync
contains $spool/jci-cron "@daily cd '$PWD' && "
EOT

it 'sync: a path that no crontab can hold is refused: a newline' <<'EOT'
cron_repo 'a
b' <<'TAB'
@daily
TAB
expect_exit 125 me git jci cron sync 2>../err
contains ../err 'there is a newline in the path'
test ! -e $spool/jci-cron
same 'nothing to do: the crontab has no line of this repository' "$(me git jci cron sync --remove)"
EOT

it 'sync: the longest command that cron takes is installed, one more byte is refused' <<'EOT'
cron_repo project <<'TAB'
@daily
@weekly branch:x name:n
TAB
me git jci cron sync
room=$((998 - $(grep weekly $spool/jci-cron | sed 's/^@weekly //' | tr -d '\n' | wc -c)))
branch=x$(head -c "$room" /dev/zero | tr '\0' y)
entries <<TAB
@daily
@weekly branch:$branch name:n
TAB
me git jci cron sync
contains $spool/jci-cron "$branch"
cp $spool/jci-cron ../before
entries <<TAB
@hourly
@daily branch:${branch}z
@weekly branch:${branch}z name:n
TAB
expect_exit 125 me git jci cron sync 2>../err
contains ../err ".jci/crontab:3: the command for cron has 999 bytes, and cron takes 998 at most"
same 1 "$(wc -l <../err)"
cmp ../before $spool/jci-cron
EOT

it 'sync: where crontab refuses, all is as it was, and its words are told' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
printf '%s\n' 'not a line' >$spool/jci-cron
chown "$uid" $spool/jci-cron
cp $spool/jci-cron ../before
expect_exit 125 me git jci cron sync 2>../err
contains ../err "the crontab is as it was: 'crontab' failed with status 1: "
contains ../err 'bad minute'
cmp ../before $spool/jci-cron
same '' "$(find .git/jci -type f)"
rm $spool/jci-cron
echo jci-cron >/etc/cron.deny
at_end 'rm -f /etc/cron.deny'
expect_exit 125 me git jci cron sync 2>../err
contains ../err "cannot read the crontab: 'crontab' failed with status 1: "
contains ../err 'not allowed'
expect_exit 125 me git jci cron ls 2>../err
contains ../err 'not allowed'
EOT

it 'sync: without crontab the package is named' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
mkdir ../few
for tool in git sh; do
	ln -s "$(command -v $tool)" ../few
done
expect_exit 125 me env PATH="$TRASH/few:$bin" git-jci cron sync 2>../err
contains ../err "there is no 'crontab' on PATH; install cron, on Debian with: apt-get install cron"
EOT

it 'sync: a spool that is full: the crontab is as it was' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
new_spool 64k
at_end 'umount $spool'
echo '@weekly mine' | me crontab -
cp $spool/jci-cron ../before
chmod 777 $spool
me cp /dev/zero $spool/filler 2>/dev/null || :
expect_exit 125 me git jci cron sync 2>../err
contains ../err 'the crontab is as it was'
contains ../err 'No space left on device'
cmp ../before $spool/jci-cron
same '' "$(find .git/jci -type f)"
rm $spool/filler
me git jci cron sync
contains $spool/jci-cron "@daily cd '$PWD' && "
EOT

it 'sync: where the copies can not be kept, nothing is installed' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
echo '@weekly mine' | me crontab -
cp $spool/jci-cron ../before
mkdir -p .git/jci
mount -t tmpfs -o size=4k,mode=777 none .git/jci
at_end "umount '$PWD/.git/jci'"
me cp /dev/zero .git/jci/filler 2>/dev/null || :
expect_exit 125 me git jci cron sync 2>../err
contains ../err "cannot write '$PWD/.git/jci/crontab/before'; the crontab is as it was: No space left"
cmp ../before $spool/jci-cron
test ! -e .git/jci/crontab
EOT

it 'sync: a crontab that fails midway: both texts are kept, for the user alone, and named' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
printf '%s\n' '@weekly mine' '@hourly mine' >../mine
me crontab ../mine
wrap <<'SH'
if test "$1" = -; then
	head -n 1 | /usr/bin/crontab -
	echo broken pipe or so >&2
	exit 1
fi
SH
expect_exit 125 me git jci cron sync 2>../err
contains ../err "'crontab' failed with status 1: broken pipe or so; the crontab may be neither"
contains ../err "'$PWD/.git/jci/crontab/before'"
contains ../err "'$PWD/.git/jci/crontab/wanted'"
cmp ../mine .git/jci/crontab/before
{
	cat ../mine
	line @daily "$placed"
} >../expected
cmp ../expected .git/jci/crontab/wanted
same 700 "$(stat -c %a .git/jci/crontab)"
rm ../first/crontab
expect_exit 125 me git jci cron sync 2>../err
contains ../err "'$PWD/.git/jci/crontab/before' is the crontab as it was before a sync that failed"
cmp ../mine .git/jci/crontab/before
same 4 "$(wc -l <$spool/jci-cron)"
me crontab .git/jci/crontab/before
me git jci cron sync
crontab_is ../expected
test ! -e .git/jci/crontab
EOT

it 'sync: a crontab that says that all went well and did nothing is not believed' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
wrap <<'SH'
test "$1" != - || exit 0
SH
expect_exit 125 me git jci cron sync 2>../err
contains ../err "'crontab' has changed nothing"
EOT

it 'sync: a crontab that complains and did it all the same is' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
wrap <<'SH'
if test "$1" = -; then
	/usr/bin/crontab -
	exit 1
fi
SH
me git jci cron sync >../out
contains ../out '1 line added'
EOT

it 'sync: killed in the middle, it leaves the old crontab, and the next one does it' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
echo '@weekly mine' | me crontab -
cp $spool/jci-cron ../before
wrap <<'SH'
if test "$1" = -; then
	kill -9 $PPID
	exit 1
fi
SH
expect_exit 137 me git-jci cron sync
cmp ../before $spool/jci-cron
rm ../first/crontab
me git jci cron sync
{
	echo '@weekly mine'
	line @daily "$placed"
} >../expected
crontab_is ../expected
test ! -e .git/jci/crontab
EOT

it 'sync: of two at once, in two repositories, the second waits for the first' <<'EOT'
cron_repo first <<'TAB'
@daily name:of-first
TAB
cd ..
cron_repo second <<'TAB'
@daily name:of-second
TAB
cd ..
wrap <<'SH'
if test "$1" = - && test -p "$HOME/gate"; then
	cat >"$HOME/input"
	: >"$HOME/reached"
	read -r go <"$HOME/gate"
	exec /usr/bin/crontab - <"$HOME/input"
fi
SH
me mkfifo home/gate
at_end "timeout 1 sh -c 'echo go >home/gate'"
(cd first && me git jci cron sync) >out1 2>&1 &
one=$!
wait_for 'test -e home/reached'
(cd second && me git jci cron sync) >out2 2>&1 &
two=$!
lock=$(stat -c %i run/git-jci/crontab.lock)
wait_for 'grep -q -- "-> OFDLCK.*:$lock " /proc/locks'
mv home/gate home/opened
echo go >home/opened
wait $one
wait $two
contains $spool/jci-cron '[of-first]'
contains $spool/jci-cron '[of-second]'
EOT

it 'sync: the lock is in the runtime folder if that is the user'\''s, else in the cache folder' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
me git jci cron sync
test -f ../run/git-jci/crontab.lock
same 600 "$(stat -c %a ../run/git-jci/crontab.lock)"
rm -r ../run/git-jci
chown 0:0 ../run
chmod 777 ../run
me git jci cron sync
test -f ../home/.cache/git-jci/crontab.lock
test ! -e ../run/git-jci
me env XDG_CACHE_HOME="$TRASH/home/c" git jci cron sync
test -f ../home/c/git-jci/crontab.lock
me rm -r ../home/.cache
chown 0:0 ../home
expect_exit 125 me git jci cron sync 2>../err
contains ../err "cannot make the folder '$TRASH/home/.cache"
EOT

it 'ls: what is installed, what is not, what differs, what is stale; --json has it all' <<'EOT'
cron_repo project <<'TAB'
@yearly branch:main name:a
0 3 29 2 *
TAB
with_path | me crontab -
me git jci cron ls >../out
contains ../out 'missing'
contains ../out 'git jci cron sync'
me git jci cron sync
entries <<'TAB'
@yearly branch:other name:a
0 3 29 2 *
0 0 * * Monday name:c
TAB
{
	tail -n +4 $spool/jci-cron
	printf "@daily cd '%s' && \033[31m # JCI:%s [gone]\n" "$PWD" "$(id_of "$PWD")"
} >../crontab
me crontab ../crontab
cp $spool/jci-cron ../before
me git jci cron ls --json >../json
same 'differs installed missing stale' "$(jq -r .state ../json | tr '\n' ' ' | sed 's/ $//')"
jq -se '.[0] | .branch == "other" and .name == "a" and .schedule == "@yearly" and .line == 1 and
	(.next | test("^[0-9]{4}-01-01T00:00:00")) and (.installed | test("main")) and
	(.wanted | test("other"))' ../json
jq -se '.[1] | .branch == null and .name == null and (.next | test("-02-29T03:00:00"))' ../json
jq -se '.[2] | .installed == null and .schedule == "0 0 * * Monday" and (.wanted | test("^0 0 \\* \\* Mon cd"))' ../json
jq -se '.[3] | has("line") and .line == null and .schedule == null and .next == null and .wanted == null and (.installed | test("gone"))' ../json
me git jci cron ls >../out
grep -E '^differs    [0-9]{4}-01-01 00:00:00 \+0000  in [0-9]+d [0-9]{2}h  +@yearly  +other  a$' ../out
grep -E '^installed  [0-9]{4}-02-29 03:00:00 \+0000  in [0-9]+d [0-9]{2}h  +0 3 29 2 \*  +-      -$' ../out
grep -E '^missing .* 0 0 \* \* Monday  -      c$' ../out
contains ../out "  @daily cd '$PWD' && \\033[31m # JCI:$(id_of "$PWD") [gone]"
cmp ../before $spool/jci-cron
EOT

it 'ls and sync: lines of a repository that was moved or deleted are named, and stay' <<'EOT'
cron_repo "it's 50% \\% of" <<'TAB'
@daily name:moved
TAB
me git jci cron sync
cd ..
mkdir there
{
	tail -n +4 $spool/jci-cron
	echo "@weekly cd '$PWD/absent' && git-jci run # JCI:$(id_of "$PWD/absent")"
	echo "@weekly cd '$PWD/there' && git-jci run # JCI:$(id_of "$PWD/there")"
	echo "@weekly cd '$PWD/there/crontab' && git-jci run # JCI:x [$(printf '\033')]"
	echo "@weekly cd '$PWD/absent' && make"
	echo "#@weekly cd '$PWD/absent' && git-jci run # JCI:x"
	echo "@weekly cd absent && git-jci run # JCI:x"
	echo "@weekly cd 'absent' && git-jci run # JCI:x"
	echo "@weekly cd '$PWD/absent; git-jci run # JCI:x"
} >crontab
me crontab crontab
mv it* moved
rm moved/.jci/crontab
cd moved
cp $spool/jci-cron ../before
me git jci cron ls --json >../json
same 'gone gone gone' "$(jq -r .state ../json | tr '\n' ' ' | sed 's/ $//')"
jq -se 'all(.[]; .line == null and .schedule == null and .next == null and .wanted == null) and
	(.[0].installed | test("moved")) and (.[1].installed | test("absent"))' ../json
{
	echo 'installed, but the folder is not there (crontab -e removes it):'
	grep -e moved -e "^@weekly cd '.*/absent' && git-jci" -e there/crontab ../crontab |
		sed -e 's/^/  /' -e "s/$(printf '\033')/\\\\033/"
} >../told
for command in ls sync 'sync --remove' 'sync -n'; do
	me git jci cron $command >../out
	tail -n +2 ../out | diff ../told -
done
same "there are no entries in '.jci/crontab'" "$(me git jci cron ls | head -n 1)"
cmp ../before $spool/jci-cron
echo '@daily name:moved' >.jci/crontab
me git jci cron sync >../out
contains ../out '1 line added'
tail -n 4 ../out | diff ../told -
{
	cat ../crontab
	line @daily "$placed" moved
} >../expected
crontab_is ../expected
EOT

# change ZONE HOW: the next day, after today, on which the clock there goes forward, back, or neither.
change() {
	seq 1 370 | sed 's/.*/12:00 & days/' | TZ=$1 date -f - '+%F %z' | awk -v how="$2" '
		NR > 1 {
			offset = $2 + 0
			if (how == (offset > last ? "forward" : offset < last ? "back" : "neither")) {
				print $1
				exit
			}
		}
		{ last = $2 + 0 }'
}

it 'ls: the next run is right where the clock is changed, forward and back' <<'EOT'
cron_repo project </dev/null
while read -r zone how hour fixed wild; do
	day=$(change "$zone" "$how")
	entries <<TAB
30 $hour $(date -d "$day" '+%-d %-m') * name:fixed
*/30 $hour $(date -d "$day" '+%-d %-m') * name:wild
TAB
	me env TZ="$zone" git-jci cron ls >../out
	grep "^missing    $day ${fixed%[+-]*} ${fixed#??:??:??}  in .*  fixed$" ../out
	if test "$wild" = never; then
		expect_exit 1 grep "^missing    $day .*  wild$" ../out
	else
		grep "^missing    $day ${wild%[+-]*} ${wild#??:??:??}  in .*  wild$" ../out
	fi
	same "$(date -u -d "$day $fixed" +%FT%T.000000Z)" \
		"$(me env TZ="$zone" git-jci cron ls --json | jq -r 'select(.name == "fixed").next')"
done <<'TAB'
Europe/Berlin forward 2 03:00:00+0200 never
Europe/Berlin back 2 02:30:00+0200 02:00:00+0200
America/New_York forward 2 03:00:00-0400 never
America/New_York back 1 01:30:00-0400 01:00:00-0400
UTC neither 2 02:30:00+0000 02:00:00+0000
TAB
EOT

it 'jci.cronWorktree: the branch as it would be after a pull is run in a work tree of its own' <<'EOT'
cron_repo project <<'TAB'
@daily branch:main name:a
@weekly branch:local
@hourly
TAB
me git init -q --bare -b main ../origin.git
me git remote add origin ../origin.git
me git push -q -u origin main
me git branch local
me git clone -q ../origin.git ../clone
me git -C ../clone -c user.name=x -c user.email=x@y commit -q --allow-empty -m newer
me git -C ../clone push -q
me git checkout -q -b work
echo dirty >README
me git config jci.cronWorktree maybe
expect_exit 125 me git jci cron sync 2>../err
contains ../err jci.cronWorktree
me git config jci.cronWorktree true
with_path | me crontab -
me git jci cron sync
fetch='git fetch --quiet 2>/dev/null; git-jci run --trigger cron --branch'
{
	with_path
	line @daily "$fetch main \"\$(git rev-parse -q --verify 'main@{upstream}' 2>/dev/null || echo refs/heads/main)\"" a
	line @weekly "$fetch local \"\$(git rev-parse -q --verify 'local@{upstream}' 2>/dev/null || echo refs/heads/local)\""
	line @hourly "git-jci run --trigger cron --worktree"
} >../expected
crontab_is ../expected
me git status --porcelain -b >../before
sed -n 's/^@[a-z]* //p' ../expected | while read -r command; do
	me sh -c "cd / && $command" >../out 2>&1
done
me git status --porcelain -b >../after
diff ../before ../after
same 'work' "$(me git symbolic-ref --short HEAD)"
me git jci log --json | jq -r '[.branch, .commit, .trigger, .status, .dirty] | join(" ")' | sort >../runs
{
	echo "local $(me git rev-parse local) cron ok false"
	echo "main $(me git -C ../clone rev-parse HEAD) cron ok false"
	echo "work $(me git rev-parse work) cron ok false"
} >../expected
diff ../expected ../runs
EOT

it 'wrong usage' <<'EOT'
cron_repo project <<'TAB'
@daily
TAB
for wrong in '' list 'ls sync' 'ls --remove' 'ls -n' 'sync --json' 'sync x' '--remove'; do
	expect_exit 2 me git jci cron $wrong >../out 2>../err
	contains ../err git-jci:
	same '' "$(cat ../out)"
done
test ! -e $spool/jci-cron
EOT

it 'cron itself runs them, with quotes, blanks, % and \ in paths and branches' <<'EOT'
branch="it's-100%-\$HOME"
cron_repo "it's \"50%\" \\% \\\\ of \$HOME" <<TAB
* * * * * branch:$branch name:every-minute
TAB
me git branch "$branch"
me git checkout -q "$branch"
me git commit -q --allow-empty -m 'of the branch'
me git checkout -q main
me git jci cron sync
same 'nothing to do: the crontab is as it is configured' "$(me git jci cron sync)"
same installed "$(me git jci cron ls --json | jq -r .state)"
cron -f &
wait_for 'me git jci log --json | jq -es "map(select(.status == \"ok\" and .branch != \"main\")) != []" >/dev/null' 150
me git jci log --json | jq -r 'select(.branch != "main") | .branch, .commit, .trigger' | head -n 3 >../of-branch
printf '%s\n' "$branch" "$(me git rev-parse "refs/heads/$branch")" script | diff - ../of-branch
same "$branch" "$(me git symbolic-ref --short HEAD)"
EOT

umount /run $spool /etc 2>/dev/null
finish
