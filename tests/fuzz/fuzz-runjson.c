/*
 * What is read from a run.json, printed and read again is the same; so is what its trailers say;
 * and its message is lines of text whatever was in it.
 */
#include "core/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libgit2 prints hashes into memory that it makes when it starts. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	git_libgit2_init();
	return 0;
}

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void print(struct strbuf *text, const struct jci_record *r)
{
	cleanup_json cJSON *json = jci_record_to_json(r, true);

	json_print(text, json, true);
}

static void check_message(const struct jci_record *r)
{
	cleanup_strbuf struct strbuf message = STRBUF_INIT;
	size_t lines = 0;

	jci_record_message(&message, r);
	check(strlen(message.buf) == message.len && message.buf[message.len - 1] == '\n');
	for (const char *p = message.buf; *p; p = strchr(p, '\n') + 1, lines++)
		check(lines < 2 || strncmp(p, "Jci-", 4) == 0);
	for (size_t i = 0; i < message.len; i++)
		check(message.buf[i] == '\n' || (unsigned char)message.buf[i] >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_record struct jci_record first, second;
	cleanup_strbuf struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	jci_record_init(&first);
	jci_record_init(&second);
	if (jci_record_from_json(&first, size > 0 ? (const char *)data : "", size, &err) < 0) {
		check(err.code == JCI_EINVALID && err.message);
		return 0;
	}
	print(&once, &first);
	check(jci_record_from_json(&second, once.buf, once.len, &err) == 0);
	print(&twice, &second);
	check(once.len == twice.len && memcmp(once.buf, twice.buf, once.len) == 0);
	check(first.exit_status >= -1 && first.exit_status <= 255 && first.signal >= 0);
	check_message(&first);
	return 0;
}
