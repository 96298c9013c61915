#!/bin/sh
# `git jci server` for people and their tools: the API and `git jci jobs`, the page, numbers, TLS,
# `server check`, and what contrib/ has for it.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"

# ---- the API, the command and the page ----

it 'jobs are listed, cancelled and retried by the API' <<'EOT'
begin
pushed_repo
same 401 "$(code api/jobs)"
same 401 "$(code api/jobs -H "Authorization: Bearer $JCI_RUNNER_SECRET")"
same 401 "$(code api/jobs -u "x:$JCI_ADMIN_TOKEN")"
same '' "$(curl -sS -D - -o /dev/null "${url}api/jobs" | grep '^x' || :)"
same 1 "$(admin 'jobs?state=pending&repository=boss/demo&ref=refs/heads/main' | jq length)"
same 1 "$(admin "jobs?commit=$(git rev-parse HEAD)" | jq length)"
same 0 "$(admin 'jobs?state=done' | jq length)"
same 0 "$(admin 'jobs?before=1' | jq length)"
for wrong in state=green limit=x limit=1001 before=-1; do
	same 400 "$(code "api/jobs?$wrong" -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
done
same 404 "$(code api/jobs/7 -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
same 404 "$(code api/jobs/01 -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
same 409 "$(code api/jobs/1/log -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
same 409 "$(code api/jobs/1/retry -X POST -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
same 405 "$(code api/jobs/1/cancel -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
same done "$(admin jobs/1/cancel -X POST | jq -r .state)"
same cancelled "$(admin jobs/1 | jq -r .reason)"
same 409 "$(code api/jobs/1/cancel -X POST -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
same 404 "$(code api/jobs/1/log -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
same '2 retry pending' "$(admin jobs/1/retry -X POST | jq -r '"\(.id) \(.trigger) \(.state)"')"
# one that goes on is stopped by its runner
wait_for 'poll "[]" 1 >answer1; jq -e .job answer1'
same true "$(admin jobs/2/cancel -X POST | jq .cancelled)"
poll '[{"id": 2, "attempt": 1, "state": "running"}]' 0 >answer2
same '[{"id":2,"attempt":1}]' "$(jq -c .cancel answer2)"
poll '[{"id": 2, "attempt": 1, "state": "exited", "exit": 143, "reason": "cancelled"}]' 0 >answer3
wait_for 'admin jobs/2 | jq -e ".reason == \"cancelled\""'
stop_server
EOT

it 'without an admin token nobody may' <<'EOT'
start_gitea
server_settings
unset JCI_ADMIN_TOKEN
start_server
for path in api/jobs api/runners '' jobs/1; do
	same 403 "$(code "$path" -H 'Authorization: Bearer ')"
	contains answer JCI_ADMIN_TOKEN
done
same 200 "$(code healthz)"
stop_server
EOT

it 'git jci jobs does the same from the terminal' <<'EOT'
begin
pushed_repo
expect_exit 2 git jci jobs 2>err
contains err 'JCI_SERVER: is not set'
export JCI_SERVER="${url%/}"
JCI_ADMIN_TOKEN=wrong expect_exit 125 git jci jobs 2>err
contains err 'JCI_ADMIN_TOKEN has to be the same'
JCI_SERVER=$gitea expect_exit 125 git jci jobs 2>err
contains err 'is it the URL of a git jci server?'
JCI_SERVER=ftp://x expect_exit 2 git jci jobs 2>err
JCI_SERVER=http://127.0.0.1:1 expect_exit 125 git jci jobs 2>err
git jci jobs >out
same "1 pending boss/demo main $(git rev-parse --short=10 HEAD)" "$(awk '{print $1, $2, $3, $4, $5}' out)"
same 1 "$(git jci jobs ls --json --state pending --repository boss/demo | jq .id)"
same '' "$(git jci jobs ls --state done)"
git jci jobs -z >out
same "1	pending" "$(tr '\0' '\n' <out | cut -f 1,2)"
same 13 "$(tr '\0' '\n' <out | awk -F '\t' '{print NF}')"
expect_exit 1 git jci jobs log 1 2>err
contains err 'waits for a runner'
expect_exit 1 git jci jobs cancel 1 7 2>err
contains err 'job 1 is cancelled'
same 2 "$(git jci jobs retry 1)"
same '2 1' "$(git jci jobs -n 5 --json | jq .id | tr '\n' ' ' | sed 's/ $//')"
same 2 "$(git jci jobs -n 1 --json | jq .id)"
for wrong in 'cancel' 'cancel x' 'log 1 2' 'ls 1' 'stop 1' 'cancel --json 1' 'ls --json -z'; do
	expect_exit 2 git jci jobs $wrong 2>err
