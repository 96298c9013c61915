#!/bin/sh
# Builds a site by Docusaurus. What is green on main is published in a bucket of S3, where there are
# settings for that (README).

set -eu

bucket=s3://docs.example.com
settings=${S3_SETTINGS:-${XDG_CONFIG_HOME:-$HOME/.config}/jci/s3cfg}
out=$JCI_OUTPUT_DIR

# sync OPTION...: what is new or has changed.
sync() {
	s3cmd --config="$settings" sync --no-progress --no-preserve --no-mime-magic --guess-mime-type \
		"$@" "$out/site/" "$bucket/"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo '--- install'
# Of the commit and not of the work tree: drafts that aren't committed must not be published.
git -C "$JCI_REPO_ROOT" archive "$JCI_COMMIT" | tar -x -C "$work"
cd "$work"
npm ci --prefer-offline --no-audit --no-fund

echo '--- build'
npm run build -- --out-dir "$out/site"

if test "$JCI_BRANCH" != main || test ! -r "$settings"; then
	echo "--- not published: branch '$JCI_BRANCH', settings '$settings'"
	exit
fi

echo '--- publish'
# First what pages need, whose names change with what they hold; then the pages. Old assets stay, for
# who has an old page open.
sync --exclude='*' --include='assets/*' --add-header='Cache-Control: max-age=31536000, immutable'
sync --exclude='assets/*' --delete-removed --delete-after --add-header='Cache-Control: no-cache'
