/* Searching, and going from error to error. */
#include "tui/viewerpriv.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"

static void set_pattern(struct viewer *v, const char *text)
{
	struct view_search *s = &v->search;

	if (text && s->text && strcmp(text, s->text) == 0)
		return;
	pattern_free(s->pattern);
	free(s->text);
	s->pattern = text ? pattern_new(text) : NULL;
	s->text = s->pattern ? xstrdup(text) : NULL;
	s->found = s->start = s->end = UINT64_MAX;
	if (v->mode != VIEWER_RESULTS)
		doc_search(v->doc, s->text, v->at.cursor);
	viewtext_forget(v);
	pane_dirty(&v->pane);
}

void view_search_stop(struct viewer *v)
{
	v->search.dir = 0;
}

void view_search_clear(struct viewer *v)
{
	struct view_search *s = &v->search;

	pattern_free(s->pattern);
	free(s->text);
	free(s->last);
	*s = (struct view_search){
		.found = UINT64_MAX,
		.start = UINT64_MAX,
		.end = UINT64_MAX,
	};
}

/* ---- matches within a line, for the hexadecimal mode ---- */

/* The first match from byte `from` of the file on, or the last one before it. */
static bool find_in_line(struct viewer *v, uint64_t line, uint64_t from, int dir)
{
	struct view_search *s = &v->search;
	size_t len, start, end = 0;
	const char *bytes = doc_line(v->doc, line, &len);
	bool found = false;

	while (pattern_find(s->pattern, bytes, len, end, &start, &end)) {
		if (dir > 0 && line + start < from)
			continue;
		if (dir < 0 && line + start >= from)
			break;
		s->start = line + start;
		s->end = line + end;
		found = true;
		if (dir > 0)
			break;
	}
	return found;
}

/* Another match in the line where the last one is. */
static bool step_within_line(struct viewer *v, int dir)
{
	const uint64_t start = v->search.start;

	if (start == UINT64_MAX || start < v->at.cursor || start >= v->at.cursor + viewhex_bytes(v))
		return false;
	if (!find_in_line(v, doc_line_at(v->doc, start), dir > 0 ? start + 1 : start, dir))
		return false;
	view_goto(v, v->search.start);
	return true;
}

/* ---- from match to match ---- */

static void show_match(struct viewer *v, uint64_t line, int dir)
{
	const uint64_t jumped = v->jumped;

	v->search.found = line;
	v->search.number = doc_match_number(v->doc, line);
	if (v->mode == VIEWER_HEX) {
		if (find_in_line(v, line, dir > 0 ? 0 : UINT64_MAX, dir))
			view_goto(v, v->search.start);
		else
			view_goto(v, line);
	} else {
		view_goto(v, line);
		view_adjust(v);
		viewtext_show_match(v);
	}
	if (v->search.typing)
		v->jumped = jumped;
}

static void say_wrapped(struct viewer *v, int dir)
{
	if (v->search.typing)
		return;
	tui_say(v->pane.tui, "%s",
		dir > 0 ? _("the search went on from the beginning")
			: _("the search went on from the end"));
}

static void say_none(struct viewer *v)
{
	if (v->search.say)
		tui_say(v->pane.tui, _("nothing matches '%s'"), v->search.text);
}

/* A blob that is still being unpacked: what is not there may be further on. */
static bool is_to_come(const struct viewer *v)
{
	return doc_is_loading(v->doc);
}

static void seek(struct viewer *v, uint64_t from, int dir, bool at)
{
	struct view_search *s = &v->search;
	uint64_t line = from;
	bool wrapped = false;
	int found;

	found = dir > 0 ? doc_next_match(v->doc, &line, at, &wrapped)
			: doc_prev_match(v->doc, &line, at, &wrapped);
	s->dir = 0;
	pane_dirty(&v->pane);
	if (found > 0) {
		show_match(v, line, dir);
		if (wrapped)
			say_wrapped(v, dir);
	} else if (found == 0 && !is_to_come(v)) {
		say_none(v);
	} else {
		s->dir = dir;
		s->at = at;
		s->from = from;
	}
}

void view_search_go_on(struct viewer *v)
{
	if (v->search.dir && v->search.pattern && v->mode != VIEWER_RESULTS)
		seek(v, v->search.from, v->search.dir, v->search.at);
	if (v->search.number == 0 && v->search.found != UINT64_MAX)
		v->search.number = doc_match_number(v->doc, v->search.found);
}

/* A row's bytes begin anywhere in a line. */
static uint64_t line_of_cursor(struct viewer *v)
{
	return v->mode == VIEWER_HEX ? doc_line_at(v->doc, v->at.cursor) : v->at.cursor;
}

