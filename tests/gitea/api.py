"""The part of Gitea's API that git jci uses, as version 1.15 answers it."""

import base64
import binascii
import hashlib
import math
import re
import time

import git
import shapes

PREFIX = '/api/v1'
STATES = ('pending', 'success', 'error', 'failure', 'warning')
CONTENT_LIMIT = 10 << 20  # bytes of a file whose content is in an answer; Gitea's default
ROUTES = []


class Answer(Exception):
    """Ends a request with a status other than 200: (status, value, headers)."""

    def __init__(self, status, value=b'', headers=None):
        self.all = (status, value, headers or {})


def route(method, path, level='read'):
    """{name} stands for a word, {name*} for all the rest. Paths below /repos/O/R need `level`."""
    pattern = re.sub(r'\{(\w+)\*\}', r'(?P<\1>.*)', path)
    pattern = re.compile(re.sub(r'\{(\w+)\}', r'(?P<\1>[^/]+)', pattern))

    def add(function):
        ROUTES.append((method, pattern, level, function))
        return function

    return add


def answer(request):
    """(status, value, headers) for it."""
    path = request.path_only[len(PREFIX):]
    try:
        if request.rejected and request.gitea.newer():
            raise refused(request, 401, 'invalid username, password or token')
        for method, pattern, level, function in ROUTES:
            found = pattern.fullmatch(path)
            if found and method == ('GET' if request.command == 'HEAD' else request.command):
                return 200, function(request, **parameters(request, level, found)), {}
        raise not_found(request)
    except Answer as end:
        return end.all
    except git.Missing:
        return not_found(request).all
    except (ValueError, TypeError) as problem:
        return refused(request, 422, str(problem)).all


def parameters(request, level, match):
    """The words of the path; owner and repo become a repository that the user may see and use."""
    words = match.groupdict()
    if 'repo' in words:
        repo = request.gitea.find_repo(words.pop('owner'), words['repo'])
        has = request.gitea.level(request.user, repo) if repo else 'none'
        if has == 'none':
            raise not_found(request)
        if level != 'read' and request.user is None:
            raise refused(request, 401, 'token is required')
        if shapes.LEVELS.index(has) < shapes.LEVELS.index(level):
            raise refused(request, 403, 'user should be an owner or a collaborator with '
                          f'{level} write of a repository')
        words['repo'] = repo
    return words


def refused(request, status, message):
    return Answer(status, shapes.error(request.gitea, message))


def not_found(request, message='Not Found'):
    return Answer(404, shapes.error(request.gitea, message, errors=None))


def page_of(request, found):
    """The part of a list that ?page= and ?limit= ask for; its other answers are headers."""
    def number(name, default):
        text = request.query.get(name, '')
        return int(text) if text.isdecimal() and int(text) > 0 else default

    limit = min(number('limit', 30), 50)
    page, last = number('page', 1), math.ceil(len(found) / limit)
    headers = {'X-Total-Count': str(len(found))}
    if page < last:
        path = f'{request.gitea.url}{request.path_only}?limit={limit}'
        headers['Link'] = f'<{path}&page={page + 1}>; rel="next",<{path}&page={last}>; rel="last"'
    return found[(page - 1) * limit:page * limit], headers


# ---- Gitea ----

@route('GET', '/version')
def version(request):
    return {'version': '1.22.0' if request.gitea.newer() else '1.15.11'}


@route('GET', '/user')
def user(request):
    if request.user is None:
        raise refused(request, 401, 'token is required')
    return shapes.user(request.gitea, request.user)


@route('GET', '/repos/search')
def search(request):
    """1.15 takes a wrong token for none: then there are the public ones."""
    gitea = request.gitea
    seen = [(repo, gitea.level(request.user, repo)) for repo in gitea.repos()]
    text = request.query.get('q', '').lower()
    found = [pair for pair in seen if pair[1] != 'none' and text in pair[0]['name'].lower()]
    found, headers = page_of(request, found)
    data = [shapes.repository(gitea, repo, level) for repo, level in found]
    raise Answer(200, {'ok': True, 'data': data}, headers)


# ---- a repository ----

@route('GET', '/repos/{owner}/{repo}')
def repository(request, repo):
    return shapes.repository(request.gitea, repo, request.gitea.level(request.user, repo))


