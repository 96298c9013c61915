#include "core/deflate.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "util/alloc.h"
#include "util/strbuf.h"

enum { CHUNK = 128 << 10 };

struct stream {
	const unsigned char *in;
	size_t left;
	size_t step; /* bytes a read at most, 0: what is asked for */
	struct strbuf out;
	size_t fail_read, fail_write; /* calls after which the function fails, 0: never */
};

static ssize_t take(void *ctx, void *buf, size_t cap)
{
	struct stream *s = ctx;
	size_t n = s->step && s->step < cap ? s->step : cap;

	if (s->fail_read && !--s->fail_read) {
		errno = EIO;
		return -1;
	}
	n = n < s->left ? n : s->left;
	if (n)
		memcpy(buf, s->in, n);
	s->in += n;
	s->left -= n;
	return (ssize_t)n;
}

static int put(void *ctx, const void *buf, size_t len)
{
	struct stream *s = ctx;

	if (s->fail_write && !--s->fail_write) {
		errno = ENOSPC;
		return -1;
	}
	strbuf_add(&s->out, buf, len);
	return 0;
}

static uint32_t random_state = 1;

static unsigned char random_byte(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return (unsigned char)(random_state >> 24);
}

static void add_random(struct strbuf *sb, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addch(sb, (char)random_byte());
}

static void add_text(struct strbuf *sb, size_t len)
{
	size_t end = sb->len + len;

	while (sb->len < end)
		strbuf_addf(sb, "cc -O2 -c -o file%u.o file%u.c\n", random_byte(), random_byte());
	strbuf_setlen(sb, end);
}

static void deflate_all(struct jci_deflater *d, const struct strbuf *in, size_t step,
			struct strbuf *out)
{
	struct stream s = {(const unsigned char *)in->buf, in->len, step, STRBUF_INIT, 0, 0};

	assert_int_equal(jci_deflate(d, take, put, &s), in->len);
	*out = s.out;
}

static void check_inflates_to(const struct strbuf *deflated, const struct strbuf *in)
{
	cleanup_free unsigned char *buf = xmalloc(in->len + 1);
	z_stream z = {.next_in = (unsigned char *)deflated->buf,
		      .avail_in = (uInt)deflated->len,
		      .next_out = buf,
		      .avail_out = (uInt)in->len + 1};

	assert_int_equal(inflateInit(&z), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	assert_int_equal(z.total_out, in->len);
	assert_memory_equal(buf, in->buf, in->len);
	inflateEnd(&z);
}

static void check_round_trip(struct jci_deflater *d, const struct strbuf *in)
{
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	deflate_all(d, in, 0, &out);
	check_inflates_to(&out, in);
}

static const size_t sizes[] = {
	0,         1,     100,       (16 << 10) - 1, 16 << 10,       65535,         65536,
	CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK,      2 * CHUNK + 77, 14 * CHUNK + 5};

static void test_every_size_comes_back(void **state)
{
	(void)state;
	for (int level = 0; level <= 9; level += 3) {
		cleanup_deflater struct jci_deflater *d = jci_deflater_new(level);

		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			cleanup_strbuf struct strbuf text = STRBUF_INIT, noise = STRBUF_INIT;

			add_text(&text, sizes[i]);
			add_random(&noise, sizes[i]);
			check_round_trip(d, &text);
			check_round_trip(d, &noise);
		}
	}
}

static void test_text_gets_nearly_as_small_as_by_zlib(void **state)
{
	cleanup_deflater struct jci_deflater *d = jci_deflater_new(6);
	cleanup_strbuf struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	cleanup_free unsigned char *peer = NULL;
	uLongf len;

	(void)state;
	add_text(&in, 10 * CHUNK);
	deflate_all(d, &in, 0, &out);
	len = compressBound(in.len);
	peer = xmalloc(len);
	assert_int_equal(compress2(peer, &len, (unsigned char *)in.buf, in.len, 6), Z_OK);
	assert_true(out.len < len + len / 100);
	assert_memory_equal(out.buf, peer, 2);
}

static void test_noise_is_stored(void **state)
{
	cleanup_deflater struct jci_deflater *d = jci_deflater_new(6);
	cleanup_strbuf struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;

	(void)state;
	add_random(&in, 10 * CHUNK);
	deflate_all(d, &in, 0, &out);
	assert_true(out.len <= in.len + 10 * 15 + 2 + 4 + 5);
	/* After zlib's two bytes, a stored block of 65535 that isn't the last. */
	assert_memory_equal(out.buf + 2, "\x00\xff\xff\x00\x00", 5);
	assert_memory_equal(out.buf + 7, in.buf, 65535);
}

