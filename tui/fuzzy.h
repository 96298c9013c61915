/* How an entry of a menu fits what was typed (fuzzy_score() of tui/overlay.h), and where. */
#ifndef JCI_TUI_FUZZY_H
#define JCI_TUI_FUZZY_H

#include <stddef.h>

enum {
	FUZZY_MAX = 64,         /* bytes typed that count */
	FUZZY_SCORE_MAX = 4095, /* of fuzzy_match() */
};

/*
 * -1: it does not hold all bytes of `typed` (blanks left out) in their order. Otherwise 0 to
 * FUZZY_SCORE_MAX, and the offsets of the bytes that were matched in at[0..*n-1]. Letters match in
 * any case unless `typed` has a capital. Best are those where the letters stand together and begin
 * words; of two like that, the shorter entry.
 */
int fuzzy_match(const char *item, const char *typed, size_t at[FUZZY_MAX], size_t *n);

#endif
