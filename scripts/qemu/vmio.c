// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * vmio.c - run one command in a virtual machine as if it ran here.
 *
 *	vmio host SECONDS STATUSFILE ERRORFILE QEMU...
 *	vmio guest FOLDER PORTNAME
 *
 * The host side starts QEMU with one end of a socket pair as descriptor 3,
 * which a "-chardev socket,fd=3" makes the guest's virtio-serial port. The
 * guest side starts the command found in FOLDER (files argv and env, each
 * string ended by NUL, and cwd). Between them run frames: a type, a length,
 * bytes. One port, because its end is then a frame like the others: with a
 * port a stream nobody could tell when the last byte has left the guest, and
 * powering off would lose it.
 *
 * The host side is also the only parent of QEMU: it ends it at the time limit
 * and on signals, and the kernel ends it should this program be killed.
 *
 * Host's exit status: 0 when QEMU ended by itself, 124 at the time limit, 128
 * plus the number of a signal received. STATUSFILE gets the command's status.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum frame_type {
	FRAME_IN = 'I',		/* to the guest: stdin; no bytes: end of file */
	FRAME_OUT = 'O',	/* to the host: stdout */
	FRAME_ERR = 'E',	/* to the host: stderr */
	FRAME_EXIT = 'X',	/* to the host: the command ended, status */
	FRAME_ACK = 'A',	/* to the guest: all of it was written */
	FRAME_GONE = 'G',	/* to the guest: nobody reads this stream any more */
};

struct frame {
	uint32_t	f_type;		/* little endian */
	uint32_t	f_len;		/* little endian, bytes that follow */
	char		f_data[32768];
};

#define FRAME_HDR	offsetof(struct frame, f_data)

/* A frame on its way: being filled from, or emptied into, a descriptor. */
struct buffer {
	struct frame	b_frame;
	size_t		b_done;		/* bytes of header and data moved */
};

static void fail(const char *what)
{
	fprintf(stderr, "vmio: %s: %s\n", what, strerror(errno));
	exit(125);
}

static size_t frame_size(const struct frame *f)
{
	return FRAME_HDR + le32toh(f->f_len);
}

static void frame_set(struct buffer *b, enum frame_type type, size_t len)
{
	b->b_frame.f_type = htole32(type);
	b->b_frame.f_len = htole32(len);
	b->b_done = 0;
}

/* Whether @b still has bytes to write. */
static int frame_pending(const struct buffer *b)
{
	return b->b_frame.f_type && b->b_done < frame_size(&b->b_frame);
}

/*
 * Read the next piece of a frame. Returns 1 when it is whole, 0 when not yet,
 * -1 at the end of the stream.
 */
static int frame_read(int fd, struct buffer *b)
{
	size_t want = FRAME_HDR;
	ssize_t n;

	if (b->b_done >= FRAME_HDR) {
		want = frame_size(&b->b_frame);
		if (want > sizeof(b->b_frame))
			return -1;
	}
	if (b->b_done < want) {
		n = read(fd, (char *)&b->b_frame + b->b_done, want - b->b_done);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		if (n == 0)
			return -1;
		b->b_done += n;
	}
	return b->b_done >= FRAME_HDR && b->b_done == frame_size(&b->b_frame);
}

/* Write what @fd takes of a frame; -1 when nobody is there. */
static int frame_write(int fd, struct buffer *b)
{
	ssize_t n;

	n = write(fd, (char *)&b->b_frame + b->b_done,
		  frame_size(&b->b_frame) - b->b_done);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	b->b_done += n;
	return 0;
}

/* ---- host ---- */

struct host {
	pid_t		h_qemu;
	int		h_qemufd;	/* readable when QEMU has ended */
	int		h_sigfd;
	int		h_sock;		/* -1 once QEMU has closed it */
	int		h_stdin;	/* -1 after its end */
	int		h_gone[3];	/* stream whose reader went away */
	struct timespec	h_deadline;	/* monotonic */
	const char	*h_statusfile;
	struct buffer	h_rx;
	struct buffer	h_tx;
};

/* End QEMU and this program. */
static void host_stop(struct host *h, int status)
{
	kill(h->h_qemu, SIGKILL);
	waitpid(h->h_qemu, NULL, 0);
	exit(status);
}

static int host_msleft(struct host *h)
{
	struct timespec now;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (h->h_deadline.tv_sec - now.tv_sec) * 1000 +
	     (h->h_deadline.tv_nsec - now.tv_nsec) / 1000000;
	if (ms <= 0)
		host_stop(h, 124);
	return ms;
}

