#!/bin/sh
# SPDX-License-Identifier: ISC
# Who may include whom: tool -> bin/common -> library -> compat -> libc, and
# each foreign library only in the files named here.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
cd "$TOP" || exit 1

LIB=lib/libdivertutil

# includes FILE...: "file: header" of every include.
includes() {
	awk '/^[ \t]*#[ \t]*include/ {
		gsub(/.*include[ \t]*[<"]|[>"].*/, "")
		print FILENAME ": " $0
	}' "$@" /dev/null
}

# users HEADER-PATTERN: the files that include such a header, sorted.
users() {
	# shellcheck disable=SC2046
	includes $(sources compat lib bin) |
	    sed -n "s|^\\(.*\\): \\($1\\)\$|\\1|p" | sort -u
}

# outside PATTERN: of the files on stdin those that do not match.
outside() {
	grep -v -E -e "^($1)\$"
}

# sources FOLDER...
sources() {
	find "$@" -name '*.[ch]' | sort
}

# code FILE...: without comments and strings, with file names.
code() {
	awk '
	FNR == 1 { comment = 0 }
	{
		line = $0
		gsub(/\\./, "", line)
		gsub(/"[^"]*"/, "\"\"", line)
		out = ""
		while (line != "") {
			if (comment) {
				if ((i = index(line, "*/")) == 0)
					break
				line = substr(line, i + 2)
				comment = 0
			} else if ((i = index(line, "/*")) > 0) {
				out = out substr(line, 1, i - 1) " "
				line = substr(line, i + 2)
				comment = 1
			} else {
				out = out line
				line = ""
			}
		}
		print FILENAME ":" FNR ": " out
	}' "$@"
}

# headers FOLDER...: the names of the headers there, as a pattern.
headers() {
	find "$@" -name '*.h' | sed 's|.*/||' | sort -u | tr '\n' '|' |
	    sed 's/|$//; s/\./\\./g'
}

common=$(headers bin/common)
# The tools are linked with the static library: what writes JSON, makes packets
# of fields and errors about packets, cuts them and tells their scope is there
# once, and not for others' programs.
private=$(headers $LIB | tr '|' '\n' |
    grep -v -E '^(divertutil|json_write|json_packet|build|icmp_error|split|link_scope)\\.h$' |
    tr '\n' '|' | sed 's/|$//')
ok "there are sources to look at" test "$(sources lib bin | wc -l)" -gt 10

# shellcheck disable=SC2046
empty "compat includes only itself and the system" \
    "$(grep -H '#include "' $(sources compat) |
	grep -v -e '"compat\.h"' -e '"\.\./config\.h"')"
# shellcheck disable=SC2046
empty "the library includes nothing of the tools" \
    "$(includes $(sources $LIB) | grep -E ": (${common:-none})\$")"
# shellcheck disable=SC2046
empty "no path leads out of a folder" \
    "$(includes $(sources lib bin) | grep -F '../')"
for dir in bin/*; do
	[ "$dir" != bin/common ] || continue
	[ -d "$dir" ] || continue
	own=$(headers "$dir")
	[ -n "$own" ] || continue
	# shellcheck disable=SC2046
	empty "nobody else includes the headers of $dir" \
	    "$(includes $(sources lib bin | grep -v "^$dir/") |
		grep -E ": ($own)\$")"
done
# shellcheck disable=SC2046
empty "the tools see the public header of the library, and few others" \
    "$(includes $(sources bin) | grep -E ": ($private)\$")"

empty "libpcap is seen by the capture port and the filter" \
    "$(users 'pcap.*\.h' | outside "$LIB/(filter|port_capture|linktype)\\.[ch]|.*/(pcapng|pcap)\\.h|$LIB/(encode|decode)_pcap[a-z]*\\.c" |
	while read -r f; do includes "$f" | grep -E ': pcap(\.h|/)'; done)"
empty "jansson is seen where JSON is read and rare objects written" \
    "$(users 'jansson\.h' | outside "$LIB/(decode_json|json[a-z_]*)\\.[ch]|bin/common/stats\\.c|bin/divertcat/(both|copy|returns)\\.c|bin/divertinject/tally\\.c|bin/divertlog/log\\.c|bin/divertnat/show\\.c")"
empty "libevent is seen by bin/common/loop.c" \
    "$(users 'event.*\.h' | outside 'bin/common/loop\.c' |
	while read -r f; do includes "$f" | grep -E ': event(\.h|2/)'; done)"
empty "libevent only as event.h" "$(users 'event2/.*')"
empty "libmnl is seen where netlink messages are built and read" \
    "$(users 'libmnl/.*' |
	outside "$LIB/netlink\\.[ch]|$LIB/netlink_(bind|links|route|verdict)\\.c|$LIB/inject_linux_veth\\.c")"
empty "Linux headers are seen by Linux files" \
    "$(users '\(linux\|netlink\|netpacket\)/.*' |
	outside "$LIB/(netlink|port_nfqueue|nfqueue|inject_linux)[a-z_]*\\.[ch]|bin/.*_linux\\.[ch]|bin/divertlab/.*")"

# shellcheck disable=SC2046
empty "the library neither prints nor exits nor reads the environment" \
    "$(code $(sources $LIB) | grep -E '[^A-Za-z0-9_.>](printf|fprintf|vfprintf|puts|putchar|perror|exit|_exit|err|errx|warn|warnx|syslog|getenv|setenv|signal|sigaction|sigprocmask|fork|setuid)[ ]*\(')"
# shellcheck disable=SC2046
empty "nor includes what it would need for that" \
    "$(includes $(sources $LIB) | grep -E ': (err|syslog)\.h$')"
# shellcheck disable=SC2046
empty "no operating system is asked for inside logic" \
    "$(code $(sources lib bin) |
	grep -E '#[ ]*(if|elif|ifdef|ifndef).*__(linux|FreeBSD|OpenBSD|NetBSD|APPLE|DragonFly)')"
plan
