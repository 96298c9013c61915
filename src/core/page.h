/* index.html of a run: one page that needs nothing else, for looking at it with a plain browser. */
#ifndef JCI_CORE_PAGE_H
#define JCI_CORE_PAGE_H

#include "core/record.h"

struct jci_page_file {
	const char *path;
	uint64_t size;
};

/* subject: of the tested commit. log: its last bytes; the page says how many are missing. */
void jci_page(struct strbuf *sb, const struct jci_record *r, const char *subject,
	      const struct jci_page_file *files, size_t n_files, const char *log, size_t log_len);

/* Whether an index.html is such a page, rather than one of a script's. */
bool jci_page_is_ours(const char *html, size_t len);

/* Bytes of the log that are worth passing. */
enum { JCI_PAGE_LOG = 32 * 1024 };

#endif
