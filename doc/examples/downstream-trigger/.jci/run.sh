#!/bin/sh
# Tests the library; when that is green, moves the repositories that use it to this commit.

set -eu

echo '--- test'
"$JCI_REPO_ROOT/greet" Ada | tee greeting.txt
test "$(cat greeting.txt)" = 'Hello, Ada!'

"$JCI_REPO_ROOT/.jci/trigger-downstream"
