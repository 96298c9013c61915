#!/bin/sh
# What `git-jci complete` offers to shells.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# offers WORD...: the candidates for the last word; described WORD...: with their descriptions.
offers() {
	described "$@" | cut -f 1
}

described() {
	git-jci complete -- git-jci "$@" >answer 2>err
	same '' "$(cat err)"
	same words "$(sed 1q answer)"
	sed 1d answer
}

# inserts LINE: what readline puts in place of the word at the end of what is typed in bash.
inserts() {
	git-jci complete --git --readline " 	
\"'@><=;|&(:" -- "$1" >answer 2>err
	same '' "$(cat err)"
	cat answer
}

# commands: names, as `git jci help` lists them.
commands() {
	git-jci help | sed -n 's/^   \([a-z][a-z-]*\) .*/\1/p'
}

it 'all subcommands of the help, with what it says of them' <<'EOT'
git-jci help | sed -n 's/^   \([a-z][a-z-]*\) *\(.*\)/\1	\2/p' >listed
test -s listed
described '' | diff -u listed -
same "$(printf 'runner\nrun')" "$(offers ru | sort -r)"
same '' "$(offers nothing-like-that)"
EOT

it 'is itself not offered, and has no page' <<'EOT'
git-jci help >help
lacks help complete
expect_exit 2 git jci help complete
same '' "$(offers compl)"
same '' "$(offers complete --)"
EOT

it 'all options of each command, and no others' <<'EOT'
commands >names
test -s names
while read -r name; do
	git-jci "$name" -h | sed -n 's/^ \{4,\}\(-.*\)/\1/p' | sed 's/  .*//' |
		grep -oE -- '--[a-z][a-z-]*' | LC_ALL=C sort -u >has
	contains has --help
	offers "$name" -- | sed 's/=$//' | LC_ALL=C sort -u | diff -u has -
	git-jci "$name" -h | sed -n 's/^ \{4,\}\(-[a-zA-Z]\),.*/\1/p' | LC_ALL=C sort >has
	offers "$name" - | grep -v '^--' | LC_ALL=C sort | diff -u has -
done <names
EOT

it 'describes options, and shows which take a value' <<'EOT'
same "$(printf -- '--status=\tonly runs that are ok, err, running or lost')" \
	"$(described log --st)"
same "$(printf -- '--on-remote\n--on-remote=')" "$(offers prune --on)"
same --no-worktree "$(offers run --no-w)"
same "$(printf -- '--no-wait\n--no-kill')" "$(offers cancel --no- | sort -r)"
same '' "$(offers run --no-timeout)"
same "$(printf -- '--help\n--version\n-h')" "$(offers -)"
EOT

it 'values of options, in the same word or in the next' <<'EOT'
same "$(printf -- '--status=ok\n--status=err\n--status=running\n--status=lost')" \
	"$(offers log --status=)"
same --sta=running "$(offers log --sta=ru)"
same running "$(offers log --status ru)"
for status in $(offers log --status ''); do
	expect_exit 125 git jci log --status "$status" # no repository, but no wrong usage
done
same "$(printf 'pending\nassigned\nexited\ndone')" "$(offers jobs --state '')"
same "$(printf '30s\n30m\n30h\n30d\n30w')" "$(offers run --timeout 30)"
same "$(printf -- '--older-than=1h2s\n--older-than=1h2min\n--older-than=1h2h\n--older-than=1h2d
--older-than=1h2w\n--older-than=1h2mo')" "$(offers prune --older-than=1h2)"
same '' "$(offers run --timeout x)"
same '' "$(offers log -n '')"
EOT

it 'every kind that a command declares is one of the table' <<'EOT'
cd "$top_srcdir/src/cmd"
sed -n '/^} kinds\[\] = {/,/^};/p' kinds.c | grep -o '{"[a-z]*"' | tr -d '{"' | sort >"$TRASH/known"
cat *.c | grep -E '\.operands = |"[^" ]*<[a-z]*>"(}|,)' | grep -o '<[a-z]*>' | tr -d '<>' | sort -u >"$TRASH/used"
test "$(wc -l <"$TRASH/used")" -gt 8
same '' "$(comm -13 "$TRASH/known" "$TRASH/used")"
EOT

it 'files and folders are left to the shell' <<'EOT'
same files "$(git-jci complete -- git-jci web --token-file '')"
same files "$(git-jci complete -- git-jci web --token-file=x)"
same files "$(git-jci complete -- git-jci job '')"
same folders "$(git-jci complete -- git-jci get latest '')"
mkdir other
same words "$(git-jci complete --git -- git -C other jci get latest '')"
EOT

