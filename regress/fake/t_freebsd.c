/* SPDX-License-Identifier: ISC */

/*
 * The divert port as compiled for FreeBSD, in front of what FreeBSD 12 was
 * seen to do, and of what was read of 14: a test for each line.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trial.h"

/* The rule in an address: host order. */
static int
rule_of(const uint8_t *addr)
{
	uint16_t	 rule;

	memcpy(&rule, addr + 2, 2);
	return (rule);
}

static void
rule_number_in_host_order(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->flags & DIVERT_PACKET_HAS_RULE);
	CHECK(pkt->rule == FAKE_RULE);
	CHECK(pkt->direction == DIVERT_DIRECTION_IN);
	CHECK(strcmp(pkt->ifname, "em0") == 0 && pkt->in_ifindex == 1);
	CHECK(memcmp(pkt->addr + 8, "em0\0\0\0\0", 8) == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->addrlen == 16);
	CHECK(memcmp(trial_last()->addr, pkt->addr, 16) == 0);
	CHECK(trial_last()->interface == em0 && fake.looped == 0);
	trial_close(port);
}

static void
local_outbound_has_no_interface(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(NULL);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_OUT);
	CHECK(pkt->ifname[0] == '\0' && pkt->in_ifindex == 0);
	CHECK(pkt->rule == FAKE_RULE);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->out && fake.looped == 0);
	trial_close(port);
}

/* The name is of where it came in, and `on' would mean where it goes. */
static void
forwarded_outbound_is_not_on_its_receiver(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 128);
	fake_divert_as(FAKE_FORWARDED, PORT, em1, trial_buf, 128);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_OUT);
	CHECK(pkt->ifname[0] == '\0' && pkt->in_ifindex == 2);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	trial_close(port);
}

static void
own_header_sum_is_invalid_and_leaves_good(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(NULL);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(!fake_header_good(pkt->data, 128));
	CHECK(fake_upper_good(pkt->data, 128));
	CHECK(pkt->flags & DIVERT_PACKET_NOTVERIFIED);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(memcmp(trial_last()->data, trial_buf, 128) == 0);
	trial_close(port);
}

static void
upper_sums_are_the_ports_business(void)
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
		/* A changed payload, stale sums of both layers. */
		pkt->data[100] ^= 0x5a;
		pkt->data[8]--;
		divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
		divert_port_flush(port);
		NEED(fake.nsent == i + 1);
		CHECK(fake_header_good(trial_last()->data, 101));
		CHECK(fake_upper_good(trial_last()->data, 101));
	}
	CHECK(fake.vanished == 0);
	trial_close(port);
}

/* UDP without a checksum goes on without one (RFC 768). */
static void
no_udp_sum_stays_none(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 128);
	trial_buf[26] = trial_buf[27] = 0;
	fake_divert(PORT, em0, trial_buf, 128);
	trial_pump(port, DIVERT_REPLACE);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->data[26] == 0 && trial_last()->data[27] == 0);
	trial_close(port);
}

static void
damage_from_the_wire_is_not_hidden(void)
{
	struct divert_port	*port;
	int			 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < 2; i++) {
		fake_packet4(trial_buf, FAKE_TCP, 60);
		trial_buf[40] ^= 1;
		fake_divert_as(i == 0 ? FAKE_INBOUND : FAKE_FORWARDED, PORT,
		    em0, trial_buf, 60);
		trial_pump(port, DIVERT_PASS);
		NEED(fake.nsent == i + 1);
		CHECK(!fake_upper_good(trial_last()->data, 60));
		CHECK(fake_header_good(trial_last()->data, 60));
	}
	/* Its own the kernel may not have finished. */
	fake_packet4(trial_buf, FAKE_TCP, 60);
	trial_buf[36] ^= 1;
	fake_divert(PORT, NULL, trial_buf, 60);
	trial_pump(port, DIVERT_PASS);
	CHECK(fake_upper_good(trial_last()->data, 60));
	trial_close(port);
}

