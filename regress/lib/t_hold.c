/* SPDX-License-Identifier: ISC */

/* What divertcat's filter has: bounds, and which packet a return is of. */

#include "../../bin/divertcat/flow_key.c"
#include "../../bin/divertcat/flow_memory.c"
#include "../../bin/divertcat/hold.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define IP_ID(n)	(uint8_t)((n) >> 8), (uint8_t)(n)

static uint8_t	 room[DIVERT_HEADROOM + DIVERT_PACKET_MAX];

/* A datagram of 192.0.2.1:port with an IP id and one byte of payload. */
static struct divert_packet
make(uint32_t id, int ip_id, int port, uint8_t payload)
{
	const uint8_t	 bytes[] = { 0x45, 0, 0, 29, IP_ID(ip_id), 0, 0, 64, 17,
			    0, 0, 192, 0, 2, 1, 198, 51, 100, 7,
			    (uint8_t)(port >> 8), (uint8_t)port, 0, 53, 0, 9,
			    0, 0, payload };
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = room + DIVERT_HEADROOM;
	memcpy(pkt.data, bytes, sizeof(bytes));
	pkt.len = pkt.wirelen = sizeof(bytes);
	pkt.id = id;
	pkt.flags = DIVERT_PACKET_HAS_ID;
	return (pkt);
}

/* The same as it comes back from a filter that lost all options. */
static struct divert_packet
bare(int ip_id, int port, uint8_t payload)
{
	struct divert_packet	 pkt;

	pkt = make(0, ip_id, port, payload);
	pkt.flags = 0;
	return (pkt);
}

static void
window_is_a_bound(void **state)
{
	struct hold		*hold = hold_new(3);
	struct divert_packet	 pkt;
	struct held		*first;
	uint32_t		 i;

	(void)state;
	for (i = 1; i <= 3; i++) {
		pkt = make(i, 7, 1000, 1);
		assert_non_null(hold_add(hold, &pkt));
	}
	pkt = make(4, 7, 1000, 1);
	assert_null(hold_add(hold, &pkt));
	assert_int_equal(hold_count(hold), 3);
	first = hold_oldest(hold);
	assert_int_equal(first->pkt.id, 1);
	hold_release(hold, first);
	assert_int_equal(hold_oldest(hold)->pkt.id, 2);
	assert_non_null(hold_add(hold, &pkt));
	assert_int_equal(hold_count(hold), 3);
}

static void
large_packets_are_bounded(void **state)
{
	struct hold		*hold = hold_new(1024);
	struct divert_packet	 pkt = make(1, 1, 1, 1);
	unsigned int		 n;

	(void)state;
	pkt.len = 65535;
	for (n = 0; hold_add(hold, &pkt) != NULL; n++)
		assert_true(n < 1024);
	assert_true(n >= 200);
	assert_true((size_t)n * pkt.len <= (size_t)16 << 20);
	/* The others have room of their own. */
	pkt.len = 29;
	assert_non_null(hold_add(hold, &pkt));
	while (hold_oldest(hold) != NULL)
		hold_release(hold, hold_oldest(hold));
	pkt.len = 65535;
	assert_non_null(hold_add(hold, &pkt));
}

static void
bytes_are_a_copy(void **state)
{
	struct hold		*hold = hold_new(2);
	struct divert_packet	 pkt = make(1, 1, 1000, 5);
	struct held		*held = hold_add(hold, &pkt);

	(void)state;
	pkt.data[28] = 6;
	assert_int_equal(held->pkt.data[28], 5);
}

static void
found_by_id(void **state)
{
	struct hold		*hold = hold_new(8);
	struct divert_packet	 pkt;

	(void)state;
	/* ids that share a bucket */
	pkt = make(1, 1, 1000, 1);
	hold_add(hold, &pkt);
	pkt = make(1 + BUCKETS, 2, 1000, 2);
	hold_add(hold, &pkt);
	pkt = make(1 + BUCKETS, 9, 9, 9);
	assert_int_equal(hold_find(hold, &pkt)->pkt.data[28], 2);
	/* An id that is gone is no reason to take its twin in bytes. */
	pkt = make(5, 1, 1000, 1);
	assert_null(hold_find(hold, &pkt));
}