static void go_back(struct viewer *v)
{
	v->at = v->search.origin;
	if (v->res.list.cursor != v->search.origin_row)
		list_goto(&v->res.list, v->search.origin_row);
	pane_dirty(&v->pane);
}

static void search_typed(struct viewer *v, const char *pattern)
{
	struct view_search *s = &v->search;

	if (!s->typing) {
		s->origin = v->at;
		s->origin_row = v->res.list.cursor;
		s->typing = true;
	}
	go_back(v);
	s->dir = 0;
	s->say = false;
	set_pattern(v, *pattern ? pattern : NULL);
	if (!s->pattern)
		return;
	if (v->mode == VIEWER_RESULTS)
		viewresults_search(v, 1, true);
	else
		seek(v, line_of_cursor(v), 1, true);
}

static void search_accept(struct viewer *v, const char *pattern)
{
	struct view_search *s = &v->search;
	bool complete;

	if (!*pattern) { /* the last one once more */
		s->typing = false;
		view_search_again(v, 1);
		return;
	}
	if (!s->text || strcmp(s->text, pattern) != 0)
		search_typed(v, pattern);
	s->typing = false;
	free(s->last);
	s->last = xstrdup(pattern);
	s->say = true;
	v->jumped = s->origin.cursor;
	if (v->mode != VIEWER_RESULTS && doc_matches(v->doc, &complete) == 0 && complete)
		say_none(v);
}

void view_search(struct viewer *v, const char *pattern, enum search_step step)
{
	if (!v->doc)
		return;
	switch (step) {
	case SEARCH_TYPED:
		search_typed(v, pattern);
		break;
	case SEARCH_ACCEPT:
		search_accept(v, pattern);
		break;
	case SEARCH_CANCEL:
		if (v->search.typing)
			go_back(v);
		v->search.typing = false;
		v->search.dir = 0;
		set_pattern(v, NULL);
		break;
	}
}

void view_search_again(struct viewer *v, int dir)
{
	struct view_search *s = &v->search;

	s->say = true;
	if (!s->pattern)
		set_pattern(v, s->last);
	if (!s->pattern)
		tui_say(v->pane.tui, "%s", _("nothing was searched for yet"));
	else if (v->mode == VIEWER_RESULTS)
		viewresults_search(v, dir, false);
	else if (v->mode != VIEWER_HEX || !step_within_line(v, dir))
		seek(v, line_of_cursor(v), dir, false);
}

/* Whether the cursor is where the search went. */
static bool is_at_match(const struct viewer *v)
{
	const uint64_t at = v->mode == VIEWER_HEX ? v->search.start : v->search.found;

	return v->search.number > 0 && at >= v->at.cursor &&
	       at < v->at.cursor + (v->mode == VIEWER_HEX ? viewhex_bytes(v) : 1);
}

void view_search_title(const struct viewer *v, struct strbuf *sb)
{
	const unsigned long long number = v->search.number;
	bool complete = false;
	unsigned long long n;

	if (!v->search.pattern || v->mode == VIEWER_RESULTS)
		return;
	n = doc_matches(v->doc, &complete);
	if (v->search.dir)
		strbuf_addstr(sb, _("searching"));
	else if (is_at_match(v) && complete) /* TRANSLATORS: of lines with a match */
		strbuf_addf(sb, Q_("%llu of %llu match", "%llu of %llu matches", n), number, n);
	else if (is_at_match(v)) /* TRANSLATORS: more may be found, the search goes on */
		strbuf_addf(sb, _("%llu of %llu+ matches"), number, n);
	else if (complete)
		strbuf_addf(sb, Q_("%llu match", "%llu matches", n), n);
	else /* TRANSLATORS: as above */
		strbuf_addf(sb, _("%llu+ matches"), n);
	strbuf_addstr(sb, "  ");
}

/* ---- errors ---- */

void view_error(struct viewer *v, bool next)
{
	uint64_t line = v->at.cursor;
	bool found = next ? doc_next_error(v->doc, &line) : doc_prev_error(v->doc, &line);

	if (!found) { /* around the end */
		line = next ? 0 : doc_size(v->doc);
		found = next ? doc_is_error(v->doc, 0) || doc_next_error(v->doc, &line)
			     : doc_prev_error(v->doc, &line);
		if (found)
			tui_say(v->pane.tui, "%s",
				next ? _("the first error: there is none further down")
				     : _("the last error: there is none further up"));
	}
	if (found)
		view_goto(v, line);
	else if (doc_lines(v->doc) || doc_is_complete(v->doc))
		tui_say(v->pane.tui, "%s", _("no line reports an error"));
	else
		tui_say(v->pane.tui, "%s", _("no line reports an error so far"));
}
