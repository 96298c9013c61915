#!/bin/sh
# jci.onFinish: commands after a run.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# told: what the command of telling_repo has been told, a line for each run.
told() {
	cat "$TRASH/told" 2>/dev/null
}

# telling_repo: its script ends with the status in the file `status`.
telling_repo() {
	new_repo project <<SH
exit \$(cat '$TRASH/status')
SH
	echo 0 >"$TRASH/status"
	git config jci.onFinish "echo \$JCI_STATUS \$JCI_REASON \${JCI_PREVIOUS_STATUS:-none} >>'$TRASH/told'"
}

# run_with STATUS [ARGUMENT...]: a run whose script ends with it.
run_with() {
	echo "$1" >"$TRASH/status"
	shift
	git jci run -q "$@" 2>"$TRASH/err" || test $? -eq 1
}

# example FILE N: the command of example number N for jci.onFinish in git-jci-config(5).
example() {
	awk -v n="$2" '
		/^\$ git config .*jci\.onFinish/ { at = ++count == n; sub(/.*jci\.onFinish */, "") }
		/^\.Ed/ { at = 0 }
		at' "$top_srcdir/doc/git-jci-config.5" |
		sed -e 's/\\e/\\/g' -e '/^\\$/d' -e "s/^ *'//" -e "s/'\$//" >"$1"
	test -s "$1"
}

