# Sourced by tests that need a remote over HTTP or ssh: all of $TRASH, served by real servers on
# loopback.
# shellcheck shell=sh

# free_port: one that nobody listens on just now.
free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# serve_http PORT: below /git/, by git's own CGI program, to who is in the file passwords, a line
# USER:PASSWORD; $server is its process.
serve_http() {
	lighttpd=$(PATH=$PATH:/usr/sbin command -v lighttpd) || skip 'there is no lighttpd'
	cat >"$TRASH/lighttpd.conf" <<END
server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
server.bind = "127.0.0.1"
server.port = $1
server.document-root = "$TRASH"
server.upload-dirs = ("$TRASH")
alias.url = ("/git" => "$(git --exec-path)/git-http-backend")
auth.backend = "plain"
auth.backend.plain.userfile = "$TRASH/passwords"
auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
cgi.assign = ("" => "")
setenv.add-environment = ("GIT_PROJECT_ROOT" => "$TRASH", "GIT_HTTP_EXPORT_ALL" => "1")
END
	"$lighttpd" -D -f "$TRASH/lighttpd.conf" >>"$TRASH/lighttpd.out" 2>&1 &
	server=$!
}

# serve_sshd PORT: to who has the key `user`; the host's own key is `host`.
serve_sshd() {
	sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || skip 'there is no sshd'
	test "$(id -u)" -ne 0 || mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$TRASH/host"
	ssh-keygen -q -t ed25519 -N '' -f "$TRASH/user"
	cat >"$TRASH/sshd.conf" <<END
ListenAddress 127.0.0.1:$1
HostKey $TRASH/host
AuthorizedKeysFile $TRASH/user.pub
StrictModes no
PermitRootLogin yes
PidFile none
END
	"$sshd" -D -e -f "$TRASH/sshd.conf" >"$TRASH/sshd.out" 2>&1 &
}
