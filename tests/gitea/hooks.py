"""Webhooks. The post-receive hook of a repository leaves each push, over HTTP or ssh, as a file in
the folder `pushes`; here it becomes deliveries, which are sent one after the other. A delivery
that fails is not repeated, as in Gitea; one that a kill kept from being sent is sent at the next
start."""

import hashlib
import hmac
import http.client
import threading
import time
import traceback
import urllib.parse
import uuid

import git
import shapes

TIMEOUT = 5  # seconds, Gitea's default DELIVER_TIMEOUT
COMMITS = 5  # in a push event, at most; Gitea's default FEED_MAX_COMMIT_NUM
HOOK = '''#!/bin/sh
# Leaves the push for the stand-in, in order of its names.
file=$(date +%s%N)-$$
{{ echo "$GITEA_REPO $GITEA_PUSHER"; cat; }} >'{folder}'/."$file"
mv '{folder}'/."$file" '{folder}'/"$file"
'''


class Webhooks(threading.Thread):
    def __init__(self, gitea):
        super().__init__(daemon=True)
        self.gitea = gitea
        self.pushes = gitea.folder / 'pushes'
        self.pushes.mkdir(exist_ok=True)
        self.write_hook()

    def write_hook(self):
        folder = self.gitea.folder / 'hooks'
        folder.mkdir(exist_ok=True)
        new = folder / 'new'
        new.write_text(HOOK.format(folder=self.pushes))
        new.chmod(0o755)
        new.rename(folder / 'post-receive')

    def run(self):
        while True:
            for file in sorted(self.pushes.glob('[0-9]*')):
                self.take_or_complain(file)
            waiting = self.gitea.store.rows(
                'SELECT * FROM delivery WHERE status IS NULL ORDER BY id')
            for delivery in waiting:
                self.deliver(delivery)
            if not waiting:
                time.sleep(0.02)

    # ---- from pushes to deliveries ----

    def take_or_complain(self, file):
        """A fault of ours must not end this thread; the file stays, under another name."""
        try:
            self.take(file)
        except Exception:
            traceback.print_exc()
            file.rename(self.pushes / f'bad-{file.name}')

    def take(self, file):
        head, *updates = file.read_text(errors='replace').splitlines()
        name, pusher = head.split()
        repo = self.gitea.repo(*name.split('/'))
        store = self.gitea.store
        with store.transaction():
            if not store.row('SELECT name FROM push WHERE name = ?', file.name):
                store.run('INSERT INTO push VALUES (?)', file.name)
                store.run('UPDATE repo SET updated = ? WHERE id = ?', self.gitea.now(), repo['id'])
                for update in updates:
                    self.updated(self.gitea.repo(*name.split('/')), pusher, *update.split(' ', 2))
        file.unlink()

    def updated(self, repo, pusher, old, new, ref):
        """Gitea looks at branches and tags alone: git jci's refs cause no webhook."""
        kind, _, name = ref[len('refs/'):].partition('/')
        if kind == 'heads':
            self.branch_updated(repo, pusher, old, new, ref, name)
        elif kind == 'tags':
            self.tag_updated(repo, pusher, old, new, ref, name)

    def branch_updated(self, repo, pusher, old, new, ref, name):
        if new == git.ZERO:
            if self.gitea.newer():
                self.push_event(repo, pusher, ref, old, new, [], None)
            self.ref_event('delete', repo, pusher, name, 'branch', pusher_type='user')
        else:
            if old == git.ZERO:
                self.ref_event('create', repo, pusher, name, 'branch', sha=new)
            commits = git.pushed(self.gitea.path(repo), ref, old, new, COMMITS)
            self.push_event(repo, pusher, ref, old, new, commits, new)
        self.pulls_updated(repo, pusher, name, new)

    def tag_updated(self, repo, pusher, old, new, ref, name):
        """An annotated tag is told by its own hash; its commit is the head_commit."""
        if new == git.ZERO:
            self.push_event(repo, pusher, ref, old, new, [], None)
            self.ref_event('delete', repo, pusher, name, 'tag', pusher_type='user')
            return
        commit = git.resolve(self.gitea.path(repo), new)
        self.push_event(repo, pusher, ref, git.ZERO, new, [], commit)
        self.ref_event('create', repo, pusher, name, 'tag', sha=commit)

    def pulls_updated(self, repo, pusher, branch, new):
        """A push to the branch of an open pull request changes that, its deletion closes it."""
        for pull in self.gitea.store.rows("SELECT * FROM pull WHERE repo = ? AND head = ?"
                                          " AND state = 'open'", repo['id'], branch):
            if new == git.ZERO:
                self.change_pull(repo, pusher, pull, 'closed', pull['sha'])
            else:
                self.change_pull(repo, pusher, pull, 'synchronized', new)

    def open_pull(self, repo, pusher, head, base, title):
        """Returns its number."""
        store = self.gitea.store
        sha = git.resolve(self.gitea.path(repo), 'refs/heads/' + head)
        git.resolve(self.gitea.path(repo), 'refs/heads/' + base)
        with store.transaction():
            number = 1 + store.row('SELECT count(*) FROM pull WHERE repo = ?', repo['id'])[0]
            store.run(
                'INSERT INTO pull (repo, number, title, base, head, sha, state, created, updated)'
                " VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?)", repo['id'], number, title, base, head,
                sha, self.gitea.now(), self.gitea.now())
            self.change_pull(repo, pusher, self.gitea.pull(repo, number), 'opened', sha)
        return number

    def change_pull(self, repo, pusher, pull, action, sha):
        git.git(self.gitea.path(repo), 'update-ref', f"refs/pull/{pull['number']}/head", sha)
        self.gitea.store.run('UPDATE pull SET state = ?, sha = ?, updated = ? WHERE id = ?',
                             'closed' if action == 'closed' else 'open', sha, self.gitea.now(),
                             pull['id'])
        changed = self.gitea.pull(repo, pull['number'])
        self.add('pull_request', {
            'action': action, 'number': pull['number'],
            'pull_request': shapes.pull(self.gitea, repo, changed),
            'repository': shapes.repository(self.gitea, repo,
                                            'none' if action == 'synchronized' else 'admin'),
            'sender': shapes.user(self.gitea, pusher), 'review': None})

    def push_event(self, repo, pusher, ref, old, new, commits, head):
        whole = [shapes.payload_commit(self.gitea, repo, sha) for sha in commits]
        self.add('push', {
            'ref': ref, 'before': old, 'after': new,
            'compare_url': shapes.page(self.gitea, repo, 'compare', f'{old}...{new}'),
            'commits': whole,
            'head_commit': head and shapes.payload_commit(self.gitea, repo, head),
            'repository': shapes.repository(self.gitea, repo, 'admin'),
            'pusher': shapes.user(self.gitea, pusher), 'sender': shapes.user(self.gitea, pusher)})

    def ref_event(self, event, repo, pusher, name, kind, sha=None, **more):
        self.add(event, {
            **({'sha': sha} if sha else {}), 'ref': name, 'ref_type': kind, **more,
            'repository': shapes.repository(self.gitea, repo),
            'sender': shapes.user(self.gitea, pusher)})

    def add(self, event, value):
        if self.gitea.store.get('hook_url'):
            self.gitea.store.run('INSERT INTO delivery (uuid, event, body) VALUES (?, ?, ?)',
                                 str(uuid.uuid4()), event, shapes.body(value).decode())

    # ---- sending ----

    def deliver(self, delivery):
        try:
            status, detail = self.send(delivery)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            status, detail = 0, str(problem) or type(problem).__name__
        self.gitea.store.run('UPDATE delivery SET status = ?, detail = ? WHERE id = ?',
                             status, detail, delivery['id'])

    def send(self, delivery):
        """The status of the answer, and the answer."""
        url = urllib.parse.urlsplit(self.gitea.store.get('hook_url'))
        kind = http.client.HTTPSConnection if url.scheme == 'https' else http.client.HTTPConnection
        connection = kind(url.netloc, timeout=TIMEOUT)
        try:
            data = delivery['body'].encode()
            connection.request('POST', url.path or '/', data, self.headers(delivery, data))
            answer = connection.getresponse()
            return answer.status, answer.read(10000).decode(errors='replace')
        finally:
            connection.close()

    def headers(self, delivery, data):
        secret = self.gitea.store.get('hook_secret', '').encode()
        signature = hmac.new(secret, data, hashlib.sha256).hexdigest()
        headers = {'User-Agent': 'Go-http-client/1.1', 'Content-Type': 'application/json'}
        for name in ('GitHub', 'Gitea', 'Gogs'):
            headers[f'X-{name}-Delivery'] = delivery['uuid']
            headers[f'X-{name}-Event'] = delivery['event']
            if name != 'GitHub':
                headers[f'X-{name}-Signature'] = signature
        headers['X-Hub-Signature'] = 'sha1=' + hmac.new(secret, data, hashlib.sha1).hexdigest()
        headers['X-Hub-Signature-256'] = 'sha256=' + signature
        return headers
