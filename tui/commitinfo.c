#include "tui/commitinfo.h"

#include <ctype.h>
#include <iconv.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "core/gitclean.h"
#include "util/alloc.h"

/* A search looks into this much of a subject. */
enum { SEARCH_TEXT_MAX = 64 * 1024 };

/* Parts of a raw commit object (gitformat of `git cat-file commit`). */
struct parts {
	const char *author, *encoding, *subject; /* NULL: none */
	size_t author_len, encoding_len, subject_len;
	int64_t time;
};

struct commit_info *commit_info_new(const git_oid *oid)
{
	struct commit_info *info = xcalloc(1, sizeof(*info));

	git_oid_cpy(&info->oid, oid);
	return info;
}

void commit_info_free(struct commit_info *info)
{
	free(info->author);
	free(info->subject);
	free(info);
}

/* ---- the object ---- */

/* "NAME <MAIL> SECONDS ZONE"; what is wrong with it is left out. */
static void take_author(struct parts *p, const char *s, const char *end)
{
	const char *mail = memchr(s, '<', (size_t)(end - s));
	const char *close = memrchr(s, '>', (size_t)(end - s));
	char number[24] = "";

	p->author = s;
	p->author_len = (size_t)((mail ? mail : end) - s);
	while (p->author_len && s[p->author_len - 1] == ' ')
		p->author_len--;
	if (mail && !p->author_len) { /* somebody without a name */
		p->author = mail + 1;
		p->author_len = close && close > mail ? (size_t)(close - mail - 1) : 0;
	}
	if (!close || end - close < 3)
		return;
	close += 2;
	if ((size_t)(end - close) < sizeof(number))
		memcpy(number, close, (size_t)(end - close));
	else
		memcpy(number, close, sizeof(number) - 1);
	p->time = strtoll(number, NULL, 10);
}

/* The first paragraph, as git's %s has it. */
static void take_subject(struct parts *p, const char *s, const char *end)
{
	const char *stop;

	while (s < end && isspace((unsigned char)*s))
		s++;
	stop = memmem(s, (size_t)(end - s), "\n\n", 2);
	if (!stop)
		stop = end;
	while (stop > s && isspace((unsigned char)stop[-1]))
		stop--;
	p->subject = s;
	p->subject_len = (size_t)(stop - s);
}

static void parse_commit(struct parts *p, const char *raw, size_t len)
{
	const char *end = raw + len, *line = raw;

	while (line < end && *line != '\n') {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		if (!stop)
			stop = end;
		if (stop - line > 7 && !memcmp(line, "author ", 7)) {
			take_author(p, line + 7, stop);
		} else if (stop - line > 9 && !memcmp(line, "encoding ", 9)) {
			p->encoding = line + 9;
			p->encoding_len = (size_t)(stop - p->encoding);
		}
		line = stop < end ? stop + 1 : end;
	}
	take_subject(p, line, end);
}

/* A name that iconv(3) may be asked for: it comes from the commit. */
static bool encoding_name(const struct parts *p, char name[static 48])
{
	if (!p->encoding || !p->encoding_len || p->encoding_len >= 48)
		return false;
	for (size_t i = 0; i < p->encoding_len; i++)
		if (!isalnum((unsigned char)p->encoding[i]) && !strchr("-_.:+", p->encoding[i]))
			return false;
	memcpy(name, p->encoding, p->encoding_len);
	name[p->encoding_len] = '\0';
	return strcasecmp(name, "UTF-8") != 0 && strcasecmp(name, "UTF8") != 0;
}

/* As far as it can be converted; false where it can't at all. */
static bool convert(const char *encoding, const char *s, size_t len, struct strbuf *out)
{
	iconv_t cd = iconv_open("UTF-8", encoding);
	char *in = (char *)s, *to;
	size_t room;

	if (cd == (iconv_t)-1)
		return false;
	strbuf_grow(out, len * 4);
	to = out->buf + out->len;
	room = len * 4;
	iconv(cd, &in, &len, &to, &room);
	iconv_close(cd);
	strbuf_setlen(out, (size_t)(to - out->buf));
	return len < 8; /* the rest may be half a character, cut off */
}

static size_t cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* In UTF-8, without newlines, at most about `max` bytes. */
static void add_text(struct strbuf *sb, const struct parts *p, const char *s, size_t len,
		     size_t max)
{
	char encoding[48];
	size_t start = sb->len;

	len = cut(s, len, max);
	if (!encoding_name(p, encoding) || !convert(encoding, s, len, sb)) {
		strbuf_setlen(sb, start);
		strbuf_add(sb, s, len);
	}
	for (size_t i = start; i < sb->len; i++)
		if (sb->buf[i] == '\n' || sb->buf[i] == '\0')
			sb->buf[i] = ' ';
}

static bool read_texts(const struct jci_repo *repo, const git_oid *oid, struct strbuf *author,
		       struct strbuf *subject, size_t max, int64_t *time)
{
	struct parts parts = {0};
	git_odb_object *object = NULL;
	git_odb *odb = NULL;
	bool is_there = git_repository_odb(&odb, repo->git) == 0 &&
			git_odb_read(&object, odb, oid) == 0 &&
			git_odb_object_type(object) == GIT_OBJECT_COMMIT;

	if (is_there) {
		parse_commit(&parts, git_odb_object_data(object), git_odb_object_size(object));
		if (parts.author)
			add_text(author, &parts, parts.author, parts.author_len, max);
		add_text(subject, &parts, parts.subject, parts.subject_len, max);
		*time = parts.time;
	}
	git_odb_object_free(object);
	git_odb_free(odb);
	return is_there;
}

