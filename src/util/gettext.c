#include "util/gettext.h"

#include <locale.h>

void jci_gettext_init(void)
{
	/* two of the twelve categories are of use here, and each costs a file */
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
#ifdef ENABLE_NLS
	bindtextdomain(PACKAGE, LOCALEDIR);
	textdomain(PACKAGE);
#endif
}
