/* SPDX-License-Identifier: ISC */

/*
 * Captures as ports: what opening refuses and how it says so, batches, ids,
 * a stream that never blocks, and the end of the input, whole or cut.
 */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "frames.h"

static char	dir[256], path[300], spec[310];

static int
set_up(void **state)
{
	const char	*tmp;

	(void)state;
	tmp = getenv("TMPDIR");
	snprintf(dir, sizeof(dir), "%s/t_capture.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/a.pcap", dir);
	snprintf(spec, sizeof(spec), "file:%s", path);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	return (rmdir(dir));
}

static void
write_file(const struct bytes *b, size_t len)
{
	FILE	*f;

	f = fopen(path, "wb");
	assert_non_null(f);
	if (len > 0)
		assert_int_equal(fwrite(b->p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static struct divert_port *
open_ok(const char *name, const struct divert_options *options)
{
	struct divert_port	*port;
	char			 errbuf[256];

	if ((port = divert_port_open(name, options, errbuf,
	    sizeof(errbuf))) == NULL)
		fail_msg("%s", errbuf);
	return (port);
}

/* Opening fails with this errno and exactly "PATH: why". */
static void
open_fails(const char *name, int error, const char *why)
{
	char	 errbuf[512], expected[512];

	errno = 0;
	assert_null(divert_port_open(name, NULL, errbuf, sizeof(errbuf)));
	assert_int_equal(errno, error);
	snprintf(expected, sizeof(expected), "%s: %s", name + 5, why);
	assert_string_equal(errbuf, expected);
}

/* A classic capture of n packets, told apart by their IP id. */
static void
numbered(struct bytes *b, int n)
{
	uint8_t	 data[sizeof(v4)];
	int	 i;

	b->len = 0;
	pcap_file(b, 0xa1b2c3d4, 101);
	memcpy(data, v4, sizeof(v4));
	for (i = 0; i < n; i++) {
		data[4] = (uint8_t)(i >> 8);
		data[5] = (uint8_t)i;
		pcap_record(b, (uint32_t)i, 0, data, sizeof(data),
		    sizeof(data));
	}
}

static int
number_of(const struct divert_packet *pkt)
{
	return (pkt->data[4] << 8 | pkt->data[5]);
}

static void
refused(void **state)
{
	static const struct {
		const char	*content, *why;
		size_t		 len;
	} cases[] = {
		{ "", "empty, no capture", 0 },
		{ "\xa1", "no capture (neither pcapng, pcap, JSON lines nor hex)",
		    1 },
		{ "#!/bin/sh\n",
		    "no capture (neither pcapng, pcap, JSON lines nor hex)", 10 },
		{ "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\1\0\x69\0\0\0",
		    "link type 105 cannot be read", 24 },
		{ "\xd4\xc3\xb2\xa1\2\0\4\0", "cut off, 8 of 24 bytes", 8 },
	};
	struct bytes	 b = { 0 };
	char		 other[600];
	size_t		 i;

	(void)state;
	unlink(path);
	open_fails(spec, ENOENT, "No such file or directory");
	snprintf(other, sizeof(other), "file:%s", dir);
	open_fails(other, EISDIR, "Is a directory");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.len = 0;
		add(&b, cases[i].content, cases[i].len);
		write_file(&b, b.len);
		open_fails(spec, EBADMSG, cases[i].why);
	}
	/* The first interface block cannot be read, no other comes. */
	b.len = 0;
	section(&b, 0);
	interface(&b, 105, 0, 6, 0, NULL);
	enhanced(&b, 0, 0, v4, sizeof(v4), sizeof(v4), NULL);
	write_file(&b, b.len);
	open_fails(spec, EBADMSG, "link type 105 cannot be read");
	if (geteuid() != 0) {
		chmod(path, 0);
		open_fails(spec, EACCES, "Permission denied");
		chmod(path, 0600);
	}
	free(b.p);
}

static void
file_batches(void **state)
{
	struct divert_stats	 stats;
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct bytes		 b = { 0 };
	int			 i, n, seen;

	(void)state;
	numbered(&b, 1000);
	write_file(&b, b.len);
	port = open_ok(spec, NULL);
	assert_string_equal(divert_port_name(port) +
	    strlen(divert_port_name(port)) - 7, "/a.pcap");
	assert_int_equal(divert_port_fd(port), -1);
	assert_int_equal(divert_port_caps(port), DIVERT_CAP_CLOCK);
	assert_int_equal(divert_port_rcvbuf(port), 0);
	for (seen = 0; (n = divert_port_recv(port, &pkts)) > 0; seen += n) {
		assert_true(n <= DIVERT_BATCH_MAX);
		for (i = 0; i < n; i++) {
			assert_int_equal(number_of(&pkts[i]), seen + i);
			assert_int_equal(pkts[i].time.tv_sec, seen + i);
			assert_int_equal(pkts[i].id, seen + i + 1);
			assert_true(pkts[i].flags & DIVERT_PACKET_HAS_ID);
			assert_int_equal(divert_port_verdict(port, &pkts[i],
			    i % 2 ? DIVERT_PASS : DIVERT_REPLACE,
			    DIVERT_REASON_NONE), 0);
		}
	}
	assert_int_equal(n, 0);
	assert_int_equal(divert_port_recv(port, &pkts), 0);
	assert_int_equal(seen, 1000);
	divert_port_close(port, &stats);
	assert_int_equal(stats.received, 1000);
	assert_int_equal(stats.passed, 500);
	assert_int_equal(stats.replaced, 500);
	assert_int_equal(stats.held, 0);
	assert_int_equal(stats.bytes, 1000 * sizeof(v4));
	assert_int_equal(stats.skipped, 0);
	free(b.p);
}

/* A capture without a packet is one. */
static void
file_without_packets(void **state)
{
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct bytes		 b = { 0 };

	(void)state;
	numbered(&b, 0);
	write_file(&b, b.len);
	port = open_ok(spec, NULL);
	assert_int_equal(divert_port_recv(port, &pkts), 0);
	divert_port_close(port, NULL);
	b.len = 0;
	section(&b, 1);
	write_file(&b, b.len);
	port = open_ok(spec, NULL);
	assert_int_equal(divert_port_recv(port, &pkts), 0);
	divert_port_close(port, NULL);
	free(b.p);
}

/* Cut in its last record: all before it, then the place. */
static void
file_cut(void **state)
{
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct bytes		 b = { 0 };
	char			 expected[512];
	int			 i;

	(void)state;
	numbered(&b, 70);
	write_file(&b, b.len - 1);
	port = open_ok(spec, NULL);
	assert_int_equal(divert_port_recv(port, &pkts), 64);
	assert_int_equal(divert_port_recv(port, &pkts), 5);
	snprintf(expected, sizeof(expected), "%s: byte %zu: cut off, 46 of 47 "
	    "bytes", path, b.len - 47);
	for (i = 0; i < 2; i++) {
		errno = 0;
		assert_int_equal(divert_port_recv(port, &pkts), -1);
		assert_int_equal(errno, EBADMSG);
		assert_string_equal(divert_port_error(port), expected);
	}
	divert_port_close(port, NULL);

	/* Only a header is whole: that is a capture, and a damaged one. */
	write_file(&b, 30);
	port = open_ok(spec, NULL);
	assert_int_equal(divert_port_recv(port, &pkts), -1);
	assert_int_equal(errno, EBADMSG);
	divert_port_close(port, NULL);
	free(b.p);
}

/* Options fill in what a packet does not carry, and only that. */
static void
options_apply(void **state)
{
	struct divert_options	 options = { 0 };
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct divert_stats	 stats;
	struct bytes		 b = { 0 }, o = { 0 };

	(void)state;
	section(&b, 0);
	interface(&b, 101, 0, 9, 0, NULL);
	interface(&b, 1, 0, 9, 0, NULL);
	enhanced(&b, 0, 0, v4, sizeof(v4), sizeof(v4), NULL);
	enhanced(&b, 1, 0, v4, sizeof(v4), sizeof(v4), NULL);
	option(&o, 1, "divert if=em7", 13);
	option(&o, 2, "\2\0\0\0", 4);
	option(&o, 5, "\1\0\0\0\0\0\0\0", 8);
	enhanced(&b, 0, 0, v4, sizeof(v4), sizeof(v4), &o);
	write_file(&b, b.len);
	options.direction = DIVERT_DIRECTION_IN;
	options.ifname = "em1";
	port = open_ok(spec, &options);
	assert_int_equal(divert_port_recv(port, &pkts), 2);
	assert_int_equal(pkts[0].direction, DIVERT_DIRECTION_IN);
	assert_string_equal(pkts[0].ifname, "em1");
	assert_int_equal(pkts[0].id, 1);
	assert_int_equal(pkts[1].direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(pkts[1].ifname, "em7");
	/* The capture says 1, which the port has lent already. */
	assert_int_equal(pkts[1].id, 2);
	divert_port_stats(port, &stats);
	assert_int_equal(stats.skipped, 1);
	assert_int_equal(stats.held, 2);
	divert_port_close(port, &stats);
	assert_int_equal(stats.dropped, 2);
	assert_int_equal(stats.by_reason[DIVERT_REASON_CLOSED], 2);
	free(b.p);
	free(o.p);
}

/* A pipe: nothing blocks, batches of 64, no packet is left behind. */
static void
stream(void **state)
{
	struct divert_options	 options = { 0 };
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct bytes		 b = { 0 };
	size_t			 off;
	int			 fds[2], i, n, seen;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	options.infd = fds[0];
	port = open_ok("-", &options);
	assert_string_equal(divert_port_name(port), "-");
	assert_int_equal(divert_port_fd(port), fds[0]);
	errno = 0;
	assert_int_equal(divert_port_recv(port, &pkts), -1);
	assert_int_equal(errno, EAGAIN);

	/* One byte at a time: a packet at its last, nothing before. */
	numbered(&b, 3);
	for (off = 0, seen = 0; off < b.len; off++) {
		assert_int_equal(write(fds[1], b.p + off, 1), 1);
		n = divert_port_recv(port, &pkts);
		if (off >= 24 && (off - 23) % 47 == 0) {
			assert_int_equal(n, 1);
			assert_int_equal(number_of(pkts), seen++);
		} else {
			assert_int_equal(n, -1);
			assert_int_equal(errno, EAGAIN);
		}
	}
	assert_int_equal(seen, 3);

	/* 64 and then 64 at once: full batches, then EAGAIN, no blocking. */
	numbered(&b, 128);
	assert_int_equal(write(fds[1], b.p + 24, b.len - 24), b.len - 24);
	for (i = 0; i < 2; i++) {
		assert_int_equal(divert_port_recv(port, &pkts), 64);
		assert_int_equal(number_of(&pkts[63]), i * 64 + 63);
	}
	assert_int_equal(divert_port_recv(port, &pkts), -1);
	assert_int_equal(errno, EAGAIN);

	/* The end, in the middle of a record. */
	assert_int_equal(write(fds[1], b.p + 24, 60), 60);
	close(fds[1]);
	assert_int_equal(divert_port_recv(port, &pkts), 1);
	assert_int_equal(divert_port_recv(port, &pkts), -1);
	assert_int_equal(errno, EBADMSG);
	assert_string_equal(divert_port_error(port),
	    "input: byte 6228: cut off, 13 of 16 bytes");
	divert_port_close(port, NULL);
	/* The descriptor is the caller's. */
	assert_int_equal(close(fds[0]), 0);
	free(b.p);
}

static void
stream_ends(void **state)
{
	struct divert_options	 options = { 0 };
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct bytes		 b = { 0 };
	int			 fds[2], i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(pipe(fds), 0);
		options.infd = fds[0];
		port = open_ok("-", &options);
		numbered(&b, 2);
		if (i == 0)
			assert_int_equal(write(fds[1], b.p, b.len), b.len);
		close(fds[1]);
		if (i == 0) {
			assert_int_equal(divert_port_recv(port, &pkts), 2);
			assert_int_equal(divert_port_recv(port, &pkts), 0);
			assert_int_equal(divert_port_recv(port, &pkts), 0);
		} else {
			assert_int_equal(divert_port_recv(port, &pkts), -1);
			assert_int_equal(errno, EBADMSG);
			assert_string_equal(divert_port_error(port),
			    "input: empty, no capture");
		}
		divert_port_close(port, NULL);
		close(fds[0]);
	}
	free(b.p);
}

/* A regular file on standard input cannot be watched: it is always ready. */
static void
stream_of_file(void **state)
{
	struct divert_options	 options = { 0 };
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct bytes		 b = { 0 };

	(void)state;
	numbered(&b, 2);
	write_file(&b, b.len);
	options.infd = open(path, O_RDONLY);
	assert_int_not_equal(options.infd, -1);
	port = open_ok("-", &options);
	assert_int_equal(divert_port_fd(port), -1);
	assert_int_equal(divert_port_recv(port, &pkts), 2);
	assert_int_equal(divert_port_recv(port, &pkts), 0);
	divert_port_close(port, NULL);
	close(options.infd);
	free(b.p);
}

/* A named pipe given as a file is watched as any stream. */
static void
file_fifo(void **state)
{
	struct divert_packet	*pkts;
	struct divert_port	*port;
	struct bytes		 b = { 0 };
	int			 fd;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* Both ends here, so that opening does not wait. */
	fd = open(path, O_RDWR);
	assert_int_not_equal(fd, -1);
	port = open_ok(spec, NULL);
	assert_int_not_equal(divert_port_fd(port), -1);
	assert_int_equal(divert_port_recv(port, &pkts), -1);
	assert_int_equal(errno, EAGAIN);
	numbered(&b, 2);
	assert_int_equal(write(fd, b.p, b.len), b.len);
	assert_int_equal(divert_port_recv(port, &pkts), 2);
	divert_port_close(port, NULL);
	close(fd);
	free(b.p);
}

static void
stream_of_nothing(void **state)
{
	struct divert_options	 options = { 0 };
	char			 errbuf[256];

	(void)state;
	options.infd = 1000;
	assert_null(divert_port_open("-", &options, errbuf, sizeof(errbuf)));
	assert_int_equal(errno, EBADF);
	assert_string_equal(errbuf, "input: Bad file descriptor");
	options.infd = open(dir, O_RDONLY);
	assert_null(divert_port_open("-", &options, errbuf, sizeof(errbuf)));
	assert_int_equal(errno, EISDIR);
	close(options.infd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(file_batches),
		cmocka_unit_test(file_without_packets),
		cmocka_unit_test(file_cut),
		cmocka_unit_test(options_apply),
		cmocka_unit_test(stream),
		cmocka_unit_test(stream_ends),
		cmocka_unit_test(stream_of_file),
		cmocka_unit_test(file_fifo),
		cmocka_unit_test(stream_of_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
