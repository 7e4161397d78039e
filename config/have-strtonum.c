/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

int
main(void)
{
	const char *errstr;

	if (strtonum("7", 1, 9, &errstr) != 7 || errstr != NULL)
		return (1);
	(void)strtonum("x", 1, 9, &errstr);
	return (errstr == NULL);
}
