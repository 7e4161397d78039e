/* SPDX-License-Identifier: ISC */

/*
 * One packet as one line for people: local time, as tcpdump(8) has it, where
 * it was seen, and what it is.
 */

#include "compat.h"

#include <time.h>

#include "encode.h"

#define PREFIX_MAX	128
#define LINE_MAX_USUAL	512

/* Only printable ASCII: a name may hold anything, a terminal sees it. */
static void
clean_name(char *to, const char *from)
{
	size_t	 i;

	for (i = 0; i < DIVERT_IFNAME_SIZE - 1 && from[i] != '\0'; i++)
		to[i] = from[i] > ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

static const char *
clock_text(struct json_clock *clock, time_t t)
{
	struct tm	 tm;

	if (!clock->set || clock->second != (int64_t)t) {
		if (localtime_r(&t, &tm) == NULL)
			memset(&tm, 0, sizeof(tm));
		strftime(clock->text, sizeof(clock->text), "%H:%M:%S", &tm);
		clock->second = (int64_t)t;
		clock->set = 1;
	}
	return (clock->text);
}

static char *
put(char *p, const char *s)
{
	return (json_bytes(p, s, strlen(s)));
}

/* Returns where the prefix ends; at most PREFIX_MAX bytes. */
static char *
put_prefix(char *p, struct divert_encoder *enc, const struct divert_packet *pkt)
{
	char	 digits[8], name[DIVERT_IFNAME_SIZE];
	long	 usec;
	int	 color, i;

	color = (enc->flags & DIVERT_ENCODE_COLOR) != 0;
	usec = pkt->time.tv_nsec / 1000;
	for (i = 6; i > 0; i--, usec /= 10)
		digits[i] = (char)('0' + usec % 10);
	digits[0] = '.';
	if (color)
		p = json_literal(p, "\033[2m");
	p = put(p, clock_text(&enc->clock, pkt->time.tv_sec));
	p = json_bytes(p, digits, 7);
	if (color)
		p = json_literal(p, "\033[0m");
	*p++ = ' ';
	if (pkt->direction == DIVERT_DIRECTION_IN)
		p = json_literal(p, "in ");
	else if (pkt->direction == DIVERT_DIRECTION_OUT)
		p = json_literal(p, "out ");
	if (pkt->ifname[0] != '\0') {
		clean_name(name, pkt->ifname);
		p = json_literal(p, "on ");
		p = put(p, name);
		*p++ = ' ';
	}
	return (p);
}

size_t
divert_encode_text_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	char	 line[LINE_MAX_USUAL], prefix[PREFIX_MAX];
	size_t	 len, need, wanted;

	len = (size_t)(put_prefix(prefix, enc, pkt) - prefix);
	wanted = divert_packet_format(pkt, line, sizeof(line));
	need = len + wanted + 1;
	if (size < need)
		return (need);
	memcpy(buf, prefix, len);
	if (wanted < sizeof(line))
		memcpy(buf + len, line, wanted);
	else
		divert_packet_format(pkt, (char *)buf + len, wanted + 1);
	buf[need - 1] = '\n';
	return (need);
}
