/*
 * Shared libraries that only some commands need: loaded by dlopen(3) when they do, because each
 * library that the program is linked to costs every `git jci run` milliseconds at its start. The
 * types of a table come from the library's own header, so a call through it is checked as any
 * other:
 *
 *	#define THING_FUNCTIONS(X) X(thing_open) X(thing_close)
 *	struct thing_table { THING_FUNCTIONS(LIBRARY_POINTER) };
 *	static struct thing_table table;
 *	static const struct library_symbol symbols[] = {THING_FUNCTIONS(LIBRARY_SYMBOL) {NULL,
 *NULL}}; static struct library thing = {.file = "libthing.so.1", .package = "libthing1", symbols};
 *	...
 *	if (library_load(&thing, err) < 0)
 *
 * A distribution's package of git-jci has to depend on them by itself: nothing in the program names
 * them to the tools that would find out.
 */
#ifndef JCI_UTIL_LIBRARY_H
#define JCI_UTIL_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

struct library_symbol {
	const char *name;
	void *slot; /* the function pointer to fill in */
};

#define LIBRARY_POINTER(name) __typeof__(name) *name;
#define LIBRARY_SYMBOL(name)  {#name, &table.name},

struct library {
	const char *file;    /* with the number of its interface */
	const char *package; /* Debian's, for the message */
	const struct library_symbol *symbols;
	bool loaded;
};

/* What a library says of itself. */
struct library_version {
	const char *name;
	char built[24]; /* what its header said when this program was compiled */
	char used[24];  /* what runs now; "": it cannot be loaded */
};

/* Fills one in. used NULL: "". What follows a blank or a '-' in either of them is left out. */
void library_version_set(struct library_version *v, const char *name, const char *built,
			 const char *used);

/* Once; it is never unloaded. JCI_ENOTFOUND names the package. From any thread. */
int library_load(struct library *library, struct jci_error *err);

#endif
