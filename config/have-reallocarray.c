/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

int
main(void)
{
	void *p = reallocarray(NULL, 2, 2);

	if (p == NULL)
		return (1);
	free(p);
	return (reallocarray(NULL, (size_t)-1, 2) != NULL || errno != ENOMEM);
}
