#!/bin/sh
# Builds with what a green run of upstream has left: that of $UPSTREAM_COMMIT, which .jci/upstream
# sets, else the one that was used last.

set -eu

mirror=$(git -C "$JCI_REPO_ROOT" rev-parse --path-format=absolute --git-common-dir)/upstream.git
commit=${UPSTREAM_COMMIT:-$(git -C "$mirror" rev-parse -q --verify refs/jci-seen 2>/dev/null)} || {
	echo 'error: nothing of upstream is here yet; call .jci/upstream first'
	exit 1
}
run=$(git -C "$mirror" jci log --status ok -n 1 -z "$commit" | cut -f 2)

echo "--- upstream $commit, run $run"
git -C "$mirror" log --no-walk --format='%h %s' "$commit" | tee upstream.txt
git -C "$mirror" jci cat "$run" words.txt >upstream-words.txt

echo '--- build'
sort -u upstream-words.txt "$JCI_REPO_ROOT/more-words.txt" >dictionary.txt
echo "$(wc -l <dictionary.txt) words"

echo '--- test'
grep -qx hello dictionary.txt
