#!/bin/sh
# The example bisect.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs awk jq

# history: the tag good, two commits, one that brings a bug, and three more.
history() {
	example bisect
	git tag good
	git commit -q --allow-empty -m 2
	git commit -q --allow-empty -m 3
	sed -i 's/^n=2/n=1/' primes
	commit 'start at 1'
	git tag culprit
	git commit -q --allow-empty -m 5
	git commit -q --allow-empty -m 6
	git commit -q --allow-empty -m 7
}

# bisect: from HEAD, to the tag good.
bisect() {
	git bisect start --no-checkout HEAD good
	git bisect run .jci/bisect >"$TRASH/out" 2>"$TRASH/err"
	same "$(git rev-parse culprit)" "$(git rev-parse refs/bisect/bad)"
	git bisect reset
}

it 'finds the commit, and runs what has no run; the next time there is nothing to run' <<'EOT'
history
echo changed >>primes
bisect
contains "$TRASH/out" 'start at 1'
git jci log --json | jq -e -s 'length > 1 and all(.[]; .dirty == false)'
runs >"$TRASH/before"
bisect
runs | diff "$TRASH/before" -
contains "$TRASH/out" 'bad: run '
contains "$TRASH/out" 'good: run '
contains primes changed
EOT

it 'what is stored is not run again, and the same files that passed are enough' <<'EOT'
history
git jci run -q good
expect_exit 1 git jci run -q culprit
bisect
same "$(printf '%s\n' "$(git rev-parse culprit)" "$(git rev-parse good)" | sort)" \
	"$(runs | cut -d / -f 3 | sort -u)"
EOT

it 'a run that was cancelled tells nothing' <<'EOT'
history
git jci run -q good
git jci run -q culprit~1
# of the commit before the culprit, the newest run was interrupted
git checkout -q culprit~1
mkfifo "$TRASH/fifo"
mv .jci/run.sh "$TRASH/run.sh"
printf '#!/bin/sh\nread -r line <"%s"\n' "$TRASH/fifo" >.jci/run.sh
chmod +x .jci/run.sh
git update-index --assume-unchanged .jci/run.sh
git-jci run -q &
wait_for 'ls .git/jci/live/*/lock'
kill "$!"
wait "$!" || :
git update-index --no-assume-unchanged .jci/run.sh
mv "$TRASH/run.sh" .jci/run.sh
git checkout -q main
git jci log -z culprit~1 | grep -q cancelled
same red "$(git jci verify -z culprit~1 | cut -f 2)"
bisect
EOT

it 'a commit without a script is left out' <<'EOT'
new_repo project
git tag good
cp -R "$top_srcdir/doc/examples/bisect/." .
commit culprit
git tag culprit
git rm -q --cached .jci/run.sh
git commit -q -m 'CI is gone'
sed -i 's/^n=2/n=1/' primes
commit bad
expect_exit 127 git jci run -q HEAD~1 2>"$TRASH/err"
git bisect start --no-checkout HEAD HEAD~2
expect_exit 125 sh -c 'git update-ref --no-deref BISECT_HEAD HEAD~1; .jci/bisect'
git bisect reset
EOT

finish
