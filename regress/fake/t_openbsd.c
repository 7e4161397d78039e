/* SPDX-License-Identifier: ISC */

/*
 * The divert port as compiled for OpenBSD, in front of what OpenBSD was seen
 * to do: a test for each line of the observations, and some for the two
 * sockets behind one port.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trial.h"

static void
socket_needs_root(void)
{
	fake.uid = 1000;
	CHECK(trial_open(0) == NULL);
	CHECK(errno == EACCES);
	CHECK(strstr(trial_error, "root") != NULL);
	CHECK(fake.open == 0);
}

static void
works_after_uid_and_pledge(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(DIVERT_OPTION_PLEDGED)) != NULL);
	fake.uid = 1000;
	fake.pledged = 1;
	trial_udp(em0);
	trial_udp(NULL);
	/* An interface nobody knew, so that the table is read again. */
	fake.now += 100;
	trial_udp(fake_interface_add("vio9", 9, "10.9.9.9", NULL));
	CHECK(trial_pump(port, DIVERT_PASS) == 3);
	CHECK(fake.nsent == 3);
	CHECK(trial_stats(port).kernel.received == DIVERT_UNKNOWN);
	CHECK(trial_stats(port).missed == DIVERT_UNKNOWN);
	trial_close(port);
}

static void
pledge_stdio_kills_at_sendto(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(DIVERT_OPTION_PLEDGED)) != NULL);
	fake.pledged_stdio = 1;
	trial_udp(em0);
	trial_pump(port, DIVERT_DROP);
	CHECK(fake.killed == 0);
	trial_udp(em0);
	trial_pump(port, DIVERT_PASS);
	CHECK(fake.killed == 1);
	fake.killed = 0;
	trial_close(port);
}

static void
second_bind_is_refused(void)
{
	fake_listen(PORT);
	CHECK(trial_open(0) == NULL);
	CHECK(errno == EADDRINUSE);
	CHECK(fake.open == 0);
}

static void
bind_address_does_not_filter(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_udp(em1);
	CHECK(trial_pump(port, DIVERT_PASS) == 2);
	trial_close(port);
}

static void
port_0_is_not_asked_for(void)
{
	CHECK(divert_port_open("divert:0", NULL, trial_error,
	    sizeof(trial_error)) == NULL);
	CHECK(errno == EINVAL);
	CHECK(fake.calls[FAKE_SOCKET] == 0);
}

static void
an_address_goes_with_every_write(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_udp(NULL);
	trial_pump(port, DIVERT_PASS);
	fake_packet4(trial_buf, FAKE_UDP, 64);
	pkt = trial_packet(64, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(fake.nsent == 3);
	CHECK(fake.connects == 0 && fake.unaddressed == 0);
	trial_close(port);
}

/* What a packet becomes of the other family, the address does not follow. */
static void
family_of_the_address_stays(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	pkt->len = fake_packet6(pkt->data, FAKE_UDP, 100);
	CHECK(divert_port_verdict(port, pkt, DIVERT_REPLACE, 0) == -1);
	CHECK(errno == EAFNOSUPPORT);
	CHECK(trial_stats(port).lost == 1);
	CHECK(trial_errno(port, EAFNOSUPPORT) == 1);
	trial_close(port);
}

static void
inbound_names_the_interface(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	/* The packet is to the alias; the address is the first all the same. */
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_IN);
	CHECK(strcmp(pkt->ifname, "em0") == 0);
	CHECK(pkt->in_ifindex == 1);
	CHECK(pkt->addrlen == 16);
	CHECK(memcmp(pkt->addr + 4, em0->addr4[0], 4) == 0);
	CHECK((pkt->flags & DIVERT_PACKET_HAS_RULE) == 0);
	CHECK((pkt->flags & DIVERT_PACKET_HAS_ID) != 0);
	CHECK(pkt->queue == PORT && pkt->len == 128 && pkt->wirelen == 128);
	CHECK(memcmp(pkt->data, trial_buf, 128) == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(!trial_last()->out && trial_last()->interface == em0);
	CHECK(trial_last()->addrlen == 16);
	CHECK(memcmp(trial_last()->addr, pkt->addr, 16) == 0);
	trial_close(port);
}

static void
outbound_has_no_address(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(NULL);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_OUT);
	CHECK(pkt->ifname[0] == '\0' && pkt->in_ifindex == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->out);
	trial_close(port);
}

