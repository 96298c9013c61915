#!/bin/sh
# CI of this app.

set -eu
cp index.html "$JCI_OUTPUT_DIR"
grep -q '<title>' "$JCI_OUTPUT_DIR/index.html"
