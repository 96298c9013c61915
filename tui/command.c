#include "tui/command.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

static const char blanks[] = " \t";

void command_release(struct command *c)
{
	free(steal_ptr(c->arg));
}

/* ---- reading ---- */

static char *trimmed(const char *text)
{
	size_t len;

	text += strspn(text, blanks);
	len = strlen(text);
	while (len > 0 && strchr(blanks, text[len - 1]))
		len--;
	return xstrndup(text, len);
}

/* A command of the shell: what stands behind '!' or '@'. "!" alone asks for one. */
static int parse_shell(struct command *c, const char *text, struct jci_error *err)
{
	c->arg = trimmed(text + 1);
	if (*c->arg) {
		c->kind = *text == '!' ? COMMAND_SHELL : COMMAND_BACKGROUND;
		return 0;
	}
	free(steal_ptr(c->arg));
	if (*text == '@')
		return jci_error_set(err, JCI_EINVALID, _("no command behind '@'"));
	c->id = ACT_SHELL;
	return 0;
}

static bool is_line_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && (!text[digits] || strcmp(text + digits, "%") == 0);
}

static int ambiguous(const char *name, size_t len, struct jci_error *err)
{
	cleanup_strbuf struct strbuf names = STRBUF_INIT;

	for (int id = ACT_NONE + 1; id < ACT_MAX; id++)
		if (actions[id].name && strncmp(actions[id].name, name, len) == 0)
			strbuf_addf(&names, "%s%s", names.len > 0 ? ", " : "", actions[id].name);
	return jci_error_set(err, JCI_EAMBIGUOUS, _("'%.*s' is ambiguous: %s"), (int)len, name,
			     names.buf);
}

/* An action by its name, or by a beginning of it that fits no other; *n are those that fit. */
static enum action_id find_action(const char *name, size_t len, size_t *n)
{
	enum action_id found = ACT_NONE;

	*n = 0;
	for (int id = ACT_NONE + 1; id < ACT_MAX; id++) {
		if (!actions[id].name || strncmp(actions[id].name, name, len) != 0)
			continue;
		found = (enum action_id)id;
		if (actions[id].name[len] == '\0') {
			*n = 1;
			return found;
		}
		++*n;
	}
	return *n == 1 ? found : ACT_NONE;
}

static int parse_action(struct command *c, const char *text, struct jci_error *err)
{
	size_t len = strcspn(text, blanks), n;
	cleanup_free char *arg = trimmed(text + len);

	c->id = find_action(text, len, &n);
	if (n > 1)
		return ambiguous(text, len, err);
	if (c->id == ACT_NONE)
		return jci_error_set(err, JCI_ENOTFOUND, _("no command '%.*s'; see 'help'"),
				     (int)len, text);
	if (*arg && !actions[c->id].args)
		return jci_error_set(err, JCI_EINVALID, _("'%s' takes no argument"),
				     actions[c->id].name);
	if (*arg)
		c->arg = steal_ptr(arg);
	if (c->arg && c->id == ACT_SHELL)
		*c = (struct command){COMMAND_SHELL, ACT_NONE, c->arg};
	return 0;
}

int command_parse(struct command *c, const char *text, struct jci_error *err)
{
	cleanup_free char *line = trimmed(text);

	*c = (struct command)COMMAND_INIT;
	if (!*line)
		return jci_error_set(err, JCI_EINVALID, _("no command"));
	if (*line == '!' || *line == '@')
		return parse_shell(c, line, err);
	if (!is_line_number(line))
		return parse_action(c, line, err);
	c->id = ACT_GOTO;
	c->arg = steal_ptr(line);
	return 0;
}
