#!/bin/sh
# `make bundle`: git-jci and git for systems that have nothing.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/job.sh"
# Not that of t7200, which looks for it in all processes, perhaps at this very moment.
token=an0ther+of/the=bot

! built_with JCI_ASAN || skip_all 'built with AddressSanitizer, which wants to know its own program'
for tool in curl flock jq lighttpd openssl perl ssh sshd tar xz; do
	PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null || skip_all "there is no $tool"
done

# The unpacked archive, in a folder with an odd name.
bundle="$test_root/a 'b\" \$c
d/git-jci-0"
make_bundle=$top_srcdir/contrib/bundle/make-bundle
SOURCE_DATE_EPOCH=1700000000
XZ_OPT=-0
export SOURCE_DATE_EPOCH XZ_OPT

# unpack_bundle: makes all of it, once; bundle-data of the build folder is everybody's.
unpack_bundle() {
	exec 9>>"$top_builddir/bundle.lock"
	flock -x 9
	make -s -C "$top_builddir" contrib/bundle/launcher bundle-data &&
		"$make_bundle" folder "$test_root/made" "$top_builddir/git-jci" \
			"$top_builddir/contrib/bundle/launcher" "$top_builddir/bundle-data/share" &&
		"$make_bundle" archive "$test_root/made" "$test_root/bundle.tar.xz" git-jci-0 &&
		mkdir -p "${bundle%/*}" &&
		tar -C "${bundle%/*}" -xf "$test_root/bundle.tar.xz" && exec 9>&-
}
unpack_bundle >"$test_root/unpacking" 2>&1 || {
	sed 's/^/# /' "$test_root/unpacking"
	exit 99
}

# a_root: $TRASH/root, a system of nothing but busybox and the bundle, which is at /opt/a b.
a_root() {
	test "$(id -u)" -eq 0 || skip 'only root may chroot'
	busybox=$(command -v busybox) || skip 'there is no busybox'
	! ldd "$busybox" >/dev/null 2>&1 || skip 'busybox is not linked statically'
	mkdir -p root/bin root/proc root/dev root/etc root/tmp root/opt
	cp "$busybox" root/bin/busybox
	cp -a "$bundle" 'root/opt/a b'
	mknod -m 666 root/dev/null c 1 3
	mknod -m 666 root/dev/urandom c 1 9
	: >root/dev/null || skip 'devices can not be made here'
	unshare -m true || skip 'mounts can not be made here'
}

# in_root COMMAND...: in it, without any variables but PATH.
in_root() {
	unshare -m sh -c 'mount -t proc proc root/proc && PATH=$PATH:/usr/sbin &&
		exec chroot root /bin/busybox env -i PATH=/links "$@"' - "$@"
}

it 'runs by its path, by a link in PATH and as git jci' <<'EOT'
same "$(git jci version)" "$("$bundle/bin/git-jci" version)"
mkdir links
ln -s "$bundle/bin/git-jci" links/git-jci
ln -s "$bundle/bin/git-jci" links/another-name
ln -s another-name links/git-jci-link
same "$(git jci version)" "$(PATH=$PWD/links:$PATH git jci version)"
same "$(git jci version)" "$(links/git-jci-link version)"
same "$(git --version)" "$("$bundle/bin/git" --version)"
EOT

it 'refuses a folder that can be named in no list of folders' <<'EOT'
for name in 'a:b' 'a;b'; do
	cp -a "$test_root/made" "$name"
	expect_exit 125 "./$name/bin/git-jci" version 2>err
	contains err 'the path of the bundle must have'
done
EOT

it 'takes all libraries from the bundle' <<'EOT'
new_repo project </dev/null
made=$test_root/made
LD_DEBUG=files "$made/bin/git-jci" log 2>debug
LD_DEBUG=files "$made/bin/git" ls-remote http://127.0.0.1:1/ 2>>debug || :
sed -n 's/.*calling init: //p' debug | sort -u >used
test "$(wc -l <used)" -gt 20
same '' "$(grep -vF "$made/lib" used)"
EOT

it 'has the licence of all that is in it' <<'EOT'
test -s "$bundle/share/doc/git-jci/copyright"
test -d /usr/share/doc/git || skip 'this is no Debian system'
for package in git libc6 openssh-client libgit2-1.5 ca-certificates; do
	test ! -d "/usr/share/doc/$package" || test -s "$bundle/share/doc/$package/copyright"
