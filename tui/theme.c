#include "tui/theme.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "core/config.h"
#include "tui/palette.h"
#include "tui/term.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

/* More would not fit the short of wattr_set(3X). */
enum { PAIRS_MAX = 32767, PALETTE = 256, UNSET = -2 };

static const struct {
	const char *name, *value;
} styles[] = {
#define THEME_ENTRY(id, name, value, help) [STYLE_##id] = {name, value},
	THEME_STYLES(THEME_ENTRY)
#undef THEME_ENTRY
};

static struct {
	struct {
		attr_t attrs;
		int pair;
	} styles[STYLE_MAX];
	int colors;  /* 8, 16 or 256 of the palette; 0: none are used */
	bool direct; /* to curses, a number above 7 is 0xrrggbb */
	int n_pairs, max_pairs;
	short pairs[PALETTE + 1][PALETTE + 1]; /* by colour + 1; 0: not made yet */
} theme;

const char *theme_style_name(enum style style)
{
	return (unsigned)style < STYLE_MAX ? styles[style].name : NULL;
}

/* ---- values ---- */

static const struct {
	const char *name;
	attr_t attr;
} attr_names[] = {
	{"bold", A_BOLD},           {"dim", A_DIM},         {"ul", A_UNDERLINE},
	{"underline", A_UNDERLINE}, {"reverse", A_REVERSE}, {"standout", A_STANDOUT},
	{"italic", A_ITALIC},       {"blink", A_BLINK},     {"strike", 0}, /* curses has none */
};

static bool is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(s, word, len);
}

static bool parse_attr(struct theme_color *color, const char *s, size_t len)
{
	bool on = true;

	if (len > 2 && !strncasecmp(s, "no", 2)) {
		size_t skip = s[2] == '-' ? 3 : 2;

		if (!is_word(s, len, "normal")) {
			on = false;
			s += skip;
			len -= skip;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(attr_names); i++) {
		if (!is_word(s, len, attr_names[i].name))
			continue;
		if (on)
			color->attrs |= attr_names[i].attr;
		else
			color->attrs &= ~attr_names[i].attr;
		return true;
	}
	return false;
}

static bool parse_name(const char *s, size_t len, int *value)
{
	static const char *const names[] = {"black", "red",     "green", "yellow",
					    "blue",  "magenta", "cyan",  "white"};
	int bright = 0;

	if (is_word(s, len, "default") || is_word(s, len, "normal")) {
		*value = -1;
		return true;
	}
	if (len > 6 && !strncasecmp(s, "bright", 6)) {
		bright = 8;
		s += 6;
		len -= 6;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (is_word(s, len, names[i])) {
			*value = (int)i + bright;
			return true;
		}
	}
	return false;
}

/* #rrggbb, and #rgb, which is short for #rrggbb with each digit twice. */
static bool parse_rgb(const char *s, size_t len, int *value)
{
	int rgb = 0;

	if (*s != '#' || (len != 4 && len != 7))
		return false;
	for (size_t i = 1; i < len; i++) {
		int c = tolower((unsigned char)s[i]);
		int digit = isdigit(c) ? c - '0' : c - 'a' + 10;

		if (!isxdigit(c))
			return false;
		rgb = rgb << 4 | digit;
		if (len == 4)
			rgb = rgb << 4 | digit;
	}
	*value = THEME_RGB | rgb;
	return true;
}

static bool parse_number(const char *s, size_t len, int *value)
{
	int n = 0;

	if (is_word(s, len, "-1")) {
		*value = -1;
		return true;
	}
	if (!len || len > 3)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
		n = n * 10 + (s[i] - '0');
	}
	*value = n;
	return n < PALETTE;
}

/* The first colour is the foreground, the second the background. */
static bool parse_word(struct theme_color *color, const char *s, size_t len)
{
	int value;

	if (is_word(s, len, "reset")) {
		*color = (struct theme_color){0, UNSET, UNSET};
		return true;
	}
	if (parse_attr(color, s, len))
		return true;
	if (!parse_name(s, len, &value) && !parse_rgb(s, len, &value) &&
	    !parse_number(s, len, &value))
		return false;
	if (color->foreground == UNSET)
		color->foreground = value;
	else if (color->background == UNSET)
		color->background = value;
	else
		return false;
	return true;
}

