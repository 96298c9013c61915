#!/bin/sh
# CI of this app: it starts in the app's folder, and leaves artifacts in $JCI_OUTPUT_DIR as any run does.

set -eu
./api.sh Ada | tee "$JCI_OUTPUT_DIR/answer.json"
grep -qx '{"text": "Hello, Ada!"}' "$JCI_OUTPUT_DIR/answer.json"
