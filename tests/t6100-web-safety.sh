#!/bin/sh
# What `git jci web` does not do, whoever asks: the safety of whoever runs it, and of who looks.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"

command -v perl >/dev/null || skip_all 'there is no perl'

# a_run: a repository with a run of a hostile script.
a_run() {
	new_repo project <<'SH'
printf '<script>fetch("/api/branches").then(() => { document.title = "stolen" })</script>' >evil.html
printf '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>' >evil.svg
printf 'alert(1)' >evil.js
printf '<script>alert(1)</script>' >evil
printf '<script>alert(1)</script>' >'<img src=x onerror=alert(1)>.txt'
ln -s /etc/passwd passwd
ln -s / root
SH
	git jci run -q 2>"$TRASH/run.err"
	run=jci/$(git rev-parse HEAD)/$(basename "$(the_ref)")
}

# raw <<'EOF' ... EOF: sends bytes as they are ("\r\n" is written by printf), prints the answer.
raw() {
	perl -MIO::Socket::INET -e '
		my ($port) = $ARGV[0] =~ m{:(\d+)/};
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die;
		$SIG{PIPE} = "IGNORE";
		local $/;
		print $s <STDIN>;
		$s->flush;
		shutdown($s, 1);
		print <$s>;
	' "$url"
}

# resident: peak memory of the server in KiB.
resident() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$server/status"
}

# ---- who may ask ----

it 'only GET and HEAD, and no body' <<'EOT'
a_run
serve
for method in POST PUT DELETE OPTIONS TRACE PATCH CONNECT PROPFIND x; do
	same 405 "$(status "$run/evil/raw" -X "$method")"
	same 'GET, HEAD' "$(header Allow "$run/evil/raw" -X "$method")"
done
same 405 "$(status api/branches -d x)"
same 413 "$(status api/branches -X GET -d x)"
same 413 "$(status api/branches -X GET -d x -H 'Transfer-Encoding: chunked')"
same 200 "$(status api/branches -I)"
same '' "$(curl -sS -I "${url}api/branches" | sed '1,/^.$/d')"
stop_serving
EOT

it 'a request that names another server is refused' <<'EOT'
a_run
serve --host ci.example,other.example
for host in localhost LOCALHOST:80 127.0.0.1 127.0.0.1:1234 '[::1]' '[::1]:99' ci.example Other.Example:443; do
	same 200 "$(status api/branches -H "Host: $host")"
done
for host in evil.example localhost.evil.example 127.0.0.1.evil.example 192.0.2.1 ci.exampl example \
	ci.example,other.example '[' ']' ':' '[::1' 'localhost evil' ''; do
	case $(status api/branches -H "Host: $host" -H 'X-Nothing: x') in
	421 | 400) ;;
	*) echo "Host: $host"; false ;;
	esac
done
same 421 "$(status '' -H 'Host: evil.example')"
same 421 "$(status assets/style.css -H 'Host: evil.example')"
get api/branches -H 'Host: evil.example' >../json || :
contains ../json "'evil.example' is no name of this server"
printf 'GET /api/branches HTTP/1.1\r\n\r\n' | raw | sed -n 1p >../out
contains ../out ' 400 '
printf 'GET /healthz HTTP/1.0\r\n\r\n' | raw >../out
contains ../out ok
stop_serving
EOT

it 'another address than loopback needs a token, or --no-auth, which is said loudly' <<'EOT'
new_repo project </dev/null
expect_exit 2 git jci web --listen 0.0.0.0 0 >../out 2>../err
contains ../err 'give a token with --token-file'
expect_exit 2 git jci web --listen :: 0 >../out 2>../err
same '' "$(cat ../out)"
serve --listen 0.0.0.0 --no-auth
contains ../web.err 'warning: whoever reaches this address can read all runs and logs'
same 200 "$(status api/branches)"
same 200 "$(status api/branches -H "Host: $(uname -n):1")"
same 200 "$(status api/branches -H 'Host: 192.0.2.1')"
same 421 "$(status api/branches -H 'Host: evil.example')"
kill "$server"
wait "$server" || :
serve --listen 0.0.0.0 --token secret
same 401 "$(status api/branches)"
stop_serving
EOT

