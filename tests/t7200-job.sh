#!/bin/sh
# `git jci job`: clone, run and push, whatever happens.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/job.sh"

for tool in jq curl perl; do
	command -v $tool >/dev/null || skip_all "there is no $tool"
done

it 'green: the run is pushed under its name, and nothing else is' <<'EOT'
a_remote <<'SH'
echo hello
echo "$JCI_COMMIT $JCI_RUN_ID $JCI_BRANCH $JCI_TRIGGER $CI"
cd "$JCI_REPO_ROOT"
git status --porcelain
git symbolic-ref -q HEAD || echo detached
echo artifact >"$JCI_OUTPUT_DIR/file"
SH
git -C alice tag v1
git -C alice push -q ../boss/demo.git v1 main:other
git -C boss/demo.git for-each-ref >before
expect_job 0
same "$ref" "$(runs boss/demo.git)"
git -C boss/demo.git for-each-ref --format='%(refname)' | grep -v jci-runs >refs
same "$(sed 's/.*	//' before)" "$(cat refs)"
printf 'hello\n%s %s main push true\ndetached\n' "$commit" "$run_id" >expected
diff expected out
pushed run.output.txt | diff expected -
same ok "$(pushed status.txt)"
same artifact "$(pushed file)"
pushed .jci/run.json >record
contains record '"reason":"passed"'
contains record '"branch":"main"'
contains record '"trigger":"push"'
contains record '"dirty":false'
contains err "pushed $ref"
same 'refs/heads/main refs/remotes/origin/HEAD refs/remotes/origin/main refs/remotes/origin/other refs/tags/v1' \
	"$(git -C work/demo for-each-ref --format='%(refname)' | grep -v jci | xargs)"
same '' "$(ls tmp)"
no_secrets
git -C boss/demo.git fsck --strict
EOT

it 'red: pushed as well, and the job has done what it had to' <<'EOT'
a_remote <<'SH'
echo broken
exit 3
SH
expect_job 0
same err "$(pushed status.txt)"
pushed .jci/run.json >record
contains record '"exitStatus":3'
contains err 'failed'
EOT

it 'a run that takes too long is ended in time to be pushed as a timeout' <<'EOT'
a_remote <<'SH'
trap '' TERM
echo begun
exec tail -f /dev/null
SH
expect_job 0 '"timeout_s": 5'
same err "$(pushed status.txt)"
pushed .jci/run.json >record
contains record '"reason":"timeout"'
same begun "$(pushed run.output.txt)"
EOT

