#include "util/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "util/alloc.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

/* Values of long options for getopt: the index in the table, above all characters. */
enum { VALUE_HELP = 1 << 8, VALUE_NO = 1 << 9, VALUE_SPEC = 1 << 16 };

struct parser {
	const struct option_spec *specs;
	struct option *longs;
	size_t n_longs, cap_longs;
	struct strbuf shorts;
};

/* The names made for --no-NAME are the parser's own; those of the table are not. */
static void parser_cleanup(struct parser *p)
{
	for (size_t i = 0; i < p->n_longs; i++) {
		if (p->longs[i].val >= VALUE_NO && p->longs[i].val < VALUE_SPEC)
			free((char *)p->longs[i].name);
	}
	free(p->longs);
	strbuf_release(&p->shorts);
}

static void add_long(struct parser *p, const char *name, int has_arg, int val)
{
	const struct option option = {name, has_arg, NULL, val};

	ARRAY_GROW(p->longs, p->n_longs + 1, p->cap_longs);
	p->longs[p->n_longs++] = option;
}

/* For getopt, which has 0, 1 and 2 for none, one and perhaps one. */
static int argument_of(const struct option_spec *spec)
{
	if (spec->type == OPT_FLAG)
		return no_argument;
	return spec->type == OPT_OPTIONAL ? optional_argument : required_argument;
}

/*
 * '-' hands out operands in order whatever POSIXLY_CORRECT says; ':' tells a missing argument
 * from an unknown option.
 */
static void parser_init(struct parser *p)
{
	strbuf_addstr(&p->shorts, "-:h");
	add_long(p, "help", no_argument, VALUE_HELP);
	for (int i = 0; p->specs[i].long_name; i++) {
		const struct option_spec *spec = &p->specs[i];
		bool is_flag = spec->type == OPT_FLAG;

		add_long(p, spec->long_name, argument_of(spec), VALUE_SPEC + i);
		if (is_flag)
			add_long(p, xasprintf("no-%s", spec->long_name), no_argument, VALUE_NO + i);
		if (spec->short_name)
			strbuf_addf(&p->shorts, "%c%.*s", spec->short_name, argument_of(spec),
				    "::");
	}
	add_long(p, NULL, 0, 0);
}

static const struct option_spec *find_spec(const struct option_spec *specs, int value)
{
	if (value >= VALUE_SPEC)
		return specs + (value - VALUE_SPEC);
	while (specs->long_name && specs->short_name != value)
		specs++;
	return specs->long_name ? specs : NULL;
}

static int parse_int(const struct option_spec *spec, const char *arg, struct jci_error *err)
{
	int n = 0;

	if (!*arg || arg[strspn(arg, "0123456789")])
		return jci_error_set(err, JCI_EINVALID, _("option '--%s': '%s' is not a number"),
				     spec->long_name, arg);
	for (const char *p = arg; *p; p++) {
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *p - '0', &n))
			return jci_error_set(err, JCI_EINVALID,
					     _("option '--%s': '%s' is too large"), spec->long_name,
					     arg);
	}
	*(int *)spec->value = n;
	return 0;
}

static int set_value(const struct option_spec *spec, const char *arg, struct jci_error *err)
{
	switch (spec->type) {
	case OPT_FLAG:
		*(bool *)spec->value = true;
		return 0;
	case OPT_STRING:
		*(const char **)spec->value = arg;
		return 0;
	case OPT_INT:
		return parse_int(spec, arg, err);
	case OPT_DURATION:
		if (duration_parse_limit(arg, spec->value, err) < 0)
			return jci_error_prefix(err, _("option '--%s'"), spec->long_name);
		return 0;
	case OPT_AGE:
		if (duration_parse_age(arg, spec->value, err) < 0)
			return jci_error_prefix(err, _("option '--%s'"), spec->long_name);
		return 0;
	case OPT_OPTIONAL:
		if (arg && !*arg)
			return jci_error_set(err, JCI_EINVALID, _("option '--%s=' lacks its value"),
					     spec->long_name);
		*(const char **)spec->value = arg ? arg : "";
		return 0;
	}
	return 0;
}

static bool is_ambiguous(const struct parser *p, const char *name, size_t len)
{
	int fits = 0;

	for (size_t i = 0; p->longs[i].name; i++)
		fits += !strncmp(p->longs[i].name, name, len);
	return fits > 1;
}

/* getopt returned '?': `arg` is the word of the command line, for long options. */
static int refuse(const struct parser *p, int value, const char *arg, struct jci_error *err)
{
	int len = (int)strcspn(arg, "=");

	if (value > UCHAR_MAX)
		return jci_error_set(err, JCI_EINVALID, _("option '%.*s' takes no value"), len,
				     arg);
	if (value)
		return jci_error_set(err, JCI_EINVALID, _("unknown option '-%c'"), value);
	if (is_ambiguous(p, arg + 2, (size_t)len - 2))
		return jci_error_set(err, JCI_EINVALID, _("option '%.*s' is ambiguous"), len, arg);
	return jci_error_set(err, JCI_EINVALID, _("unknown option '%.*s'"), len, arg);
}

