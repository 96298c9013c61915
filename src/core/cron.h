/*
 * `.jci/crontab` and what of it is in the user's crontab: see core/crontab.h for the one,
 * core/cronsync.h for the other.
 *
 * The lines go to the main work tree, and its `.jci/crontab` is the one that counts, wherever in
 * the repository a command is called: in a linked work tree on another branch it would otherwise
 * take the lines away. (Linked work trees of a bare repository have no main one, and are each for
 * themselves.) A work tree without the file has no entries.
 */
#ifndef JCI_CORE_CRON_H
#define JCI_CORE_CRON_H

#include "core/cronsync.h"
#include "core/repo.h"

/*
 * The plan to make the user's crontab say what is configured; nothing is changed. JCI_EINVALID with
 * a line for each wrong line of the file; JCI_ENOREPO where the repository has no work tree in
 * which cron could work.
 */
int jci_cron_look(const struct jci_repo *repo, struct jci_cron_plan *plan, struct jci_error *err);

/*
 * The same, and carries it out, under the lock of core/usercrontab.h. remove: as if there were no
 * entries, and without reading them.
 */
int jci_cron_sync(const struct jci_repo *repo, bool remove, bool dry_run,
		  struct jci_cron_plan *plan, struct jci_error *err);

#endif
