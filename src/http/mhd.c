#include "http/mhd.h"

#include "util/library.h"

static struct mhd_table table;
const struct mhd_table *const mhd = &table;

int mhd_load(struct jci_error *err)
{
#define MHD_SYMBOL(name) {"MHD_" #name, &table.name},
	static const struct library_symbol symbols[] = {MHD_FUNCTIONS(MHD_SYMBOL){NULL, NULL}};
#undef MHD_SYMBOL
	/* Its interface is that of this number: Debian 12's 0.9.75 has it, and 1.0 has it still. */
	static struct library library = {
		.file = "libmicrohttpd.so.12", .package = "libmicrohttpd12", .symbols = symbols};

	return library_load(&library, err);
}
