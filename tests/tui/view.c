#include "view.h"

#include <vterm.h>

#include "util/alloc.h"

/*
 * Dim (SGR 2), which this libvterm doesn't know, is put into it as the first alternative font
 * (SGR 11): `sequence` holds a CSI that is not at its end yet.
 */
enum { FONT_DIM = 1 };

struct view {
	VTerm *vt;
	VTermScreen *screen;
	int columns, rows;
	bool cursor_hidden, alternate, paste;
	int mouse;
	struct strbuf sequence;
};

/* ---- what the program asks of the terminal ---- */

static int on_property(VTermProp prop, VTermValue *value, void *user)
{
	struct view *view = user;

	if (prop == VTERM_PROP_CURSORVISIBLE)
		view->cursor_hidden = !value->boolean;
	else if (prop == VTERM_PROP_ALTSCREEN)
		view->alternate = value->boolean;
	else if (prop == VTERM_PROP_MOUSE)
		view->mouse = value->number;
	return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

struct view *view_new(int columns, int rows)
{
	struct view *view = xcalloc(1, sizeof(*view));

	view->columns = columns;
	view->rows = rows;
	view->sequence = (struct strbuf)STRBUF_INIT;
	view->vt = vterm_new(rows, columns);
	vterm_set_utf8(view->vt, 1);
	view->screen = vterm_obtain_screen(view->vt);
	vterm_screen_set_callbacks(view->screen, &callbacks, view);
	vterm_screen_enable_altscreen(view->screen, 1);
	vterm_screen_reset(view->screen, 1);
	return view;
}

void view_free(struct view *view)
{
	if (!view)
		return;
	vterm_free(view->vt);
	strbuf_release(&view->sequence);
	free(view);
}

void view_resize(struct view *view, int columns, int rows)
{
	view->columns = columns;
	view->rows = rows;
	vterm_set_size(view->vt, rows, columns);
}

/* Whether the parameter that begins at `at` belongs to a colour before it: 38;5;2, 38;2;r;g;b. */
static size_t skip_color(const char *s, size_t at)
{
	if (strncmp(s + at, "38;5;", 5) && strncmp(s + at, "48;5;", 5))
		return 0;
	return 5 + strcspn(s + at + 5, ";m");
}

static void add_sgr(struct strbuf *out, const char *s)
{
	size_t at = 0;

	while (s[at]) {
		size_t len = skip_color(s, at);

		if (!len)
			len = strcspn(s + at, ";m");
		if (len == 1 && s[at] == '2')
			strbuf_addstr(out, "11");
		else if (len == 2 && !strncmp(s + at, "22", 2))
			strbuf_addstr(out, "22;10");
		else
			strbuf_add(out, s + at, len);
		at += len;
		if (s[at])
			strbuf_addch(out, s[at++]);
	}
}

static void end_sequence(struct view *view, struct strbuf *out)
{
	const char *s = view->sequence.buf;

	if (s[view->sequence.len - 1] == 'm' && view->sequence.len > 3 && s[2] != '>') {
		strbuf_addstr(out, "\033[");
		add_sgr(out, s + 2);
	} else {
		strbuf_add(out, s, view->sequence.len);
	}
	if (!strcmp(s, "\033[?2004h"))
		view->paste = true;
	else if (!strcmp(s, "\033[?2004l"))
		view->paste = false;
	strbuf_reset(&view->sequence);
}

static void filter_byte(struct view *view, char c, struct strbuf *out)
{
	struct strbuf *seq = &view->sequence;

	if (!seq->len && c != '\033') {
		strbuf_addch(out, c);
		return;
	}
	strbuf_addch(seq, c);
	if (seq->len == 1 || (seq->len == 2 && c == '['))
		return;
	if (seq->len > 2 && c >= 0x40 && c <= 0x7e) {
		end_sequence(view, out);
	} else if (seq->len == 2 || c < 0x20) { /* not a CSI */
		strbuf_add(out, seq->buf, seq->len);
		strbuf_reset(seq);
	}
}

void view_write(struct view *view, const char *data, size_t len, struct strbuf *answer)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	char buf[256];
	size_t n;

	for (size_t i = 0; i < len; i++)
		filter_byte(view, data[i], &out);
	vterm_input_write(view->vt, out.buf, out.len);
	while ((n = vterm_output_read(view->vt, buf, sizeof(buf))) > 0)
		strbuf_add(answer, buf, n);
}

/* ---- as text ---- */

