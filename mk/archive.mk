# Objects shared inside the tree: ARCHIVE, SRCS.  Never installed.

include $(TOP)/mk/compile.mk

OBJS=		$(SRCS:.c=.o)

all: $(ARCHIVE)

$(OBJS): $(TOP)/config.mk

$(ARCHIVE): $(OBJS)
	rm -f $@
	$(AR) rcs $@ $(OBJS)

clean:
	rm -f $(ARCHIVE) $(OBJS) *.d .depend

install uninstall:

.PHONY: all install uninstall clean
