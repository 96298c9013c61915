/*
 * The terminal: curses(3X) on and off, its signals, its size, and what curses has no word for. The
 * terminal is given back as it was found however the program ends: a crash (SIGSEGV and kin,
 * abort) restores it before the signal takes its course.
 */
#ifndef JCI_TUI_TERM_H
#define JCI_TUI_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/loop.h"
#include "util/error.h"

/* Key codes besides those of curses: what is between two of them was pasted; one stays in here. */
enum { TERM_PASTE_BEGIN = 2000, TERM_PASTE_END, TERM_ANSWER };

struct term_ops {
	void (*key)(void *ctx, int code,
		    bool is_key); /* wget_wch(3X): KEY_..., or a wide character */
	void (*resized)(void *ctx);
	void (*resumed)(void *ctx); /* after ^Z and fg, or term_leave(): draw everything */
	void (*hangup)(void *ctx);  /* SIGHUP, SIGTERM, the terminal went away: end now */
};

/*
 * Starts curses on standard input and output: raw enough that ^C, ^Z, ^S and ^Q come as keys.
 * JCI_EINVALID, naming what to do, where TERM is
 * unknown or can't address the cursor ("dumb"), or a standard stream is no terminal.
 */
int term_begin(struct loop *loop, const struct term_ops *ops, void *ctx, bool mouse,
	       struct jci_error *err);
/* Restores the terminal and frees all windows. Nothing happens if it has not begun. */
void term_end(void);
void term_suspend(void); /* what ^Z does elsewhere */

/*
 * For a program in the foreground (an editor): leave, wait for it, come back. The loop may run
 * meanwhile; nothing is to be drawn, and term_writable() says no.
 */
void term_leave(void);
void term_return(void);

/* Whether output written now would not queue behind half a screen: draw only then. */
bool term_writable(void);
/* doupdate(3X), to be called for each frame. */
void term_update(void);
/* Whether the terminal has still to tell that it has shown what was drawn. */
bool term_is_behind(void);
/* Button 1 going down, and the wheel (buttons 4 and 5), by KEY_MOUSE and getmouse(3X). */
void term_set_mouse(bool on);
void term_bell(void);

/*
 * Puts text on the clipboard of the user's own terminal by OSC 52 (xterm's ctlseqs), also from
 * within tmux and screen, which hand it on. JCI_EINVALID where it is longer than what terminals
 * take (TERM_COPY_MAX).
 */
enum { TERM_COPY_MAX = 74994 };
int term_copy(const char *text, size_t len, struct jci_error *err);

#endif
