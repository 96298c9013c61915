#!/bin/sh
# Runs .jci/checks. If they fail, the author of the commit gets a mail with the end of what they printed;
# whoever starts a run by hand sees that anyway.

set -eu
cd "$JCI_REPO_ROOT"
status=0

{
	.jci/checks 2>&1 || echo "$?" >"$JCI_OUTPUT_DIR/failed"
} | tee "$JCI_OUTPUT_DIR/checks.log"

if test -e "$JCI_OUTPUT_DIR/failed"; then
	read -r status <"$JCI_OUTPUT_DIR/failed"
	rm "$JCI_OUTPUT_DIR/failed"
	test "$JCI_TRIGGER" = manual || {
		echo '--- mail'
		.jci/mail <"$JCI_OUTPUT_DIR/checks.log" || echo 'warning: the mail was not sent'
	}
fi
exit "$status"
