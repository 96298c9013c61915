#!/bin/sh
# `git jci run --publish`: teammates watch a run while it goes on, through git alone.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

# a_team: `origin`, bare, `alice` whose run prints "line 1" and then a line for each line that the
# test writes to the descriptor 9, up to "end", and `bob`; in alice's.
a_team() {
	GATE=$TRASH/gate
	export GATE
	mkfifo "$GATE"
	exec 9<>"$GATE"
	at_end 'printf "end\n\nend\n" >&9'
	git init -q --bare -b main origin
	new_repo alice <<'SH'
echo 'line 1'
while read -r line && test "$line" != end; do
	echo "$line"
done <"$GATE"
test ! -e "$GATE.status" || exit "$(cat "$GATE.status")"
SH
	git config jci.publishInterval 1s
	git remote add origin ../origin
	git push -q origin main
	git clone -q ../origin ../bob
	git -C ../bob config user.name Bob
	git -C ../bob config user.email bob@example.com
}

# publish [OPTION...]: starts a run in the background, $runner; waits until $ref is there.
publish() {
	git-jci run -q --publish "$@" >../out 2>../err 9>&- &
	runner=$!
	wait_for 'test -n "$(runs ../origin)"'
	ref=$(runs ../origin)
}

# published: the log so far of the run on origin.
published() {
	git -C ../origin ls-tree -r --name-only "$ref" .jci/log/ | while read -r chunk; do
		git -C ../origin cat-file blob "$ref:$chunk"
	done
}

# line TEXT: the run prints it.
line() {
	echo "$1" >&9
}

# status_there: of the run on origin.
status_there() {
	git -C ../origin cat-file blob "$ref:status.txt"
}

it 'its ref on the remote has the log so far, and in the end its result alone' <<'EOT'
a_team
git -C ../origin config receive.denyNonFastForwards true # as of a shared one; it is about branches
publish
wait_for 'published | grep -q "line 1"'
same running "$(status_there)"
git -C ../origin cat-file blob "$ref:.jci/run.json" | jq -e '.status == "running"'
same '' "$(runs)"
line 'line 2'
wait_for 'published | grep -q "line 2"'
same "$(printf 'line 1\nline 2')" "$(published)"
same 2 "$(git -C ../origin ls-tree -r --name-only "$ref" .jci/log/ | wc -l)"
line end
wait $runner
same "$(git rev-parse "$ref")" "$(git -C ../origin rev-parse "$ref")"
same ok "$(status_there)"
same '' "$(git -C ../origin ls-tree -r --name-only "$ref" .jci/log/)"
same 1 "$(git -C ../origin rev-list --count "$ref")"
git -C ../origin fsck --strict
same "$(runs ../origin)" "$(runs)"
git jci push >../out
same '1 was there' "$(cat ../out)"
EOT

it 'only what is new is sent' <<'EOT'
a_team
head -c 300000 /dev/urandom | base64 >"$GATE.large"
sed -i '2i cat "$GATE.large"' .jci/run.sh
publish
wait_for 'published | grep -q "line 1"'
before=$(du -s --bytes ../origin/objects | cut -f 1)
test "$before" -gt 300000
line 'line 2'
wait_for 'published | grep -q "line 2"'
after=$(du -s --bytes ../origin/objects | cut -f 1)
test "$((after - before))" -lt 100000
line end
wait $runner
EOT

it 'a teammate follows it with pull --follow and tail -f, to its end' <<'EOT'
a_team
publish
cd ../bob
git-jci pull --follow --interval 1s >../pulled 2>&1 9>&- &
puller=$!
wait_for 'test -n "$(runs)"'
same running "$(git jci status --json | jq -r .status)"
git-jci tail -f >../followed 2>../err 9>&- &
tail=$!
wait_for 'grep -q "line 1" ../followed'
line 'line 2'
wait_for 'grep -q "line 2" ../followed'
echo 3 >"$GATE.status"
line end
expect_exit 1 wait $tail
expect_exit 1 wait $runner
same "$(printf 'line 1\nline 2')" "$(cat ../followed)"
contains ../err 'failed'
contains ../err 'exit status 3'
kill -TERM $puller
expect_exit 143 wait $puller
same "$(runs ../alice)" "$(runs)"
contains ../pulled replaced
same "$(git -C ../alice rev-parse "$ref")" "$(git rev-parse "$ref")"
EOT

