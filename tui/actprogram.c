/* The user's editor, pager and web browser. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "tui/acts.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/process.h"

void program_release(struct program *p)
{
	free(p->command);
	*p = (struct program){NULL, false};
}

static const char *set_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* ---- editor and pager ---- */

static bool is_blank(const char *command)
{
	return !command[strspn(command, " \t")];
}

int program_editor(struct program *p, const struct jci_repo *repo, struct jci_error *err)
{
	const char *const argv[] = {"git", "--git-dir", repo->git_dir, "var", "GIT_EDITOR", NULL};
	const struct process git = {.argv = argv, .out = -1};
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (process_capture(&git, &text, err) < 0)
		return err->code;
	while (text.len && text.buf[text.len - 1] == '\n')
		strbuf_setlen(&text, text.len - 1);
	p->command = strbuf_detach(&text, NULL);
	return 0;
}

void program_pager(struct program *p, const struct jci_repo *repo)
{
	const char *variable = set_variable("GIT_PAGER");
	cleanup_free char *configured = variable ? NULL : jci_config_string(repo, "core.pager");

	if (!variable && !configured)
		variable = set_variable("PAGER");
	if (configured)
		variable = configured;
	p->command = xstrdup(!variable ? "less" : is_blank(variable) ? "cat" : variable);
}

bool program_holds_screen(const struct program *p)
{
	return *p->command && strcmp(p->command, "cat") != 0;
}

/* ---- web browser ---- */

/* The first word of a command: a program along PATH, or a path. */
bool program_is_installed(const char *command)
{
	const char *path = getenv("PATH");
	cleanup_free char *name = xstrndup(command, strcspn(command, " \t"));

	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	for (path = path ? path : "/usr/bin:/bin"; *name && *path;) {
		size_t len = strcspn(path, ":");
		cleanup_free char *file = xasprintf("%.*s/%s", (int)len, path, name);

		if (access(file, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

static bool has_display(void)
{
	return set_variable("DISPLAY") || set_variable("WAYLAND_DISPLAY");
}

/* Those that hand over to any other show a page in the terminal where there is no display. */
static bool is_graphical(const char *command)
{
	static const char *const text[] = {"w3m",    "lynx",   "links",
					   "links2", "elinks", "www-browser"};
	static const char *const any[] = {"xdg-open", "sensible-browser"};
	cleanup_free char *name = xstrndup(command, strcspn(command, " \t"));
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;

	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		if (strcmp(base, text[i]) == 0)
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(any); i++)
		if (strcmp(base, any[i]) == 0)
			return has_display();
	return true;
}

/* $BROWSER is a list of commands separated by colons, "%s" in one of them being the address. */
static char *choose_from_variable(void)
{
	const char *list = getenv("BROWSER");

	while (list && *list) {
		size_t len = strcspn(list, ":");
		cleanup_free char *command = xstrndup(list, len);

		if (program_is_installed(command))
			return steal_ptr(command);
		list += len + (list[len] == ':');
	}
	return NULL;
}

/* git-web--browse(1): a name, which browser.NAME.cmd or browser.NAME.path may say more about. */
static char *choose_from_config(const struct jci_repo *repo)
{
	static const char *const more[] = {"cmd", "path"};
	cleanup_free char *name = jci_config_string(repo, "web.browser");

	for (size_t i = 0; name && i < ARRAY_SIZE(more); i++) {
		cleanup_free char *variable = xasprintf("browser.%s.%s", name, more[i]);
		char *command = jci_config_string(repo, variable);

		if (command)
			return command;
	}
	return steal_ptr(name);
}

static char *choose_installed(void)
{
	static const char *const graphical[] = {"xdg-open", "sensible-browser", "firefox"};
	static const char *const text[] = {"www-browser", "w3m", "lynx", "links", "elinks"};

	for (size_t i = 0; has_display() && i < ARRAY_SIZE(graphical); i++)
		if (program_is_installed(graphical[i]))
			return xstrdup(graphical[i]);
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		if (program_is_installed(text[i]))
			return xstrdup(text[i]);
	return NULL;
}

int program_browser(struct program *p, const struct jci_repo *repo, struct jci_error *err)
{
	p->command = choose_from_variable();
	if (!p->command)
		p->command = choose_from_config(repo);
	if (!p->command)
		p->command = choose_installed();
	if (!p->command)
		return jci_error_set(
			err, JCI_ENOTFOUND,
			_("there is no web browser; name one in $BROWSER, or with: git "
			  "config --global web.browser NAME"));
	p->graphical = is_graphical(p->command);
	return 0;
}

/* ---- running them ---- */

/* Within quotes, which ours take the place of: 0 or 1 of them on each side. */
static size_t quotes_around(const char *command, const char *at)
{
	return at > command && strchr("'\"", at[-1]) && at[2] == at[-1];
}

/* "COMMAND "$@"", or with "$1" wherever the command says %s. */
static char *with_argument(const char *command)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	const char *at;
	bool placed = false;

	while ((at = strstr(command, "%s"))) {
		size_t quotes = quotes_around(command, at);

		strbuf_add(&text, command, (size_t)(at - command) - quotes);
		strbuf_addstr(&text, "\"$1\"");
		command = at + 2 + quotes;
		placed = true;
	}
	strbuf_addstr(&text, command);
	if (!placed)
		strbuf_addstr(&text, " \"$@\"");
	return strbuf_detach(&text, NULL);
}

int program_run(struct acts *acts, const struct program *p, const char *file, struct jci_error *err)
{
	cleanup_free char *text = with_argument(p->command);
	const char *const argv[] = {"sh", "-c", text, p->command, file, NULL};
	const struct task task = {.argv = argv, .title = p->command, .detached = true};
	int status;

	if (is_blank(p->command)) /* the file would be run */
		return jci_error_set(err, JCI_EINVALID, _("cannot run '%s'"), p->command);
	if (p->graphical) {
		if (task_start(acts->tui, &task, err) < 0)
			return err->code;
		tui_say(acts->tui, _("opened with: %s"), p->command);
		return 1;
	}
	status = task_foreground(acts->tui, argv, -1, !program_holds_screen(p), err);
	if (status == 127)
		return jci_error_set(err, JCI_ENOTFOUND, _("cannot run '%s'"), p->command);
	return status < 0 ? err->code : 1;
}
