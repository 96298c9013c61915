#include "tui/fuzzy.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "tui/overlay.h"

enum {
	POINTS_BYTE = 16,
	POINTS_TOGETHER = 12,
	POINTS_WORD = 10,
	POINTS_BEGIN = 6, /* of the entry */
	GAP_MAX = 8,      /* points lost for what lies between two of them */
	LENGTH_MAX = 15,  /* points lost for length */
};

struct wanted {
	char bytes[FUZZY_MAX];
	size_t n;
	bool fold; /* letters in any case */
};

/* ASCII only and in no locale: bytes of other characters have to be the same. */
static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void wanted_from(struct wanted *w, const char *typed)
{
	w->n = 0;
	w->fold = true;
	for (; *typed && w->n < FUZZY_MAX; typed++) {
		if (*typed == ' ')
			continue;
		w->fold = w->fold && fold(*typed) == *typed;
		w->bytes[w->n++] = *typed;
	}
}

static bool same(const struct wanted *w, size_t i, char c)
{
	return w->bytes[i] == (w->fold ? fold(c) : c);
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool begins_word(const char *item, size_t at)
{
	if (!is_word_byte(item[at]))
		return false;
	return at == 0 || !is_word_byte(item[at - 1]) ||
	       (isupper((unsigned char)item[at]) && islower((unsigned char)item[at - 1]));
}

static int score_of(const char *item, size_t len, const size_t *at, size_t n)
{
	int score = 0;

	for (size_t i = 0; i < n; i++) {
		size_t gap = i ? at[i] - at[i - 1] - 1 : 0;

		score += POINTS_BYTE;
		if (begins_word(item, at[i]))
			score += POINTS_WORD;
		if (at[i] == 0)
			score += POINTS_BEGIN;
		if (i && gap == 0)
			score += POINTS_TOGETHER;
		score -= (int)(gap < GAP_MAX ? gap : GAP_MAX);
	}
	score -= (int)(len / 4 < LENGTH_MAX ? len / 4 : LENGTH_MAX);
	if (score > FUZZY_SCORE_MAX)
		return FUZZY_SCORE_MAX;
	return score > 0 ? score : 0;
}

/* Where all of them stand together, at the beginning of a word if there is such a place. */
static bool find_together(const struct wanted *w, const char *item, size_t len, size_t *at)
{
	bool found = false;

	for (size_t start = 0; start + w->n <= len; start++) {
		size_t i = 0;

		while (i < w->n && same(w, i, item[start + i]))
			i++;
		if (i < w->n || (found && !begins_word(item, start)))
			continue;
		for (i = 0; i < w->n; i++)
			at[i] = start + i;
		found = true;
		if (begins_word(item, start))
			break;
	}
	return found;
}

/* The first place where all are found in their order, then pulled together from its end. */
static bool find_apart(const struct wanted *w, const char *item, size_t len, size_t *at)
{
	size_t i = 0, pos = 0;

	for (; pos < len && i < w->n; pos++)
		if (same(w, i, item[pos]))
			i++;
	if (i < w->n)
		return false;
	while (i > 0) {
		pos--;
		if (same(w, i - 1, item[pos]))
			at[--i] = pos;
	}
	return true;
}

int fuzzy_match(const char *item, const char *typed, size_t at[FUZZY_MAX], size_t *n)
{
	size_t len = strlen(item);
	struct wanted w;

	wanted_from(&w, typed);
	*n = w.n;
	if (!find_apart(&w, item, len, at))
		return -1;
	find_together(&w, item, len, at);
	return score_of(item, len, at, w.n);
}

int fuzzy_score(const char *item, const char *typed)
{
	size_t at[FUZZY_MAX], n;

	return fuzzy_match(item, typed, at, &n);
}
