#include "tui/prompt.h"

#include "tui/draw.h"
#include "tui/lineedit.h"
#include "tui/screen.h"
#include "tui/term.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

enum { HISTORY_MAX = 200 };
enum { CTRL_C = 3, CTRL_G = 7, CTRL_L = 12, CTRL_N = 14, CTRL_P = 16, CTRL_Z = 26 };
enum { KEY_NAME_TAB = 9, KEY_NAME_ENTER = 13, KEY_NAME_ESC = 27 };

enum prompt_mode { PROMPT_LINE, PROMPT_CONFIRM, PROMPT_KEY };

struct prompt {
	enum prompt_mode mode;
	char *label;
	void *ctx;
	void (*release)(void *ctx);
	/* PROMPT_LINE */
	const struct prompt_ops *ops;
	struct line_edit line;
	size_t scroll; /* bytes of the line left of what is shown */
	size_t back;   /* lines of history above it; 0: what is being typed */
	char *typed;   /* while back > 0 */
	struct completions completions;
	size_t candidate; /* 1 + which of them is in the line; 0: what they have in common */
	/* the others */
	void (*yes)(struct tui *tui, void *ctx);
	void (*got)(struct tui *tui, key k, void *ctx);
};

/* ---- history ---- */

/* Of one kind; newest last. */
struct prompt_history {
	const char *kind;
	char **lines;
	size_t n, cap;
	struct prompt_history *next;
};

void prompt_history_free(struct prompt_history *history)
{
	while (history) {
		struct prompt_history *next = history->next;

		for (size_t i = 0; i < history->n; i++)
			free(history->lines[i]);
		free(history->lines);
		free(history);
		history = next;
	}
}

static struct prompt_history *history_of(struct tui *tui, const char *kind)
{
	struct prompt_history **at = &tui->screen->history;

	if (!kind)
		return NULL;
	while (*at && strcmp((*at)->kind, kind) != 0)
		at = &(*at)->next;
	if (!*at) {
		*at = xcalloc(1, sizeof(**at));
		(*at)->kind = kind;
	}
	return *at;
}

static void history_add(struct prompt_history *h, const char *line)
{
	if (!h || !*line || (h->n && strcmp(h->lines[h->n - 1], line) == 0))
		return;
	if (h->n == HISTORY_MAX) {
		free(h->lines[0]);
		memmove(h->lines, h->lines + 1, --h->n * sizeof(*h->lines));
	}
	ARRAY_GROW(h->lines, h->n + 1, h->cap);
	h->lines[h->n++] = xstrdup(line);
}

static void history_move(struct tui *tui, struct prompt *p, bool older)
{
	struct prompt_history *h = history_of(tui, p->ops->kind);

	if (!h || (older ? p->back == h->n : p->back == 0)) {
		term_bell();
		return;
	}
	if (p->back == 0) {
		free(p->typed);
		p->typed = xstrdup(p->line.text.buf);
	}
	p->back = older ? p->back + 1 : p->back - 1;
	line_edit_set(&p->line, p->back ? h->lines[h->n - p->back] : p->typed);
}

/* ---- completion ---- */

static void forget_completions(struct prompt *p)
{
	completions_release(&p->completions);
	p->completions = (struct completions){NULL, 0, 0};
	p->candidate = 0;
}

