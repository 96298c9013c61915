#include "core/chunks.h"

#include <stdio.h>

#include "core/gitclean.h"
#include "util/gettext.h"
#include "util/io.h"

enum {
	PER_FOLDER = 100,
	NAME_SIZE = 24,
	/* Of others' chunks: each is taken into memory whole, and none is endless. */
	MAX_CHUNK = 64 * 1024 * 1024,
	MAX_CHUNKS = 1024 * 1024,
};

/* ---- reading ---- */

struct reader {
	const struct jci_repo *repo;
	git_odb *odb;
	uint64_t at, from; /* the next chunk's first byte; where to begin with writing */
	int fd;            /* -1: nothing is written */
	size_t n;
	struct jci_error *err;
};

static int not_chunks(struct reader *r)
{
	return jci_error_set(r->err, JCI_EINVALID, _("'%s' of the run is not what it should be"),
			     JCI_CHUNKS_PATH);
}

static int copy_chunk(struct reader *r, const git_oid *oid)
{
	cleanup_git_blob git_blob *blob = NULL;
	size_t skip = r->from > r->at ? (size_t)(r->from - r->at) : 0;

	if (git_blob_lookup(&blob, r->repo->git, oid) < 0)
		return jci_error_git(r->err, JCI_EFAIL, _("cannot read the log of the run"));
	if (write_full(r->fd, (const char *)git_blob_rawcontent(blob) + skip,
		       (size_t)git_blob_rawsize(blob) - skip) < 0)
		return jci_error_errno(r->err, JCI_EFAIL, _("cannot write the log of the run"));
	return 0;
}

static int read_chunk(struct reader *r, const git_tree_entry *entry)
{
	const git_oid *oid = git_tree_entry_id(entry);
	git_object_t type;
	size_t size;

	if (git_odb_read_header(&size, &type, r->odb, oid) < 0)
		return jci_error_git(r->err, JCI_EFAIL, _("cannot read the log of the run"));
	if (type != GIT_OBJECT_BLOB || size > MAX_CHUNK || ++r->n > MAX_CHUNKS)
		return not_chunks(r);
	if (r->fd >= 0 && r->at + size > r->from && copy_chunk(r, oid) < 0)
		return r->err->code;
	r->at += size;
	return 0;
}

static int read_folder(struct reader *r, const git_tree_entry *entry)
{
	cleanup_git_tree git_tree *folder = NULL;

	if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		return not_chunks(r);
	if (git_tree_lookup(&folder, r->repo->git, git_tree_entry_id(entry)) < 0)
		return jci_error_git(r->err, JCI_EFAIL, _("cannot read the log of the run"));
	for (size_t i = 0; i < git_tree_entrycount(folder); i++)
		if (read_chunk(r, git_tree_entry_byindex(folder, i)) < 0)
			return r->err->code;
	return 0;
}

static int read_chunks(struct reader *r, const git_oid *oid)
{
	cleanup_git_tree git_tree *tree = NULL;
	cleanup_git_odb git_odb *odb = NULL;

	if (git_repository_odb(&odb, r->repo->git) < 0 ||
	    git_tree_lookup(&tree, r->repo->git, oid) < 0)
		return jci_error_git(r->err, JCI_EFAIL, _("cannot read the log of the run"));
	r->odb = odb;
	for (size_t i = 0; i < git_tree_entrycount(tree); i++)
		if (read_folder(r, git_tree_entry_byindex(tree, i)) < 0)
			return r->err->code;
	return 0;
}

int jci_chunks_size(const struct jci_repo *repo, const git_oid *tree, uint64_t *size,
		    struct jci_error *err)
{
	struct reader r = {.repo = repo, .fd = -1, .err = err};

	if (read_chunks(&r, tree) < 0)
		return err->code;
	*size = r.at;
	return 0;
}

int jci_chunks_copy(const struct jci_repo *repo, const git_oid *tree, uint64_t from, int fd,
		    struct jci_error *err)
{
	struct reader r = {.repo = repo, .from = from, .fd = fd, .err = err};

	return read_chunks(&r, tree);
}

/* ---- writing ---- */

void jci_chunks_release(struct jci_chunks *chunks)
{
	git_treebuilder_free(chunks->folders);
	git_treebuilder_free(chunks->chunks);
}

static int not_stored(struct jci_error *err)
{
	return jci_error_git(err, JCI_EFAIL, _("cannot store the log of the run"));
}

/* Puts the last folder, as it is now, among the others. */
static int put_folder(struct jci_chunks *c, struct jci_error *err)
{
	char name[NAME_SIZE];
	git_oid oid;

	snprintf(name, sizeof(name), "%06zu", (c->n - 1) / PER_FOLDER);
	if (git_treebuilder_write(&oid, c->chunks) < 0 ||
	    git_treebuilder_insert(NULL, c->folders, name, &oid, GIT_FILEMODE_TREE) < 0)
		return not_stored(err);
	return 0;
}

static int new_tree(git_treebuilder **tree, const struct jci_repo *repo, struct jci_error *err)
{
	return *tree || git_treebuilder_new(tree, repo->git, NULL) == 0 ? 0 : not_stored(err);
}

/* The folder for the next chunk is open afterwards. */
static int open_folder(struct jci_chunks *c, const struct jci_repo *repo, struct jci_error *err)
{
	if (c->n % PER_FOLDER > 0)
		return 0;
	if (new_tree(&c->folders, repo, err) < 0 || (c->chunks && put_folder(c, err) < 0))
		return err->code;
	git_treebuilder_free(steal_ptr(c->chunks));
	return new_tree(&c->chunks, repo, err);
}

int jci_chunks_add(struct jci_chunks *c, const struct jci_repo *repo, const void *data, size_t len,
		   struct jci_error *err)
{
	char name[NAME_SIZE];
	git_oid oid;

	if (open_folder(c, repo, err) < 0)
		return err->code;
	snprintf(name, sizeof(name), "%02zu", c->n % PER_FOLDER);
	if (git_blob_create_from_buffer(&oid, repo->git, data, len) < 0 ||
	    git_treebuilder_insert(NULL, c->chunks, name, &oid, GIT_FILEMODE_BLOB) < 0)
		return not_stored(err);
	c->n++;
	return 0;
}

int jci_chunks_write(struct jci_chunks *c, const struct jci_repo *repo, git_oid *tree,
		     struct jci_error *err)
{
	if (new_tree(&c->folders, repo, err) < 0 || (c->n > 0 && put_folder(c, err) < 0))
		return err->code;
	return git_treebuilder_write(tree, c->folders) < 0 ? not_stored(err) : 0;
}