done
stop_server
EOT

it 'the page shows jobs and runners, to who has the token, and hostile names as text' <<'EOT'
begin
push_body body 'refs/heads/<script>alert(1)</script>' "$(printf %040d 1)"
same 202 "$(deliver body push)"
same 401 "$(code '')"
same 'Basic realm="git-jci", charset="UTF-8"' \
	"$(ask '' -o /dev/null -D - | tr -d '\r' | sed -n 's/^WWW-Authenticate: //p')"
same 401 "$(code '' -u x:wrong)"
same 401 "$(code '' -u x:)"
poll '[]' 0 >answer
same 200 "$(code '' -u "any:$JCI_ADMIN_TOKEN")"
contains answer '&lt;script&gt;alert(1)&lt;/script&gt;'
lacks answer '<script'
contains answer 'href="jobs/1"'
contains answer 'http-equiv="refresh"'
contains answer host-a
same 200 "$(code jobs/1 -H "Authorization: Bearer $JCI_ADMIN_TOKEN")"
contains answer 'git jci jobs cancel 1'
lacks answer '<script'
same 404 "$(code jobs/2 -u "any:$JCI_ADMIN_TOKEN")"
same 404 "$(code nothing)"
ask '' -u "any:$JCI_ADMIN_TOKEN" -o /dev/null -D - | tr -d '\r' >headers
contains headers "Content-Security-Policy: default-src 'none'; style-src 'self'"
contains headers 'Cache-Control: no-store'
contains headers 'X-Content-Type-Options: nosniff'
same 200 "$(code style.css)"
stop_server
EOT

it 'numbers are there for Prometheus' <<'EOT'
begin
push_body body refs/heads/main "$(printf %040d 1)"
same 202 "$(deliver body push)"
same 401 "$(code webhook --data-binary x)"
poll '[]' 0 >answer
ask metrics >metrics
# every line is a comment or a sample of a metric that was announced
same '' "$(awk '
	/^# HELP [a-z_]+ .*\.$/ { next }
	/^# TYPE [a-z_]+ (counter|gauge|histogram)$/ { type[$3] = $4; next }
	/^[a-z_]+({[a-z]+="[^"]*"})? -?[0-9.]+$/ {
		name = $1
		sub(/{.*/, "", name)
		if (name in type || (sub(/_(bucket|sum|count)$/, "", name) && type[name] == "histogram"))
			next
	}
	{ print }' metrics)"
contains metrics 'jci_jobs{state="pending"} 1'
contains metrics 'jci_webhooks_total{outcome="queued"} 1'
contains metrics 'jci_webhooks_total{outcome="unsigned"} 1'
contains metrics 'jci_polls_total{answer="empty"} 1'
contains metrics 'jci_poll_duration_seconds_count 1'
contains metrics 'jci_runners_alive 1'
contains metrics "jci_build_info{version=\"$(git-jci version | sed -n '1s/.* //p')\"} 1"
same ok "$(ask healthz)"
stop_server
EOT

it 'a runner that ends and comes again is the same one' <<'EOT'
begin
poll '[]' 0 >answer
poll '[]' 2 >answer
same '1 2' "$(admin runners | jq -r '"\(length) \(.[0].slots)"')"
kill_server
start_server
same "host-a $runner" "$(admin runners | jq -r '.[0] | "\(.name) \(.id)"')"
stop_server
EOT

it 'it does TLS with a certificate and its key' <<'EOT'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem \
	-days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>openssl.err
start_gitea
server_settings
export JCI_TLS_CERT=cert.pem JCI_TLS_KEY=key.pem
start_server
case $url in https://*) ;; *) false ;; esac
same ok "$(ask healthz --cacert cert.pem)"
push_body body refs/heads/main "$(printf %040d 1)"
same 202 "$(deliver body push --cacert cert.pem)"
export JCI_SERVER="$url"
same 1 "$(JCI_CA=cert.pem git jci jobs --json | jq .id)"
expect_exit 125 git jci jobs 2>err
stop_server
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem 2>openssl.err
expect_exit 125 git jci server 2>err
contains err 'the certificate or its key is not right'
EOT

# ---- check, stopping, contrib ----

it 'server check tells what is wrong, and what mends it' <<'EOT'
start_gitea
server_settings
gitea_repo demo </dev/null
export JCI_REPOSITORIES=boss/demo,boss/none
expect_exit 1 git jci server check >out
contains out "ok     the token is that of 'jci-bot'"
contains out "ok     boss/demo: 'jci-bot' may do what it has to"
contains out "wrong  boss/none: 'jci-bot' cannot see it"
contains out 'can be written'
JCI_REPOSITORIES=boss/demo expect_exit 0 git jci server check >out
GITEA_TOKEN=wrong expect_exit 1 git jci server check >out
contains out '/user/settings/applications'
GITEA_HOST=http://127.0.0.1:1 expect_exit 1 git jci server check >out
contains out GITEA_HOST
JCI_JOB_CREDENTIALS=deploy-key JCI_REPOSITORIES=boss/demo expect_exit 1 git jci server check >out
contains out 'may not make deploy keys'
expect_exit 2 git jci server chek 2>err
# also while the server has the database
start_server
JCI_REPOSITORIES=boss/demo expect_exit 0 git jci server check >out
contains out 'in use by a server'
stop_server
EOT

it 'it stops while Gitea hangs, runners wait and a webhook trickles in' <<'EOT'
begin
pushed_repo
gitea_outage hang
admin jobs/1/cancel -X POST >cancelled
mkfifo body
curl -sS -T body -X POST "${url}webhook" >/dev/null 2>&1 &
exec 3>body
echo '{"ref":' >&3
kill -TERM "$server"
expect_exit 143 wait "$server"
contains "$TRASH/server.err" server.stopping
EOT

it 'it works below a path of nginx, as contrib/ has it' <<'EOT'
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || skip 'there is no nginx'
begin
mkdir nginx
sed "s|http://127\.0\.0\.1:8700/|$url|" "$top_srcdir/contrib/nginx-git-jci-server.conf" >nginx/location
cat >nginx/nginx.conf <<CONF
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
		include $TRASH/nginx/location;
	}
}
CONF
"$nginx" -c "$TRASH/nginx/nginx.conf" 2>nginx/out &
wait_for 'test -S nginx/socket'
url=http://ci.example/jci/
by="--unix-socket nginx/socket"
push_body body refs/heads/main "$(printf %040d 1)"
same 202 "$(deliver body push $by)"
head -c 20000000 /dev/zero >large
same 400 "$(deliver large push $by)"
same null "$(poll '[]' 0 $by | jq .job)"
same 1 "$(admin jobs $by | jq '.[0].id')"
same 200 "$(code jobs/1 $by -u "x:$JCI_ADMIN_TOKEN")"
contains answer 'href="../style.css"'
same 200 "$(code style.css $by)"
same 403 "$(code metrics $by)"
stop_server
EOT

