/* SPDX-License-Identifier: ISC */
#ifndef FAKE_TRIAL_H
#define FAKE_TRIAL_H

#include <stdint.h>

#include "divertutil.h"
#include "fake.h"

/*
 * Test programs for the BSDs' side: no library of tests was compiled for the
 * headers these are compiled with.
 */

struct trial {
	const char	*name;
	void		(*run)(void);
};

/* Run them, each with a new kernel; print TAP.  Returns the exit status. */
int	 trial_main(const struct trial *, unsigned int);

void	 trial_failed(const char *file, int line, const char *what);
int	 trial_good(void);

#define CHECK(x) do {							\
	if (!(x))							\
		trial_failed(__FILE__, __LINE__, #x);			\
} while (0)

/* As CHECK, and the test ends here. */
#define NEED(x) do {							\
	if (!(x)) {							\
		trial_failed(__FILE__, __LINE__, #x);			\
		return;							\
	}								\
} while (0)

#define PORT	700

extern const struct fake_interface *em0, *em1;
extern char	 trial_error[256];
extern uint8_t	 trial_buf[70000];

/* Open port 700; NULL and errno as divert_port_open(). */
struct divert_port *trial_open(unsigned int flags);

/* Close, and hold the figures against the law of conservation. */
void	 trial_close(struct divert_port *);
void	 trial_conserved(struct divert_port *);

/* The next packet; NULL when there is none. */
struct divert_packet *trial_recv(struct divert_port *);

/* Read until nothing comes, with one verdict for all.  Returns how many. */
int	 trial_pump(struct divert_port *, enum divert_verdict);

/* A UDP packet of 128 bytes comes to the port. */
int	 trial_udp(const struct fake_interface *in);

/* The last packet the kernel took; NULL. */
const struct fake_sent *trial_last(void);

struct divert_stats trial_stats(struct divert_port *);
uint64_t trial_errno(struct divert_port *, int error);
uint64_t trial_reason(struct divert_port *, enum divert_reason);

/* Make a packet to inject of the bytes in trial_buf. */
struct divert_packet trial_packet(uint32_t len, enum divert_direction,
	    const char *ifname);

extern const struct trial trial_faults[];
extern const unsigned int trial_nfaults;
extern const struct trial trial_large[];
extern const unsigned int trial_nlarge;

#endif
