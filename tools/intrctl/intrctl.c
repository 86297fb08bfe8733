// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * intrctl.c - which CPU gets the interrupts of which queue; after NetBSD's intrctl(8).
 *
 * What there is comes from the stack (BSIOCGIFINTR), how often each came from
 * /proc/interrupts, where an interrupt goes by the same name.
 */
#include "bsdnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAXCPUS	1024

static const char usage[] =
	"intrctl [--json] list [INTERFACE]\n"
	"       intrctl affinity -i INTERRUPT -c CPU\n"
	"       intrctl affinity -q INTERFACE:QUEUE -c CPU\n";

/* One interrupt, and a queue that it serves. */
struct vector {
	struct bsd_ifintr	 v_intr;
	int			 v_irq;		/* Linux's number, -1: it is not there now */
	uint64_t		*v_counts;	/* by the columns of the file */
};

static struct vector *vectors;
static unsigned int nvectors;
static unsigned int columns[MAXCPUS];	/* CPUs online, as in the file */
static unsigned int ncolumns;

static const char *kind_name(unsigned int kind)
{
	static const char *const names[] = {
		[BSD_INTR_INTX] = "INTx", [BSD_INTR_MSI] = "MSI", [BSD_INTR_MSIX] = "MSI-X",
	};

	return kind < ARRAY_SIZE(names) && names[kind] ? names[kind] : "?";
}

static void add_interface(const char *name)
{
	struct bsd_ifintr ii = { .ifi_index = 0 };

	snprintf(ii.ifi_name, sizeof(ii.ifi_name), "%s", name);
	for (; !bn_ioctl(BSIOCGIFINTR, &ii); ii.ifi_index++) {
		vectors = realloc(vectors, (nvectors + 1) * sizeof(*vectors));
		if (!vectors)
			bn_die("out of memory");
		vectors[nvectors++] = (struct vector){ .v_intr = ii, .v_irq = -1 };
	}
	if (errno != EADDRNOTAVAIL && errno != EOPNOTSUPP && errno != ENXIO)
		bn_die("%s: %s", name, strerror(errno));
}

/* The header of /proc/interrupts: a column for each CPU that is online. */
static void read_columns(char *line)
{
	char *word;

	for (word = strtok(line, "\n "); word && ncolumns < MAXCPUS; word = strtok(NULL, "\n "))
		if (sscanf(word, "CPU%u", &columns[ncolumns]) == 1)
			ncolumns++;
}

/* Is @name one of the names, with commas between, that the line ends with? */
static bool is_named(const char *line, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = strstr(line, name); at; at = strstr(at + 1, name))
		if (at > line && at[-1] == ' ' && (!at[len] || at[len] == ',' || at[len] == '\n'))
			return true;
	return false;
}

/* "  34:  1200  0  PCI-MSIX-0000:00:10.0  1-edge  virtio0-rx0" */
static void read_line(const char *line)
{
	uint64_t counts[MAXCPUS];
	unsigned int i;
	char *end;
	long irq;

	irq = strtol(line, &end, 10);
	if (end == line || *end != ':')
		return;
	end++;
	for (i = 0; i < ncolumns; i++)
		counts[i] = strtoull(end, &end, 10);
	for (i = 0; i < nvectors; i++) {
		if (!is_named(end, vectors[i].v_intr.ifi_vector))
			continue;
		vectors[i].v_irq = irq;
		vectors[i].v_counts = bn_alloc(ncolumns, sizeof(counts[0]));
		memcpy(vectors[i].v_counts, counts, ncolumns * sizeof(counts[0]));
	}
}

static void read_counts(void)
{
	FILE *f = fopen("/proc/interrupts", "r");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		bn_die("/proc/interrupts: %s", strerror(errno));
	if (getline(&line, &size, f) > 0)
		read_columns(line);
	while (getline(&line, &size, f) > 0)
		read_line(line);
	free(line);
	fclose(f);
}

/* "vio0:1", or the interface alone. */
static const char *queue_name(const struct bsd_ifintr *ii)
{
	static char name[BSD_IFNAMSIZ + 12];

	if (ii->ifi_queue == BSD_INTR_NOQUEUE)
		snprintf(name, sizeof(name), "%s", ii->ifi_name);
	else
		snprintf(name, sizeof(name), "%s:%u", ii->ifi_name, ii->ifi_queue);
	return name;
}

static void print_text(void)
{
	unsigned int i, c;

	printf("%-24s %4s %-5s %-10s", "interrupt", "irq", "kind", "queue");
	for (c = 0; c < ncolumns; c++)
		printf("    CPU%-5u", columns[c]);
	putchar('\n');
	for (i = 0; i < nvectors; i++) {
		const struct vector *v = &vectors[i];
		char irq[12] = "-";

		if (v->v_irq >= 0)
			snprintf(irq, sizeof(irq), "%d", v->v_irq);
		printf("%-24s %4s %-5s %-10s", v->v_intr.ifi_vector, irq,
		       kind_name(v->v_intr.ifi_kind), queue_name(&v->v_intr));
		for (c = 0; c < ncolumns; c++)
			printf(" %10llu%c", (unsigned long long)(v->v_counts ? v->v_counts[c] : 0),
			       v->v_intr.ifi_cpu == columns[c] ? '*' : ' ');
		putchar('\n');
	}
}

