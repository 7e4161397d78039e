/* SPDX-License-Identifier: ISC */
/*
 * The running OpenBSD or FreeBSD.  A part of bsdtest.c.
 *
 * The wires are tun devices; what goes over them has four bytes before it,
 * the address family in network byte order: always on OpenBSD, on FreeBSD
 * when asked for.
 */

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/utsname.h>

#include <grp.h>
#include <pwd.h>

#ifdef __FreeBSD__
#include <sys/capsicum.h>
#ifndef TUNSIFHEAD
#define TUNSIFHEAD	_IOW('t', 96, int)
#endif
#endif

#define NOBODY		32767
#define TUN_HEAD	4

static int		 tun[WIRES];
static const char	*hook;

static int
b_socket(int family)
{
	int	 s = -1;

#ifdef PF_DIVERT
	/* Where it is defined the running kernel may still be older. */
	s = socket(PF_DIVERT, SOCK_RAW, 0);
	k->form = "divert";
	if (s == -1 && errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT)
		return (-1);
#endif
	if (s == -1) {
		s = socket(family, SOCK_RAW, IPPROTO_DIVERT);
		k->form = "inet";
	}
	if (s != -1 && fcntl(s, F_SETFL, O_NONBLOCK) == -1) {
		close(s);
		return (-1);
	}
	return (s);
}

static int
b_bind(int s, const struct from *f)
{
	return (bind(s, &f->u.sa, f->len));
}

static int
b_bound(int s)
{
	struct from	 f;

	memset(&f, 0, sizeof(f));
	f.len = sizeof(f.u);
	if (getsockname(s, &f.u.sa, &f.len) == -1)
		return (-1);
	return (ntohs(f.u.in.sin_port));
}

static int
b_connect(int s, const struct from *f)
{
	return (connect(s, &f->u.sa, f->len));
}

static ssize_t
b_write(int s, const void *data, size_t n)
{
	return (write(s, data, n));
}

static ssize_t
b_sendto(int s, const void *data, size_t n, const struct from *f)
{
	return (sendto(s, data, n, 0, &f->u.sa, f->len));
}

static ssize_t
b_recv(int s, void *buf, size_t size, struct from *f, int *flags)
{
	struct iovec	 iov = { buf, size };
	struct msghdr	 msg;
	ssize_t		 n;

	memset(&msg, 0, sizeof(msg));
	memset(f, 0, sizeof(*f));
	msg.msg_name = &f->u;
	msg.msg_namelen = sizeof(f->u);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	n = recvmsg(s, &msg, MSG_DONTWAIT);
	f->len = msg.msg_namelen;
	*flags = msg.msg_flags;
	return (n);
}

static ssize_t
b_read(int s, void *buf, size_t size)
{
	return (read(s, buf, size));
}

static int
b_recvmany(int s, struct packet *p, int n)
{
	struct mmsghdr	 mm[8];
	struct iovec	 iov[8];
	int		 got, i;

	memset(mm, 0, sizeof(mm));
	if (n > 8)
		n = 8;
	for (i = 0; i < n; i++) {
		iov[i].iov_base = p[i].b;
		iov[i].iov_len = PACKET_MAX;
		mm[i].msg_hdr.msg_iov = &iov[i];
		mm[i].msg_hdr.msg_iovlen = 1;
	}
#ifdef __FreeBSD__
	got = (int)recvmmsg(s, mm, (size_t)n, MSG_DONTWAIT, NULL);
#else
	got = recvmmsg(s, mm, (unsigned int)n, MSG_DONTWAIT, NULL);
#endif
	for (i = 0; i < got; i++)
		p[i].n = (size_t)mm[i].msg_len;
	return (got);
}

static int
b_buffer(int s, int which, int set)
{
	socklen_t	 len = sizeof(set);

	if (set != 0)
		return (setsockopt(s, SOL_SOCKET, which, &set, sizeof(set)));
	return (getsockopt(s, SOL_SOCKET, which, &set, &len) == -1 ? -1 : set);
}

/*
 * OpenBSD's sysctl net.inet.divert.N; for FULLSOCK and the like the counters
 * of both families, which newer kernels keep together.
 */
#ifdef __OpenBSD__
static int
divert_sysctl(int family, int what, void *value, size_t *len)
{
	int	 mib[4];

	mib[0] = CTL_NET;
	mib[1] = family;
	mib[2] = IPPROTO_DIVERT;
	mib[3] = what;
	return (sysctl(mib, 4, value, len, NULL, 0));
}
#endif

static int
b_space(void)
{
#ifdef __OpenBSD__
	int	 value = -1;
	size_t	 len = sizeof(value);

	if (divert_sysctl(PF_INET, 1, &value, &len) == -1)
		return (-1);
	return (value);
#else
	return (-1);
#endif
}

