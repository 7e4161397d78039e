/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_STAT_H
#define BSD_INCLUDE_SYS_STAT_H

#include <sys/types.h>

#include <bsd_timespec.h>

struct stat {
	dev_t		 st_dev;
	ino_t		 st_ino;
	mode_t		 st_mode;
	nlink_t		 st_nlink;
	uid_t		 st_uid;
	gid_t		 st_gid;
	dev_t		 st_rdev;
	struct timespec	 st_atim;
	struct timespec	 st_mtim;
	struct timespec	 st_ctim;
	off_t		 st_size;
	blkcnt_t	 st_blocks;
	blksize_t	 st_blksize;
};
#define st_atime	st_atim.tv_sec
#define st_mtime	st_mtim.tv_sec
#define st_ctime	st_ctim.tv_sec

#define S_IRWXU		0000700
#define S_IRUSR		0000400
#define S_IWUSR		0000200
#define S_IXUSR		0000100
#define S_IRWXG		0000070
#define S_IRWXO		0000007
#define S_IFMT		0170000
#define S_ISDIR(m)	(((m) & S_IFMT) == 0040000)
#define S_ISCHR(m)	(((m) & S_IFMT) == 0020000)
#define S_ISBLK(m)	(((m) & S_IFMT) == 0060000)
#define S_ISREG(m)	(((m) & S_IFMT) == 0100000)
#define S_ISFIFO(m)	(((m) & S_IFMT) == 0010000)
#define S_ISLNK(m)	(((m) & S_IFMT) == 0120000)
#define S_ISSOCK(m)	(((m) & S_IFMT) == 0140000)

int	 chmod(const char *, mode_t);
int	 fchmod(int, mode_t);
int	 fstat(int, struct stat *);
int	 fstatat(int, const char *, struct stat *, int);
int	 lstat(const char *, struct stat *);
int	 mkdir(const char *, mode_t);
int	 mkdirat(int, const char *, mode_t);
int	 mkfifo(const char *, mode_t);
int	 stat(const char *, struct stat *);
mode_t	 umask(mode_t);

#endif
