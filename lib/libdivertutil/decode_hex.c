/* SPDX-License-Identifier: ISC */

/*
 * Dumps in hexadecimal: of tcpdump with -x, -xx, -X and -XX, its lines of text
 * among them, of xxd, hexdump -C, od -A x -t x1 and tshark -x, and packets as
 * one bare string of digits in a line.  A packet begins where the offset is 0
 * and ends before a line that does not go on with it, or with a line that is
 * shorter than the one before, so that nothing waits for the next packet.
 */

#include "compat.h"

#include "decode.h"

/*
 * As much of a line as is looked at to tell what it is; digits in pairs with
 * blanks between them are whole there.
 */
#define START_MAX	62
/* Fewer digits without an offset are no packet. */
#define BARE_MIN	40

#define MAX_FRAME	DECODE_MADE_MAX

enum line_kind {
	LINE_BLANK,
	LINE_TEXT,
	LINE_DUMP,		/* with an offset */
	LINE_OFFSET,		/* nothing else: the end of a dump */
	LINE_STAR,		/* as the last, again and again */
	LINE_BARE		/* digits alone */
};

/* What is left of a line. */
struct text {
	const uint8_t	*p;
	const uint8_t	*end;
};

/* Skip blanks; how many there were. */
static size_t
skip_blanks(struct text *t)
{
	const uint8_t	*start;

	for (start = t->p; t->p < t->end && decode_is_blank(*t->p); t->p++)
		continue;
	return ((size_t)(t->p - start));
}

/* How many hexadecimal digits come next. */
static size_t
count_digits(const struct text *t)
{
	size_t	 n;

	for (n = 0; t->p + n < t->end && decode_digit(t->p[n]) != -1; n++)
		continue;
	return (n);
}

/* Blanks at both ends of a line are of no interest. */
static struct text
trim(const uint8_t *p, size_t len)
{
	struct text	 t;

	t.p = p;
	t.end = p + len;
	while (t.end > t.p && decode_is_blank(t.end[-1]))
		t.end--;
	skip_blanks(&t);
	return (t);
}

/*
 * An offset and what sets it off: "0x0010:" or "00000010:" or four digits and
 * more, then a blank or the end.  Whether there is one.
 */
static int
read_offset(struct text *t, uint32_t *offset)
{
	struct text	 s;
	size_t		 i, n;

	s = *t;
	if (s.end - s.p > 2 && s.p[0] == '0' && (s.p[1] == 'x' ||
	    s.p[1] == 'X'))
		s.p += 2;
	n = count_digits(&s);
	if (n < 4 || n > 8)
		return (0);
	for (*offset = 0, i = 0; i < n; i++)
		*offset = *offset << 4 | (uint32_t)decode_digit(s.p[i]);
	s.p += n;
	if (s.p < s.end && *s.p == ':')
		s.p++;
	else if (s.p != t->p + n)
		return (0);		/* 0x without a colon */
	if (s.p < s.end && !decode_is_blank(*s.p))
		return (0);
	skip_blanks(&s);
	*t = s;
	return (1);
}

/* Whether the line is of two digits, a blank, two digits. */
static int
is_spaced(struct text t, size_t *digits)
{
	for (*digits = 0; t.p < t.end; *digits += 2) {
		if (count_digits(&t) != 2)
			return (0);
		t.p += 2;
		if (skip_blanks(&t) != 1 && t.p < t.end)
			return (0);
	}
	return (1);
}

static enum line_kind
classify(struct text t)
{
	uint32_t	 offset;
	size_t		 n;

	if (t.p == t.end)
		return (LINE_BLANK);
	if (t.end - t.p == 1 && *t.p == '*')
		return (LINE_STAR);
	n = count_digits(&t);
	if ((t.p + n == t.end || is_spaced(t, &n)) && n >= BARE_MIN)
		return (LINE_BARE);
	if (!read_offset(&t, &offset))
		return (LINE_TEXT);
	if (t.p == t.end)
		return (LINE_OFFSET);
	/* A word, and not the first byte: what looked like an offset. */
	n = count_digits(&t);
	if (n == 0 || n % 2 != 0 || (t.p + n < t.end &&
	    !decode_is_blank(t.p[n])))
		return (LINE_TEXT);
	return (LINE_DUMP);
}