static int
b_figure(enum figure which, uint64_t *value)
{
#ifdef __OpenBSD__
	/* struct divstat: received, no port, full socket, output, errors. */
	unsigned long	 v[16];
	size_t		 len = sizeof(v);

	memset(v, 0, sizeof(v));
	if (divert_sysctl(PF_INET, 3, v, &len) == -1)
		return (-1);
	*value = v[which];
	return (0);
#else
	/* Since 14: diverted, no port, outbound, inbound. */
	uint64_t	 v[16];
	size_t		 len = sizeof(v);

	memset(v, 0, sizeof(v));
	if (sysctlbyname("net.inet.divert.stats", v, &len, NULL, 0) == -1)
		return (-1);
	switch (which) {
	case RECEIVED:
		*value = v[0];
		return (0);
	case NOPORT:
		*value = v[1];
		return (0);
	case OUTPUT:
		*value = v[2] + v[3];
		return (0);
	default:
		errno = ENOENT;
		return (-1);
	}
#endif
}

static void
b_close(int s)
{
	if (s != -1)
		close(s);
}

static int
wait_fd(int fd, int ms)
{
	struct pollfd	 pfd;

	pfd.fd = fd;
	pfd.events = POLLIN;
	pfd.revents = 0;
	return (poll(&pfd, 1, ms) == 1);
}

static int
b_wait_wire(int wire, int ms)
{
	return (wait_fd(tun[wire], ms));
}

static int
b_transmit(int wire, const struct packet *p)
{
	static unsigned char	 buf[TUN_HEAD + PACKET_MAX];
	int			 family;

	family = version_of(p) == 6 ? AF_INET6 : AF_INET;
	put32(buf, (uint32_t)family);
	memcpy(buf + TUN_HEAD, p->b, p->n);
	if (write(tun[wire], buf, TUN_HEAD + p->n) == -1) {
		if (errno != ENOBUFS && errno != EAGAIN)
			point_note("%s: write: %s", k->name[wire],
			    errno_name(errno));
		return (-1);
	}
	return (0);
}

static int
b_receive(int wire, struct packet *p)
{
	static unsigned char	 buf[TUN_HEAD + PACKET_MAX];
	ssize_t			 n;

	n = read(tun[wire], buf, sizeof(buf));
	if (n <= TUN_HEAD)
		return (0);
	p->n = (size_t)n - TUN_HEAD;
	memcpy(p->b, buf + TUN_HEAD, p->n);
	return (1);
}

