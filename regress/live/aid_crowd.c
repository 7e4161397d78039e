/* SPDX-License-Identifier: ISC */

/*
 * aid_crowd [-s] [-i ms] [-n streams] [-u flows] port server4 server6 address ...
 *
 * Many clients in one: so many TCP streams and so many UDP flows of each
 * family to aid_echo, from the addresses in turn, all at once.  Every
 * ms milliseconds each stream sends up to 3000 random bytes, and each flow a
 * request with a number.  What comes back is compared byte by byte.
 *
 * "ready" is printed when all streams are there and all flows answered;
 * SIGUSR1 asks for "round N", which is printed when each stream has brought
 * back something, and each flow an answer, that was sent after the signal.
 * In each round every address also sends a datagram whose answer comes when
 * its socket is closed, and one flow of each address is answered by a stranger
 * too.  SIGTERM: all streams are ended, each flow goes on until its last
 * request is answered; then "lost TIME" for each request without answer, TIME
 * when it was sent, and the figures as JSON.
 *
 * -s: short ones, one after the other.  A stream ends when it has sent once,
 * a flow when it is answered, and another takes its place.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"
#include "loop.h"

#define MS		UINT64_C(1000000)
#define TICK		(10 * MS)
#define CHUNK_MAX	3000
#define ADDRESSES_MAX	64

struct stream {
	struct loop_watch	*readable;
	uint64_t		 seed;
	uint64_t		 due;
	uint64_t		 sent, back;
	uint64_t		 mark;		/* back beyond it: round done */
	int			 fd;		/* -1: ended */
	int			 shut;
};

struct flow {
	struct loop_watch	*readable;
	struct request {
		double	 sent;
		int	 answers;
	}			*requests;
	unsigned int		 n, room;
	unsigned int		 answered;	/* the newest, and one */
	unsigned int		 mark;
	unsigned int		 number;	/* of the flow */
	uint64_t		 due;
	int			 fd;
	int			 seen;
	int			 stranger;	/* asks for one */
	uint8_t			 seen_addr[16];
	uint16_t		 seen_port;
};

static struct sockaddr_storage	 servers[2], addresses[2][ADDRESSES_MAX];
static unsigned int		 naddresses[2];
static struct stream		*streams;
static struct flow		*flows;
static unsigned int		 nstreams, nflows;
static uint64_t			 interval = 250 * MS;
static struct loop_timer	*timer;
static int			 begun, ending, brief;
static unsigned int		 rounds_asked, rounds_done;
static unsigned long		 bytes, failed, damaged, moved, twice, strangers;
static double			 slowest;
static unsigned long		 latecomers, begun_streams, whole, begun_flows;

static socklen_t
length_of(const struct sockaddr_storage *ss)
{
	return (ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6));
}

