#include "cmd/candidates.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/alloc.h"
#include "util/text.h"

enum { WIDEST = 40 }; /* column that descriptions are lined up to */

void candidates_release(struct candidates *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].text);
		free(list->items[i].about);
	}
	free(list->items);
}

const char *candidates_typed(const struct candidates *list)
{
	return list->word + list->head;
}

static bool is_there(const struct candidates *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].text, text) == 0)
			return true;
	return false;
}

void candidates_add(struct candidates *list, const char *text, size_t len, const char *about)
{
	const char *typed = candidates_typed(list);
	cleanup_free char *whole = NULL;

	if (len < strlen(typed) || memcmp(text, typed, strlen(typed)) != 0 ||
	    (list->no_dash && list->head == 0 && *text == '-'))
		return;
	whole = xasprintf("%.*s%.*s", (int)list->head, list->word, (int)len, text);
	if (is_there(list, whole))
		return;
	ARRAY_GROW(list->items, list->n + 1, list->cap);
	list->items[list->n++] =
		(struct candidate){.text = steal_ptr(whole), .about = xstrdup(about ? about : "")};
}

/* ---- for programs ---- */

static const char *kind_word(const struct candidates *list)
{
	static const char *const words[] = {
		[CANDIDATES_WORDS] = "words",
		[CANDIDATES_FILES] = "files",
		[CANDIDATES_FOLDERS] = "folders",
	};

	return words[list->kind];
}

static bool has_control(const char *s)
{
	const size_t len = strlen(s);

	for (size_t i = 0; i < len;) {
		const size_t n = utf8_sequence(s + i, len - i);

		if (n > 0 && text_is_unsafe(utf8_decode(s + i, n)))
			return true;
		i += n ? n : 1;
	}
	return false;
}

void candidates_print(const struct candidates *list, bool nul)
{
	printf("%s%c", kind_word(list), nul ? '\0' : '\n');
	for (size_t i = 0; i < list->n; i++) {
		const struct candidate *c = &list->items[i];

		if (nul)
			printf("%s%c%s%c", c->text, '\0', c->about, '\0');
		else if (!has_control(c->text))
			printf("%s\t%s\n", c->text, c->about);
	}
}

/* ---- for readline ---- */

static bool goes_on(const char *text)
{
	const size_t len = strlen(text);

	return len > 0 && (text[len - 1] == '/' || text[len - 1] == '=');
}

/* The texts, quoted; what can't be is left out. */
static void quote_all(const struct candidates *list, const struct shell_words *words,
		      struct candidates *quoted)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct candidate *c = &list->items[i];
		cleanup_strbuf struct strbuf text = STRBUF_INIT;

		if (!shell_add_quoted(&text, c->text + words->kept, words->open))
			continue;
		if (words->open == SHELL_PLAIN && !goes_on(c->text))
			strbuf_addch(&text, ' ');
		candidates_add(quoted, text.buf, text.len, c->about);
	}
}

static size_t widest(const struct candidates *list)
{
	size_t widest = 0;

	for (size_t i = 0; i < list->n; i++) {
		const size_t width = text_width(list->items[i].text, strlen(list->items[i].text));

		if (width > widest && width <= WIDEST)
			widest = width;
	}
	return widest;
}

/* As much of the text as fits into the columns. */
static size_t fitting(const char *text, size_t columns)
{
	size_t len = strlen(text);

	while (len > 0 && text_width(text, len) > columns)
		len = utf8_whole(text, len - 1);
	return len;
}

static void print_line(const struct candidate *c, size_t width, size_t columns)
{
	const size_t used = text_width(c->text, strlen(c->text));
	const size_t about = (used > width ? used : width) + 1;

	if (!*c->about || about + 3 >= columns) {
		puts(c->text);
		return;
	}
	printf("%s%*s(%.*s)\n", c->text, (int)(about - used), "",
	       (int)fitting(c->about, columns - about - 3), c->about);
}

void candidates_print_readline(const struct candidates *list, const struct shell_words *words,
			       int columns)
{
	cleanup_candidates struct candidates quoted = {.word = ""};
	const bool closes =
		words->open != SHELL_PLAIN && list->n == 1 && !goes_on(list->items[0].text);
	size_t width;

	quote_all(list, words, &quoted);
	puts(closes ? "quoted" : kind_word(list));
	width = widest(&quoted);
	for (size_t i = 0; i < quoted.n; i++) {
		if (columns > 0 && quoted.n > 1)
			print_line(&quoted.items[i], width, (size_t)columns);
		else
			puts(quoted.items[i].text);
	}
}
