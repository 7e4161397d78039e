/* SPDX-License-Identifier: ISC */
#include <jansson.h>

int
main(void)
{
	json_t *j = json_loads("{\"a\": 1}", 0, NULL);

	if (j == NULL || json_integer_value(json_object_get(j, "a")) != 1)
		return (1);
	json_decref(j);
	return (0);
}
