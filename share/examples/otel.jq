# SPDX-License-Identifier: ISC
# Packet and flow records in the attributes of OpenTelemetry.
#
#	divertlog 700 | jq -c --unbuffered -f otel.jq

select(.src_ip) | {
	"source.address": .src_ip, "source.port": .src_port,
	"destination.address": .dest_ip, "destination.port": .dest_port,
	"network.transport": (.proto | ascii_downcase),
	"network.type": "ipv\(.ip_v)",
	"network.interface.name": .divert.if,
	"network.io.direction":
	    { "in": "receive", "out": "transmit" }[.divert.dir // ""]
} | with_entries(select(.value != null))
