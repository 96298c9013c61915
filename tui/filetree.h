/*
 * The files of a run as a tree whose folders fold: the model behind tui/files.h, without a screen.
 * Files are added in git's order; the log is shown first, `.jci/` (what git-jci keeps for itself)
 * last, then notes. Rows are numbered from 0, of what is not folded away.
 */
#ifndef JCI_TUI_FILETREE_H
#define JCI_TUI_FILETREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILETREE_LOG "run.output.txt"

struct filetree;
struct filetree *filetree_new(void);
void filetree_free(struct filetree *tree);

/*
 * Folders are made as paths name them; mode is git's, that of an empty folder too. false: there are
 * too many, this one was not added.
 */
enum { FILETREE_MAX = 200000, FILETREE_MAX_BYTES = 64 * 1024 * 1024 };
bool filetree_add(struct filetree *tree, const char *path, unsigned mode, uint64_t size);
/* A line below the files. */
void filetree_note(struct filetree *tree, const char *text);
/* What the user folded and unfolded in `old` is so in `tree`, before files are added to it. */
void filetree_inherit(struct filetree *tree, const struct filetree *old);
/*
 * Makes the rows after files were added. Folders that the user did not touch are folded where
 * `fold` is given; `.jci/` is in any case.
 */
void filetree_layout(struct filetree *tree, bool fold);

/* Files and empty folders that were added. */
size_t filetree_count(const struct filetree *tree);
size_t filetree_rows(const struct filetree *tree);

struct filetree_row {
	const char *path; /* borrowed until the next change, not ended by NUL; NULL: a note */
	size_t path_len;
	const char *name; /* the last part of path; the text of a note */
	size_t name_len;
	unsigned mode;
	unsigned depth;
	bool folder, folded;
	uint64_t size; /* of a folder: of all that is in it */
};
void filetree_row(const struct filetree *tree, size_t row, struct filetree_row *out);

#define FILETREE_NONE ((size_t)-1)
/* The row of the folder that the row is in; FILETREE_NONE at the top. */
size_t filetree_parent(const struct filetree *tree, size_t row);
/* The row of a path (a folder's may end in '/'), or of the folded folder that hides it. */
size_t filetree_find(const struct filetree *tree, const char *path, size_t len);
/* By the user. The rows of what is above and of the folder itself keep their numbers. */
void filetree_fold(struct filetree *tree, size_t row, bool fold);

/* The name is path + name_start. */
typedef bool filetree_match(void *ctx, const char *path, size_t len, size_t name_start);
/*
 * The next file or folder behind `row` (before it, if backward; or `row` itself, if `at`), around
 * the end, that matches; FILETREE_NONE: none does. What is in folded folders is found too:
 * they are unfolded for it.
 */
size_t filetree_search(struct filetree *tree, size_t row, bool backward, bool at,
		       filetree_match *matches, void *ctx);

#endif
