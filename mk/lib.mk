# A library: LIB, SRCS, SHLIB_MAJOR, SHLIB_MINOR, SHLIB_PATCH, HDRS.  Shared and
# static, with the names of LIB.map visible in the shared one.  What compat/
# lends is compiled here too, under names of its own.
#
# SHLIB_STYLE, from configure: links, the file and its two shorter names; or
# plain, one file.

DEPFILES=	*.d $(TOP)/compat/*.d

include $(TOP)/mk/compile.mk

OBJS=		$(SRCS:.c=.o) $(COMPAT_SRCS:.c=.o)
PICOBJS=	$(SRCS:.c=.pico) $(COMPAT_SRCS:.c=.pico)
INCLUDES=	$(LIB_CFLAGS)
ARCHIVE=	lib$(LIB).a
SONAME_links=	lib$(LIB).so.$(SHLIB_MAJOR)
SONAME_plain=	$(SONAME_links).$(SHLIB_MINOR)
SHLIB_links=	$(SONAME_plain).$(SHLIB_PATCH)
SHLIB_plain=	$(SONAME_plain)
SONAME=		$(SONAME_$(SHLIB_STYLE))
SHLIB=		$(SHLIB_$(SHLIB_STYLE))

all: $(ARCHIVE) $(SHLIB)

$(OBJS) $(PICOBJS): $(TOP)/config.mk

$(ARCHIVE): $(OBJS)
	rm -f $@
	$(AR) rcs $@ $(OBJS)

$(SHLIB): $(PICOBJS) $(LIB).map
	$(CC) -shared $(CFLAGS_ALL) $(LDFLAGS) $(BASE_LDFLAGS) \
	    $(SHLIB_LDFLAGS) -Wl,-soname,$(SONAME) \
	    -Wl,--version-script=$(LIB).map -o $@ $(PICOBJS) $(LIB_LIBS)

install: all
	mkdir -p $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	$(INSTALL) -m 644 $(HDRS) $(DESTDIR)$(INCLUDEDIR)
	$(INSTALL) -m 644 $(ARCHIVE) $(SHLIB) $(DESTDIR)$(LIBDIR)
	[ $(SHLIB_STYLE) = plain ] || { \
	    ln -sf $(SHLIB) $(DESTDIR)$(LIBDIR)/$(SONAME) && \
	    ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/lib$(LIB).so; }
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(LIBDIR)|' \
	    -e 's|@includedir@|$(INCLUDEDIR)|' -e 's|@version@|$(VERSION)|' \
	    -e 's|@libs_private@|$(LIB_LIBS)|' $(LIB).pc.in \
	    >$(DESTDIR)$(LIBDIR)/pkgconfig/$(LIB).pc

uninstall:
	rm -f $(DESTDIR)$(LIBDIR)/pkgconfig/$(LIB).pc \
	    $(DESTDIR)$(LIBDIR)/$(ARCHIVE) $(DESTDIR)$(LIBDIR)/$(SHLIB) \
	    $(DESTDIR)$(LIBDIR)/$(SONAME) $(DESTDIR)$(LIBDIR)/lib$(LIB).so
	for h in $(HDRS); do rm -f $(DESTDIR)$(INCLUDEDIR)/$$h; done

clean:
	rm -f $(ARCHIVE) $(SHLIB) $(OBJS) $(PICOBJS) *.d \
	    $(TOP)/compat/*.d .depend

.PHONY: all install uninstall clean
