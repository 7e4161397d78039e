/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_LINUX_H
#define SANDBOX_LINUX_H

#include <stddef.h>

#include <linux/filter.h>

#include "sandbox.h"

/*
 * The sanitizers read /proc and stop threads with calls that nothing else
 * here makes: a program built with them is for tests and has no walls.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED	1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED	0
#endif

#define SANDBOX_FILTER_MAX	512

/*
 * Write the seccomp filter for these needs into prog, which has room for
 * SANDBOX_FILTER_MAX.  Returns how many instructions; 0: none is known for
 * this processor.
 */
size_t	sandbox_filter(struct sock_filter *prog,
	    const struct sandbox_needs *needs);

#endif
