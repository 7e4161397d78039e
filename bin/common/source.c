/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "options.h"
#include "source.h"

const char *
source_name(const char *path, int *argc, char ***argv)
{
	char	*name;
	size_t	 size;

	if (path == NULL) {
		if (*argc == 0)
			options_usage("no port");
		(*argc)--;
		return ((*argv)++[0]);
	}
	if (strcmp(path, "-") == 0)
		return ("-");
	size = strlen(path) + sizeof("file:");
	if ((name = malloc(size)) == NULL)
		msg_die(1, "out of memory");
	strlcpy(name, "file:", size);
	strlcat(name, path, size);
	return (name);
}

int
source_is_capture(const char *name)
{
	return (strcmp(name, "-") == 0 || strncmp(name, "file:", 5) == 0);
}

struct divert_filter *
source_filter(const char *file, int argc, char **argv)
{
	struct divert_filter	*filter;
	char			 error[512], *text;

	if (file != NULL && argc > 0)
		msg_die(2, "an expression or --filter-file, not both");
	text = file != NULL ? options_expression_file(file) :
	    options_expression(argc, argv);
	if (text == NULL)
		return (NULL);
	if ((filter = divert_filter_compile(text, error, sizeof(error))) ==
	    NULL)
		msg_die(2, "%s: %s%s", text, error, text[0] == '-' ?
		    " (options stand before the port)" : "");
	free(text);
	return (filter);
}

/* Exit status for a port that cannot be opened. */
static int
open_status(int error, int capture)
{
	switch (error) {
	case EINVAL:
		return (2);
	case EBADMSG:
		return (3);
	default:
		return (capture ? 1 : 4);
	}
}

struct divert_port *
source_open(const char *name, const struct divert_options *options)
{
	struct divert_port	*port;
	unsigned int		 wanted;
	char			 error[256];

	port = divert_port_open(name, options, error, sizeof(error));
	if (port == NULL)
		msg_die(open_status(errno, source_is_capture(name)), "%s",
		    error);
	if (divert_port_rcvbuf(port) == 0)
		return (port);
	wanted = options->rcvbuf != 0 ? options->rcvbuf : 16u << 20;
	if (divert_port_rcvbuf(port) < wanted)
		msg_info("%s: receive buffer of %u bytes, not %u (raise sysctl "
		    "net.core.rmem_max, or kern.ipc.maxsockbuf)",
		    divert_port_name(port), divert_port_rcvbuf(port), wanted);
	else
		msg_info("%s: receive buffer of %u bytes",
		    divert_port_name(port), divert_port_rcvbuf(port));
	return (port);
}
