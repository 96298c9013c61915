# Sourced at the top of every tests/t*.sh; see README in this folder for how to write one.
# shellcheck shell=sh

if test -z "${top_builddir:-}"; then # started by hand, not by make
	top_srcdir=$(cd "$(dirname "$0")/.." && pwd) || exit 99
	top_builddir=$PWD
	test -e "$top_builddir/config.h" || top_builddir=$top_srcdir/build
	. "$top_srcdir/tests/environment.sh"
fi

test_count=0
test_failures=0
test_root=$(mktemp -d "${TMPDIR:-/tmp}/jci-test.XXXXXX") || exit 99
test_root=$(cd "$test_root" && pwd -P) || exit 99
trap test_exit EXIT
trap 'exit 99' HUP INT TERM

# ---- cases ----

# it TITLE <<'EOT' ... EOT: runs the body in a new folder $TRASH, in a subshell with set -e; the
# case fails at the first command that fails. A failure shows the body up to there, with its output.
it() {
	test_count=$((test_count + 1))
	TRASH=$test_root/$test_count
	cat >"$test_root/body"
	: >"$test_root/at_end"
	: >"$test_root/notes"
	rm -f "$test_root/skip"
	mkdir "$TRASH"
	(
		trap - HUP INT TERM
		trap test_leave EXIT
		cd "$TRASH" || exit
		exec </dev/null
		set -ev
		. "$test_root/body"
	) >"$test_root/output" 2>&1
	test_result $? "$1"
}

# What at_end was told, then an end to processes in the background that are still there.
test_leave() {
	test_status=$?
	set +ev
	. "$test_root/at_end"
	jobs -p >"$test_root/jobs"
	while read -r test_job; do
		kill "$test_job" 2>/dev/null
	done <"$test_root/jobs"
	exit "$test_status"
}

test_result() {
	if test -e "$test_root/skip"; then
		echo "ok $test_count - $2 # SKIP $(cat "$test_root/skip")"
	elif test "$1" -eq 0; then
		echo "ok $test_count - $2"
	else
		test_failures=$((test_failures + 1))
		echo "not ok $test_count - $2"
		sed -e '/^test_leave$/d' -e 's/^/#   /' "$test_root/output"
		sed 's/^/# /' "$test_root/notes"
		echo "# ended with status $1"
	fi
}

# skip WHY: ends this case, which is counted as skipped.
skip() {
	echo "$1" >"$test_root/skip"
	exit 0
}

# skip_all WHY: ends the script; before its first case.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# at_end COMMAND: run when this case ends, however it ends; the last one given comes first.
at_end() {
	{
		echo "$1"
		cat "$test_root/at_end"
	} >"$test_root/at_end.new"
	mv "$test_root/at_end.new" "$test_root/at_end"
}

# at_exit COMMAND: run when the script ends, however it ends; the last one given comes first.
at_exit() {
	test_at_exit="$1
${test_at_exit:-}"
}

test_exit() {
	eval "${test_at_exit:-}"
	chmod -R u+rwX "$test_root" 2>/dev/null
	rm -rf "$test_root"
}

# finish: the last line of every script.
finish() {
	echo "1..$test_count"
	test "$test_failures" -eq 0 || echo "# $test_failures of $test_count failed"
	exit 0
}

# built_with NAME: is it defined in this build's config.h (JCI_ASAN, JCI_FAULT_INJECTION, ...)?
built_with() {
	grep -q "^#define $1 1" "$top_builddir/config.h"
}

# ---- expectations ----

# same EXPECTED ACTUAL: two texts.
same() {
	test "$1" != "$2" || return 0
	printf '%s\n' "$1" >"$test_root/expected"
	printf '%s\n' "$2" >"$test_root/actual"
	diff -u -L expected -L actual "$test_root/expected" "$test_root/actual"
}

# contains FILE TEXT and lacks FILE TEXT: a fixed text within one line of a file.
contains() {
	test_has "$1" "$2" || {
		printf "'%s' is not in %s, which holds:\n" "$2" "$1"
		cat "$1"
		return 1
	}
}

