/*
 * The status page: / lists jobs and runners, /jobs/N has all of one job. It only shows; what
 * changes something is a command, which the page names. Links are relative: a reverse proxy may
 * have it below any path.
 */
#include "server/request.h"

#include <string.h>

#include "server/jobjson.h"
#include "util/clock.h"
#include "util/duration.h"
#include "util/gettext.h"
#include "util/text.h"

enum { SHOWN_JOBS = 100, REFRESH_S = 10, ABBREV = 10 };

/* ---- pieces ---- */

static void add_text(struct strbuf *sb, const char *text)
{
	text_add_html(sb, text ? text : "", text ? strlen(text) : 0);
}

static void begin_page(struct strbuf *sb, const char *title, const char *root, bool refresh)
{
	strbuf_addstr(sb, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
			  "<meta name=\"viewport\" content=\"width=device-width\">"
			  "<meta name=\"color-scheme\" content=\"light dark\">");
	if (refresh)
		strbuf_addf(sb, "<meta http-equiv=\"refresh\" content=\"%d\">", REFRESH_S);
	strbuf_addf(sb, "<link rel=\"stylesheet\" href=\"%sstyle.css\"><title>", root);
	add_text(sb, title);
	strbuf_addstr(sb, "</title></head>\n<body>\n<h1>");
	add_text(sb, title);
	strbuf_addstr(sb, "</h1>\n");
}

static void end_page(struct strbuf *sb)
{
	strbuf_addstr(sb, "</body></html>\n");
}

/* data-label is what a narrow screen shows in place of the table's head. */
static void begin_cell(struct strbuf *sb, const char *label)
{
	strbuf_addstr(sb, "<td data-label=\"");
	add_text(sb, label);
	strbuf_addstr(sb, "\">");
}

static void add_cell(struct strbuf *sb, const char *label, const char *text)
{
	begin_cell(sb, label);
	add_text(sb, text);
	strbuf_addstr(sb, "</td>");
}

static void add_age_cell(struct strbuf *sb, const char *label, int64_t us)
{
	cleanup_strbuf struct strbuf age = STRBUF_INIT;

	if (us)
		time_add_age(&age, us, clock_now_us());
	add_cell(sb, label, age.buf);
}

static void add_head(struct strbuf *sb, const char *const *labels)
{
	strbuf_addstr(sb, "<table>\n<thead><tr>");
	for (; *labels; labels++) {
		strbuf_addstr(sb, "<th>");
		add_text(sb, _(*labels));
		strbuf_addstr(sb, "</th>");
	}
	strbuf_addstr(sb, "</tr></thead>\n<tbody>\n");
}

static void end_table(struct strbuf *sb)
{
	strbuf_addstr(sb, "</tbody></table>\n");
}

/* ---- jobs ---- */

static const char *ref_name(const struct job *job)
{
	const char *branch = job_branch(job);

	if (branch)
		return branch;
	return strncmp(job->ref, "refs/", 5) == 0 ? job->ref + 5 : job->ref;
}

/* Why it is where it is. */
static const char *note_of(const struct job *job)
{
	if (job->state == JOB_ASSIGNED && job->cancelled)
		return _("being cancelled");
	if (job->state == JOB_PENDING && !job->prepared)
		return _("being prepared");
	if (job->detail)
		return job->detail;
	return job->state == JOB_PENDING && job->labels ? job->labels : "";
}

/* How long it runs, or ran. */
static void add_duration(struct strbuf *sb, const struct job *job)
{
	const int64_t end = job->ended_us ? job->ended_us : clock_now_us();

	if (job->assigned_us && end >= job->assigned_us)
		duration_add(sb, end - job->assigned_us);
}

