#include <stdbool.h>
#include <string.h>

#include "tui/keys.h"
#include "util/gettext.h"
#include "util/text.h"

/* For which panes an action is, "" for all. */
static void add_scope(struct strbuf *sb, unsigned scope)
{
	static const struct {
		unsigned scope;
		const char *name;
	} names[] = {
		{SCOPE_LISTS, N_("lists")},   {SCOPE_COMMITS, N_("commits")},
		{SCOPE_RUNS, N_("runs")},     {SCOPE_FILES, N_("artifacts")},
		{SCOPE_VIEWER, N_("viewer")},
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && scope != SCOPE_ALL; i++) {
		if ((scope & names[i].scope) != names[i].scope)
			continue;
		strbuf_addf(sb, "%s%s", between, _(names[i].name));
		scope &= ~names[i].scope;
		between = ", ";
	}
}

/* The next key of a table entry; false at its end. */
static bool next_key(const char **keys, key *k)
{
	size_t used = *keys ? key_parse(*keys, k) : 0;

	if (used == 0)
		return false;
	*keys += used;
	*keys += strspn(*keys, " ");
	return true;
}

/* ---- text ---- */

enum { KEYS_WIDTH = 22, NAME_WIDTH = 11 };

static void pad(struct strbuf *sb, size_t from, size_t width)
{
	size_t used = text_width(sb->buf + from, sb->len - from);

	strbuf_addf(sb, "%*s", used < width ? (int)(width - used) : 0, "");
}

static void add_text(struct strbuf *sb, const struct action *action)
{
	const char *keys = action->keys;
	size_t start = sb->len;
	key k;

	while (next_key(&keys, &k)) {
		strbuf_addstr(sb, sb->len > start ? ", " : "  ");
		key_add_name(sb, k);
	}
	pad(sb, start, KEYS_WIDTH);
	strbuf_addf(sb, "%-*s %s\n", NAME_WIDTH, action->name, _(action->help));
}

void keys_add_text(struct strbuf *sb)
{
	for (int id = ACT_NONE + 1; id < ACT_MAX; id++) {
		if (actions[id].name)
			add_text(sb, &actions[id]);
		else
			strbuf_addf(sb, "%s%s\n", sb->len > 0 ? "\n" : "", _(actions[id].help));
	}
}

/* ---- mdoc(7) ---- */

/* A word or a sentence that has no meaning to roff. */
static void add_escaped(struct strbuf *sb, const char *text)
{
	strbuf_addstr(sb, "\\&");
	for (; *text; text++) {
		switch (*text) {
		case '\\':
			strbuf_addstr(sb, "\\e");
			break;
		case '\'':
			strbuf_addstr(sb, "\\(aq");
			break;
		case '"':
			strbuf_addstr(sb, "\\(dq");
			break;
		case '^':
			strbuf_addstr(sb, "\\(ha");
			break;
		case '`':
			strbuf_addstr(sb, "\\(ga");
			break;
		case '~':
			strbuf_addstr(sb, "\\(ti");
			break;
		case '-':
			strbuf_addstr(sb, "\\-");
			break;
		default:
			strbuf_addch(sb, *text);
		}
	}
}

/* The item: its keys, its name on the command line, its panes (those of the viewer have a heading
 * of their own).
 */
static void add_item(struct strbuf *sb, const struct action *action)
{
	const char *keys = action->keys;
	key k;

	strbuf_addstr(sb, ".It ");
	while (next_key(&keys, &k)) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		key_add_name(&name, k);
		strbuf_addstr(sb, "Cm ");
		add_escaped(sb, name.buf);
		strbuf_addstr(sb, " , ");
	}
	strbuf_addstr(sb, "Ic ");
	add_escaped(sb, ":");
	strbuf_addstr(sb, action->name);
	if (action->args) {
		strbuf_addstr(sb, " Ar \"");
		add_escaped(sb, _(action->args));
		strbuf_addstr(sb, "\"");
	}
	if (action->scope != SCOPE_ALL && action->scope != SCOPE_VIEWER) {
		strbuf_addstr(sb, " Pq ");
		add_scope(sb, action->scope);
	}
	strbuf_addstr(sb, "\n");
	add_escaped(sb, _(action->help));
	strbuf_addstr(sb, "\n");
}

void keys_add_mdoc(struct strbuf *sb)
{
	bool open = false;

	for (int id = ACT_NONE + 1; id < ACT_MAX; id++) {
		if (actions[id].name) {
			add_item(sb, &actions[id]);
			continue;
		}
		strbuf_addf(sb, "%s.Ss ", open ? ".El\n" : "");
		add_escaped(sb, _(actions[id].help));
		strbuf_addstr(sb, "\n.Bl -tag -width indent\n");
		open = true;
	}
	strbuf_addstr(sb, open ? ".El\n" : "");
}
