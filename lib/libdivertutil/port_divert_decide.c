/* SPDX-License-Identifier: ISC */

/*
 * What the divert back end decides, apart from every system call: so that it
 * can be tried with the addresses each kernel makes, on any system.
 *
 * Direction.  The kernel tells it by the address alone: that of the receiving
 * interface, or zero for outbound.  An interface without an address therefore
 * gives zero as well, and nothing in the packet may be asked instead: its
 * addresses lie.  Such a packet counts as outbound, since it goes out by the
 * output function when it is written back, whatever it was before; on FreeBSD
 * its interface is known all the same, and named.
 *
 * Checksums.  A packet that is changed gets all of them from scratch.  One
 * that goes on unchanged gets a new header sum, for kernels hand out invalid
 * ones (OpenBSD what pf reassembled, FreeBSD what it sends) and have dropped
 * what arrived with a bad one.  The upper layer's sum of an unchanged packet
 * is redone where the kernel does that too (OpenBSD) and where it is this
 * machine's own packet; what FreeBSD received is handed on as it arrived,
 * lest a damaged packet looks whole.
 */

#include "compat.h"

#include <errno.h>

#include "packet_int.h"
#include "port_divert.h"

/* Octets of an address. */
#define AT_LEN		0
#define AT_FAMILY	1
#define AT_PORT		2
#define AT_IP4		4
#define AT_ZERO		8
#define AT_IP6		8
#define ZERO_SIZE	8

/* More is EMSGSIZE on OpenBSD, and vanishes on FreeBSD. */
#define WRITE_MAX	65535

const struct divert_kernel divert_kernel_openbsd = {
	.family4 = 2,
	.family6 = 24,
	.sockets = 2,
	.fragments = 0,
	.annotated = 0,
	.keeps_sums = 0,
	.absent = "this kernel has none",
};

const struct divert_kernel divert_kernel_freebsd = {
	.family4 = 2,
	.family6 = 28,
	.sockets = 1,
	.fragments = 1,
	.annotated = 1,
	.keeps_sums = 1,
	.denied = { 93, 94 },		/* ENOTCAPABLE, ECAPMODE */
	.absent = "try kldload ipdivert",
};

enum divert_decision
divert_decide_recv(const struct divert_kernel *kernel, int error)
{
	if (error != 0 &&
	    (error == kernel->denied[0] || error == kernel->denied[1]))
		return (DIVERT_DECIDE_GONE);
	switch (error) {
	case EINTR:
		return (DIVERT_DECIDE_AGAIN);
	case EAGAIN:
		return (DIVERT_DECIDE_LATER);
	case ENOBUFS:
		return (DIVERT_DECIDE_LOSSES);
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
		/* The descriptor is not what it was; no packet does that. */
		return (DIVERT_DECIDE_GONE);
	default:
		/* An error of a packet that was sent, told late. */
		return (DIVERT_DECIDE_COUNT);
	}
}

enum divert_decision
divert_decide_send(int error)
{
	switch (error) {
	case EINTR:
		return (DIVERT_DECIDE_AGAIN);
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		/* No event tells when there is room again. */
		return (DIVERT_DECIDE_LATER);
	default:
		return (DIVERT_DECIDE_COUNT);
	}
}

int
divert_decide_open(int error)
{
	switch (error) {
	case EAFNOSUPPORT:
	case EPFNOSUPPORT:
	case EPROTONOSUPPORT:
	case EPROTOTYPE:
		return (ENOTSUP);
	default:
		return (error);
	}
}

static int
is_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	return (n == 0);
}

/* fe80::/10 and the multicast of one link have an interface of their own. */
static int
is_link_local(const uint8_t *ip)
{
	return ((ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) ||
	    (ip[0] == 0xff && (ip[1] & 0x0f) <= 2));
}

void
divert_decide_origin(const struct divert_kernel *kernel, const uint8_t *addr,
    size_t len, struct divert_origin *origin)
{
	size_t	 size = 0;

	memset(origin, 0, sizeof(*origin));
	if (len >= DIVERT_ADDRESS4_SIZE && addr[AT_FAMILY] == kernel->family4) {
		origin->version = 4;
		origin->ip = addr + AT_IP4;
		size = 4;
	} else if (len >= DIVERT_ADDRESS6_SIZE && kernel->sockets == 2 &&
	    addr[AT_FAMILY] == kernel->family6) {
		origin->version = 6;
		origin->ip = addr + AT_IP6;
		size = 16;
	} else
		return;
	origin->direction = is_zero(origin->ip, size) ?
	    DIVERT_DIRECTION_OUT : DIVERT_DIRECTION_IN;
	/* OpenBSD leaves the scope inside the address: fe80:IFINDEX:: */
	if (origin->version == 6 && is_link_local(origin->ip))
		origin->ifindex = get16(origin->ip + 2);
	if (kernel->annotated) {
		/* The rule's number is not swapped. */
		memcpy(&origin->rule, addr + AT_PORT, sizeof(origin->rule));
		memcpy(origin->name, addr + AT_ZERO, ZERO_SIZE);
	}
}