static void add_job(struct strbuf *sb, const struct job *job)
{
	cleanup_strbuf struct strbuf duration = STRBUF_INIT;
	const char *word = job_word(job);

	strbuf_addf(sb, "<tr class=\"%s\">", word);
	begin_cell(sb, _("job"));
	strbuf_addf(sb, "<a href=\"jobs/%lld\">%lld</a></td>", (long long)job->id,
		    (long long)job->id);
	begin_cell(sb, _("state"));
	strbuf_addf(sb, "<b>%s</b></td>", word);
	add_cell(sb, _("repository"), job->repository);
	add_cell(sb, _("ref"), ref_name(job));
	begin_cell(sb, _("commit"));
	strbuf_addf(sb, "<code>%.*s</code></td>", ABBREV, job->commit);
	begin_cell(sb, _("attempt"));
	strbuf_addf(sb, "%d</td>", job->attempt);
	add_cell(sb, _("runner"), job->runner_name);
	add_age_cell(sb, _("queued"), job->created_us);
	add_duration(&duration, job);
	add_cell(sb, _("duration"), duration.buf);
	add_cell(sb, _("note"), note_of(job));
	strbuf_addstr(sb, "</tr>\n");
}

static bool any_open(const struct job_list *jobs)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (jobs->jobs[i].state != JOB_DONE)
			return true;
	return false;
}

static void add_jobs(struct strbuf *sb, const struct job_list *jobs)
{
	static const char *const labels[] = {N_("job"),    N_("state"),  N_("repository"),
					     N_("ref"),    N_("commit"), N_("attempt"),
					     N_("runner"), N_("queued"), N_("duration"),
					     N_("note"),   NULL};

	strbuf_addstr(sb, "<h2>");
	add_text(sb, _("Jobs"));
	strbuf_addstr(sb, "</h2>\n");
	if (!jobs->n) {
		strbuf_addstr(sb, "<p>");
		add_text(sb, _("There was no push yet."));
		strbuf_addstr(sb, "</p>\n");
		return;
	}
	add_head(sb, labels);
	for (size_t i = 0; i < jobs->n; i++)
		add_job(sb, &jobs->jobs[i]);
	end_table(sb);
}

/* ---- runners ---- */

static void add_runner(struct strbuf *sb, const struct runner_info *r, int64_t lease_us)
{
	const bool alive = clock_now_us() - r->last_seen_us <= lease_us;

	strbuf_addstr(sb, alive ? "<tr class=\"alive\">" : "<tr class=\"gone\">");
	add_cell(sb, _("runner"), r->name);
	add_cell(sb, _("labels"), r->labels);
	begin_cell(sb, _("running"));
	strbuf_addf(sb, "%d</td>", r->running);
	begin_cell(sb, _("free"));
	strbuf_addf(sb, "%d</td>", r->slots);
	add_cell(sb, _("version"), r->version);
	add_age_cell(sb, _("last seen"), r->last_seen_us);
	strbuf_addstr(sb, "</tr>\n");
}

static void add_runners(struct strbuf *sb, const struct runner_list *runners, int64_t lease_us)
{
	static const char *const labels[] = {N_("runner"), N_("labels"),  N_("running"),
					     N_("free"),   N_("version"), N_("last seen"),
					     NULL};

	strbuf_addstr(sb, "<h2>");
	add_text(sb, _("Runners"));
	strbuf_addstr(sb, "</h2>\n");
	if (!runners->n) {
		strbuf_addstr(sb, "<p>");
		add_text(sb, _("No runner has polled yet; start one with: git jci runner"));
		strbuf_addstr(sb, "</p>\n");
		return;
	}
	add_head(sb, labels);
	for (size_t i = 0; i < runners->n; i++)
		add_runner(sb, &runners->runners[i], lease_us);
	end_table(sb);
}

/* ---- pages ---- */

int handle_page(struct request *rq)
{
	const struct job_filter filter = {.state = -1, .limit = SHOWN_JOBS};
	cleanup_job_list struct job_list jobs = {0};
	cleanup_runner_list struct runner_list runners = {0};
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	if (queue_list(rq->queue, &filter, &jobs, &rq->err) < 0 ||
	    queue_runners(rq->queue, &runners, &rq->err) < 0)
		return rq->err.code;
	begin_page(&sb, "git jci server", "", any_open(&jobs));
	add_jobs(&sb, &jobs);
	add_runners(&sb, &runners, rq->options->queue.lease_us);
	end_page(&sb);
	return answer_html(rq, 200, &sb);
}

