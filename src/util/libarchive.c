#include "util/libarchive.h"

#include <string.h>

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

void libarchive_library_version(struct library_version *v)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	const struct libarchive *lib = libarchive_load(&ignored);

	library_version_set(v, "libarchive", ARCHIVE_VERSION_ONLY_STRING,
			    lib ? lib->archive_version_string() + strlen("libarchive ") : NULL);
}
