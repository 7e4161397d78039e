/* SPDX-License-Identifier: ISC */

/*
 * What the divert port decides, with the addresses each kernel makes: these
 * are written out byte by byte, for no header here has a sin_len.
 */

#include "../../lib/libdivertutil/port_divert_decide.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct divert_kernel *const openbsd = &divert_kernel_openbsd;
static const struct divert_kernel *const freebsd = &divert_kernel_freebsd;

/* length, family, port, 192.0.2.1 */
static const uint8_t	 openbsd_in[] = { 16, 2, 0, 0, 192, 0, 2, 1,
			    0, 0, 0, 0, 0, 0, 0, 0 };
static const uint8_t	 openbsd_out[] = { 16, 2, 0, 0, 0, 0, 0, 0,
			    0, 0, 0, 0, 0, 0, 0, 0 };
/* length, family 24, port, flow, fe80:5::1, scope 0 */
static const uint8_t	 openbsd_in6[] = { 28, 24, 0, 0, 0, 0, 0, 0,
			    0xfe, 0x80, 0, 5, 0, 0, 0, 0,
			    0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
static const uint8_t	 openbsd_in6_global[] = { 28, 24, 0, 0, 0, 0, 0, 0,
			    0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0,
			    0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
static const uint8_t	 openbsd_out6[28] = { 28, 24 };

/* Rule 300 as this machine keeps it, then 192.0.2.1 and "em0". */
static void
freebsd_address(uint8_t *addr, int in, const char *name)
{
	uint16_t	 rule = 300;

	memset(addr, 0, DIVERT_ADDRESS_SIZE);
	addr[0] = 16;
	addr[1] = 2;
	memcpy(addr + 2, &rule, 2);
	if (in)
		memcpy(addr + 4, openbsd_in + 4, 4);
	memcpy(addr + 8, name, strlen(name));
}

static void
openbsd_addresses(void **state)
{
	struct divert_origin	 o;

	(void)state;
	divert_decide_origin(openbsd, openbsd_in, 16, &o);
	assert_int_equal(o.version, 4);
	assert_int_equal(o.direction, DIVERT_DIRECTION_IN);
	assert_int_equal(o.rule, 0);
	assert_string_equal(o.name, "");
	assert_ptr_equal(o.ip, openbsd_in + 4);
	divert_decide_origin(openbsd, openbsd_out, 16, &o);
	assert_int_equal(o.direction, DIVERT_DIRECTION_OUT);
	divert_decide_origin(openbsd, openbsd_in6, 28, &o);
	assert_int_equal(o.version, 6);
	assert_int_equal(o.direction, DIVERT_DIRECTION_IN);
	assert_int_equal(o.ifindex, 5);
	divert_decide_origin(openbsd, openbsd_in6_global, 28, &o);
	assert_int_equal(o.direction, DIVERT_DIRECTION_IN);
	assert_int_equal(o.ifindex, 0);
	divert_decide_origin(openbsd, openbsd_out6, 28, &o);
	assert_int_equal(o.version, 6);
	assert_int_equal(o.direction, DIVERT_DIRECTION_OUT);
}

static void
freebsd_addresses(void **state)
{
	uint8_t			 addr[DIVERT_ADDRESS_SIZE];
	struct divert_origin	 o;

	(void)state;
	freebsd_address(addr, 1, "em0");
	divert_decide_origin(freebsd, addr, 16, &o);
	assert_int_equal(o.version, 4);
	assert_int_equal(o.direction, DIVERT_DIRECTION_IN);
	assert_int_equal(o.rule, 300);
	assert_string_equal(o.name, "em0");
	freebsd_address(addr, 0, "");
	divert_decide_origin(freebsd, addr, 16, &o);
	assert_int_equal(o.direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(o.name, "");
	/* Eight characters with no NUL: no kernel does, and nothing breaks. */
	freebsd_address(addr, 0, "epair12a");
	divert_decide_origin(freebsd, addr, 16, &o);
	assert_string_equal(o.name, "epair12a");
}

/* An interface without an address of the family: zero, hence outbound. */
static void
interface_without_an_address(void **state)
{
	uint8_t			 addr[DIVERT_ADDRESS_SIZE];
	struct divert_origin	 o;

	(void)state;
	divert_decide_origin(openbsd, openbsd_out, 16, &o);
	assert_int_equal(o.direction, DIVERT_DIRECTION_OUT);
	freebsd_address(addr, 0, "vlan3");
	divert_decide_origin(freebsd, addr, 16, &o);
	assert_int_equal(o.direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(o.name, "vlan3");
}

static void
no_address_of_this_kernel(void **state)
{
	struct divert_origin	 o;

	(void)state;
	divert_decide_origin(openbsd, openbsd_in, 0, &o);
	assert_int_equal(o.version, 0);
	assert_int_equal(o.direction, DIVERT_DIRECTION_NONE);
	divert_decide_origin(openbsd, openbsd_in, 15, &o);
	assert_int_equal(o.version, 0);
	divert_decide_origin(openbsd, openbsd_in6, 27, &o);
	assert_int_equal(o.version, 0);
	/* FreeBSD's families are others, and it has one socket. */
	divert_decide_origin(freebsd, openbsd_in6, 28, &o);
	assert_int_equal(o.version, 0);
	assert_int_equal(o.direction, DIVERT_DIRECTION_NONE);
}

static void
socket_of_a_packet(void **state)
{
	(void)state;
	assert_int_equal(divert_decide_socket(openbsd, 4, 4), 0);
	assert_int_equal(divert_decide_socket(openbsd, 6, 6), 1);
	assert_int_equal(divert_decide_socket(openbsd, 4, 6), -1);
	assert_int_equal(divert_decide_socket(openbsd, 6, 4), -1);
	assert_int_equal(divert_decide_socket(freebsd, 4, 6), 0);
	assert_int_equal(divert_decide_socket(freebsd, 4, 4), 0);
}

static void
addresses_to_bind(void **state)
{
	uint8_t	 addr[DIVERT_ADDRESS_SIZE];

	(void)state;
	assert_int_equal(divert_decide_bind(openbsd, 0, 700, addr), 16);
	assert_memory_equal(addr, "\x10\x02\x02\xbc\0\0\0\0\0\0\0\0\0\0\0\0",
	    16);
	assert_int_equal(divert_decide_bind(openbsd, 1, 700, addr), 28);
	assert_memory_equal(addr, "\x1c\x18\x02\xbc\0\0\0\0\0\0\0\0\0\0\0\0",
	    16);
	assert_int_equal(divert_decide_bind(freebsd, 0, 65535, addr), 16);
	assert_memory_equal(addr, "\x10\x02\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
	    16);
}

static void
errnos_of_receiving(void **state)
{
	(void)state;
	assert_int_equal(divert_decide_recv(openbsd, EINTR),
	    DIVERT_DECIDE_AGAIN);
	assert_int_equal(divert_decide_recv(openbsd, EAGAIN),
	    DIVERT_DECIDE_LATER);
	assert_int_equal(divert_decide_recv(openbsd, ENOBUFS),
	    DIVERT_DECIDE_LOSSES);
	assert_int_equal(divert_decide_recv(openbsd, EBADF),
	    DIVERT_DECIDE_GONE);
	assert_int_equal(divert_decide_recv(openbsd, ENOTSOCK),
	    DIVERT_DECIDE_GONE);
	assert_int_equal(divert_decide_recv(openbsd, EHOSTUNREACH),
	    DIVERT_DECIDE_COUNT);
	assert_int_equal(divert_decide_recv(openbsd, EACCES),
	    DIVERT_DECIDE_COUNT);
	/* ECAPMODE of FreeBSD; another errno elsewhere. */
	assert_int_equal(divert_decide_recv(freebsd, 94),
	    DIVERT_DECIDE_GONE);
	assert_int_equal(divert_decide_recv(openbsd, 94),
	    DIVERT_DECIDE_COUNT);
}

static void
no_errno_of_sending_is_fatal(void **state)
{
	int	 error;

	(void)state;
	for (error = 0; error < 200; error++)
		assert_int_not_equal(divert_decide_send(error),
		    DIVERT_DECIDE_GONE);
	assert_int_equal(divert_decide_send(ENOBUFS), DIVERT_DECIDE_LATER);
	assert_int_equal(divert_decide_send(EINTR), DIVERT_DECIDE_AGAIN);
	assert_int_equal(divert_decide_send(EADDRNOTAVAIL),
	    DIVERT_DECIDE_COUNT);
	assert_int_equal(divert_decide_send(EMSGSIZE), DIVERT_DECIDE_COUNT);
	assert_int_equal(divert_decide_send(EACCES), DIVERT_DECIDE_COUNT);
}

static void
errnos_of_opening(void **state)
{
	(void)state;
	assert_int_equal(divert_decide_open(EPROTONOSUPPORT), ENOTSUP);
	assert_int_equal(divert_decide_open(EAFNOSUPPORT), ENOTSUP);
	assert_int_equal(divert_decide_open(EPFNOSUPPORT), ENOTSUP);
	assert_int_equal(divert_decide_open(EACCES), EACCES);
	assert_int_equal(divert_decide_open(EPERM), EPERM);
	assert_int_equal(divert_decide_open(EADDRINUSE), EADDRINUSE);
	assert_int_equal(divert_decide_open(ENOBUFS), ENOBUFS);
}

static void
addresses_to_inject(void **state)
{
	struct divert_interface	 em0 = { .index = 5, .has4 = 1, .has6 = 1,
				    .addr4 = { 192, 0, 2, 1 },
				    .addr6 = { 0xfe, 0x80, [15] = 1 },
				    .name = "em0" };
	struct divert_interface	 bare = { .index = 6, .name = "vlan3" };
	uint8_t			 addr[DIVERT_ADDRESS_SIZE], want[28];

	(void)state;
	/* The very addresses the kernel would have given. */
	assert_int_equal(divert_decide_inject(openbsd, 4, &em0, 0, addr), 16);
	assert_memory_equal(addr, openbsd_in, 16);
	assert_int_equal(divert_decide_inject(openbsd, 6, &em0, 0, addr), 28);
	assert_memory_equal(addr, openbsd_in6, 28);
	assert_int_equal(divert_decide_inject(openbsd, 4, NULL, 7, addr), 16);
	assert_memory_equal(addr, openbsd_out, 16);
	assert_int_equal(divert_decide_inject(openbsd, 6, NULL, 7, addr), 28);
	assert_memory_equal(addr, openbsd_out6, 28);
	freebsd_address(want, 1, "em0");
	assert_int_equal(divert_decide_inject(freebsd, 4, &em0, 300, addr), 16);
	assert_memory_equal(addr, want, 16);
	assert_int_equal(divert_decide_inject(freebsd, 6, &em0, 300, addr), 16);
	assert_memory_equal(addr, want, 16);
	freebsd_address(want, 0, "");
	assert_int_equal(divert_decide_inject(freebsd, 4, NULL, 300, addr), 16);
	assert_memory_equal(addr, want, 16);
	/* No address: OpenBSD cannot be told, FreeBSD by the name. */
	errno = 0;
	assert_int_equal(divert_decide_inject(openbsd, 4, &bare, 0, addr), -1);
	assert_int_equal(errno, EADDRNOTAVAIL);
	assert_int_equal(divert_decide_inject(openbsd, 6, &bare, 0, addr), -1);
	assert_int_equal(divert_decide_inject(freebsd, 4, &bare, 0, addr), 16);
	assert_memory_equal(addr + 8, "vlan3", 6);
	assert_int_not_equal(addr[4], 0);
	/* A name that does not go in whole names nothing. */
	strcpy(bare.name, "vlan1234");
	assert_int_equal(divert_decide_inject(freebsd, 4, &bare, 0, addr), -1);
}

/* A UDP packet of 40 bytes at data with headroom. */
static struct divert_packet
packet(uint8_t *data)
{
	static const uint8_t	 bytes[40] = { 0x45, 0, 0, 40, 0, 1, 0, 0, 64,
				    17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7,
				    0, 53, 0, 53, 0, 20 };
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	memcpy(data, bytes, sizeof(bytes));
	pkt.data = data;
	pkt.len = pkt.wirelen = sizeof(bytes);
	return (pkt);
}

static void
what_may_be_written(void **state)
{
	static const struct {
		int		 byte;
		uint8_t		 value;
		int		 openbsd;
		int		 freebsd;
	} cases[] = {
		{ 0, 0x45, 0, 0 },
		{ 0, 0x35, DIVERT_REASON_VERSION, DIVERT_REASON_VERSION },
		{ 0, 0x44, DIVERT_REASON_IP_HLEN, DIVERT_REASON_IP_HLEN },
		{ 3, 41, DIVERT_REASON_IP_TRUNCATED,
		    DIVERT_REASON_IP_TRUNCATED },
		{ 3, 19, DIVERT_REASON_IP_LENGTH, DIVERT_REASON_IP_LENGTH },
		{ 6, 0x40, 0, 0 },			/* DF */
		{ 6, 0x20, DIVERT_REASON_FRAGMENT, 0 },	/* MF */
		{ 7, 2, DIVERT_REASON_FRAGMENT, 0 },
		{ 25, 4, 0, 0 },	/* UDP's length: not ours to judge */
		{ 3, 25, 0, 0 },	/* shorter than UDP: nor this */
	};
	uint8_t			 room[DIVERT_HEADROOM + 64];
	struct divert_layout	 layout;
	struct divert_packet	 pkt;
	uint32_t		 len;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pkt = packet(room + DIVERT_HEADROOM);
		pkt.data[cases[i].byte] = cases[i].value;
		assert_int_equal(divert_decide_write(openbsd, &pkt, &layout,
		    &len), cases[i].openbsd);
		assert_int_equal(divert_decide_write(freebsd, &pkt, &layout,
		    &len), cases[i].freebsd);
		if (cases[i].freebsd == 0)
			assert_int_equal(len, pkt.data[3]);
	}
	pkt = packet(room + DIVERT_HEADROOM);
	pkt.flags = DIVERT_PACKET_TRUNCATED;
	assert_int_equal(divert_decide_write(freebsd, &pkt, &layout, &len),
	    DIVERT_REASON_TRUNCATED);
	pkt.flags = 0;
	pkt.len = 0;
	assert_int_equal(divert_decide_write(freebsd, &pkt, &layout, &len),
	    DIVERT_REASON_EMPTY);
}

static void
which_sums(void **state)
{
	struct divert_origin	 in = { 4, DIVERT_DIRECTION_IN, 300, 0, NULL,
				    "em0" };
	struct divert_origin	 forwarded = { 4, DIVERT_DIRECTION_OUT, 300,
				    0, NULL, "em0" };
	struct divert_origin	 own = { 4, DIVERT_DIRECTION_OUT, 300, 0,
				    NULL, "" };

	(void)state;
	assert_int_equal(divert_decide_repair(openbsd, DIVERT_PASS, &in), 1);
	assert_int_equal(divert_decide_repair(openbsd, DIVERT_PASS, &own), 1);
	assert_int_equal(divert_decide_repair(freebsd, DIVERT_PASS, &in), 0);
	assert_int_equal(divert_decide_repair(freebsd, DIVERT_PASS,
	    &forwarded), 0);
	assert_int_equal(divert_decide_repair(freebsd, DIVERT_PASS, &own), 1);
	assert_int_equal(divert_decide_repair(freebsd, DIVERT_REPLACE, &in),
	    1);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(openbsd_addresses),
		cmocka_unit_test(freebsd_addresses),
		cmocka_unit_test(interface_without_an_address),
		cmocka_unit_test(no_address_of_this_kernel),
		cmocka_unit_test(socket_of_a_packet),
		cmocka_unit_test(addresses_to_bind),
		cmocka_unit_test(errnos_of_receiving),
		cmocka_unit_test(no_errno_of_sending_is_fatal),
		cmocka_unit_test(errnos_of_opening),
		cmocka_unit_test(addresses_to_inject),
		cmocka_unit_test(what_may_be_written),
		cmocka_unit_test(which_sums),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
