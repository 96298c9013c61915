#!/bin/sh
# The example jekyll-netlify: Debian's jekyll, and a stand-in of Netlify's API.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs jekyll curl jq zip python3

# netlify: the stand-in, with a deploy that is public once the script has waited, and the settings.
netlify() {
	stand_in
	export NETLIFY_SETTINGS="$TRASH/netlify settings"
	printf 'api=%s\nsite=1234-abcd\ntoken=S3CR3T\n' "$stand_in_url" >"$NETLIFY_SETTINGS"
	echo '{"id":"d1","state":"uploaded"}' | answer POST /api/v1/sites/1234-abcd/deploys
	echo '{"id":"d1","state":"processing"}' | answer GET /api/v1/deploys/d1
	when_waiting '{"id":"d1","state":"ready","ssl_url":"https://site.example"}'
}

# when_waiting ANSWER: what is told of the deploy after the second sleep(1), which takes no time here.
when_waiting() {
	mkdir -p "$TRASH/bin"
	printf '%s\n' "$1" >"$TRASH/later"
	cat >"$TRASH/bin/sleep" <<-SH
	#!/bin/sh
	test ! -e "$TRASH/waited" || cp "$TRASH/later" "$stand_in/answers/GET/api/v1/deploys/d1"
	: >"$TRASH/waited"
	SH
	chmod +x "$TRASH/bin/sleep"
	PATH=$TRASH/bin:$PATH
}

it 'builds what is committed' <<'EOT'
example jekyll-netlify
echo 'a draft' >draft.md
git jci run
the_file site/index.html >"$TRASH/page"
contains "$TRASH/page" '<h1>Hello</h1>'
contains "$TRASH/page" '<em>Markdown</em>'
git jci show -z | tr '\0' '\n' >"$TRASH/files"
lacks "$TRASH/files" site/draft
lacks "$TRASH/files" site/README
same draft.md "$(git status --porcelain | cut -c 4-)"
same '' "$(ls -A "$TMPDIR")"
EOT

it 'publishes main, and waits until it is public' <<'EOT'
example jekyll-netlify
netlify
git jci run
same "POST /api/v1/sites/1234-abcd/deploys?title=$(git rev-parse HEAD)
GET /api/v1/deploys/d1
GET /api/v1/deploys/d1" "$(requests)"
contains "$stand_in/1" 'Authorization: Bearer S3CR3T'
contains "$stand_in/1" 'Content-Type: application/zip'
python3 -m zipfile -l "$stand_in/1.body" | grep '^index.html '
git jci cat latest | grep 'published at https://site.example'
same ready "$(the_file deploy.json | jq -r .state)"
git jci get latest "$TRASH/result"
expect_exit 1 grep -r S3CR3T "$TRASH/result"
EOT

it 'does not publish a branch, nor a page with an error' <<'EOT'
example jekyll-netlify
netlify
git checkout -q -b topic
git jci run -q
git jci cat latest | grep "not published: branch 'topic'"
git checkout -q main
echo '{% nonsense %}' >>index.md
commit 'a mistake'
expect_exit 1 git jci run -q
same '' "$(requests)"
EOT

it 'is red if it is refused, or fails there' <<'EOT'
example jekyll-netlify
netlify
when_waiting '{"id":"d1","state":"error","error_message":"no space"}'
expect_exit 1 git jci run -q
git jci cat latest | grep 'error: not published: no space'
printf 'HTTP 401\n\n{"message":"Access Denied"}' | answer POST /api/v1/sites/1234-abcd/deploys
expect_exit 1 git jci run -q
git jci cat latest deploy.json | grep 'Access Denied'
EOT

finish
