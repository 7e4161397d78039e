#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 240
#
# client -- em0 [forward: divert 700, "divertcat 700 -- cat"] em1 -- server
# 100 MB of TCP in each family go through a command's pipes: what arrives has
# the SHA-256 of what was sent.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --time-limit 220

for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	cat_start 700 -- cat
	tcp_run "$to" 100000000
	settle
	is "$to: every byte was acknowledged" "$(field complete "$sent")" true
	is "$to: bytes arrived" "$(field received "$got")" 100000000
	is "$to: SHA-256 at both ends" "$(field sha256 "$got")" \
	    "$(field sha256 "$sent")"
	stop cat
	is "$to: divertcat drained" $status 0
	ids_are "$(law received)"
	is "$to: divertcat passed" "$(law passed)" "$(law received)"
	conserved
	echo "# $to: $(law received) packets, $(field seconds "$sent") s"
done
is "errors the server's kernel counts" "$(errors_at server)" 0
plan