/* "12:00:00.1 ", "2026-11-23 12:00:00.1 " or "1795435200.1 ". */
static int
begins_with_time(struct text t)
{
	static const char *const	 shapes[] = {
		"99:99:99.9", "9999-99-99 99:99:99.9", "9999999999.9",
	};
	size_t				 i, n;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		for (n = 0; shapes[i][n] != '\0' && t.p + n < t.end; n++) {
			if (shapes[i][n] == '9' ? t.p[n] < '0' ||
			    t.p[n] > '9' : t.p[n] != shapes[i][n])
				break;
		}
		if (shapes[i][n] == '\0')
			return (1);
	}
	return (0);
}

/* A word, and what begins behind it. */
static struct text
next_word(struct text *t)
{
	struct text	 word;

	skip_blanks(t);
	word.p = t->p;
	while (t->p < t->end && !decode_is_blank(*t->p))
		t->p++;
	word.end = t->p;
	return (word);
}

static int
is_word(struct text word, const char *s)
{
	return ((size_t)(word.end - word.p) == strlen(s) &&
	    memcmp(word.p, s, strlen(s)) == 0);
}

/*
 * How a dump begins, decided by START_MAX bytes of its first line, so that it
 * does not matter in what pieces it comes.
 */
int
divert_decode_is_hex(const uint8_t *p, size_t len, int eof)
{
	const uint8_t	*end;
	struct text	 t;
	uint32_t	 offset;
	size_t		 i, n;
	enum line_kind	 kind;

	n = len < START_MAX ? len : START_MAX;
	end = memchr(p, '\n', n);
	if (end != NULL)
		n = (size_t)(end - p);
	/* What cannot become one is refused as soon as it is seen. */
	if (n > 0 && decode_digit(p[0]) == -1 && p[0] != 'I')
		return (-1);
	for (i = 0; i < n; i++)
		if ((p[i] < ' ' || p[i] > '~') && !decode_is_blank(p[i]))
			return (-1);
	if (end == NULL && n < START_MAX && !eof)
		return (0);
	t = trim(p, n);
	kind = classify(t);
	if (kind == LINE_BARE || begins_with_time(t))
		return (1);
	if (kind == LINE_DUMP)
		return (read_offset(&t, &offset) && offset == 0 ? 1 : -1);
	/* tcpdump -t */
	t = next_word(&t);
	return (is_word(t, "IP") || is_word(t, "IP6") || is_word(t, "ARP,") ?
	    1 : -1);
}

/* "1795435200.123456" or "2026-11-23 12:00:00.123456": the time, or none. */
static void
read_time(struct text *t, struct timespec *ts)
{
	struct text	 date, word;
	char		 text[40];
	int64_t		 sec;
	size_t		 n;
	long		 unit;

	memset(ts, 0, sizeof(*ts));
	word = next_word(t);
	if (word.end - word.p == 10 && word.p[4] == '-') {
		/* As RFC 3339 has it, in UTC. */
		date = word;
		word = next_word(t);
		n = (size_t)(word.end - word.p);
		if (n > 20)
			return;
		memcpy(text, date.p, 10);
		text[10] = 'T';
		memcpy(text + 11, word.p, n);
		text[11 + n] = '\0';
		if (divert_decode_time(text, ts) == -1)
			memset(ts, 0, sizeof(*ts));
		return;
	}
	for (sec = 0; word.p < word.end && *word.p >= '0' && *word.p <= '9' &&
	    sec < UINT32_MAX; word.p++)
		sec = sec * 10 + (*word.p - '0');
	/* Without a date a time says nothing. */
	if (word.p == word.end || *word.p != '.')
		return;
	ts->tv_sec = (time_t)sec;
	unit = 100000000;
	for (word.p++; word.p < word.end && *word.p >= '0' && *word.p <= '9';
	    word.p++, unit /= 10)
		ts->tv_nsec += (*word.p - '0') * unit;
}

/*
 * A line of tcpdump's text: the time, and with -i any the interface and the
 * direction.
 */