/*
 * Faults that leave the packet's length in doubt, or its being a fragment.
 * Others are for the kernel, and for the receiver, to judge.
 */
static int
is_unwritable(enum divert_reason reason)
{
	switch (reason) {
	case DIVERT_REASON_EMPTY:
	case DIVERT_REASON_VERSION:
	case DIVERT_REASON_IP_SHORT:
	case DIVERT_REASON_IP_HLEN:
	case DIVERT_REASON_IP_LENGTH:
	case DIVERT_REASON_IP_TRUNCATED:
	case DIVERT_REASON_FRAG_OVERSIZE:
	case DIVERT_REASON_JUMBO:
		return (1);
	default:
		return (0);
	}
}

enum divert_reason
divert_decide_write(const struct divert_kernel *kernel,
    const struct divert_packet *pkt, struct divert_layout *layout,
    uint32_t *len)
{
	enum divert_reason	 reason;

	if (pkt->flags & DIVERT_PACKET_TRUNCATED)
		return (DIVERT_REASON_TRUNCATED);
	if (divert_packet_parse(pkt->data, pkt->len, layout) == -1) {
		reason = (enum divert_reason)layout->reason;
		if (is_unwritable(reason))
			return (reason);
	}
	if (layout->flags & DIVERT_LAYOUT_TRUNCATED)
		return (DIVERT_REASON_IP_TRUNCATED);
	if (layout->end_off > WRITE_MAX)
		return (DIVERT_REASON_TOO_LARGE);
	/*
	 * OpenBSD's ip_divert.c looks at the protocol and not at the offset:
	 * it would put a checksum into the middle of a later fragment.
	 */
	if ((layout->flags & DIVERT_LAYOUT_FRAGMENT) && !kernel->fragments)
		return (DIVERT_REASON_FRAGMENT);
	*len = layout->end_off;
	return (DIVERT_REASON_NONE);
}

int
divert_decide_repair(const struct divert_kernel *kernel,
    enum divert_verdict verdict, const struct divert_origin *origin)
{
	if (verdict == DIVERT_REPLACE || !kernel->keeps_sums)
		return (1);
	/* No interface: made here, and maybe not finished. */
	return (origin->direction == DIVERT_DIRECTION_OUT &&
	    origin->name[0] == '\0');
}

int
divert_decide_socket(const struct divert_kernel *kernel, int address_version,
    int packet_version)
{
	if (kernel->sockets == 1)
		return (address_version == 4 ? 0 : -1);
	if (address_version != packet_version)
		return (-1);
	return (address_version == 6);
}

/* Begin an address of a family, all zero but for family and length. */
static uint8_t
start_address(const struct divert_kernel *kernel, int version, uint8_t *addr)
{
	memset(addr, 0, DIVERT_ADDRESS_SIZE);
	if (version == 6 && kernel->sockets == 2) {
		addr[AT_LEN] = DIVERT_ADDRESS6_SIZE;
		addr[AT_FAMILY] = kernel->family6;
	} else {
		addr[AT_LEN] = DIVERT_ADDRESS4_SIZE;
		addr[AT_FAMILY] = kernel->family4;
	}
	return (addr[AT_LEN]);
}

uint8_t
divert_decide_bind(const struct divert_kernel *kernel, int socket,
    uint16_t port, uint8_t *addr)
{
	uint8_t	 len;

	len = start_address(kernel, socket == 0 ? 4 : 6, addr);
	put16(addr + AT_PORT, port);
	return (len);
}

int
divert_decide_inject(const struct divert_kernel *kernel, int version,
    const struct divert_interface *interface, uint16_t rule, uint8_t *addr)
{
	static const uint8_t	 loopback[4] = { 127, 0, 0, 1 };
	size_t			 len;
	uint8_t			 size;

	size = start_address(kernel, version, addr);
	if (kernel->annotated)
		memcpy(addr + AT_PORT, &rule, sizeof(rule));
	if (interface == NULL)
		return (size);
	if (size == DIVERT_ADDRESS6_SIZE) {
		if (!interface->has6)
			goto none;
		memcpy(addr + AT_IP6, interface->addr6, 16);
		if (is_link_local(addr + AT_IP6))
			put16(addr + AT_IP6 + 2, (uint16_t)interface->index);
		return (size);
	}
	len = strlen(interface->name);
	if (kernel->annotated && len < ZERO_SIZE) {
		/* The name is enough, with any address that is not zero. */
		memcpy(addr + AT_ZERO, interface->name, len);
		memcpy(addr + AT_IP4, interface->has4 ? interface->addr4 :
		    loopback, 4);
		return (size);
	}
	if (!interface->has4)
		goto none;
	memcpy(addr + AT_IP4, interface->addr4, 4);
	return (size);
none:
	errno = EADDRNOTAVAIL;
	return (-1);
}