it 'tail follows what goes on elsewhere rather than what came later and has ended' <<'EOT'
a_team
publish
wait_for 'published | grep -q "line 1"'
cd ../bob
git jci pull >/dev/null
status=$(printf ok | git hash-object -w --stdin)
log=$(echo 'another log' | git hash-object -w --stdin)
tree=$(printf '100644 blob %s\trun.output.txt\n100644 blob %s\tstatus.txt\n' "$log" "$status" | git mktree)
git update-ref "${ref%/*}/9999999999-0000" "$(echo run | git commit-tree "$tree")"
same 9999999999-0000 "$(git jci log -n 1 --json | jq -r .runId)"
same 'line 1' "$(git jci tail -n 1)"
line end
wait $runner
git jci pull >/dev/null
same 'another log' "$(git jci tail -n 1)"
EOT

it 'what was fetched of it is a run like any other: log, show, cat, get' <<'EOT'
a_team
publish
wait_for 'published | grep -q "line 1"'
cd ../bob
git jci pull >/dev/null
git jci log >../log
contains ../log running
same 'line 1' "$(git jci cat latest)"
git jci show >../show
contains ../show run.output.txt
lacks ../show .jci/log
same 7 "$(git jci show --json | jq '.artifacts[] | select(.path == "run.output.txt").size')"
git jci get latest ../got
same 'line 1' "$(cat ../got/run.output.txt)"
git jci tail -n 1 >../tail
same 'line 1' "$(cat ../tail)"
git jci push >../pushed
contains ../pushed '1 was there'
line end
wait $runner
EOT

it 'the browser follows it as it is fetched' <<'EOT'
a_team
publish
wait_for 'published | grep -q "line 1"'
cd ../bob
git jci pull >/dev/null
screen <<EOF
size 120 20
start git jci
wait ● running
keys L
wait line 1
wait following
shell echo 'line 2' >&9
shell until git -C ../origin ls-tree -r $ref .jci/log/ | grep -q 000000/01; do :; done; git jci pull >/dev/null
wait line 2
wait following
shell echo end >&9
shell until test "\$(git -C ../origin cat-file blob $ref:status.txt)" = ok; do :; done; git jci pull >/dev/null
wait ✓ passed
gone following
wait line 1
wait line 2
EOF
wait $runner
EOT

it 'a remote that is away is told once, and gets the result when it is back' <<'EOT'
a_team
mv ../origin ../away
git-jci run -q --publish >../out 2>../err 9>&- &
runner=$!
wait_for 'grep -q "not published for now" ../err'
contains ../err "'../origin' does not appear to be a git repository"
mv ../away ../origin
wait_for 'test -n "$(runs ../origin)"'
line end
wait $runner
same 1 "$(grep -c 'not published' ../err)"
same "$(git rev-parse "$(runs)")" "$(git -C ../origin rev-parse "$(runs)")"
EOT

it 'a result that the remote does not get is stored here, and the status says so' <<'EOT'
a_team
publish
mv ../origin ../away
line end
expect_exit 125 wait $runner
contains ../err 'stored here but not published'
contains ../err 'git jci push'
mv ../away ../origin
same running "$(status_there)"
git jci push >../out
contains ../out replaced
same ok "$(status_there)"
EOT

it 'a red run stays red, whether the remote gets it or not' <<'EOT'
a_team
echo 7 >"$GATE.status"
publish
mv ../origin ../away
line end
expect_exit 1 wait $runner
EOT