it 'words of commands that have some' <<'EOT'
same "$(printf 'ls\nsync')" "$(offers cron '')"
same '' "$(offers cron ls '')"
same check "$(offers server '')"
same "$(printf 'ls\ncancel\nretry\nlog')" "$(offers jobs '')"
same "$(printf 'ls\ninstall\nremove\nrun')" "$(offers hook '')"
offers hook install '' >all
contains all post-commit
contains all pre-push
same "$(cat all)" "$(offers hook remove post-commit '')"
same pre-push "$(offers hook run pre-p)"
same '' "$(offers hook run pre-push '')"
same '' "$(offers hook ls '')"
same "$(printf 'config\nformat')" "$(offers help '' | grep -E '^(config|format)$')"
same show "$(offers help --keys sho)"
EOT

# (of the usage, without options and what they take)
it 'something for each operand that a usage names' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q
git remote add origin ../other
for command in $(commands); do
	git jci "$command" -h | sed -n 's/^usage: git jci [a-z]* *//p' | sed 's/\[--*[^]]*\]//g' >usage
	grep -qE '\b(REV|RUN|BRANCH|REMOTE)\b' usage || continue
	test "$command" != cancel || continue # no run goes on
	echo "$command"
	test -n "$(offers "$command" '' | grep -v '^-')"
done >checked
contains checked stats
test "$(wc -l <checked)" -gt 10
EOT

it 'options alone where a command has no operands; none behind --' <<'EOT'
offers prune '' >out
contains out --older-than=
offers show '' >out
lacks out --json
same '' "$(offers show -- -)"
same "$(printf 'ls\nsync')" "$(offers cron -- '')"
EOT

it 'branches, tags and remotes, for what takes them' <<'EOT'
new_repo project </dev/null
git branch topic/one
git branch topic/two
git tag topical
git update-ref refs/remotes/up/topic/one HEAD
git remote add up /nowhere
git remote add 'other' /nowhere
same "$(printf 'topic/one\tbranch\ntopic/two\tbranch\ntopical\ttag')" "$(described log to)"
same "$(printf 'HEAD\nmain\ntopic/one\ntopic/two\ntopical\nup/topic/one')" "$(offers status '')"
same topic/two "$(offers log main topic/tw)"
same "$(printf 'main..topic/one\nmain..topic/two\nmain..topical')" "$(offers run main..to)"
same main...topical "$(offers verify main...topical)"
same ^main "$(offers verify ^ma)"
same "$(printf 'other\nup')" "$(offers push '' | sort)"
same up "$(offers pull u)"
same --publish=up "$(offers run --publish=u)"
same main "$(offers run --branch ma)"
same topical "$(offers browse -b topica)"
git pack-refs --all
same "$(printf 'topic/one\ntopic/two\ntopical')" "$(offers log to)"
git update-ref refs/heads/topic/one HEAD # loose and packed
same "$(printf 'topic/one\ntopic/two')" "$(offers log topic/)"
EOT

it 'runs, newest first, and what they are' <<'EOT'
new_repo project <<'SH'
exit $(cat "$JCI_REPO_ROOT/status")
SH
echo 0 >status
commit "$(printf 'a \033[31mred\033[m subject\n\nand more')"
git jci run -q
echo 1 >status
commit second
expect_exit 1 git jci run -q
git branch other HEAD~
git jci log -z | tr '\0' '\n' | cut -f 2 >ids
same 2 "$(wc -l <ids)"
described show '' >out
same "$(printf 'latest\nlatest-ok\n%s\n%s\nHEAD\nmain\nother' $(cat ids))" "$(cut -f 1 out)"
same "$(sed 1q ids)" "$(grep -o '^.*	failed, now, second' out | cut -f 1)"
contains out 'passed, now, a \033[31mred\033[m subject'
same 1 "$(grep -c 'and more\|red' out)"
same "$(sed -n 2p ids)" "$(offers tail "$(sed -n 2p ids)")"
same "$(printf 'other/latest\nother/latest-ok\nother/%s' "$(sed -n 2p ids)")" "$(offers cat other/)"
same "$(sed 1q ids)" "$(offers diff latest "$(sed 1q ids)")"
same "$(sed 1q ids)" "$(offers push up latest "$(sed 1q ids)")"
same '' "$(offers diff latest latest '')"
same '' "$(offers cancel '')"
EOT

