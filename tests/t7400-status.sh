#!/bin/sh
# What `git jci server` reads at Gitea, of repositories before their jobs run and of runs after that,
# and what it tells Gitea then.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"

# ---- how jobs end ----

it 'a green run is told as a success, with its duration' <<'EOT'
begin
demo
take
run_job
exited 0
same 'passed: passed in T' "$(ended 1 | sed 's/in .*/in T/')"
same 'pending queued (job 1)
pending running on host-a (job 1)
success passed in T (job 1)' "$(descriptions)"
same git-jci "$(gitea_statuses | cut -f 2 | uniq)"
same 3 "$(events status.sent)"
stop_server
EOT

it 'red, timed out and cancelled runs are told as what they are' <<'EOT'
begin
demo
take
cat >.jci/run.sh <<'SH'
#!/bin/sh
exit 3
SH
run_job
exited 0
same 'passed' "$(ended 1 | cut -d : -f 1)"
gitea_commit red
take
run_job
exited 0
same 'failed: failed: exit status 3 after T' "$(ended 2 | sed 's/after .*/after T/')"
same 'failure failed: exit status 3 after T (job 2)' "$(descriptions | tail -n 1)"
printf '#!/bin/sh\nsleep 100\n' >.jci/run.sh
gitea_commit slow
take
git -c jci.gracePeriod=1s jci run -q --run-id="$run" --timeout=1s || :
push_run "$(git rev-parse HEAD)"
exited 0
same 'timeout: timed out after T' "$(ended 3 | sed 's/after .*/after T/')"
same 'failure timed out after T (job 3)' "$(descriptions | tail -n 1)"
stop_server
EOT

it 'a container that pushed nothing is an error at once' <<'EOT'
begin
demo
take
exited 137
same 'broken: the container ended with status 137 without pushing a result' "$(ended 1)"
same 'error the container ended with status 137 without pushing a result (job 1)' \
	"$(descriptions | tail -n 1)"
gitea_commit two
take
exited 0 refused "image 'x' is not among JCI_IMAGES"
same "broken: image 'x' is not among JCI_IMAGES" "$(ended 2)"
gitea_commit three
take
exited 137 timeout
same 'timeout: ran past 1h 00m and was removed' "$(ended 3)"
stop_server
EOT

it 'a result that is seen a little late is waited for, when the job says that it pushed' <<'EOT'
begin
demo
take
git jci run -q --run-id="$run"
exited 0
wait_for 'test "$(gitea_ask requests | jq "[.[].path | select(contains(\"$run\"))] | length")" -ge 2'
push_run "$(git rev-parse HEAD)"
same passed "$(ended 1 | cut -d : -f 1)"
stop_server
EOT

it 'only the ref of the very attempt counts' <<'EOT'
begin
demo
take
git jci run -q --run-id="${run%-*}-$(printf '%04x' $((0x${run#*-} ^ 1)))"
git push -q origin 'refs/jci-runs/*'
exited 1
same broken "$(ended 1 | cut -d : -f 1)"
stop_server
EOT

it 'a runner that is gone: what it pushed is taken, else another attempt is made' <<'EOT'
begin JCI_LEASE=3s JCI_MAX_ATTEMPTS=2
demo
take
while poll '[{"id":1,"attempt":1,"state":"running"}]' 0 >/dev/null; do :; done &
keeper=$!
run_job
kill "$keeper"
same passed "$(ended 1 | cut -d : -f 1)"
gitea_commit two
take
same 1 "$attempt"
first=$run
# the same runner would be told of it again
runner=11111111-89ab-4cde-8123-456789abcdef
take
same 2 "$attempt"
test "$run" != "$first"
same 'lost: lost: no result after 2 attempts' "$(ended 2)"
same 'error lost: no result after 2 attempts (job 2)' "$(descriptions | tail -n 1)"
stop_server
EOT

# ---- what repositories want ----

it 'labels and image are read at the commit' <<'EOT'
begin
demo
take
same null "$(jq .image "$TRASH/job")"
exited 1
printf '# where\nlinux\n\tamd64 # both\n' >.jci/runner
echo debian:12 >.jci/image
gitea_commit wishes
take
same 2 "$job"
same debian:12 "$(jq -r .image "$TRASH/job")"
echo riscv64 >.jci/runner
gitea_commit elsewhere
wait_for 'prepared 3'
same null "$(poll '[{"id":2,"attempt":1,"state":"running"}]' 1 | jq .job)"
stop_server
EOT

it 'a wrong file ends the job, and says what is wrong' <<'EOT'
begin
demo
echo 'linux; rm -rf' >.jci/runner
gitea_commit labels
same "broken: '.jci/runner', line 1: 'linux;' is not a label (letters, digits and '._-', up to 64)" \
	"$(ended 2)"
contains ../server.err "'.jci/runner', line 1"
git rm -q -f --cached .jci/runner
rm .jci/runner
echo 'two words' >.jci/image
gitea_commit image
same "broken: '.jci/image': 'two words' is not the name of an image (up to 255 characters, no blanks)" \
	"$(ended 3)"
head -c 5000 /dev/zero | tr '\0' x >.jci/image
gitea_commit large
same "broken: '.jci/image' is larger than 4096 bytes" "$(ended 4)"
same "error '.jci/image' is larger than 4096 bytes (job 4)" "$(descriptions | tail -n 1)"
stop_server
EOT

it 'a commit that is gone ends the job; Gitea, which answers 500, is not asked for ever' <<'EOT'
begin
demo
push_body body refs/heads/main aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
same 202 "$(deliver body push)"
same 'lost: the commit is no longer there' "$(ended 2)"
wait_for settled
same 1 "$(grep -c ' status.refused job=2 .*state=error ' ../server.err)"
stop_server
EOT

finish
