#!/bin/sh
# The server's disk is full: nothing is acknowledged that is not on it, and it goes on when there is
# room again.

# In a mount namespace of its own, nothing stays mounted however this script ends.
if test -z "${JCI_TEST_MOUNTS:-}" && unshare --mount -- true 2>/dev/null; then
	JCI_TEST_MOUNTS=private exec unshare --mount -- sh "$0"
fi

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"

test "$(id -u)" -eq 0 || skip_all 'only root can mount a small disk'
mkdir "$test_root/disk"
mount -t tmpfs -o size=64k none "$test_root/disk" 2>/dev/null || skip_all 'nothing can be mounted here'
umount "$test_root/disk"

it 'webhooks are refused with 503 while the disk is full, and taken when there is room' <<'EOT'
mkdir disk
mount -t tmpfs -o size=8m none disk
at_end "umount '$TRASH/disk' || umount -l '$TRASH/disk'"
start_gitea
server_settings
export JCI_DB=$TRASH/disk/server.db
start_server
push_body body refs/heads/first "$(printf %040d 1)"
same 202 "$(deliver body push)"
same ok "$(ask healthz)"
head -c 8m /dev/zero >disk/filler 2>/dev/null || :
i=1
code=202
while test "$code" = 202 && test $i -lt 2000; do
	i=$((i + 1))
	push_body body "refs/heads/b$i" "$(printf %040d $i)"
	code=$(deliver body push)
	test "$code" != 202 || echo $i >>taken
done
same 503 "$code"
jq -e .error answer
contains server.err webhook.failed
wait_for 'test "$(code healthz)" = 503' 30
# polls are answered, if only with 503
poll '[]' 1 >polled
rm disk/filler
same 202 "$(deliver body push)"
wait_for 'test "$(code healthz)" = 200' 30
kill_server
start_server
test ! -e taken || while read -r n; do
	same 1 "$(admin "jobs?ref=refs/heads/b$n" | jq length)"
done <taken
same 1 "$(admin "jobs?ref=refs/heads/b$i" | jq length)"
same 1 "$(admin "jobs?ref=refs/heads/first" | jq length)"
stop_server
EOT

finish