static void add_utf8(struct strbuf *sb, uint32_t c)
{
	if (c < 0x80) {
		strbuf_addch(sb, (char)c);
		return;
	}
	if (c >= 0x10000) {
		strbuf_addch(sb, (char)(0xf0 | c >> 18));
		strbuf_addch(sb, (char)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800) {
		strbuf_addch(sb, (char)(0xe0 | c >> 12));
	} else {
		strbuf_addch(sb, (char)(0xc0 | c >> 6));
	}
	if (c >= 0x800)
		strbuf_addch(sb, (char)(0x80 | (c >> 6 & 0x3f)));
	strbuf_addch(sb, (char)(0x80 | (c & 0x3f)));
}

/* The cell; false for the second column of a wide character. */
static bool get_cell(const struct view *view, int row, int column, VTermScreenCell *cell)
{
	vterm_screen_get_cell(view->screen, (VTermPos){.row = row, .col = column}, cell);
	return cell->chars[0] != (uint32_t)-1;
}

static void trim(struct strbuf *sb, size_t from)
{
	size_t len = sb->len;

	while (len > from && sb->buf[len - 1] == ' ')
		len--;
	strbuf_setlen(sb, len);
}

void view_add_row(const struct view *view, int row, struct strbuf *sb)
{
	size_t from = sb->len;
	VTermScreenCell cell;

	for (int column = 0; column < view->columns; column++) {
		if (!get_cell(view, row, column, &cell))
			continue;
		if (!cell.chars[0])
			strbuf_addch(sb, ' ');
		for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
			add_utf8(sb, cell.chars[i]);
	}
	trim(sb, from);
}

bool view_contains(const struct view *view, const char *text)
{
	for (int row = 0; row < view->rows; row++) {
		cleanup_strbuf struct strbuf sb = STRBUF_INIT;

		view_add_row(view, row, &sb);
		if (strstr(sb.buf, text))
			return true;
	}
	return false;
}

/* ---- attributes ---- */

static void add_word(struct strbuf *sb, bool on, const char *word)
{
	if (on)
		strbuf_addf(sb, "%s%s", sb->len ? " " : "", word);
}

static void add_color(struct strbuf *sb, const char *name, const VTermColor *color)
{
	if (VTERM_COLOR_IS_INDEXED(color))
		strbuf_addf(sb, "%s%s %d", sb->len ? " " : "", name, color->indexed.idx);
	else
		strbuf_addf(sb, "%s%s #%02x%02x%02x", sb->len ? " " : "", name, color->rgb.red,
			    color->rgb.green, color->rgb.blue);
}

static void add_style(struct strbuf *sb, const VTermScreenCell *cell)
{
	add_word(sb, cell->attrs.bold, "bold");
	add_word(sb, cell->attrs.font == FONT_DIM, "dim");
	add_word(sb, cell->attrs.italic, "italic");
	add_word(sb, cell->attrs.underline, "underline");
	add_word(sb, cell->attrs.blink, "blink");
	add_word(sb, cell->attrs.reverse, "reverse");
	if (!VTERM_COLOR_IS_DEFAULT_FG(&cell->fg))
		add_color(sb, "foreground", &cell->fg);
	if (!VTERM_COLOR_IS_DEFAULT_BG(&cell->bg))
		add_color(sb, "background", &cell->bg);
}

/* The styles of a screen so far; the first is 'a'. */
struct legend {
	char **styles;
	size_t n, cap;
};

static void legend_release(struct legend *legend)
{
	for (size_t i = 0; i < legend->n; i++)
		free(legend->styles[i]);
	free(legend->styles);
}

static char letter(size_t i)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return i < sizeof(letters) - 1 ? letters[i] : '*';
}

static char style_letter(struct legend *legend, const VTermScreenCell *cell)
{
	cleanup_strbuf struct strbuf style = STRBUF_INIT;
	size_t i = 0;

	add_style(&style, cell);
	if (!style.len)
		return ' ';
	while (i < legend->n && strcmp(legend->styles[i], style.buf) != 0)
		i++;
	if (i == legend->n) {
		ARRAY_GROW(legend->styles, legend->n + 1, legend->cap);
		legend->styles[legend->n++] = strbuf_detach(&style, NULL);
	}
	return letter(i);
}

static void add_attributes(const struct view *view, int row, struct legend *legend,
			   struct strbuf *sb)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	VTermScreenCell cell;
	char c = ' ';

	for (int column = 0; column < view->columns; column++) {
		if (get_cell(view, row, column, &cell))
			c = style_letter(legend, &cell);
		strbuf_addch(&line, c);
	}
	trim(&line, 0);
	if (line.len)
		strbuf_addf(sb, ":%s\n", line.buf);
}

static void add_legend(const struct legend *legend, struct strbuf *sb)
{
	for (size_t i = 0; i < legend->n; i++)
		strbuf_addf(sb, "%c %s\n", letter(i), legend->styles[i]);
}

void view_add_screen(const struct view *view, bool attributes, struct strbuf *sb)
{
	cleanup(legend_release) struct legend legend = {NULL, 0, 0};
	VTermPos cursor;

	vterm_state_get_cursorpos(vterm_obtain_state(view->vt), &cursor);
	strbuf_addf(sb, "--- %dx%d, ", view->columns, view->rows);
	if (view->cursor_hidden)
		strbuf_addstr(sb, "no cursor\n");
	else
		strbuf_addf(sb, "cursor in row %d, column %d\n", cursor.row + 1, cursor.col + 1);
	for (int row = 0; row < view->rows; row++) {
		if (attributes)
			strbuf_addch(sb, '|');
		view_add_row(view, row, sb);
		strbuf_addch(sb, '\n');
		if (attributes)
			add_attributes(view, row, &legend, sb);
	}
	strbuf_addstr(sb, "---\n");
	add_legend(&legend, sb);
}

void view_add_leftovers(const struct view *view, struct strbuf *sb)
{
	if (view->cursor_hidden)
		strbuf_addstr(sb, "the cursor is hidden\n");
	if (view->alternate)
		strbuf_addstr(sb, "the alternate screen is on\n");
	if (view->mouse)
		strbuf_addstr(sb, "the mouse is on\n");
	if (view->paste)
		strbuf_addstr(sb, "bracketed paste is on\n");
}
