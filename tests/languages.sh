# Sourced behind lib.sh by tests of translations.
# shellcheck shell=sh disable=SC2154

built_with ENABLE_NLS || skip_all 'built without translations'
for test_tool in gettext msgattrib msgcmp msgfmt xgettext; do
	command -v $test_tool >/dev/null || skip_all "there is no $test_tool"
done
languages=$(sed '/^#/d' "$top_srcdir/po/LINGUAS")

# For this build, where no `make install` has put them.
JCI_TEXTDOMAINDIR=$test_root/locale
export JCI_TEXTDOMAINDIR
for language in $languages; do
	mkdir -p "$JCI_TEXTDOMAINDIR/$language/LC_MESSAGES"
	msgfmt -o "$JCI_TEXTDOMAINDIR/$language/LC_MESSAGES/git-jci.mo" "$top_srcdir/po/$language.po"
done

# text LANGUAGE MSGID: what the catalogue has for it.
text() {
	LANGUAGE=$1 TEXTDOMAINDIR=$JCI_TEXTDOMAINDIR gettext -d git-jci "$2"
}
