#!/bin/sh
# A job that prints more than anyone wants to keep.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/docker.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"
. "$top_srcdir/tests/flow.sh"

it 'a job that prints 1 GB passes, and Docker keeps 100 MB of it' <<'EOT'
flow
gitea_repo demo <<'SH'
yes "$(printf %0999d 0)" | head -c 1000000000
SH
wait_for 'gitea_statuses | grep -qv "^pending"' 600
same 'success passed in T (job 1)' "$(final)"
git jci pull -q
same 1000000000 "$(git jci cat "$(runs | sed 's|.*/||')" | wc -c)"
log=$(docker_api GET "/containers/$(job_container 1)/json" | jq -r .LogPath)
if test -r "$log"; then
	du -ck "$log"*
	test "$(du -ck "$log"* | sed -n 's/[^0-9]*total$//p')" -le 110000
fi
stop_runner
stop_server
EOT

finish