it 'SIGTERM and SIGINT cancel the run, which is pushed' <<'EOT'
a_remote <<'SH'
echo begun
exec tail -f /dev/null
SH
for signal in TERM INT; do
	job_file
	mkdir -p work tmp
	rm -rf work/*
	(cd work && TMPDIR=$TRASH/tmp exec env --default-signal=INT git-jci job ../job.json) >out 2>err &
	job=$!
	wait_for 'grep begun out'
	kill -$signal "$job"
	expect_exit 0 wait "$job"
	same err "$(pushed status.txt)"
	pushed .jci/run.json >record
	contains record '"reason":"cancelled"'
	same begun "$(pushed run.output.txt)"
	git -C boss/demo.git update-ref -d "$ref"
done
EOT

it 'a commit without .jci/run.sh, or with one that can not be run, has a run that says why' <<'EOT'
a_remote </dev/null
expect_job 0
same err "$(pushed status.txt)"
pushed run.output.txt >log
contains log "there is no '.jci/run.sh'"
pushed .jci/run.json >record
contains record '"exitStatus":127'
contains record '"reason":"failed"'
contains err "there is no '.jci/run.sh'"

cd alice
run_script <<'SH'
#!/no/such/interpreter
SH
commit 'another script'
commit=$(git rev-parse HEAD)
git push -q ../boss/demo.git main
cd ..
expect_job 0
pushed run.output.txt >log
contains log "the interpreter of '.jci/run.sh', '/no/such/interpreter', does not exist"
pushed .jci/run.json >record
contains record '"exitStatus":126'

cd alice
chmod -x .jci/run.sh
commit 'not executable'
commit=$(git rev-parse HEAD)
git push -q ../boss/demo.git main
cd ..
expect_job 0
pushed run.output.txt >log
contains log "'.jci/run.sh' is not executable"
git clone -q boss/demo.git bob
git -C bob jci pull >pulled
contains pulled '3 runs fetched'
EOT

it 'a commit that was pushed away by force is fetched by its hash' <<'EOT'
a_remote <<'SH'
echo old
SH
cd alice
git commit -q --amend -m 'first commit, again'
git push -q -f ../boss/demo.git main
cd ..
expect_job 0
same old "$(pushed run.output.txt)"
EOT

it 'a commit that the remote does not have any more is an error that says so' <<'EOT'
a_remote <<'SH'
echo old
SH
commit=0123456789012345678901234567890123456789
expect_job 125
contains err "commit '$commit' is in no branch any more"
same '' "$(runs boss/demo.git)"
no_secrets
EOT

it 'a remote that is away for a while gets the run once it is back' <<'EOT'
a_remote <<'SH'
echo begun
read -r line <"$FIFO"
SH
mkfifo fifo
export FIFO=$TRASH/fifo
job_file
start_job
wait_for 'grep begun out'
kill "$server"
wait "$server" || :
echo >fifo
wait_for 'grep "try 2 of 10" err'
same '' "$(runs boss/demo.git)"
serve_remote
expect_exit 0 wait "$job"
same ok "$(pushed status.txt)"
contains err 'again in'
EOT

it 'a wrong token ends the job after few tries' <<'EOT'
a_remote <<'SH'
echo hello
SH
expect_job 125 '"token": "wr0ngt0ken"'
contains err 'the remote does not accept the credentials of the job'
lacks err 'try 3'
same '' "$(runs boss/demo.git)"
no_secrets wr0ngt0ken
EOT

it 'a token that is taken back meanwhile: the run is stored here, and status 1 says that it is not there' <<'EOT'
a_remote <<'SH'
echo jci-bot:another >"$PASSWORDS"
SH
export PASSWORDS=$TRASH/passwords
expect_job 1
contains err 'the run is stored here, but not pushed'
contains err 'the remote does not accept the credentials of the job'
lacks err 'try 3'
same '' "$(runs boss/demo.git)"
same "$ref" "$(runs work/demo)"
no_secrets
EOT

it 'two more signals end a push that goes on' <<'EOT'
a_remote <<'SH'
kill "$SERVER"
SH
export SERVER=$server
job_file
start_job
wait_for 'grep "try 1 of 10" err'
kill "$job"
kill -HUP "$job"
expect_exit 1 wait "$job"
contains err 'the run is stored here, but not pushed'
EOT

it 'the script finds the credentials nowhere, and can not put them into the log' <<'EOT'
a_remote <<'SH'
# (SECRET is for this comparison)
header=$(printf %s "jci-bot:$SECRET" | base64 -w 0)
{
	env
	cat "$JCI_REPO_ROOT/.git/config"
	cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n'
} | grep -v ^SECRET= >seen
! grep -F -e "$SECRET" -e "$header" seen || echo found
rm seen
echo "the token is $SECRET."
printf 't0k3n+of'
read -r line <"$FIFO"
printf '/the=bot|\n'
echo t0k3n%2Bof%2Fthe%3Dbot
printf %s "jci-bot:$SECRET" | base64 -w 0
SH
mkfifo fifo
export SECRET=$token FIFO=$TRASH/fifo
job_file
start_job
wait_for 'grep "token is" out'
echo >fifo
expect_exit 0 wait "$job"
printf 'the token is ***.\n***|\n***\n***' >expected
diff expected out
pushed run.output.txt | diff expected -
no_secrets
EOT

it 'what the script leaves behind is gone before the push' <<'EOT'
a_remote <<'SH'
cat >"$TRASH/daemon" <<'END'
#!/bin/sh
trap '' TERM HUP
echo $$ >"$TRASH/pid"
while :; do
	cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep "^GIT_CONFIG_VALUE.*$HEADER" >>"$TRASH/seen"
done
END
chmod +x "$TRASH/daemon"
setsid sh -c '"$TRASH/daemon" >/dev/null 2>&1 & exec "$TRASH/daemon" >/dev/null 2>&1' &
while ! test -e "$TRASH/pid"; do :; done
SH
# (of this test: others may push at the same time)
HEADER=$(printf %s "jci-bot:$token" | base64 -w 0)
export TRASH HEADER
expect_job 0
same ok "$(pushed status.txt)"
same '' "$(cat seen)"
for file in /proc/[0-9]*/cmdline; do
	tr '\0' ' ' <"$file" 2>/dev/null || :
done >commands
lacks commands "$TRASH/daemon"
EOT

# Of the clone and of the user: a proxy and a command for ssh that would see the credentials, another
# address for the remote, hooks that run where they are.
it 'what the script configures is not in force for the push' <<'EOT'
a_remote <<'SH'
cd "$JCI_REPO_ROOT"
printf '#!/bin/sh\nenv >"%s/hooked"\n' "$TRASH" >.git/hooks/pre-push
chmod +x .git/hooks/pre-push
cp .git/hooks/pre-push .git/hooks/reference-transaction
for where in --local --global; do
	git config $where http.proxy http://127.0.0.1:1/
	git config $where core.sshCommand "env >'$TRASH/hooked'; false"
	git config $where url.http://127.0.0.1:1/.insteadOf http://
	git config $where credential.helper "!env >'$TRASH/hooked'"
