/*
 * Runs on other repositories. The `git` command does the transport: it has the user's ssh
 * configuration, credential helpers and proxies. One connection carries all runs, however many.
 *
 * What a remote had when it was last seen is kept in `<common dir>/jci/remotes/<name>` (in the
 * format of packed-refs; a name that is no plain word is written with % and hexadecimal digits): by
 * it a push knows what to send. The file may be wrong, or removed at any time: then a push asks.
 * Under `refs/jci-gone/` it also has the runs that are here and that the remote had once.
 *
 * `<common dir>/jci/fetched` has lines of the same form for runs that came from any remote, as they
 * were then, in no order; of a run that was made here there is none.
 */
#ifndef JCI_CORE_REMOTE_H
#define JCI_CORE_REMOTE_H

#include "core/record.h"

/* What became of a run in a push or a pull. */
enum jci_fate {
	JCI_FATE_NEW,      /* sent, fetched */
	JCI_FATE_REPLACED, /* in place of its state while it ran */
	JCI_FATE_SAME,     /* was there already */
	JCI_FATE_RUNNING,  /* left out: it goes on */
	JCI_FATE_REMOVED,  /* here, because it was removed there */
	JCI_FATE_REFUSED,
};

struct jci_transfer_item {
	struct jci_ref ref;
	enum jci_fate fate;
	char *why; /* REFUSED: in git's words or ours; else NULL */
};

struct jci_transfer {
	struct jci_transfer_item *items;
	size_t n, cap;
	size_t count[JCI_FATE_REFUSED + 1];
};
#define JCI_TRANSFER_INIT     \
	{                     \
		.items = NULL \
	}
void jci_transfer_release(struct jci_transfer *t);
#define cleanup_transfer cleanup(jci_transfer_release)

struct jci_credentials;

struct jci_remote {
	const char *name;                          /* of `git remote`, or a URL or path */
	const struct jci_credentials *credentials; /* NULL: git has its own */
	int64_t timeout_us;                        /* the whole of it; 0: none */
	/* git's progress as it comes, for a terminal; NULL: git is told to make none */
	void (*progress)(void *ctx, const char *data, size_t len);
	/* Without progress: a line that the remote itself says, for the user. NULL: for nobody */
	void (*note)(void *ctx, const char *line, size_t len);
	/* Asked every few milliseconds: true ends it, which is a failure; NULL: nobody is asked */
	bool (*stop)(void *ctx);
	void *ctx;
};

/*
 * Sends runs: all that the remote is not known to have or, where `runs` isn't NULL, these. Runs
 * that are stored as `running` (fetched while they went on elsewhere) are left out unless
 * `running`. A finished run is never replaced on the remote. `dry_run` only asks the remote, and t
 * says what would be. Refused runs are no failure of the function; t has them.
 */
struct jci_push {
	struct jci_remote remote;
	const struct jci_refs *runs;
	/* With one run: the state of it that the remote should have, which saves asking; or NULL */
	const git_oid *replaces;
	bool running, dry_run;
};
int jci_push(const struct jci_repo *repo, const struct jci_push *push, struct jci_transfer *t,
	     struct jci_error *err);

/*
 * Fetches runs: those that are not here. One that is stored as `running` here is replaced by its
 * later state; a finished one never is: that is refused. So is what is no run (jci_record_check(),
 * and names that no working git writes). `prune`: also removes the runs here that the remote had
 * once, in the same state, and now hasn't.
 */
struct jci_pull {
	struct jci_remote remote;
	const struct jci_refs *running; /* known to be so here: saves a connection; may be NULL */
	bool prune, dry_run;
};
int jci_pull(const struct jci_repo *repo, const struct jci_pull *pull, struct jci_transfer *t,
	     struct jci_error *err);

/* The refs of runs that the remote has now. */
int jci_remote_list(const struct jci_repo *repo, const struct jci_remote *remote,
		    struct jci_refs *refs, struct jci_error *err);
/*
 * The same as of when it was last seen, without any connection; none where it never was. Sorted by
 * commit and id.
 */
int jci_remote_seen(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		    struct jci_error *err);
/* The file itself (core/packedrefs.h), to look for single refs by jci_packed_find(). */
struct jci_packed;
int jci_remote_seen_open(const struct jci_repo *repo, const char *name, struct jci_packed *seen,
			 struct jci_error *err);
/* What it had before that and then had not any more, and is here as it was there. Sorted likewise.
 */
int jci_remote_gone(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		    struct jci_error *err);
/* Keeps `refs`, in any order, as what the remote has; what it had besides is gone. */
int jci_remote_saw(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		   struct jci_error *err);

/* Keeps that these runs came from a remote; `here` are all runs, sorted by commit and id. */
int jci_fetched_add(const struct jci_repo *repo, const struct jci_refs *fetched,
		    const struct jci_refs *here, struct jci_error *err);
/* All that did, sorted by commit and id; some may be there twice, and some not be here any more. */
int jci_fetched_list(const struct jci_repo *repo, struct jci_refs *refs, struct jci_error *err);

/* `origin` where there is such a remote; the only one; JCI_EINVALID, naming what to do, otherwise.
 */
int jci_remote_default(const struct jci_repo *repo, char **name, struct jci_error *err);

#endif