it 'runs that go on, to cancel them' <<'EOT'
new_repo project <<'SH'
read -r _ <"$JCI_REPO_ROOT/fifo"
SH
mkfifo fifo
git jci run -q --run-id 1700000000-abcd &
wait_for 'test "$(offers cancel "")" = 1700000000-abcd'
described cancel '' >out
contains out 'running, '
same 1700000000-abcd "$(offers tail 17)"
same run.output.txt "$(offers cat 1700000000-abcd '')"
echo >fifo
wait
same '' "$(offers cancel '')"
EOT

it 'artifacts of the run that is named, one folder at a time' <<'EOT'
new_repo project <<'SH'
mkdir -p report/html/deep .cache
echo >report/html/index.html
echo >report/html/deep/x
echo >report/lines.txt
echo >.cache/x
echo >result.xml
echo >--help
SH
git jci run -q
same "$(printf 'report/\nresult.xml')" "$(offers cat latest re | grep -v '^run')"
same "$(printf 'report/html/\nreport/lines.txt')" "$(offers cat latest report/)"
same "$(printf 'report/html/deep/\nreport/html/index.html')" "$(offers cat --elapsed main report/html/)"
same report/html/deep/x "$(offers browse latest report/html/deep/)"
same '' "$(offers cat latest report/nothing/)"
same '' "$(offers cat latest result.xml/)"
same '' "$(offers cat nothing '')"
offers cat latest '' >all
contains all run.output.txt
lacks all .cache
lacks all --help
same "$(printf '.cache/\n.jci/')" "$(offers cat latest .)"
same --help "$(offers cat latest -- --)"
EOT

it 'of a folder with many artifacts the first and the last' <<'EOT'
new_repo project <<'SH'
mkdir many
cd many
i=1000
while test $i -lt 2500; do
	: >a$i
	i=$((i + 1))
done
: >zlast
SH
git jci run -q
offers cat latest many/ >out
contains out many/a1000
contains out many/zlast
test "$(wc -l <out)" -lt 1200
same many/a2499 "$(offers cat latest many/a2499)"
EOT

it 'names of any bytes' <<'EOT'
new_repo project <<'SH'
echo >"$(printf 'line\nbreak')"
echo >"$(printf 'lattice\377')"
echo >"$(printf 'l\ttab')"
echo >"l with 'quotes'"
: >"$(printf 'l\302\233csi')"
SH
git jci run -q
offers cat latest l | LC_ALL=C sort >names
printf "l with 'quotes'\nlattice\377\n" | diff -u - names
git-jci complete -z -- git-jci cat latest l | tr '\0\n' '\n@' | sed '/^$/d' | LC_ALL=C sort >names
printf "l\ttab\nl with 'quotes'\nlattice\377\nline@break\nl\302\233csi\nwords\n" | diff -u - names
EOT

it 'for bash: quoted, and only what stands behind the last break' <<'EOT'
new_repo project <<'SH'
echo >"with blank"
echo >"it's \$HOME"
echo >'oh!'
echo >"$(printf 'line\nbreak')"
mkdir folder
echo >folder/x
SH
git jci run -q
git branch 'x;y'
git branch 'a@b'
same "$(printf 'words\nshow ')" "$(inserts 'git jci sh')"
same "$(printf 'words\n--status=')" "$(inserts 'git jci log --st')"
same "$(printf 'words\nrunning ')" "$(inserts 'git jci log --status=r')"
same "$(printf 'words\nwith\\ blank ')" "$(inserts 'git jci cat latest w')"
same "$(printf 'words\nwith\\ blank ')" "$(inserts 'git jci cat latest with\ b')"
same "$(printf 'quoted\nwith blank')" "$(inserts "git jci cat latest 'wi")"
same "$(printf 'quoted\nblank')" "$(inserts "git jci cat latest with\ 'b")"
same "$(printf "words\nit\\\\'s\\\\ \\\\\$HOME ")" "$(inserts 'git jci cat latest it')"
same "$(printf 'quoted\nit'"'\\\\''"'s $HOME')" "$(inserts "git jci cat latest 'it")"
same "$(printf 'quoted\nit'"'"'s \\$HOME')" "$(inserts 'git jci cat latest "it')"
same "$(printf 'words\noh\\! ')" "$(inserts 'git jci cat latest oh')"
same quoted "$(inserts 'git jci cat latest "oh')"
same "$(printf 'words\n$'"'"'line\\012break'"'"' ')" "$(inserts 'git jci cat latest l')"
same "$(printf 'quoted\n\\012break')" "$(inserts "git jci cat latest \$'line" | sed 's/^line//')"
same "$(printf 'words\nfolder/')" "$(inserts 'git jci cat latest f')"
same "$(printf 'words\nfolder/')" "$(inserts "git jci cat latest 'f")"
same "$(printf 'words\nx ')" "$(inserts "git jci cat latest 'folder/'x" | sed 's,^folder/,,')"
same "$(printf 'words\nx\\;y ')" "$(inserts 'git jci log x')"
same "$(printf 'words\nb ')" "$(inserts 'git jci log a@')"
same "$(printf 'words\nshow ')" "$(inserts "git --no-pager -c 'a.b=c d' jci sh")"
same words "$(inserts 'git --git-dir')"
git-jci complete --readline '' --columns 40 -- 'git-jci cron ' >out
same "$(printf 'words\nls \nsync ')" "$(cat out)"
git-jci complete --readline '' --columns 40 -- 'git-jci log --j' >out
same "$(printf 'words\n--json ')" "$(cat out)"
git-jci complete --readline '' --columns 40 -- 'git-jci ver' >out
same "$(printf 'words\nverify   (tell whether every commit is)\nversion  (print the version)')" \
	"$(cat out)"
