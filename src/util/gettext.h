/*
 * Translation of user-visible strings.
 *
 * _("text") translates at run time; N_("text") marks a string in a static table, whose reader
 * then calls _() on it; Q_(one, many, n) picks the plural form for n. jci_gettext_init() is
 * called once, by main(), before anything is printed. $JCI_TEXTDOMAINDIR is the folder of the
 * catalogues where they are not where `make install` puts them: in a bundle, and in tests.
 */
#ifndef JCI_UTIL_GETTEXT_H
#define JCI_UTIL_GETTEXT_H

#ifdef ENABLE_NLS
#include <libintl.h>
#define _(s)             gettext(s)
#define Q_(one, many, n) ngettext((one), (many), (n))
#else
#define _(s)             (s)
#define Q_(one, many, n) ((n) == 1 ? (one) : (many))
#endif
#define N_(s) (s)

void jci_gettext_init(void);

#endif
