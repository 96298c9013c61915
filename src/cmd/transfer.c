#include "cmd/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/print.h"
#include "core/config.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/text.h"

/* Of more runs than this, people want the sum. */
enum { MAX_LINES = 40 };

static void show_progress(void *ctx, const char *data, size_t len)
{
	static struct term_filter filter = TERM_FILTER_INIT;
	cleanup_strbuf struct strbuf safe = STRBUF_INIT;

	(void)ctx;
	term_filter_add(&filter, &safe, data, len);
	if (write_full(2, safe.buf, safe.len) < 0)
		return; /* nobody looks any more */
}

static bool was_interrupted(void *ctx)
{
	(void)ctx;
	return interrupt_signal() != 0;
}

int transfer_begin(const struct jci_repo *repo, struct jci_remote *remote, struct jci_error *err)
{
	int signals = interrupt_begin(NULL);

	if (signals < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot wait for signals"));
	remote->progress = isatty(2) ? show_progress : NULL;
	remote->note = show_progress;
	remote->stop = was_interrupted;
	if (jci_config_duration(repo, "jci.remoteTimeout", 0, &remote->timeout_us, err) < 0)
		return err->code;
	return signals;
}

int transfer_fail(const struct jci_error *err)
{
	fflush(stdout);
	return interrupt_end(interrupt_signal() ? STATUS_FAILED : cmd_fail(err));
}

int transfer_remote(const struct jci_repo *repo, const char *given, char **name,
		    struct jci_error *err)
{
	if (!given)
		return jci_remote_default(repo, name, err);
	*name = xstrdup(given);
	return 0;
}

/* The words of --json: not translated. */
static const char *fate_name(enum jci_fate fate)
{
	static const char *const names[] = {
		[JCI_FATE_NEW] = "new",         [JCI_FATE_REPLACED] = "replaced",
		[JCI_FATE_SAME] = "same",       [JCI_FATE_RUNNING] = "running",
		[JCI_FATE_REMOVED] = "removed", [JCI_FATE_REFUSED] = "refused",
	};

	return names[fate];
}

static void print_json(const struct jci_transfer *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct jci_transfer_item *item = &t->items[i];
		cleanup_json cJSON *json = cJSON_CreateObject();
		cleanup_strbuf struct strbuf name = STRBUF_INIT;
		char id[JCI_RUN_ID_SIZE];

		jci_run_id_format(id, &item->ref.id);
		jci_ref_name(&name, &item->ref);
		json_set_string(json, "commit", git_oid_tostr_s(&item->ref.commit));
		json_set_string(json, "runId", id);
		json_set_string(json, "ref", name.buf);
		json_set_string(json, "fate", fate_name(item->fate));
		if (item->why)
			json_set_bytes(json, "why", item->why, strlen(item->why));
		print_json_line(json);
	}
}

static void print_item(const struct jci_transfer_item *item, const char *word)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &item->ref.id);
	print_add_padded(&line, word, 9);
	strbuf_addf(&line, " %.*s %s", PRINT_ABBREV, git_oid_tostr_s(&item->ref.commit), id);
	if (item->why) {
		strbuf_addstr(&line, ": ");
		text_add_safe(&line, item->why, strlen(item->why));
	}
	puts(line.buf);
}

static void print_lines(const struct jci_transfer *t, const struct transfer_words *words)
{
	size_t lines = 0, more = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct jci_transfer_item *item = &t->items[i];

		if (item->fate == JCI_FATE_SAME)
			continue;
		if (lines == MAX_LINES && item->fate != JCI_FATE_REFUSED) {
			more++;
			continue;
		}
		lines += item->fate != JCI_FATE_REFUSED;
		print_item(item, item->fate == JCI_FATE_NEW        ? words->done
				 : item->fate == JCI_FATE_REPLACED ? _("replaced")
				 : item->fate == JCI_FATE_RUNNING  ? _("running")
				 : item->fate == JCI_FATE_REMOVED  ? _("removed")
								   : _("refused"));
	}
	if (more > 0)
		/* TRANSLATORS: below a list of runs */
		printf(ngettext("... and %zu more\n", "... and %zu more\n", more), more);
}

static void print_sums(const struct jci_transfer *t, const struct transfer_words *words)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;

	for (enum jci_fate fate = JCI_FATE_NEW; fate <= JCI_FATE_REFUSED; fate++) {
		if (t->count[fate] == 0)
			continue;
		strbuf_addstr(&line, line.len ? ", " : "");
		words->add_sum(&line, fate, t->count[fate]);
	}
	puts(line.len ? line.buf : _("no runs"));
}

int transfer_report(const struct jci_transfer *t, const struct transfer_words *words, bool json)
{
	if (json) {
		print_json(t);
	} else {
		print_lines(t, words);
		print_sums(t, words);
	}
	return t->count[JCI_FATE_REFUSED] > 0 ? STATUS_RED : STATUS_OK;
}
