/* A choice from a list that typing narrows. */
#include <stdint.h>

#include "tui/draw.h"
#include "tui/fuzzy.h"
#include "tui/lineedit.h"
#include "tui/list.h"
#include "tui/overlay.h"
#include "tui/screen.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { MENU_WIDTH = 60, MENU_HEIGHT = 20, MENU_ENTER = 13, MENU_ESC = 27, MENU_CTRL_C = 3 };
enum { MENU_CTRL_N = 14, MENU_CTRL_P = 16 };

struct menu {
	struct pane pane;
	struct overlay_menu given; /* without its items */
	char *title, *current;
	char **items;
	size_t n, items_cap;
	struct line_edit typed;
	char *typed_before; /* what `fits` is for */
	uint32_t *fits;     /* items that fit, in their order */
	uint16_t *scores;   /* of them */
	uint32_t *shown;    /* the same items, best first */
	size_t n_fits, cap, scores_cap, shown_cap;
	struct list list;
	bool moved; /* by the user: `current` is of no more interest */
};

static struct menu *menu_of(const struct pane *p)
{
	return (struct menu *)p;
}

/* ---- narrowing ---- */

static void try_item(struct menu *m, uint32_t i)
{
	int score = fuzzy_score(m->items[i], m->typed.text.buf);

	if (score < 0)
		return;
	m->fits[m->n_fits] = i;
	m->scores[m->n_fits++] = (uint16_t)score;
}

/* By score; entries of the same score keep their order. One pass, however many there are. */
static void sort_shown(struct menu *m)
{
	size_t *starts = xcalloc(FUZZY_SCORE_MAX + 2, sizeof(*starts));

	for (size_t i = 0; i < m->n_fits; i++)
		starts[FUZZY_SCORE_MAX - m->scores[i] + 1]++;
	for (size_t i = 1; i < FUZZY_SCORE_MAX + 2; i++)
		starts[i] += starts[i - 1];
	for (size_t i = 0; i < m->n_fits; i++)
		m->shown[starts[FUZZY_SCORE_MAX - m->scores[i]]++] = m->fits[i];
	free(starts);
}

/* Where letters were added behind those before, only what fitted those has to be looked at. */
static bool narrows(const struct menu *m)
{
	size_t len = strlen(m->typed_before);

	return len > 0 && strncmp(m->typed.text.buf, m->typed_before, len) == 0;
}

static void filter_all(struct menu *m)
{
	m->n_fits = 0;
	for (size_t i = 0; i < m->n; i++)
		try_item(m, (uint32_t)i);
}

static void filter_further(struct menu *m)
{
	size_t n = m->n_fits;

	m->n_fits = 0;
	for (size_t i = 0; i < n; i++)
		try_item(m, m->fits[i]);
}

static void show_unsorted(struct menu *m)
{
	for (size_t i = 0; i < m->n; i++)
		m->shown[i] = m->fits[i] = (uint32_t)i;
	m->n_fits = m->n;
}

static void go_to_current(struct menu *m)
{
	for (size_t i = 0; m->current && i < m->n_fits; i++)
		if (strcmp(m->items[m->shown[i]], m->current) == 0) {
			list_goto(&m->list, i);
			return;
		}
}

static void narrow(struct menu *m)
{
	if (m->typed.text.len == 0)
		show_unsorted(m);
	else if (narrows(m))
		filter_further(m);
	else
		filter_all(m);
	if (m->typed.text.len)
		sort_shown(m);
	free(m->typed_before);
	m->typed_before = xstrdup(m->typed.text.buf);
	m->list.n = m->n_fits;
	list_adjust(&m->list);
	pane_dirty(&m->pane);
}

static void add_items(struct menu *m, const char *const *items, size_t n)
{
	ARRAY_GROW(m->items, m->n + n, m->items_cap);
	for (size_t i = 0; i < n; i++)
		m->items[m->n++] = xstrdup(items[i]);
	ARRAY_GROW(m->fits, m->n, m->cap);
	ARRAY_GROW(m->scores, m->n, m->scores_cap);
	ARRAY_GROW(m->shown, m->n, m->shown_cap);
	free(m->typed_before);
	m->typed_before = xstrdup("");
	narrow(m);
	if (!m->moved)
		go_to_current(m);
}

/* ---- choosing ---- */

static void choose(struct menu *m)
{
	cleanup_free char *item = NULL;
	struct tui *tui = m->pane.tui;

	if (m->list.cursor >= m->n_fits)
		return;
	item = xstrdup(m->items[m->shown[m->list.cursor]]);
	tui_pop(tui); /* freed later, so that given.ctx is still there */
	m->given.chosen(tui, item, m->given.ctx);
}

static enum action_id moving(key k)
{
	switch (k) {
	case KEY_CODE | KEY_UP:
	case MENU_CTRL_P:
		return ACT_UP;
	case KEY_CODE | KEY_DOWN:
	case MENU_CTRL_N:
		return ACT_DOWN;
	case KEY_CODE | KEY_PPAGE:
		return ACT_PAGE_UP;
	case KEY_CODE | KEY_NPAGE:
		return ACT_PAGE_DOWN;
	default:
		return ACT_NONE;
	}
}

static bool type(struct menu *m, key k)
{
	if (!line_edit_key(&m->typed, k))
		return false;
	m->moved = true;
	pane_dirty(&m->pane);
	if (strcmp(m->typed.text.buf, m->typed_before) == 0)
		return true; /* the cursor moved */
	m->list.cursor = 0;
	narrow(m);
	return true;
}

