#!/bin/sh
# Looks for secrets in the lines that commits added: in all commits since the newest green ancestor, or,
# where there is none or how to look has changed, in all there are. What was found is never printed, only
# where it is.

set -eu
cd "$JCI_REPO_ROOT"
found=$JCI_OUTPUT_DIR/secrets.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Each scanner prints a line "COMMIT FILE:LINE KIND" for each secret.

scan_gitleaks() {
	gitleaks detect --source . --log-opts="$range" --redact --no-banner --exit-code 0 \
		--report-format json --report-path "$work/report" >&2
	jq -r '.[] | "\(.Commit[:10]) \(.File):\(.StartLine) \(.RuleID)"' "$work/report"
}

# It could try what it finds on the services that it may belong to; here it doesn't.
scan_trufflehog() {
	trufflehog git "file://$PWD" ${base:+--since-commit "$base"} --branch "$JCI_COMMIT" \
		--json --no-update --no-verification >"$work/report"
	jq -r 'select(.SourceMetadata) | .DetectorName as $kind | .SourceMetadata.Data.Git
		| "\(.commit[:10]) \(.file):\(.line) \($kind)"' "$work/report"
}

# git-secrets looks for the patterns in .jci/secrets.gitconfig. Its matches begin with what is put in front
# of each line here.
scan_git_secrets() {
	git log -p -U0 --no-color --no-ext-diff --no-renames --src-prefix=a/ --dst-prefix=b/ \
		--format='commit %H' "$range" >"$work/log"
	tr -d '\000' <"$work/log" | awk '
		/^commit / { commit = substr($2, 1, 10); next }
		/^diff / { head = 1; next }
		/^@@ / { head = 0; split($3, position, /[+,]/); line = position[2]; next }
		head && /^\+\+\+ / { sub(/^\+\+\+ "?b\//, ""); sub(/\t$/, ""); file = $0 }
		!head && /^\+/ { printf "%s %s:%d\t%s\n", commit, file, line++, substr($0, 2) }' >"$work/added"
	git -c include.path="$PWD/.jci/secrets.gitconfig" secrets --scan - <"$work/added" 2>"$work/report" ||
		test "$?" -eq 1
	sed -n "s/^(standard input):[0-9]*:\([^$tab]*\)$tab.*/\1 pattern/p" "$work/report"
}
tab=$(printf '\t')

scanner() {
	for tool in gitleaks trufflehog git-secrets; do
		! command -v "$tool" >/dev/null || {
			echo "$tool"
			return
		}
	done
	echo 'error: none of gitleaks, trufflehog and git-secrets is installed' >&2
	exit 1
}

# last_green: the newest commit, from this one back, whose newest run is green and was not dirty.
last_green() {
	git jci log --status ok -z "$JCI_COMMIT" | tr '\0' '\n' | cut -f 1 | uniq | while read -r commit; do
		! git jci verify -q "$commit" || {
			echo "$commit"
			break
		}
	done
}

scanner=$(scanner)
base=$(last_green)
test -z "$base" || git diff --quiet "$base" "$JCI_COMMIT" -- .jci || base=
range=${base:+$base..}$JCI_COMMIT

echo "--- $scanner: $(git rev-list --count "$range") commits"
: >"$found"
test -z "$(git rev-list -n 1 "$range")" || "scan_$(echo "$scanner" | tr - _)" >"$found"

echo '--- result'
if test -s "$found"; then
	sort -u "$found"
	echo "error: secrets in $(sort -u "$found" | wc -l) places; change them where they are valid"
	exit 1
fi
rm "$found"
echo 'no secrets'
