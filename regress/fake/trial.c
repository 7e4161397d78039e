/* SPDX-License-Identifier: ISC */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "divert_int.h"
#include "trial.h"

/* The port's neighbours, which are not on trial. */
const struct divert_backend divert_backend_file = { .kind = "file" };
const struct divert_backend divert_backend_stream = { .kind = "stream" };

const struct fake_interface	*em0, *em1;
char				 trial_error[256];
uint8_t				 trial_buf[70000];

#define FAILURES_SHOWN	5

static int	 failures;
static int	 tests;

void
trial_failed(const char *file, int line, const char *what)
{
	if (failures++ < FAILURES_SHOWN)
		printf("# %s:%d: %s\n", file, line, what);
}

int
trial_good(void)
{
	return (failures == 0);
}

int
trial_main(const struct trial *trials, unsigned int n)
{
	unsigned int	 i;
	int		 bad = 0;

	for (i = 0; i < n; i++) {
		failures = 0;
		fake_reset();
		em0 = &fake.interfaces[0];
		em1 = &fake.interfaces[1];
		trial_error[0] = '\0';
		trials[i].run();
		printf("%sok %d - %s\n", failures ? "not " : "", ++tests,
		    trials[i].name);
		bad |= failures != 0;
	}
	printf("1..%u\n", n);
	fake_reset();
	return (bad);
}

struct divert_port *
trial_open(unsigned int flags)
{
	struct divert_options	 options;

	memset(&options, 0, sizeof(options));
	options.flags = flags;
	return (divert_port_open("divert:700", &options, trial_error,
	    sizeof(trial_error)));
}

struct divert_stats
trial_stats(struct divert_port *port)
{
	struct divert_stats	 stats;

	divert_port_stats(port, &stats);
	return (stats);
}

void
trial_conserved(struct divert_port *port)
{
	struct divert_stats	 s = trial_stats(port);

	CHECK(s.received == s.passed + s.replaced + s.dropped + s.expired +
	    s.lost + s.held);
}

void
trial_close(struct divert_port *port)
{
	struct divert_stats	 s;

	trial_conserved(port);
	divert_port_close(port, &s);
	CHECK(s.held == 0);
	CHECK(s.received == s.passed + s.replaced + s.dropped + s.expired +
	    s.lost);
	/* What was passed and replaced is what the kernel took. */
	CHECK(s.passed + s.replaced + s.injected ==
	    (uint64_t)(fake.nsent + fake.vanished));
	CHECK(fake.connects == 0 && fake.unaddressed == 0);
	CHECK(fake.open == 0);
	CHECK(fake.killed == 0);
}

struct divert_packet *
trial_recv(struct divert_port *port)
{
	struct divert_packet	*pkts;

	return (divert_port_recv(port, &pkts) > 0 ? pkts : NULL);
}

int
trial_pump(struct divert_port *port, enum divert_verdict verdict)
{
	struct divert_packet	*pkts;
	int			 i, n, total = 0;

	while ((n = divert_port_recv(port, &pkts)) > 0) {
		for (i = 0; i < n; i++)
			divert_port_verdict(port, &pkts[i], verdict,
			    DIVERT_REASON_NONE);
		divert_port_flush(port);
		total += n;
	}
	CHECK(n == -1 && errno == EAGAIN);
	return (total);
}

int
trial_udp(const struct fake_interface *in)
{
	fake_packet4(trial_buf, FAKE_UDP, 128);
	return (fake_divert(PORT, in, trial_buf, 128));
}

const struct fake_sent *
trial_last(void)
{
	return (fake.nsent == 0 ? NULL : &fake.sent[fake.nsent - 1]);
}

uint64_t
trial_errno(struct divert_port *port, int error)
{
	struct divert_stats	 s = trial_stats(port);
	int			 i;

	for (i = 0; i < DIVERT_ERRNO_MAX; i++)
		if (s.by_errno[i].error == error)
			return (s.by_errno[i].count);
	return (0);
}

uint64_t
trial_reason(struct divert_port *port, enum divert_reason reason)
{
	return (trial_stats(port).by_reason[reason]);
}

struct divert_packet
trial_packet(uint32_t len, enum divert_direction direction,
    const char *ifname)
{
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = trial_buf;
	pkt.len = pkt.wirelen = len;
	pkt.direction = (uint8_t)direction;
	snprintf(pkt.ifname, sizeof(pkt.ifname), "%s", ifname);
	return (pkt);
}
