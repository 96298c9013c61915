#!/bin/sh
# `git jci runner` with a real Docker Engine, and a server that stands for `git jci server`.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/runner.sh"

# ---- a job ----

it 'runs a job in a container, and tells how it ended' <<'EOT'
start_runner
job 1 'echo hello; exit 0'
job 2 'echo going; echo it is broken >&2; exit 3'
same 'exited 0' "$(ended 1)"
same 'exited 3 it is broken' "$(ended 2)"
logged 1 >out
contains out hello
contains out '"token":"t0ken-of-the-bot"'
contains out 'user: 0, folder: /jci/work'
stop_runner
contains log 'job.taken job=1 attempt=1 run=1700000001-00aa repository=boss/demo'
contains log 'job.ended job=2 attempt=1 run=1700000002-00aa reason=exited exit=3'
contains log 'server.connected'
contains log 'runner.end untold=0'
EOT

it 'no secret is in what Docker tells of a container, nor in the log or the arguments' <<'EOT'
start_runner
job 1 'exit 0'
ended 1
docker inspect "$(container 1)" >inspected
lacks inspected t0ken
lacks inspected s3cret
lacks log t0ken
lacks log s3cret
tr '\0' '\n' <"/proc/$runner/cmdline" >arguments
lacks arguments s3cret
strings -a runner.db* >strings 2>/dev/null || cat runner.db* >strings
if grep -qa t0ken strings; then false; fi
stop_runner
EOT

it 'a container has labels, limits and a bounded log' <<'EOT'
start_runner JCI_MEMORY=64m JCI_CPUS=1.5 JCI_PIDS=50 JCI_NETWORK=none
job 1 'cat /proc/net/dev; exit 0'
ended 1
docker inspect "$(container 1)" >json
jq -r '.[0] | .HostConfig | "\(.Memory) \(.MemorySwap) \(.NanoCpus) \(.PidsLimit) \(.NetworkMode) \(.RestartPolicy.Name) \(.AutoRemove)"' json >limits
same '67108864 67108864 1500000000 50 none no false' "$(cat limits)"
jq -r '.[0].HostConfig.LogConfig | "\(.Type) \(.Config["max-size"]) \(.Config["max-file"])"' json >limits
same 'json-file 50m 2' "$(cat limits)"
jq -r '.[0].Config.Labels | to_entries[] | "\(.key)=\(.value)"' json >labels
contains labels "git-jci.runner=$(uuid)"
contains labels git-jci.job=1
contains labels git-jci.attempt=1
contains labels git-jci.run=1700000001-00aa
contains labels git-jci.repository=boss/demo
contains labels git-jci.commit=0123456789012345678901234567890123456789
grep -q '^git-jci.deadline=[0-9]*$' labels
same "jci-$(uuid | cut -c 1-8)-1-1" "$(containers)"
stop_runner
EOT

it 'the limit of memory is in force, and the detail says so' <<'EOT'
start_runner JCI_MEMORY=16m
job 1 'exec $busybox tail -c 100000000 /dev/zero'
case $(ended 1) in
'exited 137 out of memory'*) ;;
*) false ;;
esac
stop_runner
EOT

it 'the limit of processes is in force' <<'EOT'
start_runner JCI_PIDS=10
job 1 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do $busybox sleep 60 & done; exit 0'
ended 1 >out
contains out "can't fork"
stop_runner
EOT

it 'a user of the image that is not root can read its input, and delete it' <<'EOT'
start_runner JCI_IMAGE="$user_image"
job 1 'test -e /jci/job.json || exit 0'
same 'exited 0' "$(ended 1)"
logged 1 >out
contains out 'user: 1234, folder: /jci/work'
stop_runner
EOT

it 'takes no more jobs at a time than the server allows, nor than JCI_SLOTS' <<'EOT'
serve_jobs
echo 3 >server/max_jobs
start_runner JCI_SLOTS=2
for n in 1 2 3; do job $n 'trap "exit 0" TERM; while :; do $busybox sleep 0.1; done'; done
wait_for 'is_running 1 && is_running 2'
wait_for 'test "$(grep -c "\"slots\":0" server/polls)" -ge 3'
same 2 "$(containers | wc -l)"
docker kill "$(container 1)"
wait_for 'is_running 3'
same 'exited 137' "$(ended 1)"
same 2 "$(containers --filter status=running | wc -l)"
EOT

