#!/bin/sh
# The example midnight-build: its message goes to a stand-in of Telegram.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs curl make python3

# telegram: a chat that messages can be sent to.
telegram() {
	stand_in
	mkdir -p "$TRASH/settings/jci"
	export XDG_CONFIG_HOME="$TRASH/settings"
	printf 'api=%s\ntoken=12:s3cret\nchat=-100\n' "$stand_in_url" >"$TRASH/settings/jci/telegram"
}

# message N: the text of the Nth request, and to which chat.
message() {
	python3 -c 'import sys, urllib.parse
form = urllib.parse.parse_qs(sys.stdin.read())
print(form["chat_id"][0], form["text"][0])' <"$stand_in/$1.body"
}

it 'the line that cron gets builds main, packs it, and sends a message' <<'EOT'
telegram
example midnight-build
git config jci.cronWorktree true
git jci cron sync -n >"$TRASH/lines"
contains "$TRASH/lines" '[nightly]'
sed -n 's/^+ 0 0 \* \* \* //p' "$TRASH/lines" >"$TRASH/line"
sh "$TRASH/line"
same 'POST /bot12:s3cret/sendMessage' "$(requests)"
message 1 >"$TRASH/message"
contains "$TRASH/message" '-100 '
contains "$TRASH/message" 'my midnight-build: nightly build passed'
contains "$TRASH/message" "$(git log -1 --format='%h %s')"
contains "$TRASH/message" "git jci cat $(the_ref | sed 's,.*/,,')"
git cat-file blob "$(the_ref):hello.tar.gz" | tar -tzf - >"$TRASH/files"
contains "$TRASH/files" hello
the_file run.output.txt >"$TRASH/log"
lacks "$TRASH/log" s3cret
lacks "$TRASH/log" warning
same '' "$(git status --porcelain)"
EOT

it 'a red build tells which step failed' <<'EOT'
telegram
example midnight-build
sed -i 's/Hello/Hallo/' hello.in
commit 'in German'
expect_exit 1 git jci run -q --trigger cron HEAD
message 1 >"$TRASH/message"
contains "$TRASH/message" "nightly build FAILED in step 'test'"
EOT

it 'other runs send nothing' <<'EOT'
telegram
example midnight-build
git jci run
same '' "$(requests)"
same '' "$(git jci show -z | tr '\0' '\n' | grep tar || :)"
EOT

it 'a message that is refused changes nothing but the log, which has no token' <<'EOT'
telegram
example midnight-build
printf 'HTTP 401\n\nno' | answer POST /bot12:s3cret/sendMessage
git jci run --trigger cron
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" 'warning: the message was not sent'
contains "$TRASH/log" 401
lacks "$TRASH/log" s3cret
rm "$TRASH/settings/jci/telegram"
git jci run --trigger cron
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" "there is no '$TRASH/settings/jci/telegram'"
EOT

finish