@route('GET', '/repos/{owner}/{repo}/branches')
def branches(request, repo):
    gitea = request.gitea
    found, headers = page_of(request, git.refs(gitea.path(repo), 'refs/heads/'))
    level = gitea.level(request.user, repo)
    raise Answer(200, [shapes.branch(gitea, repo, name[len('refs/heads/'):], sha, level)
                       for name, _, sha, _ in found], headers)


@route('GET', '/repos/{owner}/{repo}/branches/{name*}')
def branch(request, repo, name):
    gitea = request.gitea
    sha = git.resolve(gitea.path(repo), 'refs/heads/' + name)
    return shapes.branch(gitea, repo, name, sha, gitea.level(request.user, repo))


@route('GET', '/repos/{owner}/{repo}/tags')
def tags(request, repo):
    gitea = request.gitea
    found, headers = page_of(request, git.refs(gitea.path(repo), 'refs/tags/'))
    raise Answer(200, [shapes.tag(gitea, repo, name[len('refs/tags/'):], sha, commit or sha)
                       for name, _, sha, commit in found], headers)


@route('GET', '/repos/{owner}/{repo}/git/refs')
def all_refs(request, repo):
    return some_refs(request, repo, '')


@route('GET', '/repos/{owner}/{repo}/git/refs/{start*}')
def some_refs(request, repo, start):
    """All whose name starts so, in an array even if there is one only."""
    gitea = request.gitea
    found = [shapes.reference(gitea, repo, name, kind, sha)
             for name, kind, sha, _ in git.refs(gitea.path(repo))
             if name.startswith('refs/' + start)]
    if not found:
        raise not_found(request)
    return found


@route('GET', '/repos/{owner}/{repo}/git/commits/{sha}')
def git_commit(request, repo, sha):
    gitea = request.gitea
    return shapes.git_commit(gitea, repo, git.resolve(gitea.path(repo), sha))


def entry(request, repo, path):
    """(ref, kind, hash) of a path at ?ref=."""
    where = request.gitea.path(repo)
    ref = request.query.get('ref') or 'main'
    commit = git.resolve(where, ref)
    sha = git.lines(where, 'rev-parse', '--verify', '--quiet', f'{commit}:{path}')[0]
    return ref, git.lines(where, 'cat-file', '-t', sha)[0], sha


@route('GET', '/repos/{owner}/{repo}/contents')
def root(request, repo):
    return contents(request, repo, '')


@route('GET', '/repos/{owner}/{repo}/contents/{path*}')
def contents(request, repo, path):
    gitea, where = request.gitea, request.gitea.path(repo)
    ref, kind, sha = entry(request, repo, path)
    if kind == 'blob':
        data = git.git(where, 'cat-file', 'blob', sha)
        found = shapes.contents(gitea, repo, path, ref, kind, sha, data)
        return {**found, 'content': ''} if len(data) > CONTENT_LIMIT else found
    rows = [line.split(None, 3) for line in git.lines(where, 'ls-tree', sha)]
    return [shapes.contents(gitea, repo, f'{path}/{name}'.lstrip('/'), ref, kind, sha, None)
            for _, kind, sha, name in rows]


@route('GET', '/repos/{owner}/{repo}/raw/{path*}')
def raw(request, repo, path):
    _, kind, sha = entry(request, repo, path)
    if kind != 'blob':
        raise not_found(request)
    return git.git(request.gitea.path(repo), 'cat-file', 'blob', sha)


# ---- commit statuses ----

@route('GET', '/repos/{owner}/{repo}/commits/{name}/statuses')
@route('GET', '/repos/{owner}/{repo}/statuses/{name}')
def statuses(request, repo, name):
    """Newest first."""
    gitea = request.gitea
    sha = git.resolve(gitea.path(repo), name)
    rows = gitea.store.rows('SELECT * FROM status WHERE repo = ? AND sha = ? ORDER BY id DESC',
                            repo['id'], sha)
    rows, headers = page_of(request, rows)
    raise Answer(200, [shapes.status(gitea, repo, row) for row in rows], headers)


