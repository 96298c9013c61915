/*
 * The status line. Left: branch, filter, what runs, progress of what goes on in the background; or
 * the last message. Right: keys that matter now, as many as fit, the key for help last.
 */
#ifndef JCI_TUI_STATUS_H
#define JCI_TUI_STATUS_H

#include "tui/tui.h"

struct status {
	struct strbuf message;  /* shown now; empty: none */
	bool failure;           /* it is one */
	struct strbuf progress; /* empty: none */
	struct strbuf log;      /* all messages, a line each */
};
#define STATUS_INIT                                          \
	{                                                    \
		STRBUF_INIT, false, STRBUF_INIT, STRBUF_INIT \
	}

void status_release(struct status *s);
/* Shows a message and logs it; one of several lines shows its first. */
void status_say(struct status *s, const char *text, bool failure);
/* At the next key. True: there was a message. */
bool status_forget(struct status *s);
void status_draw(const struct tui *tui, WINDOW *win);

/* Time that something has taken so far, in whole seconds: 5s, 1m02s, 2h03m. */
void status_add_elapsed(struct strbuf *sb, int64_t us);

#endif
