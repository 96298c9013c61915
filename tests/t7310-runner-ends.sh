#!/bin/sh
# `git jci runner` when it is told to end, when it is killed, and when the server or Docker are away.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/runner.sh"

# ---- signals ----

it 'the first signal drains: no new jobs, but those that run end' <<'EOT'
start_runner
job 1 'while test ! -e /go; do $busybox sleep 0.05; done; exit 4'
wait_for 'is_running 1'
kill -TERM "$runner"
wait_log runner.drain
job 2 'exit 0'
: >server/polls
wait_for 'test "$(grep -c "\"slots\":0.*running" server/polls)" -ge 2'
docker exec "$(container 1)" /jci/bundle/bin/busybox touch /go
expect_exit 0 wait "$runner"
same 'exited 4' "$(cat server/ended/1)"
test ! -e server/assigned/2
EOT

it 'a runner without jobs ends at once' <<'EOT'
start_runner JCI_POLL_INTERVAL=60s
wait_log server.connected
stop_runner
contains log runner.end
EOT

it 'a hangup is nothing to it' <<'EOT'
start_runner
wait_log server.connected
kill -HUP "$runner"
: >server/polls
wait_for 'test "$(wc -l <server/polls)" -ge 2'
lacks log runner.drain
stop_runner
EOT

it 'the second signal cancels all, and their results are told' <<'EOT'
start_runner JCI_GRACE=60s
job 1 'trap "echo pushing; exit 0" TERM; echo ready; while :; do $busybox sleep 0.1; done'
wait_for 'is_running 1 && logged 1 | grep -qx ready'
kill -TERM "$runner"
wait_log runner.drain
kill -TERM "$runner"
expect_exit 0 wait "$runner"
same 'cancelled 0 the runner was stopped' "$(cat server/ended/1)"
logged 1 >out
contains out pushing
EOT

it 'the third ends it at once, and the next runner tells the rest' <<'EOT'
start_runner JCI_GRACE=60s
job 1 'trap : TERM; echo ready; while :; do $busybox sleep 0.1; done'
wait_for 'is_running 1 && logged 1 | grep -qx ready'
kill -TERM "$runner"
wait_log runner.drain
kill -TERM "$runner"
wait_log job.term
kill -TERM "$runner"
expect_exit 143 wait "$runner"
is_running 1
start_runner JCI_GRACE=1s
same 'cancelled 137 the runner was stopped' "$(ended 1)"
stop_runner
EOT

# ---- restarts ----

it 'a runner that was killed finds its containers again' <<'EOT'
start_runner
job 1 'while test ! -e /go; do $busybox sleep 0.05; done; exit 5'
job 2 'while test ! -e /go; do $busybox sleep 0.05; done; exit 6'
wait_for 'is_running 1 && is_running 2'
kill_runner
: >server/polls
docker exec "$(container 2)" /jci/bundle/bin/busybox touch /go
wait_for '! is_running 2'
start_runner
same 'exited 6' "$(ended 2)"
contains log 'job.found job=1'
same running "$(head -n 1 server/polls | jq -r '.jobs[] | select(.id == 1) | .state')"
docker exec "$(container 1)" /jci/bundle/bin/busybox touch /go
same 'exited 5' "$(ended 1)"
same 2 "$(containers | wc -l)"
stop_runner
EOT

it 'a container that was never started goes, and its job starts once all the same' <<'EOT'
start_runner
wait_log server.connected
kill_runner
docker create --name "jci-$(uuid | cut -c 1-8)-1-1" --label "git-jci.runner=$(uuid)" \
	--label git-jci.job=1 --label git-jci.attempt=1 "$image" /nothing
docker create --name "jci-$(uuid | cut -c 1-8)-9-1" --label "git-jci.runner=$(uuid)" \
	--label git-jci.job=9 --label git-jci.attempt=1 "$image" /nothing
job 1 'exit 0'
uuid >server/assigned/1
start_runner
same 'exited 0' "$(ended 1)"
same "jci-$(uuid | cut -c 1-8)-1-1" "$(containers)"
stop_runner
EOT

it 'containers of other runners are none of its business' <<'EOT'
start_runner
other=$(docker create --label git-jci.runner=11111111-2222-4333-8444-555555555555 \
	--label git-jci.job=1 --label git-jci.attempt=1 "$image" /nothing)
at_end "docker rm $other"
: >server/polls
wait_for 'test "$(wc -l <server/polls)" -ge 3'
docker inspect "$other" >inspected
same '[]' "$(tail -n 1 server/polls | jq -c .jobs)"
stop_runner
EOT

it 'a second runner with the same database ends at once' <<'EOT'
start_runner
wait_log server.connected
expect_exit 125 with_settings git-jci runner 2>err
contains err 'JCI_RUNNER_DB: another process works with the database'
stop_runner
EOT

it 'a runner that is killed wherever loses no job, and starts none twice' <<'EOT'
built_with JCI_FAULT_INJECTION || skip 'built without --enable-fault-injection'
job 1 'exit 0'
start_runner JCI_FAULT=runner-created
expect_exit 137 wait "$runner"
same "jci-$(uuid | cut -c 1-8)-1-1" "$(containers --filter status=created)"
start_runner JCI_FAULT=runner-start
expect_exit 137 wait "$runner"
start_runner
same 'exited 0' "$(ended 1)"
same 1 "$(containers | wc -l)"
stop_runner
EOT

