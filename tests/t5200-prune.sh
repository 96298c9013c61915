#!/bin/sh
# `git jci prune`: which runs go, which stay, and that nothing else is touched.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

old=1500000000 # 2017

# put_run COMMIT ID [STATUS [BRANCH [HOST [LOG]]]]: a run as another time, host or branch made it.
put_run() {
	status=$(echo "${3:-ok}" | git hash-object -w --stdin)
	log=$(echo "${6:-log of $2}" | git hash-object -w --stdin)
	tree=$(printf '100644 blob %s\trun.output.txt\n100644 blob %s\tstatus.txt\n' \
		"$log" "$status" | git mktree)
	run=$({
		printf 'CI results (run %s)\n\nJci-Commit: %s\nJci-Status: %s\n' "$2" "$1" "${3:-ok}"
		test -z "${4:-}" || printf 'Jci-Branch: %s\n' "$4"
		test -z "${5:-}" || printf 'Jci-Host: %s\n' "$5"
	} | git commit-tree "$tree")
	git update-ref "refs/jci-runs/$1/$2" "$run"
}

# some_repo NAME: with three commits on main, a branch and a tag.
some_repo() {
	new_repo "$1" <<'SH'
true
SH
	git commit -q --allow-empty -m second
	git commit -q --allow-empty -m third
	git tag -m first v1 HEAD~2
	git branch side HEAD~1
}

# lost_commit: makes one that nothing leads to, and prints it.
lost_commit() {
	git commit-tree -m "${1:-lost}" 'HEAD^{tree}'
}

# refs [REPO]: all but those of runs, with what they point to.
refs() {
	git -C "${1:-.}" for-each-ref --format='%(refname) %(objectname)' | grep -v ' refs/jci-runs/' |
		grep -v '^refs/jci-runs/' || :
}

# listed FATE: ids of the runs that would have, or had, that fate; what remains are the options.
listed() {
	fate=$1
	shift
	git jci prune --json "$@" | jq -r "select(.fate == \"$fate\") | .runId" | sort
}

# ids [REPO]: of the runs that are stored, sorted.
ids() {
	runs "$@" | sed 's|.*/||' | sort
}

it 'without --commit nothing is removed, whatever would be' <<'EOT'
some_repo project
put_run "$(lost_commit)" $old-0001
put_run HEAD $old-0002
git update-ref -d refs/jci-runs/HEAD/$old-0002
put_run "$(git rev-parse HEAD)" $old-0002
git for-each-ref >../before
git jci prune >../out
contains ../out "$old-0001"
lacks ../out "$old-0002"
contains ../out '1 run would be removed'
contains ../out '1 stays'
git jci prune --older-than=14d --keep=1 --missing >../out
git for-each-ref >../after
diff ../before ../after
EOT

it 'a run of a commit that is gone goes with --commit, and nothing else' <<'EOT'
some_repo project
put_run "$(lost_commit)" $old-0001
n=2
for rev in main side v1^0; do
	put_run "$(git rev-parse $rev)" "$old-000$n"
	n=$((n + 1))
done
refs >../before
same "$old-0001" "$(listed goes)"
git jci prune --commit >../out
contains ../out "$old-0001"
contains ../out '1 run removed'
contains ../out 'git gc would free'
contains ../out '2.weeks.ago'
refs >../after
diff ../before ../after
same "$(printf '%s\n' $old-0002 $old-0003 $old-0004)" "$(ids)"
git fsck --strict
same 'there is nothing to remove' "$(git jci prune)"
same 'there is nothing to remove' "$(git jci prune --commit)"
EOT

it 'a commit is not gone that anything leads to: branch, tag, remote branch, stash, HEAD, reflog' <<'EOT'
some_repo project
n=1
for kind in heads/topic tags/light remotes/origin/x notes/y custom/z; do
	lost=$(lost_commit "$kind")
	git update-ref "refs/$kind" "$lost"
	put_run "$lost" "$old-000$n"
	n=$((n + 1))
