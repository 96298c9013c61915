#!/bin/sh
# `git jci push` and `pull` over HTTP with a password, over ssh, and with remotes that hang.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/remote.sh"

# a_pair: `origin`, a bare repository with the branch, and `alice` with two runs; in alice's.
a_pair() {
	git init -q --bare -b main origin
	new_repo alice <<'SH'
echo hello
head -c 300000 /dev/urandom >random
SH
	git push -q ../origin main
	git jci run -q 2>/dev/null
	git jci run -q 2>/dev/null
}

# over_http: serves $TRASH by git's own CGI program to who has the password; $url is that of origin.
over_http() {
	port=$(free_port)
	echo 'ada:s3cret' >"$TRASH/passwords"
	serve_http "$port"
	url=http://127.0.0.1:$port/git/origin
	echo "http://ada:s3cret@127.0.0.1:$port" >"$TRASH/credentials"
	login="-c credential.helper=store\ --file=$TRASH/credentials"
	wait_for 'git ls-remote "http://ada:s3cret@127.0.0.1:$port/git/origin" >/dev/null 2>&1'
}

# over_ssh: a server on loopback that lets in who has the key; $url is that of origin.
over_ssh() {
	port=$(free_port)
	serve_sshd "$port"
	cat >"$TRASH/ssh.conf" <<END
Host *
	IdentityFile $TRASH/user
	IdentitiesOnly yes
	UserKnownHostsFile $TRASH/known
	StrictHostKeyChecking accept-new
	BatchMode yes
	LogLevel ERROR
END
	url=ssh://$(id -un)@127.0.0.1:$port$TRASH/origin
	GIT_SSH_COMMAND="ssh -F $TRASH/ssh.conf"
	export GIT_SSH_COMMAND
	wait_for 'git ls-remote "$url" >/dev/null 2>&1'
}

# there_and_back: push to origin, pull into a clone; in alice's.
there_and_back() {
	git remote add origin "$url"
	git jci push >../out
	contains ../out '2 runs sent'
	same "$(git for-each-ref refs/jci-runs)" "$(git -C ../origin for-each-ref refs/jci-runs)"
	git jci push >../out
	same '2 were there' "$(cat ../out)"
	git clone -q "$url" ../bob
	git -C ../bob jci pull >../out
	contains ../out '2 runs fetched'
	same "$(git for-each-ref refs/jci-runs)" "$(git -C ../bob for-each-ref refs/jci-runs)"
	git jci run -q --publish 2>../err
	git -C ../bob jci pull >../out
	contains ../out '1 run fetched, 2 were here'
	git jci prune --on-remote --keep=1 --commit >../out
	contains ../out '2 runs removed on origin'
	git -C ../bob jci pull --prune >../out
	contains ../out '2 removed'
	same 1 "$(runs ../origin | wc -l)"
	same "$(runs ../origin)" "$(runs ../bob)"
	git -C ../origin fsck --strict
}

it 'over HTTP with a password, there and back' <<'EOT'
a_pair
over_http
git config --global credential.helper "store --file=$TRASH/credentials"
at_end 'git config --global --unset credential.helper'
there_and_back
EOT

it 'over HTTP without the password: an error that names what git wants, and nothing is sent' <<'EOT'
a_pair
over_http
expect_exit 125 git jci push "$url" >../out 2>../err
contains ../err 'could not read Username'
expect_exit 125 git jci push "http://ada:wrong@127.0.0.1:$port/git/origin" >../out 2>../err
contains ../err 'Authentication failed'
expect_exit 125 git jci pull "$url" >../out 2>../err
contains ../err 'could not read Username'
same '' "$(runs ../origin)"
EOT

it 'over HTTP to a server that went away' <<'EOT'
a_pair
expect_exit 125 git jci push "http://127.0.0.1:$(free_port)/git/origin" >../out 2>../err
contains ../err 'Failed to connect'
EOT

it 'over ssh, there and back' <<'EOT'
a_pair
over_ssh
there_and_back
EOT

it 'over ssh with a key that the server does not know' <<'EOT'
a_pair
over_ssh
ssh-keygen -q -t ed25519 -N '' -f ../stranger
sed -i "s|IdentityFile .*|IdentityFile $TRASH/stranger|" ../ssh.conf
expect_exit 125 git jci push "$url" >../out 2>../err
contains ../err 'Permission denied'
same '' "$(runs ../origin)"
EOT

# hanging: origin's programs say nothing; the test lets them go at its end.
hanging() {
	mkfifo "$TRASH/never"
	exec 9<>"$TRASH/never"
	at_end 'printf "\n\n\n\n" >&9'
	cat >../hang <<SH
#!/bin/sh
echo here >>"$TRASH/hangs"
read -r line <"$TRASH/never"
SH
	chmod +x ../hang
	git remote add origin ../origin
	git config remote.origin.receivepack "$TRASH/hang"
	git config remote.origin.uploadpack "$TRASH/hang"
}

it 'Ctrl-C ends what waits for a remote, by that signal, and leaves nothing half-written' <<'EOT'
a_pair
hanging
git for-each-ref >../before
for command in push pull 'pull --follow' 'prune --on-remote' 'prune --on-remote --commit'; do
	for status in 130 143; do
		rm -f ../hangs
		env --default-signal=INT git-jci $command >../out 2>../err 9>&- &
		wait_for 'test -e ../hangs'
		kill -$((status - 128)) $!
		expect_exit "$status" wait $!
		same '' "$(cat ../out ../err)"
	done
done
git for-each-ref | diff ../before -
same '' "$(find .git -name '*.lock' ! -path .git/jci/live.lock)"
EOT

finish
