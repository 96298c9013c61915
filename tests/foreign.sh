# Sourced behind lib.sh by tests that need runs of the Go program.
# shellcheck shell=sh

# output STATUS <<'LOG' ... LOG: run.output.txt as the Go program writes it around the script's output.
output() {
	echo '=== JCI Run Output ==='
	echo "Commit: $(git rev-parse HEAD)"
	echo 'Started: 2023-11-14T22:13:20Z'
	echo '======================'
	echo
	cat
	echo
	echo '======================'
	echo 'Finished: 2023-11-14T22:13:25Z'
	echo 'Duration: 5.123456789s'
	case $1 in
	ok) echo 'Exit: SUCCESS' ;;
	*) echo 'Exit: FAILED - exit status 1' ;;
	esac
}

# blob: writes its input as one and prints its name.
blob() {
	git hash-object -w --stdin
}

# go_run ID STATUS [ENTRY...] <<'LOG' ... LOG: stores a run of HEAD as the Go program does; an ENTRY is
# a line of git-mktree's input.
go_run() {
	id=$1
	status=$2
	shift 2
	commit=$(git rev-parse HEAD)
	{
		printf '100644 blob %s\tindex.html\n' "$(echo "<html>$id" | blob)"
		printf '100644 blob %s\trun.output.txt\n' "$(output "$status" | blob)"
		printf '100644 blob %s\tstatus.txt\n' "$(printf %s "$status" | blob)"
		test $# -eq 0 || printf '%s\n' "$@"
	} >"$test_root/entries"
	message="CI results for $(echo "$commit" | cut -c 1-12) (run $id)"
	result=$(GIT_COMMITTER_DATE="$((${id%-*} + 5)) +0000" \
		git commit-tree -m "$message" "$(git mktree <"$test_root/entries")")
	git update-ref "refs/jci-runs/$commit/$id" "$result"
}
