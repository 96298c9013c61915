#include "keybytes.h"

#include <strings.h>

#include <curses.h>
#include <term.h>

#include "util/alloc.h"

static const struct {
	const char *name, *bytes, *capability;
} keys[] = {
	{"Enter", "\r", NULL},    {"Esc", "\033", NULL},   {"Space", " ", NULL},
	{"Tab", "\t", NULL},      {"S-Tab", NULL, "kcbt"}, {"Backspace", "\177", NULL},
	{"Up", NULL, "kcuu1"},    {"Down", NULL, "kcud1"}, {"Left", NULL, "kcub1"},
	{"Right", NULL, "kcuf1"}, {"Home", NULL, "khome"}, {"End", NULL, "kend"},
	{"PgUp", NULL, "kpp"},    {"PgDn", NULL, "knp"},   {"Ins", NULL, "kich1"},
	{"Del", NULL, "kdch1"},   {"F1", NULL, "kf1"},     {"F2", NULL, "kf2"},
	{"F3", NULL, "kf3"},      {"F4", NULL, "kf4"},     {"F5", NULL, "kf5"},
	{"F6", NULL, "kf6"},      {"F7", NULL, "kf7"},     {"F8", NULL, "kf8"},
	{"F9", NULL, "kf9"},      {"F10", NULL, "kf10"},   {"F11", NULL, "kf11"},
	{"F12", NULL, "kf12"},
};

static bool add_capability(struct strbuf *sb, const char *type, const char *name)
{
	int known;
	const char *s;

	if (setupterm(type, STDOUT_FILENO, &known) != OK)
		return false;
	s = tigetstr(name);
	if (s && s != (const char *)-1)
		strbuf_addstr(sb, s);
	else
		s = NULL;
	del_curterm(cur_term);
	return s != NULL;
}

static bool add_named(struct strbuf *sb, const char *type, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strlen(keys[i].name) != len || strncasecmp(keys[i].name, name, len) != 0)
			continue;
		if (!keys[i].bytes)
			return add_capability(sb, type, keys[i].capability);
		strbuf_addstr(sb, keys[i].bytes);
		return true;
	}
	return false;
}

bool keybytes_add(struct strbuf *sb, const char *type, const char *word)
{
	size_t len = strlen(word);

	if (len > 2 && !strncmp(word, "M-", 2)) {
		strbuf_addch(sb, '\033');
		return keybytes_add(sb, type, word + 2);
	}
	if (len > 2 && word[0] == '<' && word[len - 1] == '>')
		return add_named(sb, type, word + 1, len - 2);
	if (len == 2 && word[0] == '^')
		strbuf_addch(sb, word[1] & 0x1f);
	else
		strbuf_addstr(sb, word);
	return len > 0;
}

void keybytes_add_mouse(struct strbuf *sb, int button, int row, int column)
{
	strbuf_addf(sb, "\033[<%d;%d;%dM", button, column, row);
	if (button < 64)
		strbuf_addf(sb, "\033[<%d;%d;%dm", button, column, row);
}
