# Manual pages: PAGES, each PAGE.SECTION.  A page that describes several
# functions is installed under each of their names (.Nm lines before .Nd).

all:

NAMES=	awk '/^\.Nd/ { exit } $$1 == ".Nm" { print $$2 }'

install:
	@for p in $(PAGES); do \
	    s=`expr $$p : '.*\.\(.*\)'`; d=$(DESTDIR)$(MANDIR)/man$$s; \
	    mkdir -p $$d && $(INSTALL) -m 644 $$p $$d || exit 1; \
	    for n in `$(NAMES) $$p`; do \
		[ $$n.$$s = $$p ] || ln -sf $$p $$d/$$n.$$s || exit 1; \
	    done; \
	done

uninstall:
	@for p in $(PAGES); do \
	    s=`expr $$p : '.*\.\(.*\)'`; d=$(DESTDIR)$(MANDIR)/man$$s; \
	    rm -f $$d/$$p; \
	    for n in `$(NAMES) $$p`; do rm -f $$d/$$n.$$s; done; \
	done

clean:

.PHONY: all install uninstall clean
