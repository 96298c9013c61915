#!/bin/sh
# Packs the site; on main it publishes it, and tells a chat. What it needs for that are secrets, which are
# in the repository encrypted (.jci/secrets), and here in a variable, never in a file, an argument, the
# environment or the log.

set -eu
cd "$JCI_REPO_ROOT"

# secret NAME: its value.
secret() {
	printf '%s\n' "$secrets" | sed -n "s/^$1=//p"
}

# publish FILE: curl reads the token from its standard input, so that no list of processes shows it.
publish() {
	printf 'header = "Authorization: Bearer %s"\n' "$(secret UPLOAD_TOKEN)" |
		curl -K - -sS --fail -o /dev/null --upload-file "$1" "$(secret UPLOAD_URL)/${1##*/}"
}

# tell TEXT
tell() {
	printf 'url = "%s/bot%s/sendMessage"\n' "$(secret TELEGRAM_API)" "$(secret TELEGRAM_TOKEN)" |
		curl -K - -sS --fail -o /dev/null --data-urlencode "chat_id=$(secret TELEGRAM_CHAT)" \
			--data-urlencode "text=$1" || echo 'warning: the message was not sent'
}

echo '--- pack'
tar -czf "$JCI_OUTPUT_DIR/site.tar.gz" -C site .

if test "$JCI_BRANCH" != main; then
	echo "published from main only, not from '$JCI_BRANCH'"
	exit 0
fi

echo '--- secrets'
secrets=$(.jci/secrets)
echo "$(printf '%s\n' "$secrets" | grep -c =) of them"

echo '--- publish'
if publish "$JCI_OUTPUT_DIR/site.tar.gz"; then
	tell "published: $(git log -1 --format='%h %s' "$JCI_COMMIT")"
else
	echo 'error: it was not published'
	tell "NOT published: $(git log -1 --format='%h %s' "$JCI_COMMIT"), see git jci cat $JCI_RUN_ID"
	exit 1
fi