it 'a timeout is told as one wherever the runner is killed meanwhile' <<'EOT'
built_with JCI_FAULT_INJECTION || skip 'built without --enable-fault-injection'
for point in runner-timeout runner-removed; do
	rm -f server/ended/1 server/assigned/1
	job 1 'while :; do $busybox sleep 0.1; done' '{"timeout_s": 1}'
	start_runner JCI_FAULT=$point
	expect_exit 137 wait "$runner"
	start_runner
	case $(ended 1) in
	'timeout - '*) ;;
	*) false ;;
	esac
	same '' "$(containers)"
	stop_runner
	same 1 "$(grep -c 'job.started job=1' log)"
	: >log
done
EOT

# ---- the server ----

it 'an answer that is lost comes again, and its job runs once' <<'EOT'
start_runner
wait_log server.connected
: >server/lose
job 1 'exit 0'
same 'exited 0' "$(ended 1)"
test ! -e server/lose
contains log server.away
same 1 "$(containers | wc -l)"
same 1 "$(grep -c 'job.started job=1' log)"
stop_runner
EOT

it 'a server that goes away and comes back gets all results' <<'EOT'
start_runner
job 1 'while test ! -e /go; do $busybox sleep 0.05; done; exit 7'
wait_for 'is_running 1'
port=$(cat server/port)
kill "$jobs_server"
wait_log server.away
docker exec "$(container 1)" /jci/bundle/bin/busybox touch /go
wait_log 'job.ended job=1'
serve_jobs "$port"
same 'exited 7' "$(ended 1)"
same 2 "$(grep -c server.connected log)"
stop_runner
EOT

it 'it waits for a server that is not there when it starts' <<'EOT'
serve_jobs
port=$(cat server/port)
kill "$jobs_server"
start_runner
wait_log server.away
job 1 'exit 0'
serve_jobs "$port"
same 'exited 0' "$(ended 1)"
stop_runner
EOT

it 'a wrong secret is told plainly, and tried slowly' <<'EOT'
serve_jobs
echo other >server/secret
start_runner JCI_POLL_INTERVAL=60s
wait_log "refuses JCI_RUNNER_SECRET; it has to be the same here and there"
grep -q 'server.away.*retry_ms=[0-9]\{6,\}$' log
same 1 "$(wc -l <server/polls)"
stop_runner
EOT

it 'an answer that is none changes nothing' <<'EOT'
start_runner
job 1 'while test ! -e /go; do $busybox sleep 0.05; done; exit 0'
wait_for 'is_running 1'
echo '{"job": null, "cancel": [{"id": 1, "attempt": "1"}], "forget": [], "max_jobs": 4}' >server/answer
wait_log "an element of 'cancel' has no id and attempt"
echo 'no JSON' >server/answer
wait_log 'invalid JSON'
rm server/answer
docker exec "$(container 1)" /jci/bundle/bin/busybox touch /go
same 'exited 0' "$(ended 1)"
stop_runner
EOT

# ---- Docker ----

# a_way_to_docker: a socket that leads to Docker's until $way is killed.
a_way_to_docker() {
	python3 - "$TRASH/docker.sock" <<'PY' &
import os, socket, sys, threading

def copy(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for end in (a, b):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(50)
while True:
    a = server.accept()[0]
    b = socket.socket(socket.AF_UNIX)
    b.connect('/var/run/docker.sock')
    for pair in ((a, b), (b, a)):
        threading.Thread(target=copy, args=pair, daemon=True).start()
PY
	way=$!
	wait_for 'curl -s --unix-socket "$TRASH/docker.sock" http://docker/_ping'
}

it 'polls on without slots while Docker is away, and goes on when it is back' <<'EOT'
test -S /var/run/docker.sock || skip 'Docker is not at its usual place'
a_way_to_docker
start_runner "DOCKER_HOST=unix://$TRASH/docker.sock"
job 1 'while test ! -e /go; do $busybox sleep 0.05; done; exit 8'
wait_for 'is_running 1'
kill -KILL "$way"
wait_log docker.away
job 2 'exit 0'
: >server/polls
wait_for 'test "$(wc -l <server/polls)" -ge 3'
same '0 running' "$(tail -n 1 server/polls | jq -r '"\(.slots) \(.jobs[0].state)"')"
test ! -e server/assigned/2
docker exec "$(container 1)" /jci/bundle/bin/busybox touch /go
a_way_to_docker
wait_log docker.back
same 'exited 8' "$(ended 1)"
same 'exited 0' "$(ended 2)"
stop_runner
EOT

it 'only so many containers are kept, and none for too long' <<'EOT'
start_runner -- --keep=2
for n in 1 2 3 4; do job $n 'exit 0'; ended $n; done
wait_for 'test "$(containers | wc -l)" = 2'
containers >kept
grep -q -e '-3-1$' kept
grep -q -e '-4-1$' kept
stop_runner
start_runner -- --keep-age=1s
wait_for 'test -z "$(containers)"'
stop_runner
EOT

it 'results that the server does not have are kept in any case' <<'EOT'
start_runner -- --keep=0
job 1 'while test ! -e /go; do $busybox sleep 0.05; done; exit 9'
wait_for 'is_running 1'
echo 503 >server/status
docker exec "$(container 1)" /jci/bundle/bin/busybox touch /go
wait_log 'job.ended job=1'
wait_for 'test "$(grep -c server.away log)" -ge 2'
same 1 "$(containers | wc -l)"
rm server/status
same 'exited 9' "$(ended 1)"
wait_for 'test -z "$(containers)"'
stop_runner
EOT

finish
