/*
 * A delivery: lines of headers, an empty line, and the body. What is taken has names that git
 * takes, and only what was signed is signed.
 */
#include "server/event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "util/alloc.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* The value of a header, to be freed; NULL: there is none. */
static char *header(const char *text, const char *name)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, name, strlen(name)) == 0) {
			const char *value = line + strlen(name);

			return xstrndup(value, strcspn(value, "\r\n"));
		}
	return NULL;
}

static bool is_hash(const char *s)
{
	return strlen(s) == 40 && strspn(s, "0123456789abcdef") == 40;
}

static void check_event(const struct event *event)
{
	int valid = 0;

	if (event->kind == EVENT_IGNORED) {
		check(event->why && *event->why);
		return;
	}
	check(event->repository &&
	      strchr(event->repository, '/') == strrchr(event->repository, '/'));
	check(strlen(event->repository) <= 255 && !strstr(event->repository, ".."));
	check(event->kind == EVENT_PULL_CLOSED || event->ref);
	if (event->ref)
		check(strlen(event->ref) <= 512 &&
		      git_reference_name_is_valid(&valid, event->ref) == 0 && valid);
	check((event->kind == EVENT_PUSH || event->kind == EVENT_PULL_OPENED) ==
	      is_hash(event->commit));
	check(!*event->before || is_hash(event->before));
	check(event->pull >= 0);
}

static void check_signature(struct event_headers headers, const char *body, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[65] = "";
	unsigned n;

	check(!event_is_signed(&headers, body, len, "another secret"));
	HMAC(EVP_sha256(), "s", 1, (const unsigned char *)body, len, digest, &n);
	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	headers.signature = hex;
	check(event_is_signed(&headers, body, len, "s"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup(size ? (const char *)data : "", size);
	const char *end = strstr(text, "\n\n");
	const size_t start = end ? (size_t)(end - text) + 2 : size;
	/* a body of its own, so that reading beyond its end is seen */
	cleanup_free char *body = xmalloc(size - start + !(size - start));
	cleanup_free char *event_name = NULL, *delivery = NULL, *signature = NULL, *github = NULL;
	cleanup_event struct event event = {0};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	struct event_headers headers;

	if (size > start)
		memcpy(body, data + start, size - start);
	if (end)
		text[end - text] = '\0';
	event_name = header(text, "X-Gitea-Event: ");
	delivery = header(text, "X-Gitea-Delivery: ");
	signature = header(text, "X-Gitea-Signature: ");
	github = header(text, "X-Hub-Signature-256: ");
	headers = (struct event_headers){event_name, delivery, signature, github};
	check_signature(headers, body, size - start);
	if (event_parse(&event, &headers, body, size - start, &err) < 0)
		check(err.code == JCI_EINVALID && err.message);
	else
		check_event(&event);
	return 0;
}
