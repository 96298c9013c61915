#include "web/libarchive.h"

#include <dlfcn.h>
#include <pthread.h>

#include "util/gettext.h"

/* Its interface is that of this number: Debian 12's 3.6 has it, as had 3.0 and has 3.7. */
#define LIBRARY "libarchive.so.13"

static struct libarchive table;
static void *library; /* never unloaded */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int load(struct jci_error *err)
{
	void *found = library ? library : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (library)
		return 0;
	if (!found)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("cannot load libarchive, which makes archives (on Debian: "
				       "apt install libarchive13): %s"),
				     dlerror());
#define LIBARCHIVE_LOOK_UP(name)                                                                \
	table.name = (__typeof__(table.name))dlsym(found, #name);                               \
	if (!table.name)                                                                        \
		return jci_error_set(err, JCI_ENOTFOUND, _("%s has no '%s': too old"), LIBRARY, \
				     #name);
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_LOOK_UP)
#undef LIBARCHIVE_LOOK_UP
	library = found;
	return 0;
}

const struct libarchive *libarchive_load(struct jci_error *err)
{
	int code;

	pthread_mutex_lock(&lock);
	code = load(err);
	pthread_mutex_unlock(&lock);
	return code < 0 ? NULL : &table;
}
