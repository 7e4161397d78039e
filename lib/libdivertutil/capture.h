/* SPDX-License-Identifier: ISC */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stddef.h>

/* Numbers of capture files that both directions use. */

/* Link types: LINKTYPE_*, and the DLT_* that some writers put instead. */
#define LINK_NULL		0u
#define LINK_ETHERNET		1u
#define LINK_DLT_RAW		12u
#define LINK_DLT_RAW_OPENBSD	14u
#define LINK_RAW		101u
#define LINK_LOOP		108u
#define LINK_SLL		113u
#define LINK_PFLOG		117u
#define LINK_IPV4		228u
#define LINK_IPV6		229u
#define LINK_NFLOG		239u
#define LINK_SLL2		276u

/* Classic captures. */
#define PCAP_FILE_HEADER	24
#define PCAP_RECORD_HEADER	16

/* pcapng (draft-ietf-opsawg-pcapng). */
#define PCAPNG_SHB		0x0a0d0d0au	/* section header block */
#define PCAPNG_IDB		1u		/* interface description */
#define PCAPNG_PB		2u		/* packet, obsolete */
#define PCAPNG_SPB		3u		/* simple packet */
#define PCAPNG_EPB		6u		/* enhanced packet */
#define PCAPNG_MAGIC		0x1a2b3c4du

#define PCAPNG_OPT_END		0u
#define PCAPNG_OPT_COMMENT	1u
#define PCAPNG_IF_NAME		2u
#define PCAPNG_IF_TSRESOL	9u
#define PCAPNG_IF_TSOFFSET	14u
#define PCAPNG_EPB_FLAGS	2u
#define PCAPNG_EPB_DROPCOUNT	4u
#define PCAPNG_EPB_PACKETID	5u
#define PCAPNG_EPB_QUEUE	6u

#define PCAPNG_FLAG_DIRECTION	3u
#define PCAPNG_FLAG_IN		1u
#define PCAPNG_FLAG_OUT		2u

/*
 * Whether the name of an interface block is one that packets are given: one
 * an IP stack would know, not a port's ("divert:700", "-"), a path, or a
 * description.  len: without a NUL.
 */
int	divert_pcapng_is_ifname(const void *name, size_t len);

#endif
