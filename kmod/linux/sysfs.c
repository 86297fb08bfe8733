// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * sysfs.c - /sys/kernel/bsdnet: a file for each row of the owners' tables.
 *
 * Not in the packet path. A row's path names its folders; they are made when
 * their first file comes and removed with their last. Removing a file waits for
 * whoever reads or writes it, so its owner may free what it shows afterwards.
 */
#include <bsdnet/sysfs.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <bsdnet/counters.h>
#include <bsdnet/subsys.h>

/* A folder. Made and removed with its files; found by path on knob_dirs. */
struct knob_dir {
	struct list_head	 kd_list;	/* [knob_mtx] */
	struct kobject		*kd_kobj;	/* [I] */
	struct knob_dir		*kd_parent;	/* [I] NULL: the root */
	unsigned int		 kd_users;	/* [knob_mtx] files and folders in it */
	char			 kd_path[];	/* [I] "softnet/0" */
};

/* A file. One a row, on knob_files. */
struct knob_file {
	struct kobj_attribute	 kf_attr;	/* [I] */
	const struct knob	*kf_knob;	/* [I] the owner's row */
	struct knob_dir		*kf_dir;	/* [I] */
	struct list_head	 kf_list;	/* [knob_mtx] */
};

static DEFINE_MUTEX(knob_mtx);
static LIST_HEAD(knob_dirs);
static LIST_HEAD(knob_files);
static struct kobject *knob_root;

static ssize_t knob_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct knob *kn = container_of(attr, struct knob_file, kf_attr)->kf_knob;

	if (kn->kn_show)
		return kn->kn_show(kn, buf);
	return sysfs_emit(buf, "%u\n", READ_ONCE(*kn->kn_uint));
}

static int knob_store_uint(const struct knob *kn, const char *buf)
{
	unsigned int val;

	if (kstrtouint(buf, 0, &val) || val < kn->kn_min || val > kn->kn_max)
		return -EINVAL;
	WRITE_ONCE(*kn->kn_uint, val);
	return 0;
}

static ssize_t knob_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t count)
{
	const struct knob *kn = container_of(attr, struct knob_file, kf_attr)->kf_knob;
	int error = kn->kn_uint ? knob_store_uint(kn, buf) : kn->kn_store(kn, buf);

	return error ? error : count;
}

/**
 * knob_show_counter() - show a counter, for KNOB_COUNTER
 * @kn:  row
 * @buf: a page
 *
 * Return: bytes.
 */
ssize_t knob_show_counter(const struct knob *kn, char *buf)
{
	return sysfs_emit(buf, "%llu\n", counter_read(kn->kn_id));
}

BSDNET_EXPORT(knob_show_counter);

static void knob_dir_put(struct knob_dir *kd)
{
	struct knob_dir *parent;

	for (; kd && !--kd->kd_users; kd = parent) {
		parent = kd->kd_parent;
		list_del(&kd->kd_list);
		kobject_put(kd->kd_kobj);
		kfree(kd);
	}
}

static struct knob_dir *knob_dir_find(const char *path, size_t len)
{
	struct knob_dir *kd;

	list_for_each_entry(kd, &knob_dirs, kd_list)
		if (!strncmp(kd->kd_path, path, len) && !kd->kd_path[len])
			return kd;
	return NULL;
}

/* The folder @path[0..len), made if it is not there, inside @parent (NULL: the root). */
static struct knob_dir *knob_dir_make(struct knob_dir *parent, const char *path, size_t len)
{
	struct knob_dir *kd = knob_dir_find(path, len);
	const char *name;

	if (kd)
		return kd;
	kd = kzalloc(struct_size(kd, kd_path, len + 1), GFP_KERNEL);
	if (!kd)
		return NULL;
	memcpy(kd->kd_path, path, len);
	name = strrchr(kd->kd_path, '/');
	kd->kd_kobj = kobject_create_and_add(name ? name + 1 : kd->kd_path,
					     parent ? parent->kd_kobj : knob_root);
	if (!kd->kd_kobj) {
		kfree(kd);
		return NULL;
	}
	kd->kd_parent = parent;
	if (parent)
		parent->kd_users++;
	list_add(&kd->kd_list, &knob_dirs);
	return kd;
}

