/* SPDX-License-Identifier: ISC */

/*
 * Addresses as text.  inet_ntop(3) goes through printf(3) in more than one
 * libc; a line per packet needs better.
 */

#include "compat.h"

#include "packet_int.h"

static char	*text4(char *, const uint8_t *);
static char	*text6(char *, const uint8_t *);

size_t
divert_address_text(char *buf, const uint8_t *addr, int version)
{
	char *end;

	end = version == 4 ? text4(buf, addr) : text6(buf, addr);
	return ((size_t)(end - buf));
}

static char *
text4(char *s, const uint8_t *a)
{
	unsigned int i, v;

	for (i = 0; i < 4; i++) {
		v = a[i];
		if (i > 0)
			*s++ = '.';
		if (v >= 100) {
			*s++ = (char)('0' + v / 100);
			v %= 100;
			*s++ = (char)('0' + v / 10);
		} else if (v >= 10)
			*s++ = (char)('0' + v / 10);
		*s++ = (char)('0' + v % 10);
	}
	return (s);
}

/*
 * RFC 5952: lower case, no leading zeros, the first of the longest runs of at
 * least two zero groups as "::".  Mapped and compatible addresses end in
 * dotted form, as inet_ntop(3) has them.
 */
static char *
text6(char *s, const uint8_t *a)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int best = 8, best_len = 1, i, n, v;

	for (i = 0; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && (a[(i + n) * 2] |
		    a[(i + n) * 2 + 1]) == 0; n++)
			;
		if (n > best_len) {
			best = i;
			best_len = n;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == best) {
			*s++ = ':';
			if (i + best_len == 8)
				*s++ = ':';
			i += best_len - 1;
			continue;
		}
		if (i > 0)
			*s++ = ':';
		if (i == 6 && best == 0 && (best_len == 6 ||
		    (best_len == 5 && get16(a + 10) == 0xffff)))
			return (text4(s, a + 12));
		v = get16(a + i * 2);
		if (v >= 0x1000)
			*s++ = digits[v >> 12];
		if (v >= 0x100)
			*s++ = digits[v >> 8 & 0xf];
		if (v >= 0x10)
			*s++ = digits[v >> 4 & 0xf];
		*s++ = digits[v & 0xf];
	}
	return (s);
}
