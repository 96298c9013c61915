/*
 * How far the terminal is behind with what was sent to it. The kernel doesn't tell, and a slow line
 * holds much; but a terminal that is asked for its status (DSR of the VT100) answers when it has
 * shown what came before the question. So frames that follow each other fast have questions
 * between them, one for a quarter of a screen, and the next waits while half a screen is
 * unanswered. A terminal that does not answer the first question, behind the first frame, is never
 * asked again.
 */
#ifndef JCI_TUI_PACE_H
#define JCI_TUI_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { PACE_QUESTIONS_MAX = 8 };

struct pace {
	bool asks, answers;           /* ever, as far as is known */
	int rows[PACE_QUESTIONS_MAX]; /* of frames whose answers are to come, the oldest first */
	int n, behind;                /* how many, and the sum of their rows */
	int unasked;                  /* rows drawn since the last question */
	int64_t drawn_us, asked_us; /* the last frame, the last question; 0: none yet */
};

/* A frame that changed some of the rows was sent; should a question follow it? */
bool pace_drawn(struct pace *pace, int rows, int lines, int64_t now_us);
void pace_answered(struct pace *pace);
/* May a frame be sent to a screen of so many lines? */
bool pace_allows(struct pace *pace, int lines, int64_t now_us);
/* How long an answer may take still, in microseconds; 0: none will come. */
int64_t pace_expects(const struct pace *pace, int64_t now_us);
/* What was asked will be answered to another program, or never. */
void pace_forget(struct pace *pace);

#endif