static void
read_text(struct decode_hex *hex, struct text t)
{
	struct text	 first, second;
	size_t		 n;

	memset(&hex->time, 0, sizeof(hex->time));
	hex->direction = DIVERT_DIRECTION_NONE;
	hex->ifname[0] = '\0';
	if (begins_with_time(t))
		read_time(&t, &hex->time);
	first = next_word(&t);
	second = next_word(&t);
	if (is_word(second, "Out"))
		hex->direction = DIVERT_DIRECTION_OUT;
	else if (is_word(second, "In") || is_word(second, "B") ||
	    is_word(second, "M"))
		hex->direction = DIVERT_DIRECTION_IN;
	else
		return;
	n = (size_t)(first.end - first.p);
	if (n >= sizeof(hex->ifname) || is_word(first, "?"))
		return;
	memcpy(hex->ifname, first.p, n);
	hex->ifname[n] = '\0';
}

/* The packet is there whole.  1, or 0: it is none of IP. */
static int
finish(struct divert_decoder *dec, struct divert_packet *pkt)
{
	struct decode_hex	*hex = &dec->hex;

	hex->open = hex->star = 0;
	divert_decode_made(dec, hex->len);
	if (!divert_link_guess(dec, hex->frame, hex->len, pkt)) {
		dec->skipped++;
		return (0);
	}
	pkt->time = hex->time;
	if (hex->direction != DIVERT_DIRECTION_NONE)
		pkt->direction = hex->direction;
	if (hex->ifname[0] != '\0')
		memcpy(pkt->ifname, hex->ifname, sizeof(pkt->ifname));
	return (1);
}

/* Begin a packet.  0, or -1: no memory. */
static int
begin(struct divert_decoder *dec)
{
	struct decode_hex	*hex = &dec->hex;

	if ((hex->frame = divert_decode_room(dec, MAX_FRAME)) == NULL)
		return (divert_decode_damage(dec, "out of memory"));
	hex->open = hex->seen = 1;
	hex->lost = hex->star = 0;
	hex->len = hex->width = 0;
	return (0);
}

/* It is larger than any packet we take: passed over and counted. */
static void
abandon(struct divert_decoder *dec)
{
	dec->hex.open = 0;
	dec->hex.lost = 1;
	dec->skipped++;
}

/*
 * The bytes of a line, as far as they go: text beside them is behind two
 * blanks or more, but for the gap in the middle of hexdump -C.  0, or -1: not
 * all of it is hexadecimal.
 */
static int
add_bytes(struct divert_decoder *dec, struct text t)
{
	struct decode_hex	*hex = &dec->hex;
	uint32_t		 before, groups;
	size_t			 blanks, i, n;
	int			 barred;

	before = hex->len;
	barred = t.end[-1] == '|';
	for (groups = 0; t.p < t.end; groups++) {
		n = count_digits(&t);
		if (n == 0 || (t.p + n < t.end && !decode_is_blank(t.p[n])))
			return (divert_decode_damage(dec,
			    "byte %u of the packet is not hexadecimal",
			    hex->len + (uint32_t)n / 2));
		if (n % 2 != 0)
			return (divert_decode_damage(dec,
			    "an odd number of digits"));
		if (n / 2 > MAX_FRAME - hex->len) {
			abandon(dec);
			return (0);
		}
		for (i = 0; i < n; i += 2)
			hex->frame[hex->len++] =
			    (uint8_t)(decode_digit(t.p[i]) << 4 |
			    decode_digit(t.p[i + 1]));
		t.p += n;
		blanks = skip_blanks(&t);
		if (blanks > 1 && !(barred && blanks == 2 && groups == 7 &&
		    hex->len - before == 8 && *t.p != '|'))
			break;
	}
	hex->width = hex->len - before;
	return (0);
}

/* The lines that a star stands for. */
static void
repeat(struct divert_decoder *dec, uint32_t offset)
{
	struct decode_hex	*hex = &dec->hex;

	hex->star = 0;
	if (offset > MAX_FRAME) {
		abandon(dec);
		return;
	}
	while (hex->len < offset && hex->width > 0) {
		hex->frame[hex->len] = hex->frame[hex->len - hex->width];
		hex->len++;
	}
}

