/* SPDX-License-Identifier: ISC */
/*
 * The clauses, one group after the other, each written once for the real
 * system and for the model.  A part of bsdtest.c.
 *
 * A packet is looked for until a deadline, so what must come ends the wait;
 * for what must not come the wait is `quiet' milliseconds, after something
 * that is known to come later where that is possible.
 */

#define MANY	400
#define MANY_BYTES 1328

static struct kernel	*k;
static int		 late = 5000;	/* ms for what must come */
static int		 quiet = 300;	/* ms for what must not come */
static uint32_t		 cookies;
static int		 s4 = -1, s6 = -1;	/* the sockets of the port */
static struct packet	 made, seen, again;
static struct from	 from;

static const unsigned char far_a[] = { 192, 0, 2, 2 };
static const unsigned char near_a[] = { 192, 0, 2, 1 };
static const unsigned char alias_a[] = { 192, 0, 2, 65 };
static const unsigned char near_b[] = { 198, 51, 100, 1 };
static const unsigned char far_b[] = { 198, 51, 100, 2 };
static const unsigned char nobodys[] = { 203, 0, 113, 9 };
static const unsigned char far_a6[] =
    { 0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };
static const unsigned char near_a6[] =
    { 0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
static const unsigned char far_b6[] =
    { 0x20, 1, 0xd, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };
static const unsigned char near_b6[] =
    { 0x20, 1, 0xd, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

/* ---- small things -------------------------------------------------------- */

static long
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static const char *
errno_name(int error)
{
	static char	 number[32];
	static const struct {
		int		 value;
		const char	*name;
	} names[] = {
		{ EACCES, "EACCES" }, { EPERM, "EPERM" },
		{ EADDRINUSE, "EADDRINUSE" },
		{ EADDRNOTAVAIL, "EADDRNOTAVAIL" },
		{ EAFNOSUPPORT, "EAFNOSUPPORT" },
		{ EPROTONOSUPPORT, "EPROTONOSUPPORT" },
		{ EAGAIN, "EAGAIN" }, { EDESTADDRREQ, "EDESTADDRREQ" },
		{ EINVAL, "EINVAL" }, { EMSGSIZE, "EMSGSIZE" },
		{ ENOBUFS, "ENOBUFS" }, { EOPNOTSUPP, "EOPNOTSUPP" },
		{ EHOSTUNREACH, "EHOSTUNREACH" }, { ENETDOWN, "ENETDOWN" },
		{ ENETUNREACH, "ENETUNREACH" }, { ENOTCONN, "ENOTCONN" },
		{ ENOSYS, "ENOSYS" }, { EISCONN, "EISCONN" },
		{ ENOPROTOOPT, "ENOPROTOOPT" },
#ifdef ECAPMODE
		{ ECAPMODE, "ECAPMODE" },
#endif
	};
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].value == error)
			return (names[i].name);
	snprintf(number, sizeof(number), "errno %d", error);
	return (number);
}

/* "ok", or the name of errno. */
static const char *
outcome(long rc)
{
	return (rc != -1 ? "ok" : errno_name(errno));
}

static int
openbsd(void)
{
	return (k->system == OPENBSD);
}

/* The address 0.0.0.0, or `address', for IPv4; port 0. */
static struct from
place4(const unsigned char *address, unsigned int port)
{
	struct from	 f;

	memset(&f, 0, sizeof(f));
	f.len = sizeof(f.u.in);
	f.u.in.sin_family = AF_INET;
#ifdef SIN6_LEN
	f.u.in.sin_len = sizeof(f.u.in);
#endif
	f.u.in.sin_port = htons((uint16_t)port);
	if (address != NULL)
		memcpy(&f.u.in.sin_addr, address, 4);
	return (f);
}

static struct from
place6(const unsigned char *address, unsigned int port)
{
	struct from	 f;

	memset(&f, 0, sizeof(f));
	f.len = sizeof(f.u.in6);
	f.u.in6.sin6_family = AF_INET6;
#ifdef SIN6_LEN
	f.u.in6.sin6_len = sizeof(f.u.in6);
#endif
	f.u.in6.sin6_port = htons((uint16_t)port);
	if (address != NULL)
		memcpy(&f.u.in6.sin6_addr, address, 16);
	return (f);
}

/*
 * Where an IPv6 packet is written: FreeBSD has one kind of address, and what
 * it says is the direction and the interface.
 */
static struct from
way6(int in)
{
	if (openbsd())
		return (place6(in ? near_a6 : NULL, 0));
	return (place4(in ? near_a : NULL, 0));
}

static int
socket6(void)
{
	return (openbsd() ? s6 : s4);
}

static void
make4(struct packet *p, const unsigned char *source, const unsigned char *to,
    int proto, unsigned int dport, size_t length)
{
	struct ends	 e;

	memset(&e, 0, sizeof(e));
	e.version = 4;
	memcpy(e.from, source, 4);
	memcpy(e.to, to, 4);
	e.sport = 5000;
	e.dport = dport;
	craft(p, &e, proto, length, ++cookies);
}

static void
make6(struct packet *p, const unsigned char *source, const unsigned char *to,
    int proto, size_t length)
{
	struct ends	 e;

	memset(&e, 0, sizeof(e));
	e.version = 6;
	memcpy(e.from, source, 16);
	memcpy(e.to, to, 16);
	e.sport = 5000;
	e.dport = 7000;
	craft(p, &e, proto, length, ++cookies);
}

