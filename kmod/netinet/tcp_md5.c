// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * tcp_md5.c - segments that both ends sign with a key which only they know.
 *
 * Keys: tcp_ctlopt.c (TCP_MD5SIG) -> here. Receive path: tcp_input.c asks here before
 * anything of a segment counts. Send path: tcp_output.c, tcp_respond.c, tcp_syncache.c
 * -> bsd_tcp_md5_sign(), the last step before bsd_tcp_send(): what is signed must not
 * change any more, and must not be cut into smaller segments behind it.
 *
 * A PCB has a list of keys by the prefixes of peers they are for, the longest first: a
 * listener, or a socket before it connects, as many as its program sets; a connection
 * that came in one, that of its SYN. An entry of the SYN cache has a reference to it.
 *
 * Digests are those of the kernel's crypto API. Its transformation has no state, is made
 * with the first key, and shared by all; what a digest needs is on the stack.
 *
 * Context: see each function. Lists are written with the PCB locked and read in
 * sections; a key is wiped and freed when all sections that could see it have ended.
 * Source: RFC 2385.
 */
#include <bsdnet/tcp_var.h>
#include <bsdnet/in.h>
#include <bsdnet/mbuf.h>
#include <bsdnet/netlock.h>
#include <bsdnet/netstack.h>
#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/bsdnet/sock.h>
#include <uapi/linux/tcp.h>

#define MD5_LEN		16	/* bytes of a digest */
#define MD5_MAXKEYS	256	/* of a PCB: each SYN looks through them */

struct tcp_md5key {
	struct tcp_md5key __rcu *mk_next;	/* [p] of its PCB: shorter prefixes */
	struct rcu_head	 mk_rcu;
	refcount_t	 mk_refs;	/* its list, and entries of the SYN cache */
	__be32		 mk_addr;	/* [I] peers, */
	u8		 mk_plen;	/* [I] bits of it that count */
	u8		 mk_len;	/* [I] bytes of mk_key */
	u8		 mk_key[TCP_MD5SIG_MAXKEYLEN];	/* [I] */
};

/* What is signed before the data, as on the wire. RFC 2385 2.0. */
struct md5_head {
	__be32		  mh_src;
	__be32		  mh_dst;
	u8		  mh_zero;
	u8		  mh_proto;
	__be16		  mh_len;	/* options and data, too */
	struct bsd_tcphdr mh_th;	/* without checksum */
};

static_assert(sizeof(struct md5_head) == 12 + TCP_MINHDR);

static struct crypto_shash *md5_tfm;	/* set once, with the first key */

/* Whoever could see it has gone. */
static void md5_reap(struct rcu_head *head)
{
	kfree_sensitive(container_of(head, struct tcp_md5key, mk_rcu));
}

/**
 * bsd_tcp_md5_hold() - keep a key
 * @mk: key found in this section; NULL: none
 *
 * Context: Section.
 * Return:  false if its program has just taken it out, and nobody keeps it.
 */
bool bsd_tcp_md5_hold(struct tcp_md5key *mk)
{
	return !mk || refcount_inc_not_zero(&mk->mk_refs);
}

/**
 * bsd_tcp_md5_put() - let go of a key
 * @mk: from bsd_tcp_md5_hold(); NULL: none
 *
 * Context: Any. Who found the key in a section may use it until that ends.
 */
void bsd_tcp_md5_put(struct tcp_md5key *mk)
{
	if (mk && refcount_dec_and_test(&mk->mk_refs))
		net_call_free(&mk->mk_rcu, md5_reap);
}

/**
 * bsd_tcp_md5_find() - the key for a peer
 * @tp:    listener or connection
 * @faddr: peer
 *
 * Context: Section.
 * Return:  key of the longest prefix, valid until the section ends; NULL: none.
 */
struct tcp_md5key *bsd_tcp_md5_find(const struct tcpcb *tp, __be32 faddr)
{
	struct tcp_md5key *mk;

	for (mk = net_dereference(tp->t_md5keys); mk; mk = net_dereference(mk->mk_next))
		if (!((mk->mk_addr ^ faddr) & in_plen2mask(mk->mk_plen)))
			return mk;
	return NULL;
}

/* A key that is in no list yet; NULL: no memory. */
static struct tcp_md5key *md5_new(__be32 addr, u8 plen, const u8 *key, u8 len, gfp_t gfp)
{
	struct tcp_md5key *mk = kzalloc(sizeof(*mk), gfp);

	if (!mk)
		return NULL;
	refcount_set(&mk->mk_refs, 1);
	mk->mk_addr = addr & in_plen2mask(plen);
	mk->mk_plen = plen;
	mk->mk_len = len;
	memcpy(mk->mk_key, key, len);
	return mk;
}

/**
 * bsd_tcp_md5_inherit() - a connection takes over the key of its SYN
 * @tp:    connection that nobody else knows yet
 * @mk:    key; NULL: none
 * @faddr: peer
 *
 * Context: Section.
 * Return:  false without memory.
 */
