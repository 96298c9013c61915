/*
 * The live registry: runs going on now. `<common dir>/jci/live/<run id>/` holds
 *
 *	lock	    locked for as long as the process of the run lives (an open file description
 *		    lock, fcntl(2): unlike flock(2)'s it can be asked about without taking it)
 *	run.json    the record (git-jci-format(5)), with the output folder and the work tree
 *	log	    what will be run.output.txt
 *	log.index, log.timing	 (core/logindex.h), growing with it
 *	cancel	    a fifo of the run's owner: a byte cancels the run, one more kills it. Where the file
 *		    system has no fifos it is not there, and the run can't be cancelled from outside
 *
 * An entry whose lock is free is a run whose process died. No process id is stored or trusted.
 * Entries are made and removed under `<common dir>/jci/live.lock`, so nobody sees half of one.
 */
#ifndef JCI_CORE_LIVE_H
#define JCI_CORE_LIVE_H

#include "core/record.h"

struct jci_live {
	int dir; /* the entry's folder */
	int lock;
	int cancel; /* the fifo, in both directions: never at its end; -1: none */
	char *path; /* of the folder */
};
#define JCI_LIVE_INIT            \
	{                        \
		-1, -1, -1, NULL \
	}
void jci_live_release(struct jci_live *live); /* closes; the entry stays */
#define cleanup_live cleanup(jci_live_release)

/*
 * Registers the run and takes its lock. r->ref.id is kept if `fixed`, and JCI_EEXISTS where a
 * stored or live run has it; otherwise another is chosen until it is free.
 */
int jci_live_register(const struct jci_repo *repo, struct jci_record *r, bool fixed,
		      struct jci_live *live, struct jci_error *err);
/* Writes r to the entry's run.json (write, then rename). */
int jci_live_update(const struct jci_live *live, const struct jci_record *r, struct jci_error *err);
/* Removes the entry; the lock is given up with it. */
int jci_live_remove(const struct jci_repo *repo, struct jci_live *live, struct jci_error *err);

/*
 * Takes over an entry whose process died, for recovery. JCI_EBUSY: it is alive; JCI_ENOTFOUND:
 * there is none.
 */
int jci_live_adopt(const struct jci_repo *repo, const struct jci_run_id *id, struct jci_live *live,
		   struct jci_record *r, struct jci_error *err);

/* Records of all entries, status RUNNING or LOST, in no particular order. */
struct jci_records {
	struct jci_record *items;
	size_t n, cap;
};
#define JCI_RECORDS_INIT   \
	{                  \
		NULL, 0, 0 \
	}
void jci_records_release(struct jci_records *records);
#define cleanup_records cleanup(jci_records_release)
int jci_live_list(const struct jci_repo *repo, struct jci_records *records, struct jci_error *err);

/*
 * Ids of the entries whose process died, those without a readable record among them. The caller
 * frees *ids, which may be NULL.
 */
int jci_live_list_dead(const struct jci_repo *repo, struct jci_run_id **ids, size_t *n,
		       struct jci_error *err);

/*
 * Cancels the run as Ctrl-C does: the script's group is told to end; a second call kills it. Does
 * not wait. JCI_ENOTFOUND: it does not go on, or is lost; the message says which.
 */
int jci_live_cancel(const struct jci_repo *repo, const struct jci_run_id *id,
		    struct jci_error *err);

/* Whether the entry's process lives. */
bool jci_live_is_alive(const struct jci_repo *repo, const struct jci_run_id *id);
/* Opens a file of the entry for reading; -1 with errno set. */
int jci_live_open(const struct jci_repo *repo, const struct jci_run_id *id, const char *name);
/* Path of the entry (to watch it). */
void jci_live_path(struct strbuf *sb, const struct jci_repo *repo, const struct jci_run_id *id);

#endif