/* What would vanish is counted with a reason, and not as passed. */
static void
nothing_vanishes(void)
{
	static const struct {
		uint32_t		 len;
		int			 byte;
		uint8_t			 value;
		enum divert_reason	 reason;
	} cases[] = {
		{ 100, 3, 101, DIVERT_REASON_IP_TRUNCATED },
		{ 19, 3, 19, DIVERT_REASON_IP_SHORT },
		{ 0, 3, 19, DIVERT_REASON_EMPTY },
		{ 100, 0, 0x55, DIVERT_REASON_VERSION },
		{ 100, 0, 0x44, DIVERT_REASON_IP_HLEN },
		{ 100, 3, 19, DIVERT_REASON_IP_LENGTH },
	};
	struct divert_port	*port;
	struct divert_packet	*pkt;
	unsigned int		 i;

	NEED((port = trial_open(0)) != NULL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		trial_udp(em0);
		NEED((pkt = trial_recv(port)) != NULL);
		pkt->len = cases[i].len;
		pkt->data[2] = 0;
		pkt->data[cases[i].byte] = cases[i].value;
		divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
		divert_port_flush(port);
		CHECK(trial_reason(port, cases[i].reason) == 1);
	}
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	pkt->data = trial_buf;
	pkt->len = 65536;
	divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
	CHECK(trial_reason(port, DIVERT_REASON_TOO_LARGE) == 1);
	CHECK(fake.vanished == 0 && fake.nsent == 0);
	CHECK(trial_stats(port).dropped == i + 1);
	trial_close(port);
}

static void
trailing_bytes_are_trimmed(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	NEED((pkt = trial_recv(port)) != NULL);
	pkt->len += 9;
	divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->len == 128 && fake.vanished == 0);
	trial_close(port);
}

static void
an_interface_name_is_enough_to_inject(void)
{
	struct divert_port		*port;
	struct divert_packet		 pkt;
	const struct fake_interface	*bare, *named;

	bare = fake_interface_add("vlan3", 3, NULL, NULL);
	named = fake_interface_add("wlan0mon", 4, "10.4.0.1", NULL);
	fake_interface_add("wlan1mon", 5, NULL, NULL);
	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 128);
	pkt = trial_packet(128, DIVERT_DIRECTION_IN, "vlan3");
	CHECK(divert_port_inject(port, &pkt) == 0);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->interface == bare && !trial_last()->out);
	/* Eight characters do not go into the address. */
	pkt = trial_packet(128, DIVERT_DIRECTION_IN, "wlan0mon");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(trial_last()->interface == named);
	pkt = trial_packet(128, DIVERT_DIRECTION_IN, "wlan1mon");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == EADDRNOTAVAIL);
	pkt = trial_packet(128, DIVERT_DIRECTION_IN, "em9");
	CHECK(divert_port_inject(port, &pkt) == -1 && errno == ENODEV);
	trial_close(port);
}

static void
injection_goes_on_after_the_rule(void)
{
	struct divert_port	*port;
	struct divert_packet	 pkt;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_pump(port, DIVERT_PASS);
	fake_packet4(trial_buf, FAKE_UDP, 128);
	pkt = trial_packet(128, DIVERT_DIRECTION_OUT, "");
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(rule_of(trial_last()->addr) == FAKE_RULE && fake.looped == 0);
	pkt.rule = 1234;
	pkt.flags |= DIVERT_PACKET_HAS_RULE;
	CHECK(divert_port_inject(port, &pkt) == 0);
	CHECK(rule_of(trial_last()->addr) == 1234);
	trial_close(port);
}

static void
no_interface_address_means_out_and_is_named(void)
{
	struct divert_port		*port;
	struct divert_packet		*pkt;
	const struct fake_interface	*bare;

	bare = fake_interface_add("vlan3", 3, NULL, NULL);
	NEED((port = trial_open(0)) != NULL);
	trial_udp(bare);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->direction == DIVERT_DIRECTION_OUT);
	CHECK(pkt->in_ifindex == 3 && pkt->ifname[0] == '\0');
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->out);
	trial_close(port);
}

