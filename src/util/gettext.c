#include "util/gettext.h"

#include <locale.h>
#include <stdlib.h>

void jci_gettext_init(void)
{
	/* two of the twelve categories are of use here, and each costs a file */
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
#ifdef ENABLE_NLS
	const char *folder = getenv("JCI_TEXTDOMAINDIR");

	bindtextdomain(PACKAGE, folder && *folder ? folder : LOCALEDIR);
	textdomain(PACKAGE);
#endif
}