done
lost=$(lost_commit annotated)
git tag -m annotated annotated "$lost"
put_run "$lost" $old-0006
echo change >README
git stash -q
echo change again >README
git stash -q
put_run "$(git rev-parse stash)" $old-0007
put_run "$(git rev-parse stash@{1})" $old-0008
git commit -q --allow-empty -m amended
put_run "$(git rev-parse HEAD)" $old-0009
git reset -q --hard HEAD~1
git worktree add -q --detach ../tree
git -C ../tree commit -q --allow-empty -m detached
put_run "$(git -C ../tree rev-parse HEAD)" $old-000a
rm .git/worktrees/tree/logs/HEAD
git -C ../tree reset -q --hard HEAD
git worktree add -q --detach ../tree2
git -C ../tree2 commit -q --allow-empty -m detached2
put_run "$(git -C ../tree2 rev-parse HEAD)" $old-000b
git -C ../tree2 reset -q --hard HEAD~1
same 'there is nothing to remove' "$(git jci prune)"
same 'there is nothing to remove' "$(git -C ../tree jci prune)"
git jci prune --commit >../out
same 11 "$(runs | wc -l)"
git -C ../tree2 reflog expire --expire=now --all
git reflog expire --expire=now --all
same "$(printf '%s\n' $old-0008 $old-0009 $old-000b)" "$(listed goes)"
EOT

it 'a commit that is not in the repository any more is gone' <<'EOT'
some_repo project
lost=$(lost_commit)
put_run "$lost" $old-0001
git prune --expire=now
expect_exit 1 git cat-file -e "$lost"
same "$old-0001" "$(listed goes)"
git jci prune >../out
contains ../out "$(echo "$lost" | cut -c 1-10)"
git jci prune --commit >../out
same '' "$(ids)"
EOT

it 'a run that came from elsewhere, of a commit that was never here, stays unless asked for' <<'EOT'
some_repo project
lost=$(lost_commit)
put_run "$lost" $old-0001 ok main other-host
put_run "$lost" $old-0002
git init -q --bare ../remote.git
git jci push ../remote.git latest >/dev/null
git update-ref -d "$(git jci show --json | jq -r .ref)"
git prune --expire=now
git jci pull ../remote.git >/dev/null
same '' "$(listed goes)"
same "$(printf '%s\n' $old-0001 $old-0002)" "$(listed stays)"
git jci prune >../out
contains ../out "$old-0001"
contains ../out '--missing'
contains ../out 'there is nothing to remove'
git jci prune --commit >../out
same "$(printf '%s\n' $old-0001 $old-0002)" "$(ids)"
same "$(printf '%s\n' $old-0001 $old-0002)" "$(listed goes --missing)"
git jci prune --commit --missing >../out
same '' "$(ids)"
EOT

it 'a run that was made here goes with its commit, whether a remote has it or not' <<'EOT'
some_repo project
lost=$(lost_commit)
put_run "$lost" $old-0001
put_run "$lost" $old-0002
git init -q --bare ../remote.git
git jci push ../remote.git >/dev/null
git jci pull ../remote.git >/dev/null
git prune --expire=now
same "$(printf '%s\n' $old-0001 $old-0002)" "$(listed goes)"
EOT

it 'nothing of a shallow clone is gone because it lies beyond the border' <<'EOT'
some_repo project
first=$(git rev-parse HEAD~2)
git clone -q -c user.name=Bob -c user.email=bob@example.com --depth 1 "file://$PWD" ../clone
cd ../clone
put_run "$first" $old-0001
same '' "$(listed goes)"
expect_exit 125 git jci prune --missing >../out 2>../err
contains ../err '--unshallow'
git fetch -q --unshallow
same '' "$(listed goes)"
git fetch -q --depth 1 origin main
git reflog expire --expire=now --all
git for-each-ref --format='delete %(refname)' refs/tags | git update-ref --stdin
git update-ref -d refs/remotes/origin/side
git cat-file -e "$first"
same 1 "$(git rev-list --count HEAD)"
same '' "$(listed goes)"
EOT