/* One uplink: what leaves, leaves there. */
static void
outbound_has_the_interface_it_is_given(void)
{
	struct divert_options	 options;
	struct divert_port	*port;
	struct divert_packet	*pkt;

	memset(&options, 0, sizeof(options));
	options.ifname = "em7";
	NEED((port = divert_port_open("divert:700", &options, trial_error,
	    sizeof(trial_error))) != NULL);
	trial_udp(NULL);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_OUT);
	CHECK(strcmp(pkt->ifname, "em7") == 0 && pkt->in_ifindex == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_IN);
	CHECK(strcmp(pkt->ifname, "em0") == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	CHECK(fake.nsent == 2 && fake.sent[0].out && !fake.sent[1].out);
	trial_close(port);
}

static void
no_interface_address_means_out(void)
{
	struct divert_port		*port;
	struct divert_packet		*pkt;
	const struct fake_interface	*bare;

	bare = fake_interface_add("vlan3", 3, NULL, NULL);
	NEED((port = trial_open(0)) != NULL);
	trial_udp(bare);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_OUT);
	CHECK(pkt->ifname[0] == '\0');
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->out);
	trial_close(port);
}

static void
addresses_are_kept_per_packet(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;
	struct divert_packet	 held[3];
	int			 i;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_udp(NULL);
	trial_udp(em1);
	NEED(divert_port_recv(port, &pkts) == 3);
	memcpy(held, pkts, sizeof(held));
	/* The other way round, and copies of the structs. */
	for (i = 2; i >= 0; i--)
		divert_port_verdict(port, &held[i], DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(fake.nsent == 3);
	CHECK(fake.sent[0].interface == em1);
	CHECK(fake.sent[1].out);
	CHECK(fake.sent[2].interface == em0);
	trial_close(port);
}

static void
address_not_local_any_more_is_a_loss(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	fake_parse4("192.0.2.77", fake.interfaces[0].addr4[0]);
	trial_pump(port, DIVERT_PASS);
	CHECK(fake.nsent == 0);
	CHECK(trial_stats(port).lost == 1 && trial_stats(port).passed == 0);
	CHECK(trial_errno(port, EADDRNOTAVAIL) == 1);
	trial_udp(em0);
	trial_pump(port, DIVERT_PASS);
	CHECK(fake.nsent == 1);
	trial_close(port);
}

static void
sums_are_right_before_the_kernel_redoes_them(void)
{
	static const enum fake_proto	 protos[] = { FAKE_UDP, FAKE_TCP,
					    FAKE_ICMP };
	struct divert_port		*port;
	struct divert_packet		*pkt;
	int				 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < 6; i++) {
		fake_packet4(trial_buf, protos[i / 2], 101);
		fake_divert(PORT, i & 1 ? em0 : NULL, trial_buf, 101);
		NEED((pkt = trial_recv(port)) != NULL);
		pkt->data[100] ^= 0x5a;
		pkt->data[8]--;
		divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
		divert_port_flush(port);
		NEED(fake.nsent == i + 1);
		CHECK(fake_header_good(trial_last()->data, 101));
		CHECK(fake_upper_good(trial_last()->data, 101));
		CHECK(trial_last()->data[100] == (trial_buf[100] ^ 0x5a));
	}
	CHECK(trial_stats(port).replaced == 6);
	trial_close(port);
}

static void
bad_upper_sum_leaves_good(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_TCP, 60);
	trial_buf[36] ^= 1;
	CHECK(fake_divert(PORT, em0, trial_buf, 60) == 1);
	trial_pump(port, DIVERT_PASS);
	NEED(trial_last() != NULL);
	CHECK(fake_upper_good(trial_last()->data, 60));
	trial_close(port);
}

