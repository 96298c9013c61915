/* What a remote had when it was last seen: core/remote.h. */
#include "core/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/packedrefs.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

enum { MAX_FILE_NAME = 200 };

/* A name of one word is itself; NULL where it gets too long for a file. */
static char *file_name(const char *remote)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	struct strbuf sb = STRBUF_INIT;

	for (const char *s = remote; *s; s++) {
		if (strchr(plain, *s) && (s > remote || *s != '.'))
			strbuf_addch(&sb, *s);
		else
			strbuf_addf(&sb, "%%%02x", (unsigned char)*s);
	}
	if (sb.len > 0 && sb.len <= MAX_FILE_NAME)
		return strbuf_detach(&sb, NULL);
	strbuf_release(&sb);
	return NULL;
}

static bool parse_line(const struct jci_packed_ref *line, struct jci_ref *ref)
{
	return jci_ref_parse(ref, line->name, line->len) &&
	       git_oid_fromstrn(&ref->target, line->hash, GIT_OID_HEXSZ) == 0;
}

int jci_remote_seen(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		    struct jci_error *err)
{
	cleanup_free char *file = file_name(name);
	cleanup_free char *path = xasprintf("%s/remotes/%s", repo->jci_dir, file ? file : "");
	cleanup_packed struct jci_packed packed = JCI_PACKED_INIT;
	struct jci_packed_ref line;
	const char *at = NULL;

	if (!file)
		return 0;
	if (jci_packed_open_file(path, &packed, err) < 0)
		return err->code;
	while (jci_packed_next(&packed, JCI_REF_PREFIX, &at, &line)) {
		struct jci_ref ref;

		if (parse_line(&line, &ref))
			jci_refs_add(refs, &ref);
	}
	if (refs->n > 1)
		qsort(refs->items, refs->n, sizeof(*refs->items), jci_ref_cmp);
	return 0;
}

static void add_lines(struct strbuf *text, const struct jci_refs *refs)
{
	for (size_t i = 0; i < refs->n; i++) {
		strbuf_addf(text, "%s ", git_oid_tostr_s(&refs->items[i].target));
		jci_ref_name(text, &refs->items[i]);
		strbuf_addch(text, '\n');
	}
}

int jci_remote_saw(const struct jci_repo *repo, const char *name, struct jci_refs *refs,
		   struct jci_error *err)
{
	cleanup_free char *dir = xasprintf("%s/remotes", repo->jci_dir), *file = file_name(name);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_close int fd = -1;

	if (!file)
		return 0;
	if (refs->n > 1)
		qsort(refs->items, refs->n, sizeof(*refs->items), jci_ref_cmp);
	add_lines(&text, refs);
	if (mkdir_parents(dir) < 0 || (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    write_file_at(fd, file, text.buf, text.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), dir, file);
	return 0;
}
