/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/time.h>

#include <stddef.h>
#include <stdint.h>

#include <libnetfilter_queue/libnetfilter_queue.h>

/* Only the benchmarks use it, to be compared with. */
int
main(void)
{
	return (nfq_get_payload == NULL);
}