/* What all candidates begin with, ended between characters. */
static size_t common_prefix(const struct completions *c)
{
	const char *first = c->items[0];
	size_t len = strlen(first);

	for (size_t i = 1; i < c->n; i++) {
		size_t same = 0;

		while (same < len && c->items[i][same] == first[same])
			same++;
		len = same;
	}
	while (len > 0 && ((unsigned char)first[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void complete(struct tui *tui, struct prompt *p)
{
	size_t len;

	p->ops->complete(tui, p->line.text.buf, &p->completions, p->ctx);
	if (p->completions.n == 0) {
		term_bell();
		return;
	}
	len = common_prefix(&p->completions);
	if (len > p->line.text.len) {
		cleanup_free char *common = xstrndup(p->completions.items[0], len);

		line_edit_set(&p->line, common);
	}
	if (p->completions.n == 1)
		forget_completions(p);
}

/* The candidates in turn; in between, what they have in common. */
static void complete_next(struct tui *tui, struct prompt *p, bool forward)
{
	size_t n = p->completions.n;

	if (!p->ops->complete)
		return;
	if (n == 0) {
		complete(tui, p);
		return;
	}
	p->candidate = forward ? p->candidate % n + 1 : p->candidate > 1 ? p->candidate - 1 : n;
	line_edit_set(&p->line, p->completions.items[p->candidate - 1]);
}

/* ---- open and close ---- */

static void prompt_free(struct prompt *p)
{
	if (p->release)
		p->release(p->ctx);
	forget_completions(p);
	line_edit_release(&p->line);
	free(p->typed);
	free(p->label);
	free(p);
}

/* Takes it off the screen: what it calls may open another. */
static struct prompt *detach(struct tui *tui)
{
	tui->screen->status_dirty = true;
	return steal_ptr(tui->screen->prompt);
}

void prompt_close(struct tui *tui)
{
	struct prompt *p = detach(tui);

	if (!p)
		return;
	if (p->mode == PROMPT_LINE && p->ops->cancel)
		p->ops->cancel(tui, p->ctx);
	prompt_free(p);
}

static struct prompt *attach(struct tui *tui, enum prompt_mode mode, const char *label, void *ctx)
{
	struct prompt *p = xcalloc(1, sizeof(*p));

	prompt_close(tui);
	*p = (struct prompt){.mode = mode, .ctx = ctx, .line = LINE_EDIT_INIT};
	p->label = xstrdup(label);
	tui->screen->prompt = p;
	return p;
}

void prompt_open(struct tui *tui, const struct prompt_ops *ops, const char *initial, void *ctx)
{
	struct prompt *p = attach(tui, PROMPT_LINE, ops->label, ctx);

	p->ops = ops;
	line_edit_set(&p->line, initial ? initial : "");
}

void prompt_confirm(struct tui *tui, const char *question, void (*yes)(struct tui *tui, void *ctx),
		    void (*release)(void *ctx), void *ctx)
{
	struct prompt *p = attach(tui, PROMPT_CONFIRM, question, ctx);

	p->yes = yes;
	p->release = release;
}

void prompt_key(struct tui *tui, const char *label, void (*got)(struct tui *tui, key k, void *ctx),
		void *ctx)
{
	attach(tui, PROMPT_KEY, label, ctx)->got = got;
}

/* ---- keys ---- */

static void accept(struct tui *tui)
{
	struct prompt *p = detach(tui);

	history_add(history_of(tui, p->ops->kind), p->line.text.buf);
	p->ops->accept(tui, p->line.text.buf, p->ctx);
	prompt_free(p);
}

/* What a key does other than to edit; false: nothing. */
static bool take_command_key(struct tui *tui, struct prompt *p, key k)
{
	switch (k) {
	case KEY_NAME_TAB:
		complete_next(tui, p, true);
		return true;
	case KEY_CODE | KEY_BTAB:
		complete_next(tui, p, false);
		return true;
	case KEY_CODE | KEY_UP:
	case CTRL_P:
		history_move(tui, p, true);
		return true;
	case KEY_CODE | KEY_DOWN:
	case CTRL_N:
		history_move(tui, p, false);
		return true;
	case CTRL_L:
		tui_redraw(tui);
		return true;
	case CTRL_Z:
		term_suspend();
		return true;
	default:
		return false;
	}
}

static bool is_cancel(key k)
{
	return k == KEY_NAME_ESC || k == CTRL_C || k == CTRL_G;
}

/* Backspace in an empty line gives up, as in less and vim. */
static bool leaves_empty(const struct prompt *p, key k)
{
	return p->line.text.len == 0 && k == (KEY_CODE | KEY_BACKSPACE);
}

static void take_line_key(struct tui *tui, struct prompt *p, key k)
{
	cleanup_free char *before = xstrdup(p->line.text.buf);

	if (is_cancel(k) || leaves_empty(p, k)) {
		prompt_close(tui);
		return;
	}
	if (k == KEY_NAME_ENTER) {
		accept(tui);
		return;
	}
	if (k != KEY_NAME_TAB && k != (KEY_CODE | KEY_BTAB))
		forget_completions(p);
	if (!take_command_key(tui, p, k) && !line_edit_key(&p->line, k))
		term_bell();
	if (p->ops->changed && strcmp(before, p->line.text.buf) != 0)
		p->ops->changed(tui, p->line.text.buf, p->ctx);
}

/* What is pasted is text, whatever it holds: newlines and tabs become blanks. */
static void take_pasted(struct tui *tui, struct prompt *p, key k)
{
	if (k == KEY_NAME_ENTER || k == KEY_NAME_TAB)
		k = ' ';
	if (line_edit_insert(&p->line, k) && p->ops->changed)
		p->ops->changed(tui, p->line.text.buf, p->ctx);
}

static void take_answer(struct tui *tui, key k)
{
	struct prompt *p = detach(tui);

	if (k == 'y' || k == 'Y')
		p->yes(tui, p->ctx);
	prompt_free(p);
}

static void take_one_key(struct tui *tui, key k)
{
	struct prompt *p = detach(tui);

	if (!is_cancel(k))
		p->got(tui, k, p->ctx);
	prompt_free(p);
}

void prompt_take_key(struct tui *tui, key k)
{
	struct prompt *p = tui->screen->prompt;

	tui->screen->status_dirty = true;
	if (p->mode == PROMPT_LINE && tui->screen->pasting)
		take_pasted(tui, p, k);
	else if (tui->screen->pasting)
		return;
	else if (p->mode == PROMPT_LINE)
		take_line_key(tui, p, k);
	else if (p->mode == PROMPT_CONFIRM)
		take_answer(tui, k);
	else
		take_one_key(tui, k);
}

/* ---- drawing ---- */

/* Scrolls so that the cursor is in the columns that there are. */
static void scroll_to_cursor(struct prompt *p, int width)
{
	const char *s = p->line.text.buf;

	if (p->scroll > p->line.cursor)
		p->scroll = p->line.cursor;
	while (p->scroll > 0 && draw_width(s + p->scroll, p->line.cursor - p->scroll) < width / 3) {
		do
			p->scroll--;
		while (p->scroll > 0 && ((unsigned char)s[p->scroll] & 0xc0) == 0x80);
	}
	while (p->scroll < p->line.cursor &&
	       draw_width(s + p->scroll, p->line.cursor - p->scroll) >= width) {
		size_t n = utf8_sequence(s + p->scroll, p->line.cursor - p->scroll);

		p->scroll += n ? n : 1;
	}
}

/* Candidates without what is in the line already up to the last blank; the rest doesn't fit. */
static void draw_candidates(const struct prompt *p, WINDOW *win, int x, int width)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	const char *blank;
	size_t skip;

	if (p->completions.n == 0)
		return;
	skip = common_prefix(&p->completions);
	blank = skip ? memrchr(p->completions.items[0], ' ', skip) : NULL;
	skip = blank ? (size_t)(blank + 1 - p->completions.items[0]) : 0;
	for (size_t i = 0; i < p->completions.n && sb.len < (size_t)width; i++)
		strbuf_addf(&sb, "  %s", p->completions.items[i] + skip);
	if (width > 4)
		draw_text(win, 0, x, width, STYLE_HINT, sb.buf, sb.len);
}

/* Of a question too long for the line, the answers stay. */
static int draw_label(const struct prompt *p, WINDOW *win, int cols)
{
	/* TRANSLATORS: the keys that answer a question; they stay y and n */
	const char *answers = p->mode == PROMPT_CONFIRM ? _(" [y/n] ") : "";
	int x = draw_text(win, 0, 0, cols - 1 - draw_width(answers, DRAW_ALL), STYLE_NORMAL,
			  p->label, DRAW_ALL);

	return x + draw_text(win, 0, x, cols - 1 - x, STYLE_NORMAL, answers, DRAW_ALL);
}

void prompt_draw(struct tui *tui, WINDOW *win)
{
	struct prompt *p = tui->screen->prompt;
	const char *text = p->line.text.buf;
	int cols = getmaxx(win), x, width;

	draw_blank(win, 0, 0, cols, STYLE_NORMAL);
	x = draw_label(p, win, cols);
	width = cols - x > 1 ? cols - x : 1;
	scroll_to_cursor(p, width);
	draw_candidates(p, win, x + draw_width(text + p->scroll, DRAW_ALL) + 1,
			width - draw_width(text + p->scroll, DRAW_ALL) - 1);
	draw_text(win, 0, x, width, STYLE_NORMAL, text + p->scroll, DRAW_ALL);
	x += draw_width(text + p->scroll, p->line.cursor - p->scroll);
	wmove(win, 0, x < cols ? x : cols - 1);
}