static void
bad_header_sum_never_comes(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_TCP, 60);
	trial_buf[10] ^= 1;
	CHECK(fake_divert(PORT, em0, trial_buf, 60) == 0);
	CHECK(trial_pump(port, DIVERT_PASS) == 0);
	trial_close(port);
}

static void
reassembled_by_pf_is_not_refused(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 4000);
	fake_divert_as(FAKE_REASSEMBLED, PORT, em0, trial_buf, 4000);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(!fake_header_good(pkt->data, 4000));
	CHECK(divert_port_verdict(port, pkt, DIVERT_PASS, 0) == 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(fake_header_good(trial_last()->data, 4000));
	CHECK(fake_upper_good(trial_last()->data, 4000));
	trial_close(port);
}

static void
own_packets_come_with_valid_sums(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(NULL);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(fake_header_good(pkt->data, 128));
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(memcmp(trial_last()->data, trial_buf, 128) == 0);
	trial_close(port);
}

static void
length_may_change_and_is_trimmed(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	/* Longer by 50, and 7 more that no length speaks of. */
	fake_packet4(pkt->data, FAKE_UDP, 178);
	pkt->len = 185;
	divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->len == 178);
	CHECK(fake_upper_good(trial_last()->data, 178));
	trial_close(port);
}

/* Each of the list: nothing of it is written, all of it is counted. */
static void
what_the_kernel_calls_invalid(void)
{
	static const struct {
		uint32_t		 len;
		int			 byte;
		uint8_t			 value;
		enum divert_reason	 reason;	/* NONE: for the kernel */
	} cases[] = {
		{ 100, 3, 101, DIVERT_REASON_IP_TRUNCATED },
		{ 19, 3, 19, DIVERT_REASON_IP_SHORT },
		{ 100, 0, 0x55, DIVERT_REASON_VERSION },
		{ 100, 0, 0x44, DIVERT_REASON_IP_HLEN },
		{ 100, 3, 19, DIVERT_REASON_IP_LENGTH },
		{ 27, 3, 27, DIVERT_REASON_NONE },
	};
	struct divert_port	*port;
	struct divert_packet	*pkt;
	unsigned int		 i, lost = 0;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		trial_udp(em0);
		NEED((pkt = trial_recv(port)) != NULL);
		pkt->len = cases[i].len;
		pkt->data[2] = 0;
		pkt->data[cases[i].byte] = cases[i].value;
		divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
		divert_port_flush(port);
		if (cases[i].reason == DIVERT_REASON_NONE)
			CHECK(trial_errno(port, EINVAL) == ++lost);
		else
			CHECK(trial_reason(port, cases[i].reason) == 1);
		trial_conserved(port);
	}
	CHECK(fake.nsent == 0);
	CHECK(trial_stats(port).lost == lost && trial_stats(port).replaced == 0);
	trial_close(port);
}

static void
other_protocols_may_be_header_only(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_OTHER, 20);
	fake_divert(PORT, em0, trial_buf, 20);
	trial_pump(port, DIVERT_PASS);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->len == 20);
	trial_close(port);
}

static void
largest_packet(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 65535);
	fake_divert(PORT, em0, trial_buf, 65535);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->len == 65535 && (pkt->flags & DIVERT_PACKET_TRUNCATED) == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	CHECK(divert_port_flush(port) == 0);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->len == 65535);
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	pkt->data = trial_buf;
	pkt->len = 65536;
	CHECK(divert_port_verdict(port, pkt, DIVERT_REPLACE, 0) == 1);
	CHECK(trial_reason(port, DIVERT_REASON_TOO_LARGE) == 1);
	trial_close(port);
}

