/*
 * What several commands print in the same way. Text from the repository is made safe for a terminal
 * (util/text.h) wherever it is put into a line.
 */
#ifndef JCI_CMD_PRINT_H
#define JCI_CMD_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"
#include "core/summary.h"
#include "util/json.h"

/*
 * Sends what follows on standard output through the user's pager (GIT_PAGER, core.pager, PAGER,
 * `less`) where it is a terminal; print_end() waits for it and tells of output that could not be
 * written: the status to return, `status` if all went well. repo NULL: no matter which.
 */
void print_begin(const struct jci_repo *repo);
int print_end(int status);

/*
 * Colours of what goes out without print_begin(): "always" (or ""), also against NO_COLOR; "never";
 * "auto" or NULL, on a terminal. False: it is another word.
 */
bool print_set_colour(const char *when);

/* In colour where standard output is a terminal, known after print_begin(). */
enum print_style { STYLE_OK, STYLE_ERR, STYLE_RUNNING, STYLE_DIM, STYLE_ADDED, STYLE_REMOVED };
void print_add_styled(struct strbuf *sb, enum print_style style, const char *text);

/* The text, and blanks up to that many columns. */
void print_add_padded(struct strbuf *sb, const char *text, size_t width);

/* Hexadecimal digits of a commit in lists. */
enum { PRINT_ABBREV = 10 };

/* The word for a run: its reason if there is one ("passed", "timeout"), else its status. */
const char *print_word(const struct jci_record *r);
enum print_style print_run_style(const struct jci_record *r);
/* One line: status, commit, run id, age, duration, branch, subject. */
void print_add_run(struct strbuf *sb, const struct jci_repo *repo, const struct jci_record *r,
		   int64_t now_us);
/* The run for scripts: the members of run.json and "ref". */
cJSON *print_run_json(const struct jci_record *r);
/* Prints one JSON value as one line. */
void print_json_line(const cJSON *json);
/* Lines "tests" and "coverage", of what is told of them. */
void print_add_summary(struct strbuf *sb, const struct jci_summaries *s);
/* Tests that fail now and did not before, a line each below a heading; nothing without any. */
void print_add_failing(struct strbuf *sb, const struct jci_summaries *s);
/* How the script ended, for people: "exit status 3", "signal 9 (Killed)", "". */
void print_add_end(struct strbuf *sb, const struct jci_record *r);
/* TAB-separated fields and NUL: commit, run id, status, reason, start (unix), duration (both s). */
void print_run_z(const struct jci_record *r);

#endif
