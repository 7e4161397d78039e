/* SPDX-License-Identifier: ISC */
#ifndef PACKETS_H
#define PACKETS_H

/*
 * Packets of every kind the library knows, built byte by byte, and slow
 * models of the checksums: the oracle of the packet, checksum, edit and format
 * tests.  Nothing here uses the library.
 *
 * A sample is built from parameters, so an edit can be held against the same
 * sample built with the new value.
 */

#include <arpa/inet.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct params {
	const char	*src4, *dst4, *src6, *dst6;
	uint16_t	 sport, dport;	/* also ICMP: sport is the id */
	uint16_t	 mss;
	uint8_t		 ttl;
	size_t		 payload;	/* bytes of it */
};

static const struct params standard = {
	"192.0.2.1", "198.51.100.7", "2001:db8::1", "2001:db8:1::7",
	40000, 443, 1460, 64, 21
};

struct bytes {
	uint8_t	b[70000];
	size_t	n;
};

/* The sum of RFC 1071 as its section 1 tells it, one word after the other. */
static inline uint16_t
slow_sum(uint16_t sum, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += 2) {
		uint32_t word = (uint32_t)p[i] * 256;

		if (i + 1 < n)
			word += p[i + 1];
		word += sum;
		if (word > 65535)
			word -= 65535;
		sum = (uint16_t)word;
	}
	return (sum);
}

/* CRC32c bit by bit, as a shift register (RFC 9260 appendix A). */
static inline uint32_t
slow_crc(const uint8_t *p, size_t n)
{
	uint32_t crc = 0xffffffff;
	size_t i;
	int bit;

	for (i = 0; i < n; i++) {
		for (bit = 0; bit < 8; bit++) {
			uint32_t in = (uint32_t)p[i] >> bit & 1;

			if (((crc & 1) ^ in) != 0)
				crc = crc >> 1 ^ 0x82f63b78;
			else
				crc >>= 1;
		}
	}
	return (~crc);
}

static inline void
add(struct bytes *o, const void *p, size_t n)
{
	memcpy(o->b + o->n, p, n);
	o->n += n;
}

static inline void
add8(struct bytes *o, unsigned int v)
{
	o->b[o->n++] = (uint8_t)v;
}

static inline void
add16(struct bytes *o, unsigned int v)
{
	add8(o, v >> 8);
	add8(o, v);
}

static inline void
add32(struct bytes *o, uint32_t v)
{
	add16(o, v >> 16);
	add16(o, v & 0xffff);
}

static inline void
set_at(struct bytes *o, size_t at, unsigned int v)
{
	o->b[at] = (uint8_t)(v >> 8);
	o->b[at + 1] = (uint8_t)v;
}

static inline void
add_address(struct bytes *o, const char *text)
{
	uint8_t a[16];
	int six = strchr(text, ':') != NULL;

	if (inet_pton(six ? AF_INET6 : AF_INET, text, a) != 1)
		abort();
	add(o, a, six ? 16 : 4);
}

static inline void
add_payload(struct bytes *o, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		add8(o, (unsigned int)(i * 7 + 13));
}

/* An IPv4 header of 20 bytes and options; returns where it begins. */
static inline size_t
begin4(struct bytes *o, const struct params *p, unsigned int proto,
    unsigned int frag, const char *options, size_t optlen)
{
	size_t at = o->n;

	add8(o, 0x40 + 5 + (unsigned int)optlen / 4);
	add8(o, 0);
	add16(o, 0);
	add16(o, 54321);
	add16(o, frag);
	add8(o, p->ttl);
	add8(o, proto);
	add16(o, 0);
	add_address(o, p->src4);
	add_address(o, p->dst4);
	add(o, options, optlen);
	return (at);
}

static inline size_t
begin6(struct bytes *o, const struct params *p, unsigned int next)
{
	size_t at = o->n;

	add32(o, 0x60012345);
	add16(o, 0);
	add8(o, next);
	add8(o, p->ttl);
	add_address(o, p->src6);
	add_address(o, p->dst6);
	return (at);
}

/* Length and header checksum of the packet that begins at at. */
static inline void
end_ip(struct bytes *o, size_t at)
{
	size_t hlen;

	if (o->b[at] >> 4 == 6) {
		set_at(o, at + 4, (unsigned int)(o->n - at - 40));
		return;
	}
	hlen = (size_t)(o->b[at] & 15) * 4;
	set_at(o, at + 2, (unsigned int)(o->n - at));
	set_at(o, at + 10, 0);
	set_at(o, at + 10, 0xffffu & ~(unsigned int)slow_sum(0, o->b + at,
	    hlen));
}

