#!/bin/sh
# Lets each fixer in .jci/fix.d go over a copy of the files. What they change is wrong: the run is red, and
# what they changed is an artifact, fix.patch. The work tree itself is left alone.

set -eu
cd "$JCI_REPO_ROOT"
patch=$JCI_OUTPUT_DIR/fix.patch
work=$(mktemp -d)
trap 'git worktree remove --force "$work/tree" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The commit, or what the work tree has made of it.
state=$(git -c user.name=CI -c user.email=ci@localhost stash create)
git worktree add -q --detach "$work/tree" "${state:-$JCI_COMMIT}"

failed=0
cd "$work/tree"
for fixer in .jci/fix.d/*; do
	echo "--- ${fixer##*/}"
	"$fixer" || {
		echo "error: ${fixer##*/} ended with status $?"
		failed=1
	}
done
git add -A
git diff --cached --binary HEAD >"$patch"

if test -s "$patch"; then
	echo '--- what is to be changed'
	cat "$patch"
	echo "error: files are not as they should be; mend them with:"
	echo "    git jci cat $JCI_RUN_ID fix.patch | git apply"
	exit 1
fi
rm "$patch"
exit "$failed"
