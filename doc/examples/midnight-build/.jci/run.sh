#!/bin/sh
# Builds and tests. When cron started it, it also packs the result, and tells a chat how it went.

set -eu
cd "$JCI_REPO_ROOT"

# step TITLE: what is done from here on.
step() {
	step=$1
	echo "--- $step"
}

# The last thing that a nightly build does, however it ends. If no message can be sent, so be it.
tell() {
	result=$?
	test "$JCI_TRIGGER" = cron || exit "$result"
	verdict=passed
	test "$result" -eq 0 || verdict="FAILED in step '$step'"
	step message
	.jci/telegram "$(project): nightly build $verdict
$(git log -1 --format='%h %s')
git jci cat $JCI_RUN_ID" || echo 'warning: the message was not sent'
	exit "$result"
}

# project: the name of the repository's folder, also where this is a temporary work tree of it.
project() {
	basename "$(git rev-parse --path-format=absolute --git-common-dir | sed 's,/\.git$,,')"
}

step=start
trap tell EXIT
trap 'exit 1' HUP INT TERM

step build
make

step test
make check

if test "$JCI_TRIGGER" = cron; then
	step package
	make dist
	mv hello.tar.gz "$JCI_OUTPUT_DIR"
fi