bool commit_texts(const struct jci_repo *repo, const git_oid *oid, struct strbuf *author,
		  struct strbuf *subject)
{
	int64_t time;

	strbuf_reset(author);
	strbuf_reset(subject);
	return read_texts(repo, oid, author, subject, SEARCH_TEXT_MAX, &time);
}

void commit_info_read_details(struct commit_info *info, const struct jci_repo *repo)
{
	cleanup_strbuf struct strbuf author = STRBUF_INIT, subject = STRBUF_INIT;
	int64_t time = 0;

	read_texts(repo, &info->oid, &author, &subject, COMMIT_TEXT_MAX, &time);
	free(info->author);
	free(info->subject);
	info->author = strbuf_detach(&author, NULL);
	info->subject = strbuf_detach(&subject, NULL);
	info->time_us = jci_run_id_us(&(struct jci_run_id){.seconds = time > 0 ? time : 0});
}

/* ---- its runs ---- */

/* Of the runs of one second, the later one is what its record says. */
static void read_newest(struct commit_info *info, const struct jci_repo *repo,
			const struct jci_refs *refs)
{
	int64_t start = -1;

	for (size_t i = 0; i < refs->n; i++) {
		cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
		cleanup_record struct jci_record r;

		jci_record_init(&r);
		if (refs->items[i].id.seconds != info->newest.seconds)
			continue;
		if (jci_record_read(repo, &refs->items[i], &r, &ignored) < 0 || r.start_us < start)
			continue;
		start = r.start_us;
		info->newest = refs->items[i].id;
		info->status = r.status;
	}
}

void commit_info_read_runs(struct commit_info *info, const struct jci_repo *repo)
{
	cleanup_refs struct jci_refs refs = JCI_REFS_INIT;
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;

	info->runs_known = true;
	info->runs_stale = false;
	info->status = JCI_STATUS_NONE;
	info->newest = (struct jci_run_id){0};
	jci_refs_list(repo, &info->oid, &refs, &ignored);
	info->n_runs = (unsigned)refs.n;
	for (size_t i = 0; i < refs.n; i++)
		if (jci_run_id_cmp(&refs.items[i].id, &info->newest) > 0)
			info->newest = refs.items[i].id;
	read_newest(info, repo, &refs);
}

/* ---- those shown lately ---- */

enum { BUCKETS = 1024, CACHE_MAX = 1024 };

struct commit_cache {
	struct commit_info *buckets[BUCKETS];
	struct commit_info *newest, *oldest;
	size_t n;
};

struct commit_cache *commit_cache_new(void)
{
	return xcalloc(1, sizeof(struct commit_cache));
}

void commit_cache_free(struct commit_cache *cache)
{
	struct commit_info *next;

	for (struct commit_info *info = cache->newest; info; info = next) {
		next = info->older;
		commit_info_free(info);
	}
	free(cache);
}

static struct commit_info **bucket_of(struct commit_cache *cache, const git_oid *oid)
{
	return &cache->buckets[(oid->id[0] << 8 | oid->id[1]) % BUCKETS];
}

static void unlink_info(struct commit_cache *cache, struct commit_info *info)
{
	if (info->newer)
		info->newer->older = info->older;
	else
		cache->newest = info->older;
	if (info->older)
		info->older->newer = info->newer;
	else
		cache->oldest = info->newer;
}

static void link_newest(struct commit_cache *cache, struct commit_info *info)
{
	info->newer = NULL;
	info->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = info;
	else
		cache->oldest = info;
	cache->newest = info;
}

static struct commit_info *lookup(struct commit_cache *cache, const git_oid *oid)
{
	struct commit_info *info = *bucket_of(cache, oid);

	while (info && !git_oid_equal(&info->oid, oid))
		info = info->next;
	return info;
}

struct commit_info *commit_cache_find(struct commit_cache *cache, const git_oid *oid)
{
	struct commit_info *info = lookup(cache, oid);

	if (info && info != cache->newest) {
		unlink_info(cache, info);
		link_newest(cache, info);
	}
	return info;
}

static void drop_oldest(struct commit_cache *cache)
{
	struct commit_info *info = cache->oldest;
	struct commit_info **link = bucket_of(cache, &info->oid);

	while (*link != info)
		link = &(*link)->next;
	*link = info->next;
	unlink_info(cache, info);
	commit_info_free(info);
	cache->n--;
}

/* What `from` has been read of goes to `to`, which is in the cache. */
static void merge(struct commit_info *to, struct commit_info *from)
{
	if (from->subject) {
		free(to->author);
		free(to->subject);
		to->author = steal_ptr(from->author);
		to->subject = steal_ptr(from->subject);
		to->time_us = from->time_us;
	}
	if (from->runs_known) {
		to->n_runs = from->n_runs;
		to->status = from->status;
		to->newest = from->newest;
		to->runs_known = true;
		to->runs_stale = from->runs_stale;
	}
	commit_info_free(from);
}

void commit_cache_put(struct commit_cache *cache, struct commit_info *info)
{
	struct commit_info *there = commit_cache_find(cache, &info->oid);
	struct commit_info **bucket = bucket_of(cache, &info->oid);

	if (there) {
		merge(there, info);
		return;
	}
	if (cache->n == CACHE_MAX)
		drop_oldest(cache);
	info->next = *bucket;
	*bucket = info;
	link_newest(cache, info);
	cache->n++;
}

void commit_cache_stale(struct commit_cache *cache, const git_oid *oid)
{
	struct commit_info *one = oid ? lookup(cache, oid) : NULL;

	if (one)
		one->runs_stale = true;
	if (oid)
		return;
	for (struct commit_info *info = cache->newest; info; info = info->older)
		info->runs_stale = true;
}