/*
 * The checksum of an upper layer of proto from l4 to the end (cover bytes of
 * it, 0: all), at field; dst: the final destination's place.
 */
static inline void
end_l4(struct bytes *o, size_t ip, size_t l4, unsigned int proto, size_t field,
    size_t dst, size_t cover)
{
	struct bytes *ps = calloc(1, sizeof(*ps));
	size_t n = o->n - l4;
	uint16_t sum = 0;

	if (ps == NULL)
		abort();
	if (o->b[ip] >> 4 == 4) {
		add(ps, o->b + ip + 12, 4);
		add(ps, o->b + (dst != 0 ? dst : ip + 16), 4);
		add16(ps, proto);
		add16(ps, (unsigned int)n);
	} else {
		add(ps, o->b + ip + 8, 16);
		add(ps, o->b + (dst != 0 ? dst : ip + 24), 16);
		add32(ps, (uint32_t)n);
		add32(ps, proto);
	}
	if (proto != 1)
		sum = slow_sum(0, ps->b, ps->n);
	free(ps);
	set_at(o, l4 + field, 0);
	sum = slow_sum(sum, o->b + l4, cover != 0 ? cover : n);
	sum = (uint16_t)~sum;
	if (sum == 0 && (proto == 17 || proto == 136))
		sum = 0xffff;
	set_at(o, l4 + field, sum);
}

static inline void
tcp_part(struct bytes *o, const struct params *p, size_t ip, size_t dst,
    unsigned int flags, const char *options, size_t optlen)
{
	size_t at = o->n;

	add16(o, p->sport);
	add16(o, p->dport);
	add32(o, 4096);
	add32(o, (flags & 0x10) != 0 ? 8192 : 0);
	add8(o, (5 + (unsigned int)optlen / 4) << 4);
	add8(o, flags);
	add16(o, 64240);
	add32(o, 0);
	add(o, options, optlen);
	if ((flags & 2) == 0)
		add_payload(o, p->payload);
	end_l4(o, ip, at, 6, 16, dst, 0);
}

static inline void
udp_part(struct bytes *o, const struct params *p, size_t ip, size_t dst,
    unsigned int proto, size_t cover)
{
	size_t at = o->n;

	add16(o, p->sport);
	add16(o, p->dport);
	add16(o, (unsigned int)(proto == 17 ? p->payload + 8 : cover));
	add16(o, 0);
	add_payload(o, p->payload);
	end_l4(o, ip, at, proto, 6, dst, cover);
}

static inline void
echo_part(struct bytes *o, const struct params *p, size_t ip, size_t dst)
{
	size_t at = o->n;
	int six = o->b[ip] >> 4 == 6;

	add16(o, six ? 0x8000 : 0x0800);
	add16(o, 0);
	add16(o, p->sport);
	add16(o, 1);
	add_payload(o, p->payload);
	end_l4(o, ip, at, six ? 58 : 1, 2, dst, 0);
}

/* An ICMP error of type and code with the first n bytes of a UDP packet. */
static inline void
error_part(struct bytes *o, size_t ip, unsigned int type, unsigned int code,
    uint32_t rest, size_t n)
{
	struct params q = {
		"198.51.100.7", "203.0.113.53", "2001:db8:1::7",
		"2001:db8:2::53", 5353, 53, 0, 63, 30
	};
	struct bytes *in = calloc(1, sizeof(*in));
	size_t at = o->n, inner;
	int six = o->b[ip] >> 4 == 6;

	if (in == NULL)
		abort();
	add8(o, type);
	add8(o, code);
	add16(o, 0);
	add32(o, rest);
	inner = six ? begin6(in, &q, 17) : begin4(in, &q, 17, 0, "", 0);
	udp_part(in, &q, inner, 0, 17, 0);
	end_ip(in, inner);
	add(o, in->b, n < in->n ? n : in->n);
	free(in);
	end_l4(o, ip, at, six ? 58 : 1, 2, 0, 0);
}