EOT

it 'outside of a repository, or in a broken one, the rest goes on' <<'EOT'
same '' "$(offers log '')"
same '' "$(offers show '')"
same '' "$(offers cat latest '')"
same '' "$(offers push '')"
same --json "$(offers show --j)"
new_repo project </dev/null
echo garbage >.git/packed-refs
offers log '' >out
mkdir -p .git/refs/jci-runs/nothing
echo garbage >".git/refs/heads/broken"
offers show '' >out
contains out latest
echo '[garbage' >.git/config
same '' "$(offers show '')"
same --json "$(offers show --j)"
EOT

it 'where git is told to work' <<'EOT'
new_repo "a project" </dev/null
git branch somewhere
cd ..
new_repo other </dev/null
cd ..
git-jci complete --git -- git -C 'a project' jci log some >out
same "$(printf 'words\nsomewhere\tbranch')" "$(cat out)"
git-jci complete --git -- git --git-dir 'a project/.git' jci log some >out
same "$(printf 'words\nsomewhere\tbranch')" "$(cat out)"
cd other
git-jci complete --git -- git -C .. --git-dir='a project/.git' --no-pager jci log some >out
same "$(printf 'words\nsomewhere\tbranch')" "$(cat out)"
same words "$(git-jci complete --git -- git jci log some)"
HOME=$TRASH git-jci complete --git -- git -C '~/a project' jci log some >out
same "$(printf 'words\nsomewhere\tbranch')" "$(cat out)"
same words "$(git-jci complete --git -- git -C /nowhere jci log mai)"
EOT

# A hundred thousand of each: the first, the last and the newest are among the few that are offered.
it 'of many runs and branches, few; what those have in common, all have' <<'EOT'
new_repo project </dev/null
head=$(git rev-parse HEAD)
{
	echo '# pack-refs with: peeled fully-peeled sorted '
	awk -v head="$head" 'BEGIN {
		for (i = 0; i < 100000; i++)
			printf "%s refs/heads/b%05d\n", head, i
		for (i = 0; i < 100000; i++)
			printf "%s refs/jci-runs/%040x/%d-%04x\n", head, i, 1700000000 + \
				(i * 7919) % 100000, i % 65536
	}'
} >.git/packed-refs
offers log b >out
contains out b00000
contains out b99999
test "$(wc -l <out)" -lt 150
same b12345 "$(offers log b12345)"
offers show 17 >out
same 1700099999 "$(sed 1q out | cut -d - -f 1)"
same 1700000000 "$(sed -n '$p' out | cut -d - -f 1)"
same 21 "$(wc -l <out)"
sort -r out | diff -u out -
same 10 "$(offers show 170005000 | wc -l)"
git update-ref "refs/jci-runs/$head/1800000000-0000" HEAD
git update-ref "refs/jci-runs/$head/1600000000-0000" HEAD
same 1800000000-0000 "$(offers show 1 | sed 1q)"
same 1600000000-0000 "$(offers show 1 | sed -n '$p')"
test "$(offers show '' | wc -l)" -lt 200
EOT

finish
