#include "core/crontab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <git2.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/strbuf.h"
#include "util/text.h"

struct parser {
	const char *file;
	unsigned line;
	struct strbuf wrong; /* "FILE:LINE: MESSAGE\n" for each wrong line */
	struct jci_crontab *crontab;
};

struct field {
	const char *what;
	int low, high;
	const char *const *names; /* NULL: only numbers; the first is that of `low` */
	int n_names;
};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const char *const month_names[] = {
	"january", "february", "march",     "april",   "may",      "june",
	"july",    "august",   "september", "october", "november", "december",
};
static const char *const day_names[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
};

static const struct field fields[FIELDS] = {
	[MINUTE] = {N_("minute"), 0, 59, NULL, 0},
	[HOUR] = {N_("hour"), 0, 23, NULL, 0},
	[DAY] = {N_("day of month"), 1, 31, NULL, 0},
	[MONTH] = {N_("month"), 1, 12, month_names, ARRAY_SIZE(month_names)},
	[WEEKDAY] = {N_("day of week"), 0, 7, day_names, ARRAY_SIZE(day_names)},
};

/* What crontab(5) says that they are short for. */
static const struct nickname {
	const char *name;
	const char *fields[FIELDS];
} nicknames[] = {
	{"@hourly", {"0", "*", "*", "*", "*"}},   {"@daily", {"0", "0", "*", "*", "*"}},
	{"@midnight", {"0", "0", "*", "*", "*"}}, {"@weekly", {"0", "0", "*", "*", "0"}},
	{"@monthly", {"0", "0", "1", "*", "*"}},  {"@yearly", {"0", "0", "1", "1", "*"}},
	{"@annually", {"0", "0", "1", "1", "*"}},
};

/* Always -1, for `return`. */
__attribute__((format(printf, 2, 3))) static int wrong(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	strbuf_addf(&p->wrong, "%s:%u: ", p->file, p->line);
	va_start(ap, fmt);
	strbuf_vaddf(&p->wrong, fmt, ap);
	va_end(ap);
	strbuf_addch(&p->wrong, '\n');
	return -1;
}

/* Digits only; -1 where it isn't a number, or one longer than anything here can mean. */
static int parse_number(const char *s)
{
	size_t len = strspn(s, "0123456789");

	return len == 0 || len > 4 || s[len] ? -1 : atoi(s);
}

/* In ASCII, whatever the locale: a Turkish one would not find FRI. */
static bool same_letters(const char *s, const char *lower, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != lower[i])
			return false;
	}
	return true;
}

/* A name in three letters or in full; -1 where it is none. */
static int parse_name(const struct field *f, const char *s)
{
	size_t len = strlen(s);

	for (int i = 0; i < f->n_names; i++) {
		size_t full = strlen(f->names[i]);

		if ((len == 3 || len == full) && same_letters(s, f->names[i], len))
			return f->low + i;
	}
	return -1;
}

/* One end of a range, or a value alone, which goes to `cron` as cron knows it. */
static int parse_value(struct parser *p, const struct field *f, const char *s, int *value,
		       struct strbuf *cron)
{
	*value = parse_number(s);
	if (*value >= f->low && *value <= f->high) {
		strbuf_addstr(cron, s);
		return 0;
	}
	*value = parse_name(f, s);
	if (*value >= 0) {
		strbuf_add(cron, s, 3);
		return 0;
	}
	if (f->names)
		return wrong(p,
			     _("%s: '%s' is not a number from %d to %d or a name such as '%.3s'"),
			     _(f->what), s, f->low, f->high, f->names[1]);
	return wrong(p, _("%s: '%s' is not a number from %d to %d"), _(f->what), s, f->low,
		     f->high);
}

