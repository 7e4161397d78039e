/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_INT_H
#define DIVERT_INT_H

#include <string.h>

#include "divertutil.h"

/*
 * What the files of the library share and nobody else sees: byte access, the
 * port and its back ends.
 */

static inline uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static inline uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

static inline void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

#define DIVERT_ERROR_SIZE	256

/*
 * One kernel mechanism or file format behind a port.  Each back end is one
 * file; what a system lacks is linked from its `absent' file, whose open
 * fails with ENOTSUP.
 *
 * open     arg is what follows "kind:".  Sets fd, caps, state; on failure
 *          errno and divert_port_fail().
 * recv     fill port->batch; as divert_port_recv().  Does not count.
 * verdict  0, or -1 with errno: lost; or an enum divert_reason > 0: dropped
 *          instead, for this reason.  Never DIVERT_REPLACE for a packet that
 *          cannot be written back (port.c sees to that).
 * inject, flush, settle, stats, close   NULL: nothing to do but count.
 * inject_batch  n packets, an error and what goes with it for each; returns
 *          nothing, counts nothing.  NULL: inject, one after the other.
 * settle   after the last flush: learn which verdicts were refused.  What was
 *          lent is no longer looked at, and nothing is received any more.
 * resume   as divert_port_resume(); NULL: cannot.
 * serve, delegate   as their functions; NULL: cannot.
 * stats    fills missed and kernel; they are DIVERT_UNKNOWN before.
 */
struct divert_backend {
	const char	*kind;
	uint32_t	 write_max;	/* largest packet written back */
	int		(*open)(struct divert_port *, const char *,
			    const struct divert_options *);
	int		(*recv)(struct divert_port *);
	int		(*verdict)(struct divert_port *,
			    const struct divert_packet *, enum divert_verdict);
	int		(*inject)(struct divert_port *,
			    const struct divert_packet *);
	void		(*inject_batch)(struct divert_port *,
			    const struct divert_packet *const *, int,
			    struct divert_injected *);
	int		(*flush)(struct divert_port *);
	void		(*settle)(struct divert_port *);
	void		(*stats)(struct divert_port *, struct divert_stats *);
	void		(*close)(struct divert_port *);
	int		(*resume)(struct divert_port *);
	int		(*serve)(struct divert_port *, int);
	int		(*delegate)(struct divert_port *, int);
};

struct divert_port {
	const struct divert_backend *backend;
	void		*state;		/* of the back end */
	int		 fd;
	unsigned int	 caps;
	unsigned int	 rcvbuf;
	uint64_t	 done;		/* bytes of total read; of a file */
	uint64_t	 total;		/* 0: not known */
	struct divert_stats stats;
	struct divert_packet batch[DIVERT_BATCH_MAX];
	int		 batched;	/* packets in batch */
	/* NULL: nobody wants to know. */
	void		(*too_large)(void *, const struct divert_packet *,
			    uint32_t);
	void		*too_large_arg;
	char		 name[64];
	char		 error[DIVERT_ERROR_SIZE];
};

extern const struct divert_backend divert_backend_divert;
extern const struct divert_backend divert_backend_nfqueue;
extern const struct divert_backend divert_backend_file;
extern const struct divert_backend divert_backend_stream;
/* An nfqueue port that only injects: no queue is bound. */
extern const struct divert_backend divert_backend_inject;

/* Set the port's error sentence; errno is left alone.  Returns -1. */
int divert_port_fail(struct divert_port *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/*
 * The number of a divert port or queue, min..65535.  Returns it, or -1 with
 * EINVAL and the error sentence.
 */
int divert_port_number(struct divert_port *, const char *, int);

/* Count an errno of the kernel in by_errno. */
void divert_port_count_errno(struct divert_port *, int);

/*
 * A verdict already counted turned out refused (NLMSG_ERROR): move one packet
 * from the verdict's counter to lost.
 */
void divert_port_count_lost(struct divert_port *, enum divert_verdict, int);

/*
 * Injection into this system's stack, for back ends without a way of their
 * own (inject_linux.c; inject_absent.c fails with ENOTSUP).  Opened while
 * there is privilege; devices are made at the first packet that needs them
 * and removed at close.  Errors as divert_port_inject().
 */
struct divert_injector;

/* sndbuf: bytes of send buffer, 0: 1 MiB; becomes what was got. */
struct divert_injector *divert_injector_open(uint32_t mark,
	    unsigned int *sndbuf, char *, size_t);
int	divert_injector_send(struct divert_injector *,
	    const struct divert_packet *);
/* As divert_port_inject_batch(). */
void	divert_injector_send_batch(struct divert_injector *,
	    const struct divert_packet *const *, int,
	    struct divert_injected *);
/*
 * Keep only what needs no privilege any more: injection outbound, with the
 * mark of the injector.  Whether it can send a packet then.
 */
void	divert_injector_keep(struct divert_injector *);
int	divert_injector_can(const struct divert_injector *,
	    const struct divert_packet *);
void	divert_injector_close(struct divert_injector *);

#endif