static int take_key(struct pane *p, key k)
{
	struct menu *m = menu_of(p);

	if (p->tui->screen->pasting && k == MENU_ENTER)
		return 1;
	if (k == MENU_ENTER) {
		choose(m);
	} else if (k == MENU_ESC || k == MENU_CTRL_C) {
		tui_pop(p->tui);
	} else if (list_act(&m->list, moving(k))) {
		m->moved = true;
		pane_dirty(p);
	} else {
		return type(m, k); /* what can't be typed may be a key of the browser's own */
	}
	return 1;
}

static void click(struct pane *p, int y, int x, bool twice)
{
	struct menu *m = menu_of(p);
	size_t row = m->list.top + (size_t)(y > 0 ? y - 1 : 0);

	(void)x;
	if (y < 1 || row >= m->n_fits)
		return;
	m->moved = true;
	list_goto(&m->list, row);
	pane_dirty(p);
	if (twice)
		choose(m);
}

static void wheel(struct pane *p, int lines)
{
	struct menu *m = menu_of(p);

	m->moved = true;
	list_scroll(&m->list, lines);
	pane_dirty(p);
}

/* ---- drawing ---- */

static void title(const struct pane *p, struct strbuf *left, struct strbuf *right)
{
	const struct menu *m = menu_of(p);

	strbuf_addf(left, " %s", m->title);
	strbuf_addf(right, "%zu/%zu ", m->n_fits, m->n);
}

static void draw_item(struct menu *m, int y, size_t row, int width)
{
	const char *item = m->items[m->shown[row]];
	size_t at[FUZZY_MAX], n;
	bool here = row == m->list.cursor;

	if (here)
		draw_blank(m->pane.win, y, 0, width, STYLE_CURSOR);
	draw_text(m->pane.win, y, 1, width - 1, here ? STYLE_CURSOR : STYLE_NORMAL, item, DRAW_ALL);
	if (here || fuzzy_match(item, m->typed.text.buf, at, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		int x = 1 + draw_width(item, at[i]);

		if (x < width - 1)
			draw_restyle(m->pane.win, y, x, 1, STYLE_KEY);
	}
}

static void draw_typed(struct menu *m, int width)
{
	const char *text = m->typed.text.buf;
	int x = 2 + draw_width(text, m->typed.cursor);

	draw_text(m->pane.win, 0, 0, width, STYLE_HINT, ">", DRAW_ALL);
	if (*text)
		draw_text(m->pane.win, 0, 2, width - 2, STYLE_NORMAL, text, DRAW_ALL);
	else
		draw_text(m->pane.win, 0, 4, width - 4, STYLE_HINT,
			  _("type to narrow; Enter chooses, Esc closes"), DRAW_ALL);
	draw_restyle(m->pane.win, 0, x < width ? x : width - 1, 1, STYLE_CURSOR);
}

static void draw(struct pane *p)
{
	struct menu *m = menu_of(p);
	int height, width;

	getmaxyx(p->win, height, width);
	m->list.height = height - 1;
	list_adjust(&m->list);
	if (!m->moved)
		go_to_current(m);
	werase(p->win);
	draw_typed(m, width);
	for (int y = 1; y < height && m->list.top + (size_t)y - 1 < m->n_fits; y++)
		draw_item(m, y, m->list.top + (size_t)y - 1, width);
	if (m->n_fits == 0)
		draw_text(p->win, 1, 1, width - 1, STYLE_HINT,
			  m->n ? _("nothing fits") : _("nothing to choose from"), DRAW_ALL);
}

static void release(struct pane *p)
{
	struct menu *m = menu_of(p);

	if (m->given.release)
		m->given.release(m->given.ctx);
	for (size_t i = 0; i < m->n; i++)
		free(m->items[i]);
	free(m->items);
	free(m->fits);
	free(m->scores);
	free(m->shown);
	free(m->typed_before);
	line_edit_release(&m->typed);
	free(m->title);
	free(m->current);
	free(m);
}

static const struct pane_ops menu_ops = {
	.name = "menu",
	.scope = 0, /* what is typed is no key of a pane */
	.title = title,
	.draw = draw,
	.key = take_key,
	.click = click,
	.wheel = wheel,
	.release = release,
};

void overlay_menu(struct tui *tui, const struct overlay_menu *menu)
{
	struct menu *m = xcalloc(1, sizeof(*m));

	*m = (struct menu){.pane = {.ops = &menu_ops}, .given = *menu, .typed = LINE_EDIT_INIT};
	m->title = xstrdup(menu->title);
	m->current = menu->current ? xstrdup(menu->current) : NULL;
	m->given.title = m->given.current = NULL;
	m->given.items = NULL;
	m->typed_before = xstrdup("");
	m->list.height = MENU_HEIGHT;
	add_items(m, menu->items, menu->n);
	screen_push(tui, &m->pane, MENU_HEIGHT, MENU_WIDTH);
}

void overlay_menu_add(struct tui *tui, const char *title_text, const char *const *items, size_t n)
{
	struct above *top = tui->screen->top;

	if (!top || top->pane->ops != &menu_ops ||
	    strcmp(menu_of(top->pane)->title, title_text) != 0)
		return;
	add_items(menu_of(top->pane), items, n);
}
