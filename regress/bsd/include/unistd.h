/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_UNISTD_H
#define BSD_INCLUDE_UNISTD_H

#include <sys/types.h>

#define STDIN_FILENO	0
#define STDOUT_FILENO	1
#define STDERR_FILENO	2
#define F_OK		0
#define X_OK		1
#define W_OK		2
#define R_OK		4
#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2

#include <bsd_unistd.h>

extern char	*optarg;
extern int	 opterr;
extern int	 optind;
extern int	 optopt;
extern int	 optreset;
extern char	**environ;

void	 _exit(int) __attribute__((__noreturn__));
int	 access(const char *, int);
int	 faccessat(int, const char *, int, int);
unsigned int alarm(unsigned int);
int	 chdir(const char *);
int	 chroot(const char *);
int	 close(int);
int	 dup(int);
int	 dup2(int, int);
int	 dup3(int, int, int);
int	 execl(const char *, const char *, ...);
int	 execlp(const char *, const char *, ...);
int	 execv(const char *, char *const *);
int	 execve(const char *, char *const *, char *const *);
int	 execvp(const char *, char *const *);
int	 fchown(int, uid_t, gid_t);
pid_t	 fork(void);
int	 fsync(int);
int	 ftruncate(int, off_t);
char	*getcwd(char *, size_t);
gid_t	 getegid(void);
uid_t	 geteuid(void);
gid_t	 getgid(void);
int	 getgroups(int, gid_t[]);
int	 getopt(int, char *const *, const char *);
pid_t	 getpgid(pid_t);
int	 getentropy(void *, size_t);
int	 gethostname(char *, size_t);
pid_t	 getpid(void);
pid_t	 getppid(void);
int	 getresgid(gid_t *, gid_t *, gid_t *);
int	 getresuid(uid_t *, uid_t *, uid_t *);
uid_t	 getuid(void);
int	 isatty(int);
int	 issetugid(void);
int	 link(const char *, const char *);
off_t	 lseek(int, off_t, int);
int	 pause(void);
int	 pipe(int *);
int	 pipe2(int *, int);
ssize_t	 pread(int, void *, size_t, off_t);
ssize_t	 pwrite(int, const void *, size_t, off_t);
ssize_t	 read(int, void *, size_t);
ssize_t	 readlink(const char *, char *, size_t);
int	 rmdir(const char *);
int	 setegid(gid_t);
int	 seteuid(uid_t);
int	 setgid(gid_t);
int	 setgroups(int, const gid_t *);
int	 setpgid(pid_t, pid_t);
int	 setresgid(gid_t, gid_t, gid_t);
int	 setresuid(uid_t, uid_t, uid_t);
pid_t	 setsid(void);
int	 setuid(uid_t);
unsigned int sleep(unsigned int);
long	 sysconf(int);
int	 unlink(const char *);
int	 unlinkat(int, const char *, int);
int	 usleep(unsigned int);
ssize_t	 write(int, const void *, size_t);

#endif