/* Bytes of 232 values: a hundredth could be won, which is not worth the time. */
static void test_hardly_compressible_data_is_stored(void **state)
{
	cleanup_deflater struct jci_deflater *d = jci_deflater_new(6);
	cleanup_strbuf struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;

	(void)state;
	add_random(&in, CHUNK + CHUNK / 2);
	for (size_t i = 0; i < in.len; i++)
		if ((unsigned char)in.buf[i] >= 232)
			in.buf[i] -= 100;
	deflate_all(d, &in, 0, &out);
	check_inflates_to(&out, &in);
	assert_true(out.len > in.len);
}

static void check_part_is_found(struct jci_deflater *d, size_t before, size_t text, size_t after)
{
	cleanup_strbuf struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;

	add_random(&in, before);
	add_text(&in, text);
	add_random(&in, after);
	deflate_all(d, &in, 0, &out);
	check_inflates_to(&out, &in);
	assert_true(out.len < before + after + text / 2);
}

static void test_text_between_noise_is_deflated(void **state)
{
	cleanup_deflater struct jci_deflater *d = jci_deflater_new(6);

	(void)state;
	check_part_is_found(d, 0, 24000, CHUNK - 24000);
	check_part_is_found(d, 50000, 24000, CHUNK - 74000);
	check_part_is_found(d, CHUNK - 24000, 24000, 0);
	check_part_is_found(d, CHUNK, CHUNK, CHUNK);
}

/* Without threads where the process has one processor alone. */
static struct jci_deflater *new_on_one_cpu(const struct strbuf *warm_up)
{
	struct jci_deflater *d = jci_deflater_new(6);
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	cpu_set_t all, one;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (size_t i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	deflate_all(d, warm_up, 0, &out);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	return d;
}

static void test_output_depends_on_input_alone(void **state)
{
	cleanup_strbuf struct strbuf in = STRBUF_INIT, first = STRBUF_INIT;
	cleanup_deflater struct jci_deflater *many = jci_deflater_new(6), *single = NULL;

	(void)state;
	add_text(&in, 9 * CHUNK + 1);
	add_random(&in, 3 * CHUNK);
	single = new_on_one_cpu(&in);
	deflate_all(many, &in, 0, &first);
	for (size_t step = 0; step <= 70001; step += 70001 / 3) {
		cleanup_strbuf struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;

		deflate_all(many, &in, step, &a);
		deflate_all(single, &in, step, &b);
		assert_int_equal(a.len, first.len);
		assert_memory_equal(a.buf, first.buf, first.len);
		assert_int_equal(b.len, first.len);
		assert_memory_equal(b.buf, first.buf, first.len);
	}
}

static void check_failure(struct jci_deflater *d, const struct strbuf *in,
			  const struct strbuf *next, size_t fail_read, size_t fail_write)
{
	struct stream s = {
		(const unsigned char *)in->buf, in->len, 0, STRBUF_INIT, fail_read, fail_write};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	errno = 0;
	assert_int_equal(jci_deflate(d, take, put, &s), -1);
	assert_int_equal(errno, fail_read ? EIO : ENOSPC);
	out = s.out;
	check_round_trip(d, next);
}

static void test_failure_stops_and_leaves_it_usable(void **state)
{
	cleanup_deflater struct jci_deflater *d = jci_deflater_new(6);
	cleanup_strbuf struct strbuf in = STRBUF_INIT, next = STRBUF_INIT;

	(void)state;
	add_text(&in, 30 * CHUNK);
	add_random(&next, 2 * CHUNK);
	for (size_t n = 1; n <= 30; n++) {
		check_failure(d, &in, &next, n, 0);
		check_failure(d, &in, &next, 0, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_size_comes_back),
		cmocka_unit_test(test_text_gets_nearly_as_small_as_by_zlib),
		cmocka_unit_test(test_noise_is_stored),
		cmocka_unit_test(test_hardly_compressible_data_is_stored),
		cmocka_unit_test(test_text_between_noise_is_deflated),
		cmocka_unit_test(test_output_depends_on_input_alone),
		cmocka_unit_test(test_failure_stops_and_leaves_it_usable),
	};

	return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
