/* SPDX-License-Identifier: ISC */

/*
 * Tables: named addresses, with exceptions, from the rules or from files.
 * What stands in files is written as for pfctl: an address, a prefix or a
 * range, "!" before it for an exception, one a line, comments with "#".
 */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules_int.h"

#define TABLE_FILE_MAX	(64 * 1024 * 1024)

struct fill {
	struct parse		*p;
	struct rule_hosts	 hosts;
	unsigned int		 room;
	uint8_t			 not;
};

struct table *
rules_find_table(struct parse *p, const char *name)
{
	struct table	*table;

	for (table = p->tables; table != NULL; table = table->next)
		if (strcmp(table->name, name) == 0)
			return (table);
	return (NULL);
}

/* "<name>", at its "<". */
int
rules_table_name(struct parse *p, char *name, size_t size)
{
	if (!rules_is_sign(p, "<"))
		return (rules_expected(p, "the name of a table as in "
		    "<private>"));
	if (rules_next(p) == -1)
		return (-1);
	if (!rules_is_text(p) || *p->token.text == '\0')
		return (rules_expected(p, "the name of a table"));
	if (strlen(p->token.text) > 31)
		return (rules_fail(p, &p->token.at,
		    "the name of a table has at most 31 characters"));
	strlcpy(name, p->token.text, size);
	if (rules_next(p) == -1)
		return (-1);
	if (!rules_is_sign(p, ">"))
		return (rules_expected(p, "\">\""));
	return (rules_next(p));
}

static int
fill_net(void *arg, const struct rule_net *net)
{
	struct fill	*f = arg;
	struct rule_net	 copy = *net;

	copy.not = f->not;
	return (rules_add_net(f->p, &f->p->rules->blocks, &f->hosts, &f->room,
	    &copy));
}

static int
parse_entry(struct parse *p, void *arg)
{
	struct fill	*f = arg;
	int		 not;

	if ((not = rules_accept_sign(p, "!")) == -1)
		return (-1);
	f->not = (uint8_t)not;
	if (rules_is_sign(p, "("))
		return (rules_fail(p, &p->token.at,
		    "an \"(interface)\" stands in a rule, not in a table"));
	if (!rules_is_text(p))
		return (rules_expected(p, "an address or a prefix"));
	return (rules_address(p, fill_net, f));
}

