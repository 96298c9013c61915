/*
 * What Gitea may answer, and what may be in a repository's or a run's files: whatever it is, what
 * is taken from it is of the right form.
 */
#include "server/giteapriv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "server/verdict.h"
#include "server/wishes.h"

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

static void check_line(const struct strbuf *sb)
{
	check(strlen(sb->buf) == sb->len);
	for (size_t i = 0; i < sb->len; i++)
		check(!iscntrl((unsigned char)sb->buf[i]));
}

static void check_hash(const char *hash)
{
	check(strlen(hash) == 40 && strspn(hash, "0123456789abcdef") == 40);
}

static void check_message(const char *text, size_t len)
{
	cleanup_strbuf struct strbuf said = STRBUF_INIT;

	gitea_parse_message(&said, text, len);
	check_line(&said);
	check(said.len < 2000);
}

static void check_entry(const cJSON *json)
{
	char context[] = "git-jci", description[] = "passed";
	const struct status status = {
		.state = "success", .context = context, .description = description};
	struct gitea_repository repository;
	struct head head;
	int64_t id;

	if (gitea_parse_repository(json, &repository))
		gitea_repository_release(&repository);
	if (gitea_parse_branch(json, &head)) {
		check(strncmp(head.ref, "refs/heads/", 11) == 0 && head.ref[11]);
		check_hash(head.commit);
		free(head.ref);
	}
	if (gitea_parse_id(json, &id))
		check(id > 0);
	gitea_status_is(json, &status);
	gitea_hook_is(json, "/webhook");
}

static void check_answer(const char *text, size_t len)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_json cJSON *json = NULL;
	char oid[JCI_OID_HEX_SIZE];
	const cJSON *item;

	if (json_parse(&json, text, len, &err) < 0)
		return;
	if (gitea_parse_refs(json, "refs/jci-runs/x", oid) && oid[0])
		check_hash(oid);
	check_entry(json);
	cJSON_ArrayForEach(item, json) check_entry(item);
}

static void check_wishes(const char *text, size_t len)
{
	cleanup_strbuf struct strbuf labels = STRBUF_INIT, image = STRBUF_INIT, why = STRBUF_INIT;

	if (wishes_labels(&labels, text, len, &why)) {
		check_line(&labels);
		check(why.len == 0 && !strstr(labels.buf, "  "));
	}
	check_line(&why);
	strbuf_reset(&why);
	if (wishes_image(&image, text, len, &why)) {
		check_line(&image);
		check(image.len > 0 && image.len <= 255 && !strchr(image.buf, ' '));
	}
	check_line(&why);
}

static void check_verdict(const char *text, size_t len)
{
	cleanup_verdict struct verdict passed = VERDICT_INIT, failed = VERDICT_INIT;
	cleanup_verdict struct verdict any = VERDICT_INIT;
	cleanup_strbuf struct strbuf json = STRBUF_INIT, ok = STRBUF_INIT, err = STRBUF_INIT;

	strbuf_add(&json, text, len);
	strbuf_addstr(&ok, "ok");
	strbuf_addstr(&err, "err");
	check(verdict_of_run(&passed, &ok, &json) && passed.reason == JOB_PASSED);
	check(verdict_of_run(&failed, &err, &json) && failed.reason != JOB_PASSED);
	check_line(&passed.detail);
	check_line(&failed.detail);
	check(failed.detail.len > 0 && failed.detail.len < 200);
	verdict_of_run(&any, &json, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";

	check_message(text, size);
	check_answer(text, size);
	check_wishes(text, size);
	check_verdict(text, size);
	return 0;
}
