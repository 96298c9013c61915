"""HTTP: what all requests have in common. A request is authenticated, an outage (outage.py) may
hit it, it goes to git or to the API, and it is remembered."""

import base64
import contextlib
import http.server
import json
import socket
import traceback
import urllib.parse

import api
import githttp
import outage

BODY_LIMIT = 16 << 20  # bytes, of a request to the API


class Server(http.server.ThreadingHTTPServer):
    """Fails with OSError where the port is taken."""
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, gitea, address, handler):
        self.gitea = gitea
        super().__init__(address, handler)

    def handle_error(self, request, client_address):
        pass  # a client that went away


class Request(http.server.BaseHTTPRequestHandler):
    """What this and the control calls (control.py) share."""
    protocol_version = 'HTTP/1.1'
    timeout = 600
    disable_nagle_algorithm = True
    wbufsize = 65536

    @property
    def gitea(self):
        return self.server.gitea

    def parse(self):
        url = urllib.parse.urlsplit(self.path)
        self.path_only = urllib.parse.unquote(url.path)
        self.query_string = url.query
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))

    def log_message(self, *arguments):
        pass

    # ---- the body ----

    def body_parts(self):
        """The bytes of the body, in parts."""
        if 'chunked' in self.headers.get('Transfer-Encoding', '').lower():
            while size := int(self.rfile.readline().split(b';')[0] or b'0', 16):
                yield from self.read_parts(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # trailers
        else:
            yield from self.read_parts(int(self.headers.get('Content-Length') or 0))
        self.body_read = True

    def read_parts(self, size):
        while size > 0:
            part = self.rfile.read(min(size, 65536))
            if not part:
                raise ConnectionError('the body ended early')
            size -= len(part)
            yield part

    def body(self):
        """All of it; None where it is too long."""
        if int(self.headers.get('Content-Length') or 0) > BODY_LIMIT:
            return None
        return b''.join(self.body_parts())

    def json(self):
        """The object in the body; ValueError."""
        value = json.loads(self.body() or b'{}')
        if not isinstance(value, dict):
            raise ValueError('not an object')
        return value

    # ---- answers ----

    def reply(self, status, data, headers=None):
        """`data`: bytes, or a value to send as JSON."""
        kind = 'text/plain; charset=utf-8'
        if not isinstance(data, bytes):
            data, kind = json.dumps(data, ensure_ascii=False).encode() + b'\n', 'application/json'
        self.send_response(status)
        for name, value in {'Content-Type': kind, **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        if self.command != 'HEAD' and status != 204:
            self.wfile.write(data)

    @contextlib.contextmanager
    def chunked_reply(self, status, headers):
        """Gives a function that sends a part of the body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()

        def write(part):
            self.wfile.write(b'%x\r\n%s\r\n' % (len(part), part))
            self.wfile.flush()

        yield write
        self.wfile.write(b'0\r\n\r\n')

    def drop(self):
        """Ends the connection without an answer."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class Nowhere:
    """Takes the place of the connection when the answer is to be lost."""
    closed = False

    def write(self, data):
        return len(data)

    def flush(self):
        pass

    def close(self):
        pass


class GiteaRequest(Request):
    def serve(self):
        self.parse()
        self.body_read = not (self.headers.get('Transfer-Encoding')
                              or int(self.headers.get('Content-Length') or 0))
        self.user, self.rejected = self.who()
        mode = self.gitea.outage.hit(f'{self.command} {self.path_only}')
        if mode == 'lost':
            self.wfile = Nowhere()
        if mode in outage.ANSWERS:
            self.reply(*outage.ANSWERS[mode])
        elif mode != 'drop':
            self.route()
        if mode in ('lost', 'drop'):
            self.drop()
        elif not self.body_read:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve

    def route(self):
        try:
            if self.path_only.startswith(api.PREFIX):
                self.reply(*api.answer(self))
            elif match := githttp.PATH.fullmatch(self.path_only):
                githttp.serve(self, match)
            else:
                self.reply(404, b'Not found.\n')
        except LookupError:
            self.reply(404, b'Not found.\n')
        except OSError:
            self.close_connection = True
        except Exception:
            traceback.print_exc()
            self.close_connection = True

    def who(self):
        """(the user or None, was a wrong token given?); from a token, or from basic
        authentication with the token as password or as user name."""
        scheme, _, value = self.headers.get('Authorization', '').partition(' ')
        tokens = [value.strip()]
        if scheme.lower() == 'basic':
            with contextlib.suppress(ValueError):
                name, _, password = base64.b64decode(value).decode().partition(':')
                tokens = [password, name]
        for token in tokens:
            if token in self.gitea.tokens:
                return self.gitea.tokens[token], False
        return None, bool(scheme)

    def send_response(self, status, message=None):
        self.gitea.remember(self.command, self.path, self.user, status)
        super().send_response(status, message)
