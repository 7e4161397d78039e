/* SPDX-License-Identifier: ISC */
#include <sys/types.h>
#include <sys/socket.h>

int
main(void)
{
	struct mmsghdr msg;

	return (sendmmsg(-1, &msg, 0, 0) > 0);
}
