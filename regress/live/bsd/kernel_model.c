/* SPDX-License-Identifier: ISC */
/*
 * A model of the kernels' divert, written from what was observed and, where
 * nothing was, from what was read; only to test bsdtest by.  A part of
 * bsdtest.c.
 *
 * Nothing takes time here: a packet has gone as far as it can when the call
 * that moved it returns, so waiting is only looking.
 */

#define MODEL_RULE	29000
#define QUEUE_MAX	512
#define SOCKETS		8

struct model_packet {
	struct packet	 p;
	struct from	 f;
};

struct queue {
	struct model_packet	*slot[QUEUE_MAX];
	int			 n;
};

struct model_socket {
	struct queue	 queue;
	int		 used, family, port, rcvbuf;
	size_t		 bytes;
};

/* What travels with a packet inside. */
struct tag {
	int		 from_wire;	/* -1: made by this host */
	int		 skip_in;	/* divert passed: not again inbound */
	int		 skip_out;
	unsigned int	 rule;		/* FreeBSD: go on after this one */
};

static struct {
	int			 system;
	struct model_socket	 sockets[SOCKETS];
	struct queue		 wires[WIRES];
	uint64_t		 figures[FIGURES];
	struct packet		 pieces;
	int			 numbered;	/* A has its address */
	const char		*broken;
} m;

static const char *const breakages[] = {
	"sums-out",		/* the kernel redoes no sums outbound */
	"sums-in",
	"twice",		/* diverted again after a write */
	"open-to-all",
	"share",		/* a second bind succeeds */
	"pass",			/* nobody listens: goes on */
	"not-counted",
	"small",		/* buffers hold less */
	"second-address",	/* the alias is given as address */
	"no-direction",		/* outbound looks inbound */
	"no-check",		/* malformed packets are accepted */
	"no-reassembly",
	"no-fragments",		/* too large goes out whole */
	"lose-scope",		/* IPv6 address without its scope */
	"no-inject",
	"no-truncation",	/* MSG_TRUNC is not said */
	"deaf",			/* nothing is ever diverted */
	"keep-dropped"		/* what is not written back goes on as well */
};

static int
broken(const char *how)
{
	return (m.broken != NULL && strcmp(m.broken, how) == 0);
}

static int
model_break(const char *how)
{
	size_t	 i;

	for (i = 0; i < sizeof(breakages) / sizeof(breakages[0]); i++)
		if (strcmp(breakages[i], how) == 0) {
			m.broken = breakages[i];
			return (1);
		}
	return (0);
}

static void
model_breakages(void)
{
	size_t	 i;

	for (i = 0; i < sizeof(breakages) / sizeof(breakages[0]); i++)
		fprintf(stderr, "%s\n", breakages[i]);
}

static int
refuse(int error)
{
	errno = error;
	return (-1);
}

static int
bsd_free(void)
{
	return (m.system != OPENBSD);
}

/* ---- queues -------------------------------------------------------------- */

static void
push(struct queue *q, const struct packet *p, const struct from *f)
{
	struct model_packet	*mp;

	if (q->n == QUEUE_MAX)
		return;
	if ((mp = malloc(sizeof(*mp))) == NULL)
		abort();
	memcpy(mp->p.b, p->b, p->n);
	mp->p.n = p->n;
	if (f != NULL)
		mp->f = *f;
	q->slot[q->n++] = mp;
}

static struct model_packet *
pop(struct queue *q)
{
	struct model_packet	*mp;

	if (q->n == 0)
		return (NULL);
	mp = q->slot[0];
	memmove(q->slot, q->slot + 1, (size_t)--q->n * sizeof(q->slot[0]));
	return (mp);
}

/* ---- the stack ----------------------------------------------------------- */

static const unsigned char *
to_of(const struct packet *p)
{
	return (p->b + (version_of(p) == 6 ? 24 : 16));
}

static int
is_to(const struct packet *p, const unsigned char *a4, const unsigned char *a6)
{
	return (version_of(p) == 6 ? memcmp(to_of(p), a6, 16) == 0 :
	    memcmp(to_of(p), a4, 4) == 0);
}

static int
is_local(const unsigned char *a4)
{
	return (memcmp(a4, near_a, 4) == 0 || memcmp(a4, alias_a, 4) == 0 ||
	    memcmp(a4, near_b, 4) == 0);
}

static int	 model_output(struct packet *, struct tag *);

