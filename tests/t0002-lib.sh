#!/bin/sh
# The test library tells the truth: what fails is `not ok'.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# tap <<'END' ... END: the TAP output of a script with that content, run by itself.
tap() {
	{
		echo '. "$top_srcdir/tests/lib.sh"'
		cat
		echo finish
	} >script.sh
	sh script.sh >tap
}

it 'a body that succeeds is ok' <<'EOT'
tap <<'END'
it 'works' <<'BODY'
true
BODY
END
same "ok 1 - works
1..1" "$(cat tap)"
EOT

it 'a body fails at its first command that fails, and shows where' <<'EOT'
tap <<'END'
it 'breaks' <<'BODY'
echo before
(exit 7)
echo after
BODY
END
contains tap 'not ok 1 - breaks'
contains tap '#   (exit 7)'
contains tap '# ended with status 7'
lacks tap after
contains tap '1..1'
EOT

it 'every expectation can fail' <<'EOT'
while read -r body; do
	printf "it 'breaks' <<'BODY'\necho text >file\n%s\nBODY\n" "$body" | tap
	contains tap 'not ok 1 - breaks'
done <<'LIST'
same a b
contains file other
contains absent text
lacks file text
expect_exit 1 true
expect_exit 0 false
wait_for false 0
LIST
EOT

it 'every expectation can hold' <<'EOT'
echo text >file
same a a
contains file ex
lacks file other
expect_exit 1 false
expect_exit 0 true
wait_for true
EOT

it 'a skipped case tells why' <<'EOT'
tap <<'END'
it 'needs luck' <<'BODY'
skip 'no luck today'
false
BODY
END
contains tap 'ok 1 - needs luck # SKIP no luck today'
EOT

it 'a script can be skipped as a whole' <<'EOT'
tap <<'END'
skip_all 'nothing to do'
END
same '1..0 # SKIP nothing to do' "$(cat tap)"
EOT

it 'at_end is done after a failure too' <<'EOT'
tap <<END
it 'breaks' <<'BODY'
at_end 'echo one >>$TRASH/order'
at_end 'echo two >>$TRASH/order'
false
BODY
END
contains tap 'not ok 1'
same "two
one" "$(cat order)"
EOT

it 'a failed expectation tells why, wherever its output goes' <<'EOT'
tap <<'END'
it 'breaks' <<'BODY'
expect_exit 3 false 2>err >out
BODY
END
contains tap '# exit status 1, not 3: false'
EOT

it 'a process in the background ends with its case' <<'EOT'
mkfifo fifo
tap <<END &
it 'leaves one' <<'BODY'
sh -c 'trap "echo gone >$TRASH/fifo; exit" TERM; echo ready >$TRASH/fifo; read never <$TRASH/never' &
wait_for 'test -e $TRASH/go'
BODY
END
mkfifo never
same ready "$(cat fifo)"
touch go
same gone "$(cat fifo)"
wait
contains tap 'ok 1'
EOT

it 'nothing is left behind' <<'EOT'
mkdir tmp
TMPDIR=$TRASH/tmp tap <<'END'
it 'makes folders that are hard to remove' <<'BODY'
mkdir -p a/b
chmod 0 a/b
BODY
END
contains tap 'ok 1'
same '' "$(ls tmp)"
EOT

it 'new_repo makes a repository with a script that can run' <<'EOT'
new_repo project <<'SH'
echo from the script
SH
same 'from the script' "$(.jci/run.sh)"
same 'first commit' "$(git log --format=%s)"
same '' "$(git status --porcelain)"
same '' "$(runs)"
EOT

it 'at_exit: at the end of the script, the last one first, also where all is skipped' <<'EOT'
tap <<'END'
at_exit 'echo one >>ended'
at_exit 'echo two >>ended'
it 'works' <<'BODY'
true
BODY
END
same 'ok 1 - works
1..1' "$(cat tap)"
same 'two
one' "$(cat ended)"
tap <<'END'
at_exit 'echo three >>ended'
skip_all 'no reason'
END
same three "$(tail -n 1 ended)"
EOT

finish
