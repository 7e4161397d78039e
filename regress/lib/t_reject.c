/* SPDX-License-Identifier: ISC */

/*
 * Answers of a rejecting firewall: to every sample the one the RFCs tell, or
 * none where they forbid it; never an answer to an answer.
 */

#include "../../bin/divertinject/reject.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "packets.h"

static struct bytes		 o;
static struct divert_packet	 packet, answer;
static struct divert_layout	 layout;
static uint8_t			 room[REJECT_SIZE];
static enum reject_reason	 why;

/* Answer what is in o, in a block of exactly its size. */
static int
reject(void)
{
	static uint8_t	*block;
	int		 rc;

	free(block);
	if ((block = malloc(o.n)) == NULL)
		abort();
	memcpy(block, o.b, o.n);
	packet.data = block;
	packet.len = packet.wirelen = (uint32_t)o.n;
	packet.direction = DIVERT_DIRECTION_IN;
	strlcpy(packet.ifname, "em0", sizeof(packet.ifname));
	(void)divert_packet_parse(packet.data, packet.len, &layout);
	memset(room, 0xa5, sizeof(room));
	memset(&answer, 0xa5, sizeof(answer));
	why = REJECT_REASONS;
	rc = reject_make(&packet, &layout, room, sizeof(room), &answer, &why);
	assert_int_equal(rc, why == REJECT_NONE);
	if (rc == 1) {
		assert_ptr_equal(answer.data, room + DIVERT_HEADROOM);
		assert_true(answer.len <= sizeof(room) - DIVERT_HEADROOM);
	}
	return (rc);
}

static void
no_answer(enum reject_reason reason)
{
	if (reject() != 0)
		fail_msg("an answer where there is none for %s",
		    reject_reason_name(reason));
	if (why != reason)
		fail_msg("%s instead of %s", reject_reason_name(why),
		    reject_reason_name(reason));
}

/* The packet the answer must be, whose sums come from the slow models. */
static void
same_answer(const char *name, const struct bytes *w)
{
	size_t	 i;

	if (answer.len != w->n || answer.wirelen != w->n)
		fail_msg("%s: %u bytes, not %zu", name, answer.len, w->n);
	for (i = 0; i < w->n; i++)
		if (answer.data[i] != w->b[i])
			fail_msg("%s: byte %zu is %02x, not %02x", name, i,
			    answer.data[i], w->b[i]);
}

/* The header of the answer to a sample of these parameters. */
static void
begin_answer(struct bytes *w, const struct params *p, int six,
    unsigned int proto, unsigned int tos)
{
	struct params	 q = *p;

	q.src4 = p->dst4;
	q.dst4 = p->src4;
	q.src6 = p->dst6;
	q.dst6 = p->src6;
	q.ttl = 64;
	w->n = 0;
	if (six) {
		(void)begin6(w, &q, proto);
		set_at(w, 0, 0x6000);
		set_at(w, 2, 0);
	} else {
		(void)begin4(w, &q, proto, 0x4000, "", 0);
		set_at(w, 4, 0);
		w->b[1] = (uint8_t)tos;
	}
}

static void
want_reset(const char *name, const struct params *p, unsigned int flags,
    uint32_t seq, uint32_t ack)
{
	static struct bytes	 w;
	int			 six = o.b[0] >> 4 == 6;

	if (reject() != 1)
		fail_msg("%s: %s", name, reject_reason_name(why));
	begin_answer(&w, p, six, 6, 0);
	add16(&w, p->dport);
	add16(&w, p->sport);
	add32(&w, seq);
	add32(&w, ack);
	add16(&w, 0x5000 | flags);
	add16(&w, 0);
	add32(&w, 0);
	end_l4(&w, 0, six ? 40 : 20, 6, 16, 0, 0);
	end_ip(&w, 0);
	same_answer(name, &w);
}

/* So many bytes of o are not of the packet. */
static size_t	padding;

static void
want_error(const char *name, const struct params *p, unsigned int type_code)
{
	static struct bytes	 w;
	int			 six = o.b[0] >> 4 == 6;
	size_t			 max = six ? 1232 : 548, n;

	if (reject() != 1)
		fail_msg("%s: %s", name, reject_reason_name(why));
	begin_answer(&w, p, six, six ? 58 : 1, 0xc0);
	add16(&w, type_code);
	add16(&w, 0);
	add32(&w, 0);
	n = o.n - padding;
	add(&w, o.b, n < max ? n : max);
	end_l4(&w, 0, six ? 40 : 20, six ? 58 : 1, 2, 0, 0);
	end_ip(&w, 0);
	same_answer(name, &w);
	assert_true(answer.len <= (six ? 1280u : 576u));
}