static inline void
sctp_part(struct bytes *o, const struct params *p)
{
	size_t at = o->n;
	uint32_t crc;

	add16(o, p->sport);
	add16(o, p->dport);
	add32(o, 0x11223344);
	add32(o, 0);
	add8(o, 1);		/* INIT */
	add8(o, 0);
	add16(o, 20);
	add32(o, 0x55667788);
	add32(o, 65536);
	add16(o, 10);
	add16(o, 10);
	add32(o, 4096);
	add8(o, 10);		/* COOKIE ECHO */
	add8(o, 0);
	add16(o, (unsigned int)p->payload + 4);
	add_payload(o, p->payload);
	while ((o->n - at) % 4 != 0)
		add8(o, 0);
	crc = slow_crc(o->b + at, o->n - at);
	o->b[at + 8] = (uint8_t)crc;
	o->b[at + 9] = (uint8_t)(crc >> 8);
	o->b[at + 10] = (uint8_t)(crc >> 16);
	o->b[at + 11] = (uint8_t)(crc >> 24);
}

/* An authentication header of 24 bytes. */
static inline void
ah_part(struct bytes *o, unsigned int next)
{
	add8(o, next);
	add8(o, 4);
	add16(o, 0);
	add32(o, 0x1001);
	add32(o, 7);
	add_payload(o, 12);
}

/* An option header of 8 bytes, padding alone (PadN of 4). */
static inline void
opt_part(struct bytes *o, unsigned int next)
{
	add8(o, next);
	add8(o, 0);
	add32(o, 0x01040000);
	add16(o, 0);
}

/* A fragment header. */
static inline void
frag_part(struct bytes *o, unsigned int next, unsigned int offmore)
{
	add16(o, next << 8);
	add16(o, offmore);
	add32(o, 0xdeadbeef);
}

/* A routing header of type with two addresses, one segment left. */
static inline size_t
route_part(struct bytes *o, unsigned int next, unsigned int type,
    unsigned int left, unsigned int cmpr)
{
	add8(o, next);
	add8(o, 4);
	add8(o, type);
	add8(o, left);
	add32(o, cmpr);
	add_address(o, "2001:db8:a::a");
	add_address(o, "2001:db8:b::b");
	return (o->n - 32);
}

#define TCP_MSS		"\2\4\5\264"		/* 1460 */
#define TCP_STAMP	"\1\1\10\12\0\0\0\1\0\0\0\2"

/*
 * Build sample i into o.  Returns its name, NULL when there are no more.
 */
