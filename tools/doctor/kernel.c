// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * kernel.c - doctor's checks of the running kernel: whether modules can be built and
 * loaded, whether they are, and whether the numbers and names they need are free.
 */
#include "doctor.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

/* As compat.h has them. */
#define OLDEST	(6 << 8 | 1)
#define TESTED	(7 << 8 | 3)

#define EFI_GLOBAL	"8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SIGNED		"~Module signature appended~\n"

static const char *release(void)
{
	static struct utsname un;

	uname(&un);
	return un.release;
}

void dr_kernel(void)
{
	unsigned int major = 0, minor = 0, version;
	struct utsname un;

	uname(&un);
	if (sscanf(un.release, "%u.%u", &major, &minor) != 2)
		major = 0;
	version = major << 8 | minor;
	if (version < OLDEST)
		dr_tell(DR_FAIL, dr_text("Linux %s is too old", un.release), "boot 6.1 or newer");
	else if (version > TESTED)
		dr_tell(DR_WARN, dr_text("Linux %s is newer than any that was tried", un.release),
			"expect that modules do not build");
	else if (strcmp(un.machine, "x86_64"))
		dr_tell(DR_WARN, dr_text("Linux %s on %s", un.release, un.machine),
			"only x86_64 was tried");
	else
		dr_tell(DR_OK, dr_text("Linux %s is supported", un.release), NULL);
}

void dr_headers(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile", release());
	if (!access(path, R_OK))
		dr_tell(DR_OK, "there, modules can be built", NULL);
	else
		dr_tell(DR_WARN, "not there, modules cannot be built for the running kernel",
			"install linux-headers-%s", release());
}

/* The file of module @name for the running kernel, as modprobe finds it. */
static bool module_file(const char *name, char *file, size_t size)
{
	char path[PATH_MAX], *line = NULL, *end;
	size_t room = 0, len = strlen(name);
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release());
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && getline(&line, &room, f) >= 0) {
		end = strchr(line, ':');
		if (!end)
			continue;
		*end = '\0';
		end = strrchr(line, '/');
		end = end ? end + 1 : line;
		found = !strncmp(end, name, len) && !strncmp(end + len, ".ko", 3);
		if (found)
			snprintf(file, size, "/lib/modules/%s/%s", release(), line);
	}
	free(line);
	fclose(f);
	return found;
}

void dr_module(void)
{
	char file[PATH_MAX], version[64];

	if (dr_loaded("bsdnet")) {
		if (bn_sysfs_read("/sys/module/bsdnet/version", version, sizeof(version)) > 0 &&
		    strcmp(version, BSDNET_VERSION))
			dr_tell(DR_WARN, dr_text("the loaded module is version %s, this tool "
						 BSDNET_VERSION, version),
				"install both anew");
		else
			dr_tell(DR_OK, "bsdnet is loaded", NULL);
		return;
	}
	if (!module_file("bsdnet", file, sizeof(file)))
		dr_tell(DR_FAIL, dr_text("there is no bsdnet for Linux %s", release()),
			"install bsdnet-dkms, or run make install");
	else if (bn_sysfs_read("/proc/sys/kernel/modules_disabled", version,
			       sizeof(version)) > 0 && strcmp(version, "0"))
		dr_tell(DR_FAIL, "kernel.modules_disabled is set, no module can be loaded",
			"it stays so until the next boot");
	else
		dr_tell(DR_WARN, "bsdnet is installed and not loaded", "modprobe bsdnet");
}

/* Whether the kernel was started with Secure Boot: four bytes of attributes, one of value. */
static bool secure_boot(void)
{
	char var[8];
	int n = bn_sysfs_read("/sys/firmware/efi/efivars/SecureBoot-" EFI_GLOBAL, var,
			      sizeof(var));

	return n >= 5 && var[4] == 1;
}

/* Why unsigned modules are refused, or NULL. */
static const char *enforced(void)
{
	char text[128];

	if (bn_sysfs_read("/sys/module/module/parameters/sig_enforce", text, sizeof(text)) > 0 &&
	    *text == 'Y')
		return "module.sig_enforce is set";
	if (bn_sysfs_read("/sys/kernel/security/lockdown", text, sizeof(text)) > 0 &&
	    !strstr(text, "[none]"))
		return "the kernel is locked down";
	return NULL;
}