/* What is to come for each sample: found by its name. */
static const struct {
	const char		*name;
	unsigned int		 error;		/* type and code, 0: none */
	enum reject_reason	 why;
} fates[] = {
	{ "udp4", 0x0303, 0 },
	{ "udp4 without sum", 0x0303, 0 },
	{ "udplite4 covering its header", 0x0303, 0 },
	{ "udplite6 covering all", 0x0104, 0 },
	{ "udp6", 0x0104, 0 },
	{ "udp4 first fragment", 0x0303, 0 },
	{ "udp4 middle fragment", 0, REJECT_FRAGMENT },
	{ "udp4 last fragment", 0, REJECT_FRAGMENT },
	{ "udp6 first fragment", 0x0104, 0 },
	{ "udp6 last fragment", 0, REJECT_FRAGMENT },
	{ "udp6 atomic fragment", 0x0104, 0 },
	{ "udp4 with record route", 0x0303, 0 },
	{ "icmp6 echo", 0x0101, 0 },
	{ "icmp6 port unreachable", 0, REJECT_ICMP },
	{ "icmp6 too big", 0, REJECT_ICMP },
	{ "icmp6 neighbor solicitation", 0, REJECT_ICMP },
	{ "tcp6 behind segments", 0x0104, 0 }
};

static void
all_samples(void **state)
{
	struct params	 p = standard;
	const char	*name;
	unsigned int	 answers = 0, i, none = 0;
	size_t		 j, seen = 0;

	(void)state;
	for (p.payload = 0; p.payload < 3000; p.payload += 1499) {
		for (i = 0; (name = sample(i, &o, &p)) != NULL; i++) {
			for (j = 0; j < sizeof(fates) / sizeof(fates[0]); j++) {
				if (strcmp(fates[j].name, name) != 0)
					continue;
				seen++;
				if (fates[j].error == 0)
					no_answer(fates[j].why);
				else
					want_error(name, &p, fates[j].error);
			}
			if (reject() == 0) {
				none++;
				continue;
			}
			answers++;
			/* Nobody answers that. */
			o.n = answer.len;
			memcpy(o.b, answer.data, o.n);
			no_answer(o.b[o.b[0] >> 4 == 4 ? 9 : 6] == 6 ?
			    REJECT_RESET : REJECT_ICMP);
			assert_int_equal(divert_cksum_verify_ip(packet.data,
			    &layout) == DIVERT_SUM_BAD, 0);
			assert_int_equal(divert_cksum_verify_l4(packet.data,
			    &layout), DIVERT_SUM_GOOD);
		}
	}
	assert_int_equal(seen, 3 * sizeof(fates) / sizeof(fates[0]));
	assert_true(answers > 60 && none > 20);
}

/* A segment from seq 4096 with ack 8192. */
static void
segment(const struct params *p, int six, unsigned int flags)
{
	size_t	 at, ip;

	o.n = 0;
	ip = six ? begin6(&o, p, 6) : begin4(&o, p, 6, 0, "", 0);
	at = o.n;
	tcp_part(&o, p, ip, 0, 0x10, TCP_STAMP, 12);
	o.b[at + 13] = (uint8_t)flags;
	end_l4(&o, ip, at, 6, 16, 0, 0);
	end_ip(&o, ip);
}

