"""The JSON that Gitea 1.15 writes. What was recorded is a template that is filled in here, so that
no member of it is forgotten; the rest has the members of Gitea's API documentation."""

import base64
import copy
import json
import pathlib
import urllib.parse

import git

RECORDINGS = pathlib.Path(__file__).parent / 'recordings'
USERS = {'boss': (1, 'boss@example.com'), 'jci-bot': (2, 'bot@example.com')}
LEVELS = ('none', 'read', 'write', 'admin')


def recorded(name):
    return json.loads((RECORDINGS / f'{name}.json').read_bytes())


PUSH = recorded('push-three-commits.push')
PULL = recorded('pull-request-opened.pull_request')['pull_request']


def body(value):
    """The bytes of a webhook: indented, and < > & escaped, as Go writes it."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    for letter in '<>&':
        text = text.replace(letter, f'\\u{ord(letter):04x}')
    return text.encode('utf-8', 'replace')


def error(gitea, message, **more):
    return {**more, 'message': message, 'url': f'{gitea.url}/api/swagger'}


def user(gitea, login):
    number, email = USERS[login]
    return {**PUSH['sender'], 'id': number, 'login': login, 'username': login, 'email': email,
            'avatar_url': f'{gitea.url}/user/avatar/{login}/-1'}


def full_name(repo):
    return f"{repo['owner']}/{repo['name']}"


def page(gitea, repo, *rest):
    """The address of a page about it."""
    return '/'.join([gitea.url, full_name(repo), *rest])


def api(gitea, repo, *rest):
    path = '/'.join(urllib.parse.quote(word) for word in rest)
    return f'{gitea.url}/api/v1/repos/{full_name(repo)}/{path}'


def permissions(level):
    rank = LEVELS.index(level)
    return {'admin': rank > 2, 'push': rank > 1, 'pull': rank > 0}


def repository(gitea, repo, level='none'):
    pulls = gitea.store.row(
        "SELECT count(*) FROM pull WHERE repo = ? AND state = 'open'", repo['id'])
    return {**PUSH['repository'], 'id': repo['id'], 'owner': user(gitea, repo['owner']),
            'name': repo['name'], 'full_name': full_name(repo), 'private': bool(repo['private']),
            'empty': not git.refs(gitea.path(repo), 'refs/heads/'),
            'html_url': page(gitea, repo), 'ssh_url': gitea.ssh_url(repo),
            'clone_url': page(gitea, repo) + '.git', 'open_pr_counter': pulls[0],
            'created_at': repo['created'], 'updated_at': repo['updated'],
            'permissions': permissions(level)}


# ---- commits and refs ----

def payload_commit(gitea, repo, sha, files=True):
    """A commit within a webhook; without files, within a branch."""
    found = git.commit(gitea.path(repo), sha)
    names = git.changed(gitea.path(repo), sha) if files else dict.fromkeys(
        ('added', 'removed', 'modified'))
    people = {role: {'name': found[role]['name'], 'email': found[role]['email'], 'username': ''}
              for role in ('author', 'committer')}
    return {'id': sha, 'message': found['message'], 'url': page(gitea, repo, 'commit', sha),
            **people, 'verification': None if files else not_signed(),
            'timestamp': found['committer']['date'], **names}


def not_signed():
    return {'verified': False, 'reason': 'gpg.error.not_signed_commit', 'signature': '',
            'signer': None, 'payload': ''}


def branch(gitea, repo, name, sha, level):
    write = LEVELS.index(level) > 1
    return {'name': name, 'commit': payload_commit(gitea, repo, sha, files=False),
            'protected': False, 'required_approvals': 0, 'enable_status_check': False,
            'status_check_contexts': [], 'user_can_push': write, 'user_can_merge': write,
            'effective_branch_protection_name': ''}


def tag(gitea, repo, name, sha, commit):
    """`sha` is that of the annotated tag, or the commit's as well."""
    when = git.commit(gitea.path(repo), commit)['committer']['date']
    return {'name': name, 'message': '', 'id': sha,
            'commit': {'url': api(gitea, repo, 'git', 'commits', commit), 'sha': commit,
                       'created': when},
            'zipball_url': page(gitea, repo, 'archive', f'{name}.zip'),
            'tarball_url': page(gitea, repo, 'archive', f'{name}.tar.gz')}


