/*
 * Files of a run, stored or live, as files on disk. All of it may take long: for jobs. What was
 * given out for a live run may have been stored meanwhile, and is found there.
 */
#ifndef JCI_TUI_FETCH_H
#define JCI_TUI_FETCH_H

#include "core/record.h"

enum {
	FETCH_REPLACE = 1 << 0, /* a file that is there already */
	FETCH_PRIVATE = 1 << 1, /* mode 0600; else the artifact's, less the umask */
};

/* A descriptor for reading a file from its beginning; the caller closes it. */
int fetch_open(const struct jci_repo *repo, const struct jci_record *run, const char *path,
	       struct jci_error *err);
/* Writes a file; `dest` appears when it is whole. */
int fetch_file(const struct jci_repo *repo, const struct jci_record *run, const char *path,
	       const char *dest, unsigned flags, struct jci_error *err);
/*
 * Writes a folder ("" or with '/' at its end; "": the whole run) into the folder `dest`, which is
 * made and must not have anything in it. Links in live runs are left out.
 */
int fetch_folder(const struct jci_repo *repo, const struct jci_record *run, const char *path,
		 const char *dest, struct jci_error *err);

#endif
