/* SPDX-License-Identifier: ISC */

/*
 * Text of JSON values, appended to a buffer.  On the hot path of every record
 * written: no bounds are checked here, no libc formatting is called, two
 * digits go at a time, and the second's text is kept until the second changes.
 */

#include "compat.h"

#include "divert_int.h"
#include "json_write.h"

static const char	digits2[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";
static const char	hex[] = "0123456789abcdef";
/* Two digits at once: 8 KiB for a third of the time. */
#define ROW(c)	{ \
	c, 'A', c, 'B', c, 'C', c, 'D', c, 'E', c, 'F', c, 'G', c, 'H', \
	c, 'I', c, 'J', c, 'K', c, 'L', c, 'M', c, 'N', c, 'O', c, 'P', \
	c, 'Q', c, 'R', c, 'S', c, 'T', c, 'U', c, 'V', c, 'W', c, 'X', \
	c, 'Y', c, 'Z', c, 'a', c, 'b', c, 'c', c, 'd', c, 'e', c, 'f', \
	c, 'g', c, 'h', c, 'i', c, 'j', c, 'k', c, 'l', c, 'm', c, 'n', \
	c, 'o', c, 'p', c, 'q', c, 'r', c, 's', c, 't', c, 'u', c, 'v', \
	c, 'w', c, 'x', c, 'y', c, 'z', c, '0', c, '1', c, '2', c, '3', \
	c, '4', c, '5', c, '6', c, '7', c, '8', c, '9', c, '+', c, '/' }
static const char	base64_pairs[64][128] = {
	ROW('A'), ROW('B'), ROW('C'), ROW('D'), ROW('E'), ROW('F'), ROW('G'),
	ROW('H'), ROW('I'), ROW('J'), ROW('K'), ROW('L'), ROW('M'), ROW('N'),
	ROW('O'), ROW('P'), ROW('Q'), ROW('R'), ROW('S'), ROW('T'), ROW('U'),
	ROW('V'), ROW('W'), ROW('X'), ROW('Y'), ROW('Z'), ROW('a'), ROW('b'),
	ROW('c'), ROW('d'), ROW('e'), ROW('f'), ROW('g'), ROW('h'), ROW('i'),
	ROW('j'), ROW('k'), ROW('l'), ROW('m'), ROW('n'), ROW('o'), ROW('p'),
	ROW('q'), ROW('r'), ROW('s'), ROW('t'), ROW('u'), ROW('v'), ROW('w'),
	ROW('x'), ROW('y'), ROW('z'), ROW('0'), ROW('1'), ROW('2'), ROW('3'),
	ROW('4'), ROW('5'), ROW('6'), ROW('7'), ROW('8'), ROW('9'), ROW('+'),
	ROW('/'),
};
#undef ROW
static const char	base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
two_digits(char *p, unsigned int v)
{
	memcpy(p, digits2 + v * 2, 2);
	return (p + 2);
}

/* Below 10,000, without leading zeros. */
static inline char *
few_digits(char *p, uint32_t v)
{
	uint32_t	 high = v / 100;

	if (v < 100) {
		if (v >= 10)
			return (two_digits(p, v));
		*p++ = (char)('0' + v);
		return (p);
	}
	if (high >= 10)
		p = two_digits(p, high);
	else
		*p++ = (char)('0' + high);
	return (two_digits(p, v % 100));
}

/* Below 10,000, with them. */
static inline char *
four_digits(char *p, uint32_t v)
{
	return (two_digits(two_digits(p, v / 100), v % 100));
}

char *
divert_json_number(char *p, uint64_t v)
{
	uint32_t	 low;

	if (v < 10000)
		return (few_digits(p, (uint32_t)v));
	if (v >= 100000000) {
		p = divert_json_number(p, v / 100000000);
		low = (uint32_t)(v % 100000000);
		p = four_digits(p, low / 10000);
	} else {
		low = (uint32_t)v;
		p = few_digits(p, low / 10000);
	}
	return (four_digits(p, low % 10000));
}