/* One option; `value` is what getopt returned for it. */
static int take_option(const struct parser *p, int value, char **argv, struct jci_error *err)
{
	if (value == '?')
		return refuse(p, optopt, argv[optind - 1], err);
	if (value == ':')
		return jci_error_set(err, JCI_EINVALID, _("option '--%s' needs a value"),
				     find_spec(p->specs, optopt)->long_name);
	if (value == 'h' || value == VALUE_HELP)
		return OPTIONS_HELP;
	if (value >= VALUE_NO && value < VALUE_SPEC) {
		*(bool *)p->specs[value - VALUE_NO].value = false;
		return 0;
	}
	return set_value(find_spec(p->specs, value), optarg, err);
}

int options_parse(int *argc, char **argv, const struct option_spec *specs, struct jci_error *err)
{
	cleanup(parser_cleanup) struct parser p = {specs, NULL, 0, 0, STRBUF_INIT};
	int operands = 1, value, ret;

	if (*argc < 1)
		return 0;
	parser_init(&p);
	opterr = 0;
	optind = 0; /* glibc: begin anew, with these flags */
	while ((value = getopt_long(*argc, argv, p.shorts.buf, p.longs, NULL)) != -1) {
		if (value == 1) {
			argv[operands++] = optarg;
			continue;
		}
		ret = take_option(&p, value, argv, err);
		if (ret)
			return ret;
	}
	while (optind < *argc)
		argv[operands++] = argv[optind++];
	*argc = operands;
	argv[operands] = NULL;
	return 0;
}

bool options_needs_value(const struct option_spec *spec)
{
	return argument_of(spec) == required_argument;
}

const struct option_spec *options_find_long(const struct option_spec *specs, const char *name,
					    size_t len)
{
	const struct option_spec *found = NULL;
	int fits = 0;

	for (; specs->long_name; specs++) {
		if (strncmp(specs->long_name, name, len) != 0)
			continue;
		if (strlen(specs->long_name) == len)
			return specs;
		found = specs;
		fits++;
	}
	return fits == 1 ? found : NULL;
}

const struct option_spec *options_find_short(const struct option_spec *specs, char name)
{
	return name ? find_spec(specs, (unsigned char)name) : NULL;
}

static void add_label(struct strbuf *sb, const struct option_spec *spec)
{
	if (spec->short_name)
		strbuf_addf(sb, "    -%c, --%s", spec->short_name, spec->long_name);
	else
		strbuf_addf(sb, "        --%s", spec->long_name);
	if (spec->type == OPT_OPTIONAL)
		strbuf_addf(sb, "[=%s]", _(spec->arg));
	else if (spec->arg && *spec->arg)
		strbuf_addf(sb, " %s", _(spec->arg));
}

static void add_help(struct strbuf *sb, const struct option_spec *spec, size_t width)
{
	cleanup_strbuf struct strbuf label = STRBUF_INIT;
	size_t used;

	add_label(&label, spec);
	used = text_width(label.buf, label.len);
	strbuf_addf(sb, "%s%*s  %s\n", label.buf, used < width ? (int)(width - used) : 0, "",
		    spec->help && *spec->help ? _(spec->help) : "");
}

static void add_synopsis(struct strbuf *sb, const char *name, const char *synopsis)
{
	const char *lead = _("usage:"), *line = synopsis;

	for (;;) {
		size_t len = strcspn(line, "\n");

		strbuf_addf(sb, "%s git jci", lead);
		if (name && *name)
			strbuf_addf(sb, " %s", name);
		if (len)
			strbuf_addf(sb, " %.*s", (int)len, line);
		strbuf_addch(sb, '\n');
		if (!line[len])
			return;
		line += len + 1;
		lead = _("   or:");
	}
}

const struct option_spec options_help = {
	'h', "help", OPT_FLAG, NULL, NULL, N_("show this text"),
};

void options_usage(struct strbuf *sb, const char *name, const char *synopsis,
		   const struct option_spec *specs)
{
	size_t width = 0;

	for (const struct option_spec *spec = specs;; spec++) {
		cleanup_strbuf struct strbuf label = STRBUF_INIT;
		size_t used;

		add_label(&label, spec->long_name ? spec : &options_help);
		used = text_width(label.buf, label.len);
		width = used > width ? used : width;
		if (!spec->long_name)
			break;
	}
	add_synopsis(sb, name, synopsis);
	strbuf_addch(sb, '\n');
	for (; specs->long_name; specs++)
		add_help(sb, specs, width);
	add_help(sb, &options_help, width);
}
