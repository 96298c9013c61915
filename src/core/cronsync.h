/*
 * Our lines in a user's crontab, as text alone: which are there, which `.jci/crontab` asks for, and
 * the text that puts these in the place of those. core/cron.h has it done.
 *
 * An entry with a branch, and one without, become (in one line each)
 *
 *	SCHEDULE cd 'REPO' && git fetch --quiet 2>/dev/null; git checkout --quiet BRANCH
 *		2>/dev/null && git pull --quiet 2>/dev/null; git-jci run # JCI:ID [NAME]
 *	SCHEDULE cd 'REPO' && git-jci run # JCI:ID [NAME]
 *
 * and, with jci.cronWorktree, where nothing is checked out in REPO,
 *
 *	SCHEDULE cd 'REPO' && git fetch --quiet 2>/dev/null; git-jci run --trigger cron
 *		--branch BRANCH "$(git rev-parse -q --verify BRANCH@{upstream} 2>/dev/null ||
 *		echo refs/heads/BRANCH)" # JCI:ID [NAME]
 *	SCHEDULE cd 'REPO' && git-jci run --trigger cron --worktree # JCI:ID [NAME]
 *
 * The first two forms are those of Jaypore CI, to the byte. REPO is always in single quotes, BRANCH
 * where a shell asks for it. An entry without a name has no brackets. Where cron would not find
 * git-jci along the PATH that holds for the line, its absolute path stands in place of the word.
 *
 * cron takes an unescaped `%` for the end of the command (crontab(5)): it is written `\%`. Debian's
 * cron undoes `\\` as well, which others don't, and these have no way to write a backslash before a
 * `%`; so between a backslash and a `%` or another backslash, all of which can only be in quotes,
 * the quotes are closed and opened again.
 */
#ifndef JCI_CORE_CRONSYNC_H
#define JCI_CORE_CRONSYNC_H

#include "core/crontab.h"
#include "util/strbuf.h"

enum {
	JCI_CRON_ID_SIZE = 65, /* with the NUL */
	/* What Debian's cron takes: its MAX_COMMAND (cron.h), less what ends the text. */
	JCI_CRON_COMMAND_MAX = 998,
};

/* What the lines of a repository say. */
struct jci_cron_site {
	char *repo; /* absolute path of the main work tree, symbolic links resolved */
	char id[JCI_CRON_ID_SIZE]; /* `printf %s REPO | sha256sum`, as in Jaypore CI */
	char *program;             /* absolute path of git-jci */
	bool worktree;             /* jci.cronWorktree */
	/* Whether cron finds git-jci along this PATH. */
	bool (*finds)(const char *path);
	/* Whether there is nothing at this absolute path. */
	bool (*is_gone)(const char *folder);
};
#define JCI_CRON_SITE_INIT                        \
	{                                         \
		NULL, "", NULL, false, NULL, NULL \
	}
void jci_cron_site_release(struct jci_cron_site *site);
#define cleanup_cron_site cleanup(jci_cron_site_release)

enum jci_cron_state {
	JCI_CRON_MISSING,   /* not installed */
	JCI_CRON_INSTALLED, /* as it is configured */
	JCI_CRON_DIFFERS,   /* installed in another form, or for another time or branch */
	JCI_CRON_STALE,     /* installed, and no longer configured */
	JCI_CRON_GONE,      /* of another repository, whose folder is gone: it stays */
};

struct jci_cron_item {
	enum jci_cron_state state;
	const struct jci_cron_entry *entry; /* of the plan's crontab; NULL: stale or gone */
	char *line;                         /* as installed, without the newline; NULL: not */
	char *wanted;                       /* NULL: to be removed, if it is not gone */
};

struct jci_cron_plan {
	struct jci_crontab crontab; /* what is configured */
	/* Those of the crontab, in its order; then, as they are installed, stale and gone ones. */
	struct jci_cron_item *items;
	size_t n, cap;
	struct strbuf before, after; /* the user's crontab: as it is, as it is to be */
};
#define JCI_CRON_PLAN_INIT                                             \
	{                                                              \
		JCI_CRONTAB_INIT, NULL, 0, 0, STRBUF_INIT, STRBUF_INIT \
	}
void jci_cron_plan_release(struct jci_cron_plan *plan);
#define cleanup_cron_plan cleanup(jci_cron_plan_release)

/*
 * Fills in the items and `after` of a plan that has `crontab` and `before`; they are equal where
 * there is nothing to do.
 *
 * A line is ours if it ends with the mark `# JCI:ID`, with a name in brackets behind it or not;
 * with the ID of another program too if its command begins with `cd 'REPO' &&`. It belongs to the
 * entry of its name; lines without one to the entries without one: to those that they are equal to,
 * then in their order. Lines of ours that are right stay where they are, others are replaced where
 * they are or removed, and those that were missing come last, so that PATH= or MAILTO= lines keep
 * their meaning. Every other line stays as it is, byte for byte; but crontab(1) takes no text whose
 * last line has no newline, so that a new text always has one.
 *
 * Of the others those are gone that have a mark and begin with `cd` to a folder that is not there:
 * it was moved or deleted, or is on a disk that is not mounted now, and only the user knows which.
 *
 * JCI_EINVALID, with a line "FILE:LINE: what is wrong" for each, where a crontab can't hold the
 * line of an entry: one that is too long, or the path has a newline.
 */
int jci_cron_plan_make(struct jci_cron_plan *plan, const struct jci_cron_site *site,
		       struct jci_error *err);
bool jci_cron_plan_changes(const struct jci_cron_plan *plan);

#endif
