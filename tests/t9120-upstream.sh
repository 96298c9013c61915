#!/bin/sh
# The examples upstream-trigger and downstream-trigger: repositories that start each other's runs.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs flock

# upstream: a repository whose run leaves words.txt, and its bare one; downstream: the example, with
# both as remotes.
upstream() {
	new_repo 'the library' <<-'SH'
	cp "$JCI_REPO_ROOT/words" words.txt
	test -s words.txt
	SH
	words 'add words' hello
	git clone -q --bare . ../library.git
	git remote add origin ../library.git
	cd ..
}

downstream() {
	example upstream-trigger
	git clone -q --bare . ../project.git
	git remote add origin ../project.git
	git remote add upstream ../library.git
}

# words MESSAGE WORD...
words() {
	test_message=$1
	shift
	printf '%s\n' "$@" >words
	commit "$test_message"
}

# run_upstream: as its CI does, and send all.
run_upstream() (
	cd "$TRASH/the library" || exit
	git push -q origin main
	git jci run -q HEAD || :
	git jci push
)

it 'a green commit of upstream makes a run, once' <<'EOT'
upstream
downstream
.jci/upstream
same '' "$(runs)"
run_upstream
.jci/upstream
same 3 "$(the_file dictionary.txt | wc -l)"
contains .git/upstream.git/HEAD main
the_record >"$TRASH/record"
contains "$TRASH/record" '"trigger":"upstream"'
contains "$TRASH/record" '"branch":"main"'
contains "$TRASH/record" '"dirty":false'
same 1 "$(runs ../project.git | wc -l)"
.jci/upstream
same 1 "$(runs | wc -l)"
EOT

it 'a red commit of upstream makes none, the next green one does' <<'EOT'
upstream
downstream
run_upstream
.jci/upstream
(cd '../the library' && : >words && commit 'lose the words')
run_upstream
.jci/upstream
same 1 "$(runs | wc -l)"
(cd '../the library' && words 'more words' hello world)
run_upstream
.jci/upstream
same 2 "$(runs | wc -l)"
git jci cat latest dictionary.txt | grep -x world
git jci cat latest upstream.txt | grep 'more words'
EOT

it 'a red run here is a result, and is not repeated; one that can not be made is' <<'EOT'
upstream
(cd 'the library' && words 'no hello' world && git push -q origin main)
run_upstream
downstream
expect_exit 1 .jci/upstream
.jci/upstream
same 1 "$(runs ../project.git | wc -l)"
(cd '../the library' && words 'hello' hello)
run_upstream
git rm -q .jci/run.sh --cached
git commit -q -m 'no script'
git push -q origin main
expect_exit 127 .jci/upstream
git reset -q HEAD~1
git push -q -f origin main
.jci/upstream
same 2 "$(runs | wc -l)"
EOT

it 'runs of upstream are not taken for ours; without any of them a run is red' <<'EOT'
upstream
downstream
expect_exit 1 git jci run -q
git jci cat latest | grep 'call .jci/upstream first'
run_upstream
.jci/upstream
same "$(git rev-parse HEAD)" "$(runs | cut -d / -f 3 | sort -u)"
same "$(git rev-parse HEAD)" "$(runs ../project.git | cut -d / -f 3 | sort -u)"
git jci run
EOT

# users NAME...: bare repositories with the example downstream-trigger as a submodule at lib/greet,
# which run CI on what is pushed to them.
users() {
	for test_user; do
		new_repo "$test_user" <<-'SH'
		git -C "$JCI_REPO_ROOT" rev-parse HEAD:lib/greet
		SH
		git update-index --add --cacheinfo "160000,$(git -C "$TRASH/greet.git" rev-parse main),lib/greet"
		git config -f .gitmodules submodule.lib/greet.path lib/greet
		git config -f .gitmodules submodule.lib/greet.url ../greet.git
		git add .gitmodules
		git commit -q -m 'use greet'
		cd ..
		git clone -q --bare "$test_user" "$test_user.git"
		git -C "$test_user.git" jci hook install post-receive
		echo "lib/greet main file://$TRASH/$test_user.git" >>list
	done
}

# library: the example, pushed; goes back.
library() {
	example downstream-trigger
	git clone -q --bare . "$TRASH/greet.git"
	git remote add origin "$TRASH/greet.git"
	cd ..
	users shop blog
	cd "my downstream-trigger" || exit
	cp ../list .jci/downstream
	commit 'name who uses it'
	git push -q origin main
}

it 'a green run moves the submodule of others on a branch, and their CI runs' <<'EOT'
library
git jci run
for user in shop blog; do
	git -C "../$user.git" rev-parse upstream/lib/greet:lib/greet >"$TRASH/pin"
	same "$(git rev-parse HEAD)" "$(cat "$TRASH/pin")"
	same "$(git -C "../$user.git" rev-parse main)" "$(git -C "../$user.git" rev-parse upstream/lib/greet^)"
	same '.gitmodules .jci/run.sh README lib/greet' \
		"$(git -C "../$user.git" ls-tree -r --name-only upstream/lib/greet | xargs)"
	wait_for 'git -C "../$user.git" jci status -q upstream/lib/greet'
	git -C "../$user.git" jci cat upstream/lib/greet | grep -x "$(git rev-parse HEAD)"
done
EOT

it 'a red run, another branch, an older commit and what is not pushed move nothing' <<'EOT'
library
git jci run -q HEAD~1
echo 'echo Goodbye' >greet
commit 'say goodbye'
git push -q origin main
expect_exit 1 git jci run -q
git revert --no-edit HEAD >"$TRASH/out"
git jci run -q
git jci cat latest | grep 'not for this commit'
same '' "$(git -C ../shop.git for-each-ref refs/heads/upstream)"
git push -q origin main
git jci run -q
same "$(git rev-parse HEAD)" "$(git -C ../shop.git rev-parse upstream/lib/greet:lib/greet)"
EOT

it 'one that can not be reached does not keep the others from it, and the repository is as it was' <<'EOT'
library
{
	echo "lib/greet main file://$TRASH/nowhere.git"
	echo "lib/other main file://$TRASH/blog.git"
	cat ../list
} >.jci/downstream
commit 'two that fail'
git push -q origin main
git for-each-ref refs/heads >"$TRASH/before"
expect_exit 1 git jci run -q
git jci cat latest >"$TRASH/log"
contains "$TRASH/log" "error: 'lib/other' is no submodule there"
same "$(git rev-parse HEAD)" "$(git -C ../blog.git rev-parse upstream/lib/greet:lib/greet)"
git for-each-ref refs/heads | diff "$TRASH/before" -
same '' "$(git status --porcelain)"
same '' "$(ls -A "$TMPDIR")"
grep shop ../list >.jci/downstream
commit 'one that refuses'
git push -q origin main
printf '#!/bin/sh\nexit 1\n' >../shop.git/hooks/pre-receive
chmod +x ../shop.git/hooks/pre-receive
expect_exit 1 git jci run -q
EOT

finish