it 'a remote that refuses is named, in its own words' <<'EOT'
a_team
cat >../origin/hooks/update <<'SH'
#!/bin/sh
echo 'nothing today' >&2
exit 1
SH
chmod +x ../origin/hooks/update
git-jci run -q --publish >../out 2>../err 9>&- &
runner=$!
wait_for 'grep -q "not published for now" ../err'
line end
expect_exit 125 wait $runner
contains ../err 'origin: [remote rejected] (hook declined)'
same 1 "$(runs | wc -l)"
same '' "$(runs ../origin)"
EOT

it 'what could not be started is taken back' <<'EOT'
a_team
chmod -x .jci/run.sh
commit 'not executable'
expect_exit 126 git jci run -q --worktree --publish 2>../err
same '' "$(runs ../origin)"
same '' "$(runs)"
EOT

it 'a run that is cancelled is published as far as it came' <<'EOT'
a_team
publish
wait_for 'published | grep -q "line 1"'
kill -TERM $runner
expect_exit 143 wait $runner
contains ../err cancelled
same err "$(status_there)"
same "$(git rev-parse "$ref")" "$(git -C ../origin rev-parse "$ref")"
EOT

it 'after kill -9, recover and push replace what was published' <<'EOT'
a_team
publish
wait_for 'published | grep -q "line 1"'
kill -9 $runner
expect_exit 137 wait $runner
same running "$(status_there)"
git jci recover 2>/dev/null
git jci push >../out
contains ../out replaced
same err "$(status_there)"
same killed "$(git -C ../origin cat-file blob "$ref:.jci/run.json" | jq -r .reason)"
EOT

it 'a result is sent where the state before was removed; what somebody put there stays' <<'EOT'
a_team
publish
wait_for 'published | grep -q "line 1"'
git -C ../origin update-ref -d "$ref"
line end
wait $runner
same "$(git rev-parse "$ref")" "$(git -C ../origin rev-parse "$ref")"
rm ../out ../err
publish_again() {
	git-jci run -q --publish >../out 2>../err 9>&- &
	runner=$!
	wait_for 'test "$(runs ../origin | wc -l)" -eq 2'
	ref=$(runs ../origin | grep -v "$ref")
}
publish_again
wait_for 'published | grep -q "line 1"'
git -C ../origin update-ref "$ref" HEAD
line end
expect_exit 125 wait $runner
contains ../err 'another result of this run is there'
same "$(git rev-parse HEAD)" "$(git -C ../origin rev-parse "$ref")"
EOT

it 'a signal ends what sends the result to a remote that hangs' <<'EOT'
a_team
echo true | run_script
commit 'nothing to do'
mkfifo ../never
cat >../hang <<SH
#!/bin/sh
read -r line <"$TRASH/never"
SH
chmod +x ../hang
exec 8<>../never
at_end 'printf "\n\n\n\n" >&8'
git config remote.origin.receivepack "$TRASH/hang"
git-jci run -q --publish >../out 2>../err 8>&- 9>&- &
runner=$!
wait_for 'grep -q passed ../err'
kill -TERM $runner
expect_exit 143 wait $runner
same 1 "$(runs | wc -l)"
EOT

it 'a run that is over at once is published' <<'EOT'
a_team
echo true | run_script
commit 'nothing to do'
for n in 1 2 3 4 5 6 7 8; do
	git jci run -q --publish 2>../err
done
same 8 "$(runs | wc -l)"
same "$(git for-each-ref refs/jci-runs)" "$(git -C ../origin for-each-ref refs/jci-runs)"
EOT

it 'several runs at once are published side by side' <<'EOT'
a_team
printf 'echo "here is $JCI_COMMIT"\n' | run_script
commit second
commit third
git jci run -q -j 2 --publish=origin HEAD~1 HEAD 2>../err
same "$(runs)" "$(runs ../origin)"
same 2 "$(runs | wc -l)"
for ref in $(runs); do
	same "$(git rev-parse "$ref")" "$(git -C ../origin rev-parse "$ref")"
done
EOT

it 'without a remote it says what to do, and runs nothing' <<'EOT'
a_team
git remote remove origin
expect_exit 125 git jci run --publish 2>../err
contains ../err 'git remote add origin URL'
same '' "$(runs)"
EOT

finish
