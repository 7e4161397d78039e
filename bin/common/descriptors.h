/* SPDX-License-Identifier: ISC */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/*
 * Occupy those of descriptors 0 to 2 that are closed, or a port, a pipe or a
 * file opened next would be taken for one of them.  Using the first two stays
 * an error.  At the start of main().
 */
void	descriptors_occupy(void);

#endif
