"""Questions to a bare repository, answered by git."""

import datetime
import functools
import subprocess

ZERO = '0' * 40


class Missing(Exception):
    """There is no such object, ref or path."""


def git(repo, *arguments):
    """What `git ARGUMENTS` prints, as bytes; Missing if it fails."""
    done = subprocess.run(['git', '-C', str(repo), *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True)
    if done.returncode != 0:
        raise Missing(done.stderr.decode(errors='replace').strip())
    return done.stdout


def lines(repo, *arguments):
    return git(repo, *arguments).decode(errors='replace').splitlines()


def init(repo, branch, hooks):
    """Makes it as Gitea does; `hooks` is the folder of its hooks."""
    subprocess.run(['git', 'init', '-q', '--bare', '-b', branch, str(repo)], check=True)
    for name, value in (('core.hooksPath', str(hooks)), ('gc.auto', '0'),
                        ('receive.autogc', 'false'), ('receive.advertisePushOptions', 'true'),
                        ('uploadpack.allowFilter', 'true'), ('http.receivepack', 'true'),
                        ('uploadpack.allowAnySHA1InWant', 'true')):
        git(repo, 'config', name, value)


def resolve(repo, name, kind='commit'):
    """The hash that a name (a hash, a ref, a branch, a tag) stands for; Missing."""
    if not name or name.startswith('-'):
        raise Missing(name)
    return git(repo, 'rev-parse', '--verify', '--quiet', f'{name}^{{{kind}}}').decode().strip()


def refs(repo, *patterns):
    """(name, type, hash, hash of the commit behind an annotated tag or '') for each, by name."""
    form = '%(refname)%00%(objecttype)%00%(objectname)%00%(*objectname)'
    return [line.split('\0') for line in lines(repo, 'for-each-ref', '--format=' + form, *patterns)]


@functools.lru_cache(maxsize=None)
def commit(repo, sha):
    """Its parts; people are {'name', 'email', 'date'}."""
    head, _, message = git(repo, 'cat-file', 'commit', sha).partition(b'\n\n')
    found = {'sha': sha, 'parents': [], 'message': message.decode(errors='replace')}
    for line in head.decode(errors='replace').splitlines():
        word, _, rest = line.partition(' ')
        if word == 'parent':
            found['parents'].append(rest)
        elif word == 'tree':
            found['tree'] = rest
        elif word in ('author', 'committer'):
            found[word] = person(rest)
    return found


def person(text):
    name, _, rest = text.partition(' <')
    email, _, when = rest.partition('> ')
    return {'name': name, 'email': email, 'date': when_committed(*when.split())}


def when_committed(seconds, zone):
    """A time of git's as Gitea writes it."""
    sign = -1 if zone[0] == '-' else 1
    offset = datetime.timedelta(hours=sign * int(zone[1:3]), minutes=sign * int(zone[3:5]))
    then = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone(offset))
    return then.isoformat().replace('+00:00', 'Z')


def changed(repo, sha):
    """{'added', 'removed', 'modified'}: the paths that a commit touches."""
    names = {'added': [], 'removed': [], 'modified': []}
    fields = git(repo, 'diff-tree', '--root', '-r', '-z', '--no-commit-id', '--no-renames',
                 '--name-status', sha).decode(errors='replace').split('\0')
    for letter, path in zip(fields[::2], fields[1::2]):
        names[{'A': 'added', 'D': 'removed'}.get(letter, 'modified')].append(path)
    return names


def pushed(repo, ref, old, new, most):
    """The commits that a push brought to a branch, newest first: of a new branch those that are in
    no other one."""
    if old != ZERO:
        return lines(repo, 'rev-list', f'--max-count={most}', new, '^' + old)
    others = [name for name, *_ in refs(repo, 'refs/heads/') if name != ref]
    return lines(repo, 'rev-list', f'--max-count={most}', new, '--not', *others)
