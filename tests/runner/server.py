"""A server that gives jobs to runners, for tests of the runner: it speaks the poll protocol.

    server.py FOLDER [PORT]

All that it knows is in FOLDER, so that it can be killed and started again:

    port            where it listens, on loopback; written when it does
    secret          of its runners
    jobs/ID         a job: the object that a runner gets, or {"id", "attempt"} and more
    max_jobs        for each runner; 4 if it isn't there
    assigned/ID     it is: the runner's uuid
    ended/ID        how the runner says that it ended, as "REASON EXIT DETAIL"
    cancel/ID       it is to be cancelled
    polls           all requests, a line each
    status          answer with this status instead
    lose            close the connection amid an answer with a job, once
    answer          answer with these bytes instead
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

LOCK = Lock()


def read(path, fallback=''):
    """The text of a file of the folder."""
    try:
        with open(path, encoding='utf-8') as file:
            return file.read().strip()
    except FileNotFoundError:
        return fallback


def write(path, text):
    """Replaces it at once."""
    with open(path + '.tmp', 'w', encoding='utf-8') as file:
        file.write(text)
    os.replace(path + '.tmp', path)


def names(folder):
    """Ids, the lowest first."""
    return sorted((n for n in os.listdir(folder) if n.isdigit()), key=int)


def hear(job):
    """What a runner says of one job: whether it may forget that."""
    if job['state'] != 'exited':
        return False
    path = f"ended/{job['id']}"
    if not os.path.exists(path):
        write(path, f"{job['reason']} {job.get('exit', '-')} {job.get('detail', '')}".strip())
    return True


def offer(runner, listed, slots):
    """A job for it: one whose answer was lost comes again, else the next one if it has room."""
    for name in names('jobs'):
        owner = read(f'assigned/{name}')
        if os.path.exists(f'ended/{name}') or name in listed:
            continue
        if owner == runner or (not owner and slots > 0):
            write(f'assigned/{name}', runner)
            return json.loads(read(f'jobs/{name}'))
    return None


def poll(request):
    """The answer to it."""
    listed = {str(job['id']): job for job in request['jobs']}
    forget = [job for job in request['jobs'] if hear(job)]
    cancel = [job for name, job in listed.items()
              if os.path.exists(f'cancel/{name}') and job['state'] == 'running']
    return {
        'job': offer(request['runner'], listed, request['slots']),
        'cancel': [{'id': j['id'], 'attempt': j['attempt']} for j in cancel],
        'forget': [{'id': j['id'], 'attempt': j['attempt']} for j in forget],
        'max_jobs': int(read('max_jobs', '4')),
    }


class Handler(BaseHTTPRequestHandler):
    """Of one connection."""

    protocol_version = 'HTTP/1.1'

    def respond(self, status, body, size=None):
        """Answers; with a size of more than there is, the rest of it is lost."""
        self.send_response(status)
        self.send_header('Content-Length', str(size or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        """A poll."""
        body = self.rfile.read(int(self.headers['Content-Length']))
        with LOCK:
            self.take(body)

    def take(self, body):
        """One at a time."""
        with open('polls', 'ab') as file:
            file.write(body.strip() + b'\n')
        status = read('status')
        if status:
            return self.respond(int(status), b'no')
        if self.headers['Authorization'] != 'Bearer ' + read('secret'):
            return self.respond(401, b'wrong secret')
        request = json.loads(body)
        if 'runner' not in request:
            return self.respond(400, b'no runner')
        if os.path.exists('answer'):
            return self.respond(200, read('answer').encode())
        answer = json.dumps(poll(request)).encode()
        if os.path.exists('lose') and b'"job": {' in answer:
            os.unlink('lose')
            self.close_connection = True
            return self.respond(200, answer[:9], len(answer))
        return self.respond(200, answer)

    def log_message(self, format, *args):
        """Nothing."""


def main():
    """Until it is killed."""
    os.chdir(sys.argv[1])
    for folder in ('jobs', 'assigned', 'ended', 'cancel'):
        os.makedirs(folder, exist_ok=True)
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    server = ThreadingHTTPServer(('127.0.0.1', port), Handler)
    server.daemon_threads = True
    write('port', str(server.server_port))
    server.serve_forever()


main()
