// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * screen.c - a sample of top.c as text or as JSON.
 */
#include "bsdnet.h"
#include "top.h"

#include <time.h>
#include <unistd.h>

static const char clear_screen[] = "\033[H\033[J";

/* Percent of one processor. */
static double load(const struct top_row *row)
{
	return row->tr_rate[TOP_TICKS] * 100 / sysconf(_SC_CLK_TCK);
}

static double mean_batch(const struct top_row *row)
{
	return row->tr_rate[TOP_BATCHES] > 0 ?
	       row->tr_rate[TOP_PACKETS] / row->tr_rate[TOP_BATCHES] : 0;
}

/* A knob that is a word, "" if it cannot be read. */
static const char *word(const char *name, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), BN_SYSFS "/%s", name);
	return bn_sysfs_read(path, buf, size) < 0 ? "" : buf;
}

static void print_head(const struct top_row *lock)
{
	char mode[32], dispatch[32], when[16];
	time_t now = time(NULL);
	struct tm tm;

	strftime(when, sizeof(when), "%H:%M:%S", localtime_r(&now, &tm));
	printf("%s  mode %s, dispatch %s, %lld mbufs in use\n", when,
	       word("netlock/mode", mode, sizeof(mode)),
	       word("softnet/dispatch", dispatch, sizeof(dispatch)),
	       (long long)lock->tr_now[TOP_MBUFS]);
	printf("netlock: %.0f shared/s, %.0f exclusive/s, %.0f waits/s of %.1f us/s; "
	       "ladder: %.0f/s, %.1f us/s\n\n", lock->tr_rate[TOP_SHARED],
	       lock->tr_rate[TOP_EXCLUSIVE], lock->tr_rate[TOP_CONTENDED],
	       lock->tr_rate[TOP_WAITNS] / 1000, lock->tr_rate[TOP_LADDER],
	       lock->tr_rate[TOP_LADDERNS] / 1000);
}

static void print_threads(const struct top_rows *rows)
{
	unsigned int i;

	printf("%-10s %6s %12s %11s %7s %11s %11s\n", "thread", "load%", "packets/s",
	       "batches/s", "length", "wakeups/s", "polls/s");
	for (i = 0; i < rows->r_n; i++) {
		const struct top_row *row = &rows->r_row[i];

		printf("softnet/%-2s %6.1f %12.0f %11.0f %7.1f %11.0f %11.0f\n", row->tr_name,
		       load(row), row->tr_rate[TOP_PACKETS], row->tr_rate[TOP_BATCHES],
		       mean_batch(row), row->tr_rate[TOP_WAKEUPS], row->tr_rate[TOP_POLLS]);
	}
}

static void print_interfaces(const struct top_rows *rows)
{
	unsigned int i;

	printf("\n%-10s %12s %10s %12s %10s %9s %9s\n", "interface", "in/s", "Mbit/s",
	       "out/s", "Mbit/s", "drops/s", "errors/s");
	for (i = 0; i < rows->r_n; i++) {
		const struct top_row *row = &rows->r_row[i];

		printf("%-10s %12.0f %10.2f %12.0f %10.2f %9.0f %9.0f\n", row->tr_name,
		       row->tr_rate[TOP_IN], row->tr_rate[TOP_INBYTES] * 8 / 1e6,
		       row->tr_rate[TOP_OUT], row->tr_rate[TOP_OUTBYTES] * 8 / 1e6,
		       row->tr_rate[TOP_DROPS], row->tr_rate[TOP_ERRORS]);
	}
}

static void print_queues(const struct top_rows *rows)
{
	unsigned int i;

	if (!rows->r_n)
		return;
	printf("\n%-10s %4s %12s %12s %9s %9s\n", "queue", "CPU", "in/s", "out/s", "drops/s",
	       "waiting");
	for (i = 0; i < rows->r_n; i++) {
		const struct top_row *row = &rows->r_row[i];
		char cpu[24] = "-";

		if (row->tr_now[TOP_CPU] >= 0)
			snprintf(cpu, sizeof(cpu), "%lld", (long long)row->tr_now[TOP_CPU]);
		printf("%-10s %4s %12.0f %12.0f %9.0f %9lld\n", row->tr_name, cpu,
		       row->tr_rate[TOP_QIN], row->tr_rate[TOP_QOUT], row->tr_rate[TOP_QDROPS],
		       (long long)row->tr_now[TOP_WAITING]);
	}
}

