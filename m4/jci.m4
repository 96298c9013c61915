# Macros of this project's configure.ac.

# JCI_ENABLE(NAME, HELP)
# ----------------------
# An option --enable-NAME that is off unless asked for; enable_NAME is `yes' or `no'.
AC_DEFUN([JCI_ENABLE],
[AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2])])
AS_CASE([$AS_TR_SH([enable_$1])],
	[yes | no], [],
	[""], [AS_TR_SH([enable_$1])=no],
	[AC_MSG_ERROR([--enable-$1 takes no value])])])

# JCI_TRY_FLAG(HOW, FLAG, IF-TAKEN, [IF-NOT])
# -------------------------------------------
# Whether the compiler takes FLAG without a warning, at HOW = `compile' or `link'. FLAG comes
# together with the user's flags, because some clash (_FORTIFY_SOURCE with -O0).
AC_DEFUN([JCI_TRY_FLAG],
[jci_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
m4_case([$1],
	[compile], [AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [])],
				      [jci_taken=yes], [jci_taken=no])],
	[link], [AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [])],
				[jci_taken=yes], [jci_taken=no])])
CFLAGS=$jci_saved_CFLAGS
AS_IF([test "$jci_taken" = yes], [$3], [$4])])

# JCI_PROBE_FLAGS(HOW, VARIABLE, WHAT, FLAGS)
# -------------------------------------------
# Sets VARIABLE to those of FLAGS that the compiler takes; flags that belong together are quoted.
AC_DEFUN([JCI_PROBE_FLAGS],
[AC_MSG_CHECKING([for $3])
$2=
for jci_flag in $4
do
	JCI_TRY_FLAG([$1], [$jci_flag], [$2="${$2:+$$2 }$jci_flag"])
done
AC_MSG_RESULT([${$2:-none}])
AC_SUBST([$2])])

# JCI_REQUIRE_FLAGS(VARIABLE, WHAT, FLAGS)
# ----------------------------------------
# Appends FLAGS to VARIABLE, or stops where a program can't be built with them.
AC_DEFUN([JCI_REQUIRE_FLAGS],
[AC_MSG_CHECKING([for $2])
JCI_TRY_FLAG([link], [$3],
	     [AC_MSG_RESULT([yes])
	      $1="$$1 $3"],
	     [AC_MSG_RESULT([no])
	      AC_MSG_ERROR([this compiler can't build with $2: $CC $3])])])

# JCI_WITH_DIR(NAME, VARIABLE, DEFAULT, WHAT)
# -------------------------------------------
# An option --with-NAME-dir=DIR for where a shell looks for WHAT; `no': it is not installed, which
# automake does not do where the folder is empty.
AC_DEFUN([JCI_WITH_DIR],
[AC_ARG_WITH([$1-dir],
	[AS_HELP_STRING([--with-$1-dir=DIR], [$4 @<:@$3@:>@; no: do not install them])],
	[$2=$withval], [$2=yes])
AS_CASE(["$$2"],
	[yes], [$2='$3'],
	[no], [$2=])
AC_SUBST([$2])])