/* `s` is the text with a NUL for the `-`, and `end` is what follows that. */
static int parse_range(struct parser *p, const struct field *f, const char *s, const char *end,
		       int *first, int *last, struct strbuf *cron)
{
	size_t end_at;

	if (parse_value(p, f, s, first, cron) < 0)
		return -1;
	strbuf_addch(cron, '-');
	end_at = cron->len;
	if (parse_value(p, f, end, last, cron) < 0)
		return -1;
	/* Sunday by its name ends a week as well as it begins one; cron itself has it begin one. */
	if (f == &fields[WEEKDAY] && *last == 0 && *first > 0 && parse_name(f, end) == 0) {
		*last = 7;
		strbuf_setlen(cron, end_at);
		strbuf_addch(cron, '7');
	}
	if (*first > *last)
		return wrong(p, _("%s: the range '%s-%s' runs backwards"), _(f->what), s, end);
	return 0;
}

/* What a list is made of: VALUE, RANGE, RANGE/STEP, or `*` for a range. Cuts the text in pieces. */
static int parse_element(struct parser *p, const struct field *f, char *s, uint64_t *bits,
			 struct strbuf *cron)
{
	char *step_text = strchr(s, '/'), *end;
	int first = f->low, last = f->high, step = 1;

	if (step_text)
		*step_text++ = '\0';
	end = strchr(s, '-');
	if (end) {
		*end++ = '\0';
		if (parse_range(p, f, s, end, &first, &last, cron) < 0)
			return -1;
	} else if (strcmp(s, "*") == 0) {
		strbuf_addch(cron, '*');
	} else {
		if (parse_value(p, f, s, &first, cron) < 0)
			return -1;
		last = first;
		if (step_text)
			return wrong(p, _("%s: a step goes with '*' or a range, not with '%s'"),
				     _(f->what), s);
	}
	if (step_text) {
		step = parse_number(step_text);
		if (step <= 0)
			return wrong(p, _("%s: the step '%s' is not a number from 1 to 9999"),
				     _(f->what), step_text);
		strbuf_addf(cron, "/%s", step_text);
	}
	for (int i = first; i <= last; i += step)
		*bits |= UINT64_C(1) << i;
	return 0;
}

static int parse_field(struct parser *p, const struct field *f, const char *text, uint64_t *bits,
		       struct strbuf *cron)
{
	cleanup_free char *copy = xstrdup(text);

	*bits = 0;
	for (char *s = copy, *comma; s; s = comma) {
		comma = strchr(s, ',');
		if (comma)
			*comma++ = '\0';
		if (parse_element(p, f, s, bits, cron) < 0)
			return -1;
		if (comma)
			strbuf_addch(cron, ',');
	}
	return 0;
}