/* RFC 9293 3.10.7.1: by the ACK bit, over what the segment occupies. */
static void
resets(void **state)
{
	struct params	 p = standard;
	int		 six;

	(void)state;
	for (six = 0; six < 2; six++) {
		p.payload = 0;
		segment(&p, six, 0x02);
		want_reset("syn", &p, 0x14, 0, 4097);
		segment(&p, six, 0xc2);
		want_reset("syn with ecn", &p, 0x14, 0, 4097);
		segment(&p, six, 0x12);
		want_reset("syn ack", &p, 0x04, 8192, 0);
		segment(&p, six, 0x00);
		want_reset("nothing", &p, 0x14, 0, 4096);
		segment(&p, six, 0x29);
		want_reset("fin psh urg", &p, 0x14, 0, 4097);
		segment(&p, six, 0x03);
		want_reset("syn fin", &p, 0x14, 0, 4098);
		p.payload = 100;
		segment(&p, six, 0x02);
		want_reset("syn with data", &p, 0x14, 0, 4197);
		segment(&p, six, 0x08);
		want_reset("data without ack", &p, 0x14, 0, 4196);
		segment(&p, six, 0x19);
		want_reset("fin with data", &p, 0x04, 8192, 0);
		/* Padding behind the packet is not of the segment. */
		segment(&p, six, 0x02);
		add_payload(&o, 6);
		want_reset("padded", &p, 0x14, 0, 4197);
		/* What a capture cut off is. */
		segment(&p, six, 0x02);
		o.n -= 40;
		want_reset("cut", &p, 0x14, 0, 4197);
		segment(&p, six, 0x04);
		no_answer(REJECT_RESET);
		segment(&p, six, 0x14);
		no_answer(REJECT_RESET);
	}
	/* How much follows a first fragment is not known, nor needed here. */
	segment(&p, 0, 0x02);
	set_at(&o, 6, 0x2000);
	end_ip(&o, 0);
	no_answer(REJECT_FRAGMENT);
	segment(&p, 0, 0x10);
	set_at(&o, 6, 0x2000);
	end_ip(&o, 0);
	want_reset("first fragment", &p, 0x04, 8192, 0);
}

/* Who is not answered: RFC 1122 3.2.2, RFC 1812 4.3.2.7, RFC 4443 2.4. */
static void
addresses(void **state)
{
	static const struct {
		const char		*src, *dst;
		enum reject_reason	 why;
	} some[] = {
		{ "192.0.2.1", "198.51.100.7", REJECT_NONE },
		{ "0.0.0.0", "198.51.100.7", REJECT_SOURCE },
		{ "0.1.2.3", "198.51.100.7", REJECT_SOURCE },
		{ "127.0.0.1", "198.51.100.7", REJECT_SOURCE },
		{ "127.0.0.1", "127.0.0.2", REJECT_NONE },
		{ "224.0.0.1", "198.51.100.7", REJECT_SOURCE },
		{ "240.0.0.1", "198.51.100.7", REJECT_SOURCE },
		{ "255.255.255.255", "198.51.100.7", REJECT_SOURCE },
		{ "192.0.2.1", "255.255.255.255", REJECT_DESTINATION },
		{ "192.0.2.1", "224.0.0.251", REJECT_DESTINATION },
		{ "192.0.2.1", "0.0.0.0", REJECT_DESTINATION },
		{ "192.0.2.1", "127.0.0.1", REJECT_DESTINATION },
		{ "223.255.255.254", "1.0.0.1", REJECT_NONE },
		{ "2001:db8::1", "2001:db8::2", REJECT_NONE },
		{ "::", "2001:db8::2", REJECT_SOURCE },
		{ "::1", "2001:db8::2", REJECT_SOURCE },
		{ "2001:db8::1", "::", REJECT_DESTINATION },
		{ "2001:db8::1", "::1", REJECT_DESTINATION },
		{ "2001:db8::1", "::2", REJECT_NONE },
		{ "::1", "::1", REJECT_NONE },
		{ "::2", "2001:db8::2", REJECT_NONE },
		{ "ff02::1", "2001:db8::2", REJECT_SOURCE },
		{ "fe80::1", "ff02::fb", REJECT_DESTINATION },
		{ "fe80::1", "fe80::2", REJECT_NONE }
	};
	struct params	 p = standard;
	size_t		 i;
	unsigned int	 tcp;

	(void)state;
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		int	 six = strchr(some[i].src, ':') != NULL;

		if (six) {
			p.src6 = some[i].src;
			p.dst6 = some[i].dst;
		} else {
			p.src4 = some[i].src;
			p.dst4 = some[i].dst;
		}
		for (tcp = 0; tcp < 2; tcp++) {
			sample(tcp ? (six ? 24 : 0) : (six ? 25 : 2), &o, &p);
			(void)reject();
			if (why != some[i].why)
				fail_msg("%s to %s: %s", some[i].src,
				    some[i].dst, reject_reason_name(why));
		}
	}
}

