#include "core/packedrefs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/gettext.h"

void jci_packed_release(struct jci_packed *p)
{
	if (p->map)
		munmap(p->map, p->size);
}

static void read_header(struct jci_packed *p)
{
	static const char mark[] = "# pack-refs with:";
	const char *newline;

	p->start = p->map;
	p->end = p->map + p->size;
	if (p->size < sizeof(mark) || memcmp(p->map, mark, sizeof(mark) - 1) != 0)
		return;
	newline = memchr(p->map, '\n', p->size);
	if (!newline)
		return;
	p->start = newline + 1;
	p->sorted = memmem(p->map, (size_t)(newline - p->map), " sorted ", 8) != NULL;
	p->peeled = memmem(p->map, (size_t)(newline - p->map), " fully-peeled ", 14) != NULL;
}

int jci_packed_open(const struct jci_repo *repo, struct jci_packed *p, struct jci_error *err)
{
	cleanup_free char *path = xasprintf("%s/packed-refs", repo->common_dir);

	return jci_packed_open_file(path, p, err);
}

int jci_packed_open_file(const char *path, struct jci_packed *p, struct jci_error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	if (st.st_size == 0)
		return 0;
	/* this file is replaced by rename, never in place: the mapping stays whole */
	p->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p->map == MAP_FAILED) {
		p->map = NULL;
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), path);
	}
	p->size = (size_t)st.st_size;
	read_header(p);
	return 0;
}

static const char *line_end(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline : end;
}

/* "<hash> <name>" with a name; peeled lines ("^<hash>") and comments are not. */
static bool is_ref_line(const char *line, const char *end)
{
	return end - line > GIT_OID_HEXSZ + 1 && line[0] != '^' && line[0] != '#' &&
	       line[GIT_OID_HEXSZ] == ' ';
}

/* Compares the name in a ref line with `name`, in the order of the file. */
static int cmp_line(const char *line, const char *end, const char *name, size_t name_len)
{
	size_t len = (size_t)(end - line) - GIT_OID_HEXSZ - 1;
	int cmp = memcmp(line + GIT_OID_HEXSZ + 1, name, len < name_len ? len : name_len);

	if (cmp != 0 || len == name_len)
		return cmp;
	return len < name_len ? -1 : 1;
}

/* Start of the ref line that `pos` is in or, from a peeled line, that it belongs to. */
static const char *ref_line_at(const struct jci_packed *p, const char *pos)
{
	for (;;) {
		while (pos > p->start && pos[-1] != '\n')
			pos--;
		if (pos == p->start || is_ref_line(pos, line_end(pos, p->end)))
			return pos;
		pos--;
	}
}

/* First line whose name is not below `name`; the start of the file where it isn't sorted. */
static const char *seek(const struct jci_packed *p, const char *name)
{
	const char *low = p->start, *high = p->end;
	size_t name_len = strlen(name);

	if (!p->sorted)
		return p->start;
	while (low < high) {
		const char *line = ref_line_at(p, low + (high - low) / 2), *end;

		if (line < low) /* low is at the peeled line of that one */
			line = low;
		end = line_end(line, p->end);
		if (is_ref_line(line, end) && cmp_line(line, end, name, name_len) >= 0) {
			high = line;
			continue;
		}
		low = end < p->end ? end + 1 : p->end;
	}
	/* what follows may be the peeled line of a smaller name */
	while (low < p->end && !is_ref_line(low, line_end(low, p->end)))
		low = line_end(low, p->end) < p->end ? line_end(low, p->end) + 1 : p->end;
	return low;
}

/* The line behind one that ends at `end`. */
static const char *behind(const struct jci_packed *p, const char *end)
{
	return end < p->end ? end + 1 : p->end;
}

static void take_line(const struct jci_packed *p, const char *line, const char *end,
		      struct jci_packed_ref *ref)
{
	const char *next = behind(p, end);

	ref->hash = line;
	ref->name = line + GIT_OID_HEXSZ + 1;
	ref->len = (size_t)(end - ref->name);
	ref->peeled = NULL;
	if (next < p->end && *next == '^' && line_end(next, p->end) - next > GIT_OID_HEXSZ)
		ref->peeled = next + 1;
}

bool jci_packed_next(const struct jci_packed *p, const char *prefix, const char **at,
		     struct jci_packed_ref *ref)
{
	const size_t prefix_len = strlen(prefix);
	const char *line = *at ? *at : seek(p, prefix);

	while (line < p->end) {
		const char *end = line_end(line, p->end);

		*at = behind(p, end);
		if (is_ref_line(line, end)) {
			take_line(p, line, end, ref);
			if (ref->len >= prefix_len && !memcmp(ref->name, prefix, prefix_len))
				return true;
			if (p->sorted)
				return false;
		}
		line = *at;
	}
	return false;
}

bool jci_packed_find(const struct jci_packed *p, const char *name, git_oid *oid)
{
	const size_t len = strlen(name);
	struct jci_packed_ref ref;
	const char *at = NULL;

	while (jci_packed_next(p, name, &at, &ref)) {
		if (ref.len == len)
			return git_oid_fromstrn(oid, ref.hash, GIT_OID_HEXSZ) == 0;
		if (p->sorted) /* it would stand before all that are longer */
			return false;
	}
	return false;
}