static void print_json(void)
{
	struct json_object *ja = json_object_new_array();
	unsigned int i, c;

	for (i = 0; i < nvectors; i++) {
		const struct vector *v = &vectors[i];
		struct json_object *jo = json_object_new_object();
		struct json_object *counts = json_object_new_object();

		bn_json_str(jo, "interrupt", v->v_intr.ifi_vector);
		if (v->v_irq >= 0)
			bn_json_int(jo, "irq", v->v_irq);
		bn_json_str(jo, "kind", kind_name(v->v_intr.ifi_kind));
		bn_json_str(jo, "interface", v->v_intr.ifi_name);
		if (v->v_intr.ifi_queue != BSD_INTR_NOQUEUE) {
			bn_json_int(jo, "queue", v->v_intr.ifi_queue);
			bn_json_int(jo, "cpu", v->v_intr.ifi_cpu);
		}
		for (c = 0; v->v_counts && c < ncolumns; c++) {
			char cpu[12];

			snprintf(cpu, sizeof(cpu), "%u", columns[c]);
			bn_json_int(counts, cpu, v->v_counts[c]);
		}
		json_object_object_add(jo, "counts", counts);
		json_object_array_add(ja, jo);
	}
	bn_json_print(ja);
}

/* The interrupts of all interfaces, or of one. */
static void find_vectors(const char *ifname)
{
	char (*names)[BSD_IFNAMSIZ];
	unsigned int i, n;

	if (ifname) {
		if (!bn_ifindex(ifname))
			bn_die("%s: no such interface", ifname);
		add_interface(ifname);
		if (!nvectors)
			bn_die("%s: has no interrupts of its own", ifname);
		return;
	}
	names = bn_iflist(NULL, &n);
	for (i = 0; i < n; i++)
		add_interface(names[i]);
	free(names);
}

/* The queue that an interrupt serves: one and no more. */
static void queue_of_interrupt(const char *name, struct bsd_ifintr *ii)
{
	unsigned int i, found = 0;

	find_vectors(NULL);
	for (i = 0; i < nvectors; i++) {
		if (strcmp(vectors[i].v_intr.ifi_vector, name))
			continue;
		*ii = vectors[i].v_intr;
		found++;
	}
	if (!found)
		bn_die("%s: no such interrupt", name);
	if (found > 1)
		bn_die("%s: serves several queues; move one of them by -q", name);
	if (ii->ifi_queue == BSD_INTR_NOQUEUE)
		bn_die("%s: serves no queue", name);
}

/* "vio0:1" */
static void parse_queue(const char *arg, struct bsd_ifintr *ii)
{
	const char *colon = strrchr(arg, ':');

	if (!colon || colon == arg || colon - arg >= BSD_IFNAMSIZ)
		bn_die("'%s' is not INTERFACE:QUEUE", arg);
	snprintf(ii->ifi_name, sizeof(ii->ifi_name), "%.*s", (int)(colon - arg), arg);
	ii->ifi_queue = bn_number("queue", colon + 1, 0, BSD_INTR_NOQUEUE - 1);
}

static void set_affinity(int argc, char **argv)
{
	const char *interrupt = NULL, *queue = NULL, *cpu = NULL;
	struct bsd_ifintr ii = {};
	int c;

	while ((c = getopt(argc, argv, "+i:q:c:")) != -1) {
		switch (c) {
		case 'i':
			interrupt = optarg;
			break;
		case 'q':
			queue = optarg;
			break;
		case 'c':
			cpu = optarg;
			break;
		default:
			bn_usage(false, usage);
		}
	}
	if (argv[optind] || !cpu || !interrupt == !queue)
		bn_usage(false, usage);
	if (interrupt)
		queue_of_interrupt(interrupt, &ii);
	else
		parse_queue(queue, &ii);
	ii.ifi_cpu = bn_number("-c", cpu, 0, MAXCPUS - 1);
	if (!bn_ioctl(BSIOCSIFINTR, &ii))
		return;
	switch (errno) {
	case ENXIO:
		bn_die("%s: no such interface", ii.ifi_name);
	case EOPNOTSUPP:
		bn_die("%s: has no queues of its own", ii.ifi_name);
	case EADDRNOTAVAIL:
		bn_die("%s: no queue %u in use", ii.ifi_name, ii.ifi_queue);
	case EINVAL:
		bn_die("CPU %s: no softnet thread in use", cpu);
	default:
		bn_die("%s: %s", queue_name(&ii), strerror(errno));
	}
}

int intrctl_main(int argc, char **argv)
{
	bool json = bn_options(&argc, argv, usage);

	if (argc < 2)
		bn_usage(false, usage);
	if (!strcmp(argv[1], "list") && argc <= 3) {
		find_vectors(argv[2]);
		read_counts();
		if (json)
			print_json();
		else
			print_text();
	} else if (!strcmp(argv[1], "affinity")) {
		set_affinity(argc - 1, argv + 1);
	} else {
		bn_usage(false, usage);
	}
	return 0;
}
