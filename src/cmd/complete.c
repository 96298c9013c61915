/*
 * git-jci complete: what can stand at the cursor, for the completion of shells (contrib/completion,
 * git-jci(1)). Says nothing where it knows nothing: a command line is being typed.
 */
#include "cmd/cmd.h"

#include <string.h>
#include <unistd.h>

#include "cmd/kinds.h"
#include "cmd/print.h"
#include "util/alloc.h"
#include "util/duration.h"
#include "util/gettext.h"

/* The words behind the subcommand, the last of them the one at the cursor. */
struct typed {
	struct complete *c;
	const struct jci_command *command;
	char **words;
	size_t n;
	bool ended; /* by `--`: no options follow */
};

static void complete_release(struct complete *c)
{
	free(c->operands);
	jci_repo_release(&c->repo);
}

static void add(struct candidates *list, const char *text, const char *about)
{
	candidates_add(list, text, strlen(text), about);
}

/* ---- values ---- */

/* Behind a number its units; a few durations where nothing is typed. */
static void add_durations(struct candidates *list, bool is_age)
{
	static const char *const limits[] = {"30s", "10m", "1h", "none", NULL};
	static const char *const ages[] = {"12h", "14d", "4w", "3mo", NULL};
	const char *const *examples = is_age ? ages : limits;
	const char *const *units = is_age ? duration_age_units : duration_units;
	const char *typed = candidates_typed(list);

	for (; *typed && *units; units++) {
		cleanup_free char *text = xasprintf("%s%s", typed, *units);
		cleanup_error struct jci_error err = JCI_ERROR_INIT;
		int64_t us;

		if ((is_age ? duration_parse_age : duration_parse)(text, &us, &err) == 0)
			add(list, text, NULL);
	}
	for (; *examples; examples++)
		add(list, *examples, NULL);
}

static void add_values(struct complete *c, const struct option_spec *spec, size_t head)
{
	c->list->head = head;
	c->list->no_dash = false;
	if (spec->values)
		kinds_add(c, spec->values, strlen(spec->values));
	else if (spec->type == OPT_DURATION || spec->type == OPT_AGE)
		add_durations(c->list, spec->type == OPT_AGE);
}

/* ---- options ---- */

static void add_long(struct candidates *list, const struct option_spec *spec)
{
	const char *help = spec->help && *spec->help ? _(spec->help) : NULL;
	cleanup_free char *plain = xasprintf("--%s", spec->long_name);
	cleanup_free char *valued = xasprintf("--%s=", spec->long_name);
	cleanup_free char *negated = xasprintf("--no-%s", spec->long_name);

	if (!options_needs_value(spec))
		add(list, plain, help);
	if (spec->type != OPT_FLAG)
		add(list, valued, help);
	else if (spec->value && strncmp(spec->long_name, "no-", 3) != 0 &&
		 strncmp(candidates_typed(list), "--no-", 5) == 0)
		add(list, negated, NULL);
}

/* Short ones too as long as there is no more than the dash. */
static void add_options(struct candidates *list, const struct option_spec *specs)
{
	list->no_dash = false;
	for (const struct option_spec *spec = specs;; spec++) {
		const struct option_spec *one = spec->long_name ? spec : &options_help;
		char name[] = {'-', one->short_name, '\0'};

		add_long(list, one);
		if (one->short_name)
			add(list, name, _(one->help));
		if (!spec->long_name)
			return;
	}
}

/* `--name=val`, `-nval`, or an option itself. */
static void add_for_option(const struct typed *t, const struct option_spec *specs)
{
	const char *word = t->c->list->word, *equals = strchr(word, '=');
	const struct option_spec *spec = NULL;

	if (word[1] == '-' && equals) {
		spec = options_find_long(specs, word + 2, (size_t)(equals - word) - 2);
		if (spec && spec->type != OPT_FLAG)
			add_values(t->c, spec, (size_t)(equals + 1 - word));
		return;
	}
	if (word[1] != '-' && word[1] && word[2])
		spec = options_find_short(specs, word[1]);
	if (spec && spec->type != OPT_FLAG)
		add_values(t->c, spec, 2);
	else
		add_options(t->c->list, specs);
}

/* The option in this word that takes the next one as its value; NULL: there is none. */
static const struct option_spec *takes_next(const struct option_spec *specs, const char *word)
{
	const struct option_spec *spec = NULL;

	if (word[1] == '-')
		spec = strchr(word, '=') ? NULL
					 : options_find_long(specs, word + 2, strlen(word + 2));
	else
		for (const char *c = word + 1; *c; c++) {
			spec = options_find_short(specs, *c);
			if (spec && spec->type != OPT_FLAG)
				return options_needs_value(spec) && !c[1] ? spec : NULL;
		}
	return spec && options_needs_value(spec) ? spec : NULL;
}

/* ---- operands ---- */

/* One form of the operands: is it what was typed so far, and if so, what does it have next? */
static void add_form(struct complete *c, const char *form, size_t len)
{
	const char *end = form + len;
	size_t at = 0;

	while (form < end) {
		const char *blank = memchr(form, ' ', (size_t)(end - form));
		size_t size = (size_t)((blank ? blank : end) - form);
		bool repeats = size > 3 && memcmp(form + size - 3, "...", 3) == 0;

		size -= repeats ? 3 : 0;
		if (at == c->n) {
			kinds_add(c, form, size);
			return;
		}
		if (!kinds_allow(form, size, c->operands[at]))
			return;
		at++;
		if (!repeats)
			form = blank ? blank + 1 : end;
	}
}

