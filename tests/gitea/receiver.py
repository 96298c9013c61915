#!/usr/bin/env python3
"""FOLDER [STATUS]: takes webhooks. The bodies become FOLDER/1.json, 2.json and so on, in the order
in which they came, their headers 1.headers; FOLDER/url tells where it listens. All are answered by
STATUS (default 200)."""

import http.server
import pathlib
import sys


class Receiver(http.server.BaseHTTPRequestHandler):
    count = 0

    def do_POST(self):
        Receiver.count += 1
        body = self.rfile.read(int(self.headers['Content-Length']))
        headers = ''.join(f'{name}: {value}\n' for name, value in self.headers.items()
                          if name not in ('Host', 'Content-Length', 'Accept-Encoding'))
        write(f'{Receiver.count}.headers', headers.encode())
        write(f'{Receiver.count}.json', body)
        self.send_response(STATUS)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *arguments):
        pass


def write(name, data):
    (FOLDER / 'new').write_bytes(data)
    (FOLDER / 'new').rename(FOLDER / name)


FOLDER = pathlib.Path(sys.argv[1])
STATUS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
FOLDER.mkdir(parents=True, exist_ok=True)
with http.server.HTTPServer(('127.0.0.1', 0), Receiver) as server:
    write('url', f'http://127.0.0.1:{server.server_port}/webhook\n'.encode())
    server.serve_forever()