it 'with a token nothing is had without it' <<'EOT'
a_run
serve --token 'S3cret.~_-'
for path in '' api/branches 'api/commits?branch=main' "$run/evil/raw" assets/style.css healthz badge/main.svg nothing; do
	same 401 "$(status "$path")"
	same 401 "$(status "$path" -H 'Authorization: Bearer S3cret.~_')"
	same 401 "$(status "$path" -H 'Authorization: Bearer S3cret.~_-x')"
	same 401 "$(status "$path" -H 'Authorization: Bearer S3cret.~_x')"
	same 401 "$(status "$path" -H 'Authorization: Basic S3cret.~_-')"
	same 401 "$(status "$path" -H 'Authorization: Bearer')"
	same 401 "$(status "$path" -H 'Cookie: jci-token=S3cret.~_-')"
done
same 'Bearer realm="git-jci"' "$(header WWW-Authenticate api/branches)"
same 200 "$(status api/branches -H 'Authorization: Bearer S3cret.~_-')"
same 200 "$(status "$run/evil/raw" -H 'authorization: bearer S3cret.~_-')"
same 421 "$(status api/branches -H 'Authorization: Bearer S3cret.~_-' -H 'Host: evil.example')"
get '' -H 'Accept: text/html' >../page || :
contains ../page 'a token is needed'
lacks ../page S3cret
stop_serving
EOT

it 'a token in the address becomes a cookie' <<'EOT'
a_run
serve --token secret
same 401 "$(status 'api/branches?token=wrong')"
same 303 "$(status 'api/commits?x=1&token=secret&branch=main')"
same '/api/commits?x=1&branch=main' "$(header Location 'api/commits?x=1&token=secret&branch=main')"
same / "$(header Location '?token=secret')"
same /evil.example/ "$(header Location '//evil.example/?token=secret')"
header Set-Cookie '?token=secret' >../cookie
contains ../cookie '=secret; Path=/; HttpOnly; SameSite=Strict'
same main "$(curl -sS -L -c ../jar "${url}api/branches?token=secret" | jq -r '.[].name')"
same 200 "$(status api/branches -b ../jar)"
stop_serving
EOT

it 'a token comes from a file, and must be one' <<'EOT'
new_repo project </dev/null
printf 'first\nsecond\n' >../token
serve --token-file ../token
same 200 "$(status api/branches -H 'Authorization: Bearer first')"
stop_serving
for token in '' 'a b' 'a;b' 'a"b' 'a&b' 'a=b'; do
	expect_exit 2 git jci web --token "$token" 0 2>../err
	contains ../err 'a token is made of letters'
done
expect_exit 125 git jci web --token-file ../nope 0 2>../err
contains ../err "cannot read the token from '../nope': No such file or directory"
EOT

# ---- what may be had ----

it 'nothing outside of runs is had by any path' <<'EOT'
a_run
serve
echo 'secret of the repository' >.git/secret
for path in ../../etc/passwd ..%2f..%2fetc%2fpasswd .git/config %2e%2e/%2e%2e/secret //etc/passwd \
	assets/../../.git/secret assets/..%2f..%2fsecret assets/%2e%2e assets/ assets/%00 \
	"$run/../../../.git/secret/raw" "$run/%2e%2e/%2e%2e/secret/raw" "$run/..%2f..%2fsecret/raw" \
	"$run//etc/passwd/raw" "$run/%2fetc%2fpasswd/raw" "$run/root/etc/passwd/raw" "$run/./evil/raw" \
	"$run/evil%00.txt/raw" "$run/%c0%ae%c0%ae/secret/raw" "$run/passwd/../evil/raw" \
	jci/HEAD/evil/raw jci/main/evil/raw jci/refs/heads/main/raw 'jci/main@{0}/evil/raw' \
	jci/--help/evil/raw 'jci/$(id)/evil/raw' jci/%2e%2e/x/raw \
	api/commit/.. api/commit/HEAD api/commit/main api/commit/--all api/commit/%2e%2e%2f%2e%2e \
	api/commit/0000000000000000000000000000000000000000 badge/..%2f..%2fsecret.svg badge/.svg; do
	get "$path" >../answer || :
	same 404 "$(status "$path")"
	lacks ../answer root:
	lacks ../answer 'secret of'
done
same /etc/passwd "$(get "$run/passwd/raw")"
stop_serving
EOT

