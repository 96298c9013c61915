#!/bin/sh
# The browser shows by itself what others do: runs begun and ended elsewhere, refs that come and go.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

# gate_repo: a repository whose runs print "begun" and wait until the test does `echo >&9`, then
# end with the status in the file `status`, if there is one.
gate_repo() {
	GATE=$TRASH/gate
	export GATE
	mkfifo "$GATE"
	exec 9<>"$GATE"
	at_end 'printf "\n\n\n\n" >&9'
	new_repo project <<'SH'
echo begun
read -r line <"$GATE"
test ! -e "$GATE.status" || exit "$(cat "$GATE.status")"
SH
}

# A run in the background, whose process is in the file `run`.
background='git-jci run -q >/dev/null 2>&1 9>&- & echo $! >../run'

it 'a run that begins elsewhere appears, and its end, without a key' <<'EOT'
gate_repo
export background
hash=$(git rev-parse --short=8 HEAD)
screen <<EOF
size 120 20
start git jci
idle
wait No runs
shell eval "\$background"
wait ●   $hash
wait ● running
wait 1 running
shell echo >&9
wait ✓   $hash
wait ✓ passed
gone running
shell echo 3 >"\$GATE.status"; eval "\$background"
wait ●2  $hash
wait ● running
shell echo >&9
wait ✗2  $hash
wait ✗ failed
gone running
EOF
EOT

it 'the log of such a run is listed, and opens' <<'EOT'
gate_repo
export background
screen >out <<'EOF'
size 120 20
start git jci
idle
shell eval "$background"
wait run.output.txt
keys L
wait begun
wait following
shell echo >&9
wait passed
gone following
EOF
EOT

it 'a run whose process was killed is shown as lost, and as stored when it was recovered' <<'EOT'
gate_repo
export background
hash=$(git rev-parse --short=8 HEAD)
screen <<EOF
size 120 20
start git jci
idle
shell eval "\$background"
wait running
shell kill -9 \$(cat ../run)
wait ?   $hash
wait lost
gone running
shell git jci recover 2>/dev/null
wait ✗   $hash
wait killed
gone lost
EOF
EOT

it 'a run that is cancelled elsewhere is shown so' <<'EOT'
gate_repo
export background
screen >out <<'EOF'
size 120 20
start git jci
idle
shell eval "$background"
wait running
shell kill -TERM $(cat ../run)
wait cancelled
gone 1 running
EOF
EOT

it 'several runs at once are counted, and end one by one' <<'EOT'
gate_repo
export background
screen >out <<'EOF'
size 120 20
start git jci
idle
shell eval "$background"
wait 1 running
shell eval "$background"
wait 2 running
wait 1/2
shell eval "$background"
wait 3 running
wait 1/3
shell echo >&9
wait 2 running
shell printf '\n\n' >&9
gone running
wait 1/3
screen
EOF
same 3 "$(grep -c passed out)"
EOT

it 'runs that are fetched, pulled or put there by hand appear' <<'EOT'
browser_repo
git clone -q . ../clone
cd ../clone
git config jci.dates iso
screen >out <<'EOF'
size 120 20
start git jci
idle
wait No runs
shell git fetch -q origin refs/jci-runs/$(git rev-parse HEAD~1)/*:refs/jci-runs/$(git rev-parse HEAD~1)/*
wait ✓ 3dd6d7af
shell git jci pull >/dev/null 2>&1
wait ✓ 868ba059
wait ✓ dd8097f2
wait ✓ 170fc0bb
wait passed
shell git update-ref refs/jci-runs/$(git rev-parse HEAD~4)/1793600000-0001 $(git for-each-ref --format='%(objectname)' --count=1 refs/jci-runs/$(git rev-parse HEAD~1))
wait  18da3132
gone   18da3132
EOF
EOT

it 'runs stay when refs are packed, and go when they are removed' <<'EOT'
browser_repo
screen >out <<'EOF'
size 120 20
start git jci
idle
wait 1/2
shell git pack-refs --all --prune
idle
screen
shell git for-each-ref --format='delete %(refname)' refs/jci-runs/$(git rev-parse HEAD) | git update-ref --stdin
wait No runs
gone ✓ 868ba059
wait ✓ 3dd6d7af
shell git update-ref refs/jci-runs/$(git rev-parse HEAD~1)/1793700000-0001 $(git for-each-ref --format='%(objectname)' --count=1 refs/jci-runs/$(git rev-parse HEAD~1))
keys j
wait 1/2
EOF
contains out '✓ 868ba059'
contains out '✓ passed    2026-11-03 10:53'
EOT

it 'a new commit, another branch, a new tag appear' <<'EOT'
browser_repo
screen >out <<'EOF'
size 170 20
start git jci
idle
shell git commit -q --allow-empty -m 'made meanwhile'
wait made meanwhile
wait 1/13
shell git tag brand-new
wait [brand-
keys j
shell git commit -q --allow-empty -m 'another one'
wait another one
wait 3/14
idle
row -1
shell git checkout -q topic
wait Zoë
gone another one
wait 3/6
idle
row -1
shell git checkout -q --detach v1.0
wait 1/4
shell git branch -q -m main trunk
EOF
sed -n 1p out | grep '^main '
sed -n 2p out | grep '^topic '
EOT

it 'a branch that is rewritten is shown as it is now' <<'EOT'
browser_repo
screen >out <<'EOF'
size 120 20
start git jci
idle
keys j j
shell git reset -q --hard HEAD~1
gone Take colours
wait 2/11
shell git commit -q --amend --allow-empty -m 'put otherwise'
wait put otherwise
gone Work without
EOF
EOT

it 'what happens while it is stopped is there when it goes on' <<'EOT'
gate_repo
export background
screen >out <<'EOF'
size 120 20
start git jci
idle
keys ^Z
stopped
shell git commit -q --allow-empty -m 'made meanwhile'
shell eval "$background"
signal CONT
wait made meanwhile
wait 1 running
keys g
wait ● running
shell echo >&9
wait ✓ passed
EOF
EOT

it 'worktrees of one repository see the same runs' <<'EOT'
gate_repo
export background
git worktree add -q ../other
screen >out <<'EOF'
size 120 20
start git jci
idle
shell cd ../other && eval "$background"
wait running
shell echo >&9
wait passed
EOF
EOT

finish
