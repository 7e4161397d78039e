/* SPDX-License-Identifier: ISC */
#ifndef PUMP_H
#define PUMP_H

#include <stdint.h>

#include "divertutil.h"
#include "sandbox.h"

/*
 * The one loop of all tools: batches from a port to a handler, at the pace
 * asked for, with back-pressure, statistics, and an end that loses nothing.
 *
 * Life: pump_new(), options set, pump_run().  The end comes from the input
 * (end or damage), a signal, -c, or pump_drain(): the port is read until it
 * is empty for a moment, then the handler's drain is called, which ends with
 * pump_drained(); then the outputs are written out, and pump_run() returns.
 * A second signal leaves at once.  Handlers do not call pump_drain() from
 * within packets().
 */

struct output;
struct pump;
struct writer;

struct pump_handler {
	/*
	 * Take packets, each with whether the expression selected it; give
	 * verdicts by pump_verdict(), now or later.  Returns how many were
	 * taken: with fewer than n nothing more comes until pump_resume().
	 */
	int	(*packets)(void *, struct divert_packet *, const uint8_t *selected,
		    int n);
	/* A round of batches is over: push what was collected. */
	void	(*flush)(void *);
	/* An output has room again, failed, or is done. */
	void	(*wake)(void *);
	/* No packet comes any more: finish, then pump_drained(). */
	void	(*drain)(void *);
	/* NULL; or the next input after one that ended, which becomes the
	 * pump's, NULL at the end of all.  -1: it ended damaged. */
	struct divert_port *(*next)(void *, int result);
	/* NULL; or correct the figures of all inputs together. */
	void	(*figures)(void *, struct divert_stats *);
	/* NULL: the port knows how far it is.  Else percent of all inputs,
	 * or -1: no meter, as when packets are printed where it would be. */
	int	(*progress)(void *);
	/* All is written; NULL: nothing to do.  The last statistics follow. */
	void	(*finish)(void *);
	/* Add the tool's own figures to the statistics (a json_t object). */
	void	(*stats)(void *, void *json, char *text, size_t size);
};

enum pump_pace_kind {
	PACE_MAX,		/* as fast as it goes */
	PACE_TIMES,		/* as recorded, times a factor */
	PACE_PACKETS,		/* a second */
	PACE_BITS		/* a second */
};

struct pump_pace {
	enum pump_pace_kind	kind;
	double			value;
};

struct pump_options {
	struct divert_filter	*filter;	/* NULL: everything */
	uint64_t		 count;		/* -c, 0: no limit */
	int			 rounds;	/* batches before flush, 0: 4 */
	struct pump_pace	 pace;
	double			 stats_seconds;	/* -S, 0: none */
	int			 stats_json;	/* --stats json */
	int			 stats_given;	/* --stats or -S */
	int			 keep_going;	/* damaged input, or a reader
						 * gone, is no end */
	double			 drain_seconds;	/* after a signal, how long
						 * to wait for the port, then
						 * for the handler, then for
						 * the outputs */
	struct sandbox_needs	 sandbox;	/* see sandbox.h */
};

/*
 * port: open, owned from now on.  Both pointers live as long as the pump.
 */
struct pump *pump_new(struct divert_port *port,
	    const struct pump_options *options,
	    const struct pump_handler *handler, void *arg);

/* What statistics are of, where that is not the port read; borrowed. */
void	 pump_set_name(struct pump *pump, const char *name);

struct divert_port *pump_port(struct pump *pump);
/* Is a kernel waiting for verdicts? */
int	 pump_live(const struct pump *pump);
int	 pump_draining(const struct pump *pump);

/*
 * Where every packet that goes on is copied (-w), or NULL; owned from now on.
 * wait: stop reading when it has no room, instead of losing copies.
 */
void	 pump_set_onward(struct pump *pump, struct output *output, int wait);

/* Watch this one's failure and end too: the handler's own. */
void	 pump_add_writer(struct pump *pump, struct writer *writer);

/* For writer_new() and output_new(): wakes pump and handler. */
void	 pump_wake(void *pump);

/*
 * The verdict of a packet; one that goes on is copied to -w.  Counted, never
 * fatal.
 */
void	 pump_verdict(struct pump *pump, const struct divert_packet *pkt,
	    enum divert_verdict verdict, enum divert_reason reason);
/* Put a packet into the stack (and to -w).  As divert_port_inject(). */
int	 pump_inject(struct pump *pump, const struct divert_packet *pkt);
/* May a packet of len bytes go on now, or has -w no room?  Then it wakes. */
int	 pump_room(struct pump *pump, uint32_t len);

void	 pump_resume(struct pump *pump);
void	 pump_drain(struct pump *pump);
void	 pump_drained(struct pump *pump);
/* Note an exit status; the first that is not 0 stays. */
void	 pump_status(struct pump *pump, int status);

/* Run to the end; closes the port, reports, returns the exit status. */
int	 pump_run(struct pump *pump);

#endif
