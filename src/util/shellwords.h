/*
 * A command line as it is typed in a shell, up to the cursor, for completion: its words with their
 * quotes taken away, and how the last one goes on. Quotes are those of bash: '...', "...", $'...'
 * and the backslash; nothing is expanded or run.
 */
#ifndef JCI_UTIL_SHELLWORDS_H
#define JCI_UTIL_SHELLWORDS_H

#include <stdbool.h>

#include "util/strbuf.h"

enum shell_quote { SHELL_PLAIN, SHELL_SINGLE, SHELL_DOUBLE, SHELL_ANSI /* $' */ };

struct shell_words {
	char **items; /* at least one: the last is the one at the cursor, "" behind a blank */
	size_t n, cap;
	enum shell_quote open; /* that the last one ends in */
	/*
	 * Of the last word, without quotes, so many bytes stand before the part that readline takes
	 * for it and replaces: up to a quote that is open, else up to the last of `breaks`.
	 */
	size_t kept;
};
#define SHELL_WORDS_INIT                   \
	{                                  \
		NULL, 0, 0, SHELL_PLAIN, 0 \
	}
/* breaks: readline's word break characters, COMP_WORDBREAKS of bash(1). */
void shell_words_split(struct shell_words *words, const char *line, const char *breaks);
void shell_words_release(struct shell_words *words);
#define cleanup_shell_words cleanup(shell_words_release)

/*
 * Appends text so that the shell reads it as such where `open` is in force. False, with nothing
 * appended, where that can't be written: controls, and bytes that are not UTF-8, within quotes. The
 * quote that is open stays so, for readline to close; but behind a text that ends in such a quote
 * it is closed, as readline would take it for closed then.
 */
bool shell_add_quoted(struct strbuf *sb, const char *text, enum shell_quote open);

#endif
