// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * top.c - what the stack does now: load of the softnet threads, waits for the lock,
 * packets a second of interfaces and queues.
 *
 * Two samples and the time between them make one screen (screen.c) or JSON object. A
 * row is matched with the same of the sample before by its name; one that is new has
 * been there for no time and shows nothing yet.
 */
#include "bsdnet.h"
#include "top.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char usage[] =
	"top [--json] [-b] [-d SECONDS] [-n COUNT]\n"
	"\n"
	"  -b          one screen below the other, as where the output is no terminal\n"
	"  -d SECONDS  between two screens (2)\n"
	"  -n COUNT    end after so many; else with the key q\n";

static struct top_row *add_row(struct top_rows *rows, const char *name)
{
	struct top_row *row;

	rows->r_row = realloc(rows->r_row, (rows->r_n + 1) * sizeof(*row));
	if (!rows->r_row)
		bn_die("out of memory");
	row = memset(&rows->r_row[rows->r_n++], 0, sizeof(*row));
	snprintf(row->tr_name, sizeof(row->tr_name), "%s", name);
	return row;
}

static uint64_t knob(const char *dir, const char *name)
{
	char path[128], buf[64];

	snprintf(path, sizeof(path), BN_SYSFS "/%s/%s", dir, name);
	return bn_sysfs_read(path, buf, sizeof(buf)) < 0 ? 0 : strtoull(buf, NULL, 10);
}

/* Clock ticks that a softnet thread has run, by /proc/PID/stat. */
static uint64_t thread_ticks(const char *pid, unsigned int *cpu)
{
	unsigned long long user, sys;
	char path[300], comm[32];
	uint64_t ticks = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%*d (%31[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
		   comm, &user, &sys) == 3 && sscanf(comm, "softnet/%u", cpu) == 1)
		ticks = user + sys + 1;
	fclose(f);
	return ticks;
}

static void sample_threads(struct top_rows *rows)
{
	DIR *dir = opendir("/proc");
	struct dirent *de;

	if (!dir)
		bn_die("/proc: %s", strerror(errno));
	while ((de = readdir(dir))) {
		char name[TOP_NAMSIZ], path[64];
		struct top_row *row;
		unsigned int cpu;
		uint64_t ticks;

		if (de->d_name[0] < '1' || de->d_name[0] > '9')
			continue;
		ticks = thread_ticks(de->d_name, &cpu);
		if (!ticks)
			continue;
		snprintf(path, sizeof(path), "softnet/%u", cpu);
		snprintf(name, sizeof(name), "%u", cpu);
		row = add_row(rows, name);
		row->tr_val[TOP_TICKS] = ticks;
		row->tr_val[TOP_PACKETS] = knob(path, "packets");
		row->tr_val[TOP_BATCHES] = knob(path, "batches");
		row->tr_val[TOP_WAKEUPS] = knob(path, "wakeups");
		row->tr_val[TOP_POLLS] = knob(path, "polls");
	}
	closedir(dir);
}

static void sample_queues(struct top_rows *rows, const char *ifname)
{
	struct bsd_ifqstats qt = { .ifqt_queue = 0 };

	snprintf(qt.ifqt_name, sizeof(qt.ifqt_name), "%s", ifname);
	for (; !bn_ioctl(BSIOCGIFQSTATS, &qt); qt.ifqt_queue++) {
		char name[TOP_NAMSIZ];
		struct top_row *row;

		snprintf(name, sizeof(name), "%s:%u", ifname, qt.ifqt_queue);
		row = add_row(rows, name);
		row->tr_now[TOP_CPU] = qt.ifqt_cpu == BSD_INTR_NOQUEUE ? -1 : (int64_t)qt.ifqt_cpu;
		row->tr_now[TOP_WAITING] = qt.ifqt_olen;
		row->tr_val[TOP_QIN] = qt.ifqt_ipackets;
		row->tr_val[TOP_QOUT] = qt.ifqt_opackets;
		row->tr_val[TOP_QDROPS] = qt.ifqt_oqdrops + qt.ifqt_oerrors;
	}
}

