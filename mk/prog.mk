# A tool: PROG, SRCS; optionally MAIN (scripts installed as they are), LDADD.
#
# Tools are linked with the static libdivertutil.a.  A program in the build
# tree then runs where it lies, without LD_LIBRARY_PATH and never by accident
# with an older library from /usr/local/lib; and what was tested is what is
# installed.  The shared library is for the programs of others.

include $(TOP)/mk/compile.mk

OBJS=		$(SRCS:.c=.o)
COMMON=		$(TOP)/bin/common/libcommon.a
LIBDIVERT=	$(TOP)/lib/libdivertutil/libdivertutil.a
INCLUDES=	-I$(TOP)/bin/common

all: $(PROG)

$(OBJS): $(TOP)/config.mk

$(PROG): $(OBJS) $(COMMON) $(LIBDIVERT)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(BASE_LDFLAGS) $(PROG_LDFLAGS) -o $@ \
	    $(OBJS) $(COMMON) $(LIBDIVERT) $(LDADD) $(LIB_LIBS) \
	    $(EVENT_LIBS) $(PTHREAD_LIBS)

install: all
	mkdir -p $(DESTDIR)$(SBINDIR)
	$(INSTALL) -m 755 $(PROG) $(MAIN) $(DESTDIR)$(SBINDIR)

uninstall:
	cd $(DESTDIR)$(SBINDIR) 2>/dev/null && rm -f $(PROG) $(MAIN) || :

clean:
	rm -f $(PROG) $(OBJS) *.d .depend

.PHONY: all install uninstall clean
