"""git's smart HTTP, by its own CGI program git-http-backend. Bodies are streamed in both
directions: as they are, in chunks, or compressed (which the program undoes)."""

import re
import subprocess
import threading

PATH = re.compile(r'/([\w.-]+)/([\w.-]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)')


def serve(request, match):
    """Answers a request whose path matches PATH."""
    gitea, repo = request.gitea, request.gitea.repo(*match.group(1, 2))
    pushes = 'git-receive-pack' in (match.group(3), request.query.get('service'))
    level = gitea.level(request.user, repo)
    if request.user is None and (pushes or level == 'none'):
        request.reply(401, b'', {'WWW-Authenticate': 'Basic realm="."'})
    elif level == 'none':
        request.reply(404, b'Repository not found\n')
    elif pushes and level == 'read':
        request.reply(403, b'User permission denied\n')
    else:
        run_cgi(request, environment(request, repo, match.group(3)))


def environment(request, repo, service):
    headers = request.headers
    found = {**request.gitea.git_environment(repo, request.user),
             'GIT_PROJECT_ROOT': str(request.gitea.path(repo)), 'GIT_HTTP_EXPORT_ALL': '1',
             'PATH_INFO': '/' + service, 'QUERY_STRING': request.query_string,
             'REQUEST_METHOD': request.command, 'REMOTE_USER': request.user or '',
             'REMOTE_ADDR': request.client_address[0],
             'CONTENT_TYPE': headers.get('Content-Type', ''),
             'HTTP_CONTENT_ENCODING': headers.get('Content-Encoding', ''),
             'GIT_PROTOCOL': headers.get('Git-Protocol', '')}
    if headers.get('Content-Length'):
        found['CONTENT_LENGTH'] = headers['Content-Length']
    return found


def run_cgi(request, variables):
    cgi = subprocess.Popen(['git', 'http-backend'], env=variables, stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)
    feeder = threading.Thread(target=feed, args=(request, cgi.stdin), daemon=True)
    feeder.start()
    try:
        send(request, cgi.stdout)
    finally:
        cgi.stdout.close()
        cgi.wait()
        feeder.join()


def feed(request, pipe):
    """The body, to the program; it may end before it has read all."""
    try:
        for part in request.body_parts():
            pipe.write(part)
    except OSError:
        request.close_connection = True
    finally:
        try:
            pipe.close()
        except OSError:
            pass


def send(request, pipe):
    """What the program prints: headers, an empty line, and the body, which goes out in chunks."""
    status, headers = 200, {}
    while line := pipe.readline().strip():
        name, _, value = line.decode().partition(':')
        if name == 'Status':
            status = int(value.split()[0])
        elif name != 'Content-Length':
            headers[name] = value.strip()
    with request.chunked_reply(status, headers) as write:
        while part := pipe.read1(65536):
            write(part)
