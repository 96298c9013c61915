/* What is selected: its bytes, and its text for the clipboard. */
#include "tui/viewerpriv.h"

#include <stdlib.h>
#include <string.h>

#include "tui/term.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { PIECE = 64 * 1024 };

bool viewer_has_selection(const struct pane *p)
{
	return ((const struct viewer *)p)->selecting;
}

/* Bytes of the selected lines, or of the one at the cursor; with what they fold away. */
static void selected_bytes(struct viewer *v, uint64_t *from, uint64_t *to)
{
	const uint64_t a = v->selecting ? v->anchor : v->at.cursor, b = v->at.cursor;

	*from = view_line_at(v, a < b ? a : b);
	*to = a < b ? b : a;
	if (!view_next(v, to))
		*to = doc_size(v->doc);
}

static int each_piece(struct viewer *v, uint64_t from, uint64_t to,
		      int (*each)(void *ctx, const char *data, size_t len), void *ctx,
		      struct jci_error *err)
{
	cleanup_free char *piece = xmalloc(PIECE);

	while (from < to) {
		const uint64_t want = to - from < PIECE ? to - from : PIECE;
		const size_t got = doc_read(v->doc, from, piece, (size_t)want);
		int ret;

		if (got == 0)
			return jci_error_set(err, JCI_EFAIL, _("can't read '%s'"), v->path);
		ret = each(ctx, piece, got);
		if (ret)
			return ret;
		from += got;
	}
	return 0;
}

int viewer_each_byte(const struct pane *p, bool whole,
		     int (*each)(void *ctx, const char *data, size_t len), void *ctx,
		     struct jci_error *err)
{
	struct viewer *v = viewer_of((struct pane *)p);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	uint64_t from = 0, to;

	if (!v->doc || !doc_is_open(v->doc))
		return jci_error_set(err, JCI_EINVALID, _("no file is open"));
	if (whole && doc_is_loading(v->doc))
		return jci_error_set(err, JCI_EBUSY, _("'%s' is still being unpacked"), v->path);
	if (!whole && v->mode == VIEWER_RESULTS) {
		viewresults_add_text(&text, v);
		return each(ctx, text.buf, text.len);
	}
	to = doc_size(v->doc);
	if (!whole)
		selected_bytes(v, &from, &to);
	return each_piece(v, from, to, each, ctx, err);
}

/* ---- the clipboard ---- */

static int add_line(struct strbuf *text, struct viewer *v, const char *bytes, size_t len)
{
	line_render(&v->line, bytes, len, v->pane.tui->options.tab_width);
	strbuf_add(text, v->line.text.buf, v->line.text.len);
	strbuf_addch(text, '\n');
	return text->len > TERM_COPY_MAX ? -1 : 0;
}

struct copying {
	struct viewer *v;
	struct strbuf raw;
};

static int take_raw(void *ctx, const char *data, size_t len)
{
	struct copying *c = ctx;

	strbuf_add(&c->raw, data, len);
	return 0;
}

/* Lines as they are seen: without colours, progress at its last state. */
static int copy_lines(struct viewer *v, struct strbuf *text, struct jci_error *err)
{
	struct copying c = {v, STRBUF_INIT};
	uint64_t from, to;
	int ret = 0;

	selected_bytes(v, &from, &to);
	if (to - from > 16 * (uint64_t)TERM_COPY_MAX)
		return -1;
	if (each_piece(v, from, to, take_raw, &c, err) < 0)
		ret = err->code;
	for (size_t at = 0; ret == 0 && at < c.raw.len;) {
		const char *end = memchr(c.raw.buf + at, '\n', c.raw.len - at);
		const size_t len = end ? (size_t)(end - c.raw.buf) - at : c.raw.len - at;

		ret = add_line(text, v, c.raw.buf + at, len);
		at += len + 1;
	}
	strbuf_release(&c.raw);
	viewtext_forget(v);
	return ret;
}

static int copy_rows(struct viewer *v, struct strbuf *text)
{
	uint64_t from, to;

	selected_bytes(v, &from, &to);
	for (; from < to; from += viewhex_bytes(v)) {
		viewhex_add_row(text, v, from);
		strbuf_addch(text, '\n');
		if (text->len > TERM_COPY_MAX)
			return -1;
	}
	return 0;
}

static unsigned long count_lines(const struct strbuf *text)
{
	unsigned long n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->buf[i] == '\n';
	return n;
}

int view_copy(struct viewer *v, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	int ret = 0;

	if (v->mode == VIEWER_RESULTS)
		viewresults_add_text(&text, v);
	else if (v->mode == VIEWER_HEX)
		ret = copy_rows(v, &text);
	else
		ret = copy_lines(v, &text, err);
	if (err->code)
		return err->code;
	if (ret < 0 || text.len > TERM_COPY_MAX)
		return jci_error_set(err, JCI_EINVALID,
				     _("too much for the clipboard: select fewer lines, or pipe or "
				       "save them"));
	if (text.len == 0)
		return jci_error_set(err, JCI_EINVALID, _("there is nothing to copy here"));
	if (term_copy(text.buf, text.len, err) < 0)
		return err->code;
	tui_say(v->pane.tui, Q_("copied %lu line", "copied %lu lines", count_lines(&text)),
		count_lines(&text));
	v->selecting = false;
	pane_dirty(&v->pane);
	return 1;
}
