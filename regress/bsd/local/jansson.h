/* SPDX-License-Identifier: ISC */
#ifndef BSD_LOCAL_JANSSON_H
#define BSD_LOCAL_JANSSON_H

#include <stddef.h>
#include <stdio.h>

typedef enum {
	JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_INTEGER, JSON_REAL,
	JSON_TRUE, JSON_FALSE, JSON_NULL
} json_type;
typedef struct json_t {
	json_type	 type;
	volatile size_t	 refcount;
} json_t;
typedef long long	json_int_t;
typedef struct json_error_t {
	int		 line;
	int		 column;
	int		 position;
	char		 source[80];
	char		 text[160];
} json_error_t;

#define JSON_INTEGER_FORMAT	"lld"
#define JSON_INDENT(n)		((n) & 0x1f)
#define JSON_COMPACT		0x20
#define JSON_ENSURE_ASCII	0x40
#define JSON_SORT_KEYS		0x80
#define JSON_ENCODE_ANY		0x200
#define JSON_REJECT_DUPLICATES	0x1
#define JSON_DISABLE_EOF_CHECK	0x2
#define JSON_DECODE_ANY		0x4
#define JSON_ALLOW_NUL		0x10

#define json_typeof(j)		((j)->type)
#define json_is_object(j)	((j) != NULL && json_typeof(j) == JSON_OBJECT)
#define json_is_array(j)	((j) != NULL && json_typeof(j) == JSON_ARRAY)
#define json_is_string(j)	((j) != NULL && json_typeof(j) == JSON_STRING)
#define json_is_integer(j)	((j) != NULL && json_typeof(j) == JSON_INTEGER)
#define json_is_real(j)		((j) != NULL && json_typeof(j) == JSON_REAL)
#define json_is_number(j)	(json_is_integer(j) || json_is_real(j))
#define json_is_true(j)		((j) != NULL && json_typeof(j) == JSON_TRUE)
#define json_is_false(j)	((j) != NULL && json_typeof(j) == JSON_FALSE)
#define json_is_boolean(j)	(json_is_true(j) || json_is_false(j))
#define json_is_null(j)		((j) != NULL && json_typeof(j) == JSON_NULL)
#define json_boolean(v)		((v) ? json_true() : json_false())

json_t		*json_array(void);
int		 json_array_append_new(json_t *, json_t *);
json_t		*json_array_get(const json_t *, size_t);
size_t		 json_array_size(const json_t *);
void		 json_decref(json_t *);
char		*json_dumps(const json_t *, size_t);
int		 json_dumpf(const json_t *, FILE *, size_t);
json_t		*json_false(void);
json_t		*json_incref(json_t *);
json_t		*json_integer(json_int_t);
json_int_t	 json_integer_value(const json_t *);
json_t		*json_load_file(const char *, size_t, json_error_t *);
json_t		*json_loadb(const char *, size_t, size_t, json_error_t *);
json_t		*json_loadf(FILE *, size_t, json_error_t *);
json_t		*json_loads(const char *, size_t, json_error_t *);
json_t		*json_null(void);
double		 json_number_value(const json_t *);
json_t		*json_object(void);
void		 json_object_seed(size_t);
json_t		*json_object_get(const json_t *, const char *);
int		 json_object_set_new(json_t *, const char *, json_t *);
size_t		 json_object_size(const json_t *);
int		 json_object_update(json_t *, json_t *);
void		*json_object_iter(json_t *);
const char	*json_object_iter_key(void *);
void		*json_object_iter_next(json_t *, void *);
json_t		*json_object_iter_value(void *);
json_t		*json_pack(const char *, ...);
json_t		*json_real(double);
double		 json_real_value(const json_t *);
json_t		*json_string(const char *);
json_t		*json_stringn(const char *, size_t);
size_t		 json_string_length(const json_t *);
const char	*json_string_value(const json_t *);
json_t		*json_true(void);
int		 json_unpack(json_t *, const char *, ...);

#endif
