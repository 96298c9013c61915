#!/bin/sh
# The example docusaurus-s3: npm and s3cmd as they are; a script in place of Docusaurus, which is hundreds
# of megabytes, and a stand-in of S3.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs node npm s3cmd python3

export npm_config_offline=true npm_config_cache="$test_root/npm" npm_config_update_notifier=false
PATH=$top_builddir:/usr/bin:$PATH # s3cmd's python3

# site: the example, with a package `docusaurus` in it whose command does as `docusaurus build`.
site() {
	example docusaurus-s3
	mkdir docusaurus
	cat >docusaurus/package.json <<-'JSON'
	{"name": "docusaurus", "version": "3.0.0", "bin": "cli.js"}
	JSON
	cat >docusaurus/cli.js <<-'JS'
	#!/usr/bin/env node
	const fs = require('fs');
	const [command, option, folder] = process.argv.slice(2);
	if (command !== 'build' || option !== '--out-dir') process.exit(1);
	fs.mkdirSync(`${folder}/assets`, { recursive: true });
	fs.writeFileSync(`${folder}/index.html`, fs.readFileSync('docs/intro.md'));
	fs.writeFileSync(`${folder}/assets/main.1f2e.js`, '// code');
	fs.writeFileSync(`${folder}/same.txt`, 'same');
	JS
	chmod +x docusaurus/cli.js
	sed -i '/"dependencies"/,/}/c "dependencies": {"docusaurus": "file:docusaurus"}' package.json
	cat >package-lock.json <<-'JSON'
	{"name": "handbook", "lockfileVersion": 3, "requires": true, "packages": {
		"": {"name": "handbook", "dependencies": {"docusaurus": "file:docusaurus"}},
		"docusaurus": {"version": "3.0.0", "bin": {"docusaurus": "cli.js"}},
		"node_modules/docusaurus": {"resolved": "docusaurus", "link": true}}}
	JSON
	commit 'a small docusaurus'
}

# s3: a bucket with a file that is the same, and one that is no more; and the settings.
s3() {
	stand_in
	export S3_SETTINGS="$TRASH/s3 settings"
	printf '%s\n' '[default]' 'access_key = AKIDEXAMPLE' 'secret_key = S3CR3T' 'use_https = False' \
		"host_base = ${stand_in_url#http://}" "host_bucket = ${stand_in_url#http://}" >"$S3_SETTINGS"
	answer GET /docs.example.com/ <<-XML
	<?xml version="1.0" encoding="UTF-8"?>
	<ListBucketResult><Name>docs.example.com</Name>
	<Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
	$(object same.txt same)
	$(object old.html '<p>old')
	$(object assets/main.0a1b.js '// old code')
	</ListBucketResult>
	XML
	printf 'HTTP 200\nETag: "0-1"\n\n' >"$stand_in/answers/otherwise"
}

# object NAME CONTENT
object() {
	printf '<Contents><Key>%s</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>' "$1"
	printf '<ETag>"%s"</ETag><Size>%s</Size></Contents>' \
		"$(printf %s "$2" | md5sum | cut -d ' ' -f 1)" "$(printf %s "$2" | wc -c)"
}

# recorded PATTERN: the file with the request whose first line matches.
recorded() {
	grep -l "^$1" "$stand_in"/[0-9]* | grep -v body
}

it 'installs by package-lock.json, and builds what is committed' <<'EOT'
site
echo draft >>docs/intro.md
git jci run
the_file site/index.html | diff - "$top_srcdir/doc/examples/docusaurus-s3/docs/intro.md"
git jci cat latest | grep 'not published'
same '' "$(ls -A "$TMPDIR")"
test ! -e node_modules
EOT

it 'publishes main: what has changed, pages last; what is no more is removed' <<'EOT'
site
s3
git jci run
requests | grep -v '^GET' >"$TRASH/sent"
same 'PUT /docs.example.com/assets/main.1f2e.js
PUT /docs.example.com/index.html
POST /docs.example.com/?delete' "$(cat "$TRASH/sent")"
contains "$(recorded 'PUT .*js')" 'cache-control: max-age=31536000, immutable'
contains "$(recorded 'PUT .*html')" 'cache-control: no-cache'
grep -qi '^content-type: text/html' "$(recorded 'PUT .*html')"
grep -qi '^authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/' "$(recorded 'PUT .*html')"
contains "$(recorded POST)" '<Key>old.html</Key>'
git jci get latest "$TRASH/result"
expect_exit 1 grep -r S3CR3T "$TRASH/result"
EOT

it 'publishes neither a branch nor what is not built' <<'EOT'
site
s3
git checkout -q -b topic
git jci run -q
git checkout -q main
git mv docs/intro.md docs/other.md
commit 'no intro'
expect_exit 1 git jci run -q
same '' "$(requests)"
EOT

it 'is red if S3 refuses' <<'EOT'
site
s3
printf 'HTTP 403\n\n<Error><Code>AccessDenied</Code></Error>' >"$stand_in/answers/otherwise"
expect_exit 1 git jci run -q
git jci cat latest | grep AccessDenied
EOT

finish
