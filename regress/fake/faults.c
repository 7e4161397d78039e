/* SPDX-License-Identifier: ISC */

/*
 * Each call of the port against each errno there is a word about, once, for
 * ever, and in the midst of a batch: every packet ends in one counter, no
 * descriptor is left behind, and nothing ends a port that is open but that
 * the port is gone.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trial.h"

#define FOREVER		1000000000

static const struct {
	int		 error;
	const char	*name;
} errors[] = {
#define E(e)	{ e, #e }
	E(EACCES), E(EPERM), E(EPROTONOSUPPORT), E(EAFNOSUPPORT),
	E(EPFNOSUPPORT), E(ENOBUFS), E(EADDRINUSE), E(EINVAL),
	E(EADDRNOTAVAIL), E(EOPNOTSUPP), E(EDESTADDRREQ), E(EMSGSIZE),
	E(ENETDOWN), E(EHOSTUNREACH), E(ENETUNREACH), E(EHOSTDOWN), E(EINTR),
	E(EAGAIN), E(ENOMEM), E(EIO), E(ENXIO), E(ENODEV), E(ECONNREFUSED),
	E(ECONNRESET), E(ENOTCONN), E(EPIPE), E(ETIMEDOUT), E(ENOSYS),
	E(EMFILE), E(ENFILE), E(EFAULT), E(EBADF), E(ENOTSOCK),
#ifdef ECAPMODE
	E(ECAPMODE), E(ENOTCAPABLE),
#endif
#undef E
};
#define ERRORS		(sizeof(errors) / sizeof(errors[0]))

static const struct { int skip, times; } shapes[] = {
	{ 0, 1 }, { 1, 1 }, { 2, 3 }, { 0, FOREVER }
};
#define SHAPES		(sizeof(shapes) / sizeof(shapes[0]))

/* What says that the descriptor is none, or may not be used. */
static int
is_gone(int error)
{
#ifdef ECAPMODE
	if (error == ECAPMODE || error == ENOTCAPABLE)
		return (1);
#endif
	return (error == EBADF || error == ENOTSOCK || error == EFAULT ||
	    error == EINVAL || error == EOPNOTSUPP);
}

static void
begin(enum fake_call call, unsigned int e, unsigned int shape)
{
	int	 release = fake.release;

	fake_reset();
	fake.release = release;
	em0 = &fake.interfaces[0];
	em1 = &fake.interfaces[1];
	fake_fail(call, errors[e].error, shapes[shape].skip,
	    shapes[shape].times);
}

/* Say which of the matrix it was, once. */
static void
label(const char *call, unsigned int e, unsigned int shape, int was_good)
{
	if (was_good && !trial_good())
		printf("# the first: %s, %s, skip %d, %d times\n", call,
		    errors[e].name, shapes[shape].skip, shapes[shape].times);
}

static void
fill(int n)
{
	int	 i;

	for (i = 0; i < n; i++)
		if (i % 3 == 2) {
			fake_packet6(trial_buf, FAKE_UDP, 128);
			fake_divert(PORT, i & 1 ? em0 : NULL, trial_buf, 128);
		} else
			trial_udp(i & 1 ? em0 : NULL);
}

/* The calls of opening: all of it, or nothing and a reason. */
static void
opening(enum fake_call call, unsigned int e, unsigned int shape)
{
	static const char	*const sentence = "divert:700: ";
	struct divert_port	*port;

	begin(call, e, shape);
	if ((port = trial_open(0)) == NULL) {
		CHECK(errno != 0);
		CHECK(fake.open == 0);
		CHECK(strncmp(trial_error, sentence, strlen(sentence)) == 0);
		/* The buffer and figures are no reason not to work. */
		CHECK(call != FAKE_SETSOCKOPT && call != FAKE_GETSOCKOPT &&
		    call != FAKE_SYSCTL && call != FAKE_GETIFADDRS);
		return;
	}
	fake_fail(call, 0, 0, 0);
	trial_udp(em0);
	CHECK(trial_pump(port, DIVERT_PASS) == 1);
	trial_close(port);
}

