#!/bin/sh
# `git jci stats`: how often the runs of a branch fail, and how long they take.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

command -v jq >/dev/null || skip_all 'there is no jq'

# results: makes stored runs of the lines of its input: REV STATUS REASON SECONDS [TRAILER]. They start
# one after the other.
results() {
	blob=$(git hash-object -w --stdin </dev/null)
	while read -r rev status reason seconds trailer; do
		when=$((${when:-1700000000} + 60))
		commit=$(git rev-parse "$rev")
		tree=$(printf '100644 blob %s\tstatus.txt\n' "$blob" | git mktree)
		result=$(printf '%s\n' run '' "Jci-Commit: $commit" "Jci-Status: $status" \
			"Jci-Reason: $reason" "Jci-Start: $when.000000" "Jci-Duration: $seconds.000000" \
			${trailer:+"$trailer"} | git commit-tree "$tree")
		echo "create refs/jci-runs/$commit/$when-0000 $result"
	done | git update-ref --stdin
}

# branch_of N: a repository with that many commits, HEAD~N+1 to HEAD.
branch_of() {
	new_repo project </dev/null
	test "$1" -lt 2 || for n in $(seq 2 "$1"); do
		git commit -q --allow-empty -m "commit $n"
	done
}

# stats [ARGUMENT...]: without trailing ages, which change from day to day.
stats() {
	git jci stats "$@" >"$TRASH/stats.out"
	sed 's/[0-9]* years* ago/AGE/g; s/ *AGE$/ AGE/' "$TRASH/stats.out"
}

it 'counts what passed, failed, and is flaky' <<'EOT'
branch_of 5
git checkout -q -b other
git commit -q --allow-empty -m 'not on main'
git checkout -q main
results <<'RUNS'
other err failed 99
HEAD~4 ok passed 10
HEAD~3 err failed 3
HEAD~3 ok passed 11
HEAD~2 err timeout 60
HEAD~2 ok passed 12 Jci-Dirty: true
HEAD~1 err cancelled 1
HEAD ok passed 13
RUNS
git jci stats >out
same "main: 7 runs of 5 commits
passed     4
failed     2 (33.3 %)
other      1
flaky      1 of 4 commits (25.0 %): $(git rev-parse --short=10 HEAD~3)
duration   11.0 s in the median, 13.0 s at the 95th percentile" "$(sed '/^$/,$d' out)"
git jci stats --json >json
same '["main",4,2,1,333]' "$(jq -c '[.revision, .passed, .failed, .other, (.failureRate * 1000 | floor)]' json)"
same '[5,4,1,1,0.25,false]' "$(jq -c '[.commits, .tested, .repeated, .flaky, .flakeRate, .more]' json)"
same '{"median":11,"p95":13,"olderMedian":null,"newerMedian":null}' "$(jq -c .duration json)"
same 'ok err ok err ok err ok' "$(jq -r .runs[].status json | xargs)"
same 'passed failed passed timeout passed cancelled passed' "$(jq -r .runs[].reason json | xargs)"
same '10 3 11 60 12 1 13' "$(jq -r .runs[].duration json | xargs)"
same 'false true true false false false false' "$(jq -r .runs[].flaky json | xargs)"
same 'false false false false true false false' "$(jq -r .runs[].dirty json | xargs)"
same "$(git rev-parse HEAD~4 HEAD~3 HEAD~3 HEAD~2 HEAD~2 HEAD~1 HEAD)" "$(jq -r .runs[].commit json)"
same '1700000120-0000 1700000120' "$(jq -r '.runs[0] | "\(.runId) \(.start)"' json)"
same 5 "$(git jci stats --json HEAD~2 | jq '.runs | length')"
same 2 "$(git jci stats --json HEAD~2..main | jq '.runs | length')"
same 99 "$(git jci stats --json -n 1 other | jq '.runs[0].duration')"
EOT

it 'tells the trend where there are enough runs' <<'EOT'
branch_of 1
results <<'RUNS'
HEAD ok passed 100
HEAD ok passed 100
HEAD ok passed 100
HEAD err failed 1
HEAD ok passed 100
HEAD ok passed 80
HEAD ok passed 80
HEAD ok passed 80
RUNS
git jci stats >out
lacks out trend
echo 'HEAD ok passed 80' | when=1700009000 results
git jci stats >out
contains out 'trend      -20 %, from 1m 40s to 1m 20s'
EOT

it 'draws a bar for each run, with a mark for those that failed' <<'EOT'
branch_of 1
results <<'RUNS'
HEAD ok passed 8
HEAD ok passed 16
HEAD err failed 1
HEAD ok passed 4
HEAD err killed 12
RUNS
COLUMNS=30
export COLUMNS
stats >out
same '   16.0 s ┤  █
          │  █
          │  █     █
          │  █     █
    8.0 s ┤█ █     █
          │█ █     █
          │█ █   █ █
          │█ █ ▄ █ █
               ✗   -
 AGE' "$(sed '1,/^$/d' out)"
