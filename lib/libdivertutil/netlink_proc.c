/* SPDX-License-Identifier: ISC */

/*
 * What /proc says of the queues.  The descriptor is opened with the port and
 * read again from the start, so that it serves after privileges are gone.
 */

#include "compat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "netlink_queue.h"

int
divert_nfqueue_proc_open(void)
{
	int	 fd;

	/* Of the thread: each may be in a network namespace of its own. */
	fd = open("/proc/thread-self/net/netfilter/nfnetlink_queue",
	    O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		fd = open("/proc/net/netfilter/nfnetlink_queue",
		    O_RDONLY | O_CLOEXEC);
	return (fd);
}

/*
 * One line: queue portid waiting mode range dropped user_dropped id 1.
 * Returns 1 when it is of this queue.
 */
static int
parse_line(const char *line, uint16_t queue, struct nfqueue_proc *proc)
{
	uint32_t	 number, mode, range;

	return (sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32
	    " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &number,
	    &proc->portid, &proc->waiting, &mode, &range, &proc->dropped,
	    &proc->user_dropped, &proc->id) == 8 && number == queue);
}

int
divert_nfqueue_proc_read(int fd, uint16_t queue, struct nfqueue_proc *proc)
{
	char	 buf[4096], *end, *line;
	off_t	 off;
	size_t	 have;
	ssize_t	 n;

	have = 0;
	off = 0;
	for (;;) {
		n = pread(fd, buf + have, sizeof(buf) - 1 - have, off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		if (n == 0)
			break;
		off += n;
		have += (size_t)n;
		buf[have] = '\0';
		for (line = buf; (end = strchr(line, '\n')) != NULL;
		    line = end + 1) {
			*end = '\0';
			if (parse_line(line, queue, proc))
				return (0);
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (have == sizeof(buf) - 1)
			break;
	}
	errno = ENOENT;
	return (-1);
}

/* The inode of the netfilter netlink socket with this port, 0: not found. */
static unsigned long
find_inode(uint32_t portid)
{
	FILE		*fp;
	char		 line[256];
	unsigned long	 found, inode;
	uint32_t	 port;
	int		 family;

	if ((fp = fopen("/proc/net/netlink", "re")) == NULL)
		return (0);
	found = 0;
	while (found == 0 && fgets(line, sizeof(line), fp) != NULL)
		/* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode */
		if (sscanf(line, "%*s %d %" SCNu32 " %*s %*s %*s %*s %*s %*s "
		    "%lu", &family, &port, &inode) == 3 &&
		    family == NETLINK_NETFILTER && port == portid)
			found = inode;
	fclose(fp);
	return (found);
}

/* Whether process pid has the socket open. */
static int
has_socket(const char *pid, const char *socket_name)
{
	struct dirent	*entry;
	char		 path[64], target[64];
	ssize_t		 n;
	DIR		*dir;
	int		 found;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return (0);
	found = 0;
	while (!found && (entry = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), entry->d_name, target,
		    sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, socket_name) == 0;
	}
	closedir(dir);
	return (found);
}

/* The name of a process, printable. */
static void
read_comm(const char *pid, char *name, size_t size)
{
	FILE	*fp;
	char	 path[64], *p;

	strlcpy(name, "?", size);
	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	if ((fp = fopen(path, "re")) == NULL)
		return;
	if (fgets(name, (int)size, fp) != NULL) {
		name[strcspn(name, "\n")] = '\0';
		for (p = name; *p != '\0'; p++)
			if (*p < ' ' || *p > '~')
				*p = '?';
	}
	fclose(fp);
}

void
divert_nfqueue_proc_holder(uint32_t portid, char *buf, size_t size)
{
	struct dirent	*entry;
	char		 name[32], socket_name[48];
	unsigned long	 inode;
	DIR		*dir;

	snprintf(buf, size, "netlink port %" PRIu32, portid);
	if ((inode = find_inode(portid)) == 0 ||
	    (dir = opendir("/proc")) == NULL)
		return;
	snprintf(socket_name, sizeof(socket_name), "socket:[%lu]", inode);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[strspn(entry->d_name, "0123456789")] ==
		    '\0' && has_socket(entry->d_name, socket_name)) {
			read_comm(entry->d_name, name, sizeof(name));
			snprintf(buf, size, "%s (pid %.20s)", name,
			    entry->d_name);
			break;
		}
	closedir(dir);
}
