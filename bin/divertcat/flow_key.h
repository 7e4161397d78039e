/* SPDX-License-Identifier: ISC */
#ifndef FLOW_KEY_H
#define FLOW_KEY_H

#include <stdint.h>

#include "divertutil.h"

/*
 * What names a flow in one direction, and (serial) one packet of it as far
 * as its headers tell.
 */
struct flow_key {
	uint8_t		 addresses[32];
	uint32_t	 ports;
	uint32_t	 proto;
	uint32_t	 id;		/* IP or fragment id and offset */
	uint32_t	 serial;	/* TCP sequence, ICMP sequence */
};

/* The size of the part that names the flow alone. */
#define FLOW_KEY_FLOW	offsetof(struct flow_key, id)

/* 0, or -1: no IP packet. */
int	 flow_key_make(const struct divert_packet *pkt, struct flow_key *key);

/* A hash of bytes, for tables in memory. */
uint32_t flow_hash(const void *bytes, size_t len);

#endif