bool theme_color_parse(struct theme_color *color, const char *value)
{
	const char *blanks = " \t\n";

	*color = (struct theme_color){0, UNSET, UNSET};
	for (value += strspn(value, blanks); *value; value += strspn(value, blanks)) {
		size_t len = strcspn(value, blanks);

		if (!parse_word(color, value, len))
			return false;
		value += len;
	}
	if (color->foreground == UNSET)
		color->foreground = -1;
	if (color->background == UNSET)
		color->background = -1;
	return true;
}

/* ---- colours of the terminal ---- */

static int reduce(int color)
{
	if (color < 0)
		return -1;
	if (color & THEME_RGB)
		return palette_nearest(color & 0xffffff, theme.colors);
	if (color < theme.colors)
		return color;
	if (color < 16)
		return color - 8;
	return palette_nearest(palette_rgb(color), theme.colors);
}

static int for_curses(int color)
{
	return theme.direct && color >= 8 ? palette_rgb(color) : color;
}

int theme_pair(int foreground, int background)
{
	short *pair;

	if (!theme.colors)
		return 0;
	foreground = reduce(foreground);
	background = reduce(background);
	if (foreground < 0 && background < 0)
		return 0;
	pair = &theme.pairs[foreground + 1][background + 1];
	if (*pair || theme.n_pairs == theme.max_pairs)
		return *pair;
	if (init_extended_pair(theme.n_pairs, for_curses(foreground), for_curses(background)) ==
	    ERR)
		return 0;
	*pair = (short)theme.n_pairs++;
	return *pair;
}

static void init_colors(void)
{
	const char *no_color = getenv("NO_COLOR");

	memset(&theme, 0, sizeof(theme));
	theme.n_pairs = 1;
	if ((no_color && *no_color) || !has_colors() || start_color() == ERR || COLORS < 8)
		return;
	use_default_colors();
	theme.colors = COLORS >= PALETTE ? PALETTE : COLORS >= 16 ? 16 : 8;
	theme.direct = COLORS > PALETTE && tigetflag("RGB") > 0;
	theme.max_pairs = COLOR_PAIRS < PAIRS_MAX ? COLOR_PAIRS : PAIRS_MAX;
}

/* ---- styles ---- */

/* What a colour told must be told otherwise where there is none. */
static attr_t attrs_without_colors(enum style style, const struct theme_color *color)
{
	if (style == STYLE_MATCH)
		return color->attrs | A_REVERSE | A_UNDERLINE;
	if (color->background >= 0)
		return color->attrs | A_REVERSE;
	return style == STYLE_ERR ? color->attrs | A_BOLD : color->attrs;
}

static int init_style(enum style style, const struct jci_repo *repo, struct jci_error *err)
{
	cleanup_free char *key = xasprintf("jci.color.%s", styles[style].name);
	cleanup_free char *value = jci_config_string(repo, key);
	struct theme_color color;

	if (!theme_color_parse(&color, value ? value : styles[style].value))
		return jci_error_set(err, JCI_EINVALID,
				     _("configuration '%s': '%s' is not a colour such as "
				       "'bold red' or '#ff8800'"),
				     key, value);
	theme.styles[style].pair = theme_pair(color.foreground, color.background);
	theme.styles[style].attrs =
		theme.colors ? color.attrs : attrs_without_colors(style, &color);
	return 0;
}

int theme_init(const struct jci_repo *repo, struct jci_error *err)
{
	init_colors();
	for (enum style style = 0; style < STYLE_MAX; style++) {
		if (init_style(style, repo, err) < 0)
			return err->code;
	}
	return 0;
}

void theme_get(enum style style, attr_t *attrs, int *pair)
{
	*attrs = theme.styles[style].attrs;
	*pair = theme.styles[style].pair;
}

/* ---- marks ---- */

const char *theme_status_mark(enum jci_status status)
{
	return jci_status_mark(status, text_locale_is_utf8());
}

enum style theme_status_style(enum jci_status status)
{
	static const enum style of[] = {
		[JCI_STATUS_NONE] = STYLE_NORMAL, [JCI_STATUS_OK] = STYLE_OK,
		[JCI_STATUS_ERR] = STYLE_ERR,     [JCI_STATUS_RUNNING] = STYLE_RUNNING,
		[JCI_STATUS_LOST] = STYLE_LOST,
	};

	return of[status];
}