static void
found_by_bytes_oldest_first(void **state)
{
	struct hold		*hold = hold_new(8);
	struct divert_packet	 pkt;
	struct held		*held;

	(void)state;
	pkt = make(1, 7, 1000, 1);
	hold_add(hold, &pkt);
	pkt = make(2, 7, 1000, 2);
	hold_add(hold, &pkt);
	pkt = make(3, 7, 1000, 1);
	hold_add(hold, &pkt);
	pkt = bare(7, 1000, 1);
	held = hold_find(hold, &pkt);
	assert_int_equal(held->pkt.id, 1);
	hold_release(hold, held);
	pkt = bare(7, 1000, 1);
	assert_int_equal(hold_find(hold, &pkt)->pkt.id, 3);
}

static void
found_by_flow_and_ip_id(void **state)
{
	struct hold		*hold = hold_new(8);
	struct divert_packet	 pkt;

	(void)state;
	pkt = make(1, 7, 1000, 1);
	hold_add(hold, &pkt);
	pkt = make(2, 8, 1000, 1);
	hold_add(hold, &pkt);
	pkt = bare(8, 1000, 99);
	assert_int_equal(hold_find(hold, &pkt)->pkt.id, 2);
	pkt = bare(9, 1000, 99);
	assert_null(hold_find(hold, &pkt));
	pkt = bare(8, 1001, 99);
	assert_null(hold_find(hold, &pkt));
}

static void
never_guessed(void **state)
{
	struct hold		*hold = hold_new(8);
	struct divert_packet	 pkt;

	(void)state;
	/* Two that only their place could tell apart. */
	pkt = make(1, 0, 1000, 1);
	hold_add(hold, &pkt);
	pkt = make(2, 0, 1000, 2);
	hold_add(hold, &pkt);
	pkt = bare(0, 1000, 99);
	assert_null(hold_find(hold, &pkt));
	hold_release(hold, hold_oldest(hold));
	pkt = bare(0, 1000, 99);
	assert_int_equal(hold_find(hold, &pkt)->pkt.id, 2);
}

static void
memory_recalls_direction(void **state)
{
	struct flow_memory	*memory = flow_memory_new();
	struct divert_packet	 pkt;

	(void)state;
	pkt = make(1, 1, 1000, 1);
	pkt.direction = DIVERT_DIRECTION_OUT;
	strlcpy(pkt.ifname, "em1", sizeof(pkt.ifname));
	pkt.out_ifindex = 7;
	flow_memory_learn(memory, &pkt);
	pkt = bare(2, 1000, 2);
	flow_memory_recall(memory, &pkt);
	assert_int_equal(pkt.direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(pkt.ifname, "em1");
	assert_int_equal(pkt.out_ifindex, 7);
	pkt = bare(2, 1001, 2);
	flow_memory_recall(memory, &pkt);
	assert_int_equal(pkt.direction, DIVERT_DIRECTION_NONE);
	/* What the packet says itself stays. */
	pkt = bare(2, 1000, 2);
	pkt.direction = DIVERT_DIRECTION_IN;
	flow_memory_recall(memory, &pkt);
	assert_int_equal(pkt.direction, DIVERT_DIRECTION_IN);
	assert_string_equal(pkt.ifname, "");
	free(memory);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(window_is_a_bound),
		cmocka_unit_test(large_packets_are_bounded),
		cmocka_unit_test(bytes_are_a_copy),
		cmocka_unit_test(found_by_id),
		cmocka_unit_test(found_by_bytes_oldest_first),
		cmocka_unit_test(found_by_flow_and_ip_id),
		cmocka_unit_test(never_guessed),
		cmocka_unit_test(memory_recalls_direction),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
