/* From keys to actions, and the actions that belong to no pane but to the browser itself. */
#include <string.h>

#include "tui/act.h"
#include "tui/live.h"
#include "tui/overlay.h"
#include "tui/screen.h"
#include "tui/task.h"
#include "tui/term.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { ESCAPE = 27 };

struct pane *screen_target(const struct tui *tui)
{
	return tui->screen->top ? tui->screen->top->pane : tui->panes[tui->focus];
}

/* ---- keys ---- */

/* "viewer", "commits, runs, artifacts": the panes that an action is for. */
static void add_panes(const struct tui *tui, struct strbuf *sb, unsigned scope)
{
	for (int i = 0; i < PANE_MAX; i++)
		if (scope & tui->panes[i]->ops->scope)
			strbuf_addf(sb, "%s%s", sb->len ? ", " : "", tui->panes[i]->ops->name);
}

static void say_not_here(struct tui *tui, const struct action *action)
{
	cleanup_strbuf struct strbuf panes = STRBUF_INIT, help = STRBUF_INIT;

	add_panes(tui, &panes, action->scope);
	keymap_add_first(tui->keys, tui->panes[tui->focus]->ops->scope, ACT_HELP, &help);
	tui_say(tui, _("'%s' is for other panes (%s); press %s for help"), action->name, panes.buf,
		help.len ? help.buf : ":help");
}

static void say_no_use(struct tui *tui, const char *what)
{
	const struct pane *p = screen_target(tui);
	cleanup_strbuf struct strbuf help = STRBUF_INIT;

	keymap_add_first(tui->keys, p->ops->scope, ACT_HELP, &help);
	tui_say(tui, _("'%s' does nothing here; press %s for help"), what,
		help.len ? help.buf : ":help");
}

void screen_key(struct tui *tui, key k)
{
	struct screen *s = tui->screen;
	struct pane *p = screen_target(tui);
	const char *command;
	unsigned scope;

	if (s->prompt) {
		prompt_take_key(tui, k);
		return;
	}
	if (status_forget(&s->status))
		s->status_dirty = true;
	if (p->ops->key && p->ops->key(p, k))
		return;
	if (s->pasting) /* text that was meant for something else: no commands */
		return;
	scope = p->ops->scope ? p->ops->scope : tui->panes[tui->focus]->ops->scope;
	command = keymap_find(tui->keys, scope, k);
	if (command) {
		s->by_escape = k == ESCAPE;
		tui_command(tui, command);
		s->by_escape = false;
	} else {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		key_add_name(&name, k);
		say_no_use(tui, name.buf);
	}
}

/* ---- searching ---- */

static void search_typed(struct tui *tui, const char *text, void *ctx)
{
	struct pane *p = ctx;

	if (p == screen_target(tui))
		p->ops->search(p, text, SEARCH_TYPED);
}

/* Enter at once looks for what was looked for before. */
static void search_accept(struct tui *tui, const char *text, void *ctx)
{
	struct screen *s = tui->screen;
	struct pane *p = ctx;

	if (p != screen_target(tui))
		return;
	if (*text) {
		free(s->last_search);
		s->last_search = xstrdup(text);
	}
	if (s->last_search)
		p->ops->search(p, s->last_search, SEARCH_ACCEPT);
	else
		p->ops->search(p, "", SEARCH_CANCEL);
}

static void search_cancel(struct tui *tui, void *ctx)
{
	struct pane *p = ctx;

	if (p == screen_target(tui))
		p->ops->search(p, "", SEARCH_CANCEL);
}

static const struct prompt_ops search_prompt = {
	.label = "/",
	.kind = "search",
	.changed = search_typed,
	.accept = search_accept,
	.cancel = search_cancel,
};

static int search(struct tui *tui, const char *pattern)
{
	struct pane *p = screen_target(tui);

	if (!p->ops->search)
		return 0;
	if (pattern)
		search_accept(tui, pattern, p);
	else
		prompt_open(tui, &search_prompt, "", p);
	return 1;
}

/* ---- the command line ---- */

static void command_typed(struct tui *tui, const char *text, void *ctx)
{
	(void)ctx;
	if (text[strspn(text, " ")])
		tui_command(tui, text);
}

static void command_completions(struct tui *tui, const char *text, struct completions *c, void *ctx)
{
	(void)ctx;
	command_complete(c, tui->repo, text);
}

static const struct prompt_ops command_prompt = {
	.label = ":",
	.kind = "command",
	.complete = command_completions,
	.accept = command_typed,
};

static int set_option(struct tui *tui, const char *text, struct jci_error *err)
{
	struct change change = {.what = CHANGED_OPTIONS};

	if (tui_options_set(&tui->options, text, err) < 0)
		return err->code;
	term_set_mouse(tui->options.mouse);
	tui_changed(tui, &change);
	return 1;
}

/* ---- moving between panes ---- */

static int next_pane(const struct tui *tui, int step)
{
	int n = tui_viewer_is_open(tui) ? PANE_MAX : PANE_VIEWER;

	return (tui->focus + step + n) % n;
}

/* Without wrapping around. The viewer has columns of its own to go to. */
static int go_sideways(struct tui *tui, int step)
{
	int to = tui->focus + step;

	if (tui->focus == PANE_VIEWER)
		return 0;
	if (to >= PANE_COMMITS && to < PANE_MAX)
		tui_focus(tui, to);
	return 1;
}

static void quit(struct tui *tui, void *ctx)
{
	(void)ctx;
	tui_quit(tui);
}

