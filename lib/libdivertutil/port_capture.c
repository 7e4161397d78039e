/* SPDX-License-Identifier: ISC */

/*
 * Captures as ports: a file, read as fast as it is asked for, and a stream,
 * read when its descriptor is readable.  Packets are lent from the decoder's
 * buffer.  A file must show at opening that it is a capture; a stream cannot,
 * since nothing may have been written to it yet.
 */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "decode.h"

struct capture {
	struct divert_decoder *decoder;
	char		 path[DIVERT_ERROR_SIZE];
	int		 fd;
	int		 owned;		/* close fd */
	int		 regular;	/* reads never wait */
	int		 pending;	/* first is set: read at opening */
	struct divert_packet first;
	uint32_t	 next_id;
	uint64_t	 read;		/* bytes so far */
	uint8_t		 direction;	/* for packets that carry none */
	char		 ifname[DIVERT_IFNAME_SIZE];
};

static struct capture *
new_capture(const char *path, int fd, const struct divert_options *options)
{
	struct capture	*cap;

	if ((cap = calloc(1, sizeof(*cap))) == NULL)
		return (NULL);
	if ((cap->decoder = divert_decoder_new()) == NULL) {
		free(cap);
		return (NULL);
	}
	strlcpy(cap->path, path, sizeof(cap->path));
	cap->fd = fd;
	cap->next_id = 1;
	cap->direction = (uint8_t)options->direction;
	if (options->ifname != NULL)
		strlcpy(cap->ifname, options->ifname, sizeof(cap->ifname));
	return (cap);
}

static void
free_capture(struct capture *cap)
{
	int	 error;

	error = errno;
	if (cap->owned)
		close(cap->fd);
	divert_decoder_free(cap->decoder);
	free(cap);
	errno = error;
}

/*
 * One read.  1 something or the end came, 0 nothing now, -1 errno.
 */
static int
fill(struct capture *cap)
{
	uint8_t	*buf;
	ssize_t	 n;
	size_t	 room;

	room = divert_decoder_room(cap->decoder, &buf);
	do
		n = read(cap->fd, buf, room);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1);
	divert_decoder_filled(cap->decoder, (size_t)n);
	cap->read += (uint64_t)n;
	return (1);
}

/* Whether a read of a pipe, socket or terminal returns at once. */
static int
is_readable(int fd)
{
	struct pollfd	 pfd;

	pfd.fd = fd;
	pfd.events = POLLIN;
	return (poll(&pfd, 1, 0) != 0);
}

/* What this port says of every packet, whatever the capture said. */
static void
adopt(struct capture *cap, struct divert_packet *pkt)
{
	/* The capture's ids may repeat: those of a port are unique. */
	pkt->id = cap->next_id++;
	if (cap->next_id == 0)
		cap->next_id = 1;
	pkt->flags |= DIVERT_PACKET_HAS_ID;
	if (pkt->direction == DIVERT_DIRECTION_NONE)
		pkt->direction = cap->direction;
	if (pkt->ifname[0] == '\0')
		memcpy(pkt->ifname, cap->ifname, sizeof(pkt->ifname));
}

/*
 * Fill the batch from what is buffered.  The number, or -1: damage, and
 * nothing came before it.
 */
static int
take(struct divert_port *port, struct capture *cap)
{
	int	 n, result;

	n = 0;
	if (cap->pending) {
		port->batch[n++] = cap->first;
		cap->pending = 0;
	}
	for (result = 1; n < DIVERT_BATCH_MAX; n++) {
		result = divert_decoder_next(cap->decoder, &port->batch[n]);
		if (result <= 0)
			break;
	}
	if (n == 0 && result == -1)
		return (divert_port_fail(port, "%s: %s", cap->path,
		    divert_decoder_error(cap->decoder)));
	for (result = 0; result < n; result++)
		adopt(cap, &port->batch[result]);
	return (n);
}

static int
capture_recv(struct divert_port *port)
{
	struct capture	*cap;
	int		 n;

	cap = port->state;
	port->done = cap->read;
	/* A batch that is not full leaves no whole packet in the buffer. */
	if ((n = take(port, cap)) != 0)
		return (n);
	do {
		if (cap->decoder->eof)
			return (0);
		if (!cap->regular && !is_readable(cap->fd)) {
			errno = EAGAIN;
			return (-1);
		}
		switch (fill(cap)) {
		case -1:
			return (divert_port_fail(port, "%s: %s", cap->path,
			    strerror(errno)));
		case 0:
			errno = EAGAIN;
			return (-1);
		default:
			break;
		}
		if ((n = take(port, cap)) != 0)
			return (n);
	} while (cap->regular);
	if (cap->decoder->eof)
		return (0);
	errno = EAGAIN;
	return (-1);
}

