"""webhooks.py RECORDING FOLDER COUNT SECRET FROM: COUNT deliveries of the recorded push, for wrk.

Each is a whole HTTP request, rightly signed, with a commit, a delivery id and a time of its own, so
that none is taken for another. There are 20 repositories, and only one in ten pushes is to a branch
that had one before: a branch that is pushed again and again would keep the queue empty by
superseding, and one repository would keep its list of branches in one place. FOLDER/1 and FOLDER/2
have one half each, for wrk's two threads: the length of a request in 8 digits, then the request.
FOLDER/insert.sql inserts the first 2,000 bodies, a transaction each. Counting begins at FROM.
"""
import hashlib
import hmac
import sys
import uuid

REPOSITORIES = 20
HEAD = ('POST /webhook HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Go-http-client/1.1\r\n'
        'Content-Type: application/json\r\nX-Gitea-Event: push\r\nX-Gitea-Delivery: {id}\r\n'
        'X-Gitea-Signature: {signature}\r\nContent-Length: {length}\r\n\r\n')


def filled(recording):
    """The recorded text in which what differs is a field, for str.format."""
    text = recording.replace('{', '{{').replace('}', '}}')
    for old, new in (('374754770fd7cc61d565a24e59025ff1d7066e6b', '{commit}'),
                     ('"before": "' + '0' * 40, '"before": "{before}'),
                     ('refs/heads/feature/ünï-code', 'refs/heads/{branch}'),
                     ('boss/demo', 'boss/demo-{repository}'),
                     ('"name": "demo"', '"name": "demo-{repository}"'),
                     ('2026-11-23T17:56:47Z', '2026-11-23T{hour:02}:{minute:02}:{second:02}Z')):
        if old not in text:
            sys.exit(f'{old} is not in the recording')
        text = text.replace(old, new)
    return text


def commit_of(number):
    return hashlib.sha1(b'%d' % number).hexdigest()


def body_of(template, number):
    first = number - 9 if number % 10 == 9 else number  # of this branch
    return template.format(
        commit=commit_of(number), before=commit_of(first) if first < number else '0' * 40,
        branch=f'change-{first}', repository=number // 10 % REPOSITORIES,
        hour=number // 3600 % 24, minute=number // 60 % 60, second=number % 60).encode()


def request_of(body, number, secret):
    head = HEAD.format(id=uuid.UUID(int=number << 64 | 0x4000 << 64 | 0x8 << 60),
                       signature=hmac.digest(secret, body, 'sha256').hex(), length=len(body))
    return head.encode() + body


def main(recording, folder, count, secret, start):
    with open(recording, encoding='utf-8') as file:
        template = filled(file.read())
    with open(f'{folder}/1', 'wb') as one, open(f'{folder}/2', 'wb') as two, \
            open(f'{folder}/insert.sql', 'wb') as sql:
        sql.write(b'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;\n'
                  b'CREATE TABLE deliveries (id INTEGER PRIMARY KEY, body TEXT);\n')
        for number in range(int(start), int(start) + int(count)):
            body = body_of(template, number)
            request = request_of(body, number, secret.encode())
            (two if number // 10 % 2 else one).write(b'%08d' % len(request) + request)
            if number < int(start) + 2000:
                sql.write(b"INSERT INTO deliveries (body) VALUES ('%s');\n"
                          % body.replace(b"'", b"''"))


main(*sys.argv[1:])
