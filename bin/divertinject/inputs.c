/* SPDX-License-Identifier: ISC */

/*
 * Every input is a capture with an open descriptor, which is read from its
 * start again for each loop.  Packets in words become one as well: a file
 * without a name, so that they are read, selected, paced and counted as all
 * others are.
 */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inputs.h"
#include "msg.h"
#include "split.h"
#include "words.h"

struct input {
	const char		*path;		/* NULL: words */
	FILE			*fp;		/* of words */
	struct divert_encoder	*encoder;
	int			 fd;
	off_t			 start;
	uint64_t		 size;		/* 0: not known */
};

struct inputs {
	struct input		*list;
	int			 n;
	int			 current;	/* -1: none yet */
	struct divert_options	 options;
	uint64_t		 loops;		/* 0: for ever */
	uint64_t		 loop;		/* this one, from 1 */
	uint64_t		 read;		/* before this loop */
	uint64_t		 total;		/* bytes of all, 0: not known */
	struct divert_port	*first;		/* open since it was looked at */
};

struct inputs *
inputs_new(void)
{
	struct inputs	*inputs;

	if ((inputs = calloc(1, sizeof(*inputs))) == NULL)
		msg_die(1, "out of memory");
	inputs->current = -1;
	return (inputs);
}

static struct input *
append(struct inputs *inputs)
{
	struct input	*list;

	list = reallocarray(inputs->list, (size_t)inputs->n + 1,
	    sizeof(*list));
	if (list == NULL)
		msg_die(1, "out of memory");
	inputs->list = list;
	memset(&list[inputs->n], 0, sizeof(*list));
	list[inputs->n].fd = -1;
	return (&list[inputs->n++]);
}

void
inputs_add_file(struct inputs *inputs, const char *path)
{
	append(inputs)->path = path;
}

/* The last input, if it is one of words; else a new one. */
static struct input *
words_input(struct inputs *inputs)
{
	struct input	*input;
	uint8_t		 buf[DIVERT_ENCODE_MAX(0)];
	size_t		 len;

	if (inputs->n > 0 && inputs->list[inputs->n - 1].path == NULL)
		return (&inputs->list[inputs->n - 1]);
	input = append(inputs);
	if ((input->fp = tmpfile()) == NULL)
		msg_die(1, "-e: temporary file: %s", strerror(errno));
	input->fd = fileno(input->fp);
	input->encoder = divert_encoder_new(DIVERT_FORMAT_PCAPNG, 0, NULL);
	if (input->encoder == NULL)
		msg_die(1, "out of memory");
	len = divert_encoder_header(input->encoder, buf, sizeof(buf));
	fwrite(buf, 1, len, input->fp);
	return (input);
}

/* A packet, or a fragment of it, on its way into the file. */
struct spelled {
	struct input		*input;
	struct divert_packet	 pkt;
	uint8_t			*encoded;
};

static void
write_packet(struct spelled *s, uint8_t *data, size_t len)
{
	size_t	 n;

	s->pkt.data = data;
	s->pkt.len = s->pkt.wirelen = (uint32_t)len;
	n = divert_encoder_packet(s->input->encoder, &s->pkt, s->encoded,
	    DIVERT_ENCODE_MAX(DIVERT_PACKET_MAX));
	fwrite(s->encoded, 1, n, s->input->fp);
}

static int
write_fragment(void *arg, const uint8_t *head, size_t hlen,
    const uint8_t *body, size_t len)
{
	struct spelled	*s = arg;
	uint8_t		*data;

	if ((data = malloc(hlen + len)) == NULL)
		return (-1);
	memcpy(data, head, hlen);
	memcpy(data + hlen, body, len);
	write_packet(s, data, hlen + len);
	free(data);
	return (0);
}

void
inputs_add_words(struct inputs *inputs, const char *text)
{
	struct split_sink	 sink;
	struct spelled		 s;
	struct words		 words;
	uint8_t			*data;
	ssize_t			 len;
	char			 error[256];

	if (words_parse(text, &words, error, sizeof(error)) == -1)
		msg_die(2, "-e: %s: %s", text, error);
	memset(&s, 0, sizeof(s));
	s.input = words_input(inputs);
	s.pkt.direction = (uint8_t)words.direction;
	s.pkt.hook = 0xff;
	strlcpy(s.pkt.ifname, words.ifname, sizeof(s.pkt.ifname));
	clock_gettime(CLOCK_REALTIME, &s.pkt.time);
	data = malloc(DIVERT_PACKET_MAX);
	s.encoded = malloc(DIVERT_ENCODE_MAX(DIVERT_PACKET_MAX));
	if (data == NULL || s.encoded == NULL)
		msg_die(1, "out of memory");
	len = divert_build(&words.fields, data, DIVERT_PACKET_MAX, error,
	    sizeof(error));
	if (len == -1)
		msg_die(2, "-e: %s: %s", text, error);
	sink.fragment = write_fragment;
	sink.arg = &s;
	if (words.frag == 0)
		write_packet(&s, data, (size_t)len);
	else if (divert_split(data, (size_t)len, words.frag, words.frag_id,
	    &sink) == -1)
		msg_die(2, "-e: %s: frag %u: %s", text, words.frag,
		    errno == EMSGSIZE ? "the packet says df" :
		    "leaves no room for fragments");
	free(data);
	free(s.encoded);
	words_free(&words);
}

int
inputs_count(const struct inputs *inputs)
{
	return (inputs->n);
}

