"""Deploy keys: an sshd of its own, in whose authorized_keys each key may do one thing only, reach
the repository that it was added to. The account is that of who runs the stand-in."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time

CONFIG = '''ListenAddress {address}:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitUserRC no
AcceptEnv GIT_PROTOCOL
MaxStartups 1000
MaxSessions 1000
PidFile none
'''

SERVE = '''#!/bin/sh
# REPOSITORY ro|rw: what a deploy key may do.
case $SSH_ORIGINAL_COMMAND in
"git-upload-pack '$1.git'" | "git-upload-pack '/$1.git'") program=upload-pack ;;
"git-receive-pack '$1.git'" | "git-receive-pack '/$1.git'") program=receive-pack ;;
*)
	echo 'Gitea: repository not found or not for this key' >&2
	exit 1
	;;
esac
test $program = upload-pack || test "$2" = rw || {{
	echo 'Gitea: this key may not push' >&2
	exit 1
}}
export GITEA_REPO="$1" GITEA_PUSHER="${{1%%/*}}" HOME='{home}' GIT_CONFIG_NOSYSTEM=1
exec git $program '{repositories}'/"$1.git"
'''


class Sshd:
    def __init__(self, gitea, address, host):
        """`host`: the name in the addresses that Gitea tells."""
        self.gitea, self.address, self.host = gitea, address, host
        self.folder = gitea.folder / 'ssh'
        self.process = None
        self.folder.mkdir(exist_ok=True)
        if not (self.folder / 'host').exists():
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'stand-in', '-f',
                            str(self.folder / 'host')], check=True)
        (self.folder / 'serve').write_text(SERVE.format(
            home=self.folder, repositories=gitea.folder / 'repositories'))
        self.write_keys()

    def url(self, path):
        port = self.gitea.store.get('ssh_port')
        return f'ssh://{getpass.getuser()}@{self.host}:{port}/{path}'

    def write_keys(self):
        """authorized_keys, from the keys in the store."""
        rows = self.gitea.store.rows('SELECT deploy_key.*, owner, name FROM deploy_key'
                                     ' JOIN repo ON repo.id = deploy_key.repo'
                                     ' ORDER BY deploy_key.id')
        new = self.folder / 'new'
        new.write_text(''.join(
            f'command="sh {self.folder}/serve {row["owner"]}/{row["name"]}'
            f' {"ro" if row["read_only"] else "rw"}",restrict {row["key"]}\n' for row in rows))
        new.rename(self.folder / 'authorized_keys')

    def start(self):
        """On the port of last time, else on a free one."""
        if os.getuid() == 0:
            os.makedirs('/run/sshd', exist_ok=True)
        for _ in range(10):
            port = self.gitea.store.get('ssh_port') or free_port(self.address)
            if self.start_at(port):
                self.gitea.store.set('ssh_port', port)
                return
        raise OSError(f'sshd does not start; see {self.folder}/log')

    def start_at(self, port):
        config = self.folder / 'config'
        config.write_text(CONFIG.format(address=self.address, port=port, folder=self.folder))
        sshd = shutil.which('sshd', path=os.environ['PATH'] + ':/usr/sbin')
        with open(self.folder / 'log', 'ab') as log:
            self.process = subprocess.Popen(
                ['setpriv', '--pdeathsig', 'TERM', sshd, '-D', '-e', '-f', str(config)],
                stdin=subprocess.DEVNULL, stderr=log)
        address = '127.0.0.1' if self.address == '0.0.0.0' else self.address
        while self.process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection((address, int(port)), 5).close()
                return True
            time.sleep(0.02)
        return False

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def free_port(address):
    with socket.socket() as one:
        one.bind((address, 0))
        return str(one.getsockname()[1])
