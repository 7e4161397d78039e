/* SPDX-License-Identifier: ISC */
#include <unistd.h>

int
main(void)
{
	return (unveil("/", "r") == -1);
}
