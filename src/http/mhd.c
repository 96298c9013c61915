#include "http/mhd.h"

#include <dlfcn.h>

#include "util/gettext.h"

/* Its interface is that of this number: Debian 12's 0.9.75 has it, and 1.0 has it still. */
#define LIBRARY "libmicrohttpd.so.12"

static struct mhd_table table;
const struct mhd_table *const mhd = &table;

int mhd_load(struct jci_error *err)
{
	static void *library; /* never unloaded: its threads end with the process */

	if (library)
		return 0;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("cannot load libmicrohttpd, which serves the page (on "
				       "Debian: apt install libmicrohttpd12): %s"),
				     dlerror());
#define MHD_LOOK_UP(name)                                                                       \
	table.name = (__typeof__(table.name))dlsym(library, "MHD_" #name);                      \
	if (!table.name)                                                                        \
		return jci_error_set(err, JCI_ENOTFOUND, _("%s has no '%s': too old"), LIBRARY, \
				     "MHD_" #name);
	MHD_FUNCTIONS(MHD_LOOK_UP)
#undef MHD_LOOK_UP
	return 0;
}