/* ---- finding packets ----------------------------------------------------- */

/*
 * The packet with this cookie (0: any), from a socket within `ms'; others go
 * on as they came.
 */
static int
take(int s, struct packet *p, struct from *f, uint32_t cookie, int ms)
{
	struct from	 f_own;
	ssize_t		 n;
	long		 end = now_ms() + ms;
	int		 flags, left;

	if (f == NULL)
		f = &f_own;
	for (;;) {
		n = k->recv(s, p->b, PACKET_MAX, f, &flags);
		if (n > 0) {
			p->n = (size_t)n;
			if (cookie == 0 || cookie_of(p) == cookie)
				return (1);
			k->sendto(s, p->b, p->n, f);
		}
		/* Also when there is always something: it may be a loop. */
		left = (int)(end - now_ms());
		if (left <= 0 || (n <= 0 && !k->wait_socket(s, left)))
			return (0);
	}
}

/* The packet with this cookie at the far end of a wire. */
static int
find(int wire, struct packet *p, uint32_t cookie, int ms)
{
	long	 end = now_ms() + ms;
	int	 left;

	for (;;) {
		while (k->receive(wire, p))
			if (cookie_of(p) == cookie)
				return (1);
		left = (int)(end - now_ms());
		if (left <= 0 || !k->wait_wire(wire, left))
			return (0);
	}
}

/* The same, put together from its pieces. */
static int
find_whole(int wire, struct packet *p, uint32_t cookie, int ms)
{
	unsigned int	 id = 0;
	int		 begun = 0, left;
	long		 end = now_ms() + ms;

	p->n = 0;
	for (;;) {
		while (k->receive(wire, &again)) {
			if (cookie_of(&again) == cookie) {
				if (!is_fragment(&again)) {
					memcpy(p->b, again.b, again.n);
					p->n = again.n;
					return (1);
				}
				begun = 1;
				id = get16(again.b + 4);
			}
			if (begun && is_fragment(&again) &&
			    get16(again.b + 4) == id && assemble(p, &again))
				return (1);
		}
		left = (int)(end - now_ms());
		if (left <= 0 || !k->wait_wire(wire, left))
			return (0);
	}
}

/* Let go of all that waits in a socket; how many there were. */
static int
drain(int s)
{
	struct from	 f;
	int		 flags, n = 0;

	while (k->recv(s, again.b, PACKET_MAX, &f, &flags) > 0)
		n++;
	return (n);
}

static const char *
arrives(int wire, uint32_t cookie)
{
	return (find(wire, &seen, cookie, late) ? "arrives" : "nothing");
}

static const char *
same_bytes(const struct packet *a, const struct packet *b)
{
	if (a->n != b->n)
		return ("other length");
	return (memcmp(a->b, b->b, a->n) == 0 ? "same bytes" : "other bytes");
}

/* A packet from the far end of A, read from its socket. */
static int
come(int s, size_t length)
{
	make4(&made, far_a, far_b, P_UDP, 7000, length);
	if (k->transmit(WIRE_A, &made) == -1)
		return (0);
	return (take(s, &seen, &from, cookie_of(&made), late));
}

/*
 * A packet that the host sends, read from the socket; `cookie' is set.  It
 * may be asked for again: a name may not be resolved at once.
 */
static int
leave(int s, int version, uint32_t *cookie)
{
	unsigned char	 payload[64];

	memset(payload, 0x5a, sizeof(payload));
	*cookie = ++cookies;
	put_cookie(payload, *cookie);
	if (k->speak(version, payload, sizeof(payload)) == -1)
		return (0);
	return (take(s, &seen, &from, *cookie, late));
}

/* ---- what an address says ------------------------------------------------ */

static const char *
zero_of(const struct from *f)
{
	static char	 text[64];
	char		 name[sizeof(f->u.in.sin_zero) + 1];

	memcpy(name, f->u.in.sin_zero, sizeof(f->u.in.sin_zero));
	name[sizeof(f->u.in.sin_zero)] = '\0';
	if (name[0] == '\0')
		return ("zero");
	if (strcmp(name, k->name[WIRE_A]) == 0)
		return ("interface");
	snprintf(text, sizeof(text), "\"%.8s\"", name);
	return (text);
}

static const char *
address_of(const struct from *f)
{
	static char	 text[INET_ADDRSTRLEN];

	if (f->u.sa.sa_family != AF_INET || f->len != sizeof(f->u.in))
		return ("no sockaddr_in");
	if (memcmp(&f->u.in.sin_addr, near_a, 4) == 0)
		return ("first address");
	inet_ntop(AF_INET, &f->u.in.sin_addr, text, sizeof(text));
	return (text);
}

/* "first address, port rule": the port as it stands, no byte order changed. */
static const char *
address_port(const struct from *f)
{
	static char	 text[80];
	unsigned int	 port = f->u.in.sin_port;

	if (port == 0)
		snprintf(text, sizeof(text), "%s, port 0", address_of(f));
	else if (k->rule != 0 && port >= k->rule && port < k->rule + 10)
		snprintf(text, sizeof(text), "%s, port rule", address_of(f));
	else
		snprintf(text, sizeof(text), "%s, port %u", address_of(f),
		    port);
	return (text);
}

