/* The pane of commits: status, short hash, age, author, subject with branches and tags. */
#ifndef JCI_TUI_COMMITS_H
#define JCI_TUI_COMMITS_H

#include "tui/tui.h"

struct pane *commits_new(struct tui *tui, const char *rev);
/* The commit at the cursor; NULL: there is none. Borrowed until the next event. */
const git_oid *commits_selected(const struct pane *p);
/* What is shown: a branch or another revision, as the user gave it; "HEAD" resolved to its branch.
 */
const char *commits_branch(const struct pane *p);
/* The filter, for the status line: "", "failed", "author jane". */
const char *commits_filter(const struct pane *p);
/* Moves to a commit once it is found, back through history if need be, in the background. */
void commits_goto(struct pane *p, const git_oid *commit);
/* Subject of a commit that is loaded; NULL: it isn't. Borrowed until the next event. */
const char *commits_subject(const struct pane *p, const git_oid *commit);

#endif
