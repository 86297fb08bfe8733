/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * bsdnet_trace.h - every tracepoint: the joints of the packet path, drops by
 * reason, waits for and holds of the net lock. Numbers only; a drop's reason is
 * a counter id, printed by name.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bsdnet

#if !defined(_BSDNET_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _BSDNET_TRACE_EVENTS_H

#include <linux/tracepoint.h>
#include <bsdnet/counters.h>

TRACE_EVENT(bsdnet_drop,
	    TP_PROTO(unsigned int reason, unsigned int ifidx, unsigned long caller),
	    TP_ARGS(reason, ifidx, caller),
	    TP_STRUCT__entry(
		__field(unsigned int, reason)
		__field(unsigned int, ifidx)
		__field(unsigned long, caller)
		__array(char, name, 24)
	    ),
	    TP_fast_assign(
		const struct counter_desc *cd = counter_describe(reason);

		__entry->reason = reason;
		__entry->ifidx = ifidx;
		__entry->caller = caller;
		snprintf(__entry->name, sizeof(__entry->name), "%s.%s",
			 cd ? counter_group_name(COUNTER_GROUP(reason)) : "?",
			 cd ? cd->cd_name : "?");
	    ),
	    TP_printk("%s if %u at %pS", __entry->name, __entry->ifidx, (void *)__entry->caller)
);

/* A packet passes a joint of its way; of ifq_start, len is the queue's, in frames. */
DECLARE_EVENT_CLASS(bsdnet_packet,
		    TP_PROTO(unsigned int ifidx, u32 len),
		    TP_ARGS(ifidx, len),
		    TP_STRUCT__entry(
			__field(unsigned int, ifidx)
			__field(u32, len)
		    ),
		    TP_fast_assign(
			__entry->ifidx = ifidx;
			__entry->len = len;
		    ),
		    TP_printk("if %u len %u", __entry->ifidx, __entry->len)
);

#define BSDNET_PACKET_EVENT(name)				\
	DEFINE_EVENT(bsdnet_packet, name,			\
		     TP_PROTO(unsigned int ifidx, u32 len),	\
		     TP_ARGS(ifidx, len))

BSDNET_PACKET_EVENT(bsdnet_if_input);
BSDNET_PACKET_EVENT(bsdnet_ip_input);
BSDNET_PACKET_EVENT(bsdnet_deliver);
BSDNET_PACKET_EVENT(bsdnet_sbappend);
BSDNET_PACKET_EVENT(bsdnet_sosend);
BSDNET_PACKET_EVENT(bsdnet_ip_output);
BSDNET_PACKET_EVENT(bsdnet_ifq_enqueue);
BSDNET_PACKET_EVENT(bsdnet_ifq_start);

/* Time spent on the net lock or the ladder mutex. */
DECLARE_EVENT_CLASS(bsdnet_netlock,
		    TP_PROTO(u64 ns, bool exclusive),
		    TP_ARGS(ns, exclusive),
		    TP_STRUCT__entry(
			__field(u64, ns)
			__field(bool, exclusive)
		    ),
		    TP_fast_assign(
			__entry->ns = ns;
			__entry->exclusive = exclusive;
		    ),
		    TP_printk("%llu ns %s", __entry->ns,
			      __entry->exclusive ? "exclusive" : "shared")
);

DEFINE_EVENT(bsdnet_netlock, bsdnet_netlock_wait,
	     TP_PROTO(u64 ns, bool exclusive), TP_ARGS(ns, exclusive));
DEFINE_EVENT(bsdnet_netlock, bsdnet_netlock_hold,
	     TP_PROTO(u64 ns, bool exclusive), TP_ARGS(ns, exclusive));

#endif /* _BSDNET_TRACE_EVENTS_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE bsdnet_trace
#include <trace/define_trace.h>
