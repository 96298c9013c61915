#!/usr/bin/env python3
"""A stand-in for Gitea 1.15 that behaves as was recorded; see README in this folder."""

import argparse
import datetime
import hashlib
import os
import pathlib
import queue
import signal
import threading
import time

import control
import git
import hooks
import outage
import shapes
import ssh
import store
import web


class Gitea:
    """Repositories, users and what is known of them. HTTP, ssh and webhooks are parts of it."""

    def __init__(self, options):
        self.folder = options.folder.resolve()
        (self.folder / 'repositories').mkdir(parents=True, exist_ok=True)
        self.store = store.Store(self.folder / 'state.db')
        self.tokens = {hashlib.sha1(f'token of {name}'.encode()).hexdigest(): name
                       for name in shapes.USERS}
        self.address, self.host = options.address, options.host or options.address
        self.outage = outage.Outage()
        self.hooks = hooks.Webhooks(self)
        self.ssh = ssh.Sshd(self, self.address, self.host)
        self.main_thread = queue.Queue()
        self.server = None

    # ---- starting and stopping ----

    def open(self):
        """Listens, if it does not: at first on the port of the options, then always on the same."""
        if self.server:
            return
        self.server = self.listen(web.GiteaRequest, self.address, 'port')
        self.ssh.start()

    def close(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.ssh.stop()
        self.server = None

    def listen(self, handler, address, setting):
        server = web.Server(self, (address, int(self.store.get(setting, 0))), handler)
        self.store.set(setting, str(server.server_address[1]))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def in_main_thread(self, function):
        """sshd is to die with us, which Linux ties to the thread that starts it."""
        done = queue.Queue()
        self.main_thread.put((function, done))
        if problem := done.get():
            raise problem

    def work(self):
        """The main thread, to the end."""
        while True:
            function, done = self.main_thread.get()
            try:
                function()
                done.put(None)
            except Exception as problem:
                done.put(problem)

    # ---- what others ask ----

    @property
    def url(self):
        return f"http://{self.host}:{self.store.get('port')}"

    def ssh_url(self, repo):
        return self.ssh.url(shapes.full_name(repo) + '.git')

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')

    def newer(self):
        return self.store.get('newer') == '1'

    def path(self, repo):
        return self.folder / 'repositories' / repo['owner'] / f"{repo['name']}.git"

    def repos(self):
        return self.store.rows('SELECT * FROM repo ORDER BY id')

    def find_repo(self, owner, name):
        return self.store.row('SELECT * FROM repo WHERE owner = ? AND name = ?', owner, name)

    def repo(self, owner, name):
        """The same; LookupError if there is none."""
        found = self.find_repo(owner, name)
        if not found:
            raise LookupError(f'no repository {owner}/{name}')
        return found

    def put_repo(self, owner, name, permission, private):
        if owner not in shapes.USERS:
            raise LookupError(f'no user {owner}')
        with self.store.transaction():
            if not self.find_repo(owner, name):
                git.init(self.path({'owner': owner, 'name': name}), 'main', self.folder / 'hooks')
                self.store.run(
                    'INSERT INTO repo (owner, name, created, updated) VALUES (?, ?, ?, ?)',
                    owner, name, self.now(), self.now())
            self.store.run(
                'UPDATE repo SET permission = ?, private = ? WHERE owner = ? AND name = ?',
                permission, bool(private), owner, name)
        return self.repo(owner, name)

    def pull(self, repo, number):
        """LookupError if there is none."""
        found = self.store.row('SELECT * FROM pull WHERE repo = ? AND number = ?',
                               repo['id'], number)
        if not found:
            raise LookupError(f'no pull request {number}')
        return found

    def level(self, user, repo):
        """What a user, or anybody (None), may do: none, read, write or admin."""
        if user == repo['owner']:
            return 'admin'
        public = 'none' if repo['private'] else 'read'
        return max(public, repo['permission'] if user else 'none', key=shapes.LEVELS.index)

    def git_environment(self, repo, user):
        """For a git that serves it; the rest is for the hook."""
        return {'PATH': os.environ['PATH'], 'HOME': str(self.folder), 'LC_ALL': 'C.UTF-8',
                'GIT_CONFIG_NOSYSTEM': '1', 'GITEA_REPO': shapes.full_name(repo),
                'GITEA_PUSHER': user or 'boss'}

    def remember(self, method, path, user, status):
        self.store.run(
            'INSERT INTO request (at, method, path, user, status) VALUES (?, ?, ?, ?, ?)',
            time.time(), method, path, user, status)

    def write_files(self):
        """What a test needs to know; `url` comes last."""
        facts = {f'{name}.token': token for token, name in self.tokens.items()}
        facts['control'] = f"http://127.0.0.1:{self.store.get('control_port')}/_control"
        facts['ssh_port'] = self.store.get('ssh_port')
        facts['known_hosts'] = (f"[{self.host}]:{self.store.get('ssh_port')} "
                                + (self.folder / 'ssh' / 'host.pub').read_text().strip())
        facts['url'] = self.url
        for name, text in facts.items():
            new = self.folder / 'new'
            new.write_text(text + '\n')
            new.rename(self.folder / name)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path, help='keeps all there is')
    parser.add_argument('--address', default='127.0.0.1', help='listens here (default 127.0.0.1)')
    parser.add_argument('--host', help='told in addresses (default: the address)')
    parser.add_argument('--port', help='default: a free one, and the same again after a restart')
    return parser.parse_args()


def main():
    given = options()
    gitea = Gitea(given)
    if given.port:
        gitea.store.set('port', given.port)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    gitea.open()
    gitea.listen(control.Control, '127.0.0.1', 'control_port')
    gitea.hooks.start()
    gitea.write_files()
    print(gitea.url, flush=True)
    gitea.work()


if __name__ == '__main__':
    main()