static const char *
address6(const struct from *f)
{
	static char		 text[INET6_ADDRSTRLEN];
	const unsigned char	*a = (const void *)&f->u.in6.sin6_addr;

	if (f->u.sa.sa_family == AF_INET)
		return (strcmp(address_of(f), "first address") == 0 ?
		    "first IPv4 address" : address_of(f));
	if (f->len != sizeof(f->u.in6))
		return ("no sockaddr_in6");
	if (a[0] == 0xfe && a[1] == 0x80 && get16(a + 2) != 0)
		return ("link-local with its scope");
	inet_ntop(AF_INET6, a, text, sizeof(text));
	return (text);
}

/* ---- the groups ---------------------------------------------------------- */

static void
clause_socket(void)
{
	struct from	 f;
	int		 s;

	s4 = k->socket(AF_INET);
	point("open", "%s", s4 != -1 ? k->form : errno_name(errno));
	if (openbsd()) {
		s6 = k->socket(AF_INET6);
		point("open6", "%s", outcome(s6));
	}
	if (s4 == -1)
		return;
	point("open-user", "%s", k->child(CHILD_OPEN, -1, NULL, NULL));

	point("buffer-receive", "%d", k->buffer(s4, SO_RCVBUF, 0));
	point("buffer-send", "%d", k->buffer(s4, SO_SNDBUF, 0));
	if (openbsd())
		point("buffer-sysctl", "%d", k->space());

	f = place4(NULL, PORT);
	point("bind", "%s", outcome(k->bind(s4, &f)));
	s = k->socket(AF_INET);
	point("bind-second", "%s", outcome(k->bind(s, &f)));
	f = place4(near_b, OTHER_PORT);
	if (k->bind(s, &f) == -1)
		point_note("bind to a local address: %s", errno_name(errno));
	point("connect", "%s", outcome(k->connect(s, &f)));
	k->close(s);
	s = k->socket(AF_INET);
	f = place4(NULL, 0);
	if (k->bind(s, &f) == -1)
		point("bind-zero", "%s", errno_name(errno));
	else
		point("bind-zero", "%s", k->bound(s) == 0 ? "0" : "a port");
	k->close(s);
	if (openbsd()) {
		f = place6(NULL, PORT);
		point("bind6", "%s", outcome(k->bind(s6, &f)));
	}
	/* A number space of its own: UDP may have the number too. */
	point("bind-udp", "%s", outcome(k->udp(PORT)));

	s = k->socket(AF_INET);
	if (k->buffer(s, SO_RCVBUF, 1048576) == -1)
		point("buffer-1m", "%s", errno_name(errno));
	else
		point("buffer-1m", "%d", k->buffer(s, SO_RCVBUF, 0));
	if (k->buffer(s, SO_RCVBUF, 2097152) == -1)
		point("buffer-2m", "%s", errno_name(errno));
	else
		point("buffer-2m", "%d", k->buffer(s, SO_RCVBUF, 0));
	point("buffer-over", "%s", outcome(k->buffer(s, SO_RCVBUF, 2097153)));
	k->close(s);

	make4(&made, near_a, far_a, P_UDP, 7000, 64);
	point("write", "%s", outcome(k->write(s4, made.b, made.n)));
	f = place6(NULL, 0);
	point("write-family", "%s",
	    outcome(k->sendto(s4, made.b, made.n, &f)));
	f = place4(NULL, 0);
	f.len = 8;
	point("write-length", "%s",
	    outcome(k->sendto(s4, made.b, made.n, &f)));
}

static void
clause_inbound(void)
{
	struct from	 f;
	uint32_t	 cookie;
	ssize_t		 n;
	int		 s;

	if (!come(s4, 64)) {
		point("in-arrives", "nothing");
		return;
	}
	cookie = cookie_of(&made);
	point("in-arrives", "%s", same_bytes(&made, &seen));
	point("in-address", "%s", address_port(&from));
	point("in-zero", "%s", zero_of(&from));
	if (k->sendto(s4, seen.b, seen.n, &from) == -1)
		point("in-back", "%s", errno_name(errno));
	else
		point("in-back", "%s", arrives(WIRE_B, cookie));
	point("in-once", "%s",
	    take(s4, &seen, &f, cookie, quiet) ? "diverted again" : "nothing");

	/* The wrong port: junk for OpenBSD, 0 for FreeBSD. */
	come(s4, 64);
	cookie = cookie_of(&made);
	from.u.in.sin_port = openbsd() ? 12345 : 0;
	k->sendto(s4, seen.b, seen.n, &from);
	point("in-port", "%s",
	    take(s4, &seen, &f, cookie, quiet) ? "diverted again" : "nothing");

	come(s4, 64);
	point("in-drop", "%s", find(WIRE_B, &seen, cookie_of(&made), quiet) ?
	    "arrives" : "nothing");

	make4(&made, far_a, alias_a, P_UDP, 7000, 64);
	k->transmit(WIRE_A, &made);
	point("in-alias", "%s", take(s4, &seen, &from, cookie_of(&made), late) ?
	    address_of(&from) : "nothing");

	make4(&made, far_a, near_a, P_ICMP, 0, 56);
	cookie = cookie_of(&made);
	k->transmit(WIRE_A, &made);
	if (take(s4, &seen, &from, cookie, late))
		k->sendto(s4, seen.b, seen.n, &from);
	/* The answer has the cookie too, and is diverted on its way out. */
	if (!take(s4, &seen, &from, cookie, late))
		point("in-local", "no answer");
	else {
		k->sendto(s4, seen.b, seen.n, &from);
		point("in-local", "%s", find(WIRE_A, &seen, cookie, late) &&
		    seen.b[header_of(&seen)] == 0 ? "answered" : "no answer");
	}

	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	k->transmit(WIRE_A, &made);
	k->wait_socket(s4, late);
	memset(seen.b, 0, 100);
	n = k->read(s4, seen.b, PACKET_MAX);
	seen.n = n == -1 ? 0 : (size_t)n;
	point("in-plain-read", "%s", same_bytes(&made, &seen));

	/* Bound to the address of the other side. */
	k->close(s4);
	s = k->socket(AF_INET);
	f = place4(near_b, PORT);
	if (k->bind(s, &f) == -1)
		point("in-bind", "%s", errno_name(errno));
	else
		point("in-bind", "%s", come(s, 64) ? "arrives" : "nothing");
	k->close(s);
	s4 = k->socket(AF_INET);
	f = place4(NULL, PORT);
	if (k->bind(s4, &f) == -1)
		point_note("bind again: %s", errno_name(errno));
}

