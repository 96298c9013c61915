#!/bin/sh
# Tests. When cron started it, it first updates the dependencies, in a work tree of its own, and if the
# tests pass with the new ones, pushes them to a branch for somebody to look at and merge.

set -eu
cd "$JCI_REPO_ROOT"
branch=updates

has() {
	test -e "$1"
}

update() {
	! has go.mod || {
		go get -u -t ./...
		go mod tidy
	}
	! has package.json || npm update --save --no-audit --no-fund
}

run_tests() {
	! has go.mod || {
		go vet ./...
		go test ./...
	}
	! has package.json || {
		if has package-lock.json; then
			npm ci --no-audit --no-fund
		fi
		npm test
	}
}

# versions: lines that the update took out and put in, for people.
versions() {
	git diff --cached -U0 -- go.mod package.json | grep '^[-+][^-+]' || :
}

# pushed: has the remote got this very update already?
pushed() {
	git fetch -q origin "refs/heads/$branch" 2>/dev/null &&
		test "$(git rev-parse 'FETCH_HEAD^{tree}')" = "$(git write-tree)" &&
		test "$(git rev-parse 'FETCH_HEAD^')" = "$JCI_COMMIT"
}

if test "$JCI_TRIGGER" = cron; then
	work=$(mktemp -d)
	trap 'git -C "$JCI_REPO_ROOT" worktree remove --force "$work/tree"; rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	git worktree add -q --detach "$work/tree" "$JCI_COMMIT"
	cd "$work/tree"
	echo '--- update'
	update
	git add -A
	git diff --cached --binary >"$JCI_OUTPUT_DIR/update.patch"
	versions
fi

echo '--- test'
run_tests
test "$JCI_TRIGGER" = cron || exit 0

echo '--- push'
if git diff --cached --quiet; then
	rm "$JCI_OUTPUT_DIR/update.patch"
	echo 'everything is up to date'
elif pushed; then
	echo "it is in '$branch' already"
else
	git commit -q -m 'update dependencies' -m "$(versions)"
	git push --force origin "HEAD:refs/heads/$branch"
fi
