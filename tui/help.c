/* The help, made from the table of actions and the keys in force. */
#include "tui/draw.h"
#include "tui/overlay.h"
#include "util/gettext.h"

enum { KEYS_WIDTH = 22, NAME_WIDTH = 13, KEYS_NARROW = 15, NARROW_COLS = 70 };

/* On small screens the names of what has a key are left out. */
static bool is_narrow(void)
{
	return COLS < NARROW_COLS;
}

static const struct {
	unsigned scope;
	const char *title; /* of the help in that pane */
} scope_titles[] = {
	{SCOPE_COMMITS, N_("Help: the pane of commits")},
	{SCOPE_RUNS, N_("Help: the pane of runs")},
	{SCOPE_FILES, N_("Help: the pane of artifacts")},
	{SCOPE_VIEWER, N_("Help: the viewer")},
};

static const char *title_of(unsigned scope)
{
	for (size_t i = 0; i < sizeof(scope_titles) / sizeof(*scope_titles); i++)
		if (scope_titles[i].scope == scope)
			return _(scope_titles[i].title);
	return _("Help");
}

/* A column of a table, and at least a blank behind it. */
static void add_column(struct strbuf *sb, const char *text, int width)
{
	strbuf_addstr(sb, text);
	for (int used = draw_width(text, DRAW_ALL); used < width; used++)
		strbuf_addch(sb, ' ');
	strbuf_addch(sb, ' ');
}

static void add_keys(struct strbuf *sb, const char *keys)
{
	strbuf_addf(sb, "\2  %s\2", keys);
	add_column(sb, "",
		   (is_narrow() ? KEYS_NARROW : KEYS_WIDTH) - draw_width(keys, DRAW_ALL) - 2);
}

/* "  k, <Up>           up           one line up"; arguments behind the help. */
static void add_action(const struct tui *tui, struct strbuf *sb, unsigned scope, enum action_id id)
{
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;
	const struct action *a = &actions[id];

	keymap_add_keys(tui->keys, scope, id, &keys);
	add_keys(sb, keys.buf);
	if (!is_narrow())
		add_column(sb, a->name, NAME_WIDTH);
	strbuf_addstr(sb, _(a->help));
	if (is_narrow() && !keys.len && !a->args)
		strbuf_addf(sb, " (:%s)", a->name);
	if (a->args)
		strbuf_addf(sb, " (:%s %s)", a->name, _(a->args));
	strbuf_addch(sb, '\n');
}

/* Those that the pane has, or those that it has not. */
static void add_actions(const struct tui *tui, struct strbuf *sb, unsigned scope, bool here)
{
	const char *group = NULL;

	for (int id = ACT_NONE + 1; id < ACT_MAX; id++) {
		const struct action *a = &actions[id];

		if (!a->name) {
			group = a->help;
			continue;
		}
		if (((a->scope & scope) != 0) != here)
			continue;
		if (group && here)
			strbuf_addf(sb, "%s\1%s\n", sb->len ? "\n" : "", _(group));
		group = NULL;
		add_action(tui, sb, here ? scope : a->scope, (enum action_id)id);
	}
}

struct custom {
	struct strbuf *sb;
	bool any;
};

static void add_custom(void *ctx, unsigned scope, key k, const char *command)
{
	cleanup_strbuf struct strbuf keys = STRBUF_INIT;
	struct custom *custom = ctx;

	(void)scope;
	if (!custom->any)
		strbuf_addf(custom->sb, "\n\1%s\n", _("Your own keys"));
	custom->any = true;
	key_add_name(&keys, k);
	add_keys(custom->sb, keys.buf);
	strbuf_addf(custom->sb, "%s\n", command);
}

void overlay_help(struct tui *tui)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	unsigned scope = tui->panes[tui->focus]->ops->scope;
	struct custom custom = {&sb, false};

	add_actions(tui, &sb, scope, true);
	keymap_each_custom(tui->keys, add_custom, &custom);
	strbuf_addf(&sb, "\n\1%s\n", _("In the other panes"));
	add_actions(tui, &sb, scope, false);
	strbuf_addf(&sb, "\n%s\n", _("More: git help jci-browser"));
	overlay_text(tui, &(struct overlay_text){.title = title_of(scope), .text = sb.buf});
}
