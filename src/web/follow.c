#include "web/follow.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/io.h"
#include "util/json.h"
#include "util/text.h"
#include "web/logspriv.h"
#include "web/logtext.h"

enum {
	FRAME_MAX = 64 * 1024,      /* bytes of the log in an event */
	KEPT_MAX = 2 * 1024 * 1024, /* of the log, in the events that are kept for those behind */
};

struct follower {
	struct web_log *log;
	struct http_stream *stream;
	struct follower *prev, *next;
	/* (Below: the stream's, whose reader is one thread at a time.) */
	struct web_frame *frame; /* being sent; NULL: none */
	size_t at;               /* how much of it is sent */
	uint64_t offset;         /* of the log, behind the frame */
	unsigned beats;          /* as many as there were, the last time anything was sent */
	bool ended;              /* `end` or `lost` is sent, or is the frame */
};

/* ---- frames ---- */

static void frame_drop(struct web_frame *frame)
{
	if (frame && __atomic_sub_fetch(&frame->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(frame);
}

static struct web_frame *frame_share(struct web_frame *frame)
{
	__atomic_add_fetch(&frame->refs, 1, __ATOMIC_RELAXED);
	return frame;
}

static struct web_frame *frame_of(const struct strbuf *text, uint64_t begin, uint64_t end)
{
	struct web_frame *frame = xmalloc(sizeof(*frame) + text->len);

	frame->refs = 1;
	frame->begin = begin;
	frame->end = end;
	frame->len = text->len;
	memcpy(frame->text, text->buf, text->len);
	return frame;
}

/* JSON in one line: what stands behind "data: ". Takes over `json`. */
static void add_event(struct strbuf *sb, const char *name, cJSON *json)
{
	strbuf_addf(sb, "event: %s\ndata: ", name);
	json_print(sb, json, false);
	strbuf_addch(sb, '\n');
	cJSON_Delete(json);
}

static struct web_frame *frame_of_bytes(const char *bytes, size_t len, uint64_t begin)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT, event = STRBUF_INIT;
	cJSON *json = cJSON_CreateObject();

	web_add_log_text(&text, bytes, len);
	json_set_number(json, "offset", (double)begin);
	json_set_string(json, "text", text.buf);
	strbuf_addf(&event, "id: %" PRIu64 "\n", begin + len);
	add_event(&event, "log", json);
	return frame_of(&event, begin, begin + len);
}

/*
 * The bytes from `begin` on, to `end` at most; NULL: none. The last ones are left out where they
 * may be the first of a character, unless nothing can follow (whole).
 */
static struct web_frame *frame_read(int fd, uint64_t begin, uint64_t end, bool whole)
{
	const size_t want = end - begin < FRAME_MAX ? (size_t)(end - begin) : FRAME_MAX;
	cleanup_free char *bytes = xmalloc(FRAME_MAX);
	ssize_t n = pread_full(fd, bytes, want, (off_t)begin);
	size_t len;

	if (n <= 0)
		return NULL;
	len = (size_t)n;
	if (!whole || begin + len < end)
		len = utf8_whole(bytes, len);
	return len ? frame_of_bytes(bytes, len, begin) : NULL;
}

static struct web_frame *frame_of_end(const struct web_log *log)
{
	cleanup_strbuf struct strbuf event = STRBUF_INIT;
	cJSON *json = cJSON_CreateObject();

	if (log->state == WEB_LOG_ENDED)
		web_set_end(json, &log->run);
	add_event(&event, log->state == WEB_LOG_ENDED ? "end" : "lost", json);
	return frame_of(&event, log->size, log->size);
}

/* ---- the newest frames ---- */

void web_frames_release(struct web_frames *frames)
{
	for (size_t i = 0; i < frames->n; i++)
		frame_drop(frames->items[i]);
	free(frames->items);
	*frames = (struct web_frames){NULL, 0, 0, 0, 0};
}

static void frames_drop_first(struct web_frames *frames)
{
	struct web_frame *first = frames->items[0];

	frames->bytes -= first->end - first->begin;
	frames->n--;
	memmove(frames->items, frames->items + 1, frames->n * sizeof(struct web_frame *));
	frame_drop(first);
}

static void frames_add(struct web_frames *frames, struct web_frame *frame)
{
	ARRAY_GROW(frames->items, frames->n + 1, frames->cap);
	frames->items[frames->n++] = frame;
	frames->bytes += frame->end - frame->begin;
	frames->end = frame->end;
	while (frames->bytes > KEPT_MAX)
		frames_drop_first(frames);
}

/*
 * The frame that begins there, or the next: frames->n if there is none. Where frames end, others
 * begin.
 */
static size_t frames_find(const struct web_frames *frames, uint64_t begin)
{
	size_t low = 0, high = frames->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (frames->items[mid]->begin < begin)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* There are no frames; the first one is of what comes from now on. */
static void frames_begin(struct web_log *log)
{
	char last[3];
	size_t back = log->size < sizeof(last) ? (size_t)log->size : sizeof(last);
	ssize_t n = pread_full(log->fd, last, back, (off_t)(log->size - back));

	log->frames.end = log->size;
	if (n == (ssize_t)back)
		log->frames.end -= back - utf8_whole(last, back);
}

/* ---- telling ---- */

/*
 * What has come becomes frames. So much at once that not all would be kept is left to the
 * followers, each of whom reads it when his client is ready; and so is a stored log that is being
 * unpacked.
 */
static void add_news(struct web_log *log)
{
	struct web_frame *frame;

	if (log->size - log->frames.end > KEPT_MAX) {
		web_frames_release(&log->frames);
		frames_begin(log);
	}
	while (log->frames.end < log->size &&
	       (frame = frame_read(log->fd, log->frames.end, log->size, log->complete)))
		frames_add(&log->frames, frame);
}

void web_followers_tell(struct web_log *log)
{
	if (!log->followers)
		return;
	if (!log->stored)
		add_news(log);
	for (struct follower *f = log->followers; f; f = f->next)
		http_stream_wake(f->stream);
}

void web_log_beat(struct web_log *log)
{
	pthread_mutex_lock(&log->lock);
	log->beats++;
	for (struct follower *f = log->followers; f; f = f->next)
		http_stream_wake(f->stream);
	pthread_mutex_unlock(&log->lock);
}

bool web_log_has_followers(struct web_log *log)
{
	bool has;

	pthread_mutex_lock(&log->lock);
	has = log->followers != NULL;
	pthread_mutex_unlock(&log->lock);
	return has;
}

uint64_t web_log_size(struct web_log *log)
{
	uint64_t size;

	pthread_mutex_lock(&log->lock);
	size = log->size > log->full_size ? log->size : log->full_size;
	pthread_mutex_unlock(&log->lock);
	return size;
}

/* ---- one follower ---- */

/* What to do next, decided under the log's lock, done without it. */
struct plan {
	struct web_frame *frame; /* shared: this one */
	uint64_t end;            /* or read up to there, if that is more than the offset */
	bool whole;
	int otherwise; /* HTTP_LATER, HTTP_END, HTTP_BROKEN */
};

/* (Under the log's lock.) */
static void plan(const struct follower *f, struct plan *p)
{
	const struct web_log *log = f->log;
	size_t next = frames_find(&log->frames, f->offset);

	*p = (struct plan){.otherwise = HTTP_LATER};
	if (next < log->frames.n) {
		struct web_frame *frame = log->frames.items[next];

		if (frame->begin == f->offset)
			p->frame = frame_share(frame);
		/* to where the frames begin, which is no part of a character */
		p->end = frame->begin;
		p->whole = true;
		return;
	}
	p->end = log->size;
	p->whole = log->complete;
	if (f->offset < log->size)
		return;
	if (f->ended)
		p->otherwise = HTTP_END;
	else if (log->state == WEB_LOG_FAILED)
		p->otherwise = HTTP_BROKEN;
	else if (log->complete)
		p->frame = frame_of_end(log);
}

/* The next frame to send; else what to return. */
static int next_frame(struct follower *f)
{
	struct web_log *log = f->log;
	struct plan p;

	pthread_mutex_lock(&log->lock);
	plan(f, &p);
	if (p.frame && p.frame->begin == p.frame->end)
		f->ended = true;
	pthread_mutex_unlock(&log->lock);
	if (!p.frame && p.end > f->offset)
		p.frame = frame_read(log->fd, f->offset, p.end, p.whole);
	if (!p.frame)
		return p.otherwise;
	f->frame = p.frame;
	f->offset = p.frame->end;
	f->at = 0;
	return 1;
}

static size_t send_frame(struct follower *f, char *buf, size_t max)
{
	size_t left = f->frame->len - f->at, n = left < max ? left : max;

	memcpy(buf, f->frame->text + f->at, n);
	f->at += n;
	if (f->at == f->frame->len) {
		frame_drop(f->frame);
		f->frame = NULL;
	}
	return n;
}

/* At the very beginning too: the client learns that it is connected. */
static ssize_t send_beat(struct follower *f, char *buf, size_t max)
{
	static const char beat[] = ":\n\n";
	unsigned beats = __atomic_load_n(&f->log->beats, __ATOMIC_RELAXED);

	if (f->beats == beats || max < sizeof(beat))
		return HTTP_LATER;
	f->beats = beats;
	memcpy(buf, beat, sizeof(beat) - 1);
	return sizeof(beat) - 1;
}

static ssize_t read_follower(void *ctx, uint64_t at, char *buf, size_t max)
{
	struct follower *f = ctx;
	size_t n = 0;
	int code = 1;

	(void)at;
	while (n < max && (f->frame || (code = next_frame(f)) > 0))
		n += send_frame(f, buf + n, max - n);
	if (n > 0) {
		f->beats = __atomic_load_n(&f->log->beats, __ATOMIC_RELAXED);
		return (ssize_t)n;
	}
	return code == HTTP_LATER ? send_beat(f, buf, max) : code;
}

static void release_follower(void *ctx)
{
	struct follower *f = ctx;
	struct web_log *log = f->log;

	pthread_mutex_lock(&log->lock);
	if (f->prev)
		f->prev->next = f->next;
	else if (log->followers == f)
		log->followers = f->next;
	if (f->next)
		f->next->prev = f->prev;
	if (!log->followers)
		web_frames_release(&log->frames);
	pthread_mutex_unlock(&log->lock);
	frame_drop(f->frame);
	web_log_release(log);
	free(f);
}

static void started(void *ctx, struct http_stream *stream)
{
	struct follower *f = ctx;
	struct web_log *log = f->log;

	f->stream = stream;
	pthread_mutex_lock(&log->lock);
	if (!log->followers)
		frames_begin(log);
	f->next = log->followers;
	if (f->next)
		f->next->prev = f;
	log->followers = f;
	pthread_mutex_unlock(&log->lock);
}

void web_log_follow(struct web_log *log, struct http_request *rq, uint64_t from)
{
	struct follower *f = xcalloc(1, sizeof(*f));
	const struct http_source source = {
		.ctx = f,
		.read = read_follower,
		.release = release_follower,
	};

	f->log = log;
	f->offset = from;
	f->beats = __atomic_load_n(&log->beats, __ATOMIC_RELAXED) - 1;
	web_log_add_user(log);
	http_respond_stream(rq, 200, HTTP_UNKNOWN, &source, started);
}