it 'of a run that goes on no link leads out' <<'EOT'
mkfifo fifo
new_repo project <<SH
ln -s /etc/passwd passwd
ln -s / root
mkfifo pipe
echo done >done
cat '$TRASH/fifo'
SH
serve
git jci run -q 2>../run.err &
wait_for 'get "jci/$(git rev-parse HEAD)/done/raw" >../out 2>&1'
for path in passwd root/etc/passwd ../../../../../../etc/passwd pipe root/etc/../etc/passwd; do
	same 404 "$(status "jci/$(git rev-parse HEAD)/$path/raw")"
done
echo >../fifo
wait %2 || :
stop_serving
EOT

it 'artifacts never run in the origin of the page' <<'EOT'
a_run
serve
for name in evil.html evil.svg evil.js evil '%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.txt' passwd; do
	header Content-Security-Policy "$run/$name/raw" >../policy
	contains ../policy "default-src 'none'; sandbox;"
	lacks ../policy allow-scripts
	lacks ../policy allow-same-origin
	lacks ../policy script-src
	same nosniff "$(header X-Content-Type-Options "$run/$name/raw")"
	same same-origin "$(header Cross-Origin-Resource-Policy "$run/$name/raw")"
done
same 'text/plain; charset=utf-8' "$(header Content-Type "$run/evil/raw")"
stop_serving
EOT

it 'the page runs its own scripts alone, and what is asked for by scripts runs nothing' <<'EOT'
a_run
serve
same "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'" \
	"$(header Content-Security-Policy "$run")"
for path in api/branches 'api/commits?branch=main' 'api/commits?branch=%3Cscript%3E' nothing healthz; do
	same "default-src 'none'; frame-ancestors 'none'" "$(header Content-Security-Policy "$path")"
	same nosniff "$(header X-Content-Type-Options "$path")"
	same no-referrer "$(header Referrer-Policy "$path")"
done
same application/json "$(header Content-Type 'api/commits?branch=%3Cscript%3E')"
get 'api/commits?branch=%3Cscript%3E%0d%0aX-Evil:%201' -D ../headers >../json || :
lacks ../headers X-Evil
stop_serving
EOT

it 'a target that is no path is refused' <<'EOT'
a_run
serve
for target in '*' http://localhost/api/branches localhost:80 '?x' x ''; do
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$target" | raw >../out
	sed -n 1p ../out >../line
	contains ../line ' 400 '
done
same ok "$(get healthz)"
stop_serving
EOT

# ---- limits ----

it 'a client that sends its request byte by byte is too late; others are served meanwhile' <<'EOT'
a_run
serve --timeout 1s
perl -MIO::Socket::INET -e '
	my ($port) = $ARGV[0] =~ m{:(\d+)/};
	$SIG{PIPE} = "IGNORE";
	my @all = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die } 1 .. 50;
	$_->autoflush for @all;
	print $_ "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " for @all;
	open my $ready, ">", $ARGV[1]; close $ready;
	my $end = time + 60;
	# a byte each 50 ms, until the server has closed them all
	while (@all && time < $end) {
		select undef, undef, undef, 0.05;
		@all = grep { my $n = sysread_now($_); print $_ "x"; $n } @all;
	}
	print scalar(@all), "\n";
	sub sysread_now {
		my ($s) = @_;
		$s->blocking(0);
		my $n = sysread $s, my $buffer, 100;
		my $open = !defined $n && $!{EAGAIN};
		$s->blocking(1);
		return $open;
	}
' "$url" "$TRASH/ready" >../left &
client=$!
wait_for 'test -e "$TRASH/ready"'
same 200 "$(status healthz)"
wait "$client"
same 0 "$(cat ../left)"
same 200 "$(status healthz)"
stop_serving
EOT

it 'connections that do nothing make place for others' <<'EOT'
a_run
serve --timeout 1s --connections 4
mkfifo ../hold
perl -MIO::Socket::INET -e '
	my ($port) = $ARGV[0] =~ m{:(\d+)/};
	my @all = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die } 1 .. 30;
	open my $ready, ">", $ARGV[1]; close $ready;
	<STDIN>;
' "$url" "$TRASH/ready" <../hold &
exec 8>../hold
wait_for 'test -e "$TRASH/ready"'
same ok "$(get healthz)"
exec 8>&-
stop_serving
EOT