static void
larger_than_the_mtu(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 3000);
	fake_divert(PORT, NULL, trial_buf, 3000);
	trial_pump(port, DIVERT_PASS);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->fragments == 3);
	trial_buf[6] = 0x40;
	fake_sum_header(trial_buf);
	fake_divert(PORT, NULL, trial_buf, 3000);
	trial_pump(port, DIVERT_PASS);
	CHECK(fake.nsent == 1);
	CHECK(trial_errno(port, EMSGSIZE) == 1);
	CHECK(trial_stats(port).lost == 1);
	trial_close(port);
}

static void
unseen_packets_go_in_and_out(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt;

	NEED((port = trial_open(0)) != NULL);
	CHECK(divert_port_caps(port) & DIVERT_CAP_INJECT);
	fake_packet4(trial_buf, FAKE_UDP, 200);
	pkt = trial_packet(200, DIVERT_DIRECTION_IN, "em1");
	CHECK(divert_port_inject(port, &pkt) == 0);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->interface == em1);
	pkt = trial_packet(200, DIVERT_DIRECTION_OUT, "em1");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(trial_last()->out);
	/* Bytes behind the packet are not of it. */
	pkt = trial_packet(230, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(trial_last()->len == 200);
	fake_packet6(trial_buf, FAKE_UDP, 200);
	pkt = trial_packet(200, DIVERT_DIRECTION_IN, "em0");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(trial_last()->version == 6 && trial_last()->interface == em0);
	CHECK(trial_last()->addr[11] == 1);
	pkt = trial_packet(200, DIVERT_DIRECTION_IN, "");
	pkt.in_ifindex = 2;
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(trial_last()->interface == em1);
	pkt = trial_packet(200, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(trial_last()->version == 6 && trial_last()->out);
	CHECK(trial_stats(port).injected == 6);
	trial_close(port);
}

static void
injections_that_cannot_be(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt;

	fake_interface_add("vlan3", 3, NULL, NULL);
	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 200);
	pkt = trial_packet(200, DIVERT_DIRECTION_NONE, "em1");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == EINVAL);
	pkt = trial_packet(200, DIVERT_DIRECTION_IN, "em9");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == ENODEV);
	pkt = trial_packet(200, DIVERT_DIRECTION_IN, "");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == ENODEV);
	pkt = trial_packet(200, DIVERT_DIRECTION_IN, "vlan3");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == EADDRNOTAVAIL);
	pkt = trial_packet(100, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == EINVAL);
	trial_buf[7] = 1;
	pkt = trial_packet(200, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == ENOTSUP);
	CHECK(fake.nsent == 0 && trial_stats(port).injected == 0);
	trial_close(port);
	NEED((port = trial_open(DIVERT_OPTION_NO_INJECT)) != NULL);
	CHECK((divert_port_caps(port) & DIVERT_CAP_INJECT) == 0);
	pkt = trial_packet(200, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == ENOTSUP);
	trial_close(port);
}

static void
unbound_sockets_inject(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt, *pkts;

	/* Somebody else has the port, and keeps it. */
	fake_listen(PORT);
	NEED((port = trial_open(DIVERT_OPTION_INJECT_ONLY)) != NULL);
	CHECK(fake.calls[FAKE_BIND] == 0);
	fake_packet4(trial_buf, FAKE_UDP, 200);
	pkt = trial_packet(200, DIVERT_DIRECTION_IN, "em0");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(divert_port_recv(port, &pkts) == 0);
	trial_close(port);
}

static void
not_writing_back_drops(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_udp(NULL);
	CHECK(trial_pump(port, DIVERT_DROP) == 2);
	CHECK(fake.nsent == 0 && trial_stats(port).dropped == 2);
	trial_udp(em0);
	CHECK(trial_recv(port) != NULL);
	/* Closed with one still lent. */
	trial_close(port);
	CHECK(fake.nsent == 0);
}

static void
no_listener_is_counted(void)
{
	struct divert_port	*port;

	CHECK(trial_udp(em0) == 0);
	NEED((port = trial_open(0)) != NULL);
	CHECK(trial_stats(port).kernel.no_socket == 1);
	CHECK(trial_stats(port).kernel.received == 6);
	trial_close(port);
}

