# How a source file becomes an object, and what it then depends on.
#
# Every mk file keeps to what GNU, BSD and POSIX make have in common: = += ?=
# !=, suffix rules, include.  The compiler writes NAME.d beside each object;
# they are gathered in .depend while make reads this line, so that also the
# objects of a build that failed half-way are known.  BSD make reads .depend
# by itself, GNU make by the include.

CFLAGS_ALL=	$(BASE_CFLAGS) $(CFLAGS)
CPPFLAGS_ALL=	$(BASE_CPPFLAGS) -I$(TOP)/compat -I$(TOP)/lib/libdivertutil \
		$(INCLUDES) $(CPPFLAGS)
DEPEND=		-MMD -MP

DEPFILES?=	*.d
GATHER !=	cat $(DEPFILES) >.depend.new 2>/dev/null; mv -f .depend.new .depend; :

.SUFFIXES:
.SUFFIXES: .c .o .pico .t .replay

.c.o:
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(DEPEND) -MF $@.d -c -o $@ $<

.c.pico:
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC $(DEPEND) -MF $@.d \
	    -c -o $@ $<

# In every folder the first target, whatever is included before the rest.
all:

-include .depend
