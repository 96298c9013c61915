#include "core/pack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "core/deflate.h"
#include "core/outfile.h"
#include "core/packindex.h"
#include "core/sha1.h"
#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"

enum {
	PACK_HEADER = 12,
	WHOLE = 1 << 20, /* a file up to this is read whole, so that nothing is written in vain */
	HASH_BUFFER = 256 << 10,
};

struct jci_pack {
	char *dir; /* objects/pack, for messages */
	int dirfd;
	struct jci_outfile *out;
	struct jci_deflater *deflater;
	struct jci_sha1 *sha;
	jci_pack_exists *exists;
	void *exists_ctx;
	bool broken; /* what is in the file is unknown */

	uint32_t crc; /* of the entry that is being written */
	unsigned char *whole;
	size_t whole_alloc;

	struct jci_pack_entry *entries;
	size_t nentries, alloc;
	/* Open addressing by the first bytes of the id: an entry's index + 1, 0 where free. */
	uint32_t *table;
	size_t table_size; /* a power of two, more than half of it free */
};

static int open_dir(struct jci_pack *p)
{
	p->dirfd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dirfd >= 0 || errno != ENOENT)
		return p->dirfd;
	if (mkdir(p->dir, 0777) < 0 && errno != EEXIST)
		return -1;
	p->dirfd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->dirfd;
}

static int open_pack(struct jci_pack *p)
{
	/* The number of objects is put in when it is known. */
	static const unsigned char header[PACK_HEADER] = {'P', 'A', 'C', 'K', 0, 0, 0, 2};

	if (jci_outfile_new(&p->out, p->dirfd, "tmp_pack_") < 0)
		return -1;
	return jci_outfile_write(p->out, header, sizeof(header));
}

int jci_pack_new(struct jci_pack **out, const char *objects_dir, int level, jci_pack_exists *exists,
		 void *exists_ctx, struct jci_error *err)
{
	cleanup_pack struct jci_pack *p = xcalloc(1, sizeof(*p));

	p->dirfd = -1;
	p->dir = xasprintf("%s/pack", objects_dir);
	p->exists = exists;
	p->exists_ctx = exists_ctx;
	p->sha = jci_sha1_new();
	if (!p->sha)
		return jci_error_set(err, JCI_EFAIL, _("the crypto library has no SHA-1"));
	p->deflater = jci_deflater_new(level);
	if (open_dir(p) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot open '%s'"), p->dir);
	if (open_pack(p) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot create a pack in '%s'"), p->dir);
	*out = steal_ptr(p);
	return 0;
}

void jci_pack_free(struct jci_pack *p)
{
	if (!p)
		return;
	jci_outfile_free(p->out);
	jci_deflater_free(p->deflater);
	jci_sha1_free(p->sha);
	if (p->dirfd >= 0)
		close(p->dirfd);
	free(p->dir);
	free(p->whole);
	free(p->entries);
	free(p->table);
	free(p);
}

size_t jci_pack_count(const struct jci_pack *p)
{
	return p->nentries;
}

/* The slot of the id, or the free one where it belongs. */
static uint32_t *find_slot(const struct jci_pack *p, const git_oid *oid)
{
	size_t mask = p->table_size - 1;
	uint64_t hash;

	memcpy(&hash, oid->id, sizeof(hash));
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &p->table[i];

		if (!*slot || !memcmp(p->entries[*slot - 1].oid.id, oid->id, sizeof(oid->id)))
			return slot;
	}
}

static void grow_table(struct jci_pack *p)
{
	p->table_size = p->table_size ? p->table_size * 2 : 1024;
	free(p->table);
	p->table = xcalloc(p->table_size, sizeof(*p->table));
	for (size_t i = 0; i < p->nentries; i++)
		*find_slot(p, &p->entries[i].oid) = (uint32_t)i + 1;
}

static bool is_known(const struct jci_pack *p, const git_oid *oid)
{
	if (p->table_size && *find_slot(p, oid))
		return true;
	return p->exists && p->exists(p->exists_ctx, oid);
}

static void add_entry(struct jci_pack *p, const git_oid *oid, uint64_t offset)
{
	struct jci_pack_entry *e;

	if (p->table_size / 2 <= p->nentries)
		grow_table(p);
	ARRAY_GROW(p->entries, p->nentries + 1, p->alloc);
	*find_slot(p, oid) = (uint32_t)p->nentries + 1;
	e = &p->entries[p->nentries++];
	e->oid = *oid;
	e->crc = p->crc;
	e->offset = offset;
}

static int broken(struct jci_pack *p, struct jci_error *err)
{
	p->broken = true;
	return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), p->dir,
			       jci_outfile_name(p->out));
}

