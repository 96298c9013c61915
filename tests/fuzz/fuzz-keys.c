/*
 * Keys and commands as users write them: a key that is taken has a name, which is the same key; a
 * command that is taken says the same when it is written out in full; one that is not has a reason.
 */
#include "tui/keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tui/command.h"
#include "tui/options.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_keys(const char *text)
{
	size_t left = strlen(text), used;
	key k, again;

	while (left > 0) {
		cleanup_strbuf struct strbuf name = STRBUF_INIT;

		used = key_parse(text, &k);
		check(used <= left);
		if (used == 0)
			return;
		check(k != KEY_NONE);
		key_add_name(&name, k);
		check(name.len > 0 && key_parse(name.buf, &again) == name.len && again == k);
		text += used;
		left -= used;
	}
}

/* A command as it is written in full. */
static char *write_out(const struct command *c)
{
	if (c->kind == COMMAND_SHELL)
		return xasprintf("!%s", c->arg);
	if (c->kind == COMMAND_BACKGROUND)
		return xasprintf("@%s", c->arg);
	return xasprintf("%s %s", actions[c->id].name, c->arg ? c->arg : "");
}

static void check_command(const char *text)
{
	cleanup_command struct command c = COMMAND_INIT, again = COMMAND_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *full = NULL;

	if (command_parse(&c, text, &err) < 0) {
		check(err.code < 0 && err.message && !c.arg);
		return;
	}
	check(!err.message && (c.kind == COMMAND_ACTION ? actions[c.id].name != NULL : *c.arg));
	full = write_out(&c);
	check(command_parse(&again, full, &err) == 0);
	check(again.kind == c.kind && again.id == c.id && !again.arg == !c.arg);
	check(!c.arg || strcmp(again.arg, c.arg) == 0);
}

static void check_option(const char *text)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct tui_options o = {.tab_width = 8};

	check((tui_options_set(&o, text, &err) < 0) == (err.message != NULL));
	check(o.tab_width > 0 && o.times <= TIMES_DELTA && o.dates <= DATES_ISO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);

	check_keys(text);
	check_command(text);
	check_option(text);
	return 0;
}
