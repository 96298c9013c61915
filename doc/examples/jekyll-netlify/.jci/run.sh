#!/bin/sh
# Builds a site by Jekyll. What is green on main is published by Netlify, where there are settings for
# that (README).

set -eu

settings=${NETLIFY_SETTINGS:-${XDG_CONFIG_HOME:-$HOME/.config}/jci/netlify}
out=$JCI_OUTPUT_DIR

# setting NAME
setting() {
	sed -n "s/^$1=//p" "$settings"
}

# api PATH [CURL-OPTION...]: prints the answer. The token is in no argument, where all could see it.
api() {
	path=$1
	shift
	printf 'Authorization: Bearer %s\n' "$(setting token)" |
		curl -sS --fail-with-body --max-time 300 -H @- "$@" "$(setting api)/api/v1/$path"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo '--- build'
# Of the commit and not of the work tree: drafts that aren't committed must not be published.
mkdir "$work/source"
git -C "$JCI_REPO_ROOT" archive "$JCI_COMMIT" | tar -x -C "$work/source"
JEKYLL_ENV=production LC_ALL=C.UTF-8 jekyll build --strict_front_matter --disable-disk-cache \
	--source "$work/source" --destination "$out/site"

if test "$JCI_BRANCH" != main || test ! -r "$settings"; then
	echo "--- not published: branch '$JCI_BRANCH', settings '$settings'"
	exit
fi

echo '--- publish'
(cd "$out/site" && zip -q -r -X "$work/site.zip" .)
api "sites/$(setting site)/deploys?title=$JCI_COMMIT" -H 'Content-Type: application/zip' \
	--data-binary "@$work/site.zip" >"$out/deploy.json"
id=$(jq -r .id "$out/deploy.json")

# Netlify unpacks it; then all pages change at once.
tries=0
while state=$(jq -r .state "$out/deploy.json") && test "$state" != ready; do
	echo "$state"
	tries=$((tries + 1))
	if test "$state" = error || test "$tries" -gt 60; then
		echo "error: not published: $(jq -r .error_message "$out/deploy.json")"
		exit 1
	fi
	sleep 2
	api "deploys/$id" >"$out/deploy.json"
done
echo "published at $(jq -r .ssl_url "$out/deploy.json")"
