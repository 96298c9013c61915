#include "core/cronsync.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

/* cron's own, where the crontab sets none (crontab(5)). */
static const char default_path[] = "/usr/bin:/bin";

static const char mark[] = "# JCI:", blanks[] = " \t";

void jci_cron_site_release(struct jci_cron_site *site)
{
	free(site->repo);
	free(site->program);
	*site = (struct jci_cron_site)JCI_CRON_SITE_INIT;
}

void jci_cron_plan_release(struct jci_cron_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		free(plan->items[i].line);
		free(plan->items[i].wanted);
	}
	free(plan->items);
	jci_crontab_release(&plan->crontab);
	strbuf_release(&plan->before);
	strbuf_release(&plan->after);
	*plan = (struct jci_cron_plan)JCI_CRON_PLAN_INIT;
}

bool jci_cron_plan_changes(const struct jci_cron_plan *plan)
{
	return plan->before.len != plan->after.len ||
	       memcmp(plan->before.buf, plan->after.buf, plan->after.len) != 0;
}

/* ---- the line of an entry ---- */

/* A command as the shell is to see it, written so that cron leaves it as it is. */
static void add_for_cron(struct strbuf *sb, const char *command)
{
	for (const char *s = command; *s; s++) {
		if (*s == '%')
			strbuf_addch(sb, '\\');
		strbuf_addch(sb, *s);
		if (*s == '\\' && (s[1] == '%' || s[1] == '\\'))
			strbuf_addstr(sb, "''");
	}
}

static void add_cd(struct strbuf *sb, const struct jci_cron_site *site)
{
	strbuf_addstr(sb, "cd ");
	text_add_quoted(sb, site->repo);
	strbuf_addstr(sb, " && ");
}

/* The branch is checked out and brought up to date. */
static void add_checkout(struct strbuf *sb, const char *branch)
{
	strbuf_addstr(sb, "git fetch --quiet 2>/dev/null; git checkout --quiet ");
	text_add_shell(sb, branch);
	strbuf_addstr(sb, " 2>/dev/null && git pull --quiet 2>/dev/null; ");
}

/* Arguments of a run that touches no work tree: of what the branch would be after a pull. */
static void add_worktree_run(struct strbuf *sb, const char *branch)
{
	cleanup_free char *upstream = xasprintf("%s@{upstream}", branch ? branch : "");
	cleanup_free char *local = xasprintf("refs/heads/%s", branch ? branch : "");

	strbuf_addstr(sb, " run --trigger cron ");
	if (!branch) {
		strbuf_addstr(sb, "--worktree");
		return;
	}
	strbuf_addstr(sb, "--branch ");
	text_add_shell(sb, branch);
	strbuf_addstr(sb, " \"$(git rev-parse -q --verify ");
	text_add_shell(sb, upstream);
	strbuf_addstr(sb, " 2>/dev/null || echo ");
	text_add_shell(sb, local);
	strbuf_addstr(sb, ")\"");
}

/* found: cron finds git-jci by its name alone. The caller frees it. */
static char *make_line(const struct jci_cron_site *site, const struct jci_cron_entry *e, bool found)
{
	cleanup_strbuf struct strbuf command = STRBUF_INIT;
	struct strbuf line = STRBUF_INIT;

	add_cd(&command, site);
	if (e->branch && site->worktree)
		strbuf_addstr(&command, "git fetch --quiet 2>/dev/null; ");
	else if (e->branch)
		add_checkout(&command, e->branch);
	text_add_shell(&command, found ? "git-jci" : site->program);
	if (site->worktree)
		add_worktree_run(&command, e->branch);
	else
		strbuf_addstr(&command, " run");
	strbuf_addf(&line, "%s ", e->cron_schedule);
	add_for_cron(&line, command.buf);
	strbuf_addf(&line, " %s%s", mark, site->id);
	if (e->name)
		strbuf_addf(&line, " [%s]", e->name);
	return strbuf_detach(&line, NULL);
}

/* ---- the lines that are there ---- */