it 'a head that is too large is refused' <<'EOT'
a_run
serve
long=$(head -c 40000 /dev/zero | tr '\0' a)
case $(status "api/$long") in
414 | 431) ;;
*) false ;;
esac
same 431 "$(status healthz -H "X: $long")"
{
	printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'
	seq 20000 | sed 's/.*/X-&: y\r/'
	printf '\r\n'
} | raw >../out || :
lacks ../out ' 200 '
same ok "$(get healthz)"
stop_serving
EOT

it 'a client that does not read costs little' <<'EOT'
new_repo project <<'SH'
head -c 60000000 /dev/zero >zero.bin
SH
git jci run -q 2>../run.err
serve
path=jci/$(git rev-parse HEAD)/zero.bin/raw
same 60000000 "$(get "$path" | wc -c)"
mkfifo ../hold
perl -MIO::Socket::INET -e '
	my ($port) = $ARGV[0] =~ m{:(\d+)/};
	my @all = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die } 1 .. 50;
	for (@all) { print $_ "GET /$ARGV[1] HTTP/1.1\r\nHost: localhost\r\n\r\n"; $_->flush }
	sysread $_, my $buffer, 15 for @all;
	open my $ready, ">", $ARGV[2]; close $ready;
	<STDIN>;
' "$url" "$path" "$TRASH/ready" <../hold &
exec 8>../hold
wait_for 'test -e "$TRASH/ready"'
same 60000000 "$(get "$path" | wc -c)"
built_with JCI_ASAN || test "$(resident)" -lt 60000
exec 8>&-
stop_serving
EOT

it 'ends at once on a signal, whatever is going on' <<'EOT'
new_repo project <<'SH'
head -c 30000000 /dev/zero >zero.bin
SH
git jci run -q 2>../run.err
for signal in TERM INT HUP; do
	serve
	rm -f ../ready
	perl -MIO::Socket::INET -e '
		my ($port) = $ARGV[0] =~ m{:(\d+)/};
		my @all = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die } 1 .. 9;
		for (@all[1 .. 8]) { print $_ "GET /$ARGV[1] HTTP/1.1\r\nHost: localhost\r\n\r\n"; $_->flush }
		sysread $_, my $buffer, 15 for @all[1 .. 8];
		open my $ready, ">", $ARGV[2]; close $ready;
		sysread $_, my $buffer, 1 << 20 or next for (@all) x 100;
	' "$url" "jci/$(git rev-parse HEAD)/zero.bin/raw" "$TRASH/ready" &
	wait_for 'test -e "$TRASH/ready"'
	kill -s "$signal" "$server" || :
	# (a background process of a shell ignores SIGINT from its start)
	test "$signal" != INT || kill -s TERM "$server"
	status=0
	wait "$server" || status=$?
	test "$status" -gt 128
	same '' "$(cat ../web.err)"
done
EOT

it 'a port in use is one clear sentence' <<'EOT'
new_repo project </dev/null
serve
port=$(echo "$url" | sed 's|.*:\([0-9]*\)/|\1|')
expect_exit 125 git jci web "$port" >../out 2>../err
same '' "$(cat ../out)"
same "git-jci: port $port is in use; choose another, or 0 for any that is free" "$(cat ../err)"
stop_serving
EOT

it 'wrong options are told' <<'EOT'
new_repo project </dev/null
for port in x -1 65536 99999999999999999999 80x ''; do
	expect_exit 2 git jci web -- "$port" 2>../err
	contains ../err "is no port"
done
for base in ci /ci/ /; do
	expect_exit 2 git jci web --base-path "$base" 0 2>../err
	contains ../err 'is no base path'
done
expect_exit 125 git jci web --listen 192.0.2.1 --token x 0 2>../err
contains ../err "'192.0.2.1' is no address of this host"
expect_exit 125 git jci web --listen nowhere.example --token x 0 2>../err
contains ../err "'nowhere.example' is no address"
cd ..
expect_exit 125 git -C / jci web 0 2>err
contains err 'not a git repository'
EOT