static void
cut_names_are_completed_when_that_is_sure(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;
	struct fake_interface	*one;

	one = fake_interface_add("wlan0mon", 4, "10.4.0.1", NULL);
	NEED((port = trial_open(0)) != NULL);
	trial_udp(one);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(strcmp(pkt->ifname, "wlan0mon") == 0 && pkt->in_ifindex == 4);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	/* What the kernel cut it gets back cut. */
	CHECK(memcmp(trial_last()->addr + 8, "wlan0mo", 8) == 0);
	fake_interface_add("wlan0mox", 5, "10.5.0.1", NULL);
	fake.now += 40;
	trial_udp(one);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(strcmp(pkt->ifname, "wlan0mo") == 0 && pkt->in_ifindex == 0);
	divert_port_verdict(port, pkt, DIVERT_PASS, 0);
	trial_close(port);
}

static void
buffer_above_the_maximum_is_tried_smaller(void)
{
	struct divert_port	*port;
	int			 i, taken = 0;

	/* 2 MiB: ENOBUFS; 1 MiB worked. */
	fake.rcvbuf_max = 1900000;
	NEED((port = trial_open(0)) != NULL);
	CHECK(divert_port_rcvbuf(port) > 1 << 20);
	CHECK(divert_port_rcvbuf(port) <= 1900000);
	fake_packet4(trial_buf, FAKE_UDP, 1328);
	for (i = 0; i < 400; i++)
		taken += fake_divert(PORT, em0, trial_buf, 1328);
	CHECK(taken == 400);
	trial_close(port);
}

static void
each_direction_has_its_rule(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkts;

	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	/* No rule outbound: the reply does not come. */
	CHECK(divert_port_recv(port, &pkts) == 1);
	CHECK(divert_port_recv(port, &pkts) == -1 && errno == EAGAIN);
	CHECK(divert_port_fd(port) != -1);
	CHECK(!fake_readable(divert_port_fd(port)));
	trial_udp(em0);
	CHECK(fake_readable(divert_port_fd(port)));
	trial_close(port);
}

static void
old_kernels_get_the_old_call(void)
{
	struct divert_port	*port;

	fake.release = 12;
	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	CHECK(trial_pump(port, DIVERT_PASS) == 1);
	trial_close(port);
}

static void
new_kernels_get_a_domain_of_its_own(void)
{
	struct divert_port	*port;

	fake.release = 14;
	NEED((port = trial_open(0)) != NULL);
	/* The old form would be logged as obsolete. */
	CHECK(fake.calls[FAKE_SOCKET] == 1);
	trial_udp(em0);
	CHECK(trial_pump(port, DIVERT_PASS) == 1);
	trial_close(port);
}

static void
without_the_module_there_is_a_hint(void)
{
	int	 release;

	for (release = 12; release <= 14; release += 2) {
		fake.release = release;
		fake.absent = 1;
		CHECK(trial_open(0) == NULL && errno == ENOTSUP);
		CHECK(strstr(trial_error, "ipdivert") != NULL);
	}
}

static void
socket_needs_root(void)
{
	int	 release;

	for (release = 12; release <= 14; release += 2) {
		fake.release = release;
		fake.uid = 1000;
		CHECK(trial_open(0) == NULL && errno == EPERM);
	}
	/* The refusal of 14 was not taken for the lack of a domain. */
	CHECK(fake.calls[FAKE_SOCKET] == 3);
}

static void
second_bind_is_refused(void)
{
	fake_listen(PORT);
	CHECK(trial_open(0) == NULL && errno == EADDRINUSE);
	CHECK(fake.open == 0);
}

static void
ipv6_comes_over_the_same_socket(void)
{
	struct divert_port	*port;
	struct divert_packet	*pkt;

	fake.release = 14;
	NEED((port = trial_open(0)) != NULL);
	CHECK(fake.calls[FAKE_BIND] == 1);
	fake_packet6(trial_buf, FAKE_TCP, 300);
	fake_divert(PORT, em0, trial_buf, 300);
	NEED((pkt = trial_recv(port)) != NULL);
	CHECK(pkt->addrlen == 16 && pkt->addr[1] == AF_INET);
	CHECK(strcmp(pkt->ifname, "em0") == 0);
	pkt->data[299]++;
	divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
	divert_port_flush(port);
	NEED(trial_last() != NULL);
	CHECK(trial_last()->addrlen == 16 && trial_last()->addr[0] == 16);
	CHECK(fake_upper_good(trial_last()->data, 300));
	CHECK(fake.vanished == 0);
	*pkt = trial_packet(300, DIVERT_DIRECTION_IN, "em1");
	CHECK(divert_port_inject(port, pkt) == 0);
	CHECK(trial_last()->addr[1] == AF_INET && trial_last()->addrlen == 16);
	CHECK(trial_last()->interface == em1);
	trial_close(port);
}

