#!/bin/sh
# Runs in a container of Docker: nothing is there but what the image has, and git-jci.

set -eu

echo "--- where: $(uname -sm), branch $JCI_BRANCH, started by $JCI_TRIGGER"
cd "$JCI_REPO_ROOT"

echo '--- test'
sh ./greet world | tee "$JCI_OUTPUT_DIR/greeting.txt"
test "$(cat "$JCI_OUTPUT_DIR/greeting.txt")" = 'Hello, world!'
