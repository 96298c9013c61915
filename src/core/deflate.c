#include "core/deflate.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <zlib.h>

#include "util/alloc.h"
#include "util/thread.h"

enum {
	CHUNK = 128 << 10,
	DICTIONARY = 32 << 10, /* deflate's window: no more can be referred to */
	BLOCK = 65535,         /* a stored block's most */
	BLOCK_HEADER = 5,      /* its type, length and complement, from a byte boundary */
	OUT_MAX = CHUNK + 3 * BLOCK_HEADER,
	SAMPLE_MIN = 16 << 10, /* of less than this, a sample costs nearly what deflating does */
	SAMPLE_PIECES = 8,
	SAMPLE_PIECE = 512,
	SAMPLE = SAMPLE_PIECES * SAMPLE_PIECE,
	SAMPLE_GAIN = SAMPLE / 64, /* less than this is no gain worth the time */
	THREADS_MAX = 8,
	SPARE_CHUNKS = 4, /* so that threads have work while the caller reads and writes */
};

/* What one thread deflates with. Both streams are raw; the zlib wrapping is put around here. */
struct squeezer {
	z_stream full, sample;
};

struct chunk {
	size_t len, dict_len;
	size_t out_len; /* 0: stored, the output is the input */
	uint32_t adler;
	bool last;
	bool done; /* under the deflater's lock */
	unsigned char in[DICTIONARY + CHUNK];
	unsigned char out[OUT_MAX];
};

struct worker {
	pthread_t thread;
	struct jci_deflater *owner;
	struct squeezer squeezer;
};

struct jci_deflater {
	int level;
	struct squeezer own; /* for streams that need no threads */

	bool started; /* threads were tried for: there may be none nevertheless */
	size_t nworkers;
	struct worker workers[THREADS_MAX];

	/* Chunk number n is in ring[n % nring]; its slot is reused once it is written. */
	size_t nring;
	struct chunk *ring[THREADS_MAX + SPARE_CHUNKS];
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	uint64_t filled, taken; /* numbers; under the lock */
	bool quit;
};

/* One call of jci_deflate(). */
struct stream {
	struct jci_deflater *d;
	jci_deflate_read *in;
	jci_deflate_write *out;
	void *ctx;
	uint64_t written; /* chunks */
	int64_t total;
	uint32_t adler;
};

static void init_stream(z_stream *z, int level, int window_bits, int mem_level)
{
	memset(z, 0, sizeof(*z));
	/* The parameters are right, so this can only be short of memory. */
	if (deflateInit2(z, level, Z_DEFLATED, -window_bits, mem_level, Z_DEFAULT_STRATEGY) != Z_OK)
		out_of_memory();
}

static void squeezer_init(struct squeezer *s, int level)
{
	init_stream(&s->full, level, 15, 8);
	init_stream(&s->sample, Z_BEST_SPEED, 12, 6);
}

static void squeezer_release(struct squeezer *s)
{
	deflateEnd(&s->full);
	deflateEnd(&s->sample);
}

/* The pieces lie at uneven distances, so that no period in the data can hide from all of them. */
static void take_sample(unsigned char *sample, const unsigned char *data, size_t len)
{
	size_t step = len / SAMPLE_PIECES;
	uint32_t shift = 0;

	for (size_t i = 0; i < SAMPLE_PIECES; i++) {
		memcpy(sample + i * SAMPLE_PIECE, data + i * step + shift % (step - SAMPLE_PIECE),
		       SAMPLE_PIECE);
		shift = shift * 1103515245 + 12345;
	}
}

static bool compressible(z_stream *z, const unsigned char *data, size_t len)
{
	unsigned char in[SAMPLE], out[SAMPLE - SAMPLE_GAIN];

	if (len < SAMPLE_MIN)
		return true;
	take_sample(in, data, len);
	deflateReset(z);
	z->next_in = in;
	z->avail_in = sizeof(in);
	z->next_out = out;
	z->avail_out = sizeof(out);
	return deflate(z, Z_FINISH) == Z_STREAM_END;
}

static size_t stored_size(size_t len)
{
	return len + (len / BLOCK + 1) * BLOCK_HEADER;
}

