/*
 * What terminfo(5) knows of the terminal. Apart from tui/term.h because its header takes words such
 * as `hangup` and `columns` for macros.
 */
#ifndef JCI_TUI_TERMTYPE_H
#define JCI_TUI_TERMTYPE_H

#include <stdbool.h>

#include "util/error.h"
#include "util/library.h"
#include "util/strbuf.h"

/* JCI_EINVALID, with what to do, where curses could do nothing with TERM. */
int termtype_check(struct jci_error *err);

/* Of ncurses. */
void termtype_library_version(struct library_version *v);

/* The rest is for the time between newterm(3X) and delscreen(3X). */

/* Whether it tells of its mouse, by sequences as xterm's. */
bool termtype_has_mouse(void);
/* Whether pasted text may be asked to come between marks (xterm's ctlseqs, 2004). */
bool termtype_knows_paste(void);
/* Whether its sequences are those of ECMA-48. */
bool termtype_is_ansi(void);
/* Appends what brings the terminal back to a shell's use, its cursor in the last row. */
void termtype_add_restore(struct strbuf *sb, int last_row);

#endif
