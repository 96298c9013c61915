#!/bin/sh
# The example monorepo: which of its apps are run.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

# apps [RUN]: the results of the apps, in one line.
apps() {
	git jci cat "${1:-latest}" apps.txt | tr -s ' ' | tr '\n' ';'
}

it 'at first all are run, then those that have changed' <<'EOT'
example monorepo
git jci run HEAD
same 'passed apps/api;passed apps/site;' "$(apps)"
same '{"text": "Hello, Ada!"}' "$(git jci cat latest api/answer.json)"
echo '<p>' >>apps/site/index.html
commit 'site'
git jci run HEAD
same 'unchanged apps/api;passed apps/site;' "$(apps)"
echo '# a word' >>libs/words/greeting.sh
commit 'words'
git jci run HEAD
same 'passed apps/api;unchanged apps/site;' "$(apps)"
git jci run HEAD
same 'unchanged apps/api;unchanged apps/site;' "$(apps)"
export ALL=1
git jci run HEAD
same 'passed apps/api;passed apps/site;' "$(apps)"
EOT

it 'what was red is run again, also where it has not changed since' <<'EOT'
example monorepo
git jci run HEAD
sed -i 's/Hello/Hallo/' libs/words/greeting.sh
commit 'in German'
expect_exit 1 git jci run HEAD
same 'failed apps/api;unchanged apps/site;' "$(apps)"
echo '<p>' >>apps/site/index.html
commit 'site'
expect_exit 1 git jci run HEAD
same 'failed apps/api;passed apps/site;' "$(apps)"
EOT

it 'changes and new files in the work tree count' <<'EOT'
example monorepo
git jci run
touch 'apps/api/new file'
git jci run
same 'passed apps/api;unchanged apps/site;' "$(apps)"
EOT

it 'a green run of a changed work tree proves nothing of its commit' <<'EOT'
example monorepo
git jci run
sed -i 's/Hello/Hallo/' libs/words/greeting.sh
commit 'in German'
git checkout -q HEAD~1 libs/words/greeting.sh
git jci run
expect_exit 1 git jci run HEAD
same 'failed apps/api;unchanged apps/site;' "$(apps)"
EOT

it 'a change in what CI does runs all' <<'EOT'
example monorepo
git jci run HEAD
echo '# changed' >>.jci/run.sh
commit 'CI'
git jci run HEAD
same 'passed apps/api;passed apps/site;' "$(apps)"
EOT

finish