static void ask_and_quit(struct tui *tui)
{
	cleanup_strbuf struct strbuf question = STRBUF_INIT;
	unsigned n = task_count(tui);

	if (n == 0) {
		tui_quit(tui);
		return;
	}
	strbuf_addf(&question,
		    Q_("%u command is not done yet; stop it and quit?",
		       "%u commands are not done yet; stop them and quit?", n),
		    n);
	prompt_confirm(tui, question.buf, quit, NULL, NULL);
}

/* <Esc> is pressed once too often by many: it leaves what is open, never the browser. */
static void say_how_to_quit(struct tui *tui)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;

	keymap_add_first(tui->keys, tui->panes[tui->focus]->ops->scope, ACT_QUIT, &name);
	tui_say(tui, _("press %s to quit"), name.len ? name.buf : ":quit");
}

static void close_pane(struct tui *tui)
{
	struct screen *s = tui->screen;

	if (s->top)
		tui_pop(tui);
	else if (tui->focus == PANE_VIEWER)
		tui_close_viewer(tui);
	else if (tui->focus > PANE_COMMITS)
		tui_focus(tui, tui->focus - 1);
	else if (s->by_escape)
		say_how_to_quit(tui);
	else
		ask_and_quit(tui);
}

static void zoom(struct tui *tui)
{
	tui->screen->zoom = !tui->screen->zoom;
	tui->screen->lay_out = true;
}

static int move_between(struct tui *tui, enum action_id id)
{
	if (tui->screen->top)
		return 0;
	switch (id) {
	case ACT_LEFT:
		return go_sideways(tui, -1);
	case ACT_RIGHT:
		return go_sideways(tui, 1);
	case ACT_NEXT_PANE:
		tui_focus(tui, next_pane(tui, 1));
		return 1;
	case ACT_PREV_PANE:
		tui_focus(tui, next_pane(tui, -1));
		return 1;
	case ACT_ZOOM:
		zoom(tui);
		return 1;
	default:
		return 0;
	}
}

/* ---- actions ---- */

static void show_messages(struct tui *tui)
{
	const char *messages = tui_messages(tui);

	overlay_text(tui, &(struct overlay_text){
				  .title = _("Messages"),
				  .text = *messages ? messages : _("Nothing was said so far."),
				  .at_end = true,
			  });
}

static void refresh_all(struct tui *tui)
{
	struct change change = {.what = CHANGED_ALL};

	live_refresh(tui->live);
	tui_changed(tui, &change);
}

static int act_own(struct tui *tui, const struct call *call, struct jci_error *err)
{
	switch (call->id) {
	case ACT_CLOSE:
		close_pane(tui);
		return 1;
	case ACT_QUIT:
		ask_and_quit(tui);
		return 1;
	case ACT_HELP:
		overlay_help(tui);
		return 1;
	case ACT_COMMAND:
		prompt_open(tui, &command_prompt, "", NULL);
		return 1;
	case ACT_SEARCH:
		return search(tui, call->arg);
	case ACT_SET:
		return set_option(tui, call->arg, err);
	case ACT_MESSAGES:
		show_messages(tui);
		return 1;
	case ACT_REDRAW:
		tui_redraw(tui);
		return 1;
	case ACT_REFRESH:
		refresh_all(tui);
		return 1;
	case ACT_SUSPEND:
		term_suspend();
		return 1;
	default:
		return move_between(tui, call->id);
	}
}

/* What one pane can do is also for those beside it. */
static int act_elsewhere(struct tui *tui, const struct call *call, struct jci_error *err)
{
	struct pane *commits = tui->panes[PANE_COMMITS], *runs = tui->panes[PANE_RUNS];

	switch (call->id) {
	case ACT_FILTER:
	case ACT_BRANCH:
	case ACT_GOTO:
		return commits->ops->act(commits, call, err);
	case ACT_LOG:
		return runs->ops->act(runs, call, err);
	default:
		return 0;
	}
}

static int act(struct tui *tui, const struct call *call, struct jci_error *err)
{
	struct pane *p = screen_target(tui);
	int done = p->ops->act ? p->ops->act(p, call, err) : 0;

	if (done == 0)
		done = act_own(tui, call, err);
	if (done == 0 && !tui->screen->top)
		done = act_elsewhere(tui, call, err);
	if (done == 0 && !tui->screen->top)
		done = acts_do(tui, call, err);
	return done;
}

/* The command line with the name in it, where an argument is missing; marks ask for a key. */
static bool ask_argument(struct tui *tui, const struct call *call)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (call->arg || !action_needs_arg(call->id) || call->id == ACT_MARK ||
	    call->id == ACT_TO_MARK)
		return false;
	strbuf_addf(&text, "%s ", actions[call->id].name);
	prompt_open(tui, &command_prompt, text.buf, NULL);
	return true;
}

static int do_call(struct tui *tui, const struct call *call, struct jci_error *err)
{
	int done = ask_argument(tui, call) ? 1 : act(tui, call, err);

	if (done == 0 && !(actions[call->id].scope & tui->panes[tui->focus]->ops->scope))
		say_not_here(tui, &actions[call->id]);
	else if (done == 0)
		say_no_use(tui, actions[call->id].name);
	return done;
}

void tui_act(struct tui *tui, enum action_id id, const char *arg)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct call call = {id, arg};

	if (do_call(tui, &call, &err) < 0)
		tui_fail(tui, &err);
}

void tui_command(struct tui *tui, const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_command struct command command = COMMAND_INIT;
	struct call call;
	int code = command_parse(&command, text, &err);

	call = (struct call){command.id, command.arg};
	if (code == 0)
		code = command.kind == COMMAND_ACTION ? do_call(tui, &call, &err)
						      : acts_shell(tui, &command, &err);
	if (code < 0)
		tui_fail(tui, &err);
}