it '--older-than takes runs by the time in their names; those of the future never' <<'EOT'
some_repo project
head=$(git rev-parse HEAD)
now=$(date +%s)
put_run "$head" $old-0001
put_run "$head" "$((now - 13 * 86400))-0002"
put_run "$head" "$((now - 15 * 86400))-0003"
put_run "$head" "$((now + 86400))-0004"
put_run "$head" 9999999999-0005
same '' "$(listed goes)"
same "$(printf '%s\n' $old-0001 "$((now - 15 * 86400))-0003")" "$(listed goes --older-than=14d)"
same "$(printf '%s\n' $old-0001 "$((now - 15 * 86400))-0003")" "$(listed goes --older-than 2w)"
same "$old-0001" "$(listed goes --older-than=3mo)"
same 3 "$(listed goes --older-than=5min | wc -l)"
refs >../before
git jci prune --commit --older-than=14d >../out
refs >../after
diff ../before ../after
same "$(printf '%s\n' "$((now - 13 * 86400))-0002" "$((now + 86400))-0004" 9999999999-0005)" "$(ids)"
EOT

it 'a bare m is refused, as are other slips; nothing is removed then' <<'EOT'
some_repo project
put_run "$(lost_commit)" $old-0001
for wrong in --older-than=3m --older-than=1h3m --older-than= --older-than=14 --older-than=none \
	--older-than=0d --keep=0 --keep=-1 --keep= --on-remote= --gc '--gc --on-remote' origin \
	'--on-remote origin'; do
	expect_exit 2 git jci prune $wrong >../out 2>../err
	contains ../err git-jci:
done
for wrong in --older-than=3m --keep=0 '--gc --on-remote' '--on-remote origin' --on-remote=; do
	expect_exit 2 git jci prune --commit $wrong >../out 2>../err
done
contains ../err --on-remote
expect_exit 125 git jci prune --commit --on-remote >../out 2>../err
contains ../err 'git remote add'
expect_exit 125 git jci prune --commit --on-remote=nowhere >../out 2>../err
contains ../err "'nowhere'"
mkdir nowhere
git init -q --bare nowhere
expect_exit 125 git jci prune --commit --on-remote=nowhere >../out 2>../err
same "$old-0001" "$(ids)"
expect_exit 2 git jci prune --older-than=3m >../out 2>../err
contains ../err 'min or mo'
EOT

it '--keep leaves the newest of each branch, and of those without one' <<'EOT'
some_repo project
head=$(git rev-parse HEAD)
first=$(git rev-parse HEAD~2)
for i in 1 2 3; do
	put_run "$head" "150000000$i-000a" ok main
	put_run "$first" "150000000$i-000b" ok side
	put_run "$head" "150000000$i-000c"
done
put_run "$first" 1500000004-000a ok main
same 7 "$(listed goes --keep=1 | wc -l)"
same "$(printf '%s\n' 1500000001-000a 1500000001-000b 1500000001-000c 1500000002-000a)" \
	"$(listed goes --keep=2)"
refs >../before
git jci prune --commit --keep=2 >../out
contains ../out '4 runs removed'
refs >../after
diff ../before ../after
same 6 "$(runs | wc -l)"
same '' "$(listed goes --keep=2)"
EOT

it 'with both, only what is old and not among the newest goes; runs of gone commits count for none' <<'EOT'
some_repo project
head=$(git rev-parse HEAD)
now=$(date +%s)
put_run "$head" $old-0001 ok main
put_run "$head" "$((old + 1))-0002" ok main
put_run "$head" "$((now - 60))-0003" ok main
put_run "$(lost_commit)" "$((now - 30))-0004" ok main
same "$((now - 30))-0004" "$(listed goes)"
same "$(printf '%s\n' $old-0001 "$((now - 30))-0004")" "$(listed goes --older-than=1d --keep=2)"
same "$(printf '%s\n' $old-0001 "$((old + 1))-0002" "$((now - 30))-0004")" \
	"$(listed goes --older-than=1d --keep=1)"
same "$((now - 30))-0004" "$(listed goes --older-than=1d --keep=3)"
EOT

it '--keep-failed spares red runs from age and number, not those of gone commits' <<'EOT'
some_repo project
head=$(git rev-parse HEAD)
put_run "$head" $old-0001 err main
put_run "$head" $old-0002 ok main
put_run "$(lost_commit)" $old-0003 err main
same "$(printf '%s\n' $old-0001 $old-0002 $old-0003)" "$(listed goes --older-than=1d)"
same "$(printf '%s\n' $old-0002 $old-0003)" "$(listed goes --older-than=1d --keep-failed)"
same "$old-0001" "$(listed stays --older-than=1d --keep-failed)"
git jci prune --commit --older-than=1d --keep-failed >../out
same "$old-0001" "$(ids)"
EOT