def reference(gitea, repo, name, kind, sha):
    return {'ref': name, 'url': api(gitea, repo, 'git', *name.split('/')),
            'object': {'type': kind, 'sha': sha, 'url': api(gitea, repo, 'git', kind + 's', sha)}}


def git_commit(gitea, repo, sha):
    found = git.commit(gitea.path(repo), sha)
    when = found['committer']['date']

    def link(kind, name):
        return {'url': api(gitea, repo, 'git', kind, name), 'sha': name, 'created': when}

    return {'url': api(gitea, repo, 'git', 'commits', sha), 'sha': sha, 'created': when,
            'html_url': page(gitea, repo, 'commit', sha),
            'commit': {'url': api(gitea, repo, 'git', 'commits', sha), 'author': found['author'],
                       'committer': found['committer'], 'message': found['message'],
                       'tree': link('trees', found['tree'])},
            'author': None, 'committer': None,
            'parents': [link('commits', parent) for parent in found['parents']],
            'files': [{'filename': name} for names in
                      git.changed(gitea.path(repo), sha).values() for name in names]}


def contents(gitea, repo, path, ref, kind, sha, data):
    """A file with its content, or an entry of a folder (data is None)."""
    url = api(gitea, repo, 'contents', *path.split('/')) + '?ref=' + urllib.parse.quote(ref)
    blob = api(gitea, repo, 'git', kind + 's', sha)
    html = page(gitea, repo, 'src', ref, path)
    text = None if data is None else base64.b64encode(data).decode()
    return {'name': path.rpartition('/')[2], 'path': path, 'sha': sha,
            'type': 'dir' if kind == 'tree' else 'file', 'size': len(data or b''),
            'encoding': None if data is None else 'base64', 'content': text, 'target': None,
            'url': url, 'html_url': html, 'git_url': blob,
            'download_url': page(gitea, repo, 'raw', ref, path), 'submodule_git_url': None,
            '_links': {'self': url, 'git': blob, 'html': html}}


# ---- what Gitea itself has ----

def status(gitea, repo, row):
    return {'id': row['id'], 'status': row['state'], 'target_url': row['target_url'],
            'description': row['description'], 'url': api(gitea, repo, 'statuses', row['sha']),
            'context': row['context'], 'creator': user(gitea, row['creator']),
            'created_at': row['created'], 'updated_at': row['created']}


def deploy_key(gitea, repo, row):
    return {'id': row['id'], 'key_id': row['id'], 'key': row['key'],
            'url': api(gitea, repo, 'keys', str(row['id'])), 'title': row['title'],
            'fingerprint': row['fingerprint'], 'created_at': row['created'],
            'read_only': bool(row['read_only'])}


def hook(gitea):
    """The only webhook, which all repositories have."""
    return {'id': 1, 'type': 'gitea', 'active': True,
            'config': {'content_type': 'json', 'url': gitea.store.get('hook_url')},
            'events': ['create', 'delete', 'push', 'pull_request'],
            'created_at': gitea.store.get('hook_created'),
            'updated_at': gitea.store.get('hook_created')}


def pull(gitea, repo, row):
    """`head` is its branch while it is there, and the ref that Gitea keeps after that."""
    url = page(gitea, repo, 'pulls', str(row['number']))
    path = gitea.path(repo)
    filled = copy.deepcopy(PULL)
    here = git.refs(path, 'refs/heads/' + row['head'])
    head = row['head'] if here else f"refs/pull/{row['number']}/head"
    base = git.resolve(path, 'refs/heads/' + row['base'])
    filled.update({
        'id': row['id'], 'number': row['number'], 'title': row['title'], 'state': row['state'],
        'user': user(gitea, repo['owner']), 'url': url, 'html_url': url, 'diff_url': url + '.diff',
        'patch_url': url + '.patch', 'created_at': row['created'], 'updated_at': row['updated'],
        'merge_base': merge_base(path, base, row['sha'])})
    filled['base'].update(label=row['base'], ref=row['base'], sha=base)
    filled['head'].update(label=row['head'], ref=head, sha=row['sha'])
    for side in ('base', 'head'):
        filled[side].update(repo_id=repo['id'], repo=repository(gitea, repo))
    return filled


def merge_base(path, base, head):
    """Of histories that have nothing in common, the base itself."""
    try:
        return git.lines(path, 'merge-base', base, head)[0]
    except git.Missing:
        return base