static int
b_udp(int port)
{
	struct from	 f = place4(NULL, (unsigned int)port);
	int		 rc, s, saved;

	if ((s = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		return (-1);
	rc = bind(s, &f.u.sa, f.len);
	saved = errno;
	close(s);
	errno = saved;
	return (rc);
}

/* The host's own UDP, to the far end of A. */
static int
b_speak(int version, const void *payload, size_t n)
{
	struct from	 f;
	int		 rc, s, saved;

	f = version == 6 ? place6(far_a6, 7000) : place4(far_a, 7000);
	if ((s = socket(f.u.sa.sa_family, SOCK_DGRAM, 0)) == -1)
		return (-1);
	rc = sendto(s, payload, n, 0, &f.u.sa, f.len) == -1 ? -1 : 0;
	saved = errno;
	if (rc == -1)
		point_note("UDP to the far end: %s", errno_name(saved));
	close(s);
	errno = saved;
	return (rc);
}

static int
b_configure(const char *what)
{
	char	 command[1024];
	int	 rc;

	snprintf(command, sizeof(command), "%s %s", hook, what);
	rc = system(command);
	if (rc != 0)
		point_note("%s: status %d", command, rc);
	return (rc);
}

/* ---- in a child ---------------------------------------------------------- */

static const char *
become_nobody(void)
{
	struct passwd	*pw;
	uid_t		 uid = NOBODY;
	gid_t		 gid = NOBODY;

	if ((pw = getpwnam("nobody")) != NULL) {
		uid = pw->pw_uid;
		gid = pw->pw_gid;
	}
	if (setgroups(1, &gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return ("the user cannot be changed");
	return (NULL);
}

static const char *
pledge_to(const char *promises)
{
#ifdef __OpenBSD__
	if (pledge(promises, NULL) == -1)
		return ("pledge fails");
#else
	(void)promises;
#endif
	return (NULL);
}

static const char *
child_open(void)
{
	const char	*error;

	if ((error = become_nobody()) != NULL)
		return (error);
	return (outcome(b_socket(AF_INET)));
}

static const char *
child_go_on(int s)
{
	static struct packet	 p;
	struct from		 f;
	const char		*error;
	ssize_t			 n;
	int			 flags;

	/* The user is looked up before the files are out of reach. */
	getpwnam("nobody");
	if (chroot("/var/empty") == -1 || chdir("/") == -1)
		return ("chroot fails");
	if ((error = become_nobody()) != NULL ||
	    (error = pledge_to("stdio inet")) != NULL)
		return (error);
	if (!wait_fd(s, late))
		return ("nothing to read");
	n = b_recv(s, p.b, PACKET_MAX, &f, &flags);
	if (n == -1)
		return (errno_name(errno));
	return (outcome(b_sendto(s, p.b, (size_t)n, &f)));
}

static const char *
child_say(enum child what, int s, const struct packet *p, const struct from *f)
{
	const char	*error;

	switch (what) {
	case CHILD_OPEN:
		return (child_open());
	case CHILD_GO_ON:
		return (child_go_on(s));
	case CHILD_STDIO:
		if ((error = pledge_to("stdio")) != NULL)
			return (error);
		return (outcome(b_sendto(s, p->b, p->n, f)));
	case CHILD_SOCKET:
		if ((error = pledge_to("stdio inet")) != NULL)
			return (error);
		return (outcome(b_socket(AF_INET)));
	case CHILD_CAPABILITY:
#ifdef __FreeBSD__
		if (cap_enter() == -1)
			return ("cap_enter fails");
#endif
		return (outcome(b_sendto(s, p->b, p->n, f)));
	}
	return ("?");
}

static const char *
b_child(enum child what, int s, const struct packet *p, const struct from *f)
{
	static char	 text[80];
	struct rlimit	 none = { 0, 0 };
	const char	*said_by;
	ssize_t		 n;
	pid_t		 pid;
	int		 fds[2], status;

	if (pipe(fds) == -1 || (pid = fork()) == -1)
		return ("no child");
	if (pid == 0) {
		close(fds[0]);
		/* No core of one that is killed on purpose. */
		setrlimit(RLIMIT_CORE, &none);
		alarm(20);
		said_by = child_say(what, s, p, f);
		_exit(write(fds[1], said_by, strlen(said_by)) == -1);
	}
	close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return (WTERMSIG(status) == SIGABRT ? "killed" :
		    "killed by another signal");
	return (text);
}

/* ---- */

static int
open_tun(const char *name)
{
	char	 path[64];
	int	 fd;
#ifdef __FreeBSD__
	int	 one = 1;
#endif

	snprintf(path, sizeof(path), "/dev/%s", name);
	if ((fd = open(path, O_RDWR | O_NONBLOCK)) == -1) {
		fprintf(stderr, "bsdtest: %s: %s\n", path, strerror(errno));
		return (-1);
	}
#ifdef __FreeBSD__
	if (ioctl(fd, TUNSIFHEAD, &one) == -1) {
		fprintf(stderr, "bsdtest: %s: TUNSIFHEAD: %s\n", path,
		    strerror(errno));
		close(fd);
		return (-1);
	}
#endif
	return (fd);
}

/*
 * Opens the wires and has their addresses set: they go when a device is
 * closed.
 */
static struct kernel *
bsd_kernel(const char *a, const char *b, unsigned int rule, const char *setup)
{
	static struct kernel	 kernel;
	struct utsname		 u;

	if (uname(&u) == -1)
		return (NULL);
	point_note("%s %s %s", u.sysname, u.release, u.machine);
	if (strcmp(u.sysname, "OpenBSD") == 0)
		kernel.system = OPENBSD;
	else
		kernel.system = atoi(u.release) < 14 ? FREEBSD12 : FREEBSD14;
	kernel.name[WIRE_A] = a;
	kernel.name[WIRE_B] = b;
	kernel.rule = kernel.system == OPENBSD ? 0 : rule;
	kernel.form = "inet";
	kernel.socket = b_socket;
	kernel.bind = b_bind;
	kernel.bound = b_bound;
	kernel.connect = b_connect;
	kernel.write = b_write;
	kernel.sendto = b_sendto;
	kernel.recv = b_recv;
	kernel.read = b_read;
	kernel.recvmany = b_recvmany;
	kernel.buffer = b_buffer;
	kernel.space = b_space;
	kernel.close = b_close;
	kernel.wait_socket = wait_fd;
	kernel.wait_wire = b_wait_wire;
	kernel.transmit = b_transmit;
	kernel.receive = b_receive;
	kernel.udp = b_udp;
	kernel.speak = b_speak;
	kernel.figure = b_figure;
	kernel.child = b_child;
	kernel.configure = b_configure;
	k = &kernel;
	hook = setup;
	if ((tun[WIRE_A] = open_tun(a)) == -1 ||
	    (tun[WIRE_B] = open_tun(b)) == -1)
		return (NULL);
	if (b_configure("up") != 0) {
		fprintf(stderr, "bsdtest: the interfaces cannot be set up\n");
		return (NULL);
	}
	return (&kernel);
}