it 'where a large file can not be cached the answer says so, and the next is right' <<'EOT'
new_repo project <<'SH'
head -c 3000000 /dev/zero >zero.bin
SH
git jci run -q 2>../run.err
path=jci/$(git rev-parse HEAD)/zero.bin/raw
git config jci.cacheSize 0
mkdir ../tmp
test_tmp=$TMPDIR
TMPDIR=$TRASH/tmp
export TMPDIR
serve
same 3000000 "$(get "$path" | wc -c)"
same '' "$(ls -A ../tmp)"
rmdir ../tmp
same 500 "$(status "$path")"
get "$path" >../json || :
contains ../json 'cannot make a temporary file'
same no-cache "$(header Cache-Control "${path%/zero.bin/raw}/$(basename "$(the_ref)")/zero.bin/raw")"
mkdir ../tmp
same 3000000 "$(get "$path" | wc -c)"
stop_serving
EOT

it 'a full disk is no end of it' <<'EOT'
test "$(id -u)" -eq 0 || skip 'only root can mount a small disk'
mkdir disk
mount -t tmpfs -o size=1m none disk 2>/dev/null || skip 'nothing can be mounted here'
at_end "umount '$TRASH/disk' || umount -l '$TRASH/disk'"
new_repo project <<'SH'
head -c 3000000 /dev/zero >zero.bin
SH
git jci run -q 2>../run.err
path=jci/$(git rev-parse HEAD)/zero.bin/raw
rm -rf .git/jci/cache
ln -s "$TRASH/disk" .git/jci/cache
serve
# it is unpacked elsewhere then
same 3000000 "$(get "$path" | wc -c)"
same '' "$(ls -A ../disk)"
stop_serving
TMPDIR=$TRASH/disk
export TMPDIR
serve
same 500 "$(status "$path")"
same 500 "$(status "$path")"
same '' "$(ls -A ../disk)"
same 200 "$(status 'api/commits?branch=main')"
same ok "$(get "jci/$(git rev-parse HEAD)/status.txt/raw")"
mount -o remount,size=16m "$TRASH/disk"
same 3000000 "$(get "$path" | wc -c)"
stop_serving
EOT

it 'requests that are none do no harm' <<'EOT'
a_run
serve --timeout 1s
perl -MIO::Socket::INET -e '
	my ($port) = $ARGV[0] =~ m{:(\d+)/};
	srand 1;
	$SIG{PIPE} = "IGNORE";
	my @paths = ("/", "/api/branches", "/api/commits?branch=main&page=0", "/$ARGV[1]/evil/raw",
		"/$ARGV[1]", "/badge/main.svg", "/healthz", "/view/0/1/2/3", "/assets/style.css",
		"/api/commit/" . (split m{/}, $ARGV[1])[1]);
	my @headers = ("Range: bytes=0-5", "If-None-Match: \"x\", W/\"y\"", "Accept-Encoding: gzip;q=0.1, br",
		"If-Range: \"z\"", "Cookie: a=b; c", "Authorization: Bearer x", "Content-Length: 0",
		"Connection: keep-alive", "Transfer-Encoding: chunked", "Expect: 100-continue");
	my @odd = ("\0", "\r", "\n", "\r\n\r\n", "%", "%00", "%2e%2e", "%zz", "/", "//", "?", "&", "=", "\"",
		"\xff", "\xc0\xae", " ", "\t", ":", "GET", "HTTP/1.1", "-", "," x 99, "a" x 3000, "0" x 40, "{}", "*");
	my $answers = 0;
	for my $i (1 .. $ARGV[2]) {
		my $request = "GET $paths[rand @paths] HTTP/1.1\r\nHost: localhost\r\n";
		$request .= "$headers[rand @headers]\r\n" for 1 .. rand 4;
		$request .= "\r\n";
		for (1 .. rand 5) {
			my $at = int rand length $request;
			my $kind = rand 3;
			if ($kind < 1) { substr($request, $at, 0) = $odd[rand @odd] }
			elsif ($kind < 2) { substr($request, $at, 1 + rand 4) = "" }
			else { substr($request, $at, 1) = chr rand 256 }
		}
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die "gone at $i: $!";
		# whatever that was, there is an end to it
		print $s "$request\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
		$s->flush;
		$answers++ if sysread $s, my $buffer, 1 << 16;
		close $s;
	}
	die "hardly any answers: $answers" if $answers < $ARGV[2] / 4;
' "$url" "$run" 5000
same ok "$(get healthz)"
stop_serving
EOT

finish