it 'a run that goes on, or is stored as running, never goes' <<'EOT'
new_repo project <<'SH'
mkfifo "$JCI_REPO_ROOT/../fifo"
read line <"$JCI_REPO_ROOT/../fifo"
SH
put_run "$(lost_commit)" $old-0001 running
put_run "$(git rev-parse HEAD)" $old-0002 running
git jci run -q 2>../err &
wait_for 'test -p ../fifo'
same '' "$(listed goes --older-than=1s)"
git jci prune --older-than=1s >../out
contains ../out 'still running'
git jci prune --commit --older-than=1s >../out
same "$(printf '%s\n' $old-0001 $old-0002)" "$(ids)"
echo go >../fifo
wait
same 3 "$(runs | wc -l)"
EOT

it 'sizes are those of objects that nothing else holds, each counted once' <<'EOT'
new_repo project <<'SH'
true
SH
awk 'BEGIN { srand(1); for (i = 0; i < 3000; i++) print rand() }' >data
commit data
seq 5000 >../bytes
lost=$(lost_commit)
put_run "$lost" $old-0001 ok main '' "$(cat ../bytes)"
put_run "$lost" $old-0002 ok main '' "$(cat ../bytes)"
put_run "$lost" $old-0003 ok main '' "$(cat ../bytes) "
put_run "$(git rev-parse HEAD)" $old-0004 ok main '' "$(cat ../bytes) "
artifact=$(git rev-parse HEAD:data)
tree=$(printf '100644 blob %s\tdata\n' "$artifact" | git mktree)
git update-ref "refs/jci-runs/$lost/$old-0005" "$(git commit-tree -m x "$tree")"
all() { git for-each-ref --format='%(objectname)' | git rev-list --objects --disk-usage --stdin; }
before=$(all)
git jci prune --json >../json
sum=$(jq .size ../json | awk '{ s += $1 } END { print s }')
git jci prune --commit >../out
same "$sum" "$((before - $(all)))"
same 4 "$(wc -l <../json)"
git repack -q -a -d
same 'there is nothing to remove' "$(git jci prune)"
EOT

# before_update COMMAND: from now on `git update-ref` runs that first, once.
before_update() {
	mkdir ../bin
	cat >../bin/git <<-SH
	#!/bin/sh
	PATH=\${PATH#*:}
	case " \$* " in
	*' update-ref --stdin '*) test -e "$PWD/../done" || { touch "$PWD/../done"; $1; } ;;
	esac
	exec git "\$@"
	SH
	chmod +x ../bin/git
	PATH=$PWD/../bin:$PATH
}

it 'a run that changes meanwhile is not lost, one that goes is no failure, and the others go' <<'EOT'
some_repo project
lost=$(lost_commit)
for i in 1 2 3; do
	put_run "$lost" $old-000$i
done
three=$(git rev-parse "refs/jci-runs/$lost/$old-0003")
before_update "git update-ref refs/jci-runs/$lost/$old-0001 $three
	git update-ref -d refs/jci-runs/$lost/$old-0002"
git-jci prune --commit >../out
test -e ../done
contains ../out 'gone already'
contains ../out '1 run removed'
same "$old-0001" "$(ids)"
same "$three" "$(git rev-parse "refs/jci-runs/$lost/$old-0001")"
EOT

it 'where the refs can not be written, all stay' <<'EOT'
some_repo project
lost=$(lost_commit)
put_run "$lost" $old-0001
put_run "$lost" $old-0002
touch .git/packed-refs.lock
git config core.packedRefsTimeout 0
expect_exit 125 git jci prune --commit >../out 2>../err
contains ../err packed-refs.lock
same "$(printf '%s\n' $old-0001 $old-0002)" "$(ids)"
rm .git/packed-refs.lock
git jci prune --commit >../out
same '' "$(ids)"
EOT