static void
open_survives(void)
{
	static const enum fake_call	 calls[] = { FAKE_SOCKET, FAKE_BIND,
					    FAKE_SETSOCKOPT, FAKE_GETSOCKOPT,
					    FAKE_FCNTL, FAKE_KQUEUE,
					    FAKE_KEVENT, FAKE_SYSCTL,
					    FAKE_GETIFADDRS };
	unsigned int			 c, e, s;
	int				 was;

	for (c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
		for (e = 0; e < ERRORS; e++)
			for (s = 0; s < SHAPES; s++) {
				was = trial_good();
				opening(calls[c], e, s);
				label(fake_call_names[calls[c]], e, s, was);
			}
}

/* What no socket(2) and bind(2) gives may be lost on the way out. */
static void
open_says_why(void)
{
	unsigned int	 e;
	int		 error;

	for (e = 0; e < ERRORS; e++) {
		begin(FAKE_SOCKET, e, 3);
		CHECK(trial_open(0) == NULL);
		error = errors[e].error;
		if (error == EPROTONOSUPPORT || error == EAFNOSUPPORT ||
		    error == EPFNOSUPPORT)
			error = ENOTSUP;
		CHECK(errno == error);
		begin(FAKE_BIND, e, 0);
		CHECK(trial_open(0) == NULL);
		CHECK(errno == error);
	}
}

/* The port, its state, the slots, and what goes out. */
static void
open_without_memory(void)
{
	struct divert_port	*port;
	int			 nth;

	for (nth = 0; nth < 4; nth++) {
		fake_fail(FAKE_MEMORY, ENOMEM, nth, 1);
		CHECK(trial_open(0) == NULL && errno == ENOMEM);
		CHECK(strstr(trial_error, "memory") != NULL);
		CHECK(fake.open == 0 && fake.calls[FAKE_SOCKET] == 0);
	}
	/* And no more of it for any packet. */
	NEED((port = trial_open(0)) != NULL);
	fill(20);
	fake.calls[FAKE_MEMORY] = 0;
	while (trial_recv(port) != NULL)
		;
	CHECK(fake.calls[FAKE_MEMORY] == 0);
	trial_close(port);
}

/*
 * Receiving: with faults that end everything arrives, and only what says that
 * the descriptor is none ends the port.
 */
static void
receiving(enum fake_call call, unsigned int e, unsigned int shape)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;
	int			 error = errors[e].error, got = 0, i, n, round;
	int			 gone = 0;

	begin(call, e, shape);
	fake.faults[call].times = 0;
	if ((port = trial_open(0)) == NULL) {
		CHECK(port != NULL);
		return;
	}
	fill(10);
	fake_fail(call, error, shapes[shape].skip, shapes[shape].times);
	for (round = 0; round < 200 && got < 10; round++) {
		n = divert_port_recv(port, &pkts);
		if (n > 0) {
			for (i = 0; i < n; i++)
				divert_port_verdict(port, &pkts[i],
				    DIVERT_PASS, 0);
			divert_port_flush(port);
			got += n;
			continue;
		}
		CHECK(n == -1);
		if (errno != EAGAIN && errno != ENOBUFS) {
			CHECK(is_gone(error) && errno == error);
			CHECK(divert_port_error(port)[0] != '\0');
			gone = 1;
			break;
		}
		trial_conserved(port);
	}
	/* For ever is for ever; and what is not told is no packet's end. */
	if (shapes[shape].times != FOREVER && !gone)
		CHECK(got == 10);
	if (call == FAKE_RECV && shapes[shape].times == FOREVER)
		CHECK(gone == is_gone(error));
	if (call == FAKE_RECV && error == ENOBUFS && shapes[shape].skip == 0)
		CHECK(trial_errno(port, ENOBUFS) > 0 &&
		    trial_stats(port).missed == DIVERT_UNKNOWN);
	CHECK(trial_stats(port).received == (uint64_t)got);
	trial_close(port);
}