static int check_usable(const struct jci_pack *p, struct jci_error *err)
{
	if (p->broken || !p->out)
		return jci_error_set(err, JCI_EFAIL, _("the pack in '%s' is not open any more"),
				     p->dir);
	if (p->nentries == UINT32_MAX - 1)
		return jci_error_set(err, JCI_EFAIL, _("too many objects for the pack in '%s'"),
				     p->dir);
	return 0;
}

/* Where the content of an object comes from. */
struct source {
	struct jci_pack *p;
	const unsigned char *data; /* in memory, or */
	int fd;
	uint64_t left;
	bool ended; /* the file was shorter than it should be */
	int error;  /* errno of reading it */
};

static ssize_t read_data(void *ctx, void *buf, size_t cap)
{
	struct source *s = ctx;
	size_t n = s->left < cap ? (size_t)s->left : cap;

	if (!n) /* an empty object has no address */
		return 0;
	memcpy(buf, s->data, n);
	s->data += n;
	s->left -= n;
	return (ssize_t)n;
}

/* Hashes it too. */
static ssize_t read_file(void *ctx, void *buf, size_t cap)
{
	struct source *s = ctx;
	size_t want = s->left < cap ? (size_t)s->left : cap;
	ssize_t n = read_full(s->fd, buf, want);

	if (n < 0)
		s->error = errno;
	else if ((size_t)n < want)
		s->ended = true;
	if (s->error || s->ended)
		return -1;
	jci_sha1_add(s->p->sha, buf, want);
	s->left -= want;
	return n;
}

static int emit(void *ctx, const void *data, size_t len)
{
	struct source *s = ctx;

	s->p->crc = (uint32_t)crc32(s->p->crc, data, (uInt)len);
	return jci_outfile_write(s->p->out, data, len);
}

/* Type and size of an entry: four bits of the size, then seven a byte, lowest first. */
static size_t entry_header(unsigned char *header, git_object_t type, uint64_t size)
{
	unsigned char byte = (unsigned char)(type << 4 | (size & 15));
	size_t len = 0;

	for (size >>= 4; size; size >>= 7) {
		header[len++] = byte | 0x80;
		byte = size & 0x7f;
	}
	header[len++] = byte;
	return len;
}

static int write_entry(struct source *s, git_object_t type, jci_deflate_read *in)
{
	unsigned char header[10];
	size_t len = entry_header(header, type, s->left);

	s->p->crc = (uint32_t)crc32(0, NULL, 0);
	if (emit(s, header, len) < 0)
		return -1;
	return jci_deflate(s->p->deflater, in, emit, s) < 0 ? -1 : 0;
}

static void begin_id(struct jci_pack *p, git_object_t type, uint64_t size)
{
	char header[40];
	int len =
		snprintf(header, sizeof(header), "%s %" PRIu64, git_object_type2string(type), size);

	jci_sha1_begin(p->sha);
	jci_sha1_add(p->sha, header, (size_t)len + 1);
}

int jci_pack_add_buffer(struct jci_pack *p, git_object_t type, const void *data, size_t len,
			git_oid *oid, struct jci_error *err)
{
	struct source s = {.p = p, .data = data, .fd = -1, .left = len};
	uint64_t start;

	if (check_usable(p, err) < 0)
		return err->code;
	begin_id(p, type, len);
	jci_sha1_add(p->sha, data, len);
	jci_sha1_end(p->sha, oid->id);
	if (is_known(p, oid))
		return 0;
	start = jci_outfile_size(p->out);
	if (write_entry(&s, type, read_data) < 0)
		return broken(p, err);
	add_entry(p, oid, start);
	return 0;
}

static int read_failed(const struct source *s, struct jci_error *err)
{
	if (s->ended)
		return jci_error_set(err, JCI_EBUSY, _("file changed while it was read"));
	errno = s->error;
	return jci_error_errno(err, JCI_EINVALID, _("cannot read the file"));
}

static int add_whole(struct jci_pack *p, int fd, size_t size, git_oid *oid, struct jci_error *err)
{
	struct source s = {.fd = fd};
	ssize_t n;

	ARRAY_GROW(p->whole, size, p->whole_alloc);
	n = read_full(fd, p->whole, size);
	if (n < 0)
		s.error = errno;
	else if ((size_t)n < size)
		s.ended = true;
	else
		return jci_pack_add_buffer(p, GIT_OBJECT_BLOB, p->whole, size, oid, err);
	return read_failed(&s, err);
}

/* The id is known only when all is written: it is taken back if the object was there already. */
static int add_stream(struct jci_pack *p, int fd, uint64_t size, git_oid *oid,
		      struct jci_error *err)
{
	struct source s = {.p = p, .fd = fd, .left = size};
	uint64_t start = jci_outfile_size(p->out);
	int ret;

