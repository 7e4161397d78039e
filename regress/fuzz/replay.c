/* SPDX-License-Identifier: ISC */

/*
 * Runs a fuzz target over its kept corpus with any compiler: fuzz_NAME.replay
 * reads every file of corpus/NAME beside itself, or the files it is given,
 * and each one also cut short at a few places.  One TAP line.
 */

#include "compat.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static unsigned long inputs;

static void
run_file(const char *path)
{
	struct stat st;
	uint8_t *buf, *copy;
	size_t size, n, i;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL || fstat(fileno(f), &st) == -1)
		err(1, "%s", path);
	if (!S_ISREG(st.st_mode)) {
		fclose(f);
		return;
	}
	size = (size_t)st.st_size;
	if ((buf = malloc(size + 1)) == NULL)
		err(1, NULL);
	if (fread(buf, 1, size, f) != size)
		errx(1, "%s: short read", path);
	fclose(f);
	for (i = 0; i < 8; i++) {
		/* A block of exactly that size: sanitizers see its end. */
		n = size - size * i / 8;
		if ((copy = malloc(n)) == NULL && n > 0)
			err(1, NULL);
		if (n > 0)
			memcpy(copy, buf, n);
		(void)LLVMFuzzerTestOneInput(copy, n);
		free(copy);
		inputs++;
	}
	free(buf);
}

static void
run_folder(const char *path)
{
	struct dirent *de;
	char file[4096];
	DIR *d;

	if ((d = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path, de->d_name) >=
		    (int)sizeof(file))
			errx(1, "%s: name too long", de->d_name);
		run_file(file);
	}
	closedir(d);
}

int
main(int argc, char *argv[])
{
	char self[4096], corpus[8192], name[256], *base;
	int i;

	(void)strlcpy(self, argv[0], sizeof(self));
	base = basename(self);
	(void)strlcpy(name, strncmp(base, "fuzz_", 5) == 0 ? base + 5 : base,
	    sizeof(name));
	name[strcspn(name, ".")] = '\0';
	(void)strlcpy(self, argv[0], sizeof(self));
	if (snprintf(corpus, sizeof(corpus), "%s/corpus/%s", dirname(self),
	    name) >= (int)sizeof(corpus))
		errx(1, "%s: name too long", argv[0]);
	if (argc > 1) {
		for (i = 1; i < argc; i++)
			run_file(argv[i]);
	} else
		run_folder(corpus);
	if (inputs == 0)
		errx(1, "%s: no input", corpus);
	printf("ok 1 - %s survives %lu inputs\n1..1\n", name, inputs);
	return (0);
}