static void
queue_full_is_counted_and_nothing_fails_open(void)
{
	struct divert_options	 options;
	struct divert_port	*port;
	int			 i, taken = 0;

	memset(&options, 0, sizeof(options));
	options.rcvbuf = 65536;
	NEED((port = divert_port_open("divert:700", &options, trial_error,
	    sizeof(trial_error))) != NULL);
	CHECK(trial_stats(port).missed == 0);
	fake_packet4(trial_buf, FAKE_UDP, 1328);
	for (i = 0; i < 60; i++)
		taken += fake_divert(PORT, em0, trial_buf, 1328);
	/* The default, which 65536 is not worth changing. */
	CHECK(taken == 48);
	CHECK(divert_port_rcvbuf(port) == 65636);
	CHECK(trial_stats(port).kernel.full_socket == 12);
	CHECK(trial_stats(port).missed == DIVERT_UNKNOWN);
	CHECK(trial_pump(port, DIVERT_PASS) == 48);
	CHECK(fake.nsent == 48);
	trial_close(port);
	CHECK(trial_open(DIVERT_OPTION_FAIL_OPEN) == NULL && errno == ENOTSUP);
}

static void
buffer_is_raised_to_the_maximum(void)
{
	struct divert_port	*port;
	int			 i, taken = 0;

	NEED((port = trial_open(0)) != NULL);
	CHECK(divert_port_rcvbuf(port) == 2097152);
	fake_packet4(trial_buf, FAKE_UDP, 1328);
	for (i = 0; i < 400; i++)
		taken += fake_divert(PORT, em0, trial_buf, 1328);
	CHECK(taken == 400);
	trial_pump(port, DIVERT_DROP);
	trial_close(port);
}

static void
buffer_above_the_maximum_is_tried_smaller(void)
{
	struct divert_options	 options;
	struct divert_port	*port;

	memset(&options, 0, sizeof(options));
	fake.rcvbuf_max = 1000000;
	options.rcvbuf = 3000000;
	NEED((port = divert_port_open("divert:700", &options, trial_error,
	    sizeof(trial_error))) != NULL);
	CHECK(divert_port_rcvbuf(port) <= 1000000);
	CHECK(divert_port_rcvbuf(port) > 1000000 - 65536);
	trial_close(port);
	options.rcvbuf = 1 << 20;
	fake.rcvbuf_max = 2097152;
	NEED((port = divert_port_open("divert:700", &options, trial_error,
	    sizeof(trial_error))) != NULL);
	CHECK(divert_port_rcvbuf(port) == 1 << 20);
	trial_close(port);
}

static void
batches_and_then_nothing(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;
	int			 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < 100; i++)
		trial_udp(em0);
	CHECK(divert_port_recv(port, &pkts) == 64);
	for (i = 0; i < 64; i++) {
		CHECK(pkts[i].id == (uint32_t)i);
		divert_port_verdict(port, &pkts[i], DIVERT_PASS, 0);
	}
	CHECK(divert_port_flush(port) == 0);
	CHECK(divert_port_recv(port, &pkts) == 36);
	for (i = 0; i < 36; i++)
		divert_port_verdict(port, &pkts[i], DIVERT_PASS, 0);
	CHECK(divert_port_recv(port, &pkts) == -1 && errno == EAGAIN);
	divert_port_flush(port);
	CHECK(fake.nsent == 100);
	trial_close(port);
}

static void
nothing_is_cut(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	fake_packet6(trial_buf, FAKE_UDP, 40 + 65535);
	fake_divert(PORT, em0, trial_buf, 40 + 65535);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->len == 40 + 65535);
	CHECK((pkt->flags & DIVERT_PACKET_TRUNCATED) == 0);
	divert_port_verdict(port, pkt, DIVERT_DROP, 0);
	/* What no packet can be, is cut, and passing that would be half. */
	fake_divert(PORT, em0, trial_buf, 66000);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->flags & DIVERT_PACKET_TRUNCATED);
	CHECK(pkt->len < 66000 && pkt->wirelen > pkt->len);
	CHECK(divert_port_verdict(port, pkt, DIVERT_PASS, 0) == 1);
	CHECK(trial_reason(port, DIVERT_REASON_TRUNCATED) == 1);
	trial_close(port);
}