/* Wait as poll(2) does; signals and the time limit do not return. */
static void host_poll(struct host *h, struct pollfd *fds, int n)
{
	struct signalfd_siginfo si;

	fds[n].fd = h->h_sigfd;
	fds[n].events = POLLIN;
	if (poll(fds, n + 1, host_msleft(h)) < 0 && errno != EINTR)
		fail("poll");
	if ((fds[n].revents & POLLIN) &&
	    read(h->h_sigfd, &si, sizeof(si)) == sizeof(si))
		host_stop(h, 128 + si.ssi_signo);
	host_msleft(h);
}

/*
 * Write all of a frame's bytes to our own stdout or stderr. A pipe that is
 * writable takes PIPE_BUF bytes without blocking: so much at a time, for the
 * time limit to hold although these descriptors are not ours to unblock.
 */
static void host_output(struct host *h, int fd, const struct frame *f)
{
	size_t len = le32toh(f->f_len);
	struct pollfd pfd[2];
	size_t off = 0;
	ssize_t n;

	while (off < len && !h->h_gone[fd]) {
		pfd[0].fd = fd;
		pfd[0].events = POLLOUT;
		host_poll(h, pfd, 1);
		if (!pfd[0].revents)
			continue;
		n = write(fd, f->f_data + off, len - off > 4096 ? 4096 : len - off);
		if (n >= 0)
			off += n;
		else if (errno != EAGAIN && errno != EINTR)
			h->h_gone[fd] = 1;
	}
}

/* Send a small frame at once, behind the one on its way. */
static void host_send(struct host *h, enum frame_type type, char byte)
{
	struct pollfd pfd[2];
	struct buffer b;
	int turn;

	b.b_frame.f_data[0] = byte;
	frame_set(&b, type, 1);
	for (turn = 0; turn < 2; turn++) {
		struct buffer *tx = turn ? &b : &h->h_tx;

		while (frame_pending(tx)) {
			pfd[0].fd = h->h_sock;
			pfd[0].events = POLLOUT;
			host_poll(h, pfd, 1);
			if (pfd[0].revents && frame_write(h->h_sock, tx) < 0)
				return;
		}
	}
}

static void host_exit(struct host *h, const struct frame *f)
{
	FILE *file = fopen(h->h_statusfile, "w");

	if (!file || fprintf(file, "%u\n", (unsigned char)f->f_data[0]) < 0 || fclose(file))
		fail(h->h_statusfile);
	h->h_stdin = -1;
	host_send(h, FRAME_ACK, 0);
}

static void host_frame(struct host *h, const struct frame *f)
{
	int fd;

	switch (le32toh(f->f_type)) {
	case FRAME_OUT:
	case FRAME_ERR:
		fd = le32toh(f->f_type) == FRAME_OUT ? 1 : 2;
		if (h->h_gone[fd])
			break;
		host_output(h, fd, f);
		if (h->h_gone[fd])
			host_send(h, FRAME_GONE, fd);
		break;
	case FRAME_EXIT:
		host_exit(h, f);
		break;
	}
}

