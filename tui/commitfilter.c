#include "tui/commitfilter.h"

#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

static const struct {
	const char *word, *title;
} kinds[FILTER_MAX] = {
	[FILTER_ALL] = {"all", N_("all commits")},
	[FILTER_RUNS] = {"runs", N_("only with runs")},
	[FILTER_FAILED] = {"failed", N_("only failed ones")},
	[FILTER_RUNNING] = {"running", N_("only those that run now")},
	[FILTER_AUTHOR] = {"author", N_("only of an author...")},
	[FILTER_PATH] = {"path", N_("only those that change a path...")},
};

void commit_filter_release(struct commit_filter *f)
{
	free(f->pattern);
	*f = (struct commit_filter)COMMIT_FILTER_INIT;
}

void commit_filter_copy(struct commit_filter *to, const struct commit_filter *from)
{
	char *pattern = from->pattern ? xstrdup(from->pattern) : NULL;

	free(to->pattern);
	to->kind = from->kind;
	to->pattern = pattern;
}

bool commit_filter_has_pattern(enum commit_filter_kind kind)
{
	return kind == FILTER_AUTHOR || kind == FILTER_PATH;
}

bool commit_filter_is_of_runs(enum commit_filter_kind kind)
{
	return kind == FILTER_RUNS || kind == FILTER_FAILED || kind == FILTER_RUNNING;
}

const char *commit_filter_word(enum commit_filter_kind kind)
{
	return kinds[kind].word;
}

const char *commit_filter_title(enum commit_filter_kind kind)
{
	return _(kinds[kind].title);
}

static bool find_kind(const char *word, size_t len, enum commit_filter_kind *kind)
{
	for (unsigned i = 0; i < FILTER_MAX; i++)
		if (strlen(kinds[i].word) == len && !memcmp(kinds[i].word, word, len)) {
			*kind = (enum commit_filter_kind)i;
			return true;
		}
	return false;
}

int commit_filter_parse(struct commit_filter *f, const char *text, struct jci_error *err)
{
	size_t len = strcspn(text, " ");
	const char *pattern = text + len + strspn(text + len, " ");
	enum commit_filter_kind kind;

	if (!find_kind(text, len, &kind))
		return jci_error_set(
			err, JCI_EINVALID,
			_("no filter '%s': all, runs, failed, running, author PATTERN, "
			  "path PATH"),
			text);
	if (commit_filter_has_pattern(kind) && !*pattern)
		return jci_error_set(err, JCI_EINVALID, _("filter '%s' needs a pattern"), text);
	if (!commit_filter_has_pattern(kind) && *pattern)
		return jci_error_set(err, JCI_EINVALID, _("filter '%s' takes no pattern"),
				     kinds[kind].word);
	free(f->pattern);
	f->kind = kind;
	f->pattern = *pattern ? xstrdup(pattern) : NULL;
	return 0;
}

void commit_filter_add(struct strbuf *sb, const struct commit_filter *f)
{
	if (f->kind == FILTER_ALL)
		return;
	strbuf_addstr(sb, kinds[f->kind].word);
	if (f->pattern)
		strbuf_addf(sb, " %s", f->pattern);
}
