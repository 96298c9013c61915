#!/bin/sh
# The example dependency-updates, by go with modules in a folder and by npm with a stand-in of its registry.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs python3

# remote: origin, with all of main.
remote() {
	git init -q --bare "$TRASH/remote.git"
	git remote add origin "$TRASH/remote.git"
	git push -q -u origin main
}

# go_module VERSION RESULT: makes example.com/words of that version known; its Count() is RESULT.
go_module() {
	python3 - "$TRASH/proxy/example.com/words/@v" "$1" "$2" <<'PY'
import pathlib, sys, zipfile
folder, version, result = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
folder.mkdir(parents=True, exist_ok=True)
module = 'module example.com/words\n'
source = f'package words\n\nfunc Count() int {{ return {result} }}\n'
with (folder / 'list').open('a') as file:
    file.write(version + '\n')
(folder / f'{version}.info').write_text(f'{{"Version": "{version}"}}')
(folder / f'{version}.mod').write_text(module)
with zipfile.ZipFile(folder / f'{version}.zip', 'w') as archive:
    archive.writestr(f'example.com/words@{version}/go.mod', module)
    archive.writestr(f'example.com/words@{version}/words.go', source)
PY
}

# go_project: requires example.com/words 1.0.0, whose Count() it wants to be 1.
go_project() {
	needs go
	export GOPROXY="file://$TRASH/proxy" GOSUMDB=off GOFLAGS=-modcacherw GOTOOLCHAIN=local \
		GOMODCACHE="$TRASH/modules" GOCACHE="$test_root/go-cache"
	go_module v1.0.0 1
	example dependency-updates
	git rm -q -r package.json '*.js'
	cat >words_test.go <<'GO'
package main

import (
	"testing"

	"example.com/words"
)

func TestCount(t *testing.T) {
	if words.Count() != 1 {
		t.Fatal(words.Count())
	}
}
GO
	printf 'package main\n\nfunc main() {}\n' >main.go
	printf 'module example.com/project\n\ngo 1.19\n\nrequire example.com/words v1.0.0\n' >go.mod
	go mod tidy
	commit 'a project'
	remote
}

it 'a new version is pushed if the tests pass, once' <<'EOT'
go_project
git jci run --trigger cron main
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" 'everything is up to date'
go_module v1.1.0 1
git jci run --trigger cron main
git jci cat latest update.patch >"$TRASH/patch"
contains "$TRASH/patch" '+require example.com/words v1.1.0'
same "$(git rev-parse main)" "$(git -C "$TRASH/remote.git" rev-parse updates^)"
git -C "$TRASH/remote.git" log -1 --format=%B updates >"$TRASH/message"
contains "$TRASH/message" 'update dependencies'
contains "$TRASH/message" '+require example.com/words v1.1.0'
update=$(git -C "$TRASH/remote.git" rev-parse updates)
git jci run --trigger cron main
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" "it is in 'updates' already"
same "$update" "$(git -C "$TRASH/remote.git" rev-parse updates)"
git fetch -q
git jci run origin/updates
same 1 "$(git worktree list | wc -l)"
same '' "$(git status --porcelain)"
EOT

it 'one that the tests do not pass with is not pushed' <<'EOT'
go_project
go_module v1.1.0 2
expect_exit 1 git jci run --trigger cron main
git jci cat latest update.patch >"$TRASH/patch"
contains "$TRASH/patch" v1.1.0
same main "$(git -C "$TRASH/remote.git" for-each-ref --format='%(refname:short)' refs/heads)"
git jci run main
EOT

# npm_package VERSION...: the stand-in has these versions of the package words.
npm_package() {
	for version; do
		mkdir -p "$TRASH/package"
		printf '{"name": "words", "version": "%s"}\n' "$version" >"$TRASH/package/package.json"
		echo 'exports.count = 1;' >"$TRASH/package/index.js"
		tar -C "$TRASH" -czf "$TRASH/words-$version.tgz" package
		answer GET "/words/-/words-$version.tgz" <"$TRASH/words-$version.tgz"
	done
	python3 - "$stand_in_url" "$TRASH" "$@" <<'PY' | answer GET /words/
import base64, hashlib, json, sys
url, folder, *versions = sys.argv[1:]
def version(number):
    with open(f'{folder}/words-{number}.tgz', 'rb') as file:
        digest = base64.b64encode(hashlib.sha512(file.read()).digest()).decode()
    return {'name': 'words', 'version': number, 'dist': {
        'tarball': f'{url}/words/-/words-{number}.tgz', 'integrity': f'sha512-{digest}'}}
print(json.dumps({'name': 'words', 'dist-tags': {'latest': versions[-1]},
                  'versions': {number: version(number) for number in versions}}))
PY
}

it 'so it is with npm' <<'EOT'
needs npm
stand_in
export npm_config_registry="$stand_in_url" npm_config_cache="$TRASH/npm" npm_config_update_notifier=false
npm_package 1.0.0
example dependency-updates
sed -i 's/"dependencies": {}/"dependencies": { "words": "^1.0.0" }/' package.json
echo "assert.equal(require('words').count, 1);" >>greeting.test.js
npm install --no-audit --no-fund
commit 'a project'
remote
git jci run main
npm_package 1.0.0 1.1.0
git jci run --trigger cron main
git -C "$TRASH/remote.git" show updates:package.json >"$TRASH/package.json"
contains "$TRASH/package.json" '"words": "^1.1.0"'
git -C "$TRASH/remote.git" show updates:package-lock.json >"$TRASH/package-lock.json"
contains "$TRASH/package-lock.json" 'words-1.1.0.tgz'
same '' "$(git status --porcelain)"
EOT

finish
