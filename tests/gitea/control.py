"""What a test tells and asks the stand-in, below /_control/ on a port of its own on loopback: it is
still reached while Gitea is down. POST calls take a JSON object, whose members are the arguments of
the functions here; GET calls take them from the query."""

import shapes
import web


class Control(web.Request):
    def do_GET(self):
        self.call(GET, lambda: self.query)

    def do_POST(self):
        self.call(POST, self.json)

    def call(self, functions, arguments):
        self.parse()
        try:
            function = functions[self.path_only.removeprefix('/_control/')]
            self.reply(200, function(self.gitea, **arguments()))
        except Exception as problem:
            self.reply(400, f'{type(problem).__name__}: {problem}\n'.encode())


def described(rows):
    return [dict(row) for row in rows]


def find(gitea, repo):
    return gitea.repo(*repo.split('/'))


# ---- questions ----

def statuses(gitea, repo=None, sha=None):
    """All commit statuses that were stored, of one repository or commit if told, in the order in
    which they came; `at` is the time in seconds."""
    rows = gitea.store.rows(
        "SELECT owner || '/' || name AS repo, sha, state, context, description, target_url,"
        ' creator, at FROM status JOIN repo ON repo.id = status.repo ORDER BY status.id')
    return [row for row in described(rows)
            if repo in (None, row['repo']) and sha in (None, row['sha'])]


def requests(gitea):
    """All that was answered, oldest first: at, method, path with its query, user, status."""
    return described(gitea.store.rows(
        'SELECT at, method, path, user, status FROM request ORDER BY id'))


def deliveries(gitea):
    """uuid, event, body; status is that of the answer, 0 when none came, null while it waits."""
    return described(gitea.store.rows('SELECT * FROM delivery ORDER BY id'))


# ---- orders ----

def repository(gitea, name, permission='write', private=True):
    """Makes boss/demo, or changes what jci-bot may do there: none, read, write or admin."""
    if permission not in shapes.LEVELS:
        raise ValueError(f'no such permission: {permission}')
    return dict(gitea.put_repo(*name.split('/'), permission, private))


def webhook(gitea, url, secret):
    """Of all repositories; with an empty url pushes cause no deliveries."""
    gitea.store.set('hook_url', url)
    gitea.store.set('hook_secret', secret)
    gitea.store.set('hook_created', gitea.now())


def redeliver(gitea, uuid=None):
    """Sends a delivery again, under its own id; the last one if none is told."""
    row = gitea.store.row('SELECT * FROM delivery WHERE uuid = ? OR ? IS NULL ORDER BY id DESC',
                          uuid, uuid)
    gitea.store.run('UPDATE delivery SET status = NULL WHERE id = ?', row['id'])
    return {'uuid': row['uuid']}


def outage(gitea, mode, **more):
    """See outage.py."""
    gitea.outage.set(mode, **more)
    gitea.in_main_thread(gitea.close if mode == 'refuse' else gitea.open)


def version(gitea, newer):
    """Behave as newer versions where they are known to differ: 401 for a wrong token, 422 for an
    unknown state, a push event for a deleted branch."""
    gitea.store.set('newer', '1' if newer else '')


def pull(gitea, repo, action, head=None, base='main', number=None, title='pr', user='boss'):
    """open (head, base), synchronize, close (number)."""
    found = find(gitea, repo)
    if action == 'open':
        return {'number': gitea.hooks.open_pull(found, user, head, base, title)}
    actions = {'synchronize': 'synchronized', 'close': 'closed'}
    row = gitea.pull(found, int(number))
    gitea.hooks.change_pull(found, user, row, actions[action], row['sha'])
    return {'number': row['number']}


GET = {call.__name__: call for call in (statuses, requests, deliveries)}
POST = {call.__name__: call for call in (repository, webhook, redeliver, outage, version, pull)}
