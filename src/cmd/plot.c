#include "cmd/plot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cmd/print.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

enum {
	ROWS = 8,
	STEPS = 8, /* of a row */
	LABEL = 9,
	GUTTER = LABEL + 2,
	MIN_COLUMNS = GUTTER + 8,
	MAX_COLUMNS = 4096,
	CLIP = 4,     /* bars longer than so many medians are cut off, */
	CLIP_MIN = 8, /* where there are so many bars that a median tells something */
};

struct plot {
	bool utf8;
	struct jci_stats_bar *bars;
	size_t n;
	size_t step;    /* columns from one bar to the next */
	size_t most;    /* runs of a bar, at most */
	int64_t top_us; /* what a whole bar is */
};

size_t plot_columns(void)
{
	const char *told = getenv("COLUMNS");
	struct winsize size = {0};
	unsigned long columns = 0;

	if (ioctl(1, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	if (!columns && told)
		columns = strtoul(told, NULL, 10);
	if (!columns)
		columns = 80;
	if (columns > MAX_COLUMNS)
		columns = MAX_COLUMNS;
	return columns < MIN_COLUMNS ? MIN_COLUMNS : columns;
}

/* ---- bars ---- */

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One run that hung for an hour would make all others look alike. */
static int64_t scale(const struct plot *p)
{
	cleanup_free int64_t *known = xcalloc(p->n + 1, sizeof(*known));
	int64_t longest;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->bars[i].duration_us >= 0)
			known[n++] = p->bars[i].duration_us;
	if (!n)
		return 0;
	qsort(known, n, sizeof(*known), by_value);
	longest = known[n - 1];
	if (n >= CLIP_MIN && longest / CLIP > known[n / 2] && known[n / 2] > 0)
		longest = CLIP * known[n / 2];
	return longest ? longest : 1;
}

static void plot_init(struct plot *p, const struct jci_stats *stats, size_t columns)
{
	const size_t room = columns - GUTTER;

	p->utf8 = text_locale_is_utf8();
	p->n = stats->n < room ? stats->n : room;
	p->step = 2 * p->n <= room ? 2 : 1;
	p->bars = xcalloc(p->n, sizeof(*p->bars));
	for (size_t i = 0; i < p->n; i++) {
		jci_stats_bar(stats, i, p->n, &p->bars[i]);
		if (p->bars[i].n > p->most)
			p->most = p->bars[i].n;
	}
	p->top_us = scale(p);
}

static void plot_release(const struct plot *p)
{
	free(p->bars);
}

static enum print_style style_of(const struct jci_stats_bar *bar)
{
	if (!bar->failed)
		return bar->passed ? STYLE_OK : STYLE_DIM;
	return bar->failed >= bar->passed ? STYLE_ERR : STYLE_RUNNING;
}

/* In steps; one that is known has at least one. More than there is room for: it is cut off. */
static int64_t height(const struct plot *p, const struct jci_stats_bar *bar)
{
	const double whole = ROWS * STEPS;
	double steps;

	if (bar->duration_us < 0)
		return 0;
	if (bar->duration_us > p->top_us)
		return ROWS * STEPS + 1;
	steps = whole * (double)bar->duration_us / (double)p->top_us;
	return steps < 1 ? 1 : (int64_t)(steps + 0.5);
}

/* What of the bar is in a row, from 0 at the bottom. */
static const char *cell(const struct plot *p, const struct jci_stats_bar *bar, int row)
{
	static const char *const blocks[] = {
		" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588",
	};
	static const char *const ascii[] = {" ", ".", ".", ".", ":", ":", ":", ":", "#"};
	int64_t steps = height(p, bar) - (int64_t)row * STEPS;

	if (row == ROWS - 1 && steps > STEPS)
		return p->utf8 ? "\u25b2" : "^";
	steps = steps < 0 ? 0 : steps > STEPS ? STEPS : steps;
	return p->utf8 ? blocks[steps] : ascii[steps];
}

/* What is below it: a mark, of many runs the number of those that failed. */
static void add_mark(const struct plot *p, const struct jci_stats_bar *bar, char text[8])
{
	const char *mark = jci_status_mark(JCI_STATUS_ERR, p->utf8);

	if (!bar->failed)
		mark = bar->passed ? " " : "-";
	else if (p->most > 1)
		mark = bar->failed > 9 ? "*" : NULL;
	if (mark)
		memcpy(text, mark, strlen(mark) + 1);
	else
		memcpy(text, (char[]){(char)('0' + bar->failed), '\0'}, 2);
}

/* ---- lines ---- */

/* Texts side by side; those of one style in one piece, which saves bytes. */
struct line {
	struct strbuf *sb;
	struct strbuf piece;
	enum print_style style;
};

static void line_flush(struct line *line)
{
	if (line->piece.len)
		print_add_styled(line->sb, line->style, line->piece.buf);
	strbuf_reset(&line->piece);
}

static void line_add(struct line *line, enum print_style style, const char *text)
{
	if (style != line->style && *text != ' ') { /* a blank has no colour */
		line_flush(line);
		line->style = style;
	}
	strbuf_addstr(&line->piece, text);
}

static void line_end(struct line *line)
{
	struct strbuf *piece = &line->piece;

	while (piece->len > 0 && piece->buf[piece->len - 1] == ' ')
		strbuf_setlen(piece, piece->len - 1);
	line_flush(line);
	strbuf_addch(line->sb, '\n');
	strbuf_release(piece);
}

/* The text, against the right end of the gutter. */
static void add_gutter(struct strbuf *sb, const char *text, const char *border)
{
	size_t width = text_width(text, strlen(text));

	while (width++ < LABEL)
		strbuf_addch(sb, ' ');
	strbuf_addstr(sb, text);
	strbuf_addch(sb, ' ');
	strbuf_addstr(sb, border);
}

static void add_row(struct strbuf *sb, const struct plot *p, int row)
{
	cleanup(line_end) struct line line = {.sb = sb, .piece = STRBUF_INIT};
	cleanup_strbuf struct strbuf label = STRBUF_INIT;

	if (row == ROWS - 1)
		duration_add(&label, p->top_us);
	else if (row == ROWS / 2 - 1)
		duration_add(&label, p->top_us / 2);
	if (label.len)
		add_gutter(sb, label.buf, p->utf8 ? "\u2524" : "+");
	else
		add_gutter(sb, "", p->utf8 ? "\u2502" : "|");
	for (size_t i = 0; i < p->n; i++) {
		line_add(&line, style_of(&p->bars[i]), cell(p, &p->bars[i], row));
		line_add(&line, line.style, p->step == 2 ? " " : "");
	}
}

static void add_marks(struct strbuf *sb, const struct plot *p)
{
	cleanup(line_end) struct line line = {.sb = sb, .piece = STRBUF_INIT};

	add_gutter(sb, "", " ");
	for (size_t i = 0; i < p->n; i++) {
		char text[8];

		add_mark(p, &p->bars[i], text);
		line_add(&line, style_of(&p->bars[i]), text);
		line_add(&line, line.style, p->step == 2 ? " " : "");
	}
}

/* Ages of the oldest run and of the newest, below them if there is room. */
static void add_ages(struct strbuf *sb, const struct plot *p, const struct jci_stats *stats,
		     int64_t now_us)
{
	cleanup_strbuf struct strbuf first = STRBUF_INIT, last = STRBUF_INIT;
	const size_t room = p->n * p->step;
	size_t width;

	time_add_age(&first, stats->runs[0].start_us, now_us);
	time_add_age(&last, stats->runs[stats->n - 1].start_us, now_us);
	width = text_width(first.buf, first.len) + text_width(last.buf, last.len);
	add_gutter(sb, "", " ");
	strbuf_addstr(sb, first.buf);
	if (stats->n > 1 && width + 2 <= room) {
		while (width++ < room)
			strbuf_addch(sb, ' ');
		strbuf_addstr(sb, last.buf);
	}
	strbuf_addch(sb, '\n');
}

static void add_legend(struct strbuf *sb, const struct plot *p)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	add_gutter(sb, "", " ");
	/* TRANSLATORS: the number is 2 or more. */
	strbuf_addf(&text, _("up to %zu runs a bar; below: how many failed"), p->most);
	print_add_styled(sb, STYLE_DIM, text.buf);
	strbuf_addch(sb, '\n');
}

void plot_add(struct strbuf *sb, const struct jci_stats *stats, size_t columns, int64_t now_us)
{
	cleanup(plot_release) struct plot p = {0};

	plot_init(&p, stats, columns);
	strbuf_addch(sb, '\n');
	for (int row = ROWS - 1; p.top_us && row >= 0; row--)
		add_row(sb, &p, row);
	add_marks(sb, &p);
	add_ages(sb, &p, stats, now_us);
	if (p.most > 1)
		add_legend(sb, &p);
}
