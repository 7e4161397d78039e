/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_STDLIB_H
#define BSD_INCLUDE_STDLIB_H

#include <sys/types.h>

#define EXIT_SUCCESS	0
#define EXIT_FAILURE	1

void	 abort(void) __attribute__((__noreturn__));
int	 abs(int);
uint32_t arc4random(void);
void	 arc4random_buf(void *, size_t);
uint32_t arc4random_uniform(uint32_t);
int	 atexit(void (*)(void));
int	 atoi(const char *);
void	*bsearch(const void *, const void *, size_t, size_t,
	    int (*)(const void *, const void *));
void	*calloc(size_t, size_t);
int	 daemon(int, int);
void	 exit(int) __attribute__((__noreturn__));
void	 _Exit(int) __attribute__((__noreturn__));
void	 free(void *);
char	*getenv(const char *);
const char *getprogname(void);
void	*malloc(size_t);
int	 mkstemp(char *);
char	*mkdtemp(char *);
int	 posix_memalign(void **, size_t, size_t);
void	 qsort(void *, size_t, size_t, int (*)(const void *, const void *));
int	 rand(void);
long	 random(void);
void	*realloc(void *, size_t);
void	*reallocarray(void *, size_t, size_t);
char	*realpath(const char *, char *);
int	 setenv(const char *, const char *, int);
void	 setprogname(const char *);
double	 strtod(const char *, char **);
long	 strtol(const char *, char **, int);
long long strtoll(const char *, char **, int);
long long strtonum(const char *, long long, long long, const char **);
unsigned long strtoul(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);
int	 system(const char *);
int	 unsetenv(const char *);

#endif
