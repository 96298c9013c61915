#!/bin/sh
# `git jci web` behind nginx, as contrib/ says.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/web.sh"

nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || skip_all 'there is no nginx'

# proxy: nginx with the location of contrib/ for the server at $url; $url becomes the proxy's. It has a
# socket of its own in place of a port, which only the kernel could choose.
proxy() {
	port=$(echo "$url" | sed 's|.*127.0.0.1:\([0-9]*\)/.*|\1|')
	mkdir "$TRASH/nginx"
	sed "s/127\.0\.0\.1:8000/127.0.0.1:$port/" "$top_srcdir/contrib/nginx-git-jci-web.conf" \
		>"$TRASH/nginx/location.conf"
	cat >"$TRASH/nginx/nginx.conf" <<-CONF
	daemon off;
	worker_processes 1;
	pid $TRASH/nginx/pid;
	error_log $TRASH/nginx/error.log;
	$(test "$(id -u)" -ne 0 || echo 'user root;')
	events {}
	http {
		access_log off;
		client_body_temp_path $TRASH/nginx/body;
		proxy_temp_path $TRASH/nginx/proxy;
		fastcgi_temp_path $TRASH/nginx/fastcgi;
		uwsgi_temp_path $TRASH/nginx/uwsgi;
		scgi_temp_path $TRASH/nginx/scgi;
		server {
			listen unix:$TRASH/nginx/socket;
			server_name ci.example;
			include $TRASH/nginx/location.conf;
		}
	}
	CONF
	"$nginx" -c "$TRASH/nginx/nginx.conf" 2>"$TRASH/nginx/out" &
	wait_for 'test -S "$TRASH/nginx/socket"'
	url=http://ci.example/ci/
}

# Further options for curl: through the proxy.
by="--unix-socket nginx/socket"

it 'everything is below the base path' <<'EOT'
new_repo project <<'SH'
seq 300000 >large.txt
SH
git jci run -q 2>../run.err
git commit -q --allow-empty -m second
serve --base-path /ci --host ci.example
proxy
cd ..
get '' $by >page
contains page '"/ci/'
same second "$(get 'api/commits?branch=main' $by | jq -r '.commits[0].message')"
commit=$(git -C project rev-parse HEAD~1)
get "jci/$commit/large.txt/raw" $by | cmp - "$(seq 300000 >expected; echo expected)"
same 206 "$(status "jci/$commit/large.txt/raw" -r 5-9 $by)"
same 304 "$(status "jci/$commit/large.txt/raw" $by -H "If-None-Match: $(header ETag "jci/$commit/large.txt/raw" $by)")"
view=$(get "api/commit/$commit" $by | jq -r .view)
same 6 "$(get "${view}large.txt" $by | sed -n 6p)"
same 421 "$(status '' $by -H 'Host: evil.example')"
stop_serving
EOT

it 'a token leads into the base path' <<'EOT'
new_repo project </dev/null
serve --base-path /ci --host ci.example --token secret
proxy
cd ..
same 401 "$(status '' $by)"
same /ci/ "$(header Location '?token=secret' $by)"
header Set-Cookie '?token=secret' $by >cookie
contains cookie 'Path=/ci/;'
same main "$(get 'api/branches?token=secret' -L -c jar -b jar $by | jq -r '.[].name')"
stop_serving
EOT

it 'the unit of systemd is one' <<'EOT'
command -v systemd-analyze >/dev/null || skip 'there is no systemd-analyze'
sed "s|^ExecStart=[^ ]*|ExecStart=$(command -v git-jci)|; s|^User=.*|User=root|" \
	"$top_srcdir/contrib/git-jci-web.service" >git-jci-web.service
systemd-analyze verify --man=no "$PWD/git-jci-web.service" 2>out || :
same '' "$(grep git-jci-web out || :)"
sed -n 's|^ExecStart=[^ ]* web ||p' "$top_srcdir/contrib/git-jci-web.service" >arguments
new_repo project </dev/null
serve $(sed 's/ 8000$//' ../arguments)
stop_serving
EOT

finish