	begin_id(p, GIT_OBJECT_BLOB, size);
	ret = write_entry(&s, GIT_OBJECT_BLOB, read_file);
	if (ret < 0 && !s.error && !s.ended)
		return broken(p, err);
	if (!ret) {
		jci_sha1_end(p->sha, oid->id);
		if (!is_known(p, oid)) {
			add_entry(p, oid, start);
			return 0;
		}
	}
	if (jci_outfile_truncate(p->out, start) < 0)
		return broken(p, err);
	return ret < 0 ? read_failed(&s, err) : 0;
}

int jci_pack_add_fd(struct jci_pack *p, int fd, uint64_t size, git_oid *oid, struct jci_error *err)
{
	if (check_usable(p, err) < 0)
		return err->code;
	if (size <= WHOLE)
		return add_whole(p, fd, (size_t)size, oid, err);
	return add_stream(p, fd, size, oid, err);
}

/*
 * The hash begins with the number of objects, which nobody knew before, so the file is read once
 * more; it comes from the page cache, while the disk is still busy with writing it.
 */
static int hash_file(struct jci_pack *p, int fd, unsigned char *hash)
{
	cleanup_free unsigned char *buf = xmalloc(HASH_BUFFER);
	uint64_t size = jci_outfile_size(p->out);

	jci_sha1_begin(p->sha);
	for (uint64_t at = 0; at < size;) {
		size_t want = size - at < HASH_BUFFER ? (size_t)(size - at) : HASH_BUFFER;
		ssize_t n = pread_full(fd, buf, want, (off_t)at);

		if (n >= 0 && (size_t)n < want)
			errno = EIO;
		if (n < 0 || (size_t)n < want)
			return -1;
		jci_sha1_add(p->sha, buf, want);
		at += want;
	}
	jci_sha1_end(p->sha, hash);
	return 0;
}

static int complete_pack(struct jci_pack *p, unsigned char *hash)
{
	uint32_t count = htonl((uint32_t)p->nentries);
	int fd;

	if (jci_outfile_flush(p->out, &fd) < 0)
		return -1;
	if (pwrite(fd, &count, sizeof(count), PACK_HEADER - sizeof(count)) != sizeof(count))
		return -1;
	if (hash_file(p, fd, hash) < 0 || jci_outfile_write(p->out, hash, JCI_SHA1_SIZE) < 0)
		return -1;
	return jci_outfile_sync(p->out);
}

static int write_index(struct jci_pack *p, struct jci_outfile **out, const unsigned char *hash,
		       struct jci_error *err)
{
	cleanup_outfile struct jci_outfile *o = NULL;

	if (jci_outfile_new(&o, p->dirfd, "tmp_idx_") < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot create a pack index in '%s'"),
				       p->dir);
	if (jci_packindex_write(o, p->sha, p->entries, p->nentries, hash) < 0 ||
	    jci_outfile_sync(o) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), p->dir,
				       jci_outfile_name(o));
	*out = steal_ptr(o);
	return 0;
}

static int commit(struct jci_pack *p, struct jci_outfile *o, const unsigned char *hash,
		  const char *suffix, struct jci_error *err)
{
	cleanup_free char *name = NULL;
	char hex[GIT_OID_HEXSZ + 1];
	git_oid oid;

	memcpy(oid.id, hash, sizeof(oid.id));
	name = xasprintf("pack-%s.%s", git_oid_tostr(hex, sizeof(hex), &oid), suffix);
	if (jci_outfile_commit(o, name) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot rename '%s/%s' to '%s'"), p->dir,
				       jci_outfile_name(o), name);
	return 0;
}

static int sync_dir(const struct jci_pack *p, struct jci_error *err)
{
	/* EINVAL: a file system whose folders need no flush. */
	if (fsync(p->dirfd) < 0 && errno != EINVAL)
		return jci_error_errno(err, JCI_EFAIL, _("cannot flush '%s' to disk"), p->dir);
	return 0;
}

static int finish(struct jci_pack *p, struct jci_error *err)
{
	cleanup_outfile struct jci_outfile *idx = NULL;
	unsigned char hash[JCI_SHA1_SIZE];

	if (complete_pack(p, hash) < 0)
		return broken(p, err);
	fault_point("pack-written");
	if (write_index(p, &idx, hash, err) < 0 || commit(p, p->out, hash, "pack", err) < 0)
		return err->code;
	fault_point("pack-without-index");
	if (commit(p, idx, hash, "idx", err) < 0)
		return err->code;
	return sync_dir(p, err);
}

int jci_pack_finish(struct jci_pack *p, struct jci_error *err)
{
	int ret = 0;

	if (p->broken || !p->out)
		return check_usable(p, err);
	if (p->nentries)
		ret = finish(p, err);
	jci_outfile_free(steal_ptr(p->out));
	return ret;
}
