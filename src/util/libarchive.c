#include "util/libarchive.h"

#include "util/library.h"

static struct libarchive table;

const struct libarchive *libarchive_load(struct jci_error *err)
{
	static const struct library_symbol symbols[] = {
		LIBARCHIVE_FUNCTIONS(LIBRARY_SYMBOL){NULL, NULL}};
	/* Its interface is that of this number: Debian 12's 3.6 has it, as had 3.0 and has 3.7. */
	static struct library library = {
		.file = "libarchive.so.13", .package = "libarchive13", .symbols = symbols};

	return library_load(&library, err) < 0 ? NULL : &table;
}
