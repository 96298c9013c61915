/*
 * The crontab of the user who runs this, read and written by crontab(1) alone: its file belongs to
 * the system, and another cron may keep it elsewhere.
 *
 * Who reads it to write it back holds a lock meanwhile, which keeps a second `git jci cron sync`
 * from undoing this one. The lock is the user's and not the repository's, because two repositories
 * write the same crontab: an open file description lock (fcntl(2)) on `git-jci/crontab.lock` in
 * $XDG_RUNTIME_DIR, or where that is not set or not the user's own, in $XDG_CACHE_HOME or ~/.cache.
 * Other programs don't know of it; what one of those writes in that moment is lost, as with
 * `crontab -e`.
 */
#ifndef JCI_CORE_USERCRONTAB_H
#define JCI_CORE_USERCRONTAB_H

#include "util/error.h"
#include "util/strbuf.h"

/* Waits for the lock; returns the descriptor that holds it. */
int jci_usercrontab_lock(struct jci_error *err);

/*
 * Appends the whole text, byte for byte, without the three lines that Debian's crontab(1) puts in
 * front; nothing where the user has no crontab.
 *
 * Debian's `crontab -l` spells carriage returns and backspaces `\r` and `\b`. Where it prints one
 * of these, the text comes from `crontab -e`, with cat(1) for an editor.
 */
int jci_usercrontab_read(struct strbuf *text, struct jci_error *err);

/*
 * Replaces `before`, which was read under the lock, by `after`, and reads it again to be sure; an
 * empty text removes the crontab. Both texts are kept meanwhile in `parent`/crontab, as `before`
 * and `wanted`, where nobody else can read them. JCI_EFAIL: it could not be done, and the message
 * tells that it is as it was before, or else where these two are; then they stay, and while the
 * crontab is neither of them, it is not replaced again (JCI_EEXISTS).
 */
int jci_usercrontab_replace(const struct strbuf *before, const struct strbuf *after,
			    const char *parent, struct jci_error *err);

#endif
