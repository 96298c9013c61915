"""An HTTP service that takes whatever it is sent: it records each request and answers as prepared.

    standin.py FOLDER

    FOLDER/url                  where it listens, on loopback; written when it does
    FOLDER/N                    the Nth request, from 1: its line, its headers, an empty line, its body
    FOLDER/N.body               its body alone, as it came
    FOLDER/answers/METHOD/PATH  what such a request is answered with (of a path that ends with "/", or
                                is a folder here: the file "index" in it). In front of an empty line
                                there may be a status and headers, if the first line is "HTTP STATUS".
    FOLDER/answers/otherwise    all others; without this file "{}"

The query of a request is recorded, and counts for nothing in the choice of an answer."""

import http.server
import pathlib
import sys
import urllib.parse

FOLDER = pathlib.Path(sys.argv[1])


def write(name, data):
    """At once: who sees the file sees all of it."""
    (FOLDER / 'new').write_bytes(data)
    (FOLDER / 'new').rename(FOLDER / name)


def prepared(method, path):
    """The file with the answer, or None."""
    path = urllib.parse.unquote(path.partition('?')[0])
    parts = [part for part in path.split('/') if part not in ('', '.', '..')]
    file = FOLDER.joinpath('answers', method, *parts)
    if file.is_dir() or path.endswith('/'):
        file /= 'index'
    for choice in (file, FOLDER / 'answers' / 'otherwise'):
        if choice.is_file():
            return choice.read_bytes()
    return None


def parse(answer):
    """Status, headers and body of a prepared answer."""
    if answer is None:
        return 200, [('Content-Type', 'application/json')], b'{}'
    if not answer.startswith(b'HTTP '):
        return 200, [], answer
    head, _, body = answer.partition(b'\n\n')
    first, *lines = head.decode().splitlines()
    return int(first.split()[1]), [line.split(': ', 1) for line in lines], body


class Handler(http.server.BaseHTTPRequestHandler):
    """Of one connection; the server takes one at a time, so requests have an order."""

    count = 0
    timeout = 60

    def read_body(self):
        """By its length, or in chunks."""
        if self.headers.get('Transfer-Encoding', '').lower() != 'chunked':
            return self.rfile.read(int(self.headers.get('Content-Length', 0)))
        body = b''
        while size := int(self.rfile.readline().partition(b';')[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def handle_request(self):
        """Any method."""
        body = self.read_body()
        Handler.count += 1
        write(f'{Handler.count}.body', body)
        head = f'{self.requestline}\n' + ''.join(f'{n}: {v}\n' for n, v in self.headers.items())
        write(f'{Handler.count}', head.encode() + b'\n' + body)
        status, headers, answer = parse(prepared(self.command, self.path))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(answer)

    do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = handle_request

    def log_message(self, *arguments):
        pass


FOLDER.mkdir(parents=True, exist_ok=True)
with http.server.HTTPServer(('127.0.0.1', 0), Handler) as server:
    write('url', f'http://127.0.0.1:{server.server_port}\n'.encode())
    server.serve_forever()
