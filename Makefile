# divertutil.  ./configure, then make; targets at the end of this file.
#
# GNU make and BSD make alike, see mk/compile.mk.  Folders are phony targets:
# BSD make would otherwise find them up to date.

TOP=		.
include $(TOP)/config.mk

TOOLS=		bin/divertcat bin/divertlab
PAGES=		share/man share/examples
INSTALLED=	lib/libdivertutil $(TOOLS) $(PAGES)
FOLDERS=	lib/libdivertutil bin/common $(TOOLS) $(PAGES) regress

all: $(INSTALLED)

# A folder whose Makefile is not there is passed over.
$(FOLDERS):
	@[ ! -f $@/Makefile ] || { cd $@ && $(MAKE) all; }

bin/common: lib/libdivertutil
$(TOOLS): bin/common
regress: all

install: all
	@for d in $(INSTALLED); do [ ! -f $$d/Makefile ] || \
	    (cd $$d && $(MAKE) install) || exit 1; done

uninstall:
	@for d in $(INSTALLED); do [ ! -f $$d/Makefile ] || \
	    (cd $$d && $(MAKE) uninstall) || exit 1; done

clean:
	@for d in $(FOLDERS); do [ ! -f $$d/Makefile ] || \
	    (cd $$d && $(MAKE) clean) || exit 1; done

distclean: clean
	rm -f config.h config.mk config.log

.PHONY: all $(FOLDERS) install uninstall clean distclean