lacks() {
	if test_has "$1" "$2"; then
		printf "'%s' is in %s, which holds:\n" "$2" "$1"
		cat "$1"
		return 1
	fi
}

test_has() {
	test -f "$1" && grep -qF -e "$2" "$1"
}

# For the log of a failed case, even where the output of the command goes elsewhere.
test_note() {
	echo "$1" >>"$test_root/notes"
}

# expect_exit STATUS COMMAND...: runs it.
expect_exit() {
	test_expected=$1
	shift
	test_actual=0
	"$@" || test_actual=$?
	test "$test_actual" -eq "$test_expected" || {
		test_note "exit status $test_actual, not $test_expected: $*"
		return 1
	}
}

# wait_for CONDITION [SECONDS]: until the shell command CONDITION succeeds; fails after SECONDS
# (default 180). The only place in all tests that may sleep: shortly at first, then longer, because
# many conditions start processes, which what is waited for could use better.
wait_for() {
	test_deadline=$(($(date +%s) + ${2:-180}))
	test_pause=0.05 test_tries=0
	set +v
	until eval "$1"; do
		test "$(date +%s)" -lt "$test_deadline" || {
			test_note "gave up after ${2:-180} s: $1"
			return 1
		}
		test_tries=$((test_tries + 1))
		test "$test_tries" -lt 10 || test_pause=0.25
		sleep "$test_pause"
	done
	set -v
}

# ---- another user ----

# give_away: where root runs the tests, makes all of $TRASH another user's, with a home and a program
# that he can reach; as_user COMMAND... is then run by him. Anyone else stays who he is.
give_away() {
	test "$(id -u)" -eq 0 || return 0
	command -v setpriv >/dev/null || skip 'there is no setpriv'
	mkdir "$TRASH/home"
	cp "$(command -v git-jci)" "$top_srcdir/tests/lsan.supp" "$TRASH/home"
	chmod 755 "$test_root" "$TRASH"
	chown -R 65534:65534 "$TRASH"
	as_user git jci version || skip 'another user can not use the temporary folder'
}

as_user() {
	test "$(id -u)" -eq 0 || {
		"$@"
		return
	}
	HOME=$TRASH/home PATH=$TRASH/home:$PATH \
		LSAN_OPTIONS=exitcode=99:print_suppressions=0:suppressions=$TRASH/home/lsan.supp \
		setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

# ---- repositories ----

# new_repo NAME <<'EOT' ... EOT: makes one with one commit and goes into it. The input becomes
# .jci/run.sh (with "#!/bin/sh" put before it if it has no such line); no input: no .jci/run.sh.
new_repo() {
	git init -q -b main "$1"
	cd "$1"
	git config user.name 'A U Thor'
	git config user.email author@example.com
	git config gc.auto 0
	echo "$1" >README
	run_script
	commit 'first commit'
}

# run_script <<'EOT' ... EOT: replaces .jci/run.sh in the work tree.
run_script() {
	cat >"$test_root/script"
	test -s "$test_root/script" || return 0
	mkdir -p .jci
	{
		head -n 1 "$test_root/script" | grep -q '^#!' || echo '#!/bin/sh'
		cat "$test_root/script"
	} >.jci/run.sh
	chmod +x .jci/run.sh
}

# commit MESSAGE: of everything in the work tree.
commit() {
	git add -A
	git commit -q --allow-empty -m "$1"
}

# runs [REPO]: the refs of its stored runs, a line each.
runs() {
	git -C "${1:-.}" for-each-ref --format='%(refname)' refs/jci-runs
}

# Of the one run that is stored here: its ref, its record without tabs, a file of it.
the_ref() {
	same 1 "$(runs | wc -l)"
	runs
}

the_record() {
	git cat-file blob "$(the_ref):.jci/run.json" | tr -d '\t'
}

the_file() {
	git cat-file blob "$(the_ref):$1"
}
