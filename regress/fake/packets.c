/* SPDX-License-Identifier: ISC */

/*
 * Packets for the fake, and their sums, two bytes at a time: nothing of the
 * library, which is on trial.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "fake.h"

static void
put(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t
add(uint32_t sum, const uint8_t *p, uint32_t len)
{
	for (; len > 1; p += 2, len -= 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	if (len == 1)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (sum);
}

void
fake_parse4(const char *text, uint8_t *addr)
{
	int	 i;

	for (i = 0; i < 4; i++) {
		addr[i] = (uint8_t)strtol(text, NULL, 10);
		if ((text = strchr(text, '.')) == NULL)
			break;
		text++;
	}
}

void
fake_parse6(const char *text, uint8_t *addr)
{
	int	 i;

	for (i = 0; i < 8; i++) {
		put(addr + 2 * i, (uint32_t)strtol(text, NULL, 16));
		if ((text = strchr(text, ':')) == NULL)
			break;
		text++;
	}
}

void
fake_sum_header(uint8_t *data)
{
	put(data + 10, 0);
	put(data + 10, 0xffff ^ add(0, data, (data[0] & 15u) * 4));
}

int
fake_header_good(const uint8_t *data, uint32_t len)
{
	if (data[0] >> 4 != 4)
		return (1);
	return (len >= 20 && add(0, data, (data[0] & 15u) * 4) == 0xffff);
}

/* Sum of pseudo-header and upper layer; *at is where its sum stands. */
static uint32_t
sum_upper(const uint8_t *data, uint32_t len, uint32_t *at)
{
	uint32_t	 off, proto, sum;

	if (data[0] >> 4 == 4) {
		off = (data[0] & 15u) * 4;
		proto = data[9];
		sum = proto == FAKE_ICMP ? 0 : add(proto + len - off,
		    data + 12, 8);
	} else {
		off = 40;
		proto = data[6];
		sum = add(proto + len - off, data + 8, 32);
	}
	*at = off + (proto == FAKE_TCP ? 16 : proto == FAKE_UDP ? 6 : 2);
	if (proto == FAKE_OTHER)
		*at = 0;
	return (add(sum, data + off, len - off));
}

void
fake_sum_upper(uint8_t *data, uint32_t len)
{
	uint32_t	 at, sum;

	sum_upper(data, len, &at);
	if (at == 0)
		return;
	put(data + at, 0);
	sum = 0xffff ^ sum_upper(data, len, &at);
	put(data + at, sum == 0 ? 0xffff : sum);
}

int
fake_upper_good(const uint8_t *data, uint32_t len)
{
	uint32_t	 at, sum;

	sum = sum_upper(data, len, &at);
	return (at == 0 || sum == 0xffff);
}

static void
fill_upper(uint8_t *p, enum fake_proto proto, uint32_t len)
{
	uint32_t	 i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 7 + 3);
	if (len >= 8 && proto == FAKE_UDP)
		put(p + 4, len);
	if (len >= 20 && proto == FAKE_TCP) {
		p[12] = 0x50;
		p[13] = 0x10;
	}
	if (len >= 8 && proto == FAKE_ICMP)
		put(p, 0x0800);
	if (len >= 8 && proto == FAKE_ICMPV6)
		put(p, 0x8000);
}

uint32_t
fake_packet4(uint8_t *buf, enum fake_proto proto, uint32_t len)
{
	memset(buf, 0, 20);
	buf[0] = 0x45;
	put(buf + 2, len);
	put(buf + 4, 0x1234);
	buf[8] = 64;
	buf[9] = (uint8_t)proto;
	fake_parse4("203.0.113.5", buf + 12);
	fake_parse4("192.0.2.9", buf + 16);
	fill_upper(buf + 20, proto, len - 20);
	fake_sum_upper(buf, len);
	fake_sum_header(buf);
	return (len);
}

uint32_t
fake_packet6(uint8_t *buf, enum fake_proto proto, uint32_t len)
{
	memset(buf, 0, 40);
	buf[0] = 0x60;
	put(buf + 4, len - 40);
	buf[6] = (uint8_t)proto;
	buf[7] = 64;
	fake_parse6("2001:db8:1:0:0:0:0:5", buf + 8);
	fake_parse6("2001:db8:0:0:0:0:0:1", buf + 24);
	fill_upper(buf + 40, proto, len - 40);
	fake_sum_upper(buf, len);
	return (len);
}