it 'gets what is known of the run, in the top folder' <<'EOT'
new_repo project <<'SH'
exit 3
SH
git config jci.onFinish 'env | grep ^JCI_ | sort; pwd; cat'
mkdir folder
cd folder
expect_exit 1 git jci run --trigger me >../../out 2>../../err
ref=$(the_ref)
sed '/^git-jci/d' ../../err >../../told
same "JCI_BRANCH=main
JCI_COMMIT=$(git rev-parse HEAD)
JCI_DURATION=SECONDS
JCI_PREVIOUS_STATUS=
JCI_REASON=failed
JCI_REF=$ref
JCI_RUN_ID=${ref##*/}
JCI_STATUS=err
JCI_TRIGGER=me
$TRASH/project" "$(sed 's/^\(JCI_DURATION=\)[0-9]*\.[0-9][0-9][0-9]$/\1SECONDS/' ../../told)"
same '' "$(cat ../../out)"
EOT

it 'the run is stored before, and the script does not get these variables' <<'EOT'
new_repo project <<'SH'
env | grep -c '^JCI_STATUS\|^JCI_REF' || :
SH
git config jci.onFinish 'git show $JCI_REF:run.output.txt'
git jci run -q 2>err
contains err 0
sed '/^git-jci/d' err >told
same 0 "$(cat told)"
EOT

it 'several, in their order, also of the user and the command line; a failure is a warning' <<'EOT'
telling_repo
git config --unset jci.onFinish
git config --add jci.onFinish 'echo second'
git config --add jci.onFinish 'echo third >&2; exit 7'
HOME=$TRASH
export HOME
git config --global jci.onFinish 'echo first'
git -c jci.onFinish='kill $$' jci run 2>../err
same 'first
second
third
git-jci: warning: configuration '\''jci.onFinish'\'', '\''echo third >&2; exit 7'\'': '\''sh'\'' failed with status 7
git-jci: warning: configuration '\''jci.onFinish'\'', '\''kill $$'\'': '\''sh'\'' was ended by signal 15 (Terminated)' \
	"$(sed '/^git-jci: passed/d' ../err)"
echo 1 >../status
expect_exit 1 git jci run 2>../err
EOT

it 'never comes from the tree of the commit, nor from what its script sets' <<'EOT'
new_repo project <<'SH'
git -C "$JCI_REPO_ROOT" config jci.onFinish "echo set by the script"
SH
git config -f .gitconfig jci.onFinish 'echo of the tree'
git config -f .jci/config jci.onFinish 'echo of the tree'
commit second
git jci run -q --worktree 2>../err
lacks ../err 'of the tree'
lacks ../err 'set by the script'
EOT

it 'tells how the last run before it was' <<'EOT'
telling_repo
run_with 0
run_with 1
commit second
run_with 1
run_with 0
git commit -q --allow-empty -m third
git commit -q --allow-empty -m fourth
run_with 1
git checkout -q HEAD~3
run_with 1
same 'ok passed none
err failed ok
err failed err
ok passed err
err failed ok
err failed err' "$(told)"
EOT

it 'a run that began later is not one before it' <<'EOT'
telling_repo
tree=$(printf "100644 blob $(git hash-object -w --stdin </dev/null)\tstatus.txt\n" | git mktree)
later=$(printf '%s\n' run '' "Jci-Commit: $(git rev-parse HEAD)" 'Jci-Status: err' \
	'Jci-Reason: failed' 'Jci-Start: 9999999999.000000' | git commit-tree "$tree")
git update-ref "refs/jci-runs/$(git rev-parse HEAD)/9999999999-0000" "$later"
run_with 0
same 'ok passed none' "$(told)"
EOT

it 'a run that was cancelled has them too, and is passed over as the one before' <<'EOT'
new_repo project <<'SH'
test ! -e "$JCI_REPO_ROOT/.git/hold" || read -r line <"$JCI_REPO_ROOT/.git/gate"
SH
mkfifo .git/gate
git config jci.onFinish "echo \$JCI_STATUS \$JCI_REASON \${JCI_PREVIOUS_STATUS:-none} >>'$TRASH/told'"
git jci run -q
touch .git/hold
git-jci run -q &
wait_for 'git jci log | grep -q running'
git jci cancel 2>../err
expect_exit 1 wait $!
rm .git/hold
git jci run -q
same 'ok passed none
err cancelled ok
ok passed ok' "$(told)"
EOT

it 'a signal that cancels the run lets them go on, another one ends them' <<'EOT'
new_repo project <<'SH'
read -r line <"$JCI_REPO_ROOT/.git/gate"
SH
mkfifo .git/gate .git/never
git config jci.onFinish 'echo $JCI_REASON; read -r line <.git/never'
git config --add jci.onFinish 'echo not this one'
git-jci run -q 2>../err &
wait_for 'git jci log | grep -q running'
kill -TERM $!
wait_for 'grep -q ^cancelled ../err'
kill -TERM $!
expect_exit 143 wait $!
contains ../err 'it was interrupted'
lacks ../err 'not this one'
EOT

it 'what takes too long is ended, with all that it started' <<'EOT'
telling_repo
mkfifo .git/never .git/alive
timeout 100 cat .git/alive &
watcher=$!
git config jci.onFinish 'exec 3>.git/alive; (read -r x <.git/never; :); :'
git config jci.onFinishTimeout 1s
git jci run -q 2>../err
wait $watcher
contains ../err "it took too long, and was ended"
git config jci.onFinishTimeout 1
git jci run -q 2>../err
contains ../err "git-jci: warning: configuration 'jci.onFinishTimeout'"
EOT

it 'a recovered run has them, with recover and with the next run' <<'EOT'
telling_repo
echo 'read -r line <"$JCI_REPO_ROOT/.git/gate"' >>.jci/run.sh
sed -i 's/^exit/: /' .jci/run.sh
commit 'wait'
mkfifo .git/gate
for with in 'recover' 'run -q HEAD~1'; do
	git-jci run -q 2>../err &
	wait_for 'git jci log | grep -q running'
	kill -9 $!
	wait $! || true
	git jci $with 2>../err
done
same 'err killed none
err killed none
ok passed none' "$(told)"
EOT

it 'hooks have them, in the background too' <<'EOT'
telling_repo
git config jci.onFinish "echo \$JCI_TRIGGER >>'$TRASH/told'"
git jci hook install >/dev/null 2>&1
git commit -q --allow-empty -m second
wait_for 'told | grep -q post-commit'
git init -q --bare ../remote.git
git config jci.hookIfNeeded false
git push -q ../remote.git main 2>../err
same 'post-commit pre-push' "$(told | xargs)"
EOT

it 'what such a command runs has none of its own' <<'EOT'
telling_repo
git config --add jci.onFinish 'git jci run -q --trigger again'
git jci run -q 2>../err
same 1 "$(told | wc -l)"
same 2 "$(runs | wc -l)"
EOT

it 'in a bare repository, and for several commits at a time' <<'EOT'
telling_repo
git commit -q --allow-empty -m second
git clone -q --bare . ../bare.git
cd ../bare.git
git config jci.onFinish "{ pwd; echo \$JCI_COMMIT; } >>'$TRASH/told'"
git jci run -q -j 2 HEAD HEAD~1 2>../err
same "$(git rev-parse HEAD HEAD~1 | sort)" "$(told | grep -v / | sort)"
same "$PWD" "$(told | grep / | sort -u)"
EOT

it 'the examples of git-jci-config(5) mail, call a webhook, and notify' <<'EOT'
command -v curl >/dev/null || skip 'there is no curl'
mkdir bin hooks
for program in mail sendmail notify-send; do
	printf '#!/bin/sh\necho "$0: $*" | sed "s,.*/,," >>%s\n' "'$TRASH/called'" >"bin/$program"
	test "$program" = notify-send || echo "cat >>'$TRASH/called'" >>"bin/$program"
done
chmod +x bin/*
PATH=$TRASH/bin:$PATH
python3 "$top_srcdir/tests/gitea/receiver.py" hooks &
wait_for 'test -s hooks/url'
telling_repo
git config --unset jci.onFinish
for n in 1 2 3 4; do
	example "$TRASH/example$n" "$n"
	git config --add jci.onFinish "$(sed "s,https://ci.example/hook,$(cat ../hooks/url)," ../example$n)"
done
run_with 0
sed '/^git-jci: passed/d' ../err >../warnings
same '' "$(cat ../warnings)"
same 'notify-send: CI passed first commit' "$(cat ../called)"
wait_for 'test -e ../hooks/1.json'
contains ../hooks/1.json "\"runId\":\"$(basename "$(the_ref)")\""
contains ../hooks/1.headers 'Content-Type: application/json'
commit second
run_with 1
same "mail: -s CI failed: main team@example.com
sendmail: team@example.com
Subject: main is now err

$(git rev-parse HEAD)
notify-send: CI failed second" "$(sed 1d ../called)"
run_with 1
same 1 "$(grep -c ^sendmail ../called)"
run_with 0
same 2 "$(grep -c ^sendmail ../called)"
contains ../called 'Subject: main is now ok'
same 2 "$(grep -c ^mail ../called)"
EOT

finish
