#!/bin/sh
# Every key of the table, in every pane that has it: the browser does something or says why not,
# survives it, and goes on. What the keys do is tested elsewhere.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/tui.sh"

# keys_of: each key of each action, a line each: the name of the action, and the key.
keys_of() {
	git jci help --keys | sed -n 's/^  \(.\{20\}\)\([a-z-]*\) .*/\2 \1/p' |
		while read -r name keys; do
			for key in $(echo "$keys" | sed 's/, / /g'); do
				echo "$name $key"
			done
		done
}

# script_for PANE KEY NAME: what leads to the pane, presses the key, and shows that it still answers.
# <Enter> goes on after a program that had the terminal. SIGTERM ends it even if a task goes on.
script_for() {
	case $1 in
	commits) way= ;;
	runs) way='<Tab>' ;;
	artifacts) way='<Tab> <Tab> j' ;;
	viewer) way=L ;;
	esac
	printf 'env %s=true\n' EDITOR PAGER BROWSER
	printf 'env PATH=%s\nsize 100 30\nstart git-jci\nidle\n' "$TRASH/bin:$PATH"
	test -z "$way" || echo "keys $way"
	case $3 in
	quit) printf 'keys %s\nstatus\n' "$2" && return ;;
	suspend) printf 'keys %s\nstopped\nsignal CONT\n' "$2" ;;
	close)
		echo "keys $2"
		test "$1 $2" != 'commits q' || { echo status && return; }
		;;
	*) printf 'keys %s <Enter>\n' "$2" ;;
	esac
	printf 'keys <Esc> <Esc> <Esc> <Esc> ?\nwait Help\nsignal TERM\nstatus\n'
}

# press PANE: each key in a browser of its own.
press() {
	keys_of >../keys
	test "$(wc -l <../keys)" -gt 60
	while read -r name key; do
		script_for "$1" "$key" "$name" >../script
		if ! screen <../script >../out 2>../err || ! grep -q '^exit [0-9]$\|^exit 1[0-9][0-9]$' ../out; then
			echo "$key ($name)"
			cat ../script ../out ../err
			echo "$name $key" >>../failed
		fi
	done <../keys
	test ! -e ../failed
}

for pane in commits runs artifacts viewer; do
	it "every key in the pane: $pane" <<EOT
browser_repo
printf '#!/bin/sh\n' | tee .jci/run.sh >../tig
mkdir ../bin
mv ../tig ../bin
chmod +x ../bin/tig
press $pane
EOT
done

it '<Esc> leaves what is open, and not the browser' <<'EOT'
browser_repo
screen >out <<'EOF'
size 100 30
start git-jci
idle
keys L
keys <Esc> <Esc> <Esc> <Esc>
row -1
keys q
status
EOF
contains out 'press Q to quit'
contains out 'exit 0'
EOT

it 'keys that no terminal of this kind has, and answers to others, are no keys' <<'EOT'
browser_repo
escape=$(printf '\033')
screen >out <<EOF
size 100 30
start git-jci
idle
keys j
type $escape[99;7u
row -1
type $escape[?62;4c$escape[200;1R${escape}Oq
row -1
row 1
keys Q
status
EOF
grep '^main.*2/12' out
lacks out 'does nothing here'
contains out 'exit 0'
EOT

finish