static int
capture_resume(struct divert_port *port)
{
	struct capture	*cap;

	cap = port->state;
	return (divert_decoder_resume(cap->decoder));
}

static void
capture_stats(struct divert_port *port, struct divert_stats *stats)
{
	struct capture	*cap;

	cap = port->state;
	stats->skipped = divert_decoder_skipped(cap->decoder);
}

static void
capture_close(struct divert_port *port)
{
	free_capture(port->state);
}

/*
 * Read a regular file as far as its first packet, which is kept.  0, or -1:
 * it is no capture, or the first read failed.  Damage after the file's header
 * is for capture_recv() to report.
 */
static int
probe(struct divert_port *port, struct capture *cap)
{
	int	 result;

	for (;;) {
		result = divert_decoder_next(cap->decoder, &cap->first);
		if (result == 1)
			cap->pending = 1;
		if (result == -1 && !cap->decoder->accepted)
			return (divert_port_fail(port, "%s: %s", cap->path,
			    divert_decoder_error(cap->decoder)));
		if (result != 0 || cap->decoder->eof)
			return (0);
		if (fill(cap) == -1)
			return (divert_port_fail(port, "%s: %s", cap->path,
			    strerror(errno)));
	}
}

/* Files and devices such as /dev/null never let a reader wait. */
static int
always_ready(int fd, const struct stat *st)
{
	return (S_ISREG(st->st_mode) || S_ISBLK(st->st_mode) ||
	    (S_ISCHR(st->st_mode) && !isatty(fd)));
}

static int
file_open(struct divert_port *port, const char *path,
    const struct divert_options *options)
{
	struct capture	*cap;
	struct stat	 st;
	int		 fd;

	fd = options->infd;
	if (fd == 0 && (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (divert_port_fail(port, "%s: %s", path,
		    strerror(errno)));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (options->infd == 0)
			close(fd);
		errno = EISDIR;
		return (divert_port_fail(port, "%s: %s", path,
		    strerror(errno)));
	}
	if ((cap = new_capture(path, fd, options)) == NULL) {
		if (options->infd == 0)
			close(fd);
		return (divert_port_fail(port, "%s: out of memory", path));
	}
	cap->owned = options->infd == 0;
	/* A named pipe is watched like any stream. */
	cap->regular = always_ready(fd, &st);
	port->total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (cap->regular && probe(port, cap) == -1) {
		free_capture(cap);
		return (-1);
	}
	port->fd = cap->regular ? -1 : fd;
	port->caps = DIVERT_CAP_CLOCK;
	port->state = cap;
	return (0);
}

static int
stream_open(struct divert_port *port, const char *arg,
    const struct divert_options *options)
{
	struct capture	*cap;
	struct stat	 st;

	(void)arg;
	if (fstat(options->infd, &st) == -1)
		return (divert_port_fail(port, "input: %s", strerror(errno)));
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return (divert_port_fail(port, "input: %s", strerror(errno)));
	}
	if ((cap = new_capture("input", options->infd, options)) == NULL)
		return (divert_port_fail(port, "input: out of memory"));
	/* Event loops refuse to watch a regular file: it is always ready. */
	cap->regular = always_ready(options->infd, &st);
	port->total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	port->fd = cap->regular ? -1 : options->infd;
	port->caps = DIVERT_CAP_CLOCK;
	port->state = cap;
	return (0);
}

const struct divert_backend divert_backend_file = {
	.kind = "file",
	.write_max = DECODE_FRAME_MAX,
	.open = file_open,
	.recv = capture_recv,
	.resume = capture_resume,
	.stats = capture_stats,
	.close = capture_close,
};

const struct divert_backend divert_backend_stream = {
	.kind = "-",
	.write_max = DECODE_FRAME_MAX,
	.open = stream_open,
	.recv = capture_recv,
	.resume = capture_resume,
	.stats = capture_stats,
	.close = capture_close,
};