/* Ends at a byte boundary, so that chunks can be put one after the other. */
static size_t deflate_chunk(z_stream *z, struct chunk *c)
{
	size_t room = stored_size(c->len);
	int ret;

	deflateReset(z);
	if (c->dict_len)
		deflateSetDictionary(z, c->in + DICTIONARY - c->dict_len, (uInt)c->dict_len);
	z->next_in = c->in + DICTIONARY;
	z->avail_in = (uInt)c->len;
	z->next_out = c->out;
	z->avail_out = (uInt)room;
	ret = deflate(z, c->last ? Z_FINISH : Z_SYNC_FLUSH);
	if (ret != (c->last ? Z_STREAM_END : Z_OK) || !z->avail_out)
		return 0;
	return room - z->avail_out;
}

static void squeeze(struct squeezer *s, int level, struct chunk *c)
{
	const unsigned char *data = c->in + DICTIONARY;

	c->adler = (uint32_t)adler32(adler32(0, NULL, 0), data, (uInt)c->len);
	c->out_len = 0;
	if (level && compressible(&s->sample, data, c->len))
		c->out_len = deflate_chunk(&s->full, c);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct jci_deflater *d = w->owner;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		struct chunk *c;

		while (!d->quit && d->taken == d->filled)
			pthread_cond_wait(&d->work, &d->lock);
		if (d->quit)
			break;
		c = d->ring[d->taken++ % d->nring];
		pthread_mutex_unlock(&d->lock);
		squeeze(&w->squeezer, d->level, c);
		pthread_mutex_lock(&d->lock);
		c->done = true;
		pthread_cond_signal(&d->done);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Called between two streams or before the first chunk is handed out, when nothing is in use. */
static void start_threads(struct jci_deflater *d)
{
	unsigned cpus = thread_cpus();

	d->started = true;
	if (cpus < 2)
		return;
	while (d->nring < ARRAY_SIZE(d->ring) && d->nring < cpus + SPARE_CHUNKS)
		d->ring[d->nring++] = xmalloc(sizeof(struct chunk));
	while (d->nworkers < THREADS_MAX && d->nworkers < cpus) {
		struct worker *w = &d->workers[d->nworkers];

		w->owner = d;
		squeezer_init(&w->squeezer, d->level);
		if (thread_start(&w->thread, work, w)) {
			squeezer_release(&w->squeezer);
			break; /* go on with those that are there */
		}
		d->nworkers++;
	}
}

struct jci_deflater *jci_deflater_new(int level)
{
	struct jci_deflater *d = xcalloc(1, sizeof(*d));

	d->level = level < 0 || level > 9 ? 6 : level;
	squeezer_init(&d->own, d->level);
	d->ring[d->nring++] = xmalloc(sizeof(struct chunk));
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->work, NULL);
	pthread_cond_init(&d->done, NULL);
	return d;
}

