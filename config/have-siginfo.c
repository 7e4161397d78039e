/* SPDX-License-Identifier: ISC */
#include <signal.h>

int
main(void)
{
	return (SIGINFO <= 0);
}
