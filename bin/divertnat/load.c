/* SPDX-License-Identifier: ISC */

/* Rules from where the command line says, at the start and again. */

#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "msg.h"

/* No file of rules is that large; /dev/zero is. */
#define FILE_MAX	((size_t)64 << 20)

void
load_add(struct load *load, const char *text)
{
	size_t	 have, len;

	have = load->text == NULL ? 0 : strlen(load->text);
	len = strlen(text);
	if ((load->text = realloc(load->text, have + len + 2)) == NULL)
		msg_die(1, "out of memory");
	memcpy(load->text + have, text, len);
	memcpy(load->text + have + len, "\n", 2);
}

static char *
read_all(int fd, size_t *len)
{
	size_t	 size = 16384;
	ssize_t	 n;
	char	*buf, *larger;

	if ((buf = malloc(size)) == NULL)
		return (NULL);
	for (*len = 0; *len < FILE_MAX; *len += (size_t)n) {
		if (*len == size) {
			size *= 2;
			if ((larger = realloc(buf, size)) == NULL)
				break;
			buf = larger;
		}
		n = read(fd, buf + *len, size - *len);
		if (n == 0)
			return (buf);
		if (n == -1 && errno != EINTR)
			break;
		if (n == -1)
			n = 0;
	}
	if (*len >= FILE_MAX)
		errno = EFBIG;
	free(buf);
	return (NULL);
}

char *
load_file(int dirfd, const char *path, size_t *len)
{
	char	*text;
	int	 error, fd;

	if ((fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC)) == -1)
		return (NULL);
	text = read_all(fd, len);
	error = errno;
	close(fd);
	errno = error;
	return (text);
}

struct rules *
load_rules(const struct load *load, char *errbuf, size_t errlen)
{
	struct rules	*rules;
	size_t		 len;
	char		*text;
	int		 error;

	if (load->path == NULL)
		return (rules_parse("-e", load->text, strlen(load->text),
		    errbuf, errlen));
	if (strcmp(load->path, "-") == 0 && load->base == NULL)
		text = read_all(STDIN_FILENO, &len);
	else if (load->base != NULL)
		text = load_file(load->dirfd, load->base, &len);
	else
		text = load_file(AT_FDCWD, load->path, &len);
	if (text == NULL) {
		error = errno;
		snprintf(errbuf, errlen, "%s: %s%s", load->path,
		    strerror(error), load->base != NULL &&
		    (error == EACCES || error == EPERM) ?
		    " (it must be readable for the unprivileged user)" : "");
		errno = error == EINVAL ? EIO : error;
		return (NULL);
	}
	rules = rules_parse(load->path, text, len, errbuf, errlen);
	error = errno;
	free(text);
	errno = error;
	return (rules);
}

int
load_check(const struct load *load, const struct rules *rules, char *errbuf,
    size_t errlen)
{
	const struct rule	*rule;
	unsigned int		 i;

	for (i = 0; load->no_interface && i < rules->n; i++) {
		rule = &rules->rules[i];
		if (rule->ifname[0] == '\0' ||
		    rule->direction == DIVERT_DIRECTION_IN)
			continue;
		snprintf(errbuf, errlen, "%s:%u: on %.*s: a divert socket does "
		    "not tell by which interface a packet leaves (with one: "
		    "-i %.*s)", load->path != NULL ? load->path : "-e",
		    rule->line, DIVERT_IFNAME_SIZE, rule->ifname,
		    DIVERT_IFNAME_SIZE, rule->ifname);
		errno = EINVAL;
		return (-1);
	}
	return (0);
}

/* The directory of a path, and its last part. */
static const char *
split_path(const char *path, char *dir, size_t size)
{
	const char	*slash;
	size_t		 len;

	if ((slash = strrchr(path, '/')) == NULL) {
		strlcpy(dir, ".", size);
		return (path);
	}
	len = slash == path ? 1 : (size_t)(slash - path);
	if (len >= size)
		msg_die(1, "%s: %s", path, strerror(ENAMETOOLONG));
	memcpy(dir, path, len);
	dir[len] = '\0';
	return (slash + 1);
}

int
load_again(const struct load *load)
{
	return (load->path != NULL && load->base != NULL &&
	    load->dirfd != -1);
}

static void
add_dir(struct load *load, const char *path)
{
	char		 dir[PATH_MAX], **dirs;
	unsigned int	 i;

	split_path(path, dir, sizeof(dir));
	for (i = 0; i < load->ndirs; i++)
		if (strcmp(load->dirs[i], dir) == 0)
			return;
	if ((dirs = reallocarray(load->dirs, load->ndirs + 2,
	    sizeof(*dirs))) == NULL || (dirs[load->ndirs] = strdup(dir)) == NULL)
		msg_die(1, "out of memory");
	load->dirs = dirs;
	load->dirs[++load->ndirs] = NULL;
}

/* Where it is, and where it is a link to. */
static void
add_dirs(struct load *load, const char *path)
{
	char	*real;

	add_dir(load, path);
	if ((real = realpath(path, NULL)) == NULL)
		return;
	add_dir(load, real);
	free(real);
}

void
load_keep_open(struct load *load, const struct rules *rules)
{
	const struct rules_file	*file;
	char			 dir[PATH_MAX];

	if (load->path == NULL || strcmp(load->path, "-") == 0)
		return;
	rules_keep_names();
	load->base = split_path(load->path, dir, sizeof(dir));
	load->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (load->dirfd == -1) {
		msg_warn("%s: %s (the rules will not be read again)", dir,
		    strerror(errno));
		return;
	}
	add_dirs(load, load->path);
	for (file = rules->files; file != NULL; file = file->next)
		add_dirs(load, file->path);
}

void
load_check_access(const struct load *load, const struct rules *rules)
{
	const struct rules_file	*file;

	if (!load_again(load))
		return;
	if (faccessat(load->dirfd, load->base, R_OK, 0) == -1)
		msg_warn("%s: %s for the unprivileged user (it cannot be read "
		    "again)", load->path, strerror(errno));
	for (file = rules->files; file != NULL; file = file->next)
		if (access(file->path, R_OK) == -1)
			msg_warn("%s: %s for the unprivileged user (the rules "
			    "cannot be read again)", file->path,
			    strerror(errno));
}
