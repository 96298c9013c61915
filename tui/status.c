#include "tui/status.h"

#include "tui/commits.h"
#include "tui/draw.h"
#include "tui/live.h"
#include "tui/screen.h"
#include "tui/term.h"
#include "util/gettext.h"
#include "util/text.h"

enum {
	LOG_MAX = 64 * 1024,
	HINTS_MAX = 24,
	GAP = 2, /* columns between hints, and between left and right */
};
static const int64_t SECOND_US = 1000000;

/* ---- messages ---- */

void status_release(struct status *s)
{
	strbuf_release(&s->message);
	strbuf_release(&s->progress);
	strbuf_release(&s->log);
}

static void log_add(struct strbuf *log, const char *text)
{
	strbuf_addstr(log, text);
	if (log->len && log->buf[log->len - 1] != '\n')
		strbuf_addch(log, '\n');
	if (log->len > LOG_MAX) {
		const char *keep = memchr(log->buf + log->len / 2, '\n', log->len - log->len / 2);
		size_t left = log->len - (size_t)(keep + 1 - log->buf);

		memmove(log->buf, keep + 1, left);
		strbuf_setlen(log, left);
	}
}

void status_say(struct status *s, const char *text, bool failure)
{
	strbuf_reset(&s->message);
	strbuf_add(&s->message, text, strcspn(text, "\n"));
	s->failure = failure;
	if (*text)
		log_add(&s->log, text);
}

bool status_forget(struct status *s)
{
	bool had = s->message.len > 0;

	strbuf_reset(&s->message);
	s->failure = false;
	return had;
}

/* ---- the left side ---- */

void status_add_elapsed(struct strbuf *sb, int64_t us)
{
	int64_t s = us > 0 ? us / SECOND_US : 0;

	if (s < 60)
		strbuf_addf(sb, _("%ds"), (int)s);
	else if (s < 3600)
		strbuf_addf(sb, _("%dm%02ds"), (int)(s / 60), (int)(s % 60));
	else
		strbuf_addf(sb, _("%dh%02dm"), (int)(s / 3600), (int)(s / 60 % 60));
}

/* "● 2 running 1m02s": the time is that of the newest. */
static void add_running(const struct tui *tui, struct strbuf *sb)
{
	const struct jci_records *records = live_records(tui->live);
	const struct jci_record *newest = NULL;
	unsigned n = live_running(tui->live);

	for (size_t i = 0; i < records->n; i++) {
		const struct jci_record *r = &records->items[i];

		if (r->status == JCI_STATUS_RUNNING && (!newest || r->start_us > newest->start_us))
			newest = r;
	}
	if (!newest || n == 0)
		return;
	strbuf_addstr(sb, sb->len ? "  " : "");
	strbuf_addf(sb, "%s ", theme_status_mark(JCI_STATUS_RUNNING));
	strbuf_addf(sb, Q_("%u running", "%u running", n), n);
	strbuf_addch(sb, ' ');
	status_add_elapsed(sb, tui->now_us - newest->start_us);
}

static void add_left(const struct tui *tui, struct strbuf *sb)
{
	const struct status *s = &tui->screen->status;
	const struct pane *commits = tui->panes[PANE_COMMITS];
	const char *branch = commits_branch(commits), *filter = commits_filter(commits);

	if (s->message.len) {
		strbuf_add(sb, s->message.buf, s->message.len);
		return;
	}
	strbuf_addstr(sb, branch ? branch : "");
	if (filter && *filter)
		strbuf_addf(sb, "%s%s", text_locale_is_utf8() ? " · " : " | ", filter);
	add_running(tui, sb);
	if (s->progress.len)
		strbuf_addf(sb, "%s%s", sb->len ? "  " : "", s->progress.buf);
}

/* ---- hints ---- */

struct hint {
	struct strbuf text;
	size_t key_len; /* its first bytes */
	int width;
};

static bool hint_make(const struct tui *tui, struct hint *h, unsigned scope, enum action_id id)
{
	keymap_add_first(tui->keys, scope, id, &h->text);
	h->key_len = h->text.len;
	if (!h->key_len)
		return false;
	strbuf_addf(&h->text, " %s", actions[id].name);
	h->width = draw_width(h->text.buf, h->text.len);
	return true;
}

/* The first ones that fit into `room` columns, then help; returns the columns they take. */
static int collect(const struct tui *tui, struct hint *hints, size_t *n, int room)
{
	const struct pane *p = screen_target(tui);
	const enum action_id *ids = p->ops->hints ? p->ops->hints(p) : NULL;
	struct hint help = {STRBUF_INIT, 0, 0};
	int used = 0;

	*n = 0;
	if (!p->ops->scope)
		return 0;
	if (hint_make(tui, &help, p->ops->scope, ACT_HELP))
		used = help.width;
	if (used > room) {
		strbuf_release(&help.text);
		return 0;
	}
	for (; ids && *ids != ACT_NONE && *n + 1 < HINTS_MAX; ids++) {
		struct hint *h = &hints[*n];

		*h = (struct hint){STRBUF_INIT, 0, 0};
		if (*ids == ACT_HELP || !hint_make(tui, h, p->ops->scope, *ids) ||
		    used + GAP + h->width > room) {
			strbuf_release(&h->text);
			continue;
		}
		used += GAP + h->width;
		(*n)++;
	}
	hints[(*n)++] = help;
	return used;
}

/* The key stands out from the status line's own style. */
static void mark_key(WINDOW *win, int x, int width)
{
	attr_t status, emphasis;
	int pair, unused;

	theme_get(STYLE_STATUS, &status, &pair);
	theme_get(STYLE_KEY, &emphasis, &unused);
	mvwchgat(win, 0, x, width, status | emphasis, (short)pair, &pair);
}

static void draw_hints(const struct tui *tui, WINDOW *win, int from, int width)
{
	struct hint hints[HINTS_MAX];
	size_t n;
	int x = width - collect(tui, hints, &n, width - from);

	for (size_t i = 0; i < n; i++) {
		struct hint *h = &hints[i];

		draw_text(win, 0, x, width - x, STYLE_STATUS, h->text.buf, h->text.len);
		if (h->key_len)
			mark_key(win, x, draw_width(h->text.buf, h->key_len));
		x += h->width + GAP;
		strbuf_release(&h->text);
	}
}

void status_draw(const struct tui *tui, WINDOW *win)
{
	cleanup_strbuf struct strbuf left = STRBUF_INIT;
	enum style style = tui->screen->status.failure ? STYLE_STATUS_ERROR : STYLE_STATUS;
	int width = getmaxx(win), used;

	draw_blank(win, 0, 0, width, STYLE_STATUS);
	add_left(tui, &left);
	used = draw_text(win, 0, 0, width, style, left.buf, left.len);
	draw_hints(tui, win, used ? used + GAP : 0, width);
}