/* Whether a signature stands at the end. Compressed ones cannot be told: taken as signed. */
static bool is_signed(const char *file)
{
	char end[sizeof(SIGNED)] = "";
	size_t n = 0;
	FILE *f;

	if (!strstr(file, ".ko") || strcmp(strstr(file, ".ko"), ".ko"))
		return true;
	f = fopen(file, "re");
	if (!f)
		return false;
	if (!fseek(f, -(long)strlen(SIGNED), SEEK_END))
		n = fread(end, 1, strlen(SIGNED), f);
	fclose(f);
	return n == strlen(SIGNED) && !strcmp(end, SIGNED);
}

void dr_signing(void)
{
	const char *why = enforced();
	char file[PATH_MAX];

	if (why && module_file("bsdnet", file, sizeof(file)) && !is_signed(file))
		dr_tell(DR_FAIL, dr_text("%s, and bsdnet is not signed", why),
			"sign it with a key of the firmware: mokutil --import %s, then reboot",
			"/var/lib/dkms/mok.pub");
	else if (why && !dr_loaded("bsdnet"))
		dr_tell(DR_WARN, dr_text("%s", why),
			"a module loads if its key is known (mokutil --list-enrolled)");
	else if (secure_boot())
		dr_tell(DR_OK, "Secure Boot is on, unsigned modules load all the same", NULL);
	else
		dr_tell(DR_OK, why ? why : "unsigned modules load", NULL);
}

/*
 * Numbers that Linux names and does not use: some other module may. Ours answers the
 * question for its ABI on AF_BSDINET; the others are free in this version.
 */
void dr_families(void)
{
	static const int families[] = { AF_BSDINET, AF_BSDINET6, AF_BSDROUTE, AF_BSDKEY };
	unsigned int i, taken = 0;
	uint32_t abi;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		int fd = socket(families[i], SOCK_DGRAM | SOCK_CLOEXEC, 0);
		bool there = fd >= 0 || (errno != EAFNOSUPPORT && errno != EPERM);
		bool ours = dr_loaded("bsdnet") &&
			    (families[i] != AF_BSDINET || (fd >= 0 && !ioctl(fd, BSIOCGABI, &abi)));

		if (fd >= 0)
			close(fd);
		if (!there || ours)
			continue;
		taken++;
		dr_tell(DR_FAIL, dr_text("address family %d is somebody else's", families[i]),
			"find the module in /proc/modules and unload it");
	}
	if (!taken)
		dr_tell(DR_OK, dr_loaded("bsdnet") ? "18 is ours" : "18, 19, 22 and 25 are free",
			NULL);
}

void dr_abi(void)
{
	int fd = dr_loaded("bsdnet") ? socket(AF_BSDINET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	uint32_t abi = 0;

	if (fd < 0)
		dr_tell(DR_OK, dr_text("this tool speaks %u, no module to compare", BSDNET_ABI),
			NULL);
	else if (ioctl(fd, BSIOCGABI, &abi) || abi != BSDNET_ABI)
		dr_tell(DR_FAIL, dr_text("the module speaks %u, this tool %u", abi, BSDNET_ABI),
			"install both from one build, then load the module anew");
	else
		dr_tell(DR_OK, dr_text("module and tool speak %u", abi), NULL);
	if (fd >= 0)
		close(fd);
}

/* Every interface of ours exists in Linux too: a device of that name is in the way. */
void dr_names(void)
{
	static const char *const names[] = { "lo0", "vio0", "pair0", "gen0" };
	unsigned int i, taken = 0;
	char path[64];

	for (i = 0; i < ARRAY_SIZE(names) && !dr_loaded("bsdnet"); i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s", names[i]);
		if (access(path, F_OK))
			continue;
		taken++;
		dr_tell(DR_FAIL, dr_text("Linux has an interface called %s", names[i]),
			"ip link set %s name something-else", names[i]);
	}
	if (!taken)
		dr_tell(DR_OK, "no interface of Linux has a name of ours", NULL);
}