static void
clause_outbound(void)
{
	struct from	 f;
	uint32_t	 cookie;

	if (!leave(s4, 4, &cookie)) {
		point("out-arrives", "nothing");
		return;
	}
	point("out-arrives", "diverted");
	point("out-address", "%s", address_port(&from));
	point("out-zero", "%s", zero_of(&from));
	point("out-sums", "%s", sums_of(&seen));
	if (k->sendto(s4, seen.b, seen.n, &from) == -1)
		point("out-back", "%s", errno_name(errno));
	else
		point("out-back", "%s", find(WIRE_A, &seen, cookie, late) ?
		    sums_of(&seen) : "nothing");
	point("out-once", "%s",
	    take(s4, &seen, &f, cookie, quiet) ? "diverted again" : "nothing");
	leave(s4, 4, &cookie);
	point("out-drop", "%s",
	    find(WIRE_A, &seen, cookie, quiet) ? "arrives" : "nothing");

	make4(&made, far_b, far_a, P_UDP, 7000, 64);
	cookie = cookie_of(&made);
	k->transmit(WIRE_B, &made);
	if (!take(s4, &seen, &from, cookie, late)) {
		point("forward-address", "nothing");
		return;
	}
	point("forward-address", "%s", address_port(&from));
	point_note("sin_zero of a forwarded packet, outbound: %s",
	    zero_of(&from));
	k->sendto(s4, seen.b, seen.n, &from);
	point("forward-back", "%s", arrives(WIRE_A, cookie));

	make4(&made, far_a, far_b, P_UDP, OUT_PORT, 64);
	cookie = cookie_of(&made);
	k->transmit(WIRE_A, &made);
	take(s4, &seen, &from, cookie, late);
	k->sendto(s4, seen.b, seen.n, &from);
	if (take(s4, &seen, &from, cookie, late)) {
		point("forward-out-rule", "%s", address_of(&from));
		k->sendto(s4, seen.b, seen.n, &from);
	} else
		point("forward-out-rule", "not diverted");
}

/* Write a packet from nowhere and say what sums it has at the far end. */
static const char *
sums_after(int s, const struct packet *p, const struct from *f, int wire)
{
	uint32_t	 cookie = cookie_of(p);
	int		 at;

	if (k->sendto(s, p->b, p->n, f) == -1)
		return (errno_name(errno));
	if (!find(wire, &seen, cookie, late))
		return ("nothing");
	at = sum_offset(proto_of(&seen));
	if (proto_of(&seen) == P_UDP &&
	    get16(seen.b + header_of(&seen) + at) == 0)
		return ("none");
	return (sums_of(&seen));
}

/* As made, with junk for a layer 4 checksum. */
static void
spoil_l4(struct packet *p)
{
	unsigned char	*field = p->b + header_of(p) +
			    sum_offset(proto_of(p));

	put16(field, get16(field) ^ 0x5a5a);
}

/*
 * An address of our own making, for what never came.  On FreeBSD it goes on
 * after our rules, and before the one that lets all pass.
 */
static struct from
way(int in)
{
	struct from	 f = place4(in ? near_a : NULL, 0);

	if (!openbsd()) {
		f.u.in.sin_port = (uint16_t)(k->rule + 8);
		if (in)
			memcpy(f.u.in.sin_zero, k->name[WIRE_A],
			    strlen(k->name[WIRE_A]) < 8 ?
			    strlen(k->name[WIRE_A]) : 7);
	}
	return (f);
}

static struct from
way6_past(int in)
{
	return (openbsd() ? way6(in) : way(in));
}