/* Read one piece of stdin; its end is a frame without bytes. */
static void host_input(struct host *h)
{
	ssize_t n = read(h->h_stdin, h->h_tx.b_frame.f_data, sizeof(h->h_tx.b_frame.f_data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	frame_set(&h->h_tx, FRAME_IN, n > 0 ? n : 0);
	if (n <= 0)
		h->h_stdin = -1;
}

/* Take what QEMU has sent; true when there may be more. */
static int host_receive(struct host *h)
{
	int whole = frame_read(h->h_sock, &h->h_rx);

	if (whole < 0) {
		close(h->h_sock);
		h->h_sock = -1;
	} else if (whole) {
		host_frame(h, &h->h_rx.b_frame);
		h->h_rx.b_done = 0;
	}
	return whole >= 0;
}

static void host_loop(struct host *h)
{
	struct pollfd fds[4];

	for (;;) {
		int pending = frame_pending(&h->h_tx);

		fds[0].fd = h->h_qemufd;
		fds[0].events = POLLIN;
		fds[1].fd = h->h_sock;
		fds[1].events = POLLIN | (pending ? POLLOUT : 0);
		fds[2].fd = pending ? -1 : h->h_stdin;
		fds[2].events = POLLIN;
		host_poll(h, fds, 3);
		if (fds[2].revents)
			host_input(h);
		if ((fds[1].revents & POLLOUT) && frame_write(h->h_sock, &h->h_tx) < 0)
			frame_set(&h->h_tx, 0, 0);
		if (fds[1].revents & (POLLIN | POLLHUP | POLLERR))
			host_receive(h);
		if (fds[0].revents) {
			while (h->h_sock >= 0 && host_receive(h))
				;
			return;
		}
	}
}

static void host_start(struct host *h, const char *errorfile, char **argv)
{
	sigset_t none;
	int pair[2];
	int fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		fail("socketpair");
	h->h_sock = pair[0];
	fcntl(h->h_sock, F_SETFL, O_NONBLOCK);
	h->h_qemu = fork();
	if (h->h_qemu < 0)
		fail("fork");
	if (h->h_qemu) {
		close(pair[1]);
		h->h_qemufd = pidfd_open(h->h_qemu, 0);
		if (h->h_qemufd < 0)
			fail("pidfd_open");
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	fd = open("/dev/null", O_RDWR);
	dup2(fd, 0);
	dup2(fd, 1);
	fd = open(errorfile, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0)
		fail(errorfile);
	/* The pair may itself be descriptor 3: then dup2 does nothing, and is right. */
	dup2(pair[1], 3);
	dup2(fd, 2);
	if (fd > 3)
		close(fd);
	execvp(argv[0], argv);
	fail(argv[0]);
}

static int host_main(char **argv)
{
	static struct host h;
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	h.h_sigfd = signalfd(-1, &set, SFD_CLOEXEC);
	if (h.h_sigfd < 0)
		fail("signalfd");
	h.h_stdin = fcntl(0, F_GETFD) < 0 ? -1 : 0;
	if (h.h_stdin < 0)
		frame_set(&h.h_tx, FRAME_IN, 0);
	h.h_statusfile = argv[1];
	clock_gettime(CLOCK_MONOTONIC, &h.h_deadline);
	h.h_deadline.tv_sec += atol(argv[0]);
	host_start(&h, argv[2], argv + 3);
	host_loop(&h);
	waitpid(h.h_qemu, NULL, 0);
	return 0;
}

/* ---- guest ---- */

struct guest {
	pid_t		g_child;
	int		g_childfd;	/* readable when the command has ended */
	int		g_port;
	int		g_in;		/* pipes to the command, -1 when closed */
	int		g_out[3];	/* [1] and [2] */
	struct buffer	g_rx;		/* from the port; whole and stdin: kept until written */
	int		g_rx_whole;
};

/* The contents of FOLDER/NAME, with a NUL behind; never freed. */
static char *slurp(const char *folder, const char *name, size_t *len)
{
	char path[4096];
	struct stat st;
	ssize_t n;
	char *p;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		fail(path);
	p = calloc(1, st.st_size + 1);
	if (!p)
		fail(path);
	for (*len = 0; *len < (size_t)st.st_size; *len += n) {
		n = read(fd, p + *len, st.st_size - *len);
		if (n <= 0)
			fail(path);
	}
	close(fd);
	return p;
}

/* The strings of FOLDER/NAME, ended by NULL. */
static char **strings(const char *folder, const char *name)
{
	size_t count = 0;
	char **list;
	size_t len;
	size_t off;
	char *p = slurp(folder, name, &len);

	list = calloc(len + 1, sizeof(*list));
	if (!list)
		fail(name);
	for (off = 0; off < len; off += strlen(p + off) + 1)
		list[count++] = p + off;
	return list;
}

/* Open the virtio-serial port called @name. */
static int port_open(const char *name)
{
	char path[300];
	char have[64];
	size_t i;
	glob_t g;
	FILE *f;

	if (glob("/sys/class/virtio-ports/*/name", 0, NULL, &g))
		g.gl_pathc = 0;
	for (i = 0; i < g.gl_pathc; i++) {
		f = fopen(g.gl_pathv[i], "r");
		if (!f || fscanf(f, "%63s", have) != 1 || strcmp(have, name)) {
			if (f)
				fclose(f);
			continue;
		}
		fclose(f);
		*strrchr(g.gl_pathv[i], '/') = '\0';
		snprintf(path, sizeof(path), "/dev/%s", strrchr(g.gl_pathv[i], '/') + 1);
		return open(path, O_RDWR | O_CLOEXEC);
	}
	errno = ENOENT;
	return -1;
}

static void guest_child(const char *folder, int in, int out, int err)
{
	char **argv = strings(folder, "argv");
	char **env = strings(folder, "env");
	size_t len;
	char *cwd = slurp(folder, "cwd", &len);

	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (chdir(cwd)) {
		dprintf(2, "vm: %s: %s\n", cwd, strerror(errno));
		_exit(125);
	}
	environ = env;
	execvp(argv[0], argv);
	dprintf(2, "vm: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void guest_start(struct guest *g, const char *folder)
{
	int in[2];
	int out[2];
	int err[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		fail("pipe");
	g->g_child = fork();
	if (g->g_child < 0)
		fail("fork");
	if (g->g_child == 0)
		guest_child(folder, in[0], out[1], err[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	signal(SIGPIPE, SIG_IGN);
	g->g_in = in[1];
	g->g_out[1] = out[0];
	g->g_out[2] = err[0];
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	g->g_childfd = pidfd_open(g->g_child, 0);
	if (g->g_childfd < 0)
		fail("pidfd_open");
}

static void guest_send(struct guest *g, struct buffer *b)
{
	while (frame_pending(b)) {
		if (frame_write(g->g_port, b) < 0)
			fail("port");
	}
}

/* Move one piece of the command's output; false when there is none now. */
static int guest_output(struct guest *g, int stream)
{
	static struct buffer b;
	ssize_t n;

	if (g->g_out[stream] < 0)
		return 0;
	n = read(g->g_out[stream], b.b_frame.f_data, sizeof(b.b_frame.f_data));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		close(g->g_out[stream]);
		g->g_out[stream] = -1;
		return 0;
	}
	frame_set(&b, stream == 1 ? FRAME_OUT : FRAME_ERR, n);
	guest_send(g, &b);
	return 1;
}

static void guest_close_in(struct guest *g)
{
	if (g->g_in >= 0)
		close(g->g_in);
	g->g_in = -1;
}

/* Give the command what it takes of the frame of stdin that is kept. */
static void guest_input(struct guest *g)
{
	struct buffer *b = &g->g_rx;
	ssize_t n;

	if (b->b_frame.f_len == 0)
		guest_close_in(g);
	if (g->g_in >= 0) {
		n = write(g->g_in, (char *)&b->b_frame + b->b_done,
			  frame_size(&b->b_frame) - b->b_done);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			guest_close_in(g);
		else
			b->b_done += n;
	}
	if (g->g_in < 0 || b->b_done == frame_size(&b->b_frame)) {
		b->b_done = 0;
		g->g_rx_whole = 0;
	}
}

/* Take a piece from the port; returns the type of a frame just completed. */
static int guest_receive(struct guest *g)
{
	int whole = frame_read(g->g_port, &g->g_rx);
	int stream;

	if (whole < 0)
		fail("port closed");
	if (!whole)
		return 0;
	g->g_rx.b_done = 0;
	switch (le32toh(g->g_rx.b_frame.f_type)) {
	case FRAME_IN:
		g->g_rx.b_done = FRAME_HDR;
		g->g_rx_whole = 1;
		break;
	case FRAME_GONE:
		stream = g->g_rx.b_frame.f_data[0];
		if ((stream == 1 || stream == 2) && g->g_out[stream] >= 0) {
			close(g->g_out[stream]);
			g->g_out[stream] = -1;
		}
		break;
	}
	return le32toh(g->g_rx.b_frame.f_type);
}

/* Carry bytes until the command ends. */
static void guest_loop(struct guest *g)
{
	struct pollfd fds[5];

	for (;;) {
		fds[0].fd = g->g_childfd;
		fds[0].events = POLLIN;
		fds[1].fd = g->g_out[1];
		fds[1].events = POLLIN;
		fds[2].fd = g->g_out[2];
		fds[2].events = POLLIN;
		fds[3].fd = g->g_rx_whole ? -1 : g->g_port;
		fds[3].events = POLLIN;
		fds[4].fd = g->g_rx_whole ? g->g_in : -1;
		fds[4].events = POLLOUT;
		if (g->g_rx_whole && g->g_in < 0)
			guest_input(g);
		else if (poll(fds, 5, -1) < 0 && errno != EINTR)
			fail("poll");
		if (fds[1].revents)
			guest_output(g, 1);
		if (fds[2].revents)
			guest_output(g, 2);
		if (fds[3].revents)
			guest_receive(g);
		if (fds[4].revents)
			guest_input(g);
		if (fds[0].revents)
			return;
	}
}

/* Tell the host how the command ended, and wait until it knows. */
static void guest_finish(struct guest *g)
{
	static struct buffer b;
	int status;

	waitpid(g->g_child, &status, 0);
	while (guest_output(g, 1))
		;
	while (guest_output(g, 2))
		;
	b.b_frame.f_data[0] = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	frame_set(&b, FRAME_EXIT, 1);
	guest_send(g, &b);
	do {
		if (g->g_rx_whole)	/* stdin that nobody wants any more */
			g->g_rx.b_done = 0;
		g->g_rx_whole = 0;
	} while (guest_receive(g) != FRAME_ACK);
}

static int guest_main(char **argv)
{
	static struct guest g;

	g.g_port = port_open(argv[1]);
	if (g.g_port < 0)
		fail(argv[1]);
	guest_start(&g, argv[0]);
	guest_loop(&g);
	guest_finish(&g);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 6 && !strcmp(argv[1], "host"))
		return host_main(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "guest"))
		return guest_main(argv + 2);
	fprintf(stderr, "usage: vmio host SECONDS STATUSFILE ERRORFILE QEMU...\n"
			"       vmio guest FOLDER PORTNAME\n");
	return 125;
}
