/* SPDX-License-Identifier: ISC */

/*
 * What the guard of an nfqueue port lets by: messages as the port makes them,
 * and each of them with every byte of it changed in every bit.  The second
 * group talks to a guard over its socket, without a kernel.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>

#include <cmocka.h>

#include "netlink_queue.h"

#define QUEUE	700

static void
own_messages_pass(void **state)
{
	uint8_t	 buf[512];
	size_t	 len = 0, padded;
	int	 i, n;

	(void)state;
	for (i = 0; i < 4; i++) {
		divert_nfqueue_verdict(buf + len, QUEUE, 77, (uint32_t)i,
		    i & 1 ? NF_ACCEPT : NF_DROP);
		len += NFQUEUE_VERDICT_SIZE;
		assert_int_equal(divert_nfqueue_guard_check(buf, len, QUEUE),
		    0);
	}
	for (n = 0; n < 9; n++) {
		divert_nfqueue_replace(buf + len, QUEUE, 78, 5, (uint32_t)n);
		padded = (NFQUEUE_PAYLOAD_OFF + (size_t)n + 3) & ~(size_t)3;
		memset(buf + len + NFQUEUE_PAYLOAD_OFF, 0xff,
		    padded - NFQUEUE_PAYLOAD_OFF);
		assert_int_equal(divert_nfqueue_guard_check(buf, len + padded,
		    QUEUE), 0);
		/* Cut anywhere it is none. */
		for (i = 1; i < (int)padded; i++)
			assert_int_equal(divert_nfqueue_guard_check(buf,
			    len + padded - (size_t)i, QUEUE), -1);
	}
	assert_int_equal(divert_nfqueue_guard_check(buf, len, QUEUE + 1), -1);
}

/* Bytes that say nothing of what is done, or which packet it is done to. */
static int
is_free(size_t off, uint8_t bit)
{
	if (off >= 8 && off < 12)
		return (1);		/* sequence number */
	if (off == 16)
		return (1);		/* family: the kernel ignores it */
	if (off >= 28 && off < 32)
		return (1);		/* packet id */
	return (off == 27 && bit == 1);	/* drop or accept */
}

static void
check_bits(uint8_t *buf, size_t len, size_t headers)
{
	uint8_t	 bit;
	size_t	 off;
	int	 result;

	assert_int_equal(divert_nfqueue_guard_check(buf, len, QUEUE), 0);
	for (off = 0; off < headers; off++)
		for (bit = 1; bit != 0; bit = (uint8_t)(bit << 1)) {
			buf[off] ^= bit;
			result = divert_nfqueue_guard_check(buf, len, QUEUE);
			if (result != (is_free(off, bit) ? 0 : -1))
				fail_msg("byte %zu, bit %#x: %d", off, bit,
				    result);
			buf[off] ^= bit;
		}
}

static void
every_bit_counts(void **state)
{
	uint8_t	 buf[NFQUEUE_VERDICT_SIZE * 2];

	(void)state;
	divert_nfqueue_verdict(buf, QUEUE, 0, 3, NF_ACCEPT);
	check_bits(buf, NFQUEUE_VERDICT_SIZE, NFQUEUE_VERDICT_SIZE);
	/* With another behind it, a longer first one covers that. */
	divert_nfqueue_verdict(buf + NFQUEUE_VERDICT_SIZE, QUEUE, 0, 4,
	    NF_DROP);
	check_bits(buf, sizeof(buf), NFQUEUE_VERDICT_SIZE);
}

static void
every_bit_counts_with_a_payload(void **state)
{
	uint8_t	 buf[NFQUEUE_PAYLOAD_OFF + 40];

	(void)state;
	memset(buf, 0x45, sizeof(buf));
	divert_nfqueue_replace(buf, QUEUE, 0, 3, 40);
	check_bits(buf, sizeof(buf), NFQUEUE_PAYLOAD_OFF);
}

static void
lengths_are_aligned_as_the_kernel_does(void **state)
{
	uint8_t	 buf[2 * NFQUEUE_PAYLOAD_OFF + 64];
	size_t	 len;

	(void)state;
	memset(buf, 0, sizeof(buf));
	/* One byte of payload; the next message begins at the next four. */
	divert_nfqueue_replace(buf, QUEUE, 0, 3, 1);
	len = NFQUEUE_PAYLOAD_OFF + 4;
	divert_nfqueue_verdict(buf + len, QUEUE, 0, 4, NF_DROP);
	assert_int_equal(divert_nfqueue_guard_check(buf,
	    len + NFQUEUE_VERDICT_SIZE, QUEUE), 0);
	/* Seen from anywhere else it would be another message. */
	memmove(buf + len - 3, buf + len, NFQUEUE_VERDICT_SIZE);
	assert_int_equal(divert_nfqueue_guard_check(buf,
	    len - 3 + NFQUEUE_VERDICT_SIZE, QUEUE), -1);
}

