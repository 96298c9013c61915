#!/bin/sh
# `make dist`: the same bytes whoever makes it, when and where.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/packages.sh"

! built_with JCI_ASAN || skip_all 'the archive is the same whatever this build is'
for tool in autoreconf faketime gcc xz; do
	command -v "$tool" >/dev/null || skip_all "there is no $tool"
done

archive=$test_root/archive.tar.xz
make_archive "$archive" >"$test_root/making" 2>&1 || {
	sed 's/^/# /' "$test_root/making"
	exit 99
}

it 'another user makes the same of it elsewhere, at another time' <<'EOT'
mkdir 'another folder'
xz -dc "$archive" | (cd 'another folder' && umask 077 && tar -x --strip-components=1 --no-same-permissions -m)
# what gettext makes, too
rm 'another folder'/po/*.pot 'another folder'/po/stamp-po
give_away
# (its path must be one without blanks: configure wants that)
mv 'another folder' elsewhere
as_user env -u LC_ALL LANG=C TZ=Asia/Tokyo XZ_OPT=-0 faketime -f '+40d' sh -c '
	umask 007
	cd elsewhere && autoreconf -fi && mkdir there && cd there &&
		../configure CFLAGS=-O0 && make -s dist' >out 2>&1 || {
	tail -n 20 out
	false
}
cmp "$archive" elsewhere/there/git-jci-*.tar.xz
EOT

it 'in it are files of nobody, of one time, in order' <<'EOT'
TZ=UTC tar -tvf "$archive" >list
same '' "$(grep -vE '^[-dl]rw.r-.r-. 0/0 .* 2026-09-21 14:13 git-jci-' list)"
tar -tf "$archive" >names
sed 's,/$,,' names | tr / '\001' >order
LC_ALL=C sort -c order
same '' "$(grep -E '\.(o|a|log|deb)$' names)"
EOT

it 'without $SOURCE_DATE_EPOCH an unpacked archive has the time of its files' <<'EOT'
tar -xf "$archive"
cd git-jci-*
sed -n '/^epoch = /,/[^\\]$/p' Makefile.in >epoch
contains epoch 'SOURCE_DATE_EPOCH'
GIT_CEILING_DIRECTORIES=$PWD/.. SOURCE_DATE_EPOCH='' sh -c "$(sed -e 's/^epoch = /echo /' -e 's/\$\$/$/g' -e 's/\$(srcdir)/./g' epoch)" >out
same 1790000000 "$(cat out)"
EOT

finish