bool bsd_tcp_md5_inherit(struct tcpcb *tp, const struct tcp_md5key *mk, __be32 faddr)
{
	struct tcp_md5key *own;

	if (likely(!mk))
		return true;
	own = md5_new(faddr, 32, mk->mk_key, mk->mk_len, GFP_ATOMIC | __GFP_NOWARN);
	rcu_assign_pointer(tp->t_md5keys, own);
	return own;
}

/**
 * bsd_tcp_md5_purge() - a PCB goes, and its keys
 * @tp: connection that nobody can see any more
 *
 * Context: Any but hard interrupt.
 */
void bsd_tcp_md5_purge(struct tcpcb *tp)
{
	struct tcp_md5key *mk = rcu_dereference_protected(tp->t_md5keys, true);
	struct tcp_md5key *next;

	for (; mk; mk = next) {
		next = rcu_dereference_protected(mk->mk_next, true);
		bsd_tcp_md5_put(mk);
	}
}

/*
 * Put @new in place of the key for the same prefix; without @new, take that out. PCB
 * locked, in a section. 0, -ENOENT, -ENOBUFS.
 */
static int md5_replace(struct tcpcb *tp, __be32 addr, u8 plen, struct tcp_md5key *new)
{
	struct tcp_md5key __rcu **link = &tp->t_md5keys;
	struct tcp_md5key *old = NULL;
	struct tcp_md5key *rest;
	struct tcp_md5key *mk;
	unsigned int n = 0;

	for (; (mk = net_dereference(*link)) && mk->mk_plen >= plen; link = &mk->mk_next) {
		n++;
		if (mk->mk_plen == plen && mk->mk_addr == (addr & in_plen2mask(plen))) {
			old = mk;
			mk = net_dereference(old->mk_next);
			break;
		}
	}
	if (!new && !old)
		return -ENOENT;
	if (new) {
		for (rest = mk; rest; rest = net_dereference(rest->mk_next))
			n++;
		if (!old && n >= MD5_MAXKEYS)
			return -ENOBUFS;
		rcu_assign_pointer(new->mk_next, mk);
	}
	rcu_assign_pointer(*link, new ? new : mk);
	bsd_tcp_md5_put(old);
	return 0;
}

/* The hash, the first time. 0, -ENOPROTOOPT if this kernel has none, -ENOMEM. */
static int md5_prepare(void)
{
	struct crypto_shash *tfm;

	if (smp_load_acquire(&md5_tfm))		/* pairs with cmpxchg() below */
		return 0;
	tfm = crypto_alloc_shash("md5", 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm) == -ENOMEM ? -ENOMEM : -ENOPROTOOPT;
	if (cmpxchg(&md5_tfm, NULL, tfm))
		crypto_free_shash(tfm);		/* another one was first */
	return 0;
}

/* For whom the key is: address and bits. 0 or -EINVAL. */
static int md5_peers(const struct tcp_md5sig *sig, int opt, __be32 *addr, u8 *plen)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)&sig->tcpm_addr;

	if (sin->sin_family != AF_INET && sin->sin_family != AF_BSDINET)
		return -EINVAL;
	*addr = sin->sin_addr.s_addr;
	*plen = 32;
	if (opt != TCP_MD5SIG_EXT)
		return 0;
	if (sig->tcpm_flags & ~TCP_MD5SIG_FLAG_PREFIX)
		return -EINVAL;		/* keys for interfaces are not known here */
	if (sig->tcpm_flags & TCP_MD5SIG_FLAG_PREFIX)
		*plen = sig->tcpm_prefixlen;
	return *plen > 32 ? -EINVAL : 0;
}

/**
 * bsd_tcp_md5_setkey() - TCP_MD5SIG, TCP_MD5SIG_EXT: a key for some peers
 * @inp: PCB
 * @opt: which of both; the second may have a prefix
 * @val: struct tcp_md5sig; a key without bytes takes the one for these peers out
 * @len: bytes of it
 *
 * Context: Process, not in a section. Takes and releases inp_mtx.
 * Return:  0; -EINVAL, -EFAULT, -ENOENT, -ENOBUFS for too many keys, -ENOMEM,
 *	    -ENOPROTOOPT if the kernel has no MD5.
 */