/* A whole file, NUL-terminated.  NULL with errno. */
static char *
read_file(const char *path, size_t *len)
{
	struct stat	 st;
	ssize_t		 n;
	char		*text = NULL;
	int		 error, fd;

	/* Not to wait for the writer of a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return (NULL);
	if (fstat(fd, &st) == -1)
		goto fail;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		goto fail;
	}
	if (st.st_size > TABLE_FILE_MAX) {
		errno = EFBIG;
		goto fail;
	}
	if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		goto fail;
	for (*len = 0; *len < (size_t)st.st_size; *len += (size_t)n)
		if ((n = read(fd, text + *len,
		    (size_t)st.st_size - *len)) == -1)
			goto fail;
		else if (n == 0)
			break;
	text[*len] = '\0';
	close(fd);
	return (text);
fail:
	error = errno;
	free(text);
	close(fd);
	errno = error;
	return (NULL);
}

/* The entries of a file, with the file's own lines in messages. */
static int
parse_entries(struct parse *outer, const char *path, const char *text,
    size_t len, struct fill *f)
{
	struct parse	 p;
	int		 status = 0;

	memset(&p, 0, sizeof(p));
	p.name = path;
	p.text = text;
	p.len = len;
	p.here.line = p.here.column = 1;
	p.rules = outer->rules;
	p.errbuf = outer->errbuf;
	p.errlen = outer->errlen;
	p.mistakes = outer->mistakes;
	f->p = &p;
	rules_skip_mark(&p);
	if (rules_next(&p) == -1)
		status = -1;
	while (status == 0 && p.token.kind != TOKEN_END) {
		if (p.token.kind == TOKEN_NEWLINE)
			status = rules_next(&p);
		else
			status = parse_entry(&p, f);
	}
	f->p = outer;
	rules_free_blocks(p.scratch);
	outer->error = p.error;
	return (status);
}

static int
note_file(struct parse *p, const char *path)
{
	struct rules_file	*file;

	file = rules_alloc(&p->rules->blocks, 1, sizeof(*file));
	if (file == NULL || (file->path = rules_strdup(&p->rules->blocks,
	    path)) == NULL)
		return (rules_no_memory(p));
	file->next = p->rules->files;
	p->rules->files = file;
	return (0);
}

static int
parse_file(struct parse *p, struct fill *f)
{
	struct place	 at;
	char		 path[RULES_WORD_SIZE], *text;
	size_t		 len;
	int		 status;

	at = p->token.at;
	if (!rules_is_text(p) || *p->token.text == '\0')
		return (rules_expected(p, "the path of a file"));
	strlcpy(path, p->token.text, sizeof(path));
	if ((text = read_file(path, &len)) == NULL)
		return (errno == ENOMEM ? rules_no_memory(p) :
		    rules_fail(p, &at, "%.200s: %s", path, strerror(errno)));
	if ((status = note_file(p, path)) == 0)
		status = parse_entries(p, path, text, len, f);
	free(text);
	return (status == -1 ? -1 : rules_next(p));
}

/*
 * In order, each once; whatever is both in and out is a mistake.  One that
 * holds nothing is all exceptions: no nets at all would be every address.
 */
static int
finish_table(struct parse *p, const struct place *at, struct fill *f)
{
	struct rule_hosts	*h = &f->hosts;
	struct rule_net		 none;
	unsigned int		 i, n;

	if (h->n > 0)
		qsort(h->nets, h->n, sizeof(*h->nets), rules_compare_nets);
	n = 0;
	for (i = 0; i < h->n; i++) {
		if (i == 0 || rules_compare_nets(&h->nets[i],
		    &h->nets[n - 1]) != 0)
			h->nets[n++] = h->nets[i];
		else if (h->nets[i].not != h->nets[n - 1].not)
			return (rules_fail(p, at,
			    "this table has the same addresses with \"!\" "
			    "and without"));
	}
	h->n = n;
	if (n > 0)
		return (rules_index(p, h));
	memset(&none, 0, sizeof(none));
	none.family = 4;
	f->not = 1;
	if (fill_net(f, &none) == -1)
		return (-1);
	none.family = 6;
	return (fill_net(f, &none));
}

static int
define(struct parse *p, const struct place *at, const char *name,
    const struct rule_hosts *hosts, int builtin)
{
	struct table	*table;

	if ((table = rules_find_table(p, name)) != NULL) {
		if (!table->builtin)
			return (rules_fail(p, at,
			    "table <%s> is defined above", name));
		if (table->used)
			return (rules_fail(p, at,
			    "table <%s> is used above: define it before that",
			    name));
	} else {
		if ((table = rules_alloc(&p->scratch, 1,
		    sizeof(*table))) == NULL ||
		    (table->name = rules_strdup(&p->scratch, name)) == NULL)
			return (rules_no_memory(p));
		table->next = p->tables;
		p->tables = table;
	}
	table->hosts = *hosts;
	table->builtin = builtin;
	return (0);
}

/* table <name> [persist] [const] { ... } file "..." */
int
rules_table(struct parse *p)
{
	static const struct refusal	 refusals[] = {
		{ "counters", "tables count nothing here: leave it out" },
		{ NULL, NULL }
	};
	struct place	 at, start;
	struct fill	 f;
	char		 name[RULES_WORD_SIZE];
	int		 r, persistent;

	start = p->token.at;
	if (rules_next(p) == -1)
		return (-1);
	at = p->token.at;
	if (rules_table_name(p, name, sizeof(name)) == -1)
		return (-1);
	memset(&f, 0, sizeof(f));
	f.p = p;
	persistent = 0;
	for (;;) {
		if (rules_refuse(p, refusals) == -1)
			return (-1);
		if ((r = rules_accept(p, "persist")) == -1)
			return (-1);
		persistent |= r;
		if (r == 0 && (r = rules_accept(p, "const")) == -1)
			return (-1);
		if (r == 1)
			continue;
		if (rules_is_sign(p, "{")) {
			if (rules_list(p, parse_entry, &f, 1) == -1)
				return (-1);
		} else if (rules_is(p, "file")) {
			if (rules_next(p) == -1 || parse_file(p, &f) == -1)
				return (-1);
		} else
			break;
		persistent = 1;
	}
	if (!persistent)
		return (rules_expected(p, "\"{\" with addresses, or \"file\""));
	if (finish_table(p, &at, &f) == -1 ||
	    define(p, &start, name, &f.hosts, 0) == -1)
		return (-1);
	return (rules_end_of_line(p, "\"{\", \"file\""));
}

/* RFC 1918, RFC 6598. */
int
rules_builtin_tables(struct parse *p)
{
	static const struct {
		const char	*name;
		const char	*nets[4];
	} tables[] = {
		{ "private", { "10.0.0.0/8", "172.16.0.0/12",
		    "192.168.0.0/16", NULL } },
		{ "cgn", { "100.64.0.0/10", NULL } }
	};
	struct fill	 f;
	size_t		 i, j;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		memset(&f, 0, sizeof(f));
		f.p = p;
		for (j = 0; tables[i].nets[j] != NULL; j++)
			if (rules_address_text(p, &p->here,
			    tables[i].nets[j], fill_net, &f) == -1)
				return (-1);
		if (define(p, &p->here, tables[i].name, &f.hosts, 1) == -1)
			return (-1);
	}
	return (0);
}