static void
clause_checksums(void)
{
	static const struct {
		const char	*in, *out;
		int		 proto;
	} junk[] = {
		{ "sum-in-udp", "sum-out-udp", P_UDP },
		{ "sum-in-tcp", "sum-out-tcp", P_TCP },
		{ "sum-in-icmp", "sum-out-icmp", P_ICMP },
	};
	struct from	 in = way(1), out = way(0);
	uint32_t	 cookie;
	size_t		 i;

	for (i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		make4(&made, far_a, far_b, junk[i].proto, 7000, 64);
		spoil_l4(&made);
		point(junk[i].in, "%s", sums_after(s4, &made, &in, WIRE_B));
		make4(&made, far_b, far_a, junk[i].proto, 7000, 64);
		spoil_l4(&made);
		point(junk[i].out, "%s", sums_after(s4, &made, &out, WIRE_A));
	}
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	made.b[10] ^= 0x55;
	point("sum-in-ip", "%s", sums_after(s4, &made, &in, WIRE_B));
	make4(&made, far_b, far_a, P_UDP, 7000, 64);
	made.b[10] ^= 0x55;
	point("sum-out-ip", "%s", sums_after(s4, &made, &out, WIRE_A));
	make4(&made, far_b, far_a, P_UDP, 7000, 64);
	payload_of(&made)[20] ^= 0xff;
	point("sum-stale", "%s", sums_after(s4, &made, &out, WIRE_A));
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	put16(made.b + 26, 0);
	point("sum-none", "%s", sums_after(s4, &made, &in, WIRE_B));

	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	spoil_l4(&made);
	cookie = cookie_of(&made);
	k->transmit(WIRE_A, &made);
	if (!take(s4, &seen, &from, cookie, late))
		point("sum-wire-l4", "not diverted");
	else {
		k->sendto(s4, seen.b, seen.n, &from);
		point("sum-wire-l4", "%s", find(WIRE_B, &seen, cookie, late) ?
		    sums_of(&seen) : "nothing");
	}
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	made.b[10] ^= 0x55;
	k->transmit(WIRE_A, &made);
	point("sum-wire-ip", "%s",
	    take(s4, &seen, &from, cookie_of(&made), quiet) ?
	    "diverted" : "nothing");
}

static void
clause_lengths(void)
{
	struct from	 in = way(1), out = way(0);
	uint32_t	 first = cookies + 1, last = 0;
	long		 end;
	int		 strays = 0;

	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	point("length-19", "%s", outcome(k->sendto(s4, made.b, 19, &in)));
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	put16(made.b + 2, (unsigned int)made.n + 1);
	fix_ip(&made);
	point("length-more", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	put16(made.b + 2, (unsigned int)made.n - 1);
	fix_ip(&made);
	point("length-less", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	made.b[0] = 0x65;
	point("bad-version", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	made.b[0] = 0x44;
	point("bad-header", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));
	make4(&made, far_a, near_a, P_UDP, 7000, 64);
	made.n = 24;
	put16(made.b + 2, 24);
	fix_ip(&made);
	point("short-udp", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));
	make4(&made, far_a, near_a, P_TCP, 7000, 64);
	made.n = 30;
	put16(made.b + 2, 30);
	fix_ip(&made);
	point("short-tcp", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));
	make4(&made, far_a, near_a, P_ICMP, 0, 64);
	made.n = 24;
	put16(made.b + 2, 24);
	fix_ip(&made);
	point("short-icmp", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));
	/* This one is right, comes last, and marks the end of the others. */
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	k->sendto(s4, made.b, made.n, &in);
	end = now_ms() + late;
	while (last != cookie_of(&made) && now_ms() < end) {
		if (!k->receive(WIRE_B, &seen)) {
			if (!k->wait_wire(WIRE_B, late))
				break;
			continue;
		}
		last = cookie_of(&seen);
		if (last >= first && last < cookie_of(&made))
			strays++;
	}
	if (last != cookie_of(&made))
		point("bad-gone", "not even the right one");
	else
		point("bad-gone", "%s", strays > 0 ? "something" : "nothing");
	make4(&made, far_a, far_b, P_OTHER, 0, 0);
	point("short-other", "%s", outcome(k->sendto(s4, made.b, made.n, &in)));

	make4(&made, far_b, far_a, P_UDP, 7000, 64);
	put16(made.b + 2, (unsigned int)made.n + 1);
	fix_ip(&made);
	point("length-more-out", "%s",
	    outcome(k->sendto(s4, made.b, made.n, &out)));

	make4(&made, far_a, far_b, P_OTHER, 0, 65535 - 20);
	point("length-65535", "%s",
	    outcome(k->sendto(s4, made.b, made.n, &in)));
	made.n = 65536;
	point("length-65536", "%s",
	    outcome(k->sendto(s4, made.b, made.n, &in)));
	/* What became of them is on the wire, and in the way. */
	find(WIRE_B, &seen, 0xffffffff, quiet);

	come(s4, 64);
	seen.n += 10;
	fix(&seen);
	if (k->sendto(s4, seen.b, seen.n, &from) == -1)
		point("grown", "%s", errno_name(errno));
	else
		point("grown", "%s",
		    find(WIRE_B, &seen, cookie_of(&made), late) ?
		    seen.n == made.n + 10 ? sums_of(&seen) : "other length" :
		    "nothing");
	come(s4, 64);
	seen.n -= 10;
	fix(&seen);
	if (k->sendto(s4, seen.b, seen.n, &from) == -1)
		point("shrunk", "%s", errno_name(errno));
	else
		point("shrunk", "%s",
		    find(WIRE_B, &seen, cookie_of(&made), late) ?
		    seen.n == made.n - 10 ? sums_of(&seen) : "other length" :
		    "nothing");
}

