/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_DIRENT_H
#define BSD_INCLUDE_DIRENT_H

#include <sys/types.h>

struct dirent {
	ino_t		 d_fileno;
	uint16_t	 d_reclen;
	uint8_t		 d_type;
	char		 d_name[256];
};
typedef struct bsd_dir	DIR;

int		 closedir(DIR *);
int		 dirfd(DIR *);
DIR		*fdopendir(int);
DIR		*opendir(const char *);
struct dirent	*readdir(DIR *);

#endif