/* Offered to the socket of the port; the packet is used up in any case. */
static void
divert_to(struct packet *p, int in, int wire, const struct tag *t,
    unsigned int rule)
{
	struct model_socket	*s = NULL;
	struct from		 f;
	int			 family, i;

	m.figures[RECEIVED]++;
	family = m.system == OPENBSD && version_of(p) == 6 ?
	    AF_INET6 : AF_INET;
	for (i = 0; i < SOCKETS; i++)
		if (m.sockets[i].used && m.sockets[i].port == PORT &&
		    m.sockets[i].family == family)
			s = &m.sockets[i];
	if (s == NULL) {
		if (!broken("not-counted"))
			m.figures[NOPORT]++;
		return;
	}
	if (broken("no-direction"))
		in = 1;
	if (family == AF_INET6) {
		f = place6(NULL, 0);
		if (in) {
			memcpy(&f.u.in6.sin6_addr,
			    "\xfe\x80\0\7\0\0\0\0\0\0\0\0\0\0\0\1", 16);
			if (broken("lose-scope"))
				f.u.raw[offsetof(struct sockaddr_in6,
				    sin6_addr) + 3] = 0;
		}
	} else {
		f = place4(NULL, 0);
		if (in && wire == WIRE_A && m.numbered)
			f = place4(broken("second-address") ? alias_a : near_a,
			    0);
		if (in && wire == WIRE_B)
			f = place4(near_b, 0);
		if (bsd_free()) {
			f.u.in.sin_port = (uint16_t)rule;
			if (t->from_wire != -1)
				memcpy(f.u.in.sin_zero,
				    t->from_wire == WIRE_A ? "tun0" : "tun1", 4);
		}
	}
	if (s->bytes + p->n + 24 > (size_t)s->rcvbuf) {
		if (!broken("not-counted"))
			m.figures[FULLSOCK]++;
		return;
	}
	/* Each packet takes more than its bytes. */
	s->bytes += p->n + 24;
	push(&s->queue, p, &f);
}

static int
model_input(struct packet *p, struct tag *t)
{
	static struct packet	 reply;
	struct tag		 own = { -1, 0, 0, 0 };

	if (version_of(p) == 4 && !ip_good(p))
		return (0);
	if (is_to(p, near_a, near_a6) || is_to(p, near_b, near_b6) ||
	    is_to(p, alias_a, near_a6)) {
		memcpy(reply.b, p->b, p->n);
		reply.n = p->n;
		if (version_of(p) == 4) {
			memcpy(reply.b + 12, p->b + 16, 4);
			memcpy(reply.b + 16, p->b + 12, 4);
		} else {
			memcpy(reply.b + 8, p->b + 24, 16);
			memcpy(reply.b + 24, p->b + 8, 16);
		}
		if (proto_of(p) == P_ICMP || proto_of(p) == P_ICMP6) {
			reply.b[header_of(p)] =
			    proto_of(p) == P_ICMP6 ? 129 : 0;
			fix(&reply);
			model_output(&reply, &own);
		} else if (proto_of(p) == P_UDP && version_of(p) == 4) {
			/* Port unreachable, with the start of the packet. */
			memmove(reply.b + 28, p->b, 28);
			reply.n = 56;
			reply.b[9] = P_ICMP;
			memset(reply.b + 20, 0, 8);
			reply.b[20] = 3;
			reply.b[21] = 3;
			fix(&reply);
			model_output(&reply, &own);
		}
		return (0);
	}
	if (version_of(p) == 4) {
		p->b[8]--;
		fix_ip(p);
	} else
		p->b[7]--;
	return (model_output(p, t));
}

static int
on_wire(struct packet *p, int wire)
{
	static struct packet	 piece;
	size_t			 offset;

	if (p->n <= 1500 || version_of(p) == 6 || broken("no-fragments")) {
		push(&m.wires[wire], p, NULL);
		return (0);
	}
	if (get16(p->b + 6) & 0x4000)
		return (refuse(EMSGSIZE));
	for (offset = 0; offset < p->n - 20; offset += 1480) {
		fragment(&piece, p, offset, 1480);
		push(&m.wires[wire], &piece, NULL);
	}
	return (0);
}

