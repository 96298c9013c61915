/*
 * Any `.jci/crontab` put into any crontab, which follows it behind a NUL: lines without a mark stay
 * in their order; what comes out asks for no further change; and without entries it is again what
 * it was without our lines.
 */
#include "core/cronsync.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static char repo[] = "/r", program[] = "/opt/git-jci";

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool finds(const char *path)
{
	return strcmp(path, "/bin") == 0;
}

static bool is_gone(const char *folder)
{
	return strcmp(folder, "/gone") == 0;
}

/* False where the entries are wrong. */
static bool make_plan(struct jci_cron_plan *plan, const char *entries, size_t n, const char *text,
		      size_t len)
{
	const struct jci_cron_site site = {
		.repo = repo,
		.id = "0123456789ab",
		.program = program,
		.finds = finds,
		.is_gone = is_gone,
	};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	if (jci_crontab_parse(&plan->crontab, "F", entries, n, &err) < 0)
		return false;
	strbuf_add(&plan->before, text, len);
	if (jci_cron_plan_make(plan, &site, &err) == 0)
		return true;
	check(err.code == JCI_EINVALID && strstr(err.message, "bytes, and cron takes"));
	return false;
}

/* Without lines that have any mark, each ended by a newline. */
static void add_unmarked(struct strbuf *sb, const struct strbuf *text)
{
	for (const char *s = text->buf, *end = s + text->len, *next; s < end; s = next) {
		const char *newline = memchr(s, '\n', (size_t)(end - s));

		next = newline ? newline + 1 : end;
		if (memmem(s, (size_t)(next - s), "# JCI:", 6))
			continue;
		strbuf_add(sb, s, (size_t)(next - s));
		if (!newline)
			strbuf_addch(sb, '\n');
	}
}

static void check_others(const struct strbuf *before, const struct strbuf *after)
{
	cleanup_strbuf struct strbuf old = STRBUF_INIT, new = STRBUF_INIT;

	add_unmarked(&old, before);
	add_unmarked(&new, after);
	check(old.len == new.len &&memcmp(old.buf, new.buf, old.len) == 0);
}

static void check_removed(const struct strbuf *before, const struct strbuf *after)
{
	cleanup_cron_plan struct jci_cron_plan old = JCI_CRON_PLAN_INIT;
	cleanup_cron_plan struct jci_cron_plan new = JCI_CRON_PLAN_INIT;
	size_t len;

	check(make_plan(&old, "", 0, before->buf, before->len));
	check(make_plan(&new, "", 0, after->buf, after->len));
	len = old.after.len;
	check(new.after.len == len || new.after.len == len + 1);
	check(memcmp(new.after.buf, old.after.buf, len) == 0);
	check(new.after.len == len || new.after.buf[len] == '\n');
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	git_libgit2_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_cron_plan struct jci_cron_plan plan = JCI_CRON_PLAN_INIT;
	cleanup_cron_plan struct jci_cron_plan again = JCI_CRON_PLAN_INIT;
	const char *entries = size > 0 ? (const char *)data : "";
	const char *nul = memchr(entries, '\0', size), *text = nul ? nul + 1 : entries + size;
	size_t n = nul ? (size_t)(nul - entries) : size, len = size - (size_t)(text - entries);

	if (!make_plan(&plan, entries, n, text, len))
		return 0;
	check_others(&plan.before, &plan.after);
	check(make_plan(&again, entries, n, plan.after.buf, plan.after.len));
	check(!jci_cron_plan_changes(&again));
	check_removed(&plan.before, &plan.after);
	return 0;
}