static void add_fact(struct strbuf *sb, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	strbuf_addstr(sb, "<dt>");
	add_text(sb, name);
	strbuf_addstr(sb, "</dt><dd>");
	add_text(sb, text);
	strbuf_addstr(sb, "</dd>\n");
}

static void add_time(struct strbuf *sb, const char *name, int64_t us)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (!us)
		return;
	time_add_local(&text, us);
	add_fact(sb, name, text.buf);
}

static void add_facts(struct strbuf *sb, const struct job *job)
{
	cleanup_strbuf struct strbuf number = STRBUF_INIT;

	strbuf_addstr(sb, "<dl>\n");
	add_fact(sb, _("state"), job_word(job));
	add_fact(sb, _("note"), note_of(job));
	add_fact(sb, _("repository"), job->repository);
	add_fact(sb, _("ref"), job->ref);
	add_fact(sb, _("commit"), job->commit);
	add_fact(sb, _("trigger"), job->trigger);
	strbuf_addf(&number, "%d", job->attempt);
	add_fact(sb, _("attempt"), number.buf);
	if (job_has_run(job))
		add_fact(sb, _("run"), job->run_id);
	add_fact(sb, _("labels"), job->labels);
	add_fact(sb, _("image"), job->image);
	add_fact(sb, _("runner"), job->runner_name);
	add_time(sb, _("queued"), job->created_us);
	add_time(sb, _("started"), job->assigned_us);
	add_time(sb, _("ended"), job->ended_us);
	strbuf_addstr(sb, "</dl>\n");
}

static void add_command(struct strbuf *sb, const char *verb, int64_t id)
{
	strbuf_addf(sb, "<pre>git jci jobs %s %lld</pre>\n", verb, (long long)id);
}

int handle_job_page(struct request *rq)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT, title = STRBUF_INIT;
	cleanup_job struct job job = {0};

	if (queue_job(rq->queue, rq->id, &job, &rq->err) < 0)
		return rq->err.code;
	strbuf_addf(&title, _("Job %lld"), (long long)job.id);
	begin_page(&sb, title.buf, "../", job.state != JOB_DONE);
	add_facts(&sb, &job);
	if (job.state != JOB_DONE)
		add_command(&sb, "cancel", job.id);
	else
		add_command(&sb, "retry", job.id);
	if (job.state == JOB_DONE && job_has_run(&job))
		add_command(&sb, "log", job.id);
	strbuf_addstr(&sb, "<p><a href=\"../\">");
	add_text(&sb, _("All jobs"));
	strbuf_addstr(&sb, "</a></p>\n");
	end_page(&sb);
	return answer_html(rq, 200, &sb);
}

int handle_style(struct request *rq)
{
	static const char style[] =
		":root{color-scheme:light dark;font:15px/1.4 system-ui,sans-serif}"
		"body{margin:1rem;max-width:90rem}h1{font-size:1.3rem}h2{font-size:1.1rem}"
		"table{border-collapse:collapse;width:100%}"
		"th,td{text-align:left;padding:.25rem .6rem .25rem 0;vertical-align:top;"
		"border-bottom:1px solid #8884;overflow-wrap:anywhere}"
		"th{font-weight:normal;opacity:.75}"
		"dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}"
		"dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}"
		"pre{background:#8882;padding:.5rem;overflow-x:auto}"
		".passed b{color:#1a7f37}"
		".failed b,.timeout b,.lost b,.broken b{color:#d1242f}"
		".assigned b,.exited b{color:#9a6700}.gone{opacity:.6}"
		"@media(prefers-color-scheme:dark){.passed b{color:#57d977}"
		".failed b,.timeout b,.lost b,.broken b{color:#ff8f88}"
		".assigned b,.exited b{color:#e3b341}}"
		"@media(max-width:45rem){thead{display:none}tr{display:block;padding:.5rem 0;"
		"border-bottom:1px solid #8888}td{display:flex;gap:1rem;border:0;padding:.1rem 0}"
		"td:empty{display:none}"
		"td::before{content:attr(data-label);min-width:6rem;opacity:.75}}\n";

	return answer_text(rq, 200, "text/css; charset=utf-8", style, strlen(style));
}
