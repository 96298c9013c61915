#!/bin/sh
# The example secret-scan, by Debian's git-secrets; what it calls of others, by stand-ins.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs git-secrets jq

# Not valid anywhere. In two parts, as something may look for secrets here too.
key=AKIA'ABCDEFGHIJ234567'

# fake TOOL <<'EOT' ... EOT: a program of that name; the rest of PATH is as it was.
fake() {
	mkdir -p "$TRASH/bin"
	{
		echo '#!/bin/sh'
		cat
	} >"$TRASH/bin/$1"
	chmod +x "$TRASH/bin/$1"
	PATH=$TRASH/bin:$PATH
}

it 'a secret is found where it was added, though it was taken out again' <<'EOT'
example secret-scan
mkdir 'my settings'
printf 'a\nb\nkey: %s\n' "$key" >'my settings/aws.yml'
commit 'settings'
added=$(git rev-parse --short=10 HEAD)
git rm -q 'my settings/aws.yml'
commit 'no settings'
expect_exit 1 git jci run HEAD
same "$added my settings/aws.yml:3 pattern" "$(the_file secrets.txt)"
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" 'error: secrets in 1 places'
lacks "$TRASH/log" "$key"
same '' "$(git grep -l "$key" "$(the_ref)" || :)"
EOT

it 'only what is new since the last green ancestor is looked through' <<'EOT'
example secret-scan
git jci run HEAD
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" '--- git-secrets: 2 commits'
contains "$TRASH/log" 'no secrets'
echo "password = 'correct-horse-battery'" >config
commit config
expect_exit 1 git jci run HEAD
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" '--- git-secrets: 1 commits'
same "$(git rev-parse --short=10 HEAD) config:1 pattern" "$(git jci cat latest secrets.txt)"
git jci run HEAD~1
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" '--- git-secrets: 0 commits'
git rm -q config
commit 'no config'
expect_exit 1 git jci run HEAD
EOT

it 'a change in how to look has all looked through again' <<'EOT'
example secret-scan
echo 'pin 4711-0815' >config
commit config
git jci run HEAD
printf '\tpatterns = [0-9]{4}-[0-9]{4}\n' >>.jci/secrets.gitconfig
commit 'look for pins'
expect_exit 1 git jci run HEAD
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" '--- git-secrets: 4 commits'
same "$(git rev-parse --short=10 HEAD~1) config:1 pattern" "$(git jci cat latest secrets.txt)"
EOT

it 'what is allowed is let through' <<'EOT'
example secret-scan
echo 'token: this-is-only-for-tests' >config
commit config
expect_exit 1 git jci run HEAD
printf '\tallowed = only-for-tests\n' >>.jci/secrets.gitconfig
commit 'that is none'
git jci run HEAD
EOT

it 'gitleaks is asked if it is there' <<'EOT'
example secret-scan
fake gitleaks <<'SH'
printf '%s\n' "$@" >"$TRASH/arguments"
while test "$1" != --report-path; do shift; done
echo '[{"Commit": "0123456789abcdef", "File": "a b", "StartLine": 7, "RuleID": "rule", "Secret": "REDACTED"}]' >"$2"
SH
export TRASH
expect_exit 1 git jci run HEAD
same '0123456789 a b:7 rule' "$(the_file secrets.txt)"
contains "$TRASH/arguments" "--log-opts=$(git rev-parse HEAD)"
contains "$TRASH/arguments" --redact
EOT

it 'so is trufflehog' <<'EOT'
example secret-scan
fake trufflehog <<'SH'
printf '%s\n' "$@" >"$TRASH/arguments"
echo '{"level": "info", "msg": "running"}'
test ! -e "$TRASH/found" || cat "$TRASH/found"
SH
export TRASH
git jci run HEAD
lacks "$TRASH/arguments" --since-commit
base=$(git rev-parse HEAD)
commit 'more'
cat >"$TRASH/found" <<'JSON'
{"SourceMetadata": {"Data": {"Git": {"commit": "0123456789abcdef", "file": "f", "line": 7}}}, "DetectorName": "AWS", "Raw": "hidden"}
JSON
expect_exit 1 git jci run HEAD
same '0123456789 f:7 AWS' "$(git jci cat latest secrets.txt)"
contains "$TRASH/arguments" --since-commit
contains "$TRASH/arguments" "$base"
git jci cat latest >"$TRASH/log"
lacks "$TRASH/log" hidden
EOT

it 'a scanner that fails is no green run' <<'EOT'
example secret-scan
fake gitleaks <<'SH'
exit 3
SH
expect_exit 1 git jci run HEAD
EOT

finish
