/* SPDX-License-Identifier: ISC */

/*
 * The translator on a divert port: a packet that does not fit its link once it
 * is translated, and the ICMP error that its sender gets of it (RFC 4787
 * REQ-13).  What the error has to be is written out here.
 */

#include <sys/types.h>

#include <errno.h>
#include <string.h>

#include "nat.h"
#include "rules.h"
#include "trial.h"

#define LARGE	(FAKE_MTU + 40)

static const char	 text[] =
    "match out inet from 203.0.113.0/24 to any nat-to 198.51.100.1\n"
    "match out inet6 from 2001:db8:1::/64 to any nat-to 2001:db8:9::1\n";

static struct divert_port	*port;
static struct nat		*nat;
static struct rules		*rules;
static int			 told;	/* calls of too_large() */

static void
no_chance(void *arg, void *buf, size_t len)
{
	(void)arg;
	memset(buf, 0x5a, len);
}

static void
made(void *arg, struct divert_packet *pkt)
{
	(void)arg;
	CHECK(divert_port_inject(port, pkt) == 0);
}

static void
too_large(void *arg, const struct divert_packet *pkt, uint32_t mtu)
{
	(void)arg;
	told++;
	nat_too_large(nat, pkt, mtu, 1000);
}

static int
begin(void)
{
	struct nat_options	 options;

	memset(&options, 0, sizeof(options));
	options.random = no_chance;
	options.made = made;
	told = 0;
	rules = rules_parse("rules", text, strlen(text), trial_error,
	    sizeof(trial_error));
	if (rules == NULL || (nat = nat_new(rules, &options)) == NULL ||
	    (port = trial_open(0)) == NULL)
		return (0);
	divert_port_on_too_large(port, too_large, NULL);
	return (1);
}

static void
end(void)
{
	trial_close(port);
	nat_free(nat);
	rules_free(rules);
}

/* What is in trial_buf goes out, translated. */
static void
go(uint32_t len)
{
	struct divert_packet	*pkt;
	uint8_t			 reason, verdict;

	fake_divert(PORT, NULL, trial_buf, len);
	NEED((pkt = trial_recv(port)) != NULL);
	nat_packets(nat, pkt, 1, 1000, &verdict, &reason);
	CHECK(verdict == NAT_REPLACE);
	divert_port_verdict(port, pkt, DIVERT_REPLACE, 0);
	divert_port_flush(port);
}

static void
U13_the_sender_is_told(void)
{
	const uint8_t	*p;
	uint8_t		 quoted[548];

	NEED(begin());
	fake_packet4(trial_buf, FAKE_UDP, LARGE);
	trial_buf[6] = 0x40;
	fake_sum_header(trial_buf);
	memcpy(quoted, trial_buf, sizeof(quoted));
	go(LARGE);
	CHECK(told == 1 && trial_stats(port).lost == 1);
	NEED(fake.nsent == 1);
	p = fake.sent[0].data;
	CHECK(fake.sent[0].out && fake.sent[0].len == 576);
	CHECK(fake_header_good(p, 576) && fake_upper_good(p, 576));
	/* From where the packet was to go, to who sent it. */
	CHECK(memcmp(p + 12, quoted + 16, 4) == 0);
	CHECK(memcmp(p + 16, quoted + 12, 4) == 0);
	CHECK(p[9] == 1 && p[20] == 3 && p[21] == 4);
	CHECK(p[24] == 0 && p[25] == 0 && p[26] == FAKE_MTU >> 8 &&
	    p[27] == (FAKE_MTU & 0xff));
	/* What it quotes is as it was sent. */
	CHECK(memcmp(p + 28, quoted, sizeof(quoted)) == 0);
	end();
}

static void
U13_not_of_what_may_be_cut(void)
{
	NEED(begin());
	fake_packet4(trial_buf, FAKE_UDP, LARGE);
	go(LARGE);
	NEED(fake.nsent == 1);
	CHECK(told == 0 && fake.sent[0].len == LARGE);
	/* A kernel that refuses it all the same has other reasons. */
	fake_fail(FAKE_SEND, EMSGSIZE, 0, 1);
	fake_packet4(trial_buf, FAKE_UDP, 1000);
	go(1000);
	CHECK(told == 1 && fake.nsent == 1);
	end();
}

static void
U13_the_sender_of_ipv6_is_told(void)
{
	const uint8_t	*p;
	uint8_t		 quoted[1232];

	fake.interfaces[0].mtu = fake.interfaces[1].mtu = 1000;
	NEED(begin());
	fake_fail(FAKE_SEND, EMSGSIZE, 0, 1);
	fake_packet6(trial_buf, FAKE_UDP, LARGE);
	memcpy(quoted, trial_buf, sizeof(quoted));
	go(LARGE);
	CHECK(told == 1);
	NEED(fake.nsent == 1);
	p = fake.sent[0].data;
	CHECK(fake.sent[0].out && fake.sent[0].len == 1280);
	CHECK(fake_upper_good(p, 1280));
	CHECK(memcmp(p + 8, quoted + 24, 16) == 0);
	CHECK(memcmp(p + 24, quoted + 8, 16) == 0);
	CHECK(p[6] == 58 && p[40] == 2 && p[41] == 0);
	/* Nobody may be told less. */
	CHECK(p[44] == 0 && p[45] == 0 && p[46] == 1280 >> 8 &&
	    p[47] == (1280 & 0xff));
	CHECK(memcmp(p + 48, quoted, sizeof(quoted)) == 0);
	end();
}

#define TRIAL(f)	{ #f, f }

static const struct trial trials[] = {
	TRIAL(U13_the_sender_is_told),
	TRIAL(U13_not_of_what_may_be_cut),
	TRIAL(U13_the_sender_of_ipv6_is_told),
};

int
main(void)
{
	return (trial_main(trials, sizeof(trials) / sizeof(trials[0])));
}
