/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "msg.h"
#include "pipes.h"

/* Room for one packet of any size, and for a batch of the usual ones. */
#define QUEUE_SIZE	((size_t)512 << 10)

void
pipes_init(struct pipes *p, void (*writable)(void *), void (*readable)(void *),
    void *arg)
{
	memset(p, 0, sizeof(*p));
	p->to = p->from = -1;
	p->writable = writable;
	p->readable = readable;
	p->arg = arg;
	if ((p->queue = malloc(QUEUE_SIZE)) == NULL)
		msg_die(1, "out of memory");
}

void
pipes_open(struct pipes *p, int to, int from,
    const struct cat_options *options, const char *port)
{
	p->encoder = divert_encoder_new(options->format, options->encode_flags,
	    port);
	p->decoder = divert_decoder_new();
	if (p->encoder == NULL || p->decoder == NULL)
		msg_die(1, "out of memory");
	divert_decoder_whole(p->decoder);
	p->to = to;
	p->from = from;
	p->began = p->ended = 0;
	p->queue_off = 0;
	p->queue_len = divert_encoder_header(p->encoder, p->queue, QUEUE_SIZE);
	p->to_watch = loop_watch_new(to, LOOP_WRITE, p->writable, p->arg);
	p->from_watch = loop_watch_new(from, LOOP_READ, p->readable, p->arg);
}

void
pipes_borrow_stdio(struct pipes *p)
{
	p->borrowed = 1;
	p->saved_flags[0] = fcntl(STDIN_FILENO, F_GETFL);
	p->saved_flags[1] = fcntl(STDOUT_FILENO, F_GETFL);
	fcntl(STDIN_FILENO, F_SETFL, p->saved_flags[0] | O_NONBLOCK);
	fcntl(STDOUT_FILENO, F_SETFL, p->saved_flags[1] | O_NONBLOCK);
}

int
pipes_room(struct pipes *p, size_t len)
{
	size_t	 want;

	want = DIVERT_ENCODE_MAX(len);
	if (p->to == -1 || QUEUE_SIZE - p->queue_len < want)
		return (0);
	if (QUEUE_SIZE - p->queue_off - p->queue_len < want) {
		memmove(p->queue, p->queue + p->queue_off, p->queue_len);
		p->queue_off = 0;
	}
	return (1);
}

void
pipes_put(struct pipes *p, const struct divert_packet *pkt)
{
	p->queue_len += divert_encoder_packet(p->encoder, pkt,
	    p->queue + p->queue_off + p->queue_len,
	    DIVERT_ENCODE_MAX(pkt->len));
}

int
pipes_write(struct pipes *p)
{
	ssize_t	 n;

	while (p->to != -1 && p->queue_len > 0) {
		n = write(p->to, p->queue + p->queue_off, p->queue_len);
		if (n >= 0) {
			p->queue_off += (size_t)n;
			p->queue_len -= (size_t)n;
		} else if (errno == EAGAIN) {
			loop_watch_on(p->to_watch);
			return (1);
		} else if (errno != EINTR)
			return (-1);
	}
	p->queue_off = 0;
	if (p->to != -1)
		loop_watch_off(p->to_watch);
	return (0);
}

int
pipes_unread(const struct pipes *p)
{
	int	 n;

	return (p->queue_len > 0 ||
	    (ioctl(p->to, FIONREAD, &n) == 0 && n > 0));
}

int
pipes_read(struct pipes *p)
{
	uint8_t	*buf;
	size_t	 room;
	ssize_t	 n;

	room = divert_decoder_room(p->decoder, &buf);
	n = read(p->from, buf, room);
	if (n == -1 && errno == EINTR)
		return (1);
	if (n == -1 && errno == EAGAIN)
		return (0);
	if (n <= 0) {
		/* Silence is no damaged stream: nothing came back. */
		if (p->began)
			divert_decoder_filled(p->decoder, 0);
		p->ended = 1;
		return (0);
	}
	p->began = 1;
	divert_decoder_filled(p->decoder, (size_t)n);
	return ((size_t)n == room);
}

void
pipes_close_to(struct pipes *p)
{
	if (p->to == -1)
		return;
	loop_watch_free(p->to_watch);
	p->to_watch = NULL;
	if (p->borrowed)
		fcntl(p->to, F_SETFL, p->saved_flags[1]);
	close(p->to);
	p->to = -1;
	p->queue_off = p->queue_len = 0;
}

void
pipes_close_from(struct pipes *p)
{
	if (p->from == -1)
		return;
	loop_watch_free(p->from_watch);
	p->from_watch = NULL;
	if (p->borrowed)
		fcntl(p->from, F_SETFL, p->saved_flags[0]);
	close(p->from);
	p->from = -1;
}

void
pipes_close(struct pipes *p)
{
	pipes_close_to(p);
	pipes_close_from(p);
	divert_encoder_free(p->encoder);
	divert_decoder_free(p->decoder);
	p->encoder = NULL;
	p->decoder = NULL;
}
