/* What the parts of a document share: tui/doc.c, doclines.c, docindex.c, docgroups.c, docsearch.c.
 */
#ifndef JCI_TUI_DOCPRIV_H
#define JCI_TUI_DOCPRIV_H

#include "tui/doc.h"

/* ---- reading: doclines.c ---- */

enum { DOC_BLOCK = 128 * 1024, DOC_BLOCKS = 16, DOC_SPANS = 16 };

struct doc_block {
	uint64_t offset;
	size_t len;
	uint64_t used; /* by doc_reader.clock; 0: empty */
	char *data;
};

/* No newline in [begin, end), and begin is the first byte of a line. */
struct doc_span {
	uint64_t begin, end;
};

struct doc_reader {
	struct doc_block blocks[DOC_BLOCKS];
	uint64_t clock;
	struct doc_span spans[DOC_SPANS]; /* long lines; those used last */
	unsigned next_span;
	struct strbuf line;         /* doc_line(): one that lies in two blocks */
	uint64_t number_at, number; /* the last number told; 0: none */
};

/* What was read is forgotten: the bytes are others now. */
void doc_reader_reset(struct doc_reader *r);
void doc_reader_release(struct doc_reader *r);
/* Lines as if nothing were folded. */
uint64_t doc_raw_line_at(struct doc *doc, uint64_t offset);
bool doc_raw_next(struct doc *doc, uint64_t *position);

/* ---- marks: docindex.c, docgroups.c ---- */

struct doc_node {
	struct doc_group group; /* its end is made when it is asked for */
	size_t parent;          /* as in core/loggroups.h; so are the others */
	uint64_t limit;
	bool whole_line;
};

/* Made by a job, then the document's; it doesn't change but for what is folded. */
struct doc_marks {
	struct jci_log_index index;
	uint64_t covered; /* of lines that begin before it all checkpoints are there */
	uint64_t *errors; /* offsets, rising */
	size_t n_errors;
	struct doc_node *nodes; /* by their starts */
	size_t n_nodes;
};
/* Takes over the index. */
struct doc_marks *doc_marks_new(struct jci_log_index *index, uint64_t covered);
void doc_marks_free(struct doc_marks *marks);
DEFINE_CLEANUP(doc_marks, struct doc_marks *, doc_marks_free)
#define cleanup_doc_marks cleanup(doc_marks_cleanup)
/* Replaces the document's; folds stay. */
void doc_take_marks(struct doc *doc, struct doc_marks *marks);
/* The outermost folded group in which the line is hidden; NULL: it is not. */
struct doc_node *doc_hidden_in(const struct doc *doc, uint64_t position);
/* Where the first line behind it begins; false where that is the end, or is not known yet. */
bool doc_node_end(struct doc *doc, const struct doc_node *node, uint64_t *end);

/* Starts what there is to be done when there are more bytes, or all, and nothing is under way. */
void doc_index_update(struct doc *doc);
/* Ends the jobs, forgets all. */
void doc_index_reset(struct doc *doc);

/* ---- searching: docsearch.c ---- */

void doc_search_update(struct doc *doc);
void doc_search_reset(struct doc *doc);

/* ---- the document: doc.c ---- */

struct doc {
	struct workers *workers;
	void (*changed)(void *ctx, unsigned what);
	void *ctx;

	struct jci_record run; /* what is needed to open files of it */
	char *path, *watch_path, *error;
	bool is_log, is_live, is_chunks, is_open, is_complete, is_examined, is_binary;
	int fd;
	uint64_t size, full_size;
	struct doc_load *load; /* jobs, NULL: not under way */

	struct doc_reader reader;

	struct doc_marks *marks;
	size_t n_folded;
	struct doc_index_job *index_job;
	struct doc_scan *scan; /* of a file without an index, so far; NULL while a job has it */
	uint64_t index_size;   /* of the file, when the last index job began */
	bool index_complete;   /* and whether it was complete */
	int64_t index_us;      /* when */
	struct doc_times_job *times_job;
	struct jci_log_times times;
	bool times_read, times_stored; /* once; of the stored run: there are no more to come */
	uint64_t times_size;           /* as above */
	int64_t times_us;

	struct doc_search *search;
};

/* Fills a record for jobs: what is needed to find files of the run. */
void doc_copy_run(struct jci_record *to, const struct jci_record *from);
/* In a job: until the monotonic clock shows that; false where the job was cancelled. */
bool doc_job_sleep(struct job *job, int64_t until_us);

#endif
