"""What goes wrong with a Gitea and the way to it, on demand."""

import re
import threading
import time

MODES = ('off', 'refuse', '502', '429', '401', '301', 'hang', 'slow', 'lost')

HTML = {'Content-Type': 'text/html'}
ANSWERS = {
    '502': (502, b'<html><h1>502 Bad Gateway</h1></html>\n', HTML),
    '429': (429, b'{"message":"too many requests"}\n', {'Retry-After': '3'}),
    '401': (401, b'{"message":"invalid username, password or token"}\n', {}),
    '301': (301, b'<a href="/boss/renamed">Moved Permanently</a>\n',
            {**HTML, 'Location': '/api/v1/repos/boss/renamed'}),
}


class Outage:
    """One at a time; told by the control call `outage`, forgotten when the stand-in ends.

    refuse   nobody listens, neither for HTTP nor for ssh; open connections end
    502      as a proxy says when Gitea is down
    429      as a proxy says to who asks too often; Retry-After is 3 seconds
    401      as newer versions say to a token that was revoked
    301      as Gitea says of a repository that was renamed
    hang     no answer until the outage ends, then the connection ends
    slow     each answer comes `ms` milliseconds late
    lost     the request is carried out, but the connection ends without the answer
    """

    def __init__(self):
        self.changed = threading.Condition()
        self.set('off')

    def set(self, mode, ms=0, match='', count=None):
        """match: a regular expression for 'METHOD /path' of the requests it hits; count: it ends
        after so many of them."""
        if mode not in MODES:
            raise ValueError(f'no such outage: {mode}')
        with self.changed:
            self.mode, self.ms = mode, int(ms)
            self.match, self.left = re.compile(match), None if count is None else int(count)
            self.changed.notify_all()

    def hit(self, request):
        """What is to be done with it: None, one of ANSWERS, 'drop' or 'lost'. Waits first if it is to."""
        with self.changed:
            mode, ms = self.mode, self.ms
            if mode == 'off' or self.left == 0 or not self.match.search(request):
                return None
            if self.left is not None:
                self.left -= 1
            if mode == 'hang':
                self.changed.wait_for(lambda: self.mode != 'hang')
        if mode == 'slow':
            time.sleep(ms / 1000)
        return mode if mode in ANSWERS else {'lost': 'lost', 'slow': None}.get(mode, 'drop')