LC_ALL=C stats >out
same '   16.0 s +  #
          |  #
          |  #     #
          |  #     #
    8.0 s +# #     #
          |# #     #
          |# #   # #
          |# # : # #
               x   -
 AGE' "$(sed '1,/^$/d' out)"
EOT

it 'draws the median of several runs where there is no room, and cuts off what is much longer' <<'EOT'
branch_of 1
{
	for n in $(seq 20); do
		echo HEAD ok passed 4
		echo HEAD ok passed 4
		echo HEAD err failed "$((n == 12 ? 1000 : 2))"
	done
	for n in $(seq 12); do
		echo HEAD err failed 900
	done
} | results
COLUMNS=34 LC_ALL=C stats >out
same '   16.0 s +                   ^^^^
          |                   ####
          |                   ####
          |                   ####
    8.0 s +                   ####
          |                   ####
          |#######################
          |#######################' "$(sed '1,/^$/d' out | sed -n 1,8p | sed 's/ *$//')"
contains out 'up to 4 runs a bar; below: how many failed'
sed -n 16p out >marks
same 32 "$(tr -d ' ' <marks | awk '{ for (i = 1; i <= length($0); i++) n += substr($0, i, 1) } END { print n }')"
for columns in 1 20 40 80 200; do
	LC_ALL=C COLUMNS=$columns git jci stats | awk '{ n = length($0) > n ? length($0) : n } END { print n }' >longest
	test "$(cat longest)" -le "$((columns > 78 ? columns : 78))"
done
EOT

it 'has colours on a terminal alone, and is as wide as it' <<'EOT'
command -v script >/dev/null || skip 'there is no script(1)'
branch_of 1
results <<'RUNS'
HEAD ok passed 8
HEAD err failed 8
RUNS
TERM=xterm
export TERM
script -qec 'stty cols 40; git jci stats' /dev/null >out
grep -q "$(printf '\033\[32m█ \033\[m\033\[31m█\033\[m')" out
NO_COLOR=1 script -qec 'git jci stats' /dev/null >out
lacks out "$(printf '\033[3')"
git jci stats >out
lacks out "$(printf '\033[')"
EOT

it 'looks at as many runs as asked for, and no older ones' <<'EOT'
branch_of 4
results <<'RUNS'
HEAD~3 ok passed 1
HEAD~2 ok passed 2
HEAD~1 ok passed 3
HEAD ok passed 4
RUNS
same '3 4 true' "$(git jci stats -n 2 --json | jq -r '[.runs[].duration, .more] | join(" ")')"
same '1 2 3 4 false' "$(git jci stats -n 4 --json | jq -r '[.runs[].duration, .more] | join(" ")')"
git jci stats -n 2 >out
contains out 'main: 2 runs of 2 commits, the newest ones'
same 0 "$(git jci stats --since 1d --json | jq '.runs | length')"
git init -q -b main ../now
cd ../now
git config user.name x
git config user.email x@example.com
git commit -q --allow-empty -m first
results <<'RUNS'
HEAD ok passed 1
RUNS
when=$(($(date +%s) - 3600))
export when
results <<'RUNS'
HEAD ok passed 2
RUNS
same 2 "$(git jci stats --since 1d --json | jq '.runs[].duration')"
same 0 "$(git jci stats --since 30min --json | jq '.runs | length')"
expect_exit 2 git jci stats --since 10m 2>err
EOT

it 'a run that goes on counts as another one' <<'EOT'
GATE=$TRASH/gate
export GATE
mkfifo "$GATE"
exec 9<>"$GATE"
at_end 'printf "\n\n" >&9'
new_repo project <<'SH'
read -r line <"$GATE"
SH
git-jci run -q 2>../err &
wait_for 'git jci log | grep -q running'
same '0 0 1 running null' "$(git jci stats --json | jq -r \
	'"\(.passed) \(.failed) \(.other) \(.runs[0].status) \(.failureRate)"')"
git jci stats >../out
contains ../out 'other      1'
echo >&9
wait
same '1 0 0' "$(git jci stats --json | jq -r '"\(.passed) \(.failed) \(.other)"')"
EOT

it 'says so where there is no run, and where there is no such branch' <<'EOT'
branch_of 1
same 'main: 0 runs of 0 commits' "$(git jci stats)"
same '[0,null,[]]' "$(git jci stats --json | jq -c '[.commits, .duration.median, .runs]')"
git checkout -q --detach
same 'HEAD: 0 runs of 0 commits' "$(git jci stats)"
expect_exit 125 git jci stats nowhere 2>err
contains err "unknown revision 'nowhere'"
expect_exit 2 git jci stats main main 2>err
git init -q ../empty
cd ../empty
expect_exit 125 git jci stats 2>err
EOT

it 'escapes what a branch is called, and takes runs that can not be read for other ones' <<'EOT'
branch_of 1
name=$(printf 'a\302\205b')
git branch "$name"
ref=.git/refs/jci-runs/$(git rev-parse HEAD)
mkdir -p "$ref"
echo 1111111111111111111111111111111111111111 >"$ref/1700000002-0000"
git jci stats "$name" >out
contains out 'a\u0085b: 1 run of 1 commit'
contains out 'other      1'
EOT

finish