static void
clause_where(void)
{
	struct from	 f;
	const char	*said;
	uint32_t	 cookie;
	int		 n, s;

	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	f = place4(nobodys, 0);
	if (!openbsd())
		f.u.in.sin_port = (uint16_t)(k->rule + 8);
	point("to-foreign", "%s", outcome(k->sendto(s4, made.b, made.n, &f)));
	f = way(1);
	memcpy(&f.u.in.sin_addr, nobodys, 4);
	memcpy(f.u.in.sin_zero, k->name[WIRE_A], strlen(k->name[WIRE_A]) < 8 ?
	    strlen(k->name[WIRE_A]) : 7);
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	point("to-foreign-name", "%s",
	    outcome(k->sendto(s4, made.b, made.n, &f)));
	f = way(1);
#ifdef SIN6_LEN
	f.u.in.sin_len = 0;
#endif
	point("to-length-0", "%s", outcome(k->sendto(s4, made.b, made.n, &f)));

	f = way(1);
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	cookie = cookie_of(&made);
	said = outcome(k->sendto(s4, made.b, made.n, &f));
	point("inject-in", "%s",
	    strcmp(said, "ok") == 0 ? arrives(WIRE_B, cookie) : said);
	f = way(0);
	make4(&made, far_b, far_a, P_UDP, 7000, 64);
	cookie = cookie_of(&made);
	said = outcome(k->sendto(s4, made.b, made.n, &f));
	point("inject-out", "%s",
	    strcmp(said, "ok") == 0 ? arrives(WIRE_A, cookie) : said);

	s = k->socket(AF_INET);
	f = way(1);
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	cookie = cookie_of(&made);
	said = outcome(k->sendto(s, made.b, made.n, &f));
	point("inject-unbound", "%s",
	    strcmp(said, "ok") == 0 ? arrives(WIRE_B, cookie) : said);
	k->close(s);

	come(s4, 64);
	cookie = cookie_of(&made);
	k->sendto(s4, seen.b, seen.n, &from);
	k->sendto(s4, seen.b, seen.n, &from);
	for (n = 0; n < 2 && find(WIRE_B, &seen, cookie, late); n++)
		;
	point("inject-twice", "%d arrive", n);
}

static void
point_count(const char *name, enum figure which, uint64_t before)
{
	uint64_t	 after;

	if (k->figure(which, &after) == -1)
		point(name, "unknown");
	else
		point(name, "%llu", (unsigned long long)(after - before));
}

/* Packets from the far end of A, at a pace that no input queue minds. */
static void
send_many(void)
{
	uint64_t	 before = 0, after;
	long		 end = now_ms() + late;
	int		 i, known;

	/* What is unread there would end the pauses. */
	while (k->receive(WIRE_B, &again))
		;
	known = k->figure(RECEIVED, &before) == 0;
	for (i = 0; i < MANY; i++) {
		make4(&made, far_a, far_b, P_UDP, 7000, MANY_BYTES - 28);
		while (k->transmit(WIRE_A, &made) == -1 && now_ms() < end)
			k->wait_wire(WIRE_A, 1);
		if (i % 8 == 7)
			k->wait_wire(WIRE_B, 2);
	}
	/* Until all have been offered to the socket. */
	while (known && now_ms() < end) {
		k->figure(RECEIVED, &after);
		if (after - before >= MANY)
			return;
		k->wait_wire(WIRE_B, 10);
	}
	k->wait_wire(WIRE_B, quiet);
}

static void
clause_counts(void)
{
	struct from	 f;
	uint64_t	 before = 0, before_out = 0, after = 0, after_out = 0;

	drain(s4);
	if (k->figure(RECEIVED, &before) == -1 ||
	    k->figure(OUTPUT, &before_out) == -1 || !come(s4, 64) ||
	    k->sendto(s4, seen.b, seen.n, &from) == -1 ||
	    k->figure(RECEIVED, &after) == -1 ||
	    k->figure(OUTPUT, &after_out) == -1)
		point("figures", "unknown");
	else
		point("figures", "%llu and %llu",
		    (unsigned long long)(after - before),
		    (unsigned long long)(after_out - before_out));

	k->close(s4);
	before = 0;
	k->figure(NOPORT, &before);
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	k->transmit(WIRE_A, &made);
	point("nobody", "%s", find(WIRE_B, &seen, cookie_of(&made), quiet) ?
	    "arrives" : "nothing");
	point_count("nobody-counted", NOPORT, before);

	s4 = k->socket(AF_INET);
	f = place4(NULL, PORT);
	k->bind(s4, &f);
	before = 0;
	k->figure(FULLSOCK, &before);
	send_many();
	point_count("full-counted", FULLSOCK, before);
	point("full", "%d", drain(s4));
	point("full-after", "%s", come(s4, 64) ?
	    same_bytes(&made, &seen) : "nothing");
	k->buffer(s4, SO_RCVBUF, 1048576);
	send_many();
	point("full-1m", "%d", drain(s4));
}

