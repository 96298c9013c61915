# Sourced after lib.sh by tests of the browser: its screens on a pseudo-terminal, see README.
# shellcheck shell=sh

screen_program=${SCREEN:-$top_builddir/tests/tui/screen}
test -x "$screen_program" || skip_all 'the screens need libvterm'

# screen <<'EOT' ... EOT: plays a script; prints what it asks for.
screen() {
	TERM=${SCREEN_TERM:-xterm-256color} "$screen_program"
}

# same_screen NAME <<'EOT' ... EOT: plays a script, which must print what is in tui/expected/NAME.
# GENERATE=1 writes that file instead: read the difference before it is committed.
same_screen() {
	screen >"$test_root/actual"
	if test -n "${GENERATE:-}"; then
		mkdir -p "$top_srcdir/tests/tui/expected"
		cp "$test_root/actual" "$top_srcdir/tests/tui/expected/$1"
	else
		diff -u "$top_srcdir/tests/tui/expected/$1" "$test_root/actual"
	fi
}

# ---- a repository that is the same everywhere, hashes included ----

# fixed_commit SECONDS AUTHOR MESSAGE: of the index, at that time (since 2026-11-01 00:00 UTC).
fixed_commit() {
	fixed_time "$1" 0
	GIT_AUTHOR_NAME=$2 GIT_AUTHOR_EMAIL=author@example.com git commit -q --allow-empty -m "$3"
}

# fixed_time START DURATION: for the next object that git makes.
fixed_time() {
	GIT_AUTHOR_DATE="$((1793491200 + $1)) +0000"
	GIT_COMMITTER_DATE="$((1793491200 + $1 + $2)) +0000"
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
}

# store_run REV SECONDS STATUS REASON DURATION FOLDER [BRANCH]: a run as git-jci stores it, whose
# artifacts are the files of the folder, begun SECONDS after 2026-11-01 00:00 UTC. Prints its id.
store_run() {
	run_commit=$(git rev-parse --verify "$1^{commit}")
	run_start=$((1793491200 + $2))
	run_id=$run_start-$(printf %04x $(($2 % 65536)))
	run_exit=0
	test "$3" = ok || run_exit=1
	printf %s "$3" >"$6/status.txt"
	touch "$6/run.output.txt"
	mkdir -p "$6/.jci"
	run_json "$2" "$3" "$4" "$5" "${7:-main}" "$6/run.output.txt" >"$6/.jci/run.json"
	rm -f "$test_root/index"
	run_git_dir=$(git rev-parse --absolute-git-dir)
	GIT_INDEX_FILE=$test_root/index git --git-dir="$run_git_dir" --work-tree="$6" -C "$6" add -A -f .
	run_tree=$(GIT_INDEX_FILE=$test_root/index git write-tree)
	fixed_time "$2" "$5"
	run_message "$3" "$4" "$5" "${7:-main}" >"$test_root/message"
	git update-ref "refs/jci-runs/$run_commit/$run_id" \
		"$(git commit-tree "$run_tree" <"$test_root/message")"
	echo "$run_id"
}

run_message() {
	cat <<-EOT
	CI results for $(echo "$run_commit" | cut -c1-12) (run $run_id)

	Jci-Commit: $run_commit
	Jci-Status: $1
	Jci-Reason: $2
	Jci-Exit: $run_exit
	Jci-Start: $run_start.000000
	Jci-Duration: $3.000000
	Jci-Branch: $4
	Jci-Trigger: manual
	Jci-Host: host
	EOT
}

run_json() {
	cat <<-EOT
	{
		"format": 1,
		"commit": "$run_commit",
		"runId": "$run_id",
		"tree": "$(git rev-parse "$run_commit^{tree}")",
		"branch": "$5",
		"dirty": false,
		"status": "$2",
		"reason": "$3",
		"exitStatus": $run_exit,
		"signal": null,
		"start": "$(date -u -d "@$run_start" +%Y-%m-%dT%H:%M:%S).000000Z",
		"end": "$(date -u -d "@$((run_start + $4))" +%Y-%m-%dT%H:%M:%S).000000Z",
		"duration": $4.000000,
		"timeout": null,
		"trigger": "manual",
		"host": "host",
		"program": "git-jci",
		"logBytes": $(wc -c <"$6"),
		"logLines": $(wc -l <"$6"),
		"leftOut": []
	}
	EOT
}

