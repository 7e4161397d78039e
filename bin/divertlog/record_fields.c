/* SPDX-License-Identifier: ISC */

/*
 * Which fields a record has, and in what order: the table, with the names that
 * were asked for, becomes one plan for each kind of record.
 */

#include "compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "record_int.h"

static const struct record_field *const	parts[] = {
	record_head_fields, record_ip_fields, record_tcp_fields,
	record_l4_fields, record_icmp_fields, record_inner_fields,
	record_anomaly_fields, record_packet_fields, record_flow_fields,
};
#define NPARTS	(sizeof(parts) / sizeof(parts[0]))

/* Rows chosen, each once. */
struct choice {
	const struct record_field **row;
	size_t		 n;
};

/* All rows of the table. */
static size_t
count_rows(void)
{
	const struct record_field	*f;
	size_t				 i, n;

	for (i = n = 0; i < NPARTS; i++)
		for (f = parts[i]; f->name != NULL; f++)
			n++;
	return (n);
}

/* Is the row called that, or a member of what is? */
static int
is_called(const struct record_field *f, const char *name, size_t len)
{
	return (strncmp(f->name, name, len) == 0 &&
	    (f->name[len] == '\0' || f->name[len] == '.'));
}

static int
is_chosen(const struct choice *choice, const struct record_field *f)
{
	size_t	 i;

	for (i = 0; i < choice->n; i++)
		if (choice->row[i] == f)
			return (1);
	return (0);
}

/* Choose what is called that.  Returns whether anything is. */
static int
choose(struct choice *choice, const char *name, size_t len)
{
	const struct record_field	*f;
	size_t				 i;
	int				 found;

	found = 0;
	for (i = 0; i < NPARTS; i++)
		for (f = parts[i]; f->name != NULL; f++) {
			if (len != 0 && !is_called(f, name, len))
				continue;
			found = 1;
			if (f->put != NULL && !is_chosen(choice, f))
				choice->row[choice->n++] = f;
		}
	return (found);
}

static int
choose_names(struct choice *choice, const char *fields,
    enum record_bytes *bytes, char *errbuf, size_t errlen)
{
	const char	*p;
	size_t		 len;
	int		 named;

	named = 0;
	for (p = fields;; p += len + 1) {
		len = strcspn(p, ",");
		if (len == 0 || !choose(choice, p, len)) {
			snprintf(errbuf, errlen, len == 0 ?
			    "a name is empty" : "no field is called %.*s",
			    (int)(len < 64 ? len : 64), p);
			errno = EINVAL;
			return (-1);
		}
		if (len == 6 && strncmp(p, "packet", len) == 0)
			named = 1;
		if (p[len] == '\0')
			break;
	}
	/* An option of its own asks for it too. */
	if (*bytes == RECORD_BYTES_ALL) {
		choose(choice, "packet", 6);
		choose(choice, "packet_info", 11);
	} else
		*bytes = named ? RECORD_BYTES_ALL : RECORD_BYTES_NONE;
	return (0);
}

/* The row of an object itself, if there is one. */
static const struct record_field *
find_object(const char *name, size_t len, unsigned int kind)
{
	const struct record_field	*f;
	size_t				 i;

	for (i = 0; i < NPARTS; i++)
		for (f = parts[i]; f->name != NULL; f++)
			if (f->put == NULL && (f->kinds & IN(kind)) != 0 &&
			    strncmp(f->name, name, len) == 0 &&
			    f->name[len] == '\0')
				return (f);
	return (NULL);
}

static struct record_step *
add_step(struct record_plan *plan, const char *key, size_t len)
{
	struct record_step	*step = &plan->step[plan->n++];

	memset(step, 0, sizeof(*step));
	if (key != NULL) {
		/* Longer names are a mistake in the table. */
		if (len + 4 > sizeof(step->key.text))
			abort();
		step->key.text[0] = ',';
		step->key.text[1] = '"';
		memcpy(step->key.text + 2, key, len);
		memcpy(step->key.text + 2 + len, "\":", 2);
		step->key.len = (uint32_t)(len + 4);
	}
	return (step);
}

/*
 * The gate of the member that comes next, which may be the one before it had.
 */
static struct record_step *
add_gate(struct record_plan *plan, struct record_step *gate,
    int (*enter)(struct view *))
{
	if (enter == NULL)
		return (NULL);
	if (gate == NULL || gate->enter != enter) {
		gate = add_step(plan, NULL, 0);
		gate->enter = enter;
	}
	gate->skip++;
	return (gate);
}

/*
 * Steps for the members of an object, whose name has at - 1 bytes (at 0: for
 * the record), wherever among the rows they stand.  Rows written are taken
 * out.
 */
static void
add_members(struct record_plan *plan, const struct record_field **row,
    size_t n, const char *object, size_t at, unsigned int kind)
{
	const struct record_field	*f;
	struct record_step		*gate, *step;
	const char			*name;
	size_t				 i, len;

	gate = NULL;
	for (i = 0; i < n; i++) {
		if (row[i] == NULL ||
		    (at > 0 && !is_called(row[i], object, at - 1)))
			continue;
		name = row[i]->name;
		len = strcspn(name + at, ".");
		if (name[at + len] == '\0') {
			gate = add_gate(plan, gate, row[i]->enter);
			step = add_step(plan, name + at, len);
			step->put = row[i]->put;
			row[i] = NULL;
			continue;
		}
		gate = NULL;
		step = add_step(plan, name + at, len);
		if ((f = find_object(name, at + len, kind)) != NULL)
			step->enter = f->enter;
		add_members(plan, row, n, name, at + len + 1, kind);
		add_step(plan, NULL, 0);
		step->skip = (uint32_t)(&plan->step[plan->n - 1] - step);
	}
}

static int
make_plan(struct record_plan *plan, const struct choice *choice,
    unsigned int kind)
{
	const struct record_field	**row;
	struct record_step		 *smaller;
	size_t				  i, n;

	/* Each member may be the only one in RECORD_DEPTH objects. */
	plan->n = 0;
	plan->step = calloc(choice->n * (2 + 2 * RECORD_DEPTH) + 1,
	    sizeof(*plan->step));
	row = calloc(choice->n + 1, sizeof(*row));
	if (plan->step == NULL || row == NULL) {
		free(row);
		return (-1);
	}
	for (i = n = 0; i < choice->n; i++)
		if ((choice->row[i]->kinds & IN(kind)) != 0)
			row[n++] = choice->row[i];
	add_members(plan, row, n, "", 0, kind);
	free(row);
	smaller = reallocarray(plan->step, plan->n + 1, sizeof(*smaller));
	if (smaller != NULL)
		plan->step = smaller;
	return (0);
}

int
record_plan_fields(struct record *record, const char *fields, char *errbuf,
    size_t errlen)
{
	struct choice	 choice;
	unsigned int	 kind;
	int		 result;

	choice.n = 0;
	choice.row = calloc(count_rows(), sizeof(*choice.row));
	if (choice.row == NULL)
		return (-1);
	result = 0;
	if (fields == NULL)
		choose(&choice, "", 0);
	else
		result = choose_names(&choice, fields, &record->bytes, errbuf,
		    errlen);
	for (kind = 0; result == 0 && kind < KIND_MAX; kind++)
		result = make_plan(&record->plan[kind], &choice, kind);
	free(choice.row);
	return (result);
}
