/* SPDX-License-Identifier: ISC */

/*
 * Choosing a back end by the port's name, and the bookkeeping that makes
 * every packet lent end in exactly one counter.  Back ends move bytes; only
 * this file counts them, so that the law of conservation has one author.
 */

#include "compat.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "divert_int.h"

static const struct divert_backend *const backends[] = {
	&divert_backend_divert,
	&divert_backend_nfqueue,
	&divert_backend_file,
	&divert_backend_stream,
};

#ifndef DIVERT_NATIVE_KIND
#error "configure chooses DIVERT_NATIVE_KIND"
#endif

static const struct divert_backend *
find_backend(const char *kind, size_t len)
{
	size_t	 i;

	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strlen(backends[i]->kind) == len &&
		    memcmp(backends[i]->kind, kind, len) == 0)
			return (backends[i]);
	return (NULL);
}

/*
 * Split "kind:argument", "-" and a bare number into back end and argument.
 */
static const struct divert_backend *
parse_spec(const char *spec, const char **arg)
{
	const char	*colon;

	*arg = spec;
	if (strcmp(spec, "-") == 0)
		return (&divert_backend_stream);
	if (spec[0] != '\0' && spec[strspn(spec, "0123456789")] == '\0')
		return (find_backend(DIVERT_NATIVE_KIND,
		    strlen(DIVERT_NATIVE_KIND)));
	if ((colon = strchr(spec, ':')) == NULL)
		return (NULL);
	*arg = colon + 1;
	return (find_backend(spec, (size_t)(colon - spec)));
}

struct divert_port *
divert_port_open(const char *spec, const struct divert_options *options,
    char *errbuf, size_t errlen)
{
	static const struct divert_options	 defaults;
	const struct divert_backend		*backend;
	struct divert_port			*port;
	const char				*arg;
	int					 error;

	if (options == NULL)
		options = &defaults;
	if ((backend = parse_spec(spec, &arg)) == NULL) {
		snprintf(errbuf, errlen, "%s: not a port (divert:N, nfqueue:N, "
		    "file:PATH, - or a number)", spec);
		errno = EINVAL;
		return (NULL);
	}
	if ((port = calloc(1, sizeof(*port))) == NULL) {
		snprintf(errbuf, errlen, "%s: out of memory", spec);
		return (NULL);
	}
	port->backend = backend;
	port->fd = -1;
	if (backend == &divert_backend_stream)
		strlcpy(port->name, "-", sizeof(port->name));
	else
		snprintf(port->name, sizeof(port->name), "%s:%s", backend->kind,
		    arg);
	if (backend->open(port, arg, options) == -1) {
		error = errno;
		strlcpy(errbuf, port->error, errlen);
		free(port);
		errno = error;
		return (NULL);
	}
	return (port);
}

const char *
divert_port_name(const struct divert_port *port)
{
	return (port->name);
}

int
divert_port_fd(const struct divert_port *port)
{
	return (port->fd);
}

unsigned int
divert_port_caps(const struct divert_port *port)
{
	return (port->caps);
}

unsigned int
divert_port_rcvbuf(const struct divert_port *port)
{
	return (port->rcvbuf);
}

int
divert_port_progress(const struct divert_port *port)
{
	if (port->total == 0)
		return (-1);
	return (port->done >= port->total ? 100 :
	    (int)(port->done * 100 / port->total));
}

int
divert_port_recv(struct divert_port *port, struct divert_packet **pkts)
{
	int	 i, n;

	*pkts = port->batch;
	if ((n = port->backend->recv(port)) <= 0)
		return (n);
	for (i = 0; i < n; i++)
		port->stats.bytes += port->batch[i].wirelen;
	port->batched = n;
	port->stats.received += (uint64_t)n;
	port->stats.held += (uint64_t)n;
	return (n);
}

int
divert_port_resume(struct divert_port *port)
{
	return (port->backend->resume != NULL && port->backend->resume(port));
}

void
divert_port_unreceive(struct divert_port *port, int n)
{
	const struct divert_packet	*pkt;

	/* The last batch ends where the next recv would begin to fill. */
	for (pkt = &port->batch[port->batched - n]; n > 0; n--, pkt++) {
		port->stats.received--;
		port->stats.held--;
		port->stats.bytes -= pkt->wirelen;
		port->batched--;
	}
}

static uint64_t *
verdict_counter(struct divert_stats *stats, enum divert_verdict verdict)
{
	switch (verdict) {
	case DIVERT_PASS:
		return (&stats->passed);
	case DIVERT_REPLACE:
		return (&stats->replaced);
	case DIVERT_EXPIRE:
		return (&stats->expired);
	case DIVERT_DROP:
	default:
		return (&stats->dropped);
	}
}

int
divert_port_verdict(struct divert_port *port, const struct divert_packet *pkt,
    enum divert_verdict verdict, enum divert_reason reason)
{
	const enum divert_verdict	 wanted = verdict;
	int				 answer = 0;

	if (verdict == DIVERT_REPLACE) {
		if (pkt->flags & DIVERT_PACKET_TRUNCATED) {
			verdict = DIVERT_DROP;
			reason = DIVERT_REASON_TRUNCATED;
		} else if (pkt->len > port->backend->write_max) {
			verdict = DIVERT_DROP;
			reason = DIVERT_REASON_TOO_LARGE;
		}
	}
	port->stats.held--;
	if (port->backend->verdict != NULL)
		answer = port->backend->verdict(port, pkt, verdict);
	if (answer == -1) {
		port->stats.lost++;
		divert_port_count_errno(port, errno);
		return (-1);
	}
	if (answer > 0) {
		verdict = DIVERT_DROP;
		reason = (enum divert_reason)answer;
	}
	(*verdict_counter(&port->stats, verdict))++;
	if (reason != DIVERT_REASON_NONE && reason < DIVERT_REASON_MAX)
		port->stats.by_reason[reason]++;
	return (verdict != wanted);
}

