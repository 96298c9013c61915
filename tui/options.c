#include "tui/options.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "core/config.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/strbuf.h"

enum { TAB_WIDTH_MAX = 32 };

static const char *const switch_words[] = {"true", "false", NULL};
static const char *const times_words[] = {"none", "clock", "start", "delta", NULL};
static const char *const dates_words[] = {"relative", "iso", NULL};
static const char *const tab_words[] = {"2", "4", "8", NULL};

enum kind { SWITCH, TIMES, DATES, TAB_WIDTH };

static const struct option {
	const char *name, *key;
	enum kind kind;
	size_t offset; /* of the switch in struct tui_options */
} options[] = {
	{"dates", "jci.dates", DATES, 0},
	{"fold", "jci.fold", SWITCH, offsetof(struct tui_options, fold)},
	{"lineNumbers", "jci.lineNumbers", SWITCH, offsetof(struct tui_options, numbers)},
	{"mouse", "jci.mouse", SWITCH, offsetof(struct tui_options, mouse)},
	{"tabWidth", "jci.tabWidth", TAB_WIDTH, 0},
	{"times", "jci.times", TIMES, 0},
	{"wrap", "jci.wrap", SWITCH, offsetof(struct tui_options, wrap)},
};

const char *const tui_option_names[] = {"dates",    "fold",  "lineNumbers", "mouse",
					"tabWidth", "times", "wrap",        NULL};

static const struct option *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcasecmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

static const char *const *words_of(enum kind kind)
{
	switch (kind) {
	case TIMES:
		return times_words;
	case DATES:
		return dates_words;
	case TAB_WIDTH:
		return tab_words;
	default:
		return switch_words;
	}
}

const char *const *tui_option_values(const char *name)
{
	const struct option *option = find(name);

	return option ? words_of(option->kind) : NULL;
}

/* ---- values ---- */

static int wrong_word(const char *value, const char *const *words, struct jci_error *err)
{
	cleanup_strbuf struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; words[i]; i++)
		strbuf_addf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	return jci_error_set(err, JCI_EINVALID, _("'%s' is none of: %s"), value, list.buf);
}

/* The place of a word in its list, <0: it isn't there. */
static int parse_word(const char *value, const char *const *words, struct jci_error *err)
{
	for (int i = 0; words[i]; i++)
		if (strcasecmp(words[i], value) == 0)
			return i;
	return wrong_word(value, words, err);
}

static int parse_switch(bool *on, const char *value, struct jci_error *err)
{
	int parsed;

	if (git_config_parse_bool(&parsed, value) < 0)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is neither true nor false"), value);
	*on = parsed != 0;
	return 0;
}

static int parse_tab_width(int *width, const char *value, struct jci_error *err)
{
	int32_t parsed;

	if (git_config_parse_int32(&parsed, value) < 0 || parsed < 1 || parsed > TAB_WIDTH_MAX)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not a number from 1 to %d"),
				     value, TAB_WIDTH_MAX);
	*width = parsed;
	return 0;
}

static bool *switch_of(struct tui_options *o, const struct option *option)
{
	return (bool *)((char *)o + option->offset);
}

static int set_value(struct tui_options *o, const struct option *option, const char *value,
		     struct jci_error *err)
{
	int word = 0;

	switch (option->kind) {
	case TIMES:
		word = parse_word(value, times_words, err);
		o->times = word < 0 ? o->times : (enum tui_times)word;
		break;
	case DATES:
		word = parse_word(value, dates_words, err);
		o->dates = word < 0 ? o->dates : (enum tui_dates)word;
		break;
	case TAB_WIDTH:
		return parse_tab_width(&o->tab_width, value, err);
	case SWITCH:
		return parse_switch(switch_of(o, option), value, err);
	}
	return word < 0 ? word : 0;
}

static int read_option(struct tui_options *o, const struct option *option,
		       const struct jci_repo *repo, struct jci_error *err)
{
	cleanup_free char *value = jci_config_string(repo, option->key);

	if (value && set_value(o, option, value, err) < 0)
		return jci_error_prefix(err, _("configuration '%s'"), option->key);
	return 0;
}

int tui_options_read(struct tui_options *o, const struct jci_repo *repo, struct jci_error *err)
{
	*o = (struct tui_options){.mouse = true, .tab_width = 8};
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		cleanup_error struct jci_error later = JCI_ERROR_INIT;

		read_option(o, &options[i], repo, err->message ? &later : err);
	}
	return err->message ? err->code : 0;
}

/* ---- :set ---- */

static int needs_value(const struct option *option, struct jci_error *err)
{
	cleanup_strbuf struct strbuf list = STRBUF_INIT;
	const char *const *words = words_of(option->kind);

	for (size_t i = 0; words[i]; i++)
		strbuf_addf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	return jci_error_set(err, JCI_EINVALID, _("option '%s' needs a value, such as: %s"),
			     option->name, list.buf);
}

int tui_options_set(struct tui_options *o, const char *text, struct jci_error *err)
{
	static const char blanks[] = " \t";
	size_t skip = strspn(text, blanks), len = strcspn(text + skip, " \t=");
	cleanup_free char *name = xstrndup(text + skip, len), *value = NULL;
	const struct option *option = find(name);
	const char *rest = text + skip + len;

	if (!option)
		return jci_error_set(err, JCI_EINVALID, _("no option '%s'"), name);
	rest += strspn(rest, " \t=");
	value = xstrndup(rest, strcspn(rest, blanks));
	if (rest[strlen(value) + strspn(rest + strlen(value), blanks)])
		return jci_error_set(err, JCI_EINVALID, _("option '%s': '%s' is more than a value"),
				     option->name, rest);
	if (*value && set_value(o, option, value, err) < 0)
		return jci_error_prefix(err, _("option '%s'"), option->name);
	if (!*value && option->kind != SWITCH)
		return needs_value(option, err);
	if (!*value)
		*switch_of(o, option) = !*switch_of(o, option);
	return 0;
}
