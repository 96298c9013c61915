#include "core/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/io.h"
#include "util/thread.h"

enum {
	BUFFER = 256 << 10,
	BUFFERS = 4,
	WRITEBACK = 8 << 20, /* the kernel is asked to begin writing after so much */
};

struct buffer {
	size_t len;
	unsigned char data[BUFFER];
};

struct jci_outfile {
	int dirfd, fd;
	char *name;
	bool committed;

	/* Of the caller alone. */
	struct buffer *current; /* = ring[filled % BUFFERS] */
	uint64_t start;         /* offset of the current buffer in the file */

	/* Buffer number n is in ring[n % BUFFERS]. */
	struct buffer *ring[BUFFERS];
	bool threaded, alone; /* the thread runs; it could not be started */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	uint64_t filled, written; /* numbers; from here on all is under the lock */
	bool quit;
	int error; /* errno of the first failure, after which nothing more is written */

	/* Of the thread, and of the caller while it waits for nothing. */
	uint64_t offset, begun; /* what is in the file, and how much of it is on its way to disk */
};

enum { NAME_RANDOM = 6 };

static int random_letters(char *s)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	unsigned char bytes[NAME_RANDOM];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	for (size_t i = 0; i < sizeof(bytes); i++)
		s[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	return 0;
}

/* As mkstemp(), but the mode obeys the umask, as that of git's own packs does. */
static int create(int dirfd, char *name)
{
	for (int tries = 0; tries < 100; tries++) {
		int fd;

		if (random_letters(name + strlen(name) - NAME_RANDOM) < 0)
			return -1;
		fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int jci_outfile_new(struct jci_outfile **out, int dirfd, const char *prefix)
{
	cleanup_free char *name = xasprintf("%s%0*d", prefix, NAME_RANDOM, 0);
	int fd = create(dirfd, name);
	struct jci_outfile *o;

	if (fd < 0)
		return -1;
	o = xcalloc(1, sizeof(*o));
	o->dirfd = dirfd;
	o->fd = fd;
	o->name = steal_ptr(name);
	o->ring[0] = xmalloc(sizeof(struct buffer));
	o->current = o->ring[0];
	o->current->len = 0;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->work, NULL);
	pthread_cond_init(&o->done, NULL);
	*out = o;
	return 0;
}

const char *jci_outfile_name(const struct jci_outfile *o)
{
	return o->name;
}

uint64_t jci_outfile_size(const struct jci_outfile *o)
{
	return o->start + o->current->len;
}

/* Returns 0 or an errno. */
static int write_buffer(struct jci_outfile *o, const struct buffer *b)
{
	if (write_full(o->fd, b->data, b->len) < 0)
		return errno;
	o->offset += b->len;
	if (o->offset - o->begun >= WRITEBACK) {
		/* Only a hint: where it can't be done, the flush at the end takes longer. */
		sync_file_range(o->fd, (off_t)o->begun, (off_t)(o->offset - o->begun),
				SYNC_FILE_RANGE_WRITE);
		o->begun = o->offset;
	}
	return 0;
}

static void *write_behind(void *arg)
{
	struct jci_outfile *o = arg;

	pthread_mutex_lock(&o->lock);
	for (;;) {
		int error;

		while (!o->quit && o->written == o->filled)
			pthread_cond_wait(&o->work, &o->lock);
		if (o->quit)
			break;
		error = o->error;
		if (!error) {
			const struct buffer *b = o->ring[o->written % BUFFERS];

			pthread_mutex_unlock(&o->lock);
			error = write_buffer(o, b);
			pthread_mutex_lock(&o->lock);
		}
		o->error = error;
		o->written++;
		pthread_cond_signal(&o->done);
	}
	pthread_mutex_unlock(&o->lock);
	return NULL;
}

static void start_thread(struct jci_outfile *o)
{
	if (o->threaded || o->alone)
		return;
	for (size_t i = 1; i < BUFFERS; i++)
		o->ring[i] = xmalloc(sizeof(struct buffer));
	o->threaded = !thread_start(&o->thread, write_behind, o);
	o->alone = !o->threaded;
}

static int fail(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* Hands the current buffer over and waits until at most `pending` are not in the file. */
static int hand_over(struct jci_outfile *o, uint64_t pending)
{
	int error;

	pthread_mutex_lock(&o->lock);
	if (o->current->len) {
		o->start += o->current->len;
		o->filled++;
		pthread_cond_signal(&o->work);
	}
	while (o->filled - o->written > pending)
		pthread_cond_wait(&o->done, &o->lock);
	error = o->error;
	o->current = o->ring[o->filled % BUFFERS];
	o->current->len = 0;
	pthread_mutex_unlock(&o->lock);
	return fail(error);
}

static int write_here(struct jci_outfile *o)
{
	if (!o->error && o->current->len)
		o->error = write_buffer(o, o->current);
	o->start += o->current->len;
	o->current->len = 0;
	return fail(o->error);
}

int jci_outfile_write(struct jci_outfile *o, const void *data, size_t len)
{
	const unsigned char *from = data;

	while (len) {
		struct buffer *b = o->current;
		/* Writes end at a multiple of BUFFER also after a truncation in between. */
		size_t end = BUFFER - o->start % BUFFER;
		size_t n = len < end - b->len ? len : end - b->len;

		memcpy(b->data + b->len, from, n);
		b->len += n;
		from += n;
		len -= n;
		if (b->len < end)
			break;
		start_thread(o);
		if ((o->threaded ? hand_over(o, BUFFERS - 1) : write_here(o)) < 0)
			return -1;
	}
	return 0;
}

int jci_outfile_flush(struct jci_outfile *o, int *fd)
{
	*fd = o->fd;
	return o->threaded ? hand_over(o, 0) : write_here(o);
}

int jci_outfile_truncate(struct jci_outfile *o, uint64_t size)
{
	int fd;

	if (size >= o->start) {
		o->current->len = (size_t)(size - o->start);
		return 0;
	}
	o->current->len = 0;
	if (jci_outfile_flush(o, &fd) < 0 || ftruncate(fd, (off_t)size) < 0 ||
	    lseek(fd, (off_t)size, SEEK_SET) < 0)
		return -1;
	o->start = o->offset = size;
	if (o->begun > size)
		o->begun = size;
	return 0;
}

int jci_outfile_sync(struct jci_outfile *o)
{
	int fd, ret;

	if (jci_outfile_flush(o, &fd) < 0)
		return -1;
	do {
		ret = fsync(fd);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

int jci_outfile_commit(struct jci_outfile *o, const char *name)
{
	if (renameat(o->dirfd, o->name, o->dirfd, name) < 0)
		return -1;
	free(o->name);
	o->name = xstrdup(name);
	o->committed = true;
	return 0;
}

static void stop_thread(struct jci_outfile *o)
{
	pthread_mutex_lock(&o->lock);
	o->quit = true;
	pthread_cond_signal(&o->work);
	pthread_mutex_unlock(&o->lock);
	pthread_join(o->thread, NULL);
}

void jci_outfile_free(struct jci_outfile *o)
{
	if (!o)
		return;
	if (o->threaded)
		stop_thread(o);
	if (!o->committed)
		unlinkat(o->dirfd, o->name, 0);
	close(o->fd);
	for (size_t i = 0; i < BUFFERS; i++)
		free(o->ring[i]);
	free(o->name);
	pthread_cond_destroy(&o->done);
	pthread_cond_destroy(&o->work);
	pthread_mutex_destroy(&o->lock);
	free(o);
}