/* A line with an offset.  1 a packet is whole, 0 not yet, -1 damaged. */
static int
read_dump(struct divert_decoder *dec, struct text t)
{
	struct decode_hex	*hex = &dec->hex;
	uint32_t		 offset, width;

	if (!read_offset(&t, &offset))
		return (0);
	if (offset == 0 && t.p < t.end) {
		if (begin(dec) == -1)
			return (-1);
	} else if (!hex->open) {
		/* What followed a damaged line, or is the end of a dump. */
		if (hex->lost || t.p == t.end)
			return (0);
		return (divert_decode_damage(dec, "offset 0x%x, and no packet "
		    "began", offset));
	}
	if (hex->star)
		repeat(dec, offset);
	if (!hex->open)
		return (0);
	if (offset != hex->len)
		return (divert_decode_damage(dec, "offset 0x%x, and 0x%x bytes "
		    "came before", offset, hex->len));
	if (t.p == t.end)
		return (1);
	width = hex->width;
	if (add_bytes(dec, t) == -1)
		return (-1);
	return (hex->open && hex->width < width);
}

/*
 * A line.  1 a packet is whole, 0 not yet, -1 damaged.  A packet that ends
 * before this line is given first, and the line read again.
 */
static int
read_line(struct divert_decoder *dec, const uint8_t *p, size_t len, int *again)
{
	struct decode_hex	*hex = &dec->hex;
	struct text		 rest, t;
	uint32_t		 offset;
	enum line_kind		 kind;
	int			 n;

	t = trim(p, len);
	kind = classify(t);
	/* One way of writing it down, not both. */
	if (hex->seen && kind != LINE_BLANK &&
	    hex->bare != (kind == LINE_BARE))
		kind = hex->bare || kind == LINE_BARE ? LINE_TEXT : kind;
	*again = 0;
	rest = t;
	offset = 0;
	if (hex->open && kind != LINE_STAR) {
		/* With the right offset it goes on, digits or not. */
		if (read_offset(&rest, &offset) && offset == hex->len &&
		    offset > 0 && kind == LINE_TEXT)
			kind = LINE_DUMP;
		if ((kind != LINE_DUMP && kind != LINE_OFFSET) || offset == 0) {
			*again = 1;
			return (1);
		}
	}
	switch (kind) {
	case LINE_STAR:
		hex->star = hex->open;
		return (0);
	case LINE_BARE:
		if (begin(dec) == -1)
			return (-1);
		hex->bare = 1;
		for (n = 0; n == 0 && hex->open && t.p < t.end;
		    skip_blanks(&t))
			n = add_bytes(dec, next_word(&t));
		return (n == -1 ? -1 : hex->open);
	case LINE_DUMP:
	case LINE_OFFSET:
		return (read_dump(dec, t));
	case LINE_TEXT:
		if (hex->bare)
			return (divert_decode_damage(dec,
			    "is no packet in hexadecimal"));
		hex->lost = 0;
		/* What is indented goes on with the line before. */
		if (t.p - p <= 1 && *p != '\t')
			read_text(hex, t);
		return (0);
	default:
		return (0);
	}
}

int
divert_decode_hex(struct divert_decoder *dec, struct divert_packet *pkt)
{
	struct decode_hex	*hex = &dec->hex;
	uint8_t			*p;
	ssize_t			 len;
	int			 again, n;

	for (;;) {
		if ((len = divert_decode_line(dec)) == -1) {
			hex->open = 0;
			hex->lost = 1;
			return (-1);
		}
		if (len == 0) {
			if (!dec->eof || decode_left(dec) > 0)
				return (0);
			if (hex->open && finish(dec, pkt))
				return (1);
			if (!hex->seen && dec->resume == 0)
				return (divert_decode_damage(dec,
				    "text without packets in hexadecimal "
				    "(tcpdump -x)"));
			return (0);
		}
		p = dec->buf + dec->start;
		n = read_line(dec, p, (size_t)len, &again);
		if (n == -1) {
			hex->open = 0;
			hex->lost = 1;
			dec->resume = (size_t)len;
			return (-1);
		}
		if (again)
			dec->line--;
		else
			decode_consume(dec, (size_t)len);
		if (n == 1 && finish(dec, pkt))
			return (1);
	}
}