done
EOT

it 'is the same each time it is made' <<'EOT'
cp -a "$test_root/made" copy
find copy -exec touch -h {} +
"$make_bundle" archive copy copy.tar.xz git-jci-0
cmp copy.tar.xz "$test_root/bundle.tar.xz"
test "$(du -sk copy | cut -f 1)" -lt 40960
tar -tvf copy.tar.xz >list
same '' "$(grep -v '^[-dlh][^ ]* *0/0 .* git-jci-0/' list)"
EOT

it 'runs a script with the environment as it was, but git knows where the bundle is' <<'EOT'
new_repo project <<'SH'
env | grep -E '^(GIT_|LD_|SSL_)' | LC_ALL=C sort
git --exec-path
SH
env | grep -E '^(GIT_|LD_|SSL_)' | LC_ALL=C sort >expected
git --exec-path >>expected
PATH=/usr/bin:/bin "$bundle/bin/git-jci" run 2>/dev/null >out
diff expected out
"$bundle/bin/git" --exec-path >out
contains out '/libexec/git-core'
EOT

it 'cron lines name the launcher' <<'EOT'
new_repo project </dev/null
mkdir .jci
echo '0 0 * * *' >.jci/crontab
commit crontab
mkdir ../bin
cat >../bin/crontab <<SH
#!/bin/sh
test "\$1" = -l && exec cat "$TRASH/crontab"
exec cat >"$TRASH/crontab"
SH
: >../crontab
chmod +x ../bin/crontab
cp -a "$test_root/made" ../bundle
PATH=$TRASH/bin:/usr/bin:/bin ../bundle/bin/git-jci cron sync 2>&1
contains ../crontab "$TRASH/bundle/bin/git-jci"
EOT

it 'in a system of nothing but busybox: git-jci and git, by a link' <<'EOT'
a_root
mkdir root/links
ln -s '/opt/a b/bin/git-jci' root/links/git-jci
ln -s '/opt/a b/bin/git' root/links/git
same "$(git jci version)" "$(in_root /links/git-jci version)"
same "$(git --version)" "$(in_root /links/git --version)"
same "$(git jci version)" "$(in_root /links/git jci version)"
in_root /links/git init -q /project
test -d root/project/.git
EOT

# a_project: $TRASH/root/project, with a run, in a_root with links to the bundle.
a_project() {
	a_root
	mkdir root/links
	ln -s '/opt/a b/bin/git-jci' root/links/git-jci
	ln -s '/opt/a b/bin/git' root/links/git
	echo 'root:x:0:0:root:/:/bin/sh' >root/etc/passwd
	(
		cd root
		new_repo project <<'SH'
#!/bin/busybox sh
SH
		git jci run
	)
	chown -R 0:0 root/project
}

it 'there: the browser, on a terminal and in a locale that the system does not know' <<'EOT'
screen=$top_builddir/tests/tui/screen
test -x "$screen" || skip 'the screens need libvterm'
a_project
cat >start <<'SH'
exec unshare -m sh -c 'mount -t proc proc root/proc && PATH=$PATH:/usr/sbin &&
	exec chroot root /bin/busybox env -i PATH=/links TERM=tmux-256color LANG=xx_XX.UTF-8 \
		/bin/busybox sh -c "cd /project && exec git-jci browse"'
SH
TERM=xterm-256color "$screen" >out <<'EOF'
size 120 24
start sh start
wait first commit
screen
keys q
EOF
contains out '│Runs'
contains out '✓'
EOT

it 'there: messages in the language that the variables tell' <<'EOT'
command -v msgfmt >/dev/null || skip 'there is no msgfmt'
a_project
cat >de.po <<'PO'
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\n"

msgid "print the version"
msgstr "wörtlich die Version"
PO
mkdir -p 'root/opt/a b/share/locale/de/LC_MESSAGES'
msgfmt -o 'root/opt/a b/share/locale/de/LC_MESSAGES/git-jci.mo' de.po
in_root LANG=de_DE.UTF-8 /links/git-jci help >out
contains out 'wörtlich die Version'
in_root LANG=en_US.UTF-8 LC_MESSAGES=de_AT.utf8 /links/git-jci help >out
contains out 'wörtlich die Version'
for variable in NONE= LANG=C LC_ALL=C LANG=en_GB.UTF-8; do
	in_root "$variable" /links/git-jci help >out
	contains out 'print the version'