/* False for 30 February: no month of the entry is long enough for any of its days. */
static bool runs_ever(const struct jci_cron_entry *e)
{
	static const unsigned char lengths[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	for (unsigned month = 1; month <= 12; month++) {
		uint64_t days = (UINT64_C(2) << lengths[month]) - 1;

		if ((e->months >> month & 1) && (e->either || (e->days & days)))
			return true;
	}
	return false;
}

/* The bit sets and cron_schedule, from the five fields. */
static int parse_fields(struct parser *p, struct jci_cron_entry *e, const char *const text[FIELDS])
{
	cleanup_strbuf struct strbuf cron = STRBUF_INIT;
	uint64_t bits[FIELDS];

	for (int i = 0; i < FIELDS; i++) {
		if (i)
			strbuf_addch(&cron, ' ');
		if (parse_field(p, &fields[i], text[i], &bits[i], &cron) < 0)
			return -1;
	}
	e->minutes = bits[MINUTE];
	e->hours = (uint32_t)bits[HOUR];
	e->days = (uint32_t)bits[DAY];
	e->months = (uint32_t)bits[MONTH];
	e->weekdays = (uint32_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f);
	e->either = *text[DAY] != '*' && *text[WEEKDAY] != '*';
	e->wildcard = *text[MINUTE] == '*' || *text[HOUR] == '*';
	e->cron_schedule = strbuf_detach(&cron, NULL);
	if (!runs_ever(e))
		return wrong(p, _("'%s' never runs: no such month has such a day"), e->schedule);
	return 0;
}

static int parse_nickname(struct parser *p, struct jci_cron_entry *e, const char *word)
{
	e->schedule = xstrdup(word);
	if (strcmp(word, "@reboot") == 0)
		return wrong(p, _("'@reboot' is no time; runs start at times only"));
	for (size_t i = 0; i < ARRAY_SIZE(nicknames); i++) {
		if (strcmp(word, nicknames[i].name) != 0)
			continue;
		if (parse_fields(p, e, nicknames[i].fields) < 0)
			return -1;
		free(e->cron_schedule);
		e->cron_schedule = xstrdup(word);
		return 0;
	}
	return wrong(p,
		     _("'%s' is not one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, "
		       "@annually"),
		     word);
}

/* The next word, ended by a NUL; NULL at the end of the line or where a comment starts. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	size_t len = strcspn(word, " \t");

	if (!*word || *word == '#')
		return NULL;
	*line = word + len;
	if (**line)
		*(*line)++ = '\0';
	return word;
}

/* `word` is the first of the line. */
static int parse_schedule(struct parser *p, struct jci_cron_entry *e, char *word, char **line)
{
	cleanup_strbuf struct strbuf schedule = STRBUF_INIT;
	const char *text[FIELDS];
	int n = 0;

	if (*word == '@')
		return parse_nickname(p, e, word);
	for (; word && !strchr(word, ':'); word = next_word(line)) {
		if (n)
			strbuf_addch(&schedule, ' ');
		strbuf_addstr(&schedule, word);
		text[n++] = word;
		if (n == FIELDS)
			break;
	}
	if (n < FIELDS)
		return wrong(p, _("an entry starts with five fields: minute, hour, day of month, "
				  "month, day of week"));
	e->schedule = strbuf_detach(&schedule, NULL);
	return parse_fields(p, e, text);
}

static int parse_branch(struct parser *p, struct jci_cron_entry *e, const char *branch)
{
	int valid = 0;

	if (e->branch)
		return wrong(p, _("a second branch, '%s'"), branch);
	if (git_branch_name_is_valid(&valid, branch) < 0 || !valid)
		return wrong(p, _("'%s' is not a name for a branch"), branch);
	e->branch = xstrdup(branch);
	return 0;
}

static size_t count_characters(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += (*utf8 & 0xc0) != 0x80;
	return n;
}

static int parse_name_of_entry(struct parser *p, struct jci_cron_entry *e, const char *name)
{
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	if (e->name)
		return wrong(p, _("a second name, '%s'"), name);
	if (!*name)
		return wrong(p, _("'name:' without a name"));
	text_add_safe(&safe, name, strlen(name));
	if (strpbrk(name, "]%") || strcmp(safe.buf, name) != 0)
		return wrong(p,
			     _("a name is UTF-8 without ']', '%%' and control characters, '%s' "
			       "is not"),
			     name);
	if (count_characters(name) > JCI_CRON_NAME_MAX)
		return wrong(p, _("the name '%s' is longer than %d characters"), name,
			     JCI_CRON_NAME_MAX);
	e->name = xstrdup(name);
	return 0;
}

/* What follows the schedule. */
static int parse_options(struct parser *p, struct jci_cron_entry *e, char **line)
{
	static const char branch[] = "branch:", name[] = "name:";
	const char *word;
	int code = 0;

	while (code == 0 && (word = next_word(line))) {
		if (strncmp(word, branch, strlen(branch)) == 0)
			code = parse_branch(p, e, word + strlen(branch));
		else if (strncmp(word, name, strlen(name)) == 0)
			code = parse_name_of_entry(p, e, word + strlen(name));
		else
			code = wrong(p, _("'%s' is neither branch:BRANCH nor name:NAME"), word);
	}
	return code;
}

static bool same_time(const struct jci_cron_entry *a, const struct jci_cron_entry *b)
{
	return a->minutes == b->minutes && a->hours == b->hours && a->days == b->days &&
	       a->months == b->months && a->weekdays == b->weekdays && a->either == b->either;
}

static bool same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether nothing before stands in the way of the entry. */
static int check_twins(struct parser *p, const struct jci_cron_entry *e)
{
	for (size_t i = 0; i < p->crontab->n; i++) {
		const struct jci_cron_entry *old = &p->crontab->entries[i];

		if (!same_string(old->name, e->name))
			continue;
		if (e->name)
			return wrong(p, _("the name '%s' is that of line %u already"), e->name,
				     old->line);
		if (same_string(old->branch, e->branch) && same_time(old, e))
			return wrong(p,
				     _("the same time and branch as in line %u; give one a name "
				       "to run both"),
				     old->line);
	}
	return 0;
}

static void entry_release(struct jci_cron_entry *e)
{
	free(e->schedule);
	free(e->cron_schedule);
	free(e->branch);
	free(e->name);
}

static void parse_line(struct parser *p, char *line)
{
	struct jci_crontab *crontab = p->crontab;
	cleanup(entry_release) struct jci_cron_entry e = {.line = p->line};
	char *word = next_word(&line);

	if (!word || parse_schedule(p, &e, word, &line) < 0 || parse_options(p, &e, &line) < 0 ||
	    check_twins(p, &e) < 0)
		return;
	ARRAY_GROW(crontab->entries, crontab->n + 1, crontab->cap);
	crontab->entries[crontab->n++] = e;
	e = (struct jci_cron_entry){0};
}

static void parse_lines(struct parser *p, const char *data, size_t len)
{
	for (const char *end = data + len, *next; data < end; data = next) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((newline ? newline : end) - data);
		cleanup_free char *line = NULL;

		next = newline ? newline + 1 : end;
		p->line++;
		if (n > 0 && data[n - 1] == '\r')
			n--;
		if (memchr(data, '\0', n)) {
			wrong(p, _("a NUL byte"));
			continue;
		}
		line = xstrndup(data, n);
		parse_line(p, line);
	}
}

