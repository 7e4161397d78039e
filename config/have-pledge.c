/* SPDX-License-Identifier: ISC */
#include <unistd.h>

int
main(void)
{
	return (pledge("stdio", NULL) == -1);
}