static void
receive_survives(void)
{
	static const enum fake_call	 calls[] = { FAKE_RECV, FAKE_KEVENT,
					    FAKE_GETIFADDRS };
	unsigned int			 c, e, s;
	int				 was;

	for (c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
		for (e = 0; e < ERRORS; e++)
			for (s = 0; s < SHAPES; s++) {
				was = trial_good();
				receiving(calls[c], e, s);
				label(fake_call_names[calls[c]], e, s, was);
			}
}

/* Sending: no errno is fatal, none is lost, the loop does not stand still. */
static void
sending(enum divert_verdict verdict, unsigned int e, unsigned int shape)
{
	struct divert_port	*port;
	struct divert_stats	 s;
	int			 error = errors[e].error;
	uint64_t		 gone;

	begin(FAKE_SEND, e, shape);
	if ((port = trial_open(0)) == NULL) {
		CHECK(port != NULL);
		return;
	}
	fill(10);
	CHECK(trial_pump(port, verdict) == 10);
	s = trial_stats(port);
	gone = verdict == DIVERT_PASS ? s.passed : s.replaced;
	CHECK(s.held == 0 && gone + s.lost == 10);
	CHECK(gone == (uint64_t)(fake.nsent + fake.vanished));
	CHECK(trial_errno(port, error) == s.lost);
	/* A few pauses a flush, however many packets are in it. */
	CHECK(fake.naps <= 8);
	if (error == ENOBUFS || error == ENOMEM || error == EAGAIN ||
	    error == EINTR) {
		/* Of a moment: tried again. */
		CHECK(s.lost == (shapes[shape].times == FOREVER ? 10u : 0u));
	} else if (shapes[shape].times == FOREVER)
		CHECK(s.lost == 10);
	else if (shapes[shape].skip == 0)
		CHECK(s.lost == (uint64_t)shapes[shape].times);
	else
		/*
		 * In the midst of a batch the first of them only ends the
		 * call, and the same packet is tried again.
		 */
		CHECK(s.lost + 1 >= (uint64_t)shapes[shape].times &&
		    s.lost <= (uint64_t)shapes[shape].times);
	/* Told by the flush, and the port goes on. */
	fake_fail(FAKE_SEND, 0, 0, 0);
	trial_udp(em0);
	CHECK(trial_pump(port, verdict) == 1);
	CHECK(trial_stats(port).lost == s.lost);
	trial_close(port);
}

static void
send_survives(void)
{
	unsigned int	 e, s, v;
	int		 was;

	for (v = 0; v < 2; v++)
		for (e = 0; e < ERRORS; e++)
			for (s = 0; s < SHAPES; s++) {
				was = trial_good();
				sending(v == 0 ? DIVERT_PASS : DIVERT_REPLACE,
				    e, s);
				label("send", e, s, was);
			}
}

static void
flush_tells_of_losses_once(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	fake_fail(FAKE_SEND, EHOSTUNREACH, 0, 1);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(divert_port_verdict(port, pkt, DIVERT_PASS, 0) == 0);
	CHECK(trial_stats(port).passed == 1);
	CHECK(divert_port_flush(port) == -1 && errno == EHOSTUNREACH);
	CHECK(trial_stats(port).passed == 0 && trial_stats(port).lost == 1);
	CHECK(divert_port_flush(port) == 0);
	trial_close(port);
}

/* What did not fit one send goes in several, and faults keep to theirs. */
static void
send_survives_large_batches(void)
{
	struct divert_port	*port;
	int			 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < 40; i++) {
		fake_packet4(trial_buf, FAKE_UDP, 40000);
		fake_divert(PORT, em0, trial_buf, 40000);
	}
	fake_fail(FAKE_SEND, EHOSTDOWN, 3, 5);
	CHECK(trial_pump(port, DIVERT_PASS) == 40);
	/* The first of the five ended a call after three, and went later. */
	CHECK(fake.nsent == 36);
	CHECK(trial_stats(port).lost == 4 && trial_stats(port).passed == 36);
	CHECK(trial_errno(port, EHOSTDOWN) == 4);
	trial_close(port);
}