int jci_crontab_parse(struct jci_crontab *crontab, const char *file, const char *data, size_t len,
		      struct jci_error *err)
{
	struct parser p = {file, 0, STRBUF_INIT, crontab};
	cleanup_free char *text = NULL;
	size_t text_len;

	if (len > JCI_CRONTAB_MAX)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is larger than %d bytes"), file,
				     JCI_CRONTAB_MAX);
	parse_lines(&p, data, len);
	text = strbuf_detach(&p.wrong, &text_len);
	if (text_len == 0)
		return 0;
	jci_crontab_release(crontab);
	return jci_error_set(err, JCI_EINVALID, "%.*s", (int)text_len - 1, text);
}

/* ---- the file ---- */

static bool is_dangling(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && stat(path, &st) < 0;
}

/* Nothing there at all is JCI_ENOTFOUND; a link to nothing is not that: something was meant. */
static int fail_absent(const char *work_tree, const char *path, struct jci_error *err)
{
	cleanup_free char *folder = xasprintf("%s/.jci", work_tree);
	const char *const links[] = {folder, path};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (is_dangling(links[i]))
			return jci_error_set(err, JCI_EFAIL,
					     _("'%s' is a symbolic link to nothing"), links[i]);
	return jci_error_set(err, JCI_ENOTFOUND, _("there is no '%s'"), path);
}

/* Without waiting for the other end of a fifo, which is refused then. */
static int open_crontab(const char *work_tree, const char *path, struct jci_error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return fail_absent(work_tree, path, err);
	if (fd < 0 || fstat(fd, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	if (!S_ISREG(st.st_mode))
		return jci_error_set(err, JCI_EFAIL, _("'%s' is not a regular file"), path);
	return steal_fd(fd);
}

int jci_crontab_read(struct jci_crontab *crontab, const char *work_tree, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/%s", work_tree, JCI_CRONTAB_PATH);
	cleanup_close int fd = open_crontab(work_tree, path, err);
	cleanup_strbuf struct strbuf data = STRBUF_INIT;

	if (fd < 0)
		return err->code;
	if (read_to_end(fd, &data, JCI_CRONTAB_MAX) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	return jci_crontab_parse(crontab, JCI_CRONTAB_PATH, data.buf, data.len, err);
}

void jci_crontab_release(struct jci_crontab *crontab)
{
	for (size_t i = 0; i < crontab->n; i++)
		entry_release(&crontab->entries[i]);
	free(crontab->entries);
	*crontab = (struct jci_crontab)JCI_CRONTAB_INIT;
}
