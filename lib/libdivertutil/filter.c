/* SPDX-License-Identifier: ISC */

/*
 * libpcap expressions over packets that begin at the IP header.  They are
 * compiled for the link type PFLOG and run behind a pflog header made in the
 * packet's headroom: with raw IP libpcap refuses `on em0', and compiles
 * `inbound' to something that never matches.
 *
 * libpcap compares as many bytes of an interface's name as the expression
 * has, so em1 would match em10.  Here every name in the header ends with a
 * slash, which no interface has, and so does every name in the expression.
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "divert_int.h"
#include "pflog.h"

#ifndef PCAP_NETMASK_UNKNOWN		/* OpenBSD's libpcap */
#define PCAP_NETMASK_UNKNOWN	0xffffffff
#endif

#define SNAPLEN		262144
/* Of an interface's name with its slash. */
#define NAME_MAX_LEN	(DIVERT_IFNAME_SIZE - 1)

struct divert_filter {
	struct bpf_program program;
	int		 everything;	/* no program: an empty expression */
};

/* Ends of a word in an expression. */
static const char	blanks[] = " \t\r\n\f";
static const char	word_ends[] = " \t\r\n\f()!&|<>=[]+*";
static const char	name_ends[] = " \t\r\n\f()!&|";

static int
is_word(const char *s, size_t len, const char *word)
{
	return (strlen(word) == len && memcmp(s, word, len) == 0);
}

/* Copy an interface's name so that it is taken whole and literally. */
static char *
rewrite_name(char *to, const char *name, size_t len)
{
	*to++ = '\\';
	memcpy(to, name, len);
	to += len;
	/* There is no room for the slash, nor anything longer to match. */
	if (len < NAME_MAX_LEN)
		*to++ = '/';
	*to++ = ' ';
	return (to);
}

/*
 * The expression with its interface names made exact, in memory given to the
 * caller; NULL: ENOMEM.
 */
static char *
rewrite(const char *from)
{
	char	*start, *to;
	size_t	 len;
	int	 name_next;

	/* A word of one byte grows by a backslash, a slash and a blank. */
	if ((start = malloc(strlen(from) * 4 + 1)) == NULL)
		return (NULL);
	name_next = 0;
	for (to = start; *from != '\0'; from += len) {
		len = strspn(from, blanks);
		if (len == 0 && name_next) {
			name_next = 0;
			if (*from == '\\')
				from++;
			len = strcspn(from, name_ends);
			if (len > 0 && len <= NAME_MAX_LEN) {
				to = rewrite_name(to, from, len);
				continue;
			}
		} else if (len == 0) {
			len = strcspn(from, word_ends);
			name_next = is_word(from, len, "on") ||
			    is_word(from, len, "ifname");
		}
		if (len == 0)
			len = *from != '\0';
		memcpy(to, from, len);
		to += len;
	}
	*to = '\0';
	return (start);
}

/* Whether an expression speaks of what lies before the IP header. */
static int
has_link_word(const char *expression)
{
	static const char *const	 words[] = {
		"arp", "atalk", "broadcast", "decnet", "ether", "fddi",
		"gateway", "geneve", "ipx", "iso", "link", "llc", "mpls",
		"multicast", "pppoed", "pppoes", "rarp", "stp", "tr", "type",
		"vlan", "wlan",
	};
	size_t				 i, len;

	for (; *expression != '\0'; expression += len > 0 ? len : 1) {
		len = strcspn(expression, word_ends);
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (is_word(expression, len, words[i]))
				return (1);
	}
	return (0);
}

static int
compile(struct divert_filter *filter, const char *expression, char *errbuf,
    size_t errlen)
{
	pcap_t	*pcap;
	char	*exact;
	int	 result;

	if ((exact = rewrite(expression)) == NULL ||
	    (pcap = pcap_open_dead(DLT_PFLOG, SNAPLEN)) == NULL) {
		free(exact);
		snprintf(errbuf, errlen, "out of memory");
		errno = ENOMEM;
		return (-1);
	}
	result = pcap_compile(pcap, &filter->program, exact, 1,
	    PCAP_NETMASK_UNKNOWN);
	if (result == -1)
		snprintf(errbuf, errlen, "%s%s", pcap_geterr(pcap),
		    has_link_word(expression) ?
		    " (packets here begin at the IP header)" : "");
	pcap_close(pcap);
	free(exact);
	if (result == -1)
		errno = EINVAL;
	return (result);
}

struct divert_filter *
divert_filter_compile(const char *expression, char *errbuf, size_t errlen)
{
	struct divert_filter	*filter;
	int			 error;

	if ((filter = calloc(1, sizeof(*filter))) == NULL) {
		snprintf(errbuf, errlen, "out of memory");
		return (NULL);
	}
	if (expression[strspn(expression, blanks)] == '\0') {
		filter->everything = 1;
		return (filter);
	}
	if (compile(filter, expression, errbuf, errlen) == -1) {
		error = errno;
		free(filter);
		errno = error;
		return (NULL);
	}
	return (filter);
}

int
divert_filter_match(const struct divert_filter *filter,
    const struct divert_packet *pkt)
{
	struct pcap_pkthdr	 h;
	uint8_t			 saved[PFLOG_HEADER], *header;
	size_t			 len;
	int			 matches;

	if (filter == NULL || filter->everything)
		return (1);
	header = pkt->data - PFLOG_HEADER;
	memcpy(saved, header, sizeof(saved));
	/* libpcap's compiler knows this host's number of AF_INET6 only. */
	divert_pflog_fill(header, pkt, AF_INET, AF_INET6);
	len = strnlen(pkt->ifname, sizeof(pkt->ifname));
	if (len > 0 && len < NAME_MAX_LEN)
		header[PFLOG_IFNAME_OFF + len] = '/';
	memset(&h, 0, sizeof(h));
	h.caplen = PFLOG_HEADER + pkt->len;
	/* `len' and `greater' speak of the packet, not of the header. */
	h.len = pkt->wirelen;
	matches = pcap_offline_filter(&filter->program, &h, header) != 0;
	memcpy(header, saved, sizeof(saved));
	return (matches);
}

void
divert_filter_free(struct divert_filter *filter)
{
	if (filter == NULL)
		return;
	if (!filter->everything)
		pcap_freecode(&filter->program);
	free(filter);
}
