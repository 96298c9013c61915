#include "cmd/report.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/finish.h"
#include "cmd/print.h"
#include "core/run.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

static const char *why_text(const char *why)
{
	static const struct {
		const char *why, *text;
	} texts[] = {
		{"socket", N_("a socket")},
		{"fifo", N_("a fifo")},
		{"device", N_("a device")},
		{"git", N_("git refuses this name")},
		{"unreadable", N_("it cannot be read")},
		{"changed", N_("it changed while it was read")},
		{"depth", N_("too deep")},
		{"replaced", N_("git-jci stores its own file under this name")},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(texts[i].why, why) == 0)
			return _(texts[i].text);
	return why;
}

static void report_left_out(const struct jci_record *r)
{
	for (size_t i = 0; i < r->n_left_out; i++) {
		cleanup_strbuf struct strbuf path = STRBUF_INIT;

		text_add_safe(&path, r->left_out[i].path, strlen(r->left_out[i].path));
		cmd_note(_("left out '%s': %s"), path.buf, why_text(r->left_out[i].why));
	}
	if (r->output_dir)
		cmd_note(_("the output folder is kept: %s"), r->output_dir);
}

void report_result(const struct jci_record *r)
{
	cleanup_strbuf struct strbuf took = STRBUF_INIT, end = STRBUF_INIT;
	char id[JCI_RUN_ID_SIZE];

	report_left_out(r);
	jci_run_id_format(id, &r->ref.id);
	duration_add(&took, r->duration_us > 0 ? r->duration_us : 0);
	if (r->status != JCI_STATUS_OK) {
		print_add_end(&end, r);
		if (end.len)
			strbuf_addstr(&end, ", ");
	}
	cmd_note(_("%s: %.*s in %s, %srun %s"), print_word(r), PRINT_ABBREV,
		 git_oid_tostr_s(&r->ref.commit), took.buf, end.buf, id);
}

void report_recovered(void *ctx, const struct jci_record *r, const struct jci_error *e)
{
	struct report_recovery *recovery = ctx;
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &r->ref.id);
	if (!e) {
		report_left_out(r);
		cmd_note(_("recovered: %s, run %s"), print_word(r), id);
		finish_run(recovery->repo, r);
		return;
	}
	cmd_note(_("run '%s' cannot be recovered: %s"), id, e->message);
	recovery->status = STATUS_FAILED;
}

int report_proof(const struct jci_repo *repo, const git_oid *commit, struct jci_error *err)
{
	cleanup_record struct jci_record proof;
	char id[JCI_RUN_ID_SIZE];

	jci_record_init(&proof);
	if (jci_run_proof(repo, commit, &proof, err) < 0) {
		if (err->code != JCI_ENOTFOUND)
			return err->code;
		jci_error_clear(err);
		return 0;
	}
	jci_run_id_format(id, &proof.ref.id);
	cmd_note(_("not needed: the tree of %.*s passed in run %s"), PRINT_ABBREV,
		 git_oid_tostr_s(commit), id);
	return 1;
}
