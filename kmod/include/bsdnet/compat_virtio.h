/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * compat_virtio.h - finding virtqueues, whose function changed its shape in 6.11.
 */
#ifndef _BSDNET_COMPAT_VIRTIO_H
#define _BSDNET_COMPAT_VIRTIO_H

#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

/* What is asked of one ring. */
struct bsdnet_vqspec {
	const char	*name;
	vq_callback_t	*callback;	/* hard interrupt */
};

/**
 * bsdnet_find_vqs() - set up a device's rings, a vector each where there are enough
 * @vdev:  device
 * @n:     rings
 * @vqs:   out: the rings
 * @specs: names and callbacks
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
static inline int bsdnet_find_vqs(struct virtio_device *vdev, unsigned int n,
				  struct virtqueue **vqs, const struct bsdnet_vqspec *specs)
{
	unsigned int i;
	int error;

#ifdef BSDNET_HAVE_VIRTQUEUE_INFO
	struct virtqueue_info *info = kcalloc(n, sizeof(*info), GFP_KERNEL);

	if (!info)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		info[i].name = specs[i].name;
		info[i].callback = specs[i].callback;
	}
	error = virtio_find_vqs(vdev, n, vqs, info, NULL);
	kfree(info);
#else
	vq_callback_t **callbacks = kcalloc(n, sizeof(*callbacks), GFP_KERNEL);
	const char **names = kcalloc(n, sizeof(*names), GFP_KERNEL);

	error = -ENOMEM;
	if (callbacks && names) {
		for (i = 0; i < n; i++) {
			names[i] = specs[i].name;
			callbacks[i] = specs[i].callback;
		}
		error = virtio_find_vqs(vdev, n, vqs, callbacks, names, NULL);
	}
	kfree(names);
	kfree(callbacks);
#endif /* BSDNET_HAVE_VIRTQUEUE_INFO */
	return error;
}

/* virtqueue_resize() got a fourth argument, in some stable kernels too. */
typedef int bsdnet_resize3_t(struct virtqueue *vq, u32 n,
			     void (*recycle)(struct virtqueue *vq, void *buf));
typedef int bsdnet_resize4_t(struct virtqueue *vq, u32 n,
			     void (*recycle)(struct virtqueue *vq, void *buf),
			     void (*done)(struct virtqueue *vq));

/**
 * bsdnet_virtqueue_resize() - give a ring another length
 * @vq:      ring that nobody uses meanwhile
 * @n:       descriptors
 * @recycle: frees what was on it
 *
 * Context: Process, may sleep.
 * Return:  0 or -errno.
 */
static inline int bsdnet_virtqueue_resize(struct virtqueue *vq, u32 n,
					  void (*recycle)(struct virtqueue *vq, void *buf))
{
	bsdnet_resize4_t *resize4 = (void *)virtqueue_resize;
	bsdnet_resize3_t *resize3 = (void *)virtqueue_resize;

	if (__builtin_types_compatible_p(typeof(virtqueue_resize), bsdnet_resize4_t))
		return resize4(vq, n, recycle, NULL);
	return resize3(vq, n, recycle);
}

#endif /* _BSDNET_COMPAT_VIRTIO_H */
