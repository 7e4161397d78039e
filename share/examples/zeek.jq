# SPDX-License-Identifier: ISC
# Flow records in the names of Zeek's conn.log.
#
#	divertlog -m flow 700 | jq -c --unbuffered -f zeek.jq

# Seconds since 1970, with a fraction.
def seconds: (.[:19] + "Z" | fromdate) + ("0" + .[19:-1] | tonumber);

select(.event_type == "flow") | {
	ts: (.flow.start | seconds),
	"id.orig_h": .src_ip, "id.orig_p": (.src_port // .icmp_type),
	"id.resp_h": .dest_ip, "id.resp_p": (.dest_port // .icmp_code),
	proto: (.proto | ascii_downcase),
	duration: (((.flow.end | seconds) - (.flow.start | seconds)) * 1000000 |
	    round / 1000000),
	orig_pkts: .flow.pkts_toserver, orig_ip_bytes: .flow.bytes_toserver,
	resp_pkts: .flow.pkts_toclient, resp_ip_bytes: .flow.bytes_toclient,
	community_id
} | with_entries(select(.value != null))
