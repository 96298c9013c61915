#!/bin/sh
# `make deb`: the package of Debian, and what it is like in a fresh one.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/packages.sh"

! built_with JCI_ASAN || skip_all 'the package is the same whatever this build is'
for tool in curl debootstrap dh dpkg-buildpackage lintian; do
	PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
need_debian

deb=$test_root/deb
# build_deb: builds it, and unpacks it to $deb, with what dpkg gets to know in $deb/DEBIAN.
build_deb() (
	cd "$test_root" || exit
	make_archive archive.tar.xz &&
		"$make_deb" archive.tar.xz "$package_version" "$(dpkg --print-architecture)" work &&
		dpkg-deb -R git-jci_*.deb "$deb"
)
# install_it: into a fresh Debian, with what the cases need besides.
install_it() {
	make_debian_folder && install_deb "/tmp/${package##*/}" ca-certificates man-db openssh-client
}
build_deb >"$test_root/building" 2>&1 || {
	sed 's/^/# /' "$test_root/building"
	exit 99
}
package=$(echo "$test_root"/git-jci_*.deb)
install_it >"$test_root/installing" 2>&1 || {
	tail -n 40 "$test_root/installing" | sed 's/^/# /'
	exit 99
}

it 'lintian finds nothing' <<'EOT'
same '' "$(lintian --allow-root --no-cfg --fail-on none "$package" 2>&1 | grep -v '^N:')"
EOT

it 'all that belongs to it is there' <<'EOT'
cd "$deb"
test -x usr/bin/git-jci
(cd "$top_srcdir/doc" && ls ./*.[1-8]) | while read -r page; do
	test -s "usr/share/man/man${page##*.}/$page.gz"
done
test -s usr/share/man/man1/gitjci-run.1.gz
for name in README.gz changelog.gz changelog.Debian.gz copyright examples/nginx-git-jci-web.conf examples/pre-receive; do
	test -s "usr/share/doc/git-jci/$name"
done
test -x usr/share/doc/git-jci/examples/pre-receive
gzip -dc usr/share/doc/git-jci/changelog.gz >"$TRASH/changelog"
cmp "$TRASH/changelog" "$top_srcdir/CHANGES" || cmp "$TRASH/changelog" "$top_srcdir/NEWS"
test ! -d "$top_srcdir/contrib/completion" || {
	test -s usr/share/bash-completion/completions/git-jci
	test -s usr/share/zsh/vendor-completions/_git-jci
	test -s usr/share/fish/vendor_completions.d/git-jci.fish
}
for language in $(grep -v '^#' "$top_srcdir/po/LINGUAS" || :); do
	test -s "usr/share/locale/$language/LC_MESSAGES/git-jci.mo"
done
EOT

it 'units run the installed program, and are neither enabled nor started' <<'EOT'
for unit in server web runner; do
	cat "$deb"/*/systemd/system/git-jci-$unit.service "$deb"/usr/*/systemd/system/git-jci-$unit.service 2>/dev/null >unit || :
	contains unit "ExecStart=/usr/bin/git-jci $unit"
	lacks unit /usr/local
done
contains unit 'ExecStartPre=/usr/libexec/git-jci/make-bundle'
same '' "$(find "$debian/etc/systemd" -name 'git-jci*')"
test ! -e "$debian/etc/git-jci"
EOT

it 'depends on git, on what is linked, and on what the program loads itself' <<'EOT'
sed -n 's/^Depends: //p' "$deb/DEBIAN/control" | sed 's/([^)]*)//g' | tr -d ' ' | tr ',' '\n' >depends
grep -qx git depends
loadable >libraries
test "$(wc -l <libraries)" -ge 4
# (a library that changed how it counts time may have the name and "t64")
while read -r file name; do
	grep -qxE "$name(t64)?" depends
	# and what the messages of the program say is the package that has it
	same "$name" "$(in_debian dpkg-query -S "*/$file" | sed 's/:.*//' | sort -u)"
done <libraries
EOT

it 'a fresh Debian has all that it needs, and it works there' <<'EOT'
same "$(git jci version)" "$(in_debian git jci version)"
in_debian git jci version --verbose >out
contains out ' web archives server runner'
lacks out 'not installed'
use_it >out 2>&1
contains out 'first commit'
contains out 'kept'
EOT

it 'there: the page' <<'EOT'
use_it >/dev/null 2>&1
at_end 'kill "$(cat "$debian/tmp/page.pid")"'
in_debian sh -c 'echo $$ >/tmp/page.pid && cd /project && exec git-jci web 0' >out 2>&1 &
wait_for 'grep -q "^listening on" out'
url=$(sed -n 's/^listening on //p' out)
curl -sS "${url}api/commits?branch=main" >commits
contains commits '"ciStatus":"success"'
curl -sS "$url" >page
contains page '<html'
EOT

it 'there: the manual' <<'EOT'
in_debian man -P cat git-jci >page
contains page 'GIT-JCI(1)'
in_debian man -P cat gitjci-run >page
contains page 'GIT-JCI-RUN(1)'
EOT

it 'there: messages in another language' <<'EOT'
language=$(sed '/^#/d' "$top_srcdir/po/LINGUAS" | tr ' ' '\n' | head -n 1)
test -n "$language" || skip 'there are no translations yet'
in_debian git-jci help >english
in_debian env "LANGUAGE=$language" git-jci help >other
contains english 'print the version'
lacks other 'print the version'
EOT

it 'there: completion in bash' <<'EOT'
test -d "$top_srcdir/contrib/completion" || skip 'there is no completion yet'
in_debian bash -c '. /usr/share/bash-completion/completions/git-jci && declare -F' >functions
contains functions '_git_jci'
EOT

it 'there: a bundle for jobs is made of what is installed' <<'EOT'
in_debian /usr/libexec/git-jci/make-bundle folder /tmp/bundle
same "$(git jci version)" "$(in_debian /tmp/bundle/bin/git-jci version)"
in_debian sh -c 'cp -r /tmp/bundle /tmp/other && chmod 000 /usr/bin/git && /tmp/other/bin/git --version; chmod 755 /usr/bin/git' >out
contains out 'git version'
EOT

it 'there: nothing is left when it is removed' <<'EOT'
in_debian dpkg -P git-jci >/dev/null
same '' "$(find "$debian/etc" "$debian/usr" "$debian/lib" "$debian/var/lib" -name '*git-jci*')"
EOT

finish
