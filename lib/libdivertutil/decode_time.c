/* SPDX-License-Identifier: ISC */

/* Dates as text: RFC 3339. */

#include "compat.h"

#include "decode.h"

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_from_civil(int64_t year, int64_t month, int64_t day)
{
	int64_t	 era_year;

	/* Count years from March, so that the leap day is the last. */
	if (month <= 2)
		year--;
	month = month > 2 ? month - 3 : month + 9;
	era_year = 365 * year + year / 4 - year / 100 + year / 400;
	return (era_year + (153 * month + 2) / 5 + day - 1 - 719468);
}

/* n digits at *p as a number, or -1; *p goes on. */
static int
digits(const char **p, int n)
{
	int	 v;

	for (v = 0; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return (-1);
		v = v * 10 + (**p - '0');
	}
	return (v);
}

/* "Z", "+hh:mm", "+hhmm", or nothing, which is UTC: seconds east, or -1. */
static int
read_zone(const char *p, int *east)
{
	int	 hours, minutes, sign;

	*east = 0;
	if (*p == 'Z' || *p == 'z')
		p++;
	if (*p == '\0')
		return (0);
	if (*p != '+' && *p != '-')
		return (-1);
	sign = *p++ == '-' ? -1 : 1;
	if ((hours = digits(&p, 2)) == -1)
		return (-1);
	if (*p == ':')
		p++;
	if ((minutes = digits(&p, 2)) == -1 || *p != '\0')
		return (-1);
	*east = sign * (hours * 3600 + minutes * 60);
	return (0);
}

int
divert_decode_time(const char *p, struct timespec *ts)
{
	static const char	 after[6] = { '-', '-', 'T', ':', ':', 0 };
	int			 east, field[6], i;
	long			 unit;

	for (i = 0; i < 6; i++) {
		if ((field[i] = digits(&p, i == 0 ? 4 : 2)) == -1)
			return (-1);
		if (after[i] != 0 && *p++ != after[i])
			return (-1);
	}
	if (field[1] < 1 || field[1] > 12 || field[2] < 1 || field[2] > 31 ||
	    field[3] > 23 || field[4] > 59 || field[5] > 60)
		return (-1);
	ts->tv_nsec = 0;
	if (*p == '.') {
		unit = 100000000;
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			ts->tv_nsec += (*p - '0') * unit;
	}
	if (read_zone(p, &east) == -1)
		return (-1);
	ts->tv_sec = (time_t)(days_from_civil(field[0], field[1], field[2]) *
	    86400 + field[3] * 3600 + field[4] * 60 + field[5] - east);
	return (0);
}