char *
divert_json_string(char *p, const char *s, size_t len)
{
	unsigned char	 c;
	size_t		 i;

	*p++ = '"';
	for (i = 0; i < len; i++) {
		c = (unsigned char)s[i];
		if (c == '"' || c == '\\') {
			*p++ = '\\';
			*p++ = (char)c;
		} else if (c >= 0x20 && c < 0x7f) {
			*p++ = (char)c;
		} else {
			p = json_literal(p, "\\u00");
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
	}
	*p++ = '"';
	return (p);
}

static void
set_second(struct json_clock *clock, int64_t second)
{
	struct tm	 tm;
	time_t		 t;
	char		*p;

	t = (time_t)second;
	gmtime_r(&t, &tm);
	p = two_digits(clock->text, (unsigned int)(tm.tm_year + 1900) / 100);
	p = two_digits(p, (unsigned int)(tm.tm_year + 1900) % 100);
	*p++ = '-';
	p = two_digits(p, (unsigned int)tm.tm_mon + 1);
	*p++ = '-';
	p = two_digits(p, (unsigned int)tm.tm_mday);
	*p++ = 'T';
	p = two_digits(p, (unsigned int)tm.tm_hour);
	*p++ = ':';
	p = two_digits(p, (unsigned int)tm.tm_min);
	*p++ = ':';
	p = two_digits(p, (unsigned int)tm.tm_sec % 100);
	*p = '.';
	clock->second = second;
	clock->set = 1;
}

char *
divert_json_time(char *p, struct json_clock *clock, const struct timespec *ts,
    int digits)
{
	int64_t		 second;
	unsigned int	 nano;

	second = (int64_t)ts->tv_sec;
	nano = (unsigned int)ts->tv_nsec;
	if (second < 0) {
		second = 0;
		nano = 0;
	} else if (second > INT64_C(253402300799)) {
		second = INT64_C(253402300799);
		nano = 999999999;
	}
	if (!clock->set || clock->second != second)
		set_second(clock, second);
	p = json_bytes(p, clock->text, sizeof(clock->text));
	p = two_digits(p, nano / 10000000);
	p = two_digits(p, nano / 100000 % 100);
	p = two_digits(p, nano / 1000 % 100);
	if (digits > 6) {
		*p++ = (char)('0' + nano / 100 % 10);
		p = two_digits(p, nano % 100);
	}
	*p++ = 'Z';
	return (p);
}

static char *
octet(char *p, unsigned int v)
{
	if (v >= 100) {
		*p++ = (char)('0' + v / 100);
		return (two_digits(p, v % 100));
	}
	if (v >= 10)
		return (two_digits(p, v));
	*p++ = (char)('0' + v);
	return (p);
}

char *
divert_json_ipv4(char *p, const uint8_t *a)
{
	p = octet(p, a[0]);
	*p++ = '.';
	p = octet(p, a[1]);
	*p++ = '.';
	p = octet(p, a[2]);
	*p++ = '.';
	return (octet(p, a[3]));
}

static char *
hex16(char *p, unsigned int v)
{
	if (v >= 0x1000)
		*p++ = hex[v >> 12];
	if (v >= 0x100)
		*p++ = hex[v >> 8 & 15];
	if (v >= 0x10)
		*p++ = hex[v >> 4 & 15];
	*p++ = hex[v & 15];
	return (p);
}

char *
divert_json_ipv6(char *p, const uint8_t *a)
{
	static const uint8_t	 mapped[12] = { [10] = 0xff, [11] = 0xff };
	int			 best, best_len, i, run;

	/* RFC 5952 section 5: the v4-mapped prefix is well known. */
	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		return (divert_json_ipv4(json_literal(p, "::ffff:"), a + 12));

	/* Section 4.2: the first longest run of two or more zero groups. */
	best = -1;
	best_len = 1;
	for (i = 0; i < 8; i += run + 1) {
		for (run = 0; i + run < 8; run++)
			if (get16(a + (i + run) * 2) != 0)
				break;
		if (run > best_len) {
			best = i;
			best_len = run;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == best) {
			*p++ = ':';
			*p++ = ':';
			i += best_len - 1;
			continue;
		}
		if (i > 0 && p[-1] != ':')
			*p++ = ':';
		p = hex16(p, get16(a + i * 2));
	}
	return (p);
}

char *
divert_json_base64(char *p, const uint8_t *s, size_t len)
{
	const char	*pairs;
	uint32_t	 v;

	pairs = (const char *)base64_pairs;
	for (; len >= 3; len -= 3, s += 3) {
		v = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];
		memcpy(p, pairs + (v >> 12) * 2, 2);
		memcpy(p + 2, pairs + (v & 0xfff) * 2, 2);
		p += 4;
	}
	if (len == 0)
		return (p);
	v = (uint32_t)s[0] << 16 | (len == 2 ? (uint32_t)s[1] << 8 : 0);
	p[0] = base64[v >> 18];
	p[1] = base64[v >> 12 & 63];
	p[2] = len == 2 ? base64[v >> 6 & 63] : '=';
	p[3] = '=';
	return (p + 4);
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '+')
		return (62);
	if (c == '/')
		return (63);
	return (-1);
}

ssize_t
divert_json_base64_decode(uint8_t *out, const char *s, size_t len)
{
	uint8_t		*start;
	uint32_t	 v;
	size_t		 i;
	int		 digit;

	start = out;
	if (len % 4 != 0)
		return (-1);
	if (len > 0 && s[len - 1] == '=')
		len -= s[len - 2] == '=' ? 2 : 1;
	v = 0;
	for (i = 0; i < len; i++) {
		if ((digit = base64_value(s[i])) == -1)
			return (-1);
		v = v << 6 | (uint32_t)digit;
		switch (i % 4) {
		case 1:
			*out++ = (uint8_t)(v >> 4);
			break;
		case 2:
			*out++ = (uint8_t)(v >> 2);
			break;
		case 3:
			*out++ = (uint8_t)v;
			break;
		default:
			break;
		}
	}
	return (out - start);
}
