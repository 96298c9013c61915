/* What a run's tests and its coverage are, and what changed; see cmd/print.h. */
#include "cmd/print.h"

#include <string.h>

#include "util/gettext.h"
#include "util/text.h"

enum { MAX_NAMES = 20, SHOWN_MAX = 200 };

static void add_field(struct strbuf *sb, const char *name, const struct strbuf *text)
{
	if (!text->len)
		return;
	print_add_padded(sb, name, 10);
	strbuf_addf(sb, "%s\n", text->buf);
}

void print_add_summary(struct strbuf *sb, const struct jci_summaries *s)
{
	cleanup_strbuf struct strbuf tests = STRBUF_INIT, coverage = STRBUF_INIT;
	cleanup_strbuf struct strbuf left_out = STRBUF_INIT;

	jci_summaries_add_tests(&tests, s, false);
	add_field(sb, _("tests"), &tests);
	jci_summaries_add_coverage(&coverage, s, false);
	add_field(sb, _("coverage"), &coverage);
	jci_summaries_add_left_out(&left_out, s);
	add_field(sb, "", &left_out);
}

static void add_name(struct strbuf *sb, const char *name)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	size_t len = strlen(name);

	strbuf_addstr(&text, "  ");
	text_add_safe(&text, name, len > SHOWN_MAX ? utf8_whole(name, SHOWN_MAX) : len);
	strbuf_addstr(&text, len > SHOWN_MAX ? "..." : "");
	print_add_styled(sb, STYLE_ERR, text.buf);
	strbuf_addch(sb, '\n');
}

void print_add_failing(struct strbuf *sb, const struct jci_summaries *s)
{
	size_t n = 0;

	if (!s->n_failing)
		return;
	strbuf_addf(sb, "\n%s\n",
		    s->base.n_results ? _("tests that fail now and did not before:")
				      : _("tests that fail:"));
	for (size_t i = 0; n < MAX_NAMES && i < s->n_changes; i++) {
		if (!jci_summary_is_failing(&s->changes[i]))
			continue;
		add_name(sb, s->changes[i].name);
		n++;
	}
	if (n < s->n_failing)
		strbuf_addf(sb,
			    Q_("  and %zu more\n", "  and %zu more\n",
			       (unsigned long)(s->n_failing - n)),
			    s->n_failing - n);
}