it '--gc runs git gc, and says what that freed; without it nothing is collected' <<'EOT'
some_repo project
lost=$(lost_commit)
put_run "$lost" $old-0001 ok main '' "$(seq 20000)"
run=$(git rev-parse "refs/jci-runs/$lost/$old-0001")
git jci prune --commit >../out
git cat-file -e "$run"
put_run "$lost" $old-0002 ok main '' "$(seq 20000)"
git jci prune --commit --gc >../out
contains ../out 'git gc freed'
git cat-file -e "$run"
git -c gc.pruneExpire=now jci prune --commit --gc >../out
expect_exit 1 git cat-file -e "$run"
EOT

it '--json and -z give every run, with what becomes of it' <<'EOT'
some_repo project
lost=$(lost_commit)
put_run "$lost" $old-0001 err
git jci prune --json >../json
same "$lost $old-0001 refs/jci-runs/$lost/$old-0001 err goes gone" \
	"$(jq -r '"\(.commit) \(.runId) \(.ref) \(.status) \(.fate) \(.why)"' ../json)"
size=$(jq .size ../json)
test "$size" -gt 0
same "$(printf 'goes\tgone\t%s\t%s\terr\t%s' "$lost" $old-0001 "$size")" \
	"$(git jci prune -z | tr '\0' '\n')"
git jci prune --commit --json >../json
same removed "$(jq -r .fate ../json)"
same '' "$(git jci prune --json)"
EOT

it 'what a commit is called reaches the terminal safely' <<'EOT'
some_repo project
put_run "$(lost_commit "$(printf 'bad \033]0;title\007 name')")" $old-0001
git jci prune >../out
contains ../out 'bad \033]0;title\a name' || contains ../out 'bad \033]0;title\007 name'
same 0 "$(tr -d '\n\040-\176' <../out | wc -c)"
EOT

# ---- on a remote ----

# with_remote: a repository with runs, all of which are on the bare ../remote.git too.
with_remote() {
	some_repo project
	git init -q --bare -b main ../remote.git
	git remote add origin "$PWD/../remote.git"
	put_run "$(lost_commit)" $old-0001
	put_run "$(git rev-parse HEAD)" $old-0002
	put_run "$(git rev-parse HEAD)" "$(date +%s)-0003"
	git push -q origin main side v1 'refs/jci-runs/*:refs/jci-runs/*'
}

it '--on-remote removes runs there, and none here' <<'EOT'
with_remote
git for-each-ref >../before
refs ../remote.git >../there
same "$old-0001" "$(listed goes --on-remote)"
same null "$(git jci prune --on-remote --json | jq .size)"
same 3 "$(runs ../remote.git | wc -l)"
git jci prune --on-remote --commit >../out
contains ../out '1 run removed on origin'
contains ../out 'still here'
git for-each-ref >../after
diff ../before ../after
refs ../remote.git >../there2
diff ../there ../there2
same 2 "$(runs ../remote.git | wc -l)"
lacks .git/jci/remotes/origin "$old-0001"
contains .git/jci/remotes/origin "$old-0002"
same 'there is nothing to remove' "$(git jci prune --on-remote=origin --commit)"
git jci prune --on-remote=origin --older-than=1d --commit >../out
same 1 "$(runs ../remote.git | wc -l)"
same 3 "$(runs | wc -l)"
EOT

it 'and without it runs here, and none there' <<'EOT'
with_remote
git -C ../remote.git for-each-ref >../before
git jci prune --commit --older-than=1d >../out
git -C ../remote.git for-each-ref >../after
diff ../before ../after
same 1 "$(runs | wc -l)"
EOT

it 'of a remote nothing is fetched; what is not known here is kept' <<'EOT'
with_remote
git clone -q "file://$PWD/../remote.git" ../clone
cd ../clone
git count-objects >../before
same '' "$(listed goes --on-remote)"
same "$old-0001" "$(listed stays --on-remote)"
git jci prune --on-remote >../out
contains ../out '--missing'
same "$old-0001" "$(listed goes --on-remote --missing)"
same "$(printf '%s\n' $old-0001 $old-0002)" "$(listed goes --on-remote --older-than=1d)"
same '' "$(listed goes --on-remote --older-than=1d --keep-failed)"
same '' "$(listed goes --on-remote --keep=1)"
same null "$(git jci prune --on-remote --older-than=1d --json | jq .status | sort -u)"
git jci prune --on-remote --older-than=1d --commit >../out
same 1 "$(runs ../remote.git | wc -l)"
same '' "$(runs)"
git count-objects >../after
diff ../before ../after
EOT