/* Whether a rule diverts; 0 or the number of the rule. */
static unsigned int
rule_for(const struct packet *p, int wire, int in, const struct tag *t)
{
	unsigned int	 rule = 0;
	size_t		 off = header_of(p);

	if (wire == WIRE_A && (version_of(p) == 4 || proto_of(p) == P_UDP ||
	    proto_of(p) == P_ICMP6))
		rule = version_of(p) == 4 ? MODEL_RULE : MODEL_RULE + 1;
	else if (wire == WIRE_B && proto_of(p) == P_UDP && p->n >= off + 4) {
		if (in && m.system == OPENBSD &&
		    get16(p->b + off + 2) == STATE_PORT)
			rule = MODEL_RULE + 5;
		if (!in && get16(p->b + off + 2) == OUT_PORT)
			rule = MODEL_RULE + 4;
	} else if (wire == WIRE_B && !in && m.system == OPENBSD &&
	    proto_of(p) == P_ICMP && p->b[off] == 3)
		rule = MODEL_RULE + 5;
	if (rule == 0 || broken("deaf"))
		return (0);
	if (bsd_free())
		return (rule > t->rule || broken("twice") ? rule : 0);
	return ((in ? t->skip_in : t->skip_out) && !broken("twice") ? 0 : rule);
}

static int
model_output(struct packet *p, struct tag *t)
{
	static struct packet	 copy;
	unsigned int		 rule;
	int			 wire;

	wire = is_to(p, far_a, far_a6) ? WIRE_A : WIRE_B;
	if ((rule = rule_for(p, wire, 0, t)) != 0) {
		memcpy(copy.b, p->b, p->n);
		copy.n = p->n;
		if (bsd_free() && t->from_wire == -1 && version_of(p) == 4)
			put16(copy.b + 10, 0);
		divert_to(&copy, 0, wire, t, rule);
		return (0);
	}
	return (on_wire(p, wire));
}

static int
model_transmit(int wire, const struct packet *given)
{
	static struct packet	 p;
	struct tag		 t = { wire, 0, 0, 0 };
	unsigned int		 rule;

	memcpy(p.b, given->b, given->n);
	p.n = given->n;
	if (version_of(&p) == 4 && !ip_good(&p))
		return (0);
	if (is_fragment(&p) && !broken("no-reassembly")) {
		if (!assemble(&m.pieces, &p))
			return (0);
		memcpy(p.b, m.pieces.b, m.pieces.n);
		p.n = m.pieces.n;
		m.pieces.n = 0;
		if (m.system == OPENBSD)
			p.b[10] ^= 0x77;
	}
	if ((rule = rule_for(&p, wire, 1, &t)) != 0) {
		divert_to(&p, 1, wire, &t, rule);
		if (broken("keep-dropped"))
			model_input(&p, &t);
		else if (broken("pass") && m.figures[NOPORT] > 0)
			model_input(&p, &t);
		return (0);
	}
	model_input(&p, &t);
	return (0);
}

/* ---- the calls ----------------------------------------------------------- */

static int
m_socket(int family)
{
	int	 i;

	if (family == AF_INET6 && bsd_free())
		return (refuse(EPROTONOSUPPORT));
	for (i = 0; i < SOCKETS; i++)
		if (!m.sockets[i].used) {
			memset(&m.sockets[i], 0, sizeof(m.sockets[i]));
			m.sockets[i].used = 1;
			m.sockets[i].family = family;
			m.sockets[i].rcvbuf = 65636;
			return (i);
		}
	return (refuse(EMFILE));
}

static int
m_bind(int s, const struct from *f)
{
	int	 i, port = ntohs(f->u.in.sin_port);

	for (i = 0; i < SOCKETS; i++)
		if (i != s && m.sockets[i].used && m.sockets[i].port == port &&
		    m.sockets[i].family == m.sockets[s].family &&
		    !broken("share") && port != 0)
			return (refuse(EADDRINUSE));
	if (port == 0 && m.system != FREEBSD14)
		port = 40000 + s;
	m.sockets[s].port = port;
	return (0);
}

static int
m_bound(int s)
{
	return (m.sockets[s].port);
}

static int
m_connect(int s, const struct from *f)
{
	(void)s;
	(void)f;
	return (refuse(EOPNOTSUPP));
}

/* The length checks of OpenBSD. */
static int
m_check(const struct packet *p)
{
	size_t	 head = (size_t)(p->b[0] & 15) * 4;

	if (p->n > 65535)
		return (EMSGSIZE);
	if (p->b[0] >> 4 != 4 || head < 20 || get16(p->b + 2) != p->n)
		return (EINVAL);
	switch (p->b[9]) {
	case P_TCP:
	case P_UDP:
	case P_ICMP:
		return (p->n < head + l4_header(p->b[9]) ? EINVAL : 0);
	}
	return (0);
}