/* @screen: in place of the one before. */
void top_text(const struct top_sample *ts, bool screen)
{
	if (screen)
		fputs(clear_screen, stdout);
	print_head(&ts->ts_lock.r_row[0]);
	print_threads(&ts->ts_threads);
	print_interfaces(&ts->ts_ifs);
	print_queues(&ts->ts_queues);
	if (!screen)
		putchar('\n');
}

static void json_rate(struct json_object *jo, const char *key, double rate)
{
	bn_json_double(jo, key, rate);
}

static struct json_object *named(const char *key, const struct top_row *row)
{
	struct json_object *jo = json_object_new_object();

	bn_json_str(jo, key, row->tr_name);
	return jo;
}

static struct json_object *lock_json(const struct top_row *row)
{
	struct json_object *jo = json_object_new_object();
	char buf[32];

	bn_json_str(jo, "mode", word("netlock/mode", buf, sizeof(buf)));
	json_rate(jo, "shared", row->tr_rate[TOP_SHARED]);
	json_rate(jo, "exclusive", row->tr_rate[TOP_EXCLUSIVE]);
	json_rate(jo, "contended", row->tr_rate[TOP_CONTENDED]);
	json_rate(jo, "wait_ns", row->tr_rate[TOP_WAITNS]);
	json_rate(jo, "ladder", row->tr_rate[TOP_LADDER]);
	json_rate(jo, "ladder_wait_ns", row->tr_rate[TOP_LADDERNS]);
	return jo;
}

static struct json_object *thread_json(const struct top_row *row)
{
	struct json_object *jo = named("cpu", row);

	json_rate(jo, "load", load(row));
	json_rate(jo, "packets", row->tr_rate[TOP_PACKETS]);
	json_rate(jo, "batches", row->tr_rate[TOP_BATCHES]);
	json_rate(jo, "length", mean_batch(row));
	json_rate(jo, "wakeups", row->tr_rate[TOP_WAKEUPS]);
	json_rate(jo, "polls", row->tr_rate[TOP_POLLS]);
	return jo;
}

static struct json_object *if_json(const struct top_row *row)
{
	struct json_object *jo = named("name", row);

	json_rate(jo, "ipackets", row->tr_rate[TOP_IN]);
	json_rate(jo, "ibytes", row->tr_rate[TOP_INBYTES]);
	json_rate(jo, "opackets", row->tr_rate[TOP_OUT]);
	json_rate(jo, "obytes", row->tr_rate[TOP_OUTBYTES]);
	json_rate(jo, "drops", row->tr_rate[TOP_DROPS]);
	json_rate(jo, "errors", row->tr_rate[TOP_ERRORS]);
	return jo;
}

static struct json_object *queue_json(const struct top_row *row)
{
	struct json_object *jo = named("queue", row);

	if (row->tr_now[TOP_CPU] >= 0)
		bn_json_int(jo, "cpu", row->tr_now[TOP_CPU]);
	json_rate(jo, "ipackets", row->tr_rate[TOP_QIN]);
	json_rate(jo, "opackets", row->tr_rate[TOP_QOUT]);
	json_rate(jo, "drops", row->tr_rate[TOP_QDROPS]);
	bn_json_int(jo, "waiting", row->tr_now[TOP_WAITING]);
	return jo;
}

static void add_array(struct json_object *jo, const char *key, const struct top_rows *rows,
		      struct json_object *(*make)(const struct top_row *row))
{
	struct json_object *ja = json_object_new_array();
	unsigned int i;

	for (i = 0; i < rows->r_n; i++)
		json_object_array_add(ja, make(&rows->r_row[i]));
	json_object_object_add(jo, key, ja);
}

/* One object a line: rates are a second. */
void top_json(const struct top_sample *ts)
{
	struct json_object *jo = json_object_new_object();

	json_object_object_add(jo, "netlock", lock_json(&ts->ts_lock.r_row[0]));
	bn_json_int(jo, "mbufs", ts->ts_lock.r_row[0].tr_now[TOP_MBUFS]);
	add_array(jo, "threads", &ts->ts_threads, thread_json);
	add_array(jo, "interfaces", &ts->ts_ifs, if_json);
	add_array(jo, "queues", &ts->ts_queues, queue_json);
	puts(json_object_to_json_string_ext(jo, JSON_C_TO_STRING_PLAIN));
	json_object_put(jo);
}
