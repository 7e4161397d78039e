/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

int
main(void)
{
	return (strcmp(strerrorname_np(EPERM), "EPERM") != 0);
}