static ssize_t
m_sendto(int s, const void *data, size_t n, const struct from *f)
{
	static struct packet	 p;
	struct tag		 t = { -1, 0, 0, 0 };
	int			 error = 0, in, v6;

	v6 = m.sockets[s].family == AF_INET6;
	if (bsd_free() ? m.system == FREEBSD14 && f->u.sa.sa_family != AF_INET :
	    f->u.sa.sa_family != m.sockets[s].family)
		return (refuse(EAFNOSUPPORT));
	if (!v6 && f->len < (bsd_free() && m.system != FREEBSD14 ? 8 :
	    sizeof(f->u.in)))
		return (refuse(EINVAL));
	if (n < 20 || (v6 && n < 40))
		return (refuse(EINVAL));
	memcpy(p.b, data, n);
	p.n = n;
	m.figures[OUTPUT]++;
	if (v6) {
		if (get16(p.b + 4) != n - 40 && !broken("no-check"))
			return (refuse(EINVAL));
		in = memcmp(&f->u.in6.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\0\0\0"
		    "\0\0", 16) != 0;
	} else {
		in = f->u.in.sin_addr.s_addr != 0;
		if (version_of(&p) == 4 || m.system == OPENBSD)
			error = m_check(&p);
	}
	if (m.system == OPENBSD) {
		if (error != 0 && !broken("no-check"))
			return (refuse(error));
		if (in && !v6 && !is_local(f->u.raw +
		    offsetof(struct sockaddr_in, sin_addr)))
			return (refuse(EADDRNOTAVAIL));
	} else {
		if (in && f->u.in.sin_zero[0] == 0 && !is_local(f->u.raw +
		    offsetof(struct sockaddr_in, sin_addr)))
			return (refuse(EADDRNOTAVAIL));
		if (!in && m.system == FREEBSD14 && get16(p.b + 2) > n)
			return (refuse(EINVAL));
		/* Success, and gone: also version 6 without its length. */
		if (error != 0 || (version_of(&p) == 6 &&
		    get16(p.b + 4) != n - 40))
			return ((ssize_t)n);
	}
	if (broken("no-inject") && cookie_of(&p) == cookies)
		return ((ssize_t)n);
	if (m.system == OPENBSD && !broken(in ? "sums-in" : "sums-out"))
		fix(&p);
	else if (!in)
		fix_ip(&p);
	t.rule = bsd_free() ? f->u.in.sin_port : 0;
	t.skip_in = t.skip_out = 1;
	if (in) {
		t.from_wire = WIRE_A;
		if (rule_for(&p, WIRE_A, 1, &t) != 0) {
			divert_to(&p, 1, WIRE_A, &t, rule_for(&p, WIRE_A, 1,
			    &t));
			return ((ssize_t)n);
		}
		/* A pass of its own begins at the way out. */
		t.skip_out = 0;
		t.rule = 0;
		model_input(&p, &t);
		return ((ssize_t)n);
	}
	return (model_output(&p, &t) == -1 ? -1 : (ssize_t)n);
}

static ssize_t
m_write(int s, const void *data, size_t n)
{
	struct from	 f = place4(NULL, 0);

	if (m.system != FREEBSD12)
		return (refuse(EDESTADDRREQ));
	f.u.in.sin_port = MODEL_RULE;
	return (m_sendto(s, data, n, &f));
}

static ssize_t
m_recv(int s, void *buf, size_t size, struct from *f, int *flags)
{
	struct model_packet	*mp;
	size_t			 n;

	if ((mp = pop(&m.sockets[s].queue)) == NULL)
		return (refuse(EAGAIN));
	m.sockets[s].bytes -= mp->p.n + 24;
	n = mp->p.n < size ? mp->p.n : size;
	memcpy(buf, mp->p.b, n);
	*flags = n < mp->p.n && !broken("no-truncation") ? MSG_TRUNC : 0;
	*f = mp->f;
	free(mp);
	return ((ssize_t)n);
}

static ssize_t
m_read(int s, void *buf, size_t size)
{
	struct from	 f;
	int		 flags;

	return (m_recv(s, buf, size, &f, &flags));
}

static int
m_recvmany(int s, struct packet *p, int n)
{
	int	 i;

	for (i = 0; i < n; i++) {
		ssize_t	 got = m_read(s, p[i].b, PACKET_MAX);

		if (got == -1)
			break;
		p[i].n = (size_t)got;
	}
	return (i == 0 ? refuse(EAGAIN) : i);
}

static int
m_buffer(int s, int which, int set)
{
	if (set == 0)
		return (which == SO_RCVBUF ? m.sockets[s].rcvbuf : 65636);
	if (set > 2097152 || (bsd_free() && set > 1100000))
		return (refuse(ENOBUFS));
	m.sockets[s].rcvbuf = broken("small") ? set / 4 : set;
	return (0);
}

