# Sourced before each test and benchmark, by make and by lib.sh: nothing of the caller's
# environment, configuration, locale or make reaches a test. Needs top_srcdir and top_builddir, absolute.
# shellcheck shell=sh

for variable in $(env | sed -n -e 's/^\(GIT_[A-Za-z_0-9]*\)=.*/\1/p' \
	-e 's/^\(GITEA_[A-Za-z_0-9]*\)=.*/\1/p' \
	-e 's/^\(JCI_[A-Za-z_0-9]*\)=.*/\1/p' \
	-e 's/^\(XDG_[A-Za-z_0-9]*\)=.*/\1/p' \
	-e 's/^\(LC_[A-Za-z_0-9]*\)=.*/\1/p'); do
	unset "$variable"
done
unset variable CI CDPATH CLICOLOR CLICOLOR_FORCE COLUMNS EDITOR EMAIL ENV LANG LANGUAGE LINES \
	MAKEFLAGS MAKELEVEL MFLAGS NO_COLOR PAGER STATE_DIRECTORY VISUAL

LC_ALL=C.UTF-8
TZ=UTC
TERM=dumb
GIT_CONFIG_NOSYSTEM=1
GIT_TERMINAL_PROMPT=0
HOME=$top_builddir/tests/home
PATH=$top_builddir:$PATH
CMOCKA_MESSAGE_OUTPUT=TAP
# A sanitizer's finding must not look like a red run (1) or wrong usage (2).
ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1
LSAN_OPTIONS=exitcode=99:print_suppressions=0:suppressions=$top_srcdir/tests/lsan.supp
UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
export top_srcdir top_builddir LC_ALL TZ TERM GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT HOME PATH \
	CMOCKA_MESSAGE_OUTPUT ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS
mkdir -p "$HOME"
umask 022