done
git config core.hooksPath "$JCI_REPO_ROOT/.git/hooks"
git remote set-url origin http://127.0.0.1:1/
git remote set-url --push origin http://127.0.0.1:1/
SH
export TRASH HOME="$TRASH/home"
mkdir -p "$HOME"
expect_job 0
same ok "$(pushed status.txt)"
test ! -e hooked
git -C boss/demo.git update-ref -d "$ref" # the next may have the same name
serve_ssh
expect_job 0 "\"user\": null, \"token\": null, \"ssh_key\": $(jq -Rs . user)"
same ok "$(pushed status.txt)"
test ! -e hooked
EOT

it 'killed at any point, it leaves no credentials on the disk, and no process' <<'EOT'
built_with JCI_FAULT_INJECTION || skip 'built without --enable-fault-injection'
a_remote <<'SH'
echo hello
SH
for point in cloned checked-out registered started executed ended ran; do
	job_file
	export JCI_FAULT=$point
	start_job
	unset JCI_FAULT
	expect_exit 137 wait "$job"
	test ! -e job.json
	no_secrets
done
EOT

it 'a kill of both its processes while the script runs ends that too, and leaves no credentials' <<'EOT'
a_remote <<'SH'
echo $$ >"$TRASH/pid"
echo begun
exec tail -f /dev/null
SH
export TRASH
job_file
start_job
wait_for 'grep begun out'
kill -KILL "$job"
expect_exit 137 wait "$job"
wait_for '! kill -0 $(cat pid) 2>/dev/null'
no_secrets
EOT

it 'bad files are refused with 2, and are gone' <<'EOT'
commit=0123456789012345678901234567890123456789
url=http://127.0.0.1:9/boss/demo.git
while read -r why members; do
	expect_job 2 "$members"
	contains err "'$why' in the job is missing or invalid"
	same '' "$(ls -A work)"
done <<'LIST'
run_id "run_id": "7"
run_id "run_id": null
run_id "run_id": 7
repository "repository": ["boss/demo"]
commit "commit": "HEAD"
commit "commit": "0123456789012345678901234567890123456789\n"
ref "ref": "main"
branch "branch": 7
branch "branch": "ma\nin"
trigger "trigger": ""
timeout_s "timeout_s": 0
timeout_s "timeout_s": "600"
timeout_s "timeout_s": 1e300
clone_url "clone_url": "--upload-pack=x"
clone_url "clone_url": "ext::sh -c x"
clone_url "clone_url": "/etc"
clone_url "clone_url": "http://u:p@127.0.0.1/x.git"
clone_url "clone_url": "http://u@127.0.0.1/x.git"
token "token": null
token "token": "a\r\nX: y"
user "user": null
token "user": "a:b"
ssh_key "ssh_key": "x"
token "clone_url": "ssh://git@host/x.git"
ssh_key "clone_url": "ssh://git@host/x.git", "user": null, "token": null
clone_url "clone_url": "ssh://git:p@host/x.git", "ssh_key": "x", "user": null, "token": null
LIST
for text in '' '{' '[]' '{}x' '7'; do
	printf %s "$text" >job.json
	expect_exit 2 git jci job job.json 2>err
	test ! -e job.json
done
head -c 2000000 /dev/zero >job.json
expect_exit 2 git jci job job.json 2>err
test ! -e job.json
expect_exit 2 git jci job 2>err
expect_exit 2 git jci job job.json 2>err
contains err 'No such file'
EOT

it 'HOME and TMPDIR that can not be used are made' <<'EOT'
a_remote <<'SH'
cd
test "$HOME" = "$PWD"
echo x >file
mktemp
SH
job_file
mkdir work
(cd work && env -u HOME TMPDIR=/nowhere git-jci job ../job.json) >out 2>err
same ok "$(pushed status.txt)"
contains out "$TRASH/work/.tmp-"
EOT

it 'over ssh with a key that is in no file' <<'EOT'
a_remote <<'SH'
cat "$TRASH/user"
grep -v '^-' "$TRASH/user" | tr -d '\n'
SH
serve_ssh
export TRASH
ssh_members="\"user\": null, \"token\": null, \"ssh_key\": $(jq -Rs . user)"
for known in null "$(jq -Rs . known)"; do
	expect_job 0 "$ssh_members, \"known_hosts\": $known"
	same ok "$(pushed status.txt)"
	contains out 'BEGIN OPENSSH PRIVATE KEY'
	sed -n 2,4p user >lines
	while read -r line; do
		lacks out "$line"
	done <lines
	pushed run.output.txt | diff out -
	find work tmp -type f -exec grep -lF "$(sed -n 3p user)" {} + >found || :
	same '' "$(cat found)"
	git -C boss/demo.git update-ref -d "$ref"
done
expect_job 125 "$ssh_members, \"known_hosts\": \"[127.0.0.1]:$ssh_port ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDJm0fRYUcl3hQt2Dnf6NHz8c5cqQ8Kq3C2XvT5yFhYw\n\""
contains err 'Host key verification failed'
EOT

finish