static inline const char *
sample(unsigned int i, struct bytes *o, const struct params *p)
{
	char mss[20];
	size_t in, ip, r;

	o->n = 0;
	switch (i) {
	case 0:
		ip = begin4(o, p, 6, 0x4000, "", 0);
		memcpy(mss, TCP_MSS, 4);
		mss[2] = (char)(p->mss >> 8);
		mss[3] = (char)p->mss;
		tcp_part(o, p, ip, 0, 0x02, mss, 4);
		end_ip(o, ip);
		return ("tcp4 syn");
	case 1:
		ip = begin4(o, p, 6, 0x4000, "", 0);
		tcp_part(o, p, ip, 0, 0x18, TCP_STAMP, 12);
		end_ip(o, ip);
		return ("tcp4 data");
	case 2:
		ip = begin4(o, p, 17, 0, "", 0);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp4");
	case 3:
		ip = begin4(o, p, 17, 0, "", 0);
		udp_part(o, p, ip, 0, 17, 0);
		set_at(o, 26, 0);
		end_ip(o, ip);
		return ("udp4 without sum");
	case 4:
		ip = begin4(o, p, 136, 0, "", 0);
		udp_part(o, p, ip, 0, 136, 8);
		end_ip(o, ip);
		return ("udplite4 covering its header");
	case 5:
		ip = begin6(o, p, 136);
		udp_part(o, p, ip, 0, 136, 0);
		end_ip(o, ip);
		return ("udplite6 covering all");
	case 6:
		ip = begin4(o, p, 1, 0, "", 0);
		echo_part(o, p, ip, 0);
		end_ip(o, ip);
		return ("icmp4 echo");
	case 7:
		ip = begin4(o, p, 1, 0, "", 0);
		error_part(o, ip, 3, 3, 0, 28);
		end_ip(o, ip);
		return ("icmp4 port unreachable");
	case 8:
		ip = begin4(o, p, 1, 0, "", 0);
		error_part(o, ip, 3, 4, 1400, 500);
		end_ip(o, ip);
		return ("icmp4 need to frag");
	case 9:
		ip = begin4(o, p, 1, 0, "", 0);
		error_part(o, ip, 11, 0, 0, 28);
		end_ip(o, ip);
		return ("icmp4 time exceeded");
	case 10:
		ip = begin4(o, p, 1, 0, "", 0);
		error_part(o, ip, 5, 1, 0xc0000209, 28);
		end_ip(o, ip);
		return ("icmp4 redirect");
	case 11:
		ip = begin4(o, p, 132, 0, "", 0);
		sctp_part(o, p);
		end_ip(o, ip);
		return ("sctp4");
	case 12:
		ip = begin4(o, p, 47, 0, "", 0);
		add32(o, 0x00000800);
		in = begin4(o, &standard, 1, 0, "", 0);
		echo_part(o, &standard, in, 0);
		end_ip(o, in);
		end_ip(o, ip);
		return ("gre4 with ip4");
	case 13:
		ip = begin4(o, p, 47, 0, "", 0);
		add32(o, 0x300086dd);
		add32(o, 0xabc);
		add32(o, 5);
		in = begin6(o, &standard, 17);
		udp_part(o, &standard, in, 0, 17, 0);
		end_ip(o, in);
		end_ip(o, ip);
		return ("gre4 with key, sequence and ip6");
	case 14:
		ip = begin4(o, p, 47, 0, "", 0);
		add32(o, 0x3081880b);
		add16(o, (unsigned int)p->payload);
		add16(o, 99);
		add32(o, 3);
		add32(o, 2);
		add_payload(o, p->payload);
		end_ip(o, ip);
		return ("pptp");
	case 15:
		ip = begin4(o, p, 50, 0, "", 0);
		add32(o, 0x1000);
		add32(o, 1);
		add_payload(o, p->payload);
		end_ip(o, ip);
		return ("esp4");
	case 16:
		ip = begin4(o, p, 51, 0, "", 0);
		ah_part(o, 6);
		tcp_part(o, p, ip, 0, 0x10, "", 0);
		end_ip(o, ip);
		return ("ah4 with tcp");
	case 17:
		ip = begin4(o, p, 4, 0, "", 0);
		in = begin4(o, &standard, 17, 0, "", 0);
		udp_part(o, &standard, in, 0, 17, 0);
		end_ip(o, in);
		end_ip(o, ip);
		return ("ip4 in ip4");
	case 18:
		ip = begin4(o, p, 41, 0, "", 0);
		in = begin6(o, &standard, 6);
		tcp_part(o, &standard, in, 0, 0x11, "", 0);
		end_ip(o, in);
		end_ip(o, ip);
		return ("ip6 in ip4");
	case 19:
		ip = begin4(o, p, 2, 0, "\224\4\0\0", 4);
		add32(o, 0x1600e9fc);
		add32(o, 0xe0000001);
		end_ip(o, ip);
		return ("igmp with router alert");
	case 20:
		ip = begin4(o, p, 17, 0, "\1\7\7\4\0\0\0\0", 8);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp4 with record route");
	case 21:
		/* The sum is over all of the datagram: any will do here. */
		ip = begin4(o, p, 17, 0x2000, "", 0);
		in = o->n;
		udp_part(o, p, ip, 0, 17, 0);
		set_at(o, in + 4, 4008);
		end_ip(o, ip);
		return ("udp4 first fragment");
	case 22:
		ip = begin4(o, p, 17, 0x2003, "", 0);
		add_payload(o, 24);
		end_ip(o, ip);
		return ("udp4 middle fragment");
	case 23:
		ip = begin4(o, p, 17, 0x0006, "", 0);
		add_payload(o, 3);
		end_ip(o, ip);
		return ("udp4 last fragment");
	case 24:
		ip = begin6(o, p, 6);
		memcpy(mss, "\1" TCP_MSS "\1\1\1", 8);
		mss[3] = (char)(p->mss >> 8);
		mss[4] = (char)p->mss;
		tcp_part(o, p, ip, 0, 0x12, mss, 8);
		end_ip(o, ip);
		return ("tcp6 syn, mss at an odd place");
	case 25:
		ip = begin6(o, p, 17);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp6");
	case 26:
		ip = begin6(o, p, 58);
		echo_part(o, p, ip, 0);
		end_ip(o, ip);
		return ("icmp6 echo");
	case 27:
		ip = begin6(o, p, 58);
		error_part(o, ip, 1, 4, 0, 500);
		end_ip(o, ip);
		return ("icmp6 port unreachable");
	case 28:
		ip = begin6(o, p, 58);
		error_part(o, ip, 2, 0, 1280, 48);
		end_ip(o, ip);
		return ("icmp6 too big");
	case 29:
		ip = begin6(o, p, 58);
		in = o->n;
		add32(o, 0x87000000);
		add32(o, 0);
		add_address(o, "fe80::1");
		end_l4(o, ip, in, 58, 2, 0, 0);
		end_ip(o, ip);
		return ("icmp6 neighbor solicitation");
	case 30:
		ip = begin6(o, p, 0);
		opt_part(o, 58);
		in = o->n;
		add32(o, 0x8f000000);
		add32(o, 0);
		end_l4(o, ip, in, 58, 2, 0, 0);
		end_ip(o, ip);
		return ("icmp6 behind hop-by-hop options");
	case 31:
		ip = begin6(o, p, 60);
		opt_part(o, 17);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp6 behind destination options");
	case 32:
		ip = begin6(o, p, 43);
		r = route_part(o, 17, 0, 2, 0);
		udp_part(o, p, ip, r + 16, 17, 0);
		end_ip(o, ip);
		return ("udp6 behind a route of type 0");
	case 33:
		ip = begin6(o, p, 43);
		r = route_part(o, 6, 4, 1, 0x01000000);
		tcp_part(o, p, ip, r, 0x10, "", 0);
		end_ip(o, ip);
		return ("tcp6 behind segments");
	case 34:
		ip = begin6(o, p, 43);
		route_part(o, 17, 0, 0, 0);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp6 behind a route used up");
	case 35:
		/* Its last address lacks the 8 bytes of the destination's. */
		ip = begin6(o, p, 43);
		route_part(o, 17, 3, 1, 0x88000000);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp6 behind a compressed route");
	case 36:
		ip = begin6(o, p, 44);
		frag_part(o, 17, 1);
		in = o->n;
		udp_part(o, p, ip, 0, 17, 0);
		set_at(o, in + 4, 4008);
		end_ip(o, ip);
		return ("udp6 first fragment");
	case 37:
		ip = begin6(o, p, 44);
		frag_part(o, 17, 1448);
		add_payload(o, 11);
		end_ip(o, ip);
		return ("udp6 last fragment");
	case 38:
		ip = begin6(o, p, 44);
		frag_part(o, 17, 0);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp6 atomic fragment");
	case 39:
		ip = begin6(o, p, 51);
		ah_part(o, 60);
		opt_part(o, 6);
		tcp_part(o, p, ip, 0, 0x04, "", 0);
		end_ip(o, ip);
		return ("tcp6 behind ah and options");
	case 40:
		ip = begin6(o, p, 50);
		add32(o, 0x2000);
		add32(o, 0x10);
		add_payload(o, p->payload);
		end_ip(o, ip);
		return ("esp6");
	case 41:
		ip = begin6(o, p, 135);
		in = o->n;
		add32(o, 0x3b000000);
		add32(o, 0);
		end_l4(o, ip, in, 135, 4, 0, 0);
		end_ip(o, ip);
		return ("mobility");
	case 42:
		ip = begin6(o, p, 139);
		add8(o, 17);
		add8(o, 0);
		add_payload(o, 6);
		udp_part(o, p, ip, 0, 17, 0);
		end_ip(o, ip);
		return ("udp6 behind hip");
	case 43:
		ip = begin6(o, p, 41);
		in = begin6(o, &standard, 58);
		echo_part(o, &standard, in, 0);
		end_ip(o, in);
		end_ip(o, ip);
		return ("ip6 in ip6");
	case 44:
		ip = begin6(o, p, 59);
		end_ip(o, ip);
		return ("no next header");
	case 45:
		ip = begin6(o, p, 132);
		sctp_part(o, p);
		end_ip(o, ip);
		return ("sctp6");
	case 46:
		ip = begin6(o, p, 33);
		in = o->n;
		add16(o, p->sport);
		add16(o, p->dport);
		add32(o, 0x04000000);
		add32(o, 0x01000000);
		add32(o, 9);
		end_l4(o, ip, in, 33, 6, 0, 0);
		end_ip(o, ip);
		return ("dccp6");
	case 47:
		ip = begin4(o, p, 253, 0, "", 0);
		add_payload(o, p->payload);
		end_ip(o, ip);
		return ("an unknown protocol");
	case 48:
		ip = begin6(o, p, 89);
		in = o->n;
		add32(o, 0x03010010);
		add32(o, 0x0a000001);
		add32(o, 0);
		add32(o, 0);
		end_l4(o, ip, in, 89, 12, 0, 0);
		end_ip(o, ip);
		return ("ospf6");
	default:
		return (NULL);
	}
}

#endif
