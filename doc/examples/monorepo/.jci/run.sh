#!/bin/sh
# Runs apps/NAME/ci.sh of each app that has changed since the newest green ancestor. An app is its folder,
# and the paths that its file ci.paths names, a line each: libraries that it uses, for example.
# ALL=1 in the environment runs every one.

set -eu
cd "$JCI_REPO_ROOT"
out=$JCI_OUTPUT_DIR

# last_green: the newest commit, from this one back, whose newest run is green and was not dirty. All apps
# of it were: those that it did not run were green further back.
last_green() {
	git jci log --status ok -z "$JCI_COMMIT" | tr '\0' '\n' | cut -f 1 | uniq | while read -r commit; do
		! git jci verify -q "$commit" || {
			echo "$commit"
			break
		}
	done
}

# changed PATH...: since $base, in the work tree as it is.
changed() {
	! git diff --quiet "$base" -- "$@" || test -n "$(git ls-files -o --exclude-standard -- "$@")"
}

# app_changed APP
app_changed() {
	set -- "$1"
	if test -e "$1/ci.paths"; then
		while IFS= read -r path; do
			set -- "$@" "$path"
		done <"$1/ci.paths"
	fi
	changed "$@"
}

# run_app APP: its script starts in its folder, and has an output folder of its own.
run_app() (
	JCI_OUTPUT_DIR=$out/${1##*/}
	export JCI_OUTPUT_DIR
	mkdir "$JCI_OUTPUT_DIR"
	cd "$1"
	exec ./ci.sh
)

base=
test -n "${ALL:-}" || base=$(last_green)
if test -n "$base" && changed .jci; then
	base= # what CI does is another
fi
echo "changes since: ${base:-the beginning}"

failed=0
for app in apps/*; do
	if test -n "$base" && ! app_changed "$app"; then
		result=unchanged
	elif echo "--- $app" && run_app "$app"; then
		result=passed
	else
		result=failed failed=1
		echo "error: $app failed"
	fi
	printf '%-10s %s\n' "$result" "$app" >>"$out/apps.txt"
done

echo '--- apps'
cat "$out/apps.txt"
exit "$failed"
