/* SPDX-License-Identifier: ISC */

/*
 * Injection where the system has no way of its own, or none that is written
 * down here.
 */

#include "compat.h"

#include <errno.h>

#include "divert_int.h"

struct divert_injector *
divert_injector_open(uint32_t mark, unsigned int *sndbuf, char *errbuf,
    size_t errlen)
{
	(void)mark;
	(void)sndbuf;
	strlcpy(errbuf, "not on this system", errlen);
	errno = ENOTSUP;
	return (NULL);
}

int
divert_injector_send(struct divert_injector *injector,
    const struct divert_packet *pkt)
{
	(void)injector;
	(void)pkt;
	errno = ENOTSUP;
	return (-1);
}

void
divert_injector_send_batch(struct divert_injector *injector,
    const struct divert_packet *const *pkts, int n,
    struct divert_injected *results)
{
	(void)injector;
	(void)pkts;
	for (; n > 0; n--, results++) {
		results->error = ENOTSUP;
		results->mtu = 0;
	}
}

void
divert_injector_keep(struct divert_injector *injector)
{
	(void)injector;
}

int
divert_injector_can(const struct divert_injector *injector,
    const struct divert_packet *pkt)
{
	(void)injector;
	(void)pkt;
	return (0);
}

void
divert_injector_close(struct divert_injector *injector)
{
	(void)injector;
}

static int
absent_open(struct divert_port *port, const char *arg,
    const struct divert_options *options)
{
	(void)arg;
	(void)options;
	errno = ENOTSUP;
	return (divert_port_fail(port, "%s: packets cannot be injected on "
	    "this system", port->name));
}

const struct divert_backend divert_backend_inject = {
	.kind = "nfqueue",
	.open = absent_open,
};
