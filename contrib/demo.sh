#!/bin/sh
# Makes a small repository with green, red and running runs in a new temporary folder and looks
# at it with git-jci, which must be in $PATH. `./bootstrap demo` builds it first and runs this.

set -eu

if test -t 1 && test -z "${NO_COLOR:-}" && test "${TERM:-dumb}" != dumb; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
	bold='' plain=''
fi

tell() {
	printf '\n%s\n' "$*"
}

# show COMMAND...: as typed at a prompt; a failing one, such as a red run, is part of the demo.
show() {
	printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
	"$@" || printf '%s(exit status %d)%s\n' "$bold" $? "$plain"
}

commit() {
	git add -A
	git commit -q -m "$1"
}

# ---- the project: a list of primes, its test, and a picture of it ----

write_primes() { # FIRST: the number that it starts at
	cat >primes <<EOT
#!/usr/bin/awk -f
# Prints the primes up to N: ./primes N
BEGIN {
	for (n = $1; n <= ARGV[1]; n++) {
		for (d = 2; d * d <= n && n % d; d++)
			;
		if (d * d > n)
			print n
	}
}
EOT
	chmod +x primes
}

write_script() { # SECONDS: how long it pauses at each step
	mkdir -p .jci
	cat >.jci/run.sh <<EOT
#!/bin/sh
# What CI does here. It starts in \$JCI_OUTPUT_DIR: each file that it leaves there is an artifact.
set -e
primes=\$JCI_REPO_ROOT/primes

echo '--- make the list'
"\$primes" 40 >primes.txt
echo "\$(wc -l <primes.txt) primes up to 40"

echo '--- check each of them'
while read -r n; do
	sleep $1
	case \$(factor "\$n") in
	"\$n: \$n") echo "ok: \$n" ;;
	*) echo "error: \$n is not a prime" && exit 1 ;;
	esac
done <primes.txt

echo '--- draw them'
mkdir picture
awk 'BEGIN { print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"210\" height=\"40\">" }
	{ printf "<rect x=\"%d\" width=\"3\" height=\"40\" fill=\"seagreen\"/>\n", \$1 * 5 }
	END { print "</svg>" }' primes.txt >picture/primes.svg
echo 'picture/primes.svg is drawn'
EOT
	chmod +x .jci/run.sh
}

make_project() {
	git init -q "$folder"
	cd "$folder"
	git symbolic-ref HEAD refs/heads/main
	git config user.name 'Demo'
	git config user.email demo@example.com
	write_primes 2
	write_script 0
	commit 'list the primes'
}

# start_slow_run: in the background; returns when it goes on.
start_slow_run() {
	write_script 0.5
	commit 'check the primes with care'
	git jci run --quiet &
	running=$!
	while kill -0 "$running" 2>/dev/null && ! ls .git/jci/live/*/lock >/dev/null 2>&1; do
		sleep 0.05
	done
}

# ---- the tour ----

# shellcheck disable=SC2046 # a list of words
unset $(git rev-parse --local-env-vars)
running=
trap 'test -z "$running" || kill "$running" 2>/dev/null || :' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

# What is shown scrolls by: a pager would wait for a key in the middle of it.
GIT_PAGER='cat'
export GIT_PAGER

folder=$(mktemp -d "${TMPDIR:-/tmp}/git-jci-demo.XXXXXX")
make_project
tell "A repository in $folder has a commit and a script, .jci/run.sh. Run it:"
show git jci run

write_primes 1
commit 'start at 1'
tell 'The next commit brings a bug. Its run is red, and the exit status says so:'
show git jci run

tell 'What differs from the last green run?'
show git jci diff latest

write_primes 2
commit 'a prime has two divisors: 1 is none'
tell 'The bug is mended:'
show git jci run --quiet
show git jci show latest

start_slow_run
tell 'Another run is going on in the background. All runs, newest first:'
show git jci log

tell 'Follow the one that is running, from its first line to its end:'
show git jci tail -f latest
wait "$running" || :
running=

tell 'Results are git objects under refs/jci-runs/, and stay with the repository:'
show git for-each-ref refs/jci-runs

cat <<EOT

Look around yourself. The repository stays until you remove it:

    cd $folder
    PATH=$(dirname "$(command -v git-jci)"):\$PATH

    git jci                            the browser; ? tells its keys, q goes back
    git jci log                        all runs
    git jci show HEAD~2                what is known of the red one
    git jci cat HEAD~2 run.output.txt  its log
    git jci cat latest primes.txt      an artifact
    git jci get latest /tmp/result     all of them, as files
    git jci run HEAD~1                 run an older commit, in a work tree of its own
    git jci help                       everything else
EOT

# At a terminal: the browser itself.
if test -t 0 && test -t 1 && test "${TERM:-dumb}" != dumb; then
	printf '\nPress Enter to open the browser there, Ctrl-C to stop here. '
	read -r _
	unset GIT_PAGER
	git jci
fi
