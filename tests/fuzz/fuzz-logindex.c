/*
 * The input is read as an index, as a timing and as a log: an index that is made of it is the same
 * however the log comes in pieces, agrees with a count of its lines, and can be parsed.
 */
#include "core/logindex.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_index(const struct jci_log_index *index)
{
	for (size_t i = 0; i < index->n_marks; i++) {
		const struct jci_log_mark *m = &index->marks[i];
		const struct jci_log_mark *c = jci_log_index_by_line(index, m->line);

		check(c->line <= m->line && c->offset <= m->offset);
	}
}

static void fuzz_parsers(const char *text, size_t len)
{
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_log_times struct jci_log_times times = {NULL, 0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT, time_err = JCI_ERROR_INIT;

	if (jci_log_index_parse(&index, text, len, &err) == 0)
		check_index(&index);
	if (jci_log_times_parse(&times, text, len, &time_err) == 0 && times.n > 0) {
		uint64_t end = times.entries[times.n - 1].end;

		check(jci_log_times_at(&times, end) == -1);
		check(end == 0 || jci_log_times_at(&times, end - 1) >= 0);
	}
}

/* The log in pieces whose sizes follow from its own bytes. */
static void scan_pieces(struct strbuf *index, const char *log, size_t len)
{
	struct jci_log_scanner *s = jci_log_scanner_new(index);
	size_t i = 0;

	while (i < len) {
		size_t n = 1 + ((unsigned char)log[i] * (i + 1)) % 131;

		if (n > len - i)
			n = len - i;
		jci_log_scanner_feed(s, log + i, n);
		i += n;
	}
	jci_log_scanner_end(s);
	jci_log_scanner_free(s);
}

static void fuzz_scanner(const char *log, size_t len)
{
	cleanup_strbuf struct strbuf whole = STRBUF_INIT, pieces = STRBUF_INIT;
	cleanup_log_index struct jci_log_index index = JCI_LOG_INDEX_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct jci_log_scanner *s = jci_log_scanner_new(&whole);
	uint64_t lines = len > 0 && log[len - 1] != '\n';

	jci_log_scanner_feed(s, log, len);
	jci_log_scanner_end(s);
	jci_log_scanner_free(s);
	scan_pieces(&pieces, log, len);
	check(whole.len == pieces.len && memcmp(whole.buf, pieces.buf, whole.len) == 0);
	check(jci_log_index_parse(&index, whole.buf, whole.len, &err) == 0);
	check_index(&index);
	for (size_t i = 0; i < len; i++)
		lines += log[i] == '\n';
	check(index.complete && index.lines == lines && index.bytes == len);
	for (size_t i = 0; i < index.n_marks; i++)
		check(index.marks[i].offset == 0 || log[index.marks[i].offset - 1] == '\n');
}

/* Long lines and checkpoints are out of a fuzzer's reach, unless the input is repeated. */
static void fuzz_long_log(const char *log, size_t len)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	while (text.len < 3 * (size_t)JCI_LOG_CHECKPOINT)
		strbuf_add(&text, log, len);
	fuzz_scanner(text.buf, text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";

	fuzz_parsers(text, size);
	fuzz_scanner(text, size);
	if (size >= 64 && size % 16 == 0)
		fuzz_long_log(text, size);
	return 0;
}