static void
clause_pieces(void)
{
	static struct packet	 piece;
	struct from		 f;
	uint32_t		 cookie;

	make4(&made, far_a, far_b, P_UDP, 7000, 2000);
	cookie = cookie_of(&made);
	fragment(&piece, &made, 0, 1024);
	k->transmit(WIRE_A, &piece);
	fragment(&piece, &made, 1024, 1024);
	k->transmit(WIRE_A, &piece);
	if (!take(s4, &seen, &from, cookie, late)) {
		point("pieces-in", "nothing");
	} else {
		point("pieces-in", "%s, %s", is_fragment(&seen) ||
		    seen.n != made.n ? "a piece" : "whole", sums_of(&seen));
		if (k->sendto(s4, seen.b, seen.n, &from) == -1)
			point("pieces-back", "%s", errno_name(errno));
		else if (find_whole(WIRE_B, &seen, cookie, late))
			point("pieces-back", "%s, %s", seen.n == made.n ?
			    "whole" : "cut", sums_of(&seen));
		else
			point("pieces-back", "nothing");
	}

	f = way(0);
	make4(&made, far_b, far_a, P_UDP, 7000, 3000);
	if (k->sendto(s4, made.b, made.n, &f) == -1)
		point("large-out", "%s", errno_name(errno));
	else if (find_whole(WIRE_A, &seen, cookie_of(&made), late))
		point("large-out", "%s, %s", seen.n == made.n ? "whole" : "cut",
		    sums_of(&seen));
	else
		point("large-out", "nothing");
	make4(&made, far_b, far_a, P_UDP, 7000, 3000);
	put16(made.b + 6, 0x4000);
	fix_ip(&made);
	point("large-df", "%s", outcome(k->sendto(s4, made.b, made.n, &f)));
}

static void
clause_reading(void)
{
	static struct packet	 three[4];
	uint32_t		 first = cookies + 1;
	long			 end = now_ms() + late;
	ssize_t			 n;
	int			 flags = 0, got = 0, i;

	drain(s4);
	for (i = 0; i < 3; i++) {
		make4(&made, far_a, far_b, P_UDP, 7000, 64);
		k->transmit(WIRE_A, &made);
	}
	/* All three are waiting when the last one is: look at a copy of it. */
	k->wait_socket(s4, late);
	k->wait_wire(WIRE_B, quiet);
	do {
		i = k->recvmany(s4, three + got, 4 - got);
		if (i > 0)
			got += i;
	} while (got < 3 && now_ms() < end && k->wait_socket(s4, quiet));
	if (got == 3 && cookie_of(&three[0]) != first)
		point_note("recvmmsg: not in order");
	i = k->recvmany(s4, three + 3, 1);
	point("recvmmsg", "%d, %s", got, i == -1 ? errno_name(errno) : "more");

	make4(&made, far_a, far_b, P_UDP, 7000, 100);
	k->transmit(WIRE_A, &made);
	k->wait_socket(s4, late);
	n = k->recv(s4, seen.b, 64, &from, &flags);
	point("truncated", "%d bytes%s", (int)n,
	    flags & MSG_TRUNC ? ", MSG_TRUNC" : "");
}

static void
clause_state(void)
{
	uint32_t	 cookie;
	long		 end;

	if (!openbsd())
		return;
	make4(&made, far_b, near_b, P_UDP, STATE_PORT, 64);
	cookie = cookie_of(&made);
	k->transmit(WIRE_B, &made);
	if (!take(s4, &seen, &from, cookie, late)) {
		point("state-in", "nothing");
		return;
	}
	point("state-in", "diverted");
	/* Nobody has that port on this host: it answers with an error. */
	k->sendto(s4, seen.b, seen.n, &from);
	end = now_ms() + late;
	while (take(s4, &seen, &from, 0, (int)(end - now_ms())))
		if (proto_of(&seen) == P_ICMP &&
		    seen.b[header_of(&seen)] == 3) {
			point("state-error", "%s", address_of(&from));
			k->sendto(s4, seen.b, seen.n, &from);
			return;
		}
	point("state-error", "not diverted");
}

static void
clause_family6(void)
{
	struct from	 f;
	uint32_t	 cookie;
	int		 s = socket6();

	make6(&made, far_a6, far_b6, P_UDP, 64);
	cookie = cookie_of(&made);
	k->transmit(WIRE_A, &made);
	if (!take(s, &seen, &from, cookie, late)) {
		point("in6-arrives", "nothing");
		return;
	}
	point("in6-arrives", "%s", same_bytes(&made, &seen));
	point("in6-address", "%s", address6(&from));
	if (openbsd())
		point("in6-other", "%s", take(s4, &again, &f, cookie, quiet) ?
		    "diverted" : "nothing");
	if (k->sendto(s, seen.b, seen.n, &from) == -1)
		point("in6-back", "%s", errno_name(errno));
	else
		point("in6-back", "%s", arrives(WIRE_B, cookie));

	if (!leave(s, 6, &cookie)) {
		point("out6", "not diverted");
		point("out6-address", "?");
	} else {
		point("out6-address", "%s", address6(&from));
		if (k->sendto(s, seen.b, seen.n, &from) == -1)
			point("out6", "%s", errno_name(errno));
		else
			point("out6", "%s", find(WIRE_A, &seen, cookie, late) ?
			    sums_of(&seen) : "nothing");
	}

	f = way6_past(1);
	make6(&made, far_a6, far_b6, P_UDP, 64);
	point("inject6-in", "%s", k->sendto(s, made.b, made.n, &f) == -1 ?
	    errno_name(errno) : arrives(WIRE_B, cookie_of(&made)));
	make6(&made, far_a6, far_b6, P_UDP, 64);
	spoil_l4(&made);
	point("sum6-in", "%s", sums_after(s, &made, &f, WIRE_B));
	make6(&made, far_a6, far_b6, P_UDP, 64);
	put16(made.b + 4, get16(made.b + 4) + 1);
	point("length6-more", "%s", outcome(k->sendto(s, made.b, made.n, &f)));
	f = way6_past(0);
	make6(&made, far_b6, far_a6, P_UDP, 64);
	point("inject6-out", "%s", k->sendto(s, made.b, made.n, &f) == -1 ?
	    errno_name(errno) : arrives(WIRE_A, cookie_of(&made)));
	make6(&made, far_b6, far_a6, P_UDP, 64);
	spoil_l4(&made);
	point("sum6-out", "%s", sums_after(s, &made, &f, WIRE_A));

	/* Nobody: the IPv4 socket of FreeBSD would listen for it. */
	k->close(s);
	make6(&made, far_a6, far_b6, P_UDP, 64);
	k->transmit(WIRE_A, &made);
	point("nobody6", "%s", find(WIRE_B, &seen, cookie_of(&made), quiet) ?
	    "arrives" : "nothing");
	if (openbsd()) {
		s6 = k->socket(AF_INET6);
		f = place6(NULL, PORT);
		k->bind(s6, &f);
	} else {
		s4 = k->socket(AF_INET);
		f = place4(NULL, PORT);
		k->bind(s4, &f);
	}
}