it 'tells its name, labels and version' <<'EOT'
start_runner JCI_RUNNER_LABELS=linux,gpu,big
wait_for 'test -s server/polls'
head -n 1 server/polls >poll
same '1 host-a linux,gpu,big 1 0' "$(jq -r '"\(.protocol) \(.name) \(.labels | join(",")) \(.slots) \(.jobs | length)"' poll)"
same "$(git-jci version | head -n 1 | grep -o '[0-9][0-9.]*' | head -n 1)" "$(jq -r .version poll)"
wait_for 'test -e runner.db'
same "$(uuid)" "$(jq -r .runner poll)"
stop_runner
start_runner
wait_for 'test "$(wc -l <server/polls)" -gt 2'
same "$(uuid) linux,$(docker version -f '{{.Server.Arch}}')" \
	"$(tail -n 1 server/polls | jq -r '"\(.runner) \(.labels | join(","))"')"
stop_runner
EOT

# ---- images ----

it 'gives a job the image that it wants, if that is allowed' <<'EOT'
start_runner "JCI_IMAGES=other:*,${user_image%:*}:*"
job 1 'exit 0' "{\"image\": \"  $user_image \\nignored\"}"
same 'exited 0' "$(ended 1)"
logged 1 >out
contains out 'user: 1234'
stop_runner
EOT

it 'refuses an image that is not allowed, or that is none' <<'EOT'
start_runner "JCI_IMAGES=allowed:*"
job 1 'exit 0' '{"image": "debian:12"}'
job 2 'exit 0' '{"image": "../containers/x"}'
job 3 'exit 0' '{"image": "allowed:1 --privileged"}'
ended 1 >out
contains out "refused - .jci/image: the image 'debian:12' is not allowed on the runner 'host-a'"
contains out JCI_IMAGES
ended 2 >out
contains out "refused - .jci/image: '../containers/x' is no name of an image"
ended 3 >out
contains out 'is no name of an image'
same '' "$(containers)"
stop_runner
EOT

it 'an image that cannot be pulled is a failure, in the words of Docker' <<'EOT'
start_runner 'JCI_IMAGES=*'
job 1 'exit 0' '{"image": "127.0.0.1:1/nothing/here:1"}'
job 2 'exit 0'
ended 1 >out
contains out "failed - cannot pull the image '127.0.0.1:1/nothing/here:1'"
contains out 'connection refused'
same 'exited 0' "$(ended 2)"
stop_runner
EOT

it 'a job that cannot be understood is a failure' <<'EOT'
start_runner
job 1 'exit 0' '{"commit": "--upload-pack=x"}'
job 2 'exit 0' '{"run_id": "../../x"}'
job 3 'exit 0' '{"clone_url": "file:///etc"}'
ended 1 >out
contains out "failed - the server's answer has no right 'commit'"
ended 2 >out
contains out "'run_id'"
ended 3 >out
contains out "'clone_url'"
same '' "$(containers)"
stop_runner
EOT

# ---- ends ----

it 'a container past its deadline is removed, and told as timeout' <<'EOT'
start_runner
job 1 'trap : TERM; while :; do $busybox sleep 0.1; done' '{"timeout_s": 2}'
case $(ended 1) in
'timeout - it ran past its deadline'*) ;;
*) false ;;
esac
same '' "$(containers)"
stop_runner
EOT

it 'a container whose deadline passed while there was no runner is removed by the next' <<'EOT'
start_runner
wait_log server.connected
kill_runner
docker run -d --label "git-jci.runner=$(uuid)" --label git-jci.job=1 --label git-jci.attempt=1 \
	--label git-jci.deadline=1700000000 -v "$bundle/bin:/b:ro" "$image" /b/busybox sleep 1000
job 1 'exit 0'
uuid >server/assigned/1
start_runner
case $(ended 1) in
'timeout '*) ;;
*) false ;;
esac
same '' "$(containers)"
stop_runner
EOT