static void
replies_of_the_state_come_too(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_udp(NULL);
	/* An ICMP error about the flow. */
	fake_packet4(trial_buf, FAKE_ICMP, 56);
	trial_buf[20] = 3;
	fake_sum_upper(trial_buf, 56);
	fake_divert(PORT, NULL, trial_buf, 56);
	CHECK(trial_pump(port, DIVERT_PASS) == 3);
	CHECK(fake.nsent == 3 && !fake.sent[0].out && fake.sent[1].out &&
	    fake.sent[2].out);
	trial_close(port);
}

static void
ipv6_has_its_socket_and_scope(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	CHECK(fake.calls[FAKE_SOCKET] == 2 && fake.calls[FAKE_BIND] == 2);
	fake_packet6(trial_buf, FAKE_UDP, 300);
	/* Both interfaces have this address: the scope tells which. */
	fake_divert(PORT, em1, trial_buf, 300);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_IN);
	CHECK(strcmp(pkt->ifname, "em1") == 0 && pkt->in_ifindex == 2);
	CHECK(pkt->addrlen == 28 && pkt->addr[1] == AF_INET6);
	CHECK(pkt->addr[10] == 0 && pkt->addr[11] == 2);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->interface == em1);
	CHECK(memcmp(trial_last()->addr, pkt->addr, 28) == 0);
	fake_divert(PORT, NULL, trial_buf, 300);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_OUT);
	pkt->data[250] ^= 1;
	divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
	divert_port_flush(port);
	CHECK(trial_last()->out && fake_upper_good(trial_last()->data, 300));
	trial_close(port);
}

static void
global_ipv6_address_names_the_interface(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	fake_interface_add("vlan3", 3, NULL, "2001:db8:3:0:0:0:0:1");
	NEED((port = trial_open(0)) != NULL);
	fake_packet6(trial_buf, FAKE_UDP, 300);
	fake_divert(PORT, &fake.interfaces[2], trial_buf, 300);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(strcmp(pkt->ifname, "vlan3") == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	trial_close(port);
}

static void
one_descriptor_for_two_sockets(void)
{
	struct divert_port	*port;
	int			 fd;

	NEED((port = trial_open(0)) != NULL);
	fd = divert_port_fd(port);
	CHECK(!fake_readable(fd));
	trial_udp(em0);
	CHECK(fake_readable(fd));
	trial_pump(port, DIVERT_PASS);
	/* Quiet again: a loop would otherwise turn for ever. */
	CHECK(!fake_readable(fd));
	fake_packet6(trial_buf, FAKE_UDP, 300);
	fake_divert(PORT, em1, trial_buf, 300);
	CHECK(fake_readable(fd));
	/* One batch that was not full is enough. */
	CHECK(trial_recv(port) != NULL);
	CHECK(!fake_readable(fd));
	trial_close(port);
}

static void
full_batch_leaves_it_readable(void)
{
	struct divert_port	*port;
	int			 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < 65; i++)
		trial_udp(em0);
	CHECK(trial_recv(port) != NULL);
	CHECK(fake_readable(divert_port_fd(port)));
	trial_close(port);
}

static void
no_family_starves_the_other(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;
	int			 i, n, round, six = 0;

	NEED((port = trial_open(0)) != NULL);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 64; i++)
			trial_udp(em0);
		fake_packet6(trial_buf, FAKE_UDP, 300);
		fake_divert(PORT, em1, trial_buf, 300);
		n = divert_port_recv(port, &pkts);
		for (i = 0; i < n; i++) {
			six += pkts[i].data[0] >> 4 == 6;
			divert_port_verdict(port, &pkts[i], DIVERT_DROP, 0);
		}
	}
	CHECK(six >= 2);
	trial_close(port);
}

