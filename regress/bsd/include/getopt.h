/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_GETOPT_H
#define BSD_INCLUDE_GETOPT_H

#define no_argument		0
#define required_argument	1
#define optional_argument	2

struct option {
	const char	*name;
	int		 has_arg;
	int		*flag;
	int		 val;
};

int		 getopt_long(int, char *const *, const char *,
		    const struct option *, int *);
int		 getopt_long_only(int, char *const *, const char *,
		    const struct option *, int *);

extern char	*optarg;
extern int	 opterr;
extern int	 optind;
extern int	 optopt;
extern int	 optreset;

#endif
