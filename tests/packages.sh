# Sourced behind lib.sh by tests of packages: the archive, and Debian trees to install them into.
# shellcheck shell=sh

. "$top_srcdir/tests/dockerd.sh"

SOURCE_DATE_EPOCH=1790000000
export SOURCE_DATE_EPOCH

package_version=$(sed -n 's/^#define VERSION "\(.*\)"/\1/p' "$top_builddir/config.h")
make_deb=$top_srcdir/contrib/debian/make-deb

# loadable: the libraries that the program loads by itself, "FILE PACKAGE" a line, from the sources.
loadable() {
	sed -n 's/.*\.file = "\([^"]*\)", \.package = "\([^"]*\)".*/\1 \2/p' \
		"$top_srcdir"/src/*/*.c "$top_srcdir"/tui/*.c
}

# make_archive FILE: `make dist`; one at a time, since all make it in the build folder.
make_archive() {
	(
		flock 9
		make -s -C "$top_builddir" dist >/dev/null && cp "$top_builddir/git-jci-$package_version.tar.xz" "$1"
	) 9>>"$top_builddir/tests/dist.lock"
}

# need_debian: once in a script; skipped where there can be no Debian in a folder. $debian_tar is then
# a small one, the image of the tests in containers.
need_debian() {
	test "$(id -u)" -eq 0 || skip_all 'only root can install packages'
	unshare -m true 2>/dev/null || skip_all 'mounts can not be made here'
	docker_make_folder || skip_all "$docker_problem"
	exec 6>>"$docker_folder/making"
	flock -x 6
	docker_make_tar debian || skip_all "$docker_problem"
	# (a link: another version of the tests would take it away)
	ln "$docker_tar" "$test_root/debian.tar" 2>/dev/null || cp "$docker_tar" "$test_root/debian.tar"
	exec 6>&-
	debian_tar=$test_root/debian.tar
}

# make_debian_folder [ARCHITECTURE...]: unpacks it to $debian, with apt ready for these too.
make_debian_folder() {
	debian=$test_root/debian
	mkdir "$debian"
	tar -xf "$debian_tar" -C "$debian"
	cp /etc/resolv.conf "$debian/etc/resolv.conf"
	echo force-unsafe-io >"$debian/etc/dpkg/dpkg.cfg.d/unsafe-io" # it is thrown away
	for debian_arch; do
		in_debian dpkg --add-architecture "$debian_arch" || return
	done
	in_debian apt-get update -q
}

# in_debian COMMAND...: in it; it shares this machine's network.
in_debian() {
	unshare -m sh -c 'mount -t proc proc "$1/proc" && cd / && root=$1 && shift &&
		exec chroot "$root" env -i HOME=/root PATH=/qemu:/usr/sbin:/usr/bin:/sbin:/bin \
			LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"' - "$debian" "$@"
}

# install_deb PACKAGE...: files of $test_root, and names.
install_deb() {
	cp "$test_root"/git-jci_*.deb "$debian/tmp"
	in_debian apt-get install -q -y --no-install-recommends "$@"
}

# use_it: what a user does first, in $debian/project of that tree.
use_it() {
	in_debian sh -ec '
		rm -rf /project
		git init -q -b main /project
		cd /project
		git config user.name "A U Thor"
		git config user.email author@example.com
		mkdir .jci
		printf "#!/bin/sh\necho hello\necho kept >\"\$JCI_OUTPUT_DIR/kept.txt\"\n" >.jci/run.sh
		chmod +x .jci/run.sh
		git add -A
		git commit -q -m "first commit"
		git jci run
		git jci status -q
		git jci log
		git jci cat latest kept.txt
		git jci cat latest
	'
}