static void
figures_where_there_are_some(void)
{
	struct divert_port	*port;

	fake.release = 12;
	NEED((port = trial_open(0)) != NULL);
	CHECK(trial_stats(port).kernel.received == DIVERT_UNKNOWN);
	trial_close(port);
	fake.release = 14;
	NEED((port = trial_open(0)) != NULL);
	trial_udp(em0);
	trial_pump(port, DIVERT_PASS);
	CHECK(trial_stats(port).kernel.received == 1);
	CHECK(trial_stats(port).kernel.output == 1);
	/* What found the buffer full nobody counts. */
	CHECK(trial_stats(port).kernel.full_socket == DIVERT_UNKNOWN);
	CHECK(trial_stats(port).missed == DIVERT_UNKNOWN);
	trial_close(port);
}

static void
capability_mode_loses_and_lives(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	fake.capsicum = 1;
	trial_udp(em0);
	CHECK(trial_pump(port, DIVERT_PASS) == 1);
	CHECK(errno == EAGAIN);
	CHECK(trial_stats(port).lost == 1);
	CHECK(trial_errno(port, ECAPMODE) == 1);
	trial_udp(em0);
	CHECK(trial_pump(port, DIVERT_DROP) == 1);
	trial_close(port);
}

static void
fragments_go_back_as_they_came(void)
{
	struct divert_port	*port;

	NEED((port = trial_open(0)) != NULL);
	fake_packet4(trial_buf, FAKE_UDP, 128);
	trial_buf[7] = 16;
	fake_sum_header(trial_buf);
	fake_divert(PORT, em0, trial_buf, 128);
	trial_pump(port, DIVERT_PASS);
	NEED(trial_last() != NULL);
	CHECK(memcmp(trial_last()->data, trial_buf, 128) == 0);
	trial_close(port);
}

#define TRIAL(f)	{ #f, f }

static const struct trial trials[] = {
	TRIAL(rule_number_in_host_order),
	TRIAL(local_outbound_has_no_interface),
	TRIAL(forwarded_outbound_is_not_on_its_receiver),
	TRIAL(own_header_sum_is_invalid_and_leaves_good),
	TRIAL(upper_sums_are_the_ports_business),
	TRIAL(no_udp_sum_stays_none),
	TRIAL(damage_from_the_wire_is_not_hidden),
	TRIAL(nothing_vanishes),
	TRIAL(trailing_bytes_are_trimmed),
	TRIAL(an_interface_name_is_enough_to_inject),
	TRIAL(injection_goes_on_after_the_rule),
	TRIAL(no_interface_address_means_out_and_is_named),
	TRIAL(cut_names_are_completed_when_that_is_sure),
	TRIAL(buffer_above_the_maximum_is_tried_smaller),
	TRIAL(each_direction_has_its_rule),
	TRIAL(old_kernels_get_the_old_call),
	TRIAL(new_kernels_get_a_domain_of_its_own),
	TRIAL(without_the_module_there_is_a_hint),
	TRIAL(socket_needs_root),
	TRIAL(second_bind_is_refused),
	TRIAL(ipv6_comes_over_the_same_socket),
	TRIAL(figures_where_there_are_some),
	TRIAL(capability_mode_loses_and_lives),
	TRIAL(fragments_go_back_as_they_came),
};

int
main(void)
{
	int	 status;

	status = trial_main(trials, sizeof(trials) / sizeof(trials[0]));
	status |= trial_main(trial_large, trial_nlarge);
	return (trial_main(trial_faults, trial_nfaults) | status);
}