static void add_operand(struct complete *c, const struct jci_command *command)
{
	const char *form = command->operands;

	while (form && *form) {
		const size_t len = strcspn(form, "\n");

		add_form(c, form, len);
		form += len + (form[len] == '\n');
	}
}

/* ---- a subcommand ---- */

/* What the words before the cursor are; returns the option that waits for a value, or NULL. */
static const struct option_spec *sort_words(struct typed *t, const struct option_spec *specs)
{
	const struct option_spec *waits = NULL;

	for (size_t i = 0; i + 1 < t->n; i++) {
		char *word = t->words[i];

		if (waits)
			waits = NULL;
		else if (!t->ended && strcmp(word, "--") == 0)
			t->ended = true;
		else if (!t->ended && word[0] == '-' && word[1])
			waits = takes_next(specs, word);
		else
			t->c->operands[t->c->n++] = word;
	}
	return waits;
}

static void with_options(void *ctx, const struct option_spec *specs)
{
	struct typed *t = ctx;
	struct candidates *list = t->c->list;
	const struct option_spec *waits = sort_words(t, specs);

	list->no_dash = !t->ended;
	if (waits)
		add_values(t->c, waits, 0);
	else if (!t->ended && *list->word == '-')
		add_for_option(t, specs);
	else if (t->command->operands)
		add_operand(t->c, t->command);
	else if (!*list->word && !t->ended) /* there is nothing else to offer */
		add_options(list, specs);
}

/* words[0]: the subcommand, which may be all there is yet. */
static void add_all(struct complete *c, char **words, size_t n)
{
	struct typed t = {.c = c, .words = words + 1, .n = n - 1};

	if (n == 1) {
		kinds_add(c, "<command>", strlen("<command>"));
		if (*c->list->word == '-')
			kinds_add(c, "--help|--version|-h", strlen("--help|--version|-h"));
		return;
	}
	t.command = jci_command_find(words[0]);
	if (!t.command || t.command->hidden)
		return;
	c->operands = xcalloc(n, sizeof(*c->operands));
	cmd_look_at_options(t.command, with_options, &t);
}

/* ---- git's own options ---- */

/* As in a shell: the word is as it was typed. */
static char *expand_home(const char *path)
{
	const char *home = getenv("HOME");

	if (path[0] == '~' && (!path[1] || path[1] == '/') && home)
		return xasprintf("%s%s", home, path + 1);
	return xstrdup(path);
}

/* One of those that take the next word; `value` is it. Not all matter. */
static void obey_git(struct complete *c, const char *option, const char *value)
{
	cleanup_free char *path = expand_home(value);

	if (strcmp(option, "-C") == 0 && *path) {
		/* where it can't, there is no repository to look into */
		if (chdir(path) < 0)
			c->looked = true;
		c->elsewhere = true;
	} else if (strcmp(option, "--git-dir") == 0) {
		setenv("GIT_DIR", path, 1);
	} else if (strcmp(option, "--work-tree") == 0) {
		setenv("GIT_WORK_TREE", path, 1);
	}
}

/* How many words git takes before its command. */
static size_t skip_git(struct complete *c, char **words, size_t n)
{
	static const char *const valued[] = {"-C",          "-c",          "--git-dir",
					     "--work-tree", "--namespace", "--super-prefix",
					     "--config-env"};
	size_t i;

	for (i = 0; i < n && words[i][0] == '-'; i++) {
		const char *equals = strchr(words[i], '=');
		cleanup_free char *name = xstrndup(words[i], strcspn(words[i], "="));
		bool takes = false;

		for (size_t k = 0; k < ARRAY_SIZE(valued); k++)
			takes |= strcmp(name, valued[k]) == 0;
		if (!takes)
			continue;
		if (equals)
			obey_git(c, name, equals + 1);
		else if (++i < n)
			obey_git(c, name, words[i]);
	}
	return i;
}

/* words[0]: the program. */
static void complete(struct complete *c, char **words, size_t n, bool git)
{
	size_t skip = 1;

	c->list->word = words[n - 1];
	if (git)
		skip += skip_git(c, words + 1, n - 1) + 1;
	if (skip < n)
		add_all(c, words + skip, n - skip);
}

static int run_complete(const struct jci_command *self, int argc, char **argv)
{
	cleanup_candidates struct candidates list = {.word = ""};
	cleanup(complete_release) struct complete c = {.list = &list, .repo = JCI_REPO_INIT};
	cleanup_shell_words struct shell_words words = SHELL_WORDS_INIT;
	bool git = false, nul = false;
	const char *readline = NULL;
	int columns = 0, status;
	const struct option_spec options[] = {
		{0, "git", OPT_FLAG, &git, NULL, N_("the program is git, the command is jci")},
		{'z', "null", OPT_FLAG, &nul, NULL, N_("end words and descriptions by NUL")},
		{0, "readline", OPT_STRING, &readline, N_("BREAKS"),
		 N_("the operand is a line, as typed in bash with these break characters")},
		{0, "columns", OPT_INT, &columns, N_("N"),
		 N_("with --readline: a list with descriptions, so wide")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 1, -1, &status))
		return status;
	if (readline) {
		shell_words_split(&words, argv[1], readline);
		complete(&c, words.items, words.n, git);
		candidates_print_readline(&list, &words, columns);
	} else {
		complete(&c, argv + 1, (size_t)argc - 1, git);
		candidates_print(&list, nul);
	}
	return print_end(STATUS_OK);
}

const struct jci_command cmd_complete = {
	.name = "complete",
	.synopsis = "[--git] [-z] -- WORD...\n[--git] [--columns N] --readline BREAKS -- LINE",
	.summary = N_("tell a shell what can stand at its cursor"),
	.hidden = true,
	.run = run_complete,
};
