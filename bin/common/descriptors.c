/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "descriptors.h"

void
descriptors_occupy(void)
{
	static const int	 flags[] = { O_WRONLY, O_RDONLY, O_RDWR };
	int			 fd;

	/* The lowest number is taken: open(2) returns fd itself. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
		    open("/dev/null", flags[fd]) != fd)
			_exit(1);
}
