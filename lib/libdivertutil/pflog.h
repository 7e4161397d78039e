/* SPDX-License-Identifier: ISC */
#ifndef PFLOG_H
#define PFLOG_H

#include "divert_int.h"

/*
 * The header of OpenBSD's pflog(4).  FreeBSD's differs after the direction
 * and is shorter; the first byte says how long, to be rounded up to 4.
 */
#define PFLOG_LENGTH_OFF	0
#define PFLOG_AF_OFF		1
#define PFLOG_IFNAME_OFF	4
#define PFLOG_RULE_OFF		36	/* network order, as all numbers */
#define PFLOG_SUBRULE_OFF	40
#define PFLOG_UID_OFF		44
#define PFLOG_PID_OFF		48
#define PFLOG_RULE_UID_OFF	52
#define PFLOG_RULE_PID_OFF	56
#define PFLOG_DIR_OFF		60
#define PFLOG_NAF_OFF		62
#define PFLOG_HEADER		100
#define PFLOG_HEADER_MIN	61	/* up to and with the direction */

#define PFLOG_IN		1
#define PFLOG_OUT		2
#define PFLOG_NO_RULE		UINT32_MAX
#define PFLOG_NO_UID		UINT32_MAX
#define PFLOG_NO_PID		100000u

/* Write the header of a packet; af_inet, af_inet6: what to write for them. */
void	divert_pflog_fill(uint8_t *, const struct divert_packet *,
	    uint8_t af_inet, uint8_t af_inet6);

#endif