static void
verdicts_keep_their_order_over_both_sockets(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;
	int			 i, n;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_udp(em1);
	fake_packet6(trial_buf, FAKE_UDP, 300);
	fake_divert(PORT, em1, trial_buf, 300);
	n = divert_port_recv(port, &pkts);
	NEED(n == 3);
	for (i = 0; i < 3; i++)
		divert_port_verdict(port, &pkts[(i + 2) % 3], DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(fake.nsent == 3);
	CHECK(fake.sent[0].version == 6);
	CHECK(fake.sent[1].interface == em0 && fake.sent[2].interface == em1);
	trial_close(port);
}

static void
a_kernel_without_ipv6(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt;

	fake.no_inet6 = 1;
	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	CHECK(fake_readable(divert_port_fd(port)));
	CHECK(trial_pump(port, DIVERT_PASS) == 1);
	trial_udp(em0);
	CHECK(trial_pump(port, DIVERT_PASS) == 1);
	fake_packet6(trial_buf, FAKE_UDP, 200);
	pkt = trial_packet(200, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == EAFNOSUPPORT);
	trial_close(port);
}

static void
a_kernel_without_divert(void)
{
	fake.absent = 1;
	CHECK(trial_open(0) == NULL);
	CHECK(errno == ENOTSUP);
}

static void
figures_of_one_kernel_and_of_the_other(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_pump(port, DIVERT_PASS);
	/* The counters of IPv6 apart have 5 of long ago. */
	CHECK(trial_stats(port).kernel.received == 6);
	CHECK(trial_stats(port).kernel.output == 1);
	CHECK(trial_stats(port).kernel.errors == 0);
	fake.no_stats6 = 1;
	CHECK(trial_stats(port).kernel.received == 1);
	CHECK(trial_stats(port).missed == 0);
	trial_close(port);
}

static void
fragments_are_never_written(void)
{
	static const uint16_t	 offsets[] = { 0x2000, 0x2001, 0x0001 };
	struct divert_port	*port;
	unsigned int		 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < 3; i++) {
		fake_packet4(trial_buf, i == 2 ? FAKE_OTHER : FAKE_UDP, 128);
		trial_buf[6] = (uint8_t)(offsets[i] >> 8);
		trial_buf[7] = (uint8_t)offsets[i];
		fake_sum_header(trial_buf);
		fake_divert(PORT, em0, trial_buf, 128);
	}
	/* IPv6: a fragment header. */
	fake_packet6(trial_buf, FAKE_OTHER, 128);
	trial_buf[6] = 44;
	memset(trial_buf + 40, 0, 8);
	trial_buf[40] = FAKE_UDP;
	trial_buf[43] = 1;
	fake_divert(PORT, em0, trial_buf, 128);
	CHECK(trial_pump(port, DIVERT_PASS) == 4);
	CHECK(fake.nsent == 0);
	CHECK(trial_reason(port, DIVERT_REASON_FRAGMENT) == 4);
	CHECK(trial_stats(port).dropped == 4 && trial_stats(port).passed == 0);
	/* DF is none. */
	fake_packet4(trial_buf, FAKE_UDP, 128);
	trial_buf[6] = 0x40;
	fake_sum_header(trial_buf);
	fake_divert(PORT, em0, trial_buf, 128);
	trial_pump(port, DIVERT_PASS);
	CHECK(fake.nsent == 1 && !fake.sent[0].spoiled);
	trial_close(port);
}

static void
an_address_of_two_interfaces_names_neither(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	fake_interface_add("tun0", 3, "192.0.2.1", NULL);
	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_IN);
	CHECK(pkt->ifname[0] == '\0' && pkt->in_ifindex == 0);
	trial_close(port);
}