done
EOT

it 'there: the page' <<'EOT'
a_project
at_end 'kill "$(cat root/tmp/page.pid)"'
in_root /bin/busybox sh -c 'echo $$ >/tmp/page.pid && cd /project && exec git-jci web 0' >out 2>&1 &
wait_for 'grep -q "^listening on" out'
curl -sS "$(sed -n 's/^listening on //p' out)api/commits?branch=main" >commits
contains commits '"ciStatus":"success"'
EOT

it 'there: man finds its pages' <<'EOT'
a_project
printf '%s\n' '#!/bin/busybox sh' 'echo "$1 in $MANPATH"' >root/links/man
chmod +x root/links/man
same 'git-jci-run in /opt/a b/share/man:' "$(in_root /links/git-jci help run)"
same 'git-jci-run in /opt/a b/share/man:/some/where' "$(in_root MANPATH=/some/where /links/git-jci help run)"
test -s 'root/opt/a b/share/man/man1/git-jci-run.1'
EOT

it 'there: clone over HTTP, and a whole job without a shell' <<'EOT'
a_root
a_remote <<'SH'
#!/bin/busybox sh
echo "$HOME" "$TMPDIR"
git --version
git jci version
SH
in_root '/opt/a b/bin/git' clone -q "http://jci-bot:$(printf %s "$token" | sed 's|/|%2F|g')@127.0.0.1:$port/git/boss/demo.git" /clone
same "$commit" "$(git -C root/clone -c safe.directory='*' rev-parse HEAD)"
job_file
mkdir -p root/jci/work
mv job.json root/jci
in_root /bin/busybox sh -c 'cd /jci/work && exec "/opt/a b/bin/git-jci" job /jci/job.json' >out 2>err || {
	cat err
	false
}
same ok "$(pushed status.txt)"
contains out "$(git --version)"
contains out "$(git jci version)"
no_secrets
EOT

it 'there: HTTPS with an own authority, and not without it' <<'EOT'
a_root
a_remote <<'SH'
#!/bin/busybox sh
SH
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 \
	-addext subjectAltName=IP:127.0.0.1 2>/dev/null
cat key.pem cert.pem >both.pem
kill "$server"
wait "$server" || :
cat >>lighttpd.conf <<END
server.modules += ("mod_openssl")
ssl.engine = "enable"
ssl.pemfile = "$TRASH/both.pem"
END
lighttpd=$(PATH=$PATH:/usr/sbin command -v lighttpd)
"$lighttpd" -tt -f lighttpd.conf || skip 'this lighttpd has no TLS'
"$lighttpd" -D -f lighttpd.conf >>lighttpd.out 2>&1 &
wait_for 'curl -sk -o /dev/null "https://127.0.0.1:$port/"'
address="https://jci-bot:$(printf %s "$token" | sed 's|/|%2F|g')@127.0.0.1:$port/git/boss/demo.git"
expect_exit 128 in_root '/opt/a b/bin/git' ls-remote "$address" 2>err
contains err 'certificate'
mkdir -p root/etc/ssl
cp cert.pem root/etc/ssl/cert.pem
in_root '/opt/a b/bin/git' ls-remote "$address" >out
contains out "$commit	refs/heads/main"
EOT

it 'there: a job over ssh' <<'EOT'
a_root
a_remote <<'SH'
#!/bin/busybox sh
echo hello
SH
serve_ssh
echo 'root:x:0:0:root:/:/bin/sh' >root/etc/passwd
job_file '"user": null' '"token": null' "\"ssh_key\": $(jq -Rs . user)" '"known_hosts": null'
mkdir -p root/jci/work
mv job.json root/jci
in_root /bin/busybox sh -c 'cd /jci/work && exec "/opt/a b/bin/git-jci" job /jci/job.json' >out 2>err || {
	cat err
	false
}
same ok "$(pushed status.txt)"
same hello "$(cat out)"
EOT

finish
