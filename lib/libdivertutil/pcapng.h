/* SPDX-License-Identifier: ISC */
#ifndef PCAPNG_H
#define PCAPNG_H

/* Numbers of pcapng (draft-ietf-opsawg-pcapng) that both directions use. */
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

#endif