static void sample_interfaces(struct top_sample *ts)
{
	unsigned int i, n;
	char (*names)[BSD_IFNAMSIZ] = bn_iflist(NULL, &n);

	for (i = 0; i < n; i++) {
		struct bsd_ifreq ifr = {};
		struct top_row *row;

		memcpy(ifr.bifr_name, names[i], sizeof(ifr.bifr_name));
		if (bn_ioctl(BSIOCGIFDATA, &ifr))
			continue;
		row = add_row(&ts->ts_ifs, names[i]);
		row->tr_val[TOP_IN] = ifr.bifru_data.ifi_ipackets;
		row->tr_val[TOP_INBYTES] = ifr.bifru_data.ifi_ibytes;
		row->tr_val[TOP_OUT] = ifr.bifru_data.ifi_opackets;
		row->tr_val[TOP_OUTBYTES] = ifr.bifru_data.ifi_obytes;
		row->tr_val[TOP_DROPS] = ifr.bifru_data.ifi_iqdrops + ifr.bifru_data.ifi_oqdrops;
		row->tr_val[TOP_ERRORS] = ifr.bifru_data.ifi_ierrors + ifr.bifru_data.ifi_oerrors;
		sample_queues(&ts->ts_queues, names[i]);
	}
	free(names);
}

static void sample_lock(struct top_rows *rows)
{
	struct top_row *row = add_row(rows, "netlock");

	row->tr_val[TOP_SHARED] = knob("netlock", "shared");
	row->tr_val[TOP_EXCLUSIVE] = knob("netlock", "exclusive");
	row->tr_val[TOP_CONTENDED] = knob("netlock", "contended");
	row->tr_val[TOP_WAITNS] = knob("netlock", "wait_ns");
	row->tr_val[TOP_LADDER] = knob("netlock", "ladder");
	row->tr_val[TOP_LADDERNS] = knob("netlock", "ladder_wait_ns");
	row->tr_now[TOP_MBUFS] = knob("mbuf", "inuse");
}

static void sample(struct top_sample *ts)
{
	memset(ts, 0, sizeof(*ts));
	ts->ts_time = bn_now();
	sample_lock(&ts->ts_lock);
	sample_threads(&ts->ts_threads);
	sample_interfaces(ts);
}

static void sample_free(struct top_sample *ts)
{
	free(ts->ts_lock.r_row);
	free(ts->ts_threads.r_row);
	free(ts->ts_ifs.r_row);
	free(ts->ts_queues.r_row);
}

/* What was counted becomes what it is a second. */
static void rates(struct top_rows *now, const struct top_rows *before, double seconds)
{
	unsigned int i, j, v;

	for (i = 0; i < now->r_n; i++) {
		struct top_row *row = &now->r_row[i];

		for (j = 0; j < before->r_n; j++)
			if (!strcmp(before->r_row[j].tr_name, row->tr_name))
				break;
		for (v = 0; j < before->r_n && v < TOP_NVALS; v++) {
			uint64_t old = before->r_row[j].tr_val[v];

			/* Less than before: another of the same name. */
			if (row->tr_val[v] >= old)
				row->tr_rate[v] = (row->tr_val[v] - old) / seconds;
		}
	}
}

/* A key, or the time until the next sample; true: q was pressed. */
static bool wait_for_key(double seconds, bool keys)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;

	if (poll(&pfd, keys, seconds * 1000) <= 0)
		return false;
	return read(STDIN_FILENO, &c, 1) == 1 && (c == 'q' || c == 'Q');
}

static struct termios saved;

static void restore_terminal(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

/* Keys come without Enter and are not shown. */
static bool take_keys(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &saved))
		return false;
	raw = saved;
	raw.c_lflag &= ~(ICANON | ECHO);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw))
		return false;
	atexit(restore_terminal);
	return true;
}

static void run(double delay, unsigned long count, bool json, bool screen)
{
	struct top_sample before, now;
	bool keys = screen && take_keys();
	unsigned long n;

	sample(&before);
	for (n = 0; !count || n < count; n++) {
		if (wait_for_key(delay, keys))
			break;
		sample(&now);
		rates(&now.ts_lock, &before.ts_lock, now.ts_time - before.ts_time);
		rates(&now.ts_threads, &before.ts_threads, now.ts_time - before.ts_time);
		rates(&now.ts_ifs, &before.ts_ifs, now.ts_time - before.ts_time);
		rates(&now.ts_queues, &before.ts_queues, now.ts_time - before.ts_time);
		if (json)
			top_json(&now);
		else
			top_text(&now, screen);
		fflush(stdout);
		sample_free(&before);
		before = now;
	}
	sample_free(&before);
}

int top_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);
	bool screen = !json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
	unsigned long delay = 2, count = 0;
	int c;

	while ((c = getopt(argc, argv, "+bd:n:")) != -1) {
		switch (c) {
		case 'b':
			screen = false;
			break;
		case 'd':
			delay = bn_number("-d", optarg, 1, 3600);
			break;
		case 'n':
			count = bn_number("-n", optarg, 1, 1000000000);
			break;
		default:
			bn_usage(false, usage);
		}
	}
	if (argv[optind])
		bn_usage(false, usage);
	bn_ctl();	/* one clear error if the stack is not there */
	run(delay, count, json, screen);
	return 0;
}