static void
interfaces_are_not_read_per_packet(void)
{
	struct divert_port		*port;
	struct divert_packet		*pkt;
	const struct fake_interface	*later;
	int				 i;

	NEED((port = trial_open(0)) != NULL);
	CHECK(fake.calls[FAKE_GETIFADDRS] == 1);
	for (i = 0; i < 200; i++)
		trial_udp(i & 1 ? em0 : em1);
	trial_pump(port, DIVERT_DROP);
	CHECK(fake.calls[FAKE_GETIFADDRS] == 1);
	later = fake_interface_add("tun5", 5, "10.5.0.1", NULL);
	fake.now += 2;
	trial_udp(later);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(strcmp(pkt->ifname, "tun5") == 0);
	CHECK(fake.calls[FAKE_GETIFADDRS] == 2);
	/* One that never is there costs one look a second. */
	fake.interfaces[2].addr4[0][3] = 99;
	fake.interfaces[2].index = 6;
	for (i = 0; i < 100; i++)
		trial_udp(later);
	fake.ninterfaces = 2;
	trial_pump(port, DIVERT_DROP);
	CHECK(fake.calls[FAKE_GETIFADDRS] <= 3);
	/* Renumbered: seen within half a minute. */
	fake.now += 31;
	fake.interfaces[0].addr4[0][3] = 50;
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(strcmp(pkt->ifname, "em0") == 0);
	trial_close(port);
}

#define TRIAL(f)	{ #f, f }

static const struct trial trials[] = {
	TRIAL(socket_needs_root),
	TRIAL(works_after_uid_and_pledge),
	TRIAL(pledge_stdio_kills_at_sendto),
	TRIAL(second_bind_is_refused),
	TRIAL(bind_address_does_not_filter),
	TRIAL(port_0_is_not_asked_for),
	TRIAL(an_address_goes_with_every_write),
	TRIAL(family_of_the_address_stays),
	TRIAL(inbound_names_the_interface),
	TRIAL(outbound_has_no_address),
	TRIAL(outbound_has_the_interface_it_is_given),
	TRIAL(no_interface_address_means_out),
	TRIAL(addresses_are_kept_per_packet),
	TRIAL(address_not_local_any_more_is_a_loss),
	TRIAL(sums_are_right_before_the_kernel_redoes_them),
	TRIAL(bad_upper_sum_leaves_good),
	TRIAL(bad_header_sum_never_comes),
	TRIAL(reassembled_by_pf_is_not_refused),
	TRIAL(own_packets_come_with_valid_sums),
	TRIAL(length_may_change_and_is_trimmed),
	TRIAL(what_the_kernel_calls_invalid),
	TRIAL(other_protocols_may_be_header_only),
	TRIAL(largest_packet),
	TRIAL(larger_than_the_mtu),
	TRIAL(unseen_packets_go_in_and_out),
	TRIAL(injections_that_cannot_be),
	TRIAL(unbound_sockets_inject),
	TRIAL(not_writing_back_drops),
	TRIAL(no_listener_is_counted),
	TRIAL(queue_full_is_counted_and_nothing_fails_open),
	TRIAL(buffer_is_raised_to_the_maximum),
	TRIAL(buffer_above_the_maximum_is_tried_smaller),
	TRIAL(batches_and_then_nothing),
	TRIAL(nothing_is_cut),
	TRIAL(replies_of_the_state_come_too),
	TRIAL(ipv6_has_its_socket_and_scope),
	TRIAL(global_ipv6_address_names_the_interface),
	TRIAL(one_descriptor_for_two_sockets),
	TRIAL(full_batch_leaves_it_readable),
	TRIAL(no_family_starves_the_other),
	TRIAL(verdicts_keep_their_order_over_both_sockets),
	TRIAL(a_kernel_without_ipv6),
	TRIAL(a_kernel_without_divert),
	TRIAL(figures_of_one_kernel_and_of_the_other),
	TRIAL(fragments_are_never_written),
	TRIAL(an_address_of_two_interfaces_names_neither),
	TRIAL(interfaces_are_not_read_per_packet),
};

int
main(void)
{
	int	 status;

	status = trial_main(trials, sizeof(trials) / sizeof(trials[0]));
	status |= trial_main(trial_large, trial_nlarge);
	return (trial_main(trial_faults, trial_nfaults) | status);
}
