#!/bin/sh
# Whatever your project checks; here, that shell scripts can be parsed.

set -eu

cd "$JCI_REPO_ROOT"
git ls-files -z -- '*.sh' .jci/land | xargs -0 -n 1 sh -n