static void
clause_privileges(void)
{
	struct from	 f = way(1);
	uint32_t	 cookie;

	drain(s4);
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	cookie = cookie_of(&made);
	k->transmit(WIRE_A, &made);
	point("user-goes-on", "%s", k->child(CHILD_GO_ON, s4, NULL, NULL));
	point("user-arrives", "%s", arrives(WIRE_B, cookie));
	make4(&made, far_a, far_b, P_UDP, 7000, 64);
	if (openbsd()) {
		point("pledge-stdio", "%s",
		    k->child(CHILD_STDIO, s4, &made, &f));
		point("pledge-socket", "%s",
		    k->child(CHILD_SOCKET, s4, &made, &f));
	} else
		point("capability", "%s",
		    k->child(CHILD_CAPABILITY, s4, &made, &f));
}

static void
clause_no_address(void)
{
	uint32_t	 cookie;

	drain(s4);
	if (k->configure("down") != 0) {
		point("no-address", "the address could not be taken away");
		return;
	}
	if (!come(s4, 64)) {
		point("no-address", "nothing");
		return;
	}
	cookie = cookie_of(&made);
	point("no-address", "%s", address_of(&from));
	point_note("sin_zero of an interface without address: %s",
	    zero_of(&from));
	if (k->sendto(s4, seen.b, seen.n, &from) == -1)
		point("no-address-back", "%s", errno_name(errno));
	else
		point("no-address-back", "%s", arrives(WIRE_B, cookie));
}

/*
 * Until both interfaces are up: a new IPv6 address may not be used before the
 * system has made sure that nobody else has it.
 */
static int
ready(void)
{
	struct from	 f;
	uint32_t	 cookie = 0;
	long		 end = now_ms() + 20000, retry = 0;
	int		 up4 = 0, up6 = 0, s = -1;

	while (now_ms() < end && !(up4 && up6)) {
		if (now_ms() >= retry) {
			make4(&made, far_b, near_b, P_ICMP, 0, 56);
			cookie = cookie_of(&made);
			k->transmit(WIRE_B, &made);
			make6(&made, far_b6, near_b6, P_ICMP6, 56);
			k->transmit(WIRE_B, &made);
			retry = now_ms() + 500;
		}
		while (k->receive(WIRE_B, &seen)) {
			if (cookie_of(&seen) != 0 && cookie_of(&seen) <= cookie)
				up4 |= version_of(&seen) == 4;
			up6 |= version_of(&seen) == 6 && cookie_of(&seen) != 0;
		}
		if (!(up4 && up6))
			k->wait_wire(WIRE_B, 100);
	}
	if (!up4 || !up6) {
		point_note("no answer from the host over %s", !up4 && !up6 ?
		    "IPv4 and IPv6" : up4 ? "IPv6" : "IPv4");
		return (up4);
	}
	/* And A: a packet must come through the rule. */
	s = k->socket(openbsd() ? AF_INET6 : AF_INET);
	f = openbsd() ? place6(NULL, PORT) : place4(NULL, PORT);
	if (s == -1 || k->bind(s, &f) == -1) {
		point_note("socket for IPv6: %s", errno_name(errno));
		if (s != -1)
			k->close(s);
		return (1);
	}
	up6 = 0;
	retry = 0;
	while (now_ms() < end && !up6) {
		make6(&made, far_a6, near_a6, P_ICMP6, 56);
		k->transmit(WIRE_A, &made);
		if (take(s, &seen, &from, cookie_of(&made), 500)) {
			k->sendto(s, seen.b, seen.n, &from);
			up6 = take(s, &seen, &from, cookie_of(&made), 500);
		}
		if (++retry == 10)
			break;
	}
	if (!up6)
		point_note("no answer from the host over IPv6 at %s",
		    k->name[WIRE_A]);
	k->close(s);
	return (1);
}

static void
clauses(struct kernel *kernel)
{
	k = kernel;
	cookies = 0;
	s4 = s6 = -1;
	if (!ready()) {
		point_bail("the interfaces do not work");
		return;
	}
	clause_socket();
	if (s4 == -1) {
		point_bail("no divert socket can be had");
		return;
	}
	clause_inbound();
	clause_outbound();
	clause_checksums();
	clause_lengths();
	clause_where();
	clause_counts();
	clause_pieces();
	clause_reading();
	clause_state();
	clause_family6();
	clause_privileges();
	clause_no_address();
	k->close(s4);
	if (s6 != -1)
		k->close(s6);
}
