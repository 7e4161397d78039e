/* SPDX-License-Identifier: ISC */

/*
 * One packet as one line for people: local time, as tcpdump(8) has it, where
 * it was seen, and what it is.
 */

#include "compat.h"

#include <stdio.h>
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

static size_t
make_prefix(char *buf, size_t size, struct divert_encoder *enc,
    const struct divert_packet *pkt)
{
	static const char *const	 directions[] = { "", "in ", "out " };
	char				 name[DIVERT_IFNAME_SIZE];
	int				 color, n;

	color = (enc->flags & DIVERT_ENCODE_COLOR) != 0;
	clean_name(name, pkt->ifname);
	n = snprintf(buf, size, "%s%s.%06ld%s %s%s%s%s",
	    color ? "\033[2m" : "",
	    clock_text(&enc->clock, pkt->time.tv_sec),
	    (long)(pkt->time.tv_nsec / 1000),
	    color ? "\033[0m" : "",
	    pkt->direction <= DIVERT_DIRECTION_OUT ?
	    directions[pkt->direction] : "",
	    name[0] != '\0' ? "on " : "", name, name[0] != '\0' ? " " : "");
	return ((size_t)n);
}

size_t
divert_encode_text_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	char	 line[LINE_MAX_USUAL], prefix[PREFIX_MAX];
	size_t	 len, need, wanted;

	len = make_prefix(prefix, sizeof(prefix), enc, pkt);
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
