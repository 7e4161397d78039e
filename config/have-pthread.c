/* SPDX-License-Identifier: ISC */
#include <pthread.h>

static void *
start(void *arg)
{
	return (arg);
}

int
main(void)
{
	pthread_t t;
	int x;
	void *r;

	return (pthread_create(&t, NULL, start, &x) != 0 ||
	    pthread_join(t, &r) != 0 || r != &x);
}