it 'the units of systemd are some' <<'EOT'
command -v systemd-analyze >/dev/null || skip 'there is no systemd-analyze'
for unit in git-jci-server git-jci-runner; do
	sed "s|^ExecStart=[^ ]*|ExecStart=$(command -v git-jci)|; /^SupplementaryGroups=/d" \
		"$top_srcdir/contrib/$unit.service" >"$unit.service"
	systemd-analyze verify --man=no "$PWD/$unit.service" 2>out || :
	same '' "$(grep "$unit" out || :)"
done
EOT

it 'what contrib/docker names is there' <<'EOT'
docker=$top_srcdir/contrib/docker
sed -n 's/^ *\([A-Z][A-Z_]*\): .*/\1/p' "$docker/compose.yaml" | sort -u >variables
test "$(wc -l <variables)" -gt 8
cat "$top_srcdir"/doc/git-jci-server.1 "$top_srcdir"/doc/git-jci-runner.1 >pages 2>/dev/null || :
while read -r name; do
	test -e "$top_srcdir/doc/git-jci-runner.1" || case $name in JCI_IMAGE | JCI_RUNNER_NAME | JCI_SERVER) continue ;; esac
	grep -q "^\.It.* ${name%_FILE}\(_FILE\)*\( \|\$\)" pages
done <variables
# the packages to build with are those of bootstrap
sed -n '/ AS build$/,/^COPY/p' "$docker/Dockerfile" | tr -s ' \t\\&' '\n' | grep -- '-dev$' | sort >has
sed -n "/^packages='/,/'\$/p" "$top_srcdir/bootstrap" | tr -s " \t'" '\n' | grep -- '-dev$' |
	grep -v -e cmocka -e vterm | sort >wants
diff -u wants has
# the YAML is some, if there is what reads it
python3 -c 'import yaml' 2>/dev/null || exit 0
python3 -c 'import sys, yaml; print(*sorted(yaml.safe_load(open(sys.argv[1]))["services"]))' \
	"$docker/compose.yaml" >services
same 'runner server' "$(cat services)"
EOT

finish
