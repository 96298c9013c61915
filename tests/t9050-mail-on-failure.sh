#!/bin/sh
# The example mail-on-failure, by a stand-in of sendmail.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

# mailbox [STATUS]: mails come to $TRASH/mail, their addresses to $TRASH/to.
mailbox() {
	mkdir "$TRASH/bin"
	cat >"$TRASH/bin/sendmail" <<SH
#!/bin/sh
shift 2
printf '%s\n' "\$@" >"$TRASH/to"
cat >"$TRASH/mail"
exit ${1:-0}
SH
	chmod +x "$TRASH/bin/sendmail"
	PATH=$TRASH/bin:$PATH
}

it 'a red run is told to the author of the commit' <<'EOT'
mailbox
example mail-on-failure
sed -i 's/Hello/Hallo/' greet.sh
git config user.email ada@example.com
git config user.name 'Ada Ünlü'
commit 'in German'
expect_exit 1 git jci run HEAD
same ada@example.com "$(cat "$TRASH/to")"
contains "$TRASH/mail" 'To: <ada@example.com>'
contains "$TRASH/mail" "Subject: [my mail-on-failure] $(git rev-parse --short HEAD) failed"
contains "$TRASH/mail" 'author  Ada Ünlü'
contains "$TRASH/mail" "error: the greeting is 'Hallo, Ada!'"
contains "$TRASH/mail" "git jci cat $(the_ref | sed 's,.*/,,')"
same 'Hallo, Ada!' "$(the_file greeting.txt)"
the_file checks.log >/dev/null
same '' "$(git jci show -z | tr '\0' '\n' | grep -x failed || :)"
EOT

it 'a green one is not, and neither is one that was started by hand' <<'EOT'
mailbox
example mail-on-failure
git jci run
sed -i 's/Hello/Hallo/' greet.sh
expect_exit 1 git jci run --trigger manual
test ! -e "$TRASH/mail"
EOT

it 'all of them can go to one address, without colours' <<'EOT'
mailbox
example mail-on-failure
git config ci.mailTo team@example.com
printf 'printf "\\033[31mred\\033[0m text\\n"\nexit 7\n' >>.jci/checks
expect_exit 1 git jci run
same team@example.com "$(cat "$TRASH/to")"
contains "$TRASH/mail" 'red text'
lacks "$TRASH/mail" "$(printf '\033')"
EOT

it 'a mail that is refused changes nothing but the log' <<'EOT'
mailbox 75
example mail-on-failure
echo 'exit 1' >>.jci/checks
expect_exit 1 git jci run
the_file run.output.txt >"$TRASH/log"
contains "$TRASH/log" 'warning: the mail was not sent'
EOT

it 'the command of jci.onFinish in the README mails without a script that does' <<'EOT'
contains "$top_srcdir/doc/git-jci-config.5" jci.onFinish || skip 'there is no jci.onFinish'
mailbox
example mail-on-failure
mv .jci/checks .jci/run.sh
sed -i '1a cd "$JCI_REPO_ROOT"' .jci/run.sh
sed -i 's/Hello/Hallo/' greet.sh
commit 'in German'
sed -n '/config --add jci.onFinish/,/^$/p' README | sed 's/^ *\$ //' >"$TRASH/config"
. "$TRASH/config"
expect_exit 1 git jci run --trigger manual
test ! -e "$TRASH/mail"
expect_exit 1 git jci run
same author@example.com "$(cat "$TRASH/to")"
contains "$TRASH/mail" "error: the greeting is 'Hallo, Ada!'"
EOT

finish