/* The folder of file @path, with one more user. */
static struct knob_dir *knob_dir_get(const char *path)
{
	struct knob_dir *kd = NULL, *next;
	const char *slash = path;

	while ((slash = strchr(slash, '/'))) {
		next = knob_dir_make(kd, path, slash - path);
		if (!next) {
			/* Folders made on the way and used by nobody go again. */
			if (kd && !kd->kd_users) {
				kd->kd_users++;
				knob_dir_put(kd);
			}
			return NULL;
		}
		kd = next;
		slash++;
	}
	if (kd)
		kd->kd_users++;
	return kd;
}

static int knob_add(const struct knob *kn)
{
	struct knob_file *kf;
	bool writable = kn->kn_uint || kn->kn_store;
	int error = -ENOMEM;

	kf = kzalloc(sizeof(*kf), GFP_KERNEL);
	if (!kf)
		return error;
	kf->kf_dir = knob_dir_get(kn->kn_path);
	if (!kf->kf_dir)
		goto err_free;
	kf->kf_knob = kn;
	sysfs_attr_init(&kf->kf_attr.attr);
	kf->kf_attr.attr.name = strrchr(kn->kn_path, '/') + 1;
	kf->kf_attr.attr.mode = writable ? 0644 : 0444;
	kf->kf_attr.show = knob_show;
	kf->kf_attr.store = writable ? knob_store : NULL;
	error = sysfs_create_file(kf->kf_dir->kd_kobj, &kf->kf_attr.attr);
	if (error)
		goto err_dir;
	list_add(&kf->kf_list, &knob_files);
	return 0;

err_dir:
	knob_dir_put(kf->kf_dir);
err_free:
	kfree(kf);
	return error;
}

static void knob_del(const struct knob *kn)
{
	struct knob_file *kf;

	list_for_each_entry(kf, &knob_files, kf_list) {
		if (kf->kf_knob != kn)
			continue;
		sysfs_remove_file(kf->kf_dir->kd_kobj, &kf->kf_attr.attr);
		knob_dir_put(kf->kf_dir);
		list_del(&kf->kf_list);
		kfree(kf);
		return;
	}
}

/**
 * knobs_register() - make files of a table's rows
 * @knobs: rows, valid until knobs_unregister()
 * @n:     rows
 *
 * Context: Process, may sleep; netlock not held.
 * Return:  0, or -errno and then no file is left.
 */
int knobs_register(const struct knob *knobs, unsigned int n)
{
	unsigned int i;
	int error = 0;

	mutex_lock(&knob_mtx);
	for (i = 0; i < n; i++) {
		error = knob_add(&knobs[i]);
		if (error)
			break;
	}
	while (error && i--)
		knob_del(&knobs[i]);
	mutex_unlock(&knob_mtx);
	return error;
}

BSDNET_EXPORT(knobs_register);

/**
 * knobs_unregister() - remove the files of a table's rows
 * @knobs: rows
 * @n:     rows
 *
 * Returns when nobody reads or writes them any more.
 *
 * Context: Process, may sleep; netlock not held.
 */
void knobs_unregister(const struct knob *knobs, unsigned int n)
{
	mutex_lock(&knob_mtx);
	while (n--)
		knob_del(&knobs[n]);
	mutex_unlock(&knob_mtx);
}

BSDNET_EXPORT(knobs_unregister);

/**
 * sysfs_init() - make /sys/kernel/bsdnet
 *
 * Return: 0 or -ENOMEM.
 */
int sysfs_init(void)
{
	knob_root = kobject_create_and_add("bsdnet", kernel_kobj);
	return knob_root ? 0 : -ENOMEM;
}

/**
 * sysfs_exit() - remove /sys/kernel/bsdnet, empty by now
 */
void sysfs_exit(void)
{
	kobject_put(knob_root);
}
