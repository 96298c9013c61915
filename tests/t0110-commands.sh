#!/bin/sh
# The commands that pages of the manual show work, and print what the pages say (commands.sh).

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/commands.sh"

for tool in curl jq openssl scriptreplay; do
	command -v $tool >/dev/null || skip_all "there is no $tool"
done
! built_with JCI_ASAN || skip_all 'other tests run these commands in the build with sanitizers'

doc=$top_srcdir/doc

# Lines "PAGE: COMMAND" that can't be run by this test, each below the reason.
commands_not_run=$(cat <<'END'
# They need Docker and a server: t7300 has both.
git-jci-runner.1: git jci runner --check
git-jci-runner.1: git jci runner --keep=50
git-jci-runner.1: docker ps -a --filter label=git-jci.repository=boss/demo
END
)

# Those that print something else each time.
commands_output_varies=$(cat <<'END'
# Its picture is of the durations.
git-jci-stats.1: git jci stats main
END
)

# Pages that t0111 takes, because they need a Gitea.
elsewhere='git-jci-job.1 git-jci-jobs.1 git-jci-server.1'

# ---- the repositories in which they are typed ----

# begin_run: one that goes on until it is told to end, and has printed something.
begin_run() {
	git-jci run -q 2>/dev/null &
	begun=$!
	wait_for 'git jci tail 2>/dev/null | grep -q .'
}

lose_run() {
	kill -9 "$begun"
	wait "$begun" || :
}

# What most pages need: four commits, the third of them red, with their runs, a tag and a remote.
prepare() {
	step 'say hello' <<'SH'
echo hello
echo hello >greeting.txt
SH
	git tag v1.0
	step 'greet otherwise' <<'SH'
echo hullo
echo hullo >greeting.txt
echo 'error: no greeting'
exit 3
SH
	step 'greet again' <<'SH'
echo hello
echo hello >greeting.txt
SH
	run_quietly HEAD~3..HEAD
	with_origin
}

# The example begins with the script.
prepare_git_jci_1() {
	git rm -qf README
	echo text >f
	commit 'a file'
}

prepare_git_jci_cancel_1() {
	step 'think' <<'SH'
echo thinking
exec sleep 600
SH
	begin_run
}

prepare_git_jci_cat_1() {
	step 'say hello' <<'SH'
echo hello
SH
	step 'three steps' <<'SH'
for n in 1 2 3; do
	echo step $n
done
: >-dash
SH
	run_quietly HEAD~2..HEAD
}

prepare_git_jci_cron_1() {
	mkdir .jci
	cat >.jci/crontab <<'END'
0 0 * * * branch:main name:nightly
@weekly name:all-of-it
END
}

# The newest run is red.
prepare_git_jci_diff_1() {
	prepare
	git reset -q --hard HEAD~1
	run_quietly
}

# The only run is that of the commit that says hello.
prepare_git_jci_show_1() {
	step 'say hello' <<'SH'
echo hello
echo hello >greeting.txt
SH
	run_quietly
}

prepare_git_jci_get_1() {
	step 'think' <<'SH'
echo 42 >answer.txt
SH
	run_quietly
}

# The run goes on until the push waits for it, and the push comes when it goes on.
prepare_git_jci_hook_1() {
	after_typing() {
		case $1 in
		'git commit'*) wait_for 'git jci log | grep -q "^running"' ;;
		esac
	}
	step 'add CI' <<SH
read -r _ <"$TRASH/fifo"
SH
	mkfifo "$TRASH/fifo"
	{
		wait_for 'grep -q waiting "$TRASH"/steps/*.out' || :
		echo >"$TRASH/fifo"
	} 2>/dev/null &
	git init -q --bare "$HOME/origin.git"
	git remote add origin "$HOME/origin.git"
	git push -q -u origin main
	git init -q --bare project.git
	echo change >>README
}

prepare_git_jci_log_1() {
	step one <<'SH'
true
SH
	run_quietly
	run_quietly
	commit two
	run_quietly
	with_origin
}

prepare_git_jci_prune_1() {
	step 'parser: tabs' <<'SH'
false
SH
	run_quietly --run-id 1500000000-90b0
	step 'try again' <<'SH'
true
SH
	run_quietly
	git reset -q --hard HEAD~1
	git reflog expire --expire=now --all
	step 'parser: blanks' <<'SH'
true
SH
	run_quietly
}

prepare_git_jci_pull_1() {
	prepare
	git update-ref -d "$(runs | tail -n 1)"
}

prepare_git_jci_push_1() {
	prepare
	git init -q --bare ../backup.git
	git remote add backup ../backup.git
	run_quietly
}

prepare_git_jci_recover_1() {
	step 'think' <<'SH'
echo 42 >answer.txt
echo thinking
exec sleep 600
SH
	begin_run
	lose_run
}

prepare_git_jci_run_1() {
	prepare
	git clone -q "$HOME/origin.git" ../theirs
	git -C ../theirs jci pull >/dev/null
}

# Of thirteen runs one is red.
prepare_git_jci_stats_1() {
	step 'good' <<'SH'
true
SH
	for n in 1 2 3 4 5 6; do
		commit "change $n"
	done
	run_quietly HEAD~6..HEAD
	run_quietly HEAD~6..HEAD
	step 'bad' <<'SH'
false
SH
	run_quietly
}

prepare_git_jci_status_1() {
	step 'good' <<'SH'
true
SH
	step 'bad' <<'SH'
false
SH
	run_quietly HEAD~2..HEAD
}

prepare_git_jci_tail_1() {
	step 'think' <<'SH'
echo step 1
exec sleep 600
SH
	begin_run
	lose_run
}

prepare_git_jci_verify_1() {
	step 'add a script' <<'SH'
true
SH
	git tag v1.0
	git jci run -q --worktree --trigger cron
	git jci run -q --worktree --trigger cron
	with_origin
	step 'parser: tabs' <<'SH'
false
SH
	run_quietly
	step 'add CI' <<'SH'
echo thinking
exec sleep 600
SH
	begin_run
	at_end 'kill "$begun"; wait'
}

# It begins in an empty folder.
prepare_git_jci_tutorial_7() {
	after_typing() { # killed it is when its work is done
		case $1 in
		*'jci run -q &') wait_for 'git jci tail 2>/dev/null | grep -q "^--- check"' ;;
		esac
	}
	cd ..
	rm -rf project
	at_end 'wait_for "git -C $HOME/greet jci status -q"' # of the last commit's hook
}

# ---- the pages ----

for page in "$doc"/*.[1-8]; do
	base=$(basename "$page")
	! echo " $elsewhere " | grep -qF " $base " || continue
	grep -q "^\$ " "$page" || continue
	it "what ${base%.*}(${base##*.}) shows works, and prints what it says" <<'EOT'
try_page "$page"
EOT
done

it 'what the lists name is shown' <<'EOT'
lists_are_right "$doc" "$commands_not_run" "$commands_output_varies"
EOT

finish
