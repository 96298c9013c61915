#include "tui/pace.h"

#include <string.h>

enum { BURST_US = 250000, PATIENCE_US = 1000000 };

/* What was drawn long ago has arrived, as far as it can be known. */
static void add_rows(struct pace *pace, int rows, int64_t now_us)
{
	if (now_us - pace->drawn_us >= BURST_US)
		pace->unasked = 0;
	else
		pace->unasked += rows;
	pace->drawn_us = now_us;
}

static bool should_ask(const struct pace *pace, int lines)
{
	if (!pace->asked_us)
		return pace->asks;
	return pace->answers && pace->unasked > lines / 4 && pace->n < PACE_QUESTIONS_MAX;
}

bool pace_drawn(struct pace *pace, int rows, int lines, int64_t now_us)
{
	if (!rows)
		return false;
	add_rows(pace, rows, now_us);
	if (!should_ask(pace, lines))
		return false;
	pace->rows[pace->n++] = pace->unasked;
	pace->behind += pace->unasked;
	pace->unasked = 0;
	pace->asked_us = now_us;
	return true;
}

void pace_answered(struct pace *pace)
{
	pace->answers = true;
	if (!pace->n)
		return;
	pace->behind -= pace->rows[0];
	pace->n--;
	memmove(pace->rows, pace->rows + 1, (size_t)pace->n * sizeof(*pace->rows));
}

void pace_forget(struct pace *pace)
{
	pace->n = pace->behind = 0;
}

int64_t pace_expects(const struct pace *pace, int64_t now_us)
{
	int64_t left = pace->asked_us + PATIENCE_US - now_us;

	return pace->n && left > 0 ? left : 0;
}

/* An answer may get lost: that must not hold up the screen for ever. */
bool pace_allows(struct pace *pace, int lines, int64_t now_us)
{
	if (pace->n && !pace_expects(pace, now_us))
		pace_forget(pace);
	if (!pace->answers || !pace->n)
		return true;
	return pace->behind < lines / 2 && pace->n < PACE_QUESTIONS_MAX;
}