struct line {
	const char *text; /* of the plan's `before` */
	size_t len;       /* without the newline */
	bool newline;     /* it has one */
	bool ours;
	bool gone;                  /* not ours, and the folder is gone */
	bool found;                 /* git-jci is on the PATH that holds here */
	char *name;                 /* of one of ours; NULL: none */
	struct jci_cron_item *item; /* what it is for; NULL: nothing, yet or at all */
};

struct lines {
	struct line *items;
	size_t n, cap;
	bool found; /* behind the last one */
};

static void lines_release(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->items[i].name);
	free(lines->items);
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, blanks);
}

/* The command of a line; NULL where that is a comment, a setting, or nothing. */
static const char *find_command(const char *line)
{
	const char *s = skip_blanks(line);
	int fields = *s == '@' ? 1 : 5;

	if (!*s || !strchr("@*0123456789", *s))
		return NULL;
	for (; fields > 0; fields--) {
		size_t len = strcspn(s, blanks);

		if (len == 0)
			return NULL;
		s = skip_blanks(s + len);
	}
	return *s ? s : NULL;
}

/* The last mark that begins a word: names have no blanks, so none of theirs is one. */
static const char *find_mark(const char *command)
{
	const char *found = NULL, *s = command;

	while ((s = strstr(s, mark))) {
		if (s > command && strchr(blanks, s[-1]))
			found = s;
		s += strlen(mark);
	}
	return found;
}

/*
 * What is behind a mark: an id of *id_len bytes, and a name in brackets, or NULL, which the caller
 * frees. False where there is anything else. A line end that an editor made CRLF is none of that.
 */
static bool parse_mark(const char *id, size_t *id_len, char **name)
{
	const char *end = id + strlen(id), *s;

	while (end > id && strchr(" \t\r", end[-1]))
		end--;
	for (s = id; s < end && !strchr(blanks, *s); s++)
		;
	*id_len = (size_t)(s - id);
	s = skip_blanks(s);
	*name = NULL;
	if (*id_len == 0 || s >= end)
		return *id_len > 0;
	if (*s != '[' || end[-1] != ']' || end - s < 2)
		return false;
	*name = xstrndup(s + 1, (size_t)(end - s) - 2);
	return true;
}

static bool is_ours(const struct jci_cron_site *site, const char *text, char **name)
{
	const char *command = find_command(text), *found = command ? find_mark(command) : NULL;
	cleanup_strbuf struct strbuf cd = STRBUF_INIT, start = STRBUF_INIT;
	const char *id = found ? found + strlen(mark) : NULL;
	size_t id_len;

	if (!found || !parse_mark(id, &id_len, name))
		return false;
	add_cd(&cd, site);
	add_for_cron(&start, cd.buf);
	if ((id_len == strlen(site->id) && memcmp(id, site->id, id_len) == 0) ||
	    strncmp(command, start.buf, start.len) == 0)
		return true;
	free(steal_ptr(*name));
	return false;
}

/*
 * The folder of a command that begins as add_cd() and add_for_cron() have it; NULL where it begins
 * otherwise, or the path is not absolute. The caller frees it.
 */
static char *parse_cd(const char *command)
{
	static const char start[] = "cd '", end[] = " && ";
	cleanup_strbuf struct strbuf folder = STRBUF_INIT;
	bool quoted = true;
	const char *s;

	if (strncmp(command, start, strlen(start)) != 0)
		return NULL;
	for (s = command + strlen(start); *s; s++) {
		if (*s == '\'') {
			quoted = !quoted;
			continue;
		}
		if (quoted ? *s == '\\' && s[1] == '%' : *s == '\\' && s[1] == '\'')
			s++;
		else if (!quoted)
			break;
		strbuf_addch(&folder, *s);
	}
	if (quoted || strncmp(s, end, strlen(end)) != 0 || folder.buf[0] != '/')
		return NULL;
	return strbuf_detach(&folder, NULL);
}