/* A guard in a process of its own; ours is *sock. */
static pid_t
start_guard(int *sock)
{
	static struct divert_port	 port;
	int				 pair[2];
	pid_t				 pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair), 0);
	if ((pid = fork()) == 0) {
		close(pair[0]);
		port.fd = -1;
		_exit(divert_nfqueue_guard_serve(&port, NULL, QUEUE,
		    pair[1]) == 0 ? 0 : errno == EBADMSG ? 1 : 2);
	}
	assert_true(pid > 0);
	close(pair[1]);
	*sock = pair[0];
	return (pid);
}

static int
status_of(pid_t pid)
{
	int	 status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
words_it_does_not_know_end_it(void **state)
{
	static const uint8_t	 junk[256];
	pid_t			 pid;
	size_t			 len;
	int			 sock;

	(void)state;
	for (len = 1; len < sizeof(junk); len += 17) {
		pid = start_guard(&sock);
		assert_int_equal(send(sock, junk, len, 0), len);
		assert_int_equal(status_of(pid), 1);
		close(sock);
	}
}

static void
nobody_left_ends_it_well(void **state)
{
	pid_t	 pid;
	int	 sock;

	(void)state;
	pid = start_guard(&sock);
	close(sock);
	assert_int_equal(status_of(pid), 0);
}

static void
a_send_that_fails_is_told(void **state)
{
	static struct divert_port	 port;
	static struct nfqueue_out	 out;
	static uint8_t			 buf[NFQUEUE_OUT_SIZE];
	pid_t				 pid;
	int				 i, sock;

	(void)state;
	pid = start_guard(&sock);
	out.guard = sock;
	out.buf = buf;
	out.queue = QUEUE;
	port.fd = -1;
	for (i = 0; i < 3; i++) {
		divert_nfqueue_out_verdict(&port, &out, DIVERT_PASS,
		    (uint32_t)i, NF_ACCEPT);
		port.stats.passed++;
	}
	assert_int_equal(divert_nfqueue_out_flush(&port, &out), 0);
	/* The guard has no kernel to send to: EBADF. */
	divert_nfqueue_guard_settle(&port, &out);
	assert_int_equal(port.stats.lost, 3);
	divert_nfqueue_guard_end(&port, &out);
	assert_int_equal(port.stats.passed, 0);
	assert_int_equal(port.stats.lost, 3);
	assert_int_equal(port.stats.by_errno[0].error, EBADF);
	assert_int_equal(status_of(pid), 0);
}

static void
without_an_injector_it_says_so(void **state)
{
	static struct divert_port	 port;
	static struct nfqueue_out	 out;
	struct divert_packet		 pkt;
	uint8_t				 data[20];
	pid_t				 pid;
	int				 sock;

	(void)state;
	memset(&pkt, 0, sizeof(pkt));
	memset(data, 0, sizeof(data));
	pkt.data = data;
	pkt.len = sizeof(data);
	pid = start_guard(&sock);
	out.guard = sock;
	assert_int_equal(divert_nfqueue_guard_inject(&port, &out, &pkt), -1);
	assert_int_equal(errno, ENOTSUP);
	divert_nfqueue_guard_end(&port, &out);
	assert_int_equal(status_of(pid), 0);
}

static void
gone_it_is_noticed(void **state)
{
	static struct divert_port	 port;
	static struct nfqueue_out	 out;
	static const uint8_t		 junk[4];
	struct divert_packet		 pkt;
	uint8_t				 data[20];
	pid_t				 pid;
	int				 sock;

	(void)state;
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = data;
	pkt.len = sizeof(data);
	pid = start_guard(&sock);
	out.guard = sock;
	assert_int_equal(divert_nfqueue_guard_hear(&port, &out), 0);
	assert_int_equal(send(sock, junk, sizeof(junk), 0), sizeof(junk));
	assert_int_equal(status_of(pid), 1);
	assert_int_equal(divert_nfqueue_guard_hear(&port, &out), -1);
	assert_int_equal(divert_nfqueue_guard_inject(&port, &out, &pkt), -1);
	assert_int_equal(errno, EPIPE);
	divert_nfqueue_guard_end(&port, &out);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(own_messages_pass),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(every_bit_counts_with_a_payload),
		cmocka_unit_test(lengths_are_aligned_as_the_kernel_does),
		cmocka_unit_test(words_it_does_not_know_end_it),
		cmocka_unit_test(nobody_left_ends_it_well),
		cmocka_unit_test(a_send_that_fails_is_told),
		cmocka_unit_test(without_an_injector_it_says_so),
		cmocka_unit_test(gone_it_is_noticed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("guard", tests, NULL, NULL));
}
