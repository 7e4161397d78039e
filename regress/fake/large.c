/* SPDX-License-Identifier: ISC */

/*
 * Packets that leave, are larger than the MTU and must not be fragmented: the
 * kernel refuses them, and who asked for it hears of them.
 */

#include <sys/types.h>

#include <errno.h>
#include <string.h>

#include "trial.h"

#define LARGE	(FAKE_MTU + 100)

static struct {
	struct divert_port	*port;
	int			 n;		/* calls */
	struct divert_packet	 pkt;
	uint8_t			 data[2048];
	uint32_t		 mtu;
	int			 injects;
	int			 result;
} heard;

static void
hear(void *arg, const struct divert_packet *pkt, uint32_t mtu)
{
	struct divert_packet	 answer;

	CHECK(arg == &heard);
	heard.n++;
	heard.pkt = *pkt;
	memcpy(heard.data, pkt->data, pkt->len);
	heard.mtu = mtu;
	if (!heard.injects)
		return;
	fake_packet4(trial_buf, FAKE_ICMP, 64);
	answer = trial_packet(64, DIVERT_DIRECTION_OUT, "");
	heard.result = divert_port_inject(heard.port, &answer);
}

/* Open it and listen. */
static struct divert_port *
open_port(void)
{
	struct divert_port	*port = trial_open(0);

	memset(&heard, 0, sizeof(heard));
	heard.port = port;
	if (port != NULL)
		divert_port_on_too_large(port, hear, &heard);
	return (port);
}

/* A packet of len bytes goes through the port. */
static void
go(struct divert_port *port, const struct fake_interface *in, uint32_t len,
    int df)
{
	fake_packet4(trial_buf, FAKE_UDP, len);
	trial_buf[6] = df ? 0x40 : 0;
	fake_sum_header(trial_buf);
	fake_divert(PORT, in, trial_buf, len);
	CHECK(trial_pump(port, DIVERT_REPLACE) == 1);
}

static void
its_first_bytes_are_heard_of(void)
{
	struct divert_port	*port;

	NEED((port = open_port()) != NULL);
	go(port, NULL, LARGE, 1);
	CHECK(heard.n == 1 && heard.mtu == FAKE_MTU);
	CHECK(heard.pkt.len == 1280 && heard.pkt.wirelen == LARGE);
	CHECK(heard.pkt.flags & DIVERT_PACKET_TRUNCATED);
	CHECK(heard.pkt.direction == DIVERT_DIRECTION_OUT);
	CHECK(memcmp(heard.data, trial_buf, 1280) == 0);
	CHECK(fake_header_good(heard.data, 1280));
	CHECK(trial_stats(port).lost == 1 && trial_errno(port, EMSGSIZE) == 1);
	/* Once. */
	divert_port_flush(port);
	CHECK(heard.n == 1);
	go(port, NULL, LARGE, 1);
	CHECK(heard.n == 2);
	trial_close(port);
}

static void
others_are_not(void)
{
	struct divert_port	*port;

	NEED((port = open_port()) != NULL);
	go(port, NULL, LARGE, 0);
	go(port, em0, LARGE, 1);
	go(port, NULL, FAKE_MTU, 1);
	CHECK(trial_stats(port).lost == 0);
	fake_fail(FAKE_SEND, EHOSTUNREACH, 0, 1);
	go(port, NULL, 128, 1);
	/* Inbound: no link has refused it. */
	fake_fail(FAKE_SEND, EMSGSIZE, 0, 1);
	go(port, em0, 128, 1);
	CHECK(trial_stats(port).lost == 2 && heard.n == 0);
	/* Nobody wants to know. */
	divert_port_on_too_large(port, NULL, NULL);
	go(port, NULL, LARGE, 1);
	CHECK(trial_stats(port).lost == 3 && heard.n == 0);
	trial_close(port);
}

static void
who_hears_may_inject(void)
{
	struct divert_port	*port;

	NEED((port = open_port()) != NULL);
	heard.injects = 1;
	go(port, NULL, LARGE, 1);
	CHECK(heard.n == 1 && heard.result == 0);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->out && trial_last()->len == 64);
	CHECK(memcmp(trial_last()->data, trial_buf, 64) == 0);
	trial_close(port);
}

static void
the_mtu_is_the_next_smaller_one(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;
	uint32_t		 mtu[3] = { 0, 9000, FAKE_MTU };
	int			 i;

	fake.interfaces[1].mtu = 9000;
	fake_interface_add("gif0", 3, NULL, NULL)->mtu = 1400;
	NEED((port = open_port()) != NULL);
	for (i = 1; i < 3; i++) {
		go(port, NULL, mtu[i] + 1, 1);
		CHECK(heard.n == i && heard.mtu == mtu[i]);
	}
	/* Of the interface, where that is known. */
	fake_packet4(trial_buf, FAKE_UDP, LARGE);
	trial_buf[6] = 0x40;
	fake_sum_header(trial_buf);
	fake_divert(PORT, NULL, trial_buf, LARGE);
	NEED((pkt = trial_recv(port)) != NULL);
	memcpy(pkt->ifname, "gif0", 5);
	divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
	divert_port_flush(port);
	CHECK(heard.n == 3 && heard.mtu == 1400);
	CHECK(strcmp(heard.pkt.ifname, "gif0") == 0);
	trial_close(port);
}

static void
a_flood_of_them_is_bounded(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;
	int			 i, n;

	NEED((port = open_port()) != NULL);
	heard.injects = 1;
	fake_packet4(trial_buf, FAKE_UDP, LARGE);
	trial_buf[6] = 0x40;
	fake_sum_header(trial_buf);
	for (i = 0; i < 40; i++)
		fake_divert(PORT, NULL, trial_buf, LARGE);
	NEED((n = divert_port_recv(port, &pkts)) == 40);
	for (i = 0; i < n; i++)
		divert_port_verdict(port, &pkts[i], DIVERT_PASS, 0);
	CHECK(divert_port_flush(port) == -1);
	CHECK(heard.n == 16 && fake.nsent == 16);
	CHECK(trial_stats(port).lost == 40);
	trial_close(port);
}

#define TRIAL(f)	{ #f, f }

const struct trial trial_large[] = {
	TRIAL(its_first_bytes_are_heard_of),
	TRIAL(others_are_not),
	TRIAL(who_hears_may_inject),
	TRIAL(the_mtu_is_the_next_smaller_one),
	TRIAL(a_flood_of_them_is_bounded),
};
const unsigned int trial_nlarge = sizeof(trial_large) / sizeof(trial_large[0]);