@route('POST', '/repos/{owner}/{repo}/statuses/{name}', 'write')
def set_status(request, repo, name):
    gitea, given = request.gitea, request.json()
    try:
        sha = git.resolve(gitea.path(repo), name)
    except git.Missing:
        raise refused(request, 500, '') from None
    if gitea.newer() and given.get('state') not in STATES:
        raise refused(request, 422, 'unknown state')
    texts = [str(given.get(key) or '') for key in ('state', 'target_url', 'description', 'context')]
    row = gitea.store.run(
        'INSERT INTO status'
        ' (repo, sha, state, target_url, description, context, creator, created, at)'
        ' VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', repo['id'], sha, *texts[:3], texts[3] or 'default',
        request.user, gitea.now(), time.time())
    stored = gitea.store.row('SELECT * FROM status WHERE id = ?', row)
    raise Answer(201, shapes.status(gitea, repo, stored))


# ---- deploy keys, webhooks, pull requests ----

@route('GET', '/repos/{owner}/{repo}/keys', 'admin')
def keys(request, repo):
    gitea = request.gitea
    rows, headers = page_of(request, gitea.store.rows(
        'SELECT * FROM deploy_key WHERE repo = ? ORDER BY id', repo['id']))
    raise Answer(200, [shapes.deploy_key(gitea, repo, row) for row in rows], headers)


@route('GET', '/repos/{owner}/{repo}/keys/{number}', 'admin')
def key(request, repo, number):
    found = request.gitea.store.row('SELECT * FROM deploy_key WHERE repo = ? AND id = ?',
                                    repo['id'], int(number))
    if not found:
        raise not_found(request)
    return shapes.deploy_key(request.gitea, repo, found)


@route('POST', '/repos/{owner}/{repo}/keys', 'admin')
def add_key(request, repo):
    gitea, given = request.gitea, request.json()
    title, text = str(given.get('title') or ''), str(given.get('key') or '').strip()
    print_ = fingerprint(text)
    if not title:
        raise ValueError('[Title]: Required')
    there = gitea.store.rows('SELECT * FROM deploy_key WHERE repo = ?', repo['id'])
    if any(row['fingerprint'] == print_ for row in there):
        raise ValueError('This key has already been added to this repository')
    if any(row['title'] == title for row in there):
        raise ValueError('A key with the same name already exists')
    row = gitea.store.run(
        'INSERT INTO deploy_key (repo, title, key, fingerprint, read_only, created)'
        ' VALUES (?, ?, ?, ?, ?, ?)', repo['id'], title, text, print_,
        bool(given.get('read_only')), gitea.now())
    gitea.ssh.write_keys()
    raise Answer(201, key(request, repo, str(row)))


@route('DELETE', '/repos/{owner}/{repo}/keys/{number}', 'admin')
def delete_key(request, repo, number):
    """One that is not there is as good as deleted."""
    request.gitea.store.run('DELETE FROM deploy_key WHERE repo = ? AND id = ?', repo['id'],
                            int(number))
    request.gitea.ssh.write_keys()
    raise Answer(204)


def fingerprint(text):
    """Of a public key; ValueError if it is none."""
    words = text.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
        if len(text.splitlines()) != 1 or blob[4:4 + len(words[0])] != words[0].encode():
            raise ValueError
    except (IndexError, ValueError, binascii.Error):
        raise ValueError('Invalid key content: not an ssh key') from None
    return 'SHA256:' + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')


@route('GET', '/repos/{owner}/{repo}/hooks', 'admin')
def hooks(request, repo):
    return [shapes.hook(request.gitea)] if request.gitea.store.get('hook_url') else []


@route('GET', '/repos/{owner}/{repo}/pulls')
def pulls(request, repo):
    state = request.query.get('state', 'open')
    rows = [row for row in request.gitea.store.rows(
        'SELECT * FROM pull WHERE repo = ? ORDER BY number DESC', repo['id'])
        if state in ('all', row['state'])]
    rows, headers = page_of(request, rows)
    raise Answer(200, [shapes.pull(request.gitea, repo, row) for row in rows], headers)


@route('GET', '/repos/{owner}/{repo}/pulls/{number}')
def pull(request, repo, number):
    return shapes.pull(request.gitea, repo, request.gitea.pull(repo, int(number)))