int
divert_port_inject(struct divert_port *port, const struct divert_packet *pkt)
{
	if (port->backend->inject != NULL &&
	    port->backend->inject(port, pkt) == -1) {
		divert_port_count_errno(port, errno);
		return (-1);
	}
	port->stats.injected++;
	return (0);
}

static void
inject_each(struct divert_port *port, const struct divert_packet *const *pkts,
    int n, struct divert_injected *results)
{
	int	 i;

	memset(results, 0, (size_t)n * sizeof(*results));
	if (port->backend->inject == NULL)
		return;
	for (i = 0; i < n; i++)
		if (port->backend->inject(port, pkts[i]) == -1)
			results[i].error = errno;
}

int
divert_port_inject_batch(struct divert_port *port,
    const struct divert_packet *const *pkts, int n,
    struct divert_injected *results)
{
	int	 i, went;

	if (port->backend->inject_batch != NULL)
		port->backend->inject_batch(port, pkts, n, results);
	else
		inject_each(port, pkts, n, results);
	for (i = went = 0; i < n; i++) {
		if (results[i].error == 0)
			went++;
		else
			divert_port_count_errno(port, results[i].error);
	}
	port->stats.injected += (uint64_t)went;
	return (went);
}

int
divert_port_flush(struct divert_port *port)
{
	if (port->backend->flush == NULL)
		return (0);
	return (port->backend->flush(port));
}

void
divert_port_on_too_large(struct divert_port *port,
    void (*too_large)(void *, const struct divert_packet *, uint32_t),
    void *arg)
{
	port->too_large = too_large;
	port->too_large_arg = arg;
}

int
divert_port_serve(struct divert_port *port, int sock)
{
	if (port->backend->serve != NULL)
		return (port->backend->serve(port, sock));
	errno = ENOTSUP;
	return (divert_port_fail(port, "%s: needs no other process",
	    port->name));
}

int
divert_port_delegate(struct divert_port *port, int sock)
{
	if (port->backend->delegate != NULL)
		return (port->backend->delegate(port, sock));
	errno = ENOTSUP;
	return (divert_port_fail(port, "%s: needs no other process",
	    port->name));
}

void
divert_port_stats(struct divert_port *port, struct divert_stats *stats)
{
	*stats = port->stats;
	stats->missed = DIVERT_UNKNOWN;
	stats->kernel.received = DIVERT_UNKNOWN;
	stats->kernel.no_socket = DIVERT_UNKNOWN;
	stats->kernel.full_socket = DIVERT_UNKNOWN;
	stats->kernel.output = DIVERT_UNKNOWN;
	stats->kernel.errors = DIVERT_UNKNOWN;
	if (port->backend->stats != NULL)
		port->backend->stats(port, stats);
}

const char *
divert_port_error(const struct divert_port *port)
{
	return (port->error);
}

void
divert_port_close(struct divert_port *port, struct divert_stats *stats)
{
	if (port == NULL)
		return;
	/* Its owner is on the way out, too. */
	port->too_large = NULL;
	divert_port_flush(port);
	if (port->backend->settle != NULL)
		port->backend->settle(port);
	/* Closing makes the kernel drop what it still holds for us. */
	port->stats.dropped += port->stats.held;
	port->stats.by_reason[DIVERT_REASON_CLOSED] += port->stats.held;
	port->stats.held = 0;
	if (stats != NULL)
		divert_port_stats(port, stats);
	if (port->backend->close != NULL)
		port->backend->close(port);
	free(port);
}

int
divert_port_fail(struct divert_port *port, const char *fmt, ...)
{
	va_list	 ap;
	int	 error;

	error = errno;
	va_start(ap, fmt);
	vsnprintf(port->error, sizeof(port->error), fmt, ap);
	va_end(ap);
	errno = error;
	return (-1);
}

int
divert_port_number(struct divert_port *port, const char *arg, int min)
{
	const char	*error = "invalid";
	long long	 n = -1;

	/* strtonum(3) would take signs and blanks. */
	if (arg[0] != '\0' && arg[strspn(arg, "0123456789")] == '\0')
		n = strtonum(arg, min, UINT16_MAX, &error);
	if (error == NULL)
		return ((int)n);
	errno = EINVAL;
	return (divert_port_fail(port, "%s: must be a number from %d to %d",
	    port->name, min, UINT16_MAX));
}

void
divert_port_count_errno(struct divert_port *port, int error)
{
	size_t	 i;

	for (i = 0; i < DIVERT_ERRNO_MAX - 1; i++)
		if (port->stats.by_errno[i].error == error ||
		    port->stats.by_errno[i].error == 0)
			break;
	/* The last slot gathers what found no place, under the last errno. */
	port->stats.by_errno[i].error = error;
	port->stats.by_errno[i].count++;
}

void
divert_port_count_lost(struct divert_port *port, enum divert_verdict verdict,
    int error)
{
	uint64_t	*counter;

	counter = verdict_counter(&port->stats, verdict);
	if (*counter == 0)
		return;
	(*counter)--;
	port->stats.lost++;
	divert_port_count_errno(port, error);
}
