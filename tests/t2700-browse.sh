#!/bin/sh
# `git jci browse` and `git jci` alone, where there is no terminal.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

it 'git jci alone is git jci log without a terminal' <<'EOT'
new_repo project <<'SH'
true
SH
git jci run -q 2>../err
git jci log >../log
git jci >../out </dev/null
same "$(cat ../log)" "$(cat ../out)"
same 1 "$(wc -l <../out)"
EOT

it 'the browser says what it needs' <<'EOT'
new_repo project <<'SH'
true
SH
expect_exit 125 git jci browse </dev/null >../out 2>../err
same 'git-jci: standard input is not a terminal' "$(cat ../err)"
same '' "$(cat ../out)"
EOT

it 'a run or revision that is not there is an error before the screen' <<'EOT'
new_repo project <<'SH'
true
SH
expect_exit 125 git jci browse nothing </dev/null >../out 2>../err
contains ../err "'nothing'"
expect_exit 125 git jci browse HEAD run.output.txt </dev/null >../out 2>../err
contains ../err 'git-jci: '
lacks ../err 'terminal'
EOT

it 'a third operand is too much' <<'EOT'
new_repo project <<'SH'
true
SH
expect_exit 2 git jci browse HEAD a b </dev/null >../out 2>../err
contains ../err "'b' is too much"
EOT

it 'without a repository it says so' <<'EOT'
mkdir plain
cd plain
expect_exit 125 git jci browse </dev/null >../out 2>../err
contains ../err 'not a git repository'
EOT

finish