/* Of a line that is not ours. */
static bool is_gone(const struct jci_cron_site *site, const char *text)
{
	const char *command = find_command(text), *found = command ? find_mark(command) : NULL;
	cleanup_free char *name = NULL, *folder = NULL;
	size_t id_len;

	if (!found || !parse_mark(found + strlen(mark), &id_len, &name))
		return false;
	folder = parse_cd(command);
	return folder && site->is_gone(folder);
}

/* A word or a text in quotes up to what ends it; NULL where quotes are left open. */
static const char *end_of_setting(const char **s, const char *unquoted_end)
{
	char quote = **s == '\'' || **s == '"' ? *(*s)++ : '\0';
	const char *end = quote ? strchr(*s, quote) : *s + strcspn(*s, unquoted_end);

	return end;
}

/*
 * The value of a setting of PATH, as cron reads it: `PATH = VALUE`, either in quotes or not, and
 * nothing in it replaced. NULL where the line is anything else; else the caller frees it.
 */
static char *parse_path(const char *line)
{
	const char *s = skip_blanks(line), *end = end_of_setting(&s, " \t=");

	if (!end || end - s != 4 || memcmp(s, "PATH", 4) != 0)
		return NULL;
	s = skip_blanks(end + (*end == '\'' || *end == '"'));
	if (*s != '=')
		return NULL;
	s = skip_blanks(s + 1);
	end = end_of_setting(&s, "");
	if (!end)
		return NULL;
	if (!*end)
		while (end > s && strchr(" \t\r", end[-1]))
			end--;
	return xstrndup(s, (size_t)(end - s));
}

/* Learns what the line is; *found is what holds before it, and then behind it. */
static void look_at_line(const struct jci_cron_site *site, struct line *line, bool *found)
{
	cleanup_free char *text = xstrndup(line->text, line->len), *path = NULL;

	line->found = *found;
	if (memchr(line->text, '\0', line->len))
		return;
	line->ours = is_ours(site, text, &line->name);
	line->gone = !line->ours && is_gone(site, text);
	path = parse_path(text);
	if (path)
		*found = site->finds(path);
}

static void read_lines(struct lines *lines, const struct jci_cron_site *site,
		       const struct strbuf *text)
{
	const char *end = text->buf + text->len;

	lines->found = site->finds(default_path);
	for (const char *s = text->buf, *next; s < end; s = next) {
		const char *newline = memchr(s, '\n', (size_t)(end - s));
		struct line *line;

		next = newline ? newline + 1 : end;
		ARRAY_GROW(lines->items, lines->n + 1, lines->cap);
		line = &lines->items[lines->n++];
		*line = (struct line){
			.text = s,
			.len = (size_t)((newline ? newline : end) - s),
			.newline = newline != NULL,
		};
		look_at_line(site, line, &lines->found);
	}
}

/* ---- the plan ---- */

struct planner {
	struct jci_cron_plan *plan;
	const struct jci_cron_site *site;
	struct lines lines;
};

static void planner_release(struct planner *p)
{
	lines_release(&p->lines);
}

static bool is_text(const struct line *line, const char *text)
{
	return line->len == strlen(text) && memcmp(line->text, text, line->len) == 0;
}

static bool is_of_entry(const struct line *line, const struct jci_cron_entry *e)
{
	return line->name && e->name ? strcmp(line->name, e->name) == 0 : line->name == e->name;
}

/* Gives the entry a line that is there: the first that is right already, or the first of all. */
static void find_line(struct planner *p, struct jci_cron_item *item, bool right)
{
	cleanup_free char *by_path = make_line(p->site, item->entry, false);
	cleanup_free char *by_name = make_line(p->site, item->entry, true);

	for (size_t i = 0; i < p->lines.n && !item->line; i++) {
		struct line *line = &p->lines.items[i];
		const char *text = line->found ? by_name : by_path;

		if (!line->ours || line->item || !is_of_entry(line, item->entry) ||
		    (right && !is_text(line, text)))
			continue;
		line->item = item;
		item->line = xstrndup(line->text, line->len);
		item->wanted = xstrdup(text);
		item->state = right ? JCI_CRON_INSTALLED : JCI_CRON_DIFFERS;
	}
}

