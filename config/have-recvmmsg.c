/* SPDX-License-Identifier: ISC */
#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>

int
main(void)
{
	struct mmsghdr msg;

	/* No such descriptor: only whether the function is there matters. */
	return (recvmmsg(-1, &msg, 0, 0, NULL) > 0);
}