static int
m_space(void)
{
	return (65636);
}

static void
m_close(int s)
{
	struct model_packet	*mp;

	while ((mp = pop(&m.sockets[s].queue)) != NULL)
		free(mp);
	m.sockets[s].used = 0;
}

static int
m_wait_socket(int s, int ms)
{
	(void)ms;
	return (m.sockets[s].queue.n > 0);
}

static int
m_wait_wire(int wire, int ms)
{
	(void)ms;
	return (m.wires[wire].n > 0);
}

static int
m_receive(int wire, struct packet *p)
{
	struct model_packet	*mp;

	if ((mp = pop(&m.wires[wire])) == NULL)
		return (0);
	memcpy(p->b, mp->p.b, mp->p.n);
	p->n = mp->p.n;
	free(mp);
	return (1);
}

static int
m_udp(int port)
{
	(void)port;
	return (0);
}

static int
m_speak(int version, const void *payload, size_t n)
{
	static struct packet	 p;
	struct ends		 e;
	struct tag		 t = { -1, 0, 0, 0 };

	memset(&e, 0, sizeof(e));
	e.version = version;
	memcpy(e.from, version == 6 ? near_a6 : near_a, version == 6 ? 16 : 4);
	memcpy(e.to, version == 6 ? far_a6 : far_a, version == 6 ? 16 : 4);
	e.dport = 7000;
	craft(&p, &e, P_UDP, n, 0);
	memcpy(payload_of(&p), payload, n);
	fix(&p);
	return (model_output(&p, &t));
}

static int
m_figure(enum figure which, uint64_t *value)
{
	if (m.system == FREEBSD12 ||
	    (m.system == FREEBSD14 && (which == FULLSOCK || which == ERRORS)))
		return (refuse(ENOENT));
	*value = m.figures[which];
	return (0);
}

static const char *
m_child(enum child what, int s, const struct packet *p, const struct from *f)
{
	static struct packet	 own;
	struct from		 own_f;
	ssize_t			 n;
	int			 flags;

	(void)p;
	(void)f;
	switch (what) {
	case CHILD_OPEN:
		if (broken("open-to-all"))
			return ("ok");
		return (bsd_free() ? "EPERM" : "EACCES");
	case CHILD_GO_ON:
		if ((n = m_recv(s, own.b, PACKET_MAX, &own_f, &flags)) == -1)
			return (errno_name(errno));
		return (outcome(m_sendto(s, own.b, (size_t)n, &own_f)));
	case CHILD_STDIO:
		return ("killed");
	case CHILD_SOCKET:
		return ("ok");
	case CHILD_CAPABILITY:
		return ("ECAPMODE");
	}
	return ("?");
}

static int
m_configure(const char *what)
{
	if (strcmp(what, "down") == 0)
		m.numbered = 0;
	return (0);
}

static struct kernel *
model_kernel(int system)
{
	static struct kernel	 kernel;
	const char		*how = m.broken;
	int			 i;

	for (i = 0; i < SOCKETS; i++)
		if (m.sockets[i].used)
			m_close(i);
	for (i = 0; i < WIRES; i++)
		while (m.wires[i].n > 0)
			free(pop(&m.wires[i]));
	memset(&m, 0, sizeof(m));
	m.system = system;
	m.broken = how;
	m.numbered = 1;
	kernel.system = system;
	kernel.name[WIRE_A] = "tun0";
	kernel.name[WIRE_B] = "tun1";
	kernel.rule = system == OPENBSD ? 0 : MODEL_RULE;
	kernel.form = system == FREEBSD14 ? "divert" : "inet";
	kernel.socket = m_socket;
	kernel.bind = m_bind;
	kernel.bound = m_bound;
	kernel.connect = m_connect;
	kernel.write = m_write;
	kernel.sendto = m_sendto;
	kernel.recv = m_recv;
	kernel.read = m_read;
	kernel.recvmany = m_recvmany;
	kernel.buffer = m_buffer;
	kernel.space = m_space;
	kernel.close = m_close;
	kernel.wait_socket = m_wait_socket;
	kernel.wait_wire = m_wait_wire;
	kernel.transmit = model_transmit;
	kernel.receive = m_receive;
	kernel.udp = m_udp;
	kernel.speak = m_speak;
	kernel.figure = m_figure;
	kernel.child = m_child;
	kernel.configure = m_configure;
	return (&kernel);
}
