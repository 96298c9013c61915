#!/bin/sh
# The commands that README and the pages about the server show work, against a stand-in for Gitea,
# and print what stands there (commands.sh).

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
! built_with JCI_ASAN || skip_all 'other tests run these commands in the build with sanitizers'
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/commands.sh"

command -v sqlite3 >/dev/null || skip_all 'there is no sqlite3'

# Lines "PAGE: COMMAND" that can't be run by this test, each below the reason.
commands_not_run=$(cat <<'END'
# They build all of git-jci, or install it: ./bootstrap check, t7100 and others do that.
README: ./bootstrap demo     # installs what is missing, builds, and shows git-jci in a demo repository
README: ./bootstrap check    # builds and tests everything
README: sudo make -C build install
README: make -C build deb       # for Debian
README: make -C build bundle    # one tar.xz for any Linux of this architecture
# It needs Docker: t7300 has that.
README: git jci runner                  # on each machine that runs jobs
END
)
commands_output_varies=

# ---- the repositories in which they are typed ----

# a_gitea: the stand-in as https://gitea.example, and the server's settings.
a_gitea() {
	start_gitea
	server_settings
	export JCI_DB="$TRASH/host/var/lib/git-jci-server/server.db" JCI_REPOSITORIES=boss/demo
	echo "s|$gitea|https://gitea.example|g" >>"$TRASH/there.sed"
}

# Somebody's own, with a remote.
prepare_README() {
	commit 'second commit'
	commit 'third commit'
	with_origin
	a_gitea
	gitea_tell repository name=boss/demo >/dev/null
}

# The database is one that a server has left.
prepare_git_jci_server_1() {
	a_gitea
	gitea_tell repository name=boss/demo permission=admin >/dev/null
	start_server
	stop_server
}

prepare_git_jci_job_1() {
	a_gitea
	gitea_repo demo <<'SH'
echo hello
SH
	mkdir "$HOME/work"
	take_commands "$doc/git-jci-job.1" "$TRASH/job"
	sed -e "s/\"run_id\": \"[^\"]*/\"run_id\": \"$(date +%s)-dc60/" \
		-e "s/[0-9a-f]\{40\}/$(git rev-parse HEAD)/" -e "s|https://gitea.example|$gitea|" \
		-e "s/\"token\": \"[^\"]*/\"token\": \"$bot_token/" "$TRASH/job/001.says" >"$HOME/work/job.json"
	echo "s/$bot_token/8c1f0e/" >>"$TRASH/there.sed"
	cd "$HOME/work"
}

# Job 1 has failed, and job 2 goes on; of the runner there is no more than its polls.
prepare_git_jci_jobs_1() {
	a_gitea
	start_server
	gitea_webhook "${url}webhook"
	gitea_repo demo <<'SH'
echo 'error: no greeting'
exit 2
SH
	given 1
	git jci run -q --run-id "$(jq -r .job.run_id "$TRASH/given")" 2>/dev/null || :
	git jci push >/dev/null
	poll '[{"id":1,"attempt":1,"state":"exited","exit":0,"reason":"exited","detail":""}]' 0
	wait_for 'admin jobs/1 | jq -e ".state == \"done\""'
	gitea_commit 'second commit'
	given 2
	echo "$JCI_ADMIN_TOKEN" >"$HOME/.jci-admin"
	unset JCI_ADMIN_TOKEN
	echo "s|https://ci.example|${url%/}|" >>"$TRASH/here.sed"
}

# given N: the runner gets that job.
given() {
	wait_for "admin jobs/$1 | jq -e .prepared"
	poll '[]' 1 >"$TRASH/given"
	same "$1" "$(jq .job.id "$TRASH/given")"
}

# ---- the pages ----

doc=$top_srcdir/doc

it 'what README shows works, and prints what it says' <<'EOT'
try_page "$top_srcdir/README"
EOT

for page in "$doc/git-jci-job.1" "$doc/git-jci-jobs.1" "$doc/git-jci-server.1"; do
	base=$(basename "$page")
	it "what ${base%.*}(${base##*.}) shows works, and prints what it says" <<'EOT'
try_page "$page"
EOT
done

it 'what the list names is shown' <<'EOT'
lists_are_right "$top_srcdir" "$commands_not_run"
EOT

finish
