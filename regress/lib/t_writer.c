/* SPDX-License-Identifier: ISC */

/*
 * The ring of a writer, made so small that all its corners are met: what comes
 * out is what went in, byte by byte, whoever is the slower.
 */

#define RING_SIZE	((size_t)8192)
#define WRITE_MAX	((size_t)3000)
#include "../../bin/common/writer.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define RECORDS		60000
#define RECORD_MAX	2500
#define LIMIT_MS	20000

static uint64_t	 in, out;		/* bytes so far */
static uint32_t	 seed = 1;
static int	 fds[2];

static uint32_t
any(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return ((seed >> 8) % n);
}

/* The byte at that place of the stream. */
static uint8_t
byte_at(uint64_t n)
{
	return ((uint8_t)(n * 167 >> 3 ^ n));
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
take_bytes(const uint8_t *buf, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++, out++)
		if (buf[i] != byte_at(out))
			fail_msg("byte %llu is another",
			    (unsigned long long)out);
}

/* Read at most n bytes; wait for them so long.  How many there were. */
static size_t
read_some(size_t n, int milliseconds)
{
	struct pollfd	 pfd = { .fd = fds[0], .events = POLLIN };
	uint8_t		 buf[8192];
	ssize_t		 got;

	if (poll(&pfd, 1, milliseconds) <= 0)
		return (0);
	got = read(fds[0], buf, n < sizeof(buf) ? n : sizeof(buf));
	assert_true(got >= 0);
	take_bytes(buf, (size_t)got);
	return ((size_t)got);
}

static struct writer *
open_writer(void)
{
	in = out = 0;
	assert_int_equal(pipe(fds), 0);
#ifdef F_SETPIPE_SZ
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
#endif
	return (writer_new(fds[1], "test", nothing, NULL));
}

static void
put_record(struct writer *w, uint8_t *buf, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++, in++)
		buf[i] = byte_at(in);
	writer_append(w, len);
}

/* Read until the writer is done: all that went in came out. */
static void
finish(struct writer *w)
{
	writer_finish(w);
	while (out < in && read_some(8192, LIMIT_MS) > 0)
		;
	assert_int_equal(out, in);
	while (!writer_done(w))
		poll(NULL, 0, 1);
	assert_int_equal(read_some(1, 0), 0);
	assert_int_equal(writer_lines_left(w), 0);
	writer_free(w);
	close(fds[0]);
}

/* Records of all sizes, whose writer waits for room as --block does. */
static void
waits(void **state)
{
	struct writer	*w = open_writer();
	uint8_t		*buf;
	size_t		 len, most;
	int		 i;

	(void)state;
	for (i = 0; i < RECORDS; i++) {
		len = any(8) == 0 ? any(RECORD_MAX) + 1 : any(100) + 1;
		most = len + any(200);
		/* Nothing need be handed over for that. */
		while (!writer_room(w, most))
			assert_true(read_some(any(3000) + 1, LIMIT_MS) > 0);
		assert_non_null(buf = writer_reserve(w, most));
		put_record(w, buf, len);
		if (any(10) == 0)
			writer_flush(w);
		if (any(4) == 0)
			read_some(any(2000) + 1, 0);
	}
	finish(w);
}

/* The same, lost where there is no room: some are, and not all. */
static void
loses(void **state)
{
	struct writer	*w = open_writer();
	uint8_t		*buf;
	size_t		 len;
	int		 i, lost = 0;

	(void)state;
	for (i = 0; i < RECORDS; i++) {
		len = any(3) == 0 ? any(RECORD_MAX) + 1 : any(20) + 1;
		if ((buf = writer_reserve(w, len)) != NULL)
			put_record(w, buf, len);
		else {
			lost++;
			writer_flush(w);
			read_some(any(3000) + 1, 10);
		}
	}
	assert_in_range(lost, 1, RECORDS / 2);
	finish(w);
}

static size_t
tail_of(struct writer *w)
{
	size_t	 tail;

	pthread_mutex_lock(&w->lock);
	tail = w->tail;
	pthread_mutex_unlock(&w->lock);
	return (tail);
}

/* The first thousand bytes are written, and the loop does not know yet. */
static void
write_a_thousand(struct writer *w)
{
	uint8_t	*buf;

	assert_non_null(buf = writer_reserve(w, 1000));
	put_record(w, buf, 1000);
	writer_flush(w);
	while (out < 1000)
		assert_true(read_some(8192, LIMIT_MS) > 0);
	while (tail_of(w) < 1000)
		poll(NULL, 0, 1);
}

/* Full is a byte less than what is free: else it would look empty. */
static void
full(void **state)
{
	struct writer	*w = open_writer();
	uint8_t		*buf;

	(void)state;
	assert_null(writer_reserve(w, RING_SIZE));
	assert_non_null(buf = writer_reserve(w, RING_SIZE - 1));
	put_record(w, buf, RING_SIZE - 1);
	assert_null(writer_reserve(w, 1));
	finish(w);

	w = open_writer();
	write_a_thousand(w);
	assert_non_null(buf = writer_reserve(w, 7000));
	put_record(w, buf, 7000);
	assert_null(writer_reserve(w, 1000));
	assert_non_null(buf = writer_reserve(w, 999));
	put_record(w, buf, 999);
	assert_null(writer_reserve(w, 1));
	finish(w);
}

/* Somebody else's O_NONBLOCK is no error. */
static void
not_blocking(void **state)
{
	struct writer	*w = open_writer();
	uint8_t		*buf;
	int		 i;

	(void)state;
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	for (i = 0; i < 100; i++) {
		while (!writer_room(w, 1000))
			assert_true(read_some(100, LIMIT_MS) > 0);
		assert_non_null(buf = writer_reserve(w, 1000));
		put_record(w, buf, 1000);
	}
	writer_flush(w);
	finish(w);
}

static void
put_lines(struct writer *w, int n)
{
	uint8_t	*buf;

	for (; n > 0; n--) {
		assert_non_null(buf = writer_reserve(w, 100));
		memset(buf, 'x', 99);
		buf[99] = '\n';
		writer_append(w, 100);
	}
}

/* A reader that goes: what is left is known, and there is room for ever. */
static void
fails(void **state)
{
	struct writer	*w = open_writer();

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	close(fds[0]);
	put_lines(w, 30);
	assert_int_equal(writer_lines_left(w), 30);
	writer_flush(w);
	while (!writer_done(w))
		poll(NULL, 0, 1);
	assert_int_equal(writer_error(w), EPIPE);
	assert_null(writer_reserve(w, 1));
	assert_true(writer_room(w, RING_SIZE * 2));
	assert_int_equal(writer_lines_left(w), 30);
	writer_free(w);
}

/* Also where they go round the end of the ring. */
static void
left_around_the_end(void **state)
{
	struct writer	*w = open_writer();

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	/* What is there but was never put there does not count. */
	memset(w->ring, '\n', RING_SIZE);
	write_a_thousand(w);
	put_lines(w, 71);
	assert_int_equal(writer_lines_left(w), 71);
	put_lines(w, 9);
	assert_int_equal(writer_lines_left(w), 80);
	close(fds[0]);
	writer_flush(w);
	while (!writer_done(w))
		poll(NULL, 0, 1);
	assert_int_equal(writer_lines_left(w), 80);
	writer_free(w);
}

static int
start(void **state)
{
	(void)state;
	loop_init();
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits),
		cmocka_unit_test(loses),
		cmocka_unit_test(full),
		cmocka_unit_test(not_blocking),
		cmocka_unit_test(fails),
		cmocka_unit_test(left_around_the_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, start, NULL));
}