static double
wall_clock(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* A socket of client `i', whose family is that of its parity. */
static int
socket_of(unsigned int i, int type)
{
	const struct sockaddr_storage	*from;
	int				 fd, size = 1 << 18;

	from = &addresses[i & 1][i / 2 % naddresses[i & 1]];
	if ((fd = socket(from->ss_family, type, 0)) == -1)
		err(1, "socket");
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)from, length_of(from)) == -1)
		err(1, "bind");
	return (fd);
}

/* ---- TCP ----------------------------------------------------------------- */

static void
end_stream(struct stream *s)
{
	loop_watch_free(s->readable);
	s->readable = NULL;
	close(s->fd);
	s->fd = -1;
}

static void
stream_failed(struct stream *s, const char *what, const char *why)
{
	printf("failed: %.3f stream %u: %s: %s\n", wall_clock(),
	    (unsigned int)(s - streams), what, why);
	failed++;
	end_stream(s);
}

/* -1: they are not those that were sent. */
static int
compare(struct stream *s, const uint8_t *buf, size_t len)
{
	size_t	 i;

	if (s->back + len > s->sent)
		return (-1);
	bytes += len;
	for (i = 0; i < len; i++, s->back++)
		if (buf[i] != crowd_byte(s->seed, s->back))
			return (-1);
	return (0);
}

static void	 connect_stream(struct stream *);

static void
stream_is_over(struct stream *s)
{
	if (!s->shut || s->back != s->sent) {
		stream_failed(s, "read", "ended early");
		return;
	}
	whole++;
	end_stream(s);
	if (brief && !ending)
		connect_stream(s);
}

static void
stream_reads(void *arg)
{
	struct stream	*s = arg;
	uint8_t		 buf[16384];
	ssize_t		 n;

	n = read(s->fd, buf, sizeof(buf));
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			stream_failed(s, "read", strerror(errno));
		return;
	}
	if (n == 0) {
		stream_is_over(s);
		return;
	}
	if (compare(s, buf, (size_t)n) == -1) {
		damaged++;
		stream_failed(s, "read", "not what was sent");
	}
}

static void
connect_stream(struct stream *s)
{
	unsigned int			 i = (unsigned int)(s - streams);
	const struct sockaddr_storage	*to = &servers[i & 1];

	begun_streams++;
	s->seed = (uint64_t)random() << 32 ^ (uint64_t)random();
	s->sent = s->back = 0;
	s->shut = 0;
	s->fd = socket_of(i, SOCK_STREAM);
	s->readable = loop_watch_new(s->fd, LOOP_READ, stream_reads, s);
	if (connect(s->fd, (const struct sockaddr *)to, length_of(to)) == -1 &&
	    errno != EINPROGRESS)
		stream_failed(s, "connect", strerror(errno));
	else
		loop_watch_on(s->readable);
}

static void
stream_sends(struct stream *s)
{
	uint8_t	 buf[CHUNK_MAX];
	size_t	 i, len;
	ssize_t	 n;

	len = 1 + (size_t)random() % CHUNK_MAX;
	for (i = 0; i < len; i++)
		buf[i] = crowd_byte(s->seed, s->sent + i);
	n = send(s->fd, buf, len, MSG_NOSIGNAL);
	if (n > 0)
		s->sent += (uint64_t)n;
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		stream_failed(s, "send", strerror(errno));
}

static void
stream_is_due(struct stream *s)
{
	if (s->shut)
		return;
	if (brief ? s->sent > 0 : ending) {
		(void)shutdown(s->fd, SHUT_WR);
		s->shut = 1;
		return;
	}
	stream_sends(s);
}

/* ---- UDP ----------------------------------------------------------------- */

static void
send_request(struct flow *f, int fd, unsigned int i, enum crowd_kind kind)
{
	const struct sockaddr_storage	*to = &servers[i & 1];
	struct crowd_udp		 m;
	uint8_t				 buf[CROWD_LEN_MAX];
	size_t				 k, len;

	memset(&m, 0, sizeof(m));
	len = sizeof(m);
	if (f != NULL)
		len += (size_t)random() % (sizeof(buf) - sizeof(m));
	m.magic = CROWD_MAGIC;
	m.flow = i;
	m.number = f != NULL ? f->n : 0;
	m.kind = kind;
	m.len = (uint16_t)len;
	memcpy(buf, &m, sizeof(m));
	for (k = sizeof(m); k < len; k++)
		buf[k] = crowd_byte(crowd_seed(&m), k);
	if (sendto(fd, buf, len, 0, (const struct sockaddr *)to,
	    length_of(to)) == -1) {
		printf("not sent: %s\n", strerror(errno));
		return;
	}
	if (f == NULL)
		return;
	if (f->n == f->room) {
		f->room = f->room * 2 + 64;
		f->requests = realloc(f->requests,
		    f->room * sizeof(*f->requests));
		if (f->requests == NULL)
			err(1, "requests");
	}
	f->requests[f->n].sent = wall_clock();
	f->requests[f->n++].answers = 0;
}

static void
take_answer(struct flow *f, const uint8_t *buf, size_t len)
{
	struct crowd_udp	 m;
	size_t			 k;

	memcpy(&m, buf, len < sizeof(m) ? len : sizeof(m));
	if (len < sizeof(m) || m.magic != CROWD_MAGIC || m.len != len ||
	    m.flow != f->number || m.number >= f->n) {
		damaged++;
		return;
	}
	for (k = sizeof(m); k < len; k++)
		if (buf[k] != crowd_byte(crowd_seed(&m), k)) {
			damaged++;
			return;
		}
	if (f->requests[m.number].answers++ > 0)
		twice++;
	else if (wall_clock() - f->requests[m.number].sent > slowest)
		slowest = wall_clock() - f->requests[m.number].sent;
	if (!f->seen) {
		f->seen = 1;
		memcpy(f->seen_addr, m.seen_addr, sizeof(f->seen_addr));
		f->seen_port = m.seen_port;
	} else if (f->seen_port != m.seen_port || memcmp(f->seen_addr,
	    m.seen_addr, sizeof(f->seen_addr)) != 0)
		moved++;
	if (m.number + 1 > f->answered)
		f->answered = m.number + 1;
}

static int
from_server(const struct sockaddr_storage *from, unsigned int i)
{
	return (memcmp(from, &servers[i & 1],
	    from->ss_family == AF_INET ? 8 : 24) == 0);
}

static void
flow_reads(void *arg)
{
	struct sockaddr_storage	 from;
	struct flow		*f = arg;
	socklen_t		 size;
	uint8_t			 buf[CROWD_LEN_MAX + 1];
	ssize_t			 n;

	for (;;) {
		size = sizeof(from);
		memset(&from, 0, sizeof(from));
		n = recvfrom(f->fd, buf, sizeof(buf), 0,
		    (struct sockaddr *)&from, &size);
		if (n == -1)
			return;
		if (from_server(&from, f->number))
			take_answer(f, buf, (size_t)n);
		else
			strangers++;
	}
}

static void
open_flow(struct flow *f, unsigned int i)
{
	begun_flows++;
	f->number = i;
	f->seen = 0;
	f->fd = socket_of(i, SOCK_DGRAM);
	f->readable = loop_watch_new(f->fd, LOOP_READ, flow_reads, f);
	loop_watch_on(f->readable);
}

static void
flow_is_due(struct flow *f)
{
	if (ending && f->n > f->mark && f->answered == f->n)
		return;
	/* The next one, or this one once more. */
	if (brief && f->answered != f->n &&
	    wall_clock() < f->requests[f->n - 1].sent + 1)
		return;
	if (brief && f->seen) {
		loop_watch_free(f->readable);
		close(f->fd);
		open_flow(f, f->number);
	}
	send_request(f, f->fd, f->number,
	    f->stranger ? CROWD_STRANGER : CROWD_PLAIN);
	f->stranger = 0;
}

/* One whose answer finds nobody. */
static void
be_late(unsigned int i)
{
	int	 fd;

	fd = socket_of(i, SOCK_DGRAM);
	send_request(NULL, fd, i, CROWD_LATE);
	close(fd);
	latecomers++;
}

/* ---- rounds -------------------------------------------------------------- */

static void
set_marks(void)
{
	unsigned int	 i;

	for (i = 0; i < nstreams; i++)
		streams[i].mark = streams[i].sent;
	for (i = 0; i < nflows; i++)
		flows[i].mark = flows[i].n;
}

static void
asked_for_round(int signo, void *arg)
{
	unsigned int	 i, n;

	(void)signo;
	(void)arg;
	set_marks();
	rounds_asked++;
	n = 2 * (naddresses[0] < naddresses[1] ? naddresses[0] :
	    naddresses[1]);
	for (i = 0; i < n; i++) {
		be_late(i);
		if (i < nflows)
			flows[i].stranger = 1;
	}
}

static void
look_at_round(void)
{
	unsigned int	 i;

	if (brief || (begun && rounds_done == rounds_asked))
		return;
	for (i = 0; i < nstreams; i++)
		if (streams[i].fd != -1 && streams[i].back <= streams[i].mark)
			return;
	for (i = 0; i < nflows; i++)
		if (flows[i].answered <= flows[i].mark)
			return;
	if (!begun) {
		begun = 1;
		printf("ready\n");
		return;
	}
	rounds_done = rounds_asked;
	printf("round %u\n", rounds_done);
}

/* ---- the end ------------------------------------------------------------- */

static void
asked_to_end(int signo, void *arg)
{
	(void)signo;
	(void)arg;
	set_marks();
	ending = 1;
}

static int
at_the_end(void)
{
	unsigned int	 i;

	for (i = 0; i < nstreams; i++)
		if (streams[i].fd != -1)
			return (0);
	for (i = 0; i < nflows; i++)
		if (flows[i].n == flows[i].mark ||
		    flows[i].answered != flows[i].n)
			return (0);
	return (1);
}

static void
report(void)
{
	const struct request	*r;
	unsigned long		 lost = 0, requests = 0;
	unsigned int		 i, k;

	for (i = 0; i < nflows; i++) {
		requests += flows[i].n;
		for (k = 0; k < flows[i].n; k++) {
			r = &flows[i].requests[k];
			if (r->answers > 0)
				continue;
			lost++;
			printf("lost %.3f\n", r->sent);
		}
	}
	printf("{\"streams\":%lu,\"whole\":%lu,\"failed\":%lu,\"bytes\":%lu,"
	    "\"flows\":%lu,\"requests\":%lu,\"lost\":%lu,\"twice\":%lu,"
	    "\"damaged\":%lu,\"moved\":%lu,\"strangers\":%lu,"
	    "\"latecomers\":%lu,\"slowest\":%.3f}\n", begun_streams, whole,
	    failed, bytes, begun_flows, requests, lost, twice, damaged, moved,
	    strangers, latecomers, slowest);
	loop_stop();
}

static void
tick(void *arg)
{
	uint64_t	 now = loop_now();
	unsigned int	 i;

	(void)arg;
	for (i = 0; i < nstreams; i++)
		if (streams[i].fd != -1 && streams[i].due <= now) {
			streams[i].due = now + interval;
			stream_is_due(&streams[i]);
		}
	for (i = 0; i < nflows; i++)
		if (flows[i].due <= now) {
			flows[i].due = now + interval;
			flow_is_due(&flows[i]);
		}
	look_at_round();
	if (ending && at_the_end())
		report();
	else
		loop_timer_set(timer, TICK);
}

/* ---- the beginning ------------------------------------------------------- */

static unsigned int
parse_address(const char *text, unsigned int port, struct sockaddr_storage *ss)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	memset(ss, 0, sizeof(*ss));
	memset(&sin, 0, sizeof(sin));
	memset(&sin6, 0, sizeof(sin6));
	if (inet_pton(AF_INET, text, &sin.sin_addr) == 1) {
		sin.sin_family = AF_INET;
		sin.sin_port = htons((uint16_t)port);
		memcpy(ss, &sin, sizeof(sin));
		return (0);
	}
	if (inet_pton(AF_INET6, text, &sin6.sin6_addr) != 1)
		errx(2, "%s: no address", text);
	sin6.sin6_family = AF_INET6;
	sin6.sin6_port = htons((uint16_t)port);
	memcpy(ss, &sin6, sizeof(sin6));
	return (1);
}

static void
parse_addresses(int argc, char *argv[])
{
	struct sockaddr_storage	 ss;
	unsigned int		 six;
	int			 i;

	for (i = 0; i < argc; i++) {
		six = parse_address(argv[i], 0, &ss);
		if (naddresses[six] < ADDRESSES_MAX)
			addresses[six][naddresses[six]++] = ss;
	}
	if (naddresses[0] == 0 || naddresses[1] == 0)
		errx(2, "addresses of both families");
}

static void
open_all(void)
{
	unsigned int	 i;

	streams = calloc(nstreams + 1, sizeof(*streams));
	flows = calloc(nflows + 1, sizeof(*flows));
	if (streams == NULL || flows == NULL)
		err(1, "clients");
	/* Spread over the time between two chunks. */
	for (i = 0; i < nstreams; i++) {
		connect_stream(&streams[i]);
		streams[i].due = loop_now() + interval +
		    (uint64_t)random() % interval;
	}
	for (i = 0; i < nflows; i++) {
		open_flow(&flows[i], i);
		flows[i].due = loop_now() + (uint64_t)random() % interval;
	}
}

int
main(int argc, char *argv[])
{
	unsigned int	 port;
	int		 ch;

	while ((ch = getopt(argc, argv, "i:n:su:")) != -1)
		switch (ch) {
		case 'i':
			interval = strtoul(optarg, NULL, 10) * MS;
			break;
		case 'n':
			nstreams = 2 * (unsigned int)atoi(optarg);
			break;
		case 's':
			brief = 1;
			break;
		case 'u':
			nflows = 2 * (unsigned int)atoi(optarg);
			break;
		default:
			argc = 0;
		}
	argc -= optind;
	argv += optind;
	if (argc < 5 || interval == 0)
		errx(2, "usage: aid_crowd [-s] [-i ms] [-n streams] "
		    "[-u flows] port server4 server6 address ...");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	srandom((unsigned int)time(NULL));
	port = (unsigned int)atoi(argv[0]);
	if (parse_address(argv[1], port, &servers[0]) != 0 ||
	    parse_address(argv[2], port, &servers[1]) != 1)
		errx(2, "a server of each family");
	parse_addresses(argc - 3, argv + 3);
	loop_init();
	open_all();
	loop_signal(SIGUSR1, asked_for_round, NULL);
	loop_signal(SIGTERM, asked_to_end, NULL);
	timer = loop_timer_new(tick, NULL);
	loop_timer_set(timer, TICK);
	loop_run();
	return (0);
}
