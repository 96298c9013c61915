#include "util/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "util/gettext.h"

static int look_up(void *handle, const struct library *library, struct jci_error *err)
{
	for (const struct library_symbol *s = library->symbols; s->name; s++) {
		void *function = dlsym(handle, s->name);

		if (!function)
			return jci_error_set(err, JCI_ENOTFOUND, _("%s has no '%s': too old"),
					     library->file, s->name);
		memcpy(s->slot, &function, sizeof(function));
	}
	return 0;
}

void library_version_set(struct library_version *v, const char *name, const char *built,
			 const char *used)
{
	v->name = name;
	snprintf(v->built, sizeof(v->built), "%.*s", (int)strcspn(built, " -"), built);
	snprintf(v->used, sizeof(v->used), "%.*s", used ? (int)strcspn(used, " -") : 0,
		 used ? used : "");
}

static int load(struct library *library, struct jci_error *err)
{
	void *handle = library->loaded ? NULL : dlopen(library->file, RTLD_NOW | RTLD_LOCAL);

	if (library->loaded)
		return 0;
	if (!handle)
		return jci_error_set(err, JCI_ENOTFOUND,
				     _("cannot load a library that this needs (on Debian: apt "
				       "install %s): %s"),
				     library->package, dlerror());
	if (look_up(handle, library, err) < 0)
		return err->code;
	library->loaded = true;
	return 0;
}

int library_load(struct library *library, struct jci_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int code;

	pthread_mutex_lock(&lock);
	code = load(library, err);
	pthread_mutex_unlock(&lock);
	return code;
}