static void
inject_survives(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt, *held;
	unsigned int		 e;
	int			 error, n;

	for (e = 0; e < ERRORS; e++) {
		begin(FAKE_SEND, e, 3);
		NEED((port = trial_open(0)) != NULL);
		fake_packet4(trial_buf, FAKE_UDP, 128);
		pkt = trial_packet(128, DIVERT_DIRECTION_IN, "em0");
		CHECK(divert_port_inject(port, &pkt) == -1);
		error = errno;
		CHECK(error == errors[e].error);
		CHECK(trial_errno(port, error) == 1);
		CHECK(trial_stats(port).injected == 0);
		CHECK(divert_port_error(port)[0] != '\0');
		/* A verdict before it goes before it. */
		fake_fail(FAKE_SEND, 0, 0, 0);
		trial_udp(NULL);
		NEED((held = trial_recv(port)) != NULL);
		divert_port_verdict(port, held, DIVERT_PASS, 0);
		n = fake.nsent;
		CHECK(divert_port_inject(port, &pkt) == 0);
		CHECK(fake.nsent == n + 2);
		CHECK(fake.sent[n].out && !fake.sent[n + 1].out);
		trial_close(port);
	}
}

/* The loss of a verdict that an injection pushed out is told by the flush. */
static void
inject_hides_no_loss(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt, *held;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(NULL);
	NEED((held = trial_recv(port)) != NULL);
	divert_port_verdict(port, held, DIVERT_PASS, 0);
	fake_fail(FAKE_SEND, EHOSTUNREACH, 0, 1);
	fake_packet4(trial_buf, FAKE_UDP, 128);
	pkt = trial_packet(128, DIVERT_DIRECTION_IN, "em0");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(trial_stats(port).injected == 1 && trial_stats(port).lost == 1);
	CHECK(divert_port_flush(port) == -1 && errno == EHOSTUNREACH);
	trial_close(port);
}

static void
figures_survive(void)
{
	struct divert_port	*port;
	unsigned int		 e;

	for (e = 0; e < ERRORS; e++) {
		begin(FAKE_SYSCTL, e, 3);
		NEED((port = trial_open(0)) != NULL);
		CHECK(trial_stats(port).kernel.received == DIVERT_UNKNOWN);
		CHECK(trial_stats(port).kernel.full_socket == DIVERT_UNKNOWN);
		CHECK(trial_stats(port).missed == DIVERT_UNKNOWN);
		trial_close(port);
	}
}

static void
a_shut_socket_is_the_end(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	CHECK(trial_pump(port, DIVERT_PASS) == 1);
	fake_shutdown_all();
	CHECK(divert_port_recv(port, &pkts) == 0);
	trial_close(port);
}

static void
a_closed_socket_is_gone(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts, held;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	NEED(divert_port_recv(port, &pkts) == 1);
	held = pkts[0];
	fake_close_all();
	CHECK(divert_port_recv(port, &pkts) == -1 && errno == EBADF);
	divert_port_verdict(port, &held, DIVERT_PASS, 0);
	divert_port_flush(port);
	CHECK(trial_stats(port).lost == 1);
	trial_conserved(port);
	divert_port_close(port, NULL);
}

/* Packets and an error at once: the packets first. */
static void
losses_are_told_after_packets(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;
	int			 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < 3; i++)
		trial_udp(em0);
	/* Four datagrams to be tried, the fourth fails. */
	fake_fail(FAKE_RECV, ENOBUFS, 3, 1);
	CHECK(divert_port_recv(port, &pkts) == 3);
	for (i = 0; i < 3; i++)
		divert_port_verdict(port, &pkts[i], DIVERT_DROP, 0);
	CHECK(divert_port_recv(port, &pkts) == -1);
	trial_close(port);
}

#define TRIAL(f)	{ #f " (" FAKE_NAME ")", f }

const struct trial trial_faults[] = {
	TRIAL(open_survives),
	TRIAL(open_says_why),
	TRIAL(open_without_memory),
	TRIAL(receive_survives),
	TRIAL(send_survives),
	TRIAL(flush_tells_of_losses_once),
	TRIAL(send_survives_large_batches),
	TRIAL(inject_survives),
	TRIAL(inject_hides_no_loss),
	TRIAL(figures_survive),
	TRIAL(a_shut_socket_is_the_end),
	TRIAL(a_closed_socket_is_gone),
	TRIAL(losses_are_told_after_packets),
};
const unsigned int trial_nfaults = sizeof(trial_faults) /
    sizeof(trial_faults[0]);
