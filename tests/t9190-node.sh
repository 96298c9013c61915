#!/bin/sh
# The example node, offline.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs node npm
node -e 'require("node:test/reporters").tap' 2>/dev/null || skip_all 'this Node.js has no reporters of tests'

export npm_config_offline=true npm_config_cache="$test_root/npm" npm_config_update_notifier=false

# results: what machines get of the tests, by this version of Node.js.
results() {
	git jci cat latest junit.xml 2>/dev/null || git jci cat latest tests.tap
}

it 'installs, lints and tests' <<'EOT'
example node
mkdir padding
echo '{"name": "padding", "version": "1.0.0"}' >padding/package.json
echo 'module.exports = (text) => text.padEnd(8);' >padding/index.js
sed -i 's/"version": "1.0.0",/&\n"dependencies": {"padding": "file:padding"},/' package.json
cat >package-lock.json <<'JSON'
{"name": "slug", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
	"": {"name": "slug", "version": "1.0.0", "dependencies": {"padding": "file:padding"}},
	"node_modules/padding": {"resolved": "padding", "link": true},
	"padding": {"version": "1.0.0"}}}
JSON
cat >test/padding.test.js <<'JS'
import test from 'node:test';
test('the dependency is there', () => import('padding'));
JS
commit 'a dependency'
git jci run HEAD
results >"$TRASH/results"
for name in 'words are joined by dashes' 'accents are dropped' 'the dependency is there'; do
	contains "$TRASH/results" "$name"
done
git jci show -z | tr '\0' '\n' >"$TRASH/files"
! grep -qx lcov.info "$TRASH/files" || git jci cat latest lcov.info | grep 'SF:slug.js'
EOT

it 'tests also if the lint fails, and is red' <<'EOT'
example node
echo 'this is no JavaScript' >bad.js
commit 'no JavaScript'
expect_exit 1 git jci run -q HEAD
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" "error: 'npm run lint' failed"
results >"$TRASH/results"
contains "$TRASH/results" 'accents are dropped'
EOT

it 'a failed test is told' <<'EOT'
example node
sed -i "/normalize/d" slug.js
expect_exit 1 git jci run -q
results | grep -E '<failure|^ *not ok .* accents are dropped'
git jci cat latest | grep "error: 'npm test"
EOT

finish
