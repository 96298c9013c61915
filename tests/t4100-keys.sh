#!/bin/sh
# What is said of the browser's keys, options and colours is what it has. GENERATE=1 rewrites the
# list of keys in git-jci-browser(7).

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

page=$top_srcdir/doc/git-jci-browser.7
config=$top_srcdir/doc/git-jci-config.5

# keys_in PAGE: the lines between the two comments.
keys_in() {
	sed -n '/^\.\\" keys:/,/^\.\\" end of keys$/p' "$1" | sed '1d;$d'
}

# generate: puts what the program prints in their place.
generate() {
	git-jci help --mdoc >"$test_root/keys"
	sed -e "/^\.\\\\\" keys:/r $test_root/keys" \
		-e '/^\.\\" keys:/,/^\.\\" end of keys$/{/^\.\\" /!d;}' "$page" >"$test_root/page"
	cat "$test_root/page" >"$page"
}

test -z "$GENERATE" || generate

it 'the keys in git-jci-browser(7) are those of the program' <<'EOT'
git jci help --mdoc >has
contains has '.Ss \&Moving'
keys_in "$page" >told
diff -u told has
EOT

it 'help --keys lists every action of the manual, and its keys' <<'EOT'
git jci help --keys >keys
contains keys 'j, <Down>'
keys_in "$page" | sed -n 's/.*Ic \\&:\([a-z-]*\).*/\1/p' >names
test "$(wc -l <names)" -gt 50
while read -r name; do
	grep -q "^  .\{20\}$name " keys
done <names
same "$(wc -l <names)" "$(grep -c '^  ' keys)"
EOT

it 'help --keys takes no other page' <<'EOT'
expect_exit 2 git jci help --keys run
EOT

it 'every style of the theme is in git-jci-config(5), with its default' <<'EOT'
sed -n 's/^\tS([A-Z_]*, "\([A-Za-z]*\)", "\([^"]*\)".*/\1 \2/p' "$top_srcdir/tui/theme.h" >has
test "$(wc -l <has)" -gt 20
sed -n 's/^\.It Li \([A-Za-z]*\) Ta Li \(.*\) Ta .*/\1 \2/p' "$config" >told
diff -u told has
EOT

it 'every option of the browser is in git-jci-config(5)' <<'EOT'
sed -n 's/.*"jci\.\([A-Za-z]*\)".*/\1/p' "$top_srcdir/tui/options.c" >names
test "$(wc -l <names)" -gt 5
while read -r name; do
	grep -q "^\.It Li jci\.$name\$" "$config"
done <names
EOT

finish
