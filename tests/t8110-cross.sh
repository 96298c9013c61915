#!/bin/sh
# `make deb DEB_HOST_ARCH=...`: packages for other architectures, tried under qemu.
#
# $JCI_TEST_ARCHITECTURES are those to try, $JCI_TEST_DEB_FOLDER a folder to build in that is kept, with
# the compilers, for the next time. What git-jci starts, git and the shell, are this machine's kind of
# programs: one under qemu-user starts no other without binfmt_misc, which containers don't have.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
architectures=${JCI_TEST_ARCHITECTURES:-arm64 armhf i386}
. "$top_srcdir/tests/packages.sh"

! built_with JCI_ASAN || skip_all 'the package is the same whatever this build is'
for tool in curl debootstrap dpkg-architecture jq qemu-aarch64-static; do
	PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
need_debian
folder=${JCI_TEST_DEB_FOLDER:-$test_root/work}

# qemu ARCHITECTURE: the name of the program, and what an ELF header has for it (elf(5), e_machine).
qemu() {
	case $1 in
	arm64) echo 'qemu-aarch64-static b7 00' ;;
	armhf) echo 'qemu-arm-static 28 00' ;;
	i386) echo 'qemu-i386-static 03 00' ;;
	*) echo "qemu-$1-static" ;;
	esac
}

# machine FILE: that of a program.
machine() {
	od -An -tx1 -j 18 -N 2 "$1" | sed 's/^ *//'
}

# install_foreign ARCHITECTURE: the package, and /qemu/git-jci to run it.
install_foreign() {
	emulator=$(qemu "$1" | cut -d ' ' -f 1)
	mkdir -p "$debian/qemu"
	cp "$(command -v "$emulator")" "$debian/qemu"
	printf '#!/bin/sh\nexec /qemu/%s /usr/bin/git-jci "$@"\n' "$emulator" >"$debian/qemu/git-jci"
	chmod +x "$debian/qemu/git-jci"
	install_deb "/tmp/git-jci_$package_version-0upstream1_$1.deb"
}

make_archive "$test_root/archive.tar.xz" >"$test_root/making" 2>&1 || {
	sed 's/^/# /' "$test_root/making"
	exit 99
}

for arch in $architectures; do
	it "$arch: the package is built" <<'EOT'
cd "$test_root"
DEB_ROOT=$debian_tar DEB_BUILD_OPTIONS="noopt parallel=$(nproc)" "$make_deb" archive.tar.xz \
	"$package_version" "$arch" "$folder"
dpkg-deb -x "git-jci_$package_version-0upstream1_$arch.deb" "$TRASH/deb"
for program in bin/git-jci libexec/git-jci/launcher; do
	same "$(qemu "$arch" | cut -d ' ' -f 2-)" "$(machine "$TRASH/deb/usr/$program")"
done
EOT
done

# shellcheck disable=SC2086 # a list of words
make_debian_folder $architectures >"$test_root/installing" 2>&1 || {
	sed 's/^/# /' "$test_root/installing"
	exit 99
}

for arch in $architectures; do
	it "$arch: it is installed with all that it needs, and stores a run" <<'EOT'
install_foreign "$arch"
in_debian git jci version --json >json
same 'nls web archives server runner' "$(jq -r '.features | join(" ")' json)"
same "$(git jci version)" "git-jci $(jq -r .version json)"
use_it >out 2>&1 || {
	cat out
	false
}
contains out 'hello'
contains out 'kept'
contains out 'first commit'
# what it stored is read by others
git -C "$debian/project" -c safe.directory='*' for-each-ref --format='%(objectname)' refs/jci-runs >objects
same 1 "$(wc -l <objects)"
same ok "$(git -C "$debian/project" -c safe.directory='*' cat-file blob "$(cat objects):status.txt")"
EOT

	it "$arch: the page answers" <<'EOT'
at_end 'kill "$(cat "$debian/tmp/page.pid")"'
in_debian sh -c 'echo $$ >/tmp/page.pid && cd /project && exec git-jci web 0' >out 2>&1 &
wait_for 'grep -q "^listening on" out'
curl -sS "$(sed -n 's/^listening on //p' out)api/commits?branch=main" >commits
contains commits '"ciStatus":"success"'
EOT
done

finish