int
inputs_have_times(const struct inputs *inputs)
{
	int	 i;

	for (i = 0; i < inputs->n; i++)
		if (inputs->list[i].path != NULL &&
		    strcmp(inputs->list[i].path, "-") != 0)
			return (1);
	return (0);
}

static struct divert_port *
open_port(const struct inputs *inputs, const struct input *input, char *error,
    size_t size)
{
	struct divert_options	 options = inputs->options;
	char			 spec[1024];

	options.infd = input->fd;
	snprintf(spec, sizeof(spec), "file:%s",
	    input->path == NULL ? "-e" : input->path);
	return (divert_port_open(input->fd == STDIN_FILENO ? "-" : spec,
	    &options, error, size));
}

/* Open its descriptor.  0, or -1 with errno. */
static int
open_file(struct input *input)
{
	struct stat	 st;

	if (input->fp != NULL) {
		if (fflush(input->fp) == EOF)
			return (-1);
		divert_encoder_free(input->encoder);
		input->encoder = NULL;
	} else if (strcmp(input->path, "-") == 0) {
		input->fd = STDIN_FILENO;
		input->start = lseek(input->fd, 0, SEEK_CUR);
	} else if ((input->fd = open(input->path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	if (fstat(input->fd, &st) == -1)
		return (-1);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return (-1);
	}
	if (S_ISREG(st.st_mode))
		input->size = (uint64_t)st.st_size;
	else
		input->start = -1;
	return (0);
}

/* Is it a capture?  Returns 0 or the exit status, after saying why. */
static int
look(struct inputs *inputs, struct input *input)
{
	struct divert_port	*port;
	char			 error[256];

	if (input->start == -1)
		return (0);	/* a pipe tells when it is read */
	if (lseek(input->fd, input->start, SEEK_SET) == -1 ||
	    (port = open_port(inputs, input, error, sizeof(error))) == NULL) {
		msg_error("%s", error);
		return (errno == EBADMSG ? 3 : 1);
	}
	/* The first is read at once: it need not be opened twice. */
	if (input == inputs->list)
		inputs->first = port;
	else
		divert_port_close(port, NULL);
	return (0);
}

static void
remove_input(struct inputs *inputs, int i)
{
	if (inputs->list[i].fd > STDERR_FILENO)
		close(inputs->list[i].fd);
	inputs->n--;
	memmove(&inputs->list[i], &inputs->list[i + 1],
	    (size_t)(inputs->n - i) * sizeof(inputs->list[0]));
}

int
inputs_open(struct inputs *inputs, const struct divert_options *options,
    uint64_t loops, int keep_going)
{
	struct input	*input;
	int		 i, known = 1, result, status = 0;

	inputs->options = *options;
	inputs->loops = loops;
	for (i = 0; i < inputs->n; i++) {
		input = &inputs->list[i];
		if (open_file(input) == -1) {
			msg_error("%s: %s", input->path == NULL ? "-e" :
			    input->path, strerror(errno));
			result = 1;
		} else if (loops != 1 && input->start == -1)
			msg_die(2, "-l: %s cannot be read more than once",
			    strcmp(input->path, "-") == 0 ? "stdin" :
			    input->path);
		else
			result = look(inputs, input);
		if (result != 0) {
			if (!keep_going || inputs->n == 1)
				exit(result);
			status = result;
			remove_input(inputs, i--);
			continue;
		}
		inputs->total += input->size;
		known &= input->start != -1;
	}
	if (!known)
		inputs->total = 0;
	return (status);
}

int
inputs_has_file(const struct inputs *inputs, const struct stat *st)
{
	struct stat	 input;
	int		 i;

	for (i = 0; i < inputs->n; i++)
		if (fstat(inputs->list[i].fd, &input) == 0 &&
		    S_ISREG(input.st_mode) && input.st_dev == st->st_dev &&
		    input.st_ino == st->st_ino)
			return (1);
	return (0);
}

struct divert_port *
inputs_next(struct inputs *inputs, uint64_t read)
{
	struct divert_port	*port;
	struct input		*input;
	char			 error[256];

	if (inputs->loop == 0 || inputs->current + 1 == inputs->n) {
		if (inputs->loop > 0 && (inputs->loop == inputs->loops ||
		    read == inputs->read))
			return (NULL);
		inputs->read = read;
		inputs->loop++;
		inputs->current = -1;
	}
	input = &inputs->list[++inputs->current];
	if ((port = inputs->first) != NULL) {
		inputs->first = NULL;
		return (port);
	}
	if (input->start != -1)
		(void)lseek(input->fd, input->start, SEEK_SET);
	if ((port = open_port(inputs, input, error, sizeof(error))) == NULL)
		msg_die(errno == EBADMSG ? 3 : 1, "%s", error);
	return (port);
}

uint64_t
inputs_loops(const struct inputs *inputs)
{
	return (inputs->loop);
}

int
inputs_progress(const struct inputs *inputs, const struct divert_port *port)
{
	double	 done;
	int	 i, percent;

	if (inputs->total == 0 || inputs->loops == 0 ||
	    (percent = divert_port_progress(port)) == -1)
		return (-1);
	done = (double)(inputs->loop - 1) * (double)inputs->total;
	for (i = 0; i < inputs->current; i++)
		done += (double)inputs->list[i].size;
	done += (double)inputs->list[i].size * percent / 100;
	return ((int)(100 * done / ((double)inputs->loops *
	    (double)inputs->total)));
}