/* Of ICMP the queries and what answers them. */
static void
icmp_types(void **state)
{
	static const uint8_t	 queries[] = { 0, 8, 9, 10, 13, 14, 15, 16,
				    17, 18, 42, 43 };
	unsigned int		 type;
	struct params		 p = standard;
	size_t			 ip;

	(void)state;
	for (type = 0; type < 256; type++) {
		o.n = 0;
		ip = begin4(&o, &p, 1, 0, "", 0);
		add16(&o, type << 8);
		add16(&o, 0);
		add32(&o, 0);
		add_payload(&o, 40);
		end_l4(&o, ip, 20, 1, 2, 0, 0);
		end_ip(&o, ip);
		if (memchr(queries, (int)type, sizeof(queries)) != NULL)
			want_error("icmp", &p, 0x030d);
		else
			no_answer(REJECT_ICMP);
		o.n = 0;
		ip = begin6(&o, &p, 58);
		add16(&o, type << 8);
		add16(&o, 0);
		add32(&o, 0);
		add_payload(&o, 40);
		end_l4(&o, ip, 40, 58, 2, 0, 0);
		end_ip(&o, ip);
		if (type >= 128 && (type < 133 || type > 137))
			want_error("icmp6", &p, 0x0101);
		else
			no_answer(REJECT_ICMP);
	}
}

static void
damaged(void **state)
{
	(void)state;
	sample(2, &o, &standard);
	o.b[o.n - 1] ^= 1;
	no_answer(REJECT_CHECKSUM);
	sample(2, &o, &standard);
	padding = 7;
	add_payload(&o, padding);
	want_error("padded", &standard, 0x0303);
	padding = 0;
	/* The interface would have made it. */
	sample(2, &o, &standard);
	o.b[o.n - 1] ^= 1;
	packet.flags = DIVERT_PACKET_NOTREADY;
	want_error("offloaded", &standard, 0x0303);
	packet.flags = 0;
	packet.direction = DIVERT_DIRECTION_OUT;
	assert_int_equal(reject_make(&packet, &layout, room, sizeof(room),
	    &answer, &why), 1);
	sample(2, &o, &standard);
	o.b[8] ^= 1;
	no_answer(REJECT_CHECKSUM);
	sample(0, &o, &standard);
	o.b[o.n - 1] ^= 1;
	no_answer(REJECT_CHECKSUM);
	/* What is no packet. */
	sample(2, &o, &standard);
	o.n = 19;
	no_answer(REJECT_MALFORMED);
	o.b[0] = 0;
	no_answer(REJECT_MALFORMED);
	sample(0, &o, &standard);
	o.b[32] = 0xf0;
	no_answer(REJECT_MALFORMED);
	/* No room. */
	sample(2, &o, &standard);
	(void)reject();
	assert_int_equal(reject_make(&packet, &layout, room, 4, &answer,
	    &why), 0);
	assert_int_equal(reject_make(&packet, &layout, room,
	    DIVERT_HEADROOM + 20, &answer, &why), 0);
}

/* What travels with it, the other way round. */
static void
way(void **state)
{
	(void)state;
	sample(0, &o, &standard);
	packet.in_ifindex = 7;
	packet.time.tv_sec = 1234567890;
	packet.mark = 5;
	packet.flags = DIVERT_PACKET_HAS_MARK | DIVERT_PACKET_HAS_ID;
	packet.addrlen = 16;
	assert_int_equal(reject(), 1);
	assert_int_equal(answer.direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(answer.ifname, "em0");
	assert_int_equal(answer.out_ifindex, 7);
	assert_int_equal(answer.in_ifindex, 0);
	assert_int_equal(answer.time.tv_sec, 1234567890);
	assert_int_equal(answer.flags, 0);
	assert_int_equal(answer.addrlen, 0);
	assert_int_equal(answer.hook, 0xff);
	packet.direction = DIVERT_DIRECTION_OUT;
	packet.out_ifindex = 8;
	assert_int_equal(reject_make(&packet, &layout, room, sizeof(room),
	    &answer, &why), 1);
	assert_int_equal(answer.direction, DIVERT_DIRECTION_IN);
	assert_string_equal(answer.ifname, "em0");
	assert_int_equal(answer.in_ifindex, 8);
	packet.direction = DIVERT_DIRECTION_NONE;
	assert_int_equal(reject_make(&packet, &layout, room, sizeof(room),
	    &answer, &why), 1);
	assert_int_equal(answer.direction, DIVERT_DIRECTION_NONE);
	memset(&packet, 0, sizeof(packet));
}

static void
reasons(void **state)
{
	int	 i, j;

	(void)state;
	for (i = 0; i < REJECT_REASONS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    reject_reason_name((enum reject_reason)i),
			    reject_reason_name((enum reject_reason)j));
	assert_string_equal(reject_reason_name(REJECT_REASONS), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_samples),
		cmocka_unit_test(resets),
		cmocka_unit_test(addresses),
		cmocka_unit_test(icmp_types),
		cmocka_unit_test(damaged),
		cmocka_unit_test(way),
		cmocka_unit_test(reasons)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
