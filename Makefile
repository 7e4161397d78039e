# divertutil.  ./configure, then make; targets at the end of this file.
#
# GNU make and BSD make alike, see mk/compile.mk.  Folders are phony targets:
# BSD make would otherwise find them up to date.

TOP=		.
include $(TOP)/config.mk

# LAB is the laboratory where there is one: its namespaces are Linux.
TOOLS=		bin/divertcat bin/divertinject bin/divertlog bin/divertnat $(LAB)
PAGES=		share/man share/examples share/schema
INSTALLED=	lib/libdivertutil $(TOOLS) $(PAGES)
FOLDERS=	lib/libdivertutil bin/common $(TOOLS) $(PAGES)

all: $(INSTALLED)

# A folder whose Makefile is not there is passed over.
$(FOLDERS):
	@[ ! -f $@/Makefile ] || { cd $@ && $(MAKE) all; }

bin/common: lib/libdivertutil
$(TOOLS): bin/common

install: all
	@for d in $(INSTALLED); do [ ! -f $$d/Makefile ] || \
	    (cd $$d && $(MAKE) install) || exit 1; done

uninstall:
	@for d in $(INSTALLED); do [ ! -f $$d/Makefile ] || \
	    (cd $$d && $(MAKE) uninstall) || exit 1; done

clean:
	@for d in $(FOLDERS) regress; do [ ! -f $$d/Makefile ] || \
	    (cd $$d && $(MAKE) clean) || exit 1; done

# Tests: unit and tool tests; with a kernel; for a long time; by accident; for
# figures.
regress live soak breakages fuzz bench lint: all
	@cd regress && $(MAKE) $@

# Everything, also with sanitizers, and one line at the end that counts.
check: all
	@MAKE="$(MAKE)" ./regress/check

# The exported names are those of the public header.
map:
	mk/map.sh lib/libdivertutil/divertutil.h \
	    >lib/libdivertutil/divertutil.map

dist:
	ln -s . divertutil-$(VERSION)
	tar -czf divertutil-$(VERSION).tar.gz `sh mk/files.sh | \
	    sed 's|^|divertutil-$(VERSION)/|'`; s=$$?; \
	    rm -f divertutil-$(VERSION); exit $$s

distclean: clean
	rm -f config.h config.mk config.log

.PHONY: all $(FOLDERS) install uninstall regress live soak breakages fuzz bench \
	lint check map dist clean distclean