it 'a job that the server cancels gets SIGTERM, and time to push' <<'EOT'
start_runner JCI_GRACE=60s
job 1 'trap "echo pushing; exit 0" TERM; echo ready; while :; do $busybox sleep 0.1; done'
wait_for 'is_running 1 && logged 1 | grep -qx ready'
: >server/cancel/1
same 'cancelled 0 the server cancelled it' "$(ended 1)"
logged 1 >out
contains out pushing
stop_runner
EOT

it 'one that does not end then is killed' <<'EOT'
start_runner JCI_GRACE=1s
job 1 'trap : TERM; echo ready; while :; do $busybox sleep 0.1; done'
wait_for 'is_running 1 && logged 1 | grep -qx ready'
: >server/cancel/1
same 'cancelled 137 the server cancelled it' "$(ended 1)"
contains log 'job.kill job=1'
stop_runner
EOT

it 'a container that somebody else removes is told too' <<'EOT'
start_runner
job 1 'while :; do $busybox sleep 0.1; done'
wait_for 'is_running 1'
docker rm -f "$(container 1)"
same 'exited 137 its container was removed by somebody else' "$(ended 1)"
stop_runner
EOT

it 'the end of a container is told at once, not with the next poll' <<'EOT'
job 1 'while test ! -e /go; do $busybox sleep 0.05; done; exit 0'
start_runner JCI_POLL_INTERVAL=600s JCI_REAP_INTERVAL=600s
wait_for 'uuid && is_running 1'
wait_for 'tail -n 1 server/polls | grep -q running'
docker exec "$(container 1)" /jci/bundle/bin/busybox touch /go
wait_for 'test -e server/ended/1'
stop_runner
EOT

# ---- settings ----

it 'tells everything that is wrong at once' <<'EOT'
serve_jobs
expect_exit 125 with_settings env JCI_SERVER=host:1 JCI_RUNNER_SECRET= JCI_BUNDLE=/nothing \
	JCI_MEMORY=lots JCI_CPUS=-1 JCI_PIDS=0 JCI_IMAGE='a b' JCI_NETWORK=no-such-network \
	JCI_KEEP=x JCI_KEEP_AGE=7m git-jci runner 2>err
for name in JCI_SERVER JCI_RUNNER_SECRET JCI_BUNDLE JCI_MEMORY JCI_CPUS JCI_PIDS JCI_IMAGE \
	JCI_NETWORK JCI_KEEP JCI_KEEP_AGE; do
	same 1 "$(grep -c "^git-jci: $name: " err)"
done
contains err "'docker network create no-such-network' makes it"
expect_exit 125 with_settings env DOCKER_HOST=unix:///nowhere/docker.sock git-jci runner 2>err
contains err "git-jci: DOCKER_HOST: 'unix:///nowhere/docker.sock': No such file or directory"
expect_exit 125 with_settings env DOCKER_HOST=ssh://host git-jci runner 2>err
contains err "is not of the form unix:///PATH or tcp://HOST:PORT"
EOT

it '--check tells what is right and what is wrong, and disturbs nobody' <<'EOT'
serve_jobs
with_settings git-jci runner --check >out
same 5 "$(grep -c '^ok: ' out)"
test ! -e runner.db
echo other >server/secret
expect_exit 1 with_settings git-jci runner --check >out
contains out "wrong: JCI_RUNNER_SECRET: '$server_url' refuses it"
expect_exit 1 with_settings env JCI_SERVER=http://127.0.0.1:1/ JCI_BUNDLE=/nothing JCI_SLOTS=0 \
	git-jci runner --check >out
same 3 "$(grep -c '^wrong: ' out)"
contains out 'wrong: JCI_SLOTS:'
contains out 'wrong: JCI_BUNDLE:'
contains out 'wrong: JCI_SERVER:'
echo s3cret >server/secret
start_runner
wait_log server.connected
with_settings git-jci runner --check >out
contains out 'ok: a runner works with'
same "$(uuid)" "$(jq -r 'select(.runner) | .runner' server/polls | sort -u)"
stop_runner
EOT

it 'logs events as JSON if told so' <<'EOT'
start_runner JCI_LOG_FORMAT=json
job 1 'exit 1'
ended 1
stop_runner
same 1 "$(jq -r 'select(.event == "job.ended") | .exit' log)"
EOT

finish
