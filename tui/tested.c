#include "tui/tested.h"

#include <stdlib.h>
#include <string.h>

#include "core/summary.h"
#include "tui/draw.h"
#include "tui/tui.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { MIN_LIST = 4, MARK = 2, GAP = 2 }; /* rows that are left for files; columns */

struct reading {
	struct job job;
	struct tested *tested;
	struct jci_record run;
	struct jci_summaries summaries;
};

static bool stop(void *ctx)
{
	return job_cancelled(ctx);
}

static void reading_run(struct job *job, struct jci_repo *repo)
{
	struct reading *r = (struct reading *)job;
	const struct jci_summary_stop cancelled = {stop, job};

	jci_summaries_read(&r->summaries, repo, &r->run, NULL, &cancelled, &job->error);
}

/* Files that can't be read have been told of by the pane. */
static void reading_done(struct job *job)
{
	struct reading *r = (struct reading *)job;
	struct tested *t = r->tested;
	const struct jci_summary *now = &r->summaries.now;

	t->job = NULL;
	strbuf_reset(&t->tests);
	strbuf_reset(&t->coverage);
	t->failed = now->count[JCI_RESULT_FAILED] || now->count[JCI_RESULT_ERROR];
	jci_summaries_add_tests(&t->tests, &r->summaries, true);
	if (now->n_coverage)
		strbuf_addf(&t->coverage, "%s ", _("coverage"));
	jci_summaries_add_coverage(&t->coverage, &r->summaries, true);
	pane_dirty(t->pane);
}

static void reading_release(struct job *job)
{
	struct reading *r = (struct reading *)job;

	jci_record_release(&r->run);
	jci_summaries_release(&r->summaries);
	free(r);
}

void tested_init(struct tested *t, struct pane *pane)
{
	*t = (struct tested){.pane = pane, .tests = STRBUF_INIT, .coverage = STRBUF_INIT};
}

void tested_cancel(struct tested *t)
{
	job_cancel(&t->job);
}

void tested_clear(struct tested *t)
{
	tested_cancel(t);
	strbuf_release(&t->tests);
	strbuf_release(&t->coverage);
	pane_dirty(t->pane);
}

void tested_start(struct tested *t, const struct jci_record *run)
{
	static const struct job_ops ops = {
		.run = reading_run, .done = reading_done, .release = reading_release};
	struct reading *r;

	tested_cancel(t);
	if (!jci_record_is_stored(run))
		return;
	r = xcalloc(1, sizeof(*r));
	r->job.ops = &ops;
	r->tested = t;
	jci_record_init(&r->run);
	jci_record_copy(&r->run, run);
	jci_summaries_init(&r->summaries);
	t->job = &r->job;
	job_start(t->pane->tui->workers, t->job);
}

/* ---- drawing ---- */

static int tests_width(const struct tested *t)
{
	return t->tests.len ? MARK + draw_width(t->tests.buf, t->tests.len) : 0;
}

int tested_rows(const struct tested *t, int height, int width)
{
	const int coverage = draw_width(t->coverage.buf, t->coverage.len);
	int rows = t->tests.len || t->coverage.len;

	if (t->tests.len && t->coverage.len && tests_width(t) + GAP + coverage > width)
		rows = 2;
	return height >= rows + MIN_LIST ? rows : 0;
}

static void draw_tests(const struct tested *t, int y, int width)
{
	const enum style style = t->failed ? STYLE_ERR : STYLE_OK;
	const char *mark = theme_status_mark(t->failed ? JCI_STATUS_ERR : JCI_STATUS_OK);

	draw_text(t->pane->win, y, 0, width, style, mark, DRAW_ALL);
	if (width > MARK)
		draw_text(t->pane->win, y, MARK, width - MARK, style, t->tests.buf, t->tests.len);
}

void tested_draw(const struct tested *t, int rows)
{
	WINDOW *win = t->pane->win;
	const int width = getmaxx(win), y = getmaxy(win) - rows;
	const int coverage = draw_width(t->coverage.buf, t->coverage.len);

	if (rows && t->tests.len)
		draw_tests(t, y, width);
	if (rows && t->coverage.len && coverage <= width)
		draw_right(win, y + rows - 1, width - coverage, coverage, STYLE_HINT,
			   t->coverage.buf);
	else if (rows && t->coverage.len)
		draw_text(win, y + rows - 1, 0, width, STYLE_HINT, t->coverage.buf,
			  t->coverage.len);
}