int bsd_tcp_md5_setkey(struct inpcb *inp, int opt, sockptr_t val, unsigned int len)
{
	struct tcp_md5key *new = NULL;
	struct tcp_md5sig sig;
	struct netstack ns;
	struct tcpcb *tp;
	__be32 addr;
	int error;
	u8 plen;

	if (len < sizeof(sig))
		return -EINVAL;
	if (copy_from_sockptr(&sig, val, sizeof(sig)))
		return -EFAULT;
	error = md5_peers(&sig, opt, &addr, &plen);
	if (!error && sig.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN)
		error = -EINVAL;
	if (!error && sig.tcpm_keylen) {
		error = md5_prepare();
		if (!error) {
			new = md5_new(addr, plen, sig.tcpm_key, sig.tcpm_keylen,
				      GFP_KERNEL_ACCOUNT);
			error = new ? 0 : -ENOMEM;
		}
	}
	memzero_explicit(&sig, sizeof(sig));
	if (error)
		return error;
	net_enter(&ns, NETSEC_TCPREQ);
	in_pcblock(inp, &ns);
	tp = intotcpcb(inp);
	error = md5_replace(tp, addr, plen, new);
	if (!error && tcp_synchronized(tp))
		bsd_tcp_setmss(tp);	/* the option takes of the room for data */
	in_pcbunlock(inp, &ns);
	net_leave(&ns);
	if (error)
		bsd_tcp_md5_put(new);
	return error;
}

static int md5_update(void *desc, const u8 *data, u32 len)
{
	return crypto_shash_update(desc, data, len);
}

/* The digest of the segment @hlen bytes into @m. False: the hash failed. */
static bool md5_digest(const struct tcp_md5key *mk, const struct mbuf *m, unsigned int hlen,
		       u8 *digest)
{
	const struct ip *ip = mtod(m, const struct ip *);
	const struct bsd_tcphdr *th = (const void *)(m->m_data + hlen);
	unsigned int off = hlen + (th->th_off >> 4 << 2);
	struct md5_head head = {
		.mh_src = ip->ip_src,
		.mh_dst = ip->ip_dst,
		.mh_proto = IPPROTO_TCP,
		.mh_len = htons(m->m_pkthdr.len - hlen),
		.mh_th = *th,
	};
	SHASH_DESC_ON_STACK(desc, md5_tfm);

	head.mh_th.th_sum = 0;
	desc->tfm = md5_tfm;
	return !crypto_shash_init(desc) &&
	       !crypto_shash_update(desc, (const u8 *)&head, sizeof(head)) &&
	       !m_apply(m, off, m->m_pkthdr.len - off, md5_update, desc) &&
	       !crypto_shash_update(desc, mk->mk_key, mk->mk_len) &&
	       !crypto_shash_final(desc, digest);
}

/**
 * bsd_tcp_md5_build() - room for a signature, the first of a segment's options
 * @cp: TCP_MD5_SPACE bytes
 *
 * Context: Any.
 */
void bsd_tcp_md5_build(u8 *cp)
{
	cp[0] = BSD_TCPOPT_NOP;
	cp[1] = BSD_TCPOPT_NOP;
	cp[2] = BSD_TCPOPT_MD5;
	cp[3] = BSD_TCPOLEN_MD5;
	memset(cp + 4, 0, MD5_LEN);
}

/**
 * bsd_tcp_md5_sign() - sign a segment
 * @mk: key
 * @m:  from bsd_tcp_header(), complete but for its checksum; bsd_tcp_md5_build() has
 *	made its first option
 *
 * Should the hash fail, the signature stays zero, and the peer drops the segment.
 *
 * Context: Section.
 * Source:  RFC 2385 2.0.
 */
void bsd_tcp_md5_sign(const struct tcp_md5key *mk, struct mbuf *m)
{
	u8 *cp = m->m_data + sizeof(struct ip) + TCP_MINHDR + 4;
	u8 digest[MD5_LEN];

	if (likely(md5_digest(mk, m, sizeof(struct ip), digest)))
		memcpy(cp, digest, MD5_LEN);
}

/**
 * bsd_tcp_md5_check() - may a segment count?
 * @mk:  key of its peer; NULL: none
 * @m:   packet, IP and TCP header contiguous in front
 * @seg: what it says
 *
 * Context: Section.
 * Return:  0 if neither is there, or the signature is right; else a drop reason. What is
 *	    refused is not answered.
 * Source:  RFC 2385 2.0, 4.1.
 */
unsigned int bsd_tcp_md5_check(const struct tcp_md5key *mk, const struct mbuf *m,
			       const struct tcp_seg *seg)
{
	const u8 *sig = seg->ts_opts.to_md5;
	u8 digest[MD5_LEN];

	if (!mk)
		return sig ? TS_RCVMD5UNWANTED : 0;
	if (!sig)
		return TS_RCVMD5MISSING;
	if (md5_digest(mk, m, mtod(m, const struct ip *)->ip_hl << 2, digest) &&
	    !crypto_memneq(digest, sig, MD5_LEN))
		return 0;
	return TS_RCVMD5BAD;
}

/**
 * bsd_tcp_md5_exit() - the hash goes
 *
 * Context: Process, may sleep; no connection is left.
 */
void bsd_tcp_md5_exit(void)
{
	if (md5_tfm)
		crypto_free_shash(md5_tfm);
	md5_tfm = NULL;
}