static void plan_entries(struct planner *p)
{
	struct jci_cron_plan *plan = p->plan;

	for (size_t i = 0; i < plan->crontab.n; i++)
		plan->items[plan->n++] = (struct jci_cron_item){
			.state = JCI_CRON_MISSING,
			.entry = &plan->crontab.entries[i],
		};
	for (size_t i = 0; i < plan->n; i++)
		find_line(p, &plan->items[i], true);
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->items[i].line)
			find_line(p, &plan->items[i], false);
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->items[i].wanted)
			plan->items[i].wanted =
				make_line(p->site, plan->items[i].entry, p->lines.found);
}

/* Lines that are for no entry. */
static void plan_others(struct planner *p, enum jci_cron_state state)
{
	struct jci_cron_plan *plan = p->plan;

	for (size_t i = 0; i < p->lines.n; i++) {
		const struct line *line = &p->lines.items[i];

		if (state == JCI_CRON_GONE ? !line->gone : !line->ours || line->item)
			continue;
		plan->items[plan->n++] = (struct jci_cron_item){
			.state = state,
			.line = xstrndup(line->text, line->len),
		};
	}
}

static void end_line(struct strbuf *sb)
{
	if (sb->len > 0 && sb->buf[sb->len - 1] != '\n')
		strbuf_addch(sb, '\n');
}

static void write_text(const struct planner *p, struct strbuf *after)
{
	for (size_t i = 0; i < p->lines.n; i++) {
		const struct line *line = &p->lines.items[i];

		if (line->ours && !line->item)
			continue;
		if (line->item)
			strbuf_addstr(after, line->item->wanted);
		else
			strbuf_add(after, line->text, line->len);
		if (line->newline)
			strbuf_addch(after, '\n');
	}
	for (size_t i = 0; i < p->plan->n; i++) {
		if (p->plan->items[i].state != JCI_CRON_MISSING)
			continue;
		end_line(after);
		strbuf_addstr(after, p->plan->items[i].wanted);
		strbuf_addch(after, '\n');
	}
	if (jci_cron_plan_changes(p->plan))
		end_line(after);
}

/* What a crontab can't hold. */
static int check_lengths(const struct jci_cron_plan *plan, struct jci_error *err)
{
	cleanup_strbuf struct strbuf wrong = STRBUF_INIT;

	for (size_t i = 0; i < plan->crontab.n; i++) {
		const struct jci_cron_item *item = &plan->items[i];
		size_t len = strlen(item->wanted) - strlen(item->entry->cron_schedule) - 1;

		if (len > JCI_CRON_COMMAND_MAX)
			strbuf_addf(&wrong,
				    _("%s%s:%u: the command for cron has %zu bytes, and cron takes "
				      "%d at most"),
				    wrong.len ? "\n" : "", JCI_CRONTAB_PATH, item->entry->line, len,
				    JCI_CRON_COMMAND_MAX);
	}
	return wrong.len ? jci_error_set(err, JCI_EINVALID, "%s", wrong.buf) : 0;
}

static int check_paths(const struct jci_cron_site *site, struct jci_error *err)
{
	const char *const paths[] = {site->repo, site->program};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strchr(paths[i], '\n'))
			return jci_error_set(err, JCI_EINVALID,
					     _("there is a newline in the path '%s', which no "
					       "crontab can hold; rename the folder"),
					     paths[i]);
	return 0;
}

int jci_cron_plan_make(struct jci_cron_plan *plan, const struct jci_cron_site *site,
		       struct jci_error *err)
{
	cleanup(planner_release) struct planner p = {.plan = plan, .site = site};

	if (plan->crontab.n > 0 && check_paths(site, err) < 0)
		return err->code;
	read_lines(&p.lines, site, &plan->before);
	/* lines keep pointers to items: the array has its size before there are any */
	ARRAY_GROW(plan->items, plan->crontab.n + p.lines.n + 1, plan->cap);
	plan_entries(&p);
	plan_others(&p, JCI_CRON_STALE);
	plan_others(&p, JCI_CRON_GONE);
	write_text(&p, &plan->after);
	return check_lengths(plan, err);
}
