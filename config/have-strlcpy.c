/* SPDX-License-Identifier: ISC */
#include <string.h>

int
main(void)
{
	char buf[4];

	return (!(strlcpy(buf, "abcdef", sizeof(buf)) == 6 &&
	    strlcat(buf, "x", sizeof(buf)) == 4 && buf[2] == 'c'));
}
