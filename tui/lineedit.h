/* A line of text being edited, by whole characters, with the keys of readline(3). */
#ifndef JCI_TUI_LINEEDIT_H
#define JCI_TUI_LINEEDIT_H

#include <stdbool.h>

#include "tui/keys.h"
#include "util/strbuf.h"

struct line_edit {
	struct strbuf text; /* in the locale's encoding, usually UTF-8 */
	size_t cursor;      /* offset in it, between characters */
	char *killed;       /* by ^K, ^U, ^W: what ^Y brings back; NULL: nothing yet */
};
#define LINE_EDIT_INIT              \
	{                           \
		STRBUF_INIT, 0, NULL \
	}

void line_edit_release(struct line_edit *e);
/* The text, with the cursor at its end. */
void line_edit_set(struct line_edit *e, const char *text);
/* False: the key means nothing here. */
bool line_edit_key(struct line_edit *e, key k);
/* A character that was typed; false: it is none that can be shown. */
bool line_edit_insert(struct line_edit *e, key k);

#endif
