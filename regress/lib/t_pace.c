/* SPDX-License-Identifier: ISC */

/* When packets of a capture are due: on a made clock. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "pace.h"

#define SECOND	UINT64_C(1000000000)

static struct divert_packet
at(int64_t ms, uint32_t len)
{
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	pkt.time.tv_sec = 1700000000 + ms / 1000;
	pkt.time.tv_nsec = ms % 1000 * 1000000;
	pkt.wirelen = len;
	return (pkt);
}

static void
parsed(void **state)
{
	static const char *const	 bad[] = { "", "fast", "x", "0x", "0",
					    "-1/s", "1/m", "1T", "10Mb", "nan",
					    "1e999" };
	struct pump_pace		 pace;
	size_t				 i;

	(void)state;
	assert_int_equal(pace_parse("orig", &pace), 0);
	assert_int_equal(pace.kind, PACE_TIMES);
	assert_true(pace.value == 1);
	assert_int_equal(pace_parse("2.5x", &pace), 0);
	assert_true(pace.kind == PACE_TIMES && pace.value == 2.5);
	assert_int_equal(pace_parse("1000/s", &pace), 0);
	assert_true(pace.kind == PACE_PACKETS && pace.value == 1000);
	assert_int_equal(pace_parse("10M", &pace), 0);
	assert_true(pace.kind == PACE_BITS && pace.value == 1e7);
	assert_int_equal(pace_parse("max", &pace), 0);
	assert_int_equal(pace.kind, PACE_MAX);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pace_parse(bad[i], &pace), -1);
}

/* A late packet does not make the next ones late. */
static void
schedule_is_absolute(void **state)
{
	struct pump_pace	 twice = { PACE_TIMES, 2 };
	struct pace		 pace;
	struct divert_packet	 pkt;

	(void)state;
	pace_init(&pace, &twice);
	pkt = at(0, 100);
	assert_int_equal(pace_wait(&pace, &pkt, 5u * SECOND), 0);
	pace_sent(&pace, &pkt);
	pkt = at(1000, 100);
	assert_int_equal(pace_wait(&pace, &pkt, 5u * SECOND), SECOND / 2);
	/* 0.3 s late */
	assert_int_equal(pace_wait(&pace, &pkt, 5800000000u), 0);
	pace_sent(&pace, &pkt);
	pkt = at(2000, 100);
	assert_int_equal(pace_wait(&pace, &pkt, 5800000000u), 200000000);
	/* Back in time: at once. */
	pkt = at(500, 100);
	assert_int_equal(pace_wait(&pace, &pkt, 5800000000u), 0);
}

/* A second input begins when the first was over, however late that was. */
static void
inputs_follow(void **state)
{
	struct pump_pace	 once = { PACE_TIMES, 1 };
	struct pace		 pace;
	struct divert_packet	 pkt;
	uint64_t		 now = 5u * SECOND;
	int			 loop;

	(void)state;
	pace_init(&pace, &once);
	for (loop = 0; loop < 3; loop++) {
		/* Two packets, 0.5 s apart, on another day each time. */
		pkt = at(86400000 * (int64_t)loop, 100);
		assert_int_equal(pace_wait(&pace, &pkt, now), 0);
		pace_sent(&pace, &pkt);
		pkt = at(86400000 * (int64_t)loop + 500, 100);
		/* Late, but not later with each loop. */
		assert_int_equal(pace_wait(&pace, &pkt, now + 1000),
		    SECOND / 2 - 1000);
		now += SECOND / 2;
		assert_int_equal(pace_wait(&pace, &pkt, now), 0);
		pace_sent(&pace, &pkt);
		pace_again(&pace);
	}
}

static void
rates(void **state)
{
	struct pump_pace	 packets = { PACE_PACKETS, 100 };
	struct pump_pace	 bits = { PACE_BITS, 8000 };
	struct pace		 pace;
	struct divert_packet	 pkt = at(0, 500);
	int			 i;

	(void)state;
	pace_init(&pace, &packets);
	for (i = 0; i < 10; i++) {
		assert_int_equal(pace_wait(&pace, &pkt, 7u * SECOND),
		    (uint64_t)i * 10000000);
		pace_sent(&pace, &pkt);
	}
	pace_init(&pace, &bits);
	assert_int_equal(pace_wait(&pace, &pkt, 0), 0);
	pace_sent(&pace, &pkt);
	assert_int_equal(pace_wait(&pace, &pkt, 0), SECOND / 2);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(parsed),
		cmocka_unit_test(schedule_is_absolute),
		cmocka_unit_test(inputs_follow),
		cmocka_unit_test(rates),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