# browser_repo: goes into a new repository `project`: 12 commits of three authors on main, a merged
# branch, branches next and topic, tags v1.0 and v1.1; seven runs of four commits: green and red
# ones, one that timed out, one of the Go program. Dates are written out (jci.dates=iso).
browser_repo() {
	test -d "$test_root/project" || (
		set -e
		browser_history
		browser_runs
	) || return
	cp -R "$test_root/project" project
	cd project
}

browser_history() {
	git init -q -b main "$test_root/project"
	cd "$test_root/project"
	git config user.name 'A U Thor'
	git config user.email author@example.com
	git config gc.auto 0
	git config jci.dates iso
	mkdir .jci
	printf '#!/bin/sh\nmake check\n' >.jci/run.sh
	chmod +x .jci/run.sh
	echo project >README
	git add .
	fixed_commit 100000 'Ada Lovelace' 'Begin the project'
	fixed_commit 110000 'Ada Lovelace' 'Parse numbers'
	fixed_commit 120000 'Grace Hopper' 'Compile the parser'
	fixed_commit 130000 'Grace Hopper' 'Say where a number is wrong'
	git tag v1.0
	git checkout -q -b topic
	fixed_commit 140000 'Zoë Łukasiewicz' 'Añade notación polaca ⚙ 日本語'
	fixed_commit 150000 'Zoë Łukasiewicz' 'Test the notation'
	git checkout -q main
	fixed_commit 160000 'Ada Lovelace' 'Keep more digits'
	fixed_time 170000 0
	GIT_AUTHOR_NAME='Grace Hopper' git merge -q --no-ff -m "Merge branch 'topic'" topic
	fixed_commit 180000 'Ada Lovelace' 'Print results in a table whose title is so long that no pane of any terminal shows all of it at once'
	fixed_commit 190000 'Grace Hopper' 'Fix the width of columns'
	git -c tag.gpgSign=false tag -a -m 'version 1.1' v1.1
	fixed_commit 200000 'Ada Lovelace' 'Work without a terminal'
	git branch next
	fixed_commit 210000 'Ada Lovelace' 'Take colours from the configuration'
}

browser_runs() {
	mkdir "$test_root/out"
	browser_artifacts "$test_root/out"
	store_run HEAD 211000 err failed 62 "$test_root/out"
	store_run HEAD 212000 ok passed 61 "$test_root/out"
	store_run HEAD~1 201000 ok passed 59 "$test_root/out" next
	store_run v1.1 191000 err timeout 600 "$test_root/out"
	store_run v1.1 192000 ok passed 58 "$test_root/out"
	store_run v1.0 131000 ok passed 7 "$test_root/out"
	rm -r "$test_root/out/.jci"
	fixed_time 132000 9
	rm -f "$test_root/index"
	GIT_INDEX_FILE=$test_root/index git --git-dir="$PWD/.git" --work-tree="$test_root/out" \
		-C "$test_root/out" add -A -f .
	tree=$(GIT_INDEX_FILE=$test_root/index git write-tree)
	git update-ref "refs/jci-runs/$(git rev-parse v1.0)/1793623200-beef" \
		"$(git commit-tree -m 'CI results' "$tree")"
} >/dev/null

# Artifacts: a log with groups, colours and errors, folders, a binary, and results of tests.
browser_artifacts() {
	mkdir -p "$1/report/html" "$1/bin"
	{
		echo '::group::configure'
		echo 'checking for a C compiler... yes'
		printf 'checking for curses... \033[32myes\033[m\n'
		echo '::endgroup::'
		echo '::group::make'
		i=1
		while test $i -le 60; do
			echo "cc -c file$i.c"
			i=$((i + 1))
		done
		printf 'file60.c:7:3: \033[1;31merror:\033[m expected expression\n'
		echo '::endgroup::'
		echo 'make: *** [file60.o] Error 1'
	} >"$1/run.output.txt"
	echo '<p>a page</p>' >"$1/report/html/index.html"
	echo 'lines 97 %' >"$1/report/coverage.txt"
	printf '\177ELF\002\001\001\000\000binary' >"$1/bin/program"
	echo 'a name of others' >"$1/$(printf 'na\303\257ve \033[31m name')"
	cat >"$1/results.xml" <<-'EOT'
	<testsuite name="parser" tests="2" failures="1">
	<testcase classname="parser" name="numbers" time="0.01"/>
	<testcase classname="parser" name="notation" time="0.02"><failure message="got 3, not 4">parser.c:12</failure></testcase>
	</testsuite>
	EOT
	printf 'ok 1 - digits\nnot ok 2 - width\n1..2\n' >"$1/tests.tap"
}