it 'a remote that refuses some is told, with status 1; the others go' <<'EOT'
with_remote
put_run "$(lost_commit two)" $old-0004
git push -q origin 'refs/jci-runs/*:refs/jci-runs/*'
cat >../remote.git/hooks/update <<SH
#!/bin/sh
case \$1 in
*/$old-0001) echo "not this one" >&2; exit 1 ;;
esac
SH
chmod +x ../remote.git/hooks/update
expect_exit 1 git jci prune --on-remote --commit >../out
contains ../out refused
contains ../out 'hook declined'
contains ../out '1 run removed on origin, 1 refused'
same "$(printf '%s\n' $old-0001 $old-0002 "$(ids | tail -n 1)")" "$(ids ../remote.git)"
contains .git/jci/remotes/origin "$old-0001"
lacks .git/jci/remotes/origin "$old-0004"
expect_exit 1 git jci prune --on-remote --commit --json >../json
same 'refused [remote rejected] (hook declined)' "$(jq -r '"\(.fate) \(.message)"' ../json)"
same 3 "$(runs ../remote.git | wc -l)"
EOT

it 'one that changes there between looking and removing stays' <<'EOT'
with_remote
name=refs/jci-runs/$(git for-each-ref --format='%(refname)' "refs/jci-runs/**/$old-0001" | cut -d / -f 3-)
other=$(git rev-parse "refs/jci-runs/$(git rev-parse HEAD)/$old-0002")
# git-upload-pack has answered by the time git-receive-pack is asked
cat >../receive <<SH
#!/bin/sh
git --git-dir "$PWD/../remote.git" update-ref "$name" "$other"
exec git-receive-pack "\$@"
SH
chmod +x ../receive
git config remote.origin.receivepack "$PWD/../receive"
expect_exit 1 git jci prune --on-remote --commit >../out
contains ../out 'stale info'
same "$other" "$(git -C ../remote.git rev-parse "$name")"
same 3 "$(runs ../remote.git | wc -l)"
EOT

it 'one that somebody else removes meanwhile is no failure, and the others go' <<'EOT'
with_remote
put_run "$(lost_commit two)" $old-0004
git push -q origin 'refs/jci-runs/*:refs/jci-runs/*'
name=$(git for-each-ref --format='%(refname)' | grep "$old-0001")
cat >../receive <<SH
#!/bin/sh
git --git-dir "$PWD/../remote.git" update-ref -d "$name"
exec git-receive-pack "\$@"
SH
chmod +x ../receive
git config remote.origin.receivepack "$PWD/../receive"
git jci prune --on-remote --commit >../out
contains ../out 'gone already'
same 2 "$(runs ../remote.git | wc -l)"
same 4 "$(runs | wc -l)"
EOT

it 'a remote that can not be reached is an error, with what git says' <<'EOT'
with_remote
mv ../remote.git ../moved.git
expect_exit 125 git jci prune --on-remote --commit >../out 2>../err
contains ../err remote.git
git for-each-ref >../after
same 3 "$(runs | wc -l)"
same 3 "$(runs ../moved.git | wc -l)"
EOT

it 'more runs than one command line holds are removed too' <<'EOT'
some_repo project
git init -q --bare ../remote.git
git remote add origin "$PWD/../remote.git"
put_run "$(git rev-parse HEAD)" $old-0001
run=$(git rev-parse "refs/jci-runs/$(git rev-parse HEAD)/$old-0001")
awk -v c="$(git rev-parse HEAD)" -v r="$run" 'BEGIN { for (i = 0; i < 600; i++)
	printf "create refs/jci-runs/%s/%d-%04x %s\n", c, 1500000000 + i, 2 + i, r }' >../refs
git push -q origin main "$run:refs/heads/x"
git -C ../remote.git update-ref --stdin <../refs
same 600 "$(runs ../remote.git | wc -l)"
(
	ulimit -s 512
	git jci prune --on-remote --older-than=1d --commit >../out
)
contains ../out '600 runs removed'
same '' "$(runs ../remote.git)"
same 2 "$(refs ../remote.git | wc -l)"
same 1 "$(runs | wc -l)"
EOT

finish
