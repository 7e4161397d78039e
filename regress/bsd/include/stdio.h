/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_STDIO_H
#define BSD_INCLUDE_STDIO_H

#include <sys/types.h>

#include <stdarg.h>

typedef struct bsd_file	FILE;

extern FILE	*bsd_stdin, *bsd_stdout, *bsd_stderr;
#define stdin		bsd_stdin
#define stdout		bsd_stdout
#define stderr		bsd_stderr

#define BUFSIZ		1024
#define EOF		(-1)
#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#define _IOFBF		0
#define _IOLBF		1
#define _IONBF		2

int	 asprintf(char **, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	 clearerr(FILE *);
int	 dprintf(int, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
int	 fclose(FILE *);
FILE	*fdopen(int, const char *);
int	 feof(FILE *);
int	 ferror(FILE *);
int	 fflush(FILE *);
int	 fgetc(FILE *);
char	*fgets(char *, int, FILE *);
int	 fileno(FILE *);
FILE	*fopen(const char *, const char *);
int	 fprintf(FILE *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
int	 fputc(int, FILE *);
int	 fputs(const char *, FILE *);
size_t	 fread(void *, size_t, size_t, FILE *);
int	 fscanf(FILE *, const char *, ...)
	    __attribute__((__format__(scanf, 2, 3)));
int	 fseeko(FILE *, off_t, int);
off_t	 ftello(FILE *);
size_t	 fwrite(const void *, size_t, size_t, FILE *);
int	 getc(FILE *);
int	 getchar(void);
ssize_t	 getdelim(char **, size_t *, int, FILE *);
ssize_t	 getline(char **, size_t *, FILE *);
FILE	*open_memstream(char **, size_t *);
int	 pclose(FILE *);
void	 perror(const char *);
FILE	*popen(const char *, const char *);
int	 printf(const char *, ...) __attribute__((__format__(printf, 1, 2)));
int	 putc(int, FILE *);
int	 putchar(int);
int	 puts(const char *);
int	 remove(const char *);
int	 rename(const char *, const char *);
int	 renameat(int, const char *, int, const char *);
void	 rewind(FILE *);
void	 setlinebuf(FILE *);
int	 setvbuf(FILE *, char *, int, size_t);
int	 snprintf(char *, size_t, const char *, ...)
	    __attribute__((__format__(printf, 3, 4)));
int	 sscanf(const char *, const char *, ...)
	    __attribute__((__format__(scanf, 2, 3)));
int	 vasprintf(char **, const char *, va_list)
	    __attribute__((__format__(printf, 2, 0)));
FILE	*tmpfile(void);
int	 vdprintf(int, const char *, va_list)
	    __attribute__((__format__(printf, 2, 0)));
int	 vfprintf(FILE *, const char *, va_list)
	    __attribute__((__format__(printf, 2, 0)));
int	 vprintf(const char *, va_list)
	    __attribute__((__format__(printf, 1, 0)));
int	 vsnprintf(char *, size_t, const char *, va_list)
	    __attribute__((__format__(printf, 3, 0)));

#endif