void jci_deflater_free(struct jci_deflater *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	d->quit = true;
	pthread_cond_broadcast(&d->work);
	pthread_mutex_unlock(&d->lock);
	for (size_t i = 0; i < d->nworkers; i++) {
		pthread_join(d->workers[i].thread, NULL);
		squeezer_release(&d->workers[i].squeezer);
	}
	for (size_t i = 0; i < d->nring; i++)
		free(d->ring[i]);
	squeezer_release(&d->own);
	pthread_cond_destroy(&d->done);
	pthread_cond_destroy(&d->work);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* Fills the chunk whatever sizes `in` gives: where it is cut must not depend on those. */
static int fill(struct stream *s, struct chunk *c, const struct chunk *before)
{
	c->dict_len = 0;
	if (before) {
		/* Every chunk before the last is full, so its end is the buffer's. */
		memcpy(c->in, before->in + CHUNK, DICTIONARY);
		c->dict_len = DICTIONARY;
	}
	c->last = false;
	for (c->len = 0; c->len < CHUNK;) {
		ssize_t n = s->in(s->ctx, c->in + DICTIONARY + c->len, CHUNK - c->len);

		if (n < 0)
			return -1;
		if (!n) {
			c->last = true;
			break;
		}
		c->len += (size_t)n;
	}
	s->total += (int64_t)c->len;
	return 0;
}

static void hand_out(struct stream *s, struct chunk *c)
{
	struct jci_deflater *d = s->d;
	/* A stream of one chunk is done sooner here than handed over and back. */
	bool here = !d->nworkers || (c->last && !c->dict_len);

	if (here)
		squeeze(&d->own, d->level, c);
	pthread_mutex_lock(&d->lock);
	c->done = here;
	d->filled++;
	if (here)
		d->taken++;
	else
		pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

static int write_stored(struct stream *s, const struct chunk *c)
{
	const unsigned char *data = c->in + DICTIONARY;
	size_t left = c->len;

	do {
		uint16_t n = left < BLOCK ? (uint16_t)left : BLOCK;
		unsigned char header[BLOCK_HEADER] = {c->last && n == left, n & 0xff, n >> 8,
						      ~n & 0xff, (~n >> 8) & 0xff};

		if (s->out(s->ctx, header, sizeof(header)) < 0 || s->out(s->ctx, data, n) < 0)
			return -1;
		data += n;
		left -= n;
	} while (left);
	return 0;
}

/* Waits for the oldest chunk and writes it. */
static int write_next(struct stream *s)
{
	struct jci_deflater *d = s->d;
	struct chunk *c = d->ring[s->written % d->nring];

	pthread_mutex_lock(&d->lock);
	while (!c->done)
		pthread_cond_wait(&d->done, &d->lock);
	pthread_mutex_unlock(&d->lock);
	s->written++;
	s->adler = (uint32_t)adler32_combine(s->adler, c->adler, (z_off_t)c->len);
	return c->out_len ? s->out(s->ctx, c->out, c->out_len) : write_stored(s, c);
}

static bool next_is_done(struct stream *s)
{
	struct jci_deflater *d = s->d;
	bool done;

	pthread_mutex_lock(&d->lock);
	done = d->ring[s->written % d->nring]->done;
	pthread_mutex_unlock(&d->lock);
	return done;
}

static int write_header(struct stream *s)
{
	static const unsigned char flevel[] = {0, 0, 1, 1, 1, 1, 2, 3, 3, 3};
	unsigned header = 0x7800 | (unsigned)flevel[s->d->level] << 6;
	unsigned char bytes[2];

	header += 31 - header % 31;
	bytes[0] = (unsigned char)(header >> 8);
	bytes[1] = (unsigned char)header;
	return s->out(s->ctx, bytes, sizeof(bytes));
}

static int write_trailer(struct stream *s)
{
	unsigned char bytes[] = {(unsigned char)(s->adler >> 24), (unsigned char)(s->adler >> 16),
				 (unsigned char)(s->adler >> 8), (unsigned char)s->adler};

	return s->out(s->ctx, bytes, sizeof(bytes));
}

static int write_chunks(struct stream *s)
{
	struct jci_deflater *d = s->d;
	struct chunk *c = NULL;

	do {
		const struct chunk *before = c;

		while (s->written < d->filled &&
		       (d->filled - s->written == d->nring || next_is_done(s)))
			if (write_next(s) < 0)
				return -1;
		c = d->ring[d->filled % d->nring];
		if (fill(s, c, before) < 0)
			return -1;
		if (!c->last && !d->started)
			start_threads(d);
		hand_out(s, c);
	} while (!c->last);
	while (s->written < d->filled)
		if (write_next(s) < 0)
			return -1;
	return 0;
}

/* After a failure: no thread may touch a chunk any more when the next stream begins. */
static void wait_for_threads(struct stream *s)
{
	struct jci_deflater *d = s->d;

	pthread_mutex_lock(&d->lock);
	for (; s->written < d->filled; s->written++)
		while (!d->ring[s->written % d->nring]->done)
			pthread_cond_wait(&d->done, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

int64_t jci_deflate(struct jci_deflater *d, jci_deflate_read *in, jci_deflate_write *out, void *ctx)
{
	struct stream s = {.d = d, .in = in, .out = out, .ctx = ctx, .adler = 1};

	pthread_mutex_lock(&d->lock);
	d->filled = d->taken = 0;
	pthread_mutex_unlock(&d->lock);
	if (write_header(&s) < 0)
		return -1;
	if (write_chunks(&s) < 0) {
		int saved = errno;

		wait_for_threads(&s);
		errno = saved;
		return -1;
	}
	return write_trailer(&s) < 0 ? -1 : s.total;
}
