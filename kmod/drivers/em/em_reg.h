/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * em_reg.h - registers and descriptors of the 82574. Private to drivers/em/.
 *
 * Source: Intel, "82574 GbE Controller Family Datasheet", chapters 7 (descriptors) and 10
 * (registers); what is named "hardware bits" here: Intel's shared code for these parts
 * under a BSD licence, as FreeBSD has it in sys/dev/e1000.
 */
#ifndef _EM_REG_H
#define _EM_REG_H

#include <linux/bits.h>
#include <linux/types.h>

#define EM_BAR			0	/* of the registers */
#define EM_REGSIZE		0x20000	/* bytes of them */

#define EM_CTRL			0x0000
#define EM_CTRL_FD		BIT(0)
#define EM_CTRL_NOMASTER	BIT(2)	/* start no transactions on the bus */
#define EM_CTRL_SLU		BIT(6)	/* set link up */
#define EM_CTRL_ILOS		BIT(7)	/* invert loss of signal */
#define EM_CTRL_FRCSPD		BIT(11)
#define EM_CTRL_FRCDPX		BIT(12)
#define EM_CTRL_RST		BIT(26)
#define EM_CTRL_RFCE		BIT(27)	/* heed pause frames */
#define EM_CTRL_TFCE		BIT(28)	/* send them */
#define EM_CTRL_HWBIT		BIT(29)	/* hardware bits: clear */
#define EM_CTRL_VME		BIT(30)	/* VLAN tags go into descriptors */

#define EM_STATUS		0x0008
#define EM_STATUS_LU		BIT(1)	/* link up */
#define EM_STATUS_SPEED(s)	((s) >> 6 & 3)	/* 10, 100, 1000, 1000 Mbit/s */
#define EM_STATUS_MASTER	BIT(19)	/* transactions may be going on */
#define EM_GONE			0xffffffff	/* what a register of no device reads as */

#define EM_EECD			0x0010
#define EM_EECD_AUTO_RD		BIT(9)	/* registers are loaded from the NVM */

#define EM_CTRL_EXT		0x0018
#define EM_CTRL_EXT_HWSET	BIT(22)	/* hardware bits */
#define EM_CTRL_EXT_HWCLR	BIT(23)
#define EM_CTRL_EXT_DRV_LOAD	BIT(28)	/* for the firmware: a driver is here */
#define EM_CTRL_EXT_PBA_CLR	BIT(31)	/* MSI-X: unmasking clears the pending bit */

#define EM_MDIC			0x0020
#define EM_MDIC_DATA		0xffff
#define EM_MDIC_REG(r)		((r) << 16)
#define EM_MDIC_PHY		BIT(21)	/* its address is 1 */
#define EM_MDIC_WRITE		BIT(26)
#define EM_MDIC_READ		BIT(27)
#define EM_MDIC_READY		BIT(28)
#define EM_MDIC_ERROR		BIT(30)

#define EM_FCAL			0x0028	/* flow control: address, type and timer */
#define EM_FCAH			0x002c
#define EM_FCT			0x0030
#define EM_FCTTV		0x0170

/* Interrupts: cause, moderation, mask set and clear, automatic clear, vectors. */
#define EM_ICR			0x00c0
#define EM_ITR			0x00c4
#define EM_IMS			0x00d0
#define EM_IMC			0x00d8
#define EM_EIAC			0x00dc
#define EM_IVAR			0x00e4
#define EM_EITR(v)		(0x00e8 + 4 * (v))
#define EM_NEITR		5
#define EM_ICR_TXDW		BIT(0)	/* without MSI-X: sent */
#define EM_ICR_LSC		BIT(2)	/* link changed */
#define EM_ICR_RXDMT0		BIT(4)	/* without MSI-X: few receive descriptors left */
#define EM_ICR_RXT0		BIT(7)	/* without MSI-X: received */
#define EM_ICR_RXQ(q)		BIT(20 + (q))	/* with MSI-X */
#define EM_ICR_TXQ(q)		BIT(22 + (q))
#define EM_ICR_OTHER		BIT(24)
#define EM_ICR_ASSERTED		BIT(31)
#define EM_IVAR_RX(q, v)	(((v) | 8) << 4 * (q))	/* 8: valid */
#define EM_IVAR_TX(q, v)	(((v) | 8) << (8 + 4 * (q)))
#define EM_IVAR_OTHER(v)	(((v) | 8) << 16)
#define EM_ITR_PERIOD(us)	((us) * 1000 / 256)

#define EM_RCTL			0x0100
#define EM_RCTL_EN		BIT(1)
#define EM_RCTL_UPE		BIT(3)	/* all unicast */
#define EM_RCTL_MPE		BIT(4)	/* all multicast */
#define EM_RCTL_LPE		BIT(5)	/* long packets */
#define EM_RCTL_BAM		BIT(15)	/* broadcasts; buffers are of 2048 bytes */
#define EM_RCTL_SECRC		BIT(26)	/* strip the frame check sequence */
#define EM_RXBUF		2048

#define EM_TCTL			0x0400
#define EM_TCTL_EN		BIT(1)
#define EM_TCTL_PSP		BIT(3)	/* pad short packets */
#define EM_TCTL_CT		(0xf << 4)	/* collisions before a frame is given up */
#define EM_TCTL_COLD		(0x3f << 12)	/* where a collision is late */
#define EM_TCTL_RTLC		BIT(24)	/* retransmit on late collision */
#define EM_TCTL_MULR		BIT(28)	/* several reads at a time */
#define EM_TIPG			0x0410
#define EM_TIPG_COPPER		(8 | 8 << 10 | 6 << 20)

#define EM_EXTCNF		0x0f00
#define EM_EXTCNF_MDIO_SW	BIT(5)	/* software has the PHY */

/* Rings of queue q. */
#define EM_RDBAL(q)		(0x2800 + 0x100 * (q))
#define EM_RDBAH(q)		(0x2804 + 0x100 * (q))
#define EM_RDLEN(q)		(0x2808 + 0x100 * (q))
#define EM_RDH(q)		(0x2810 + 0x100 * (q))
#define EM_RDT(q)		(0x2818 + 0x100 * (q))
#define EM_RXDCTL(q)		(0x2828 + 0x100 * (q))
#define EM_RXDCTL_FETCH		(0x20 | 4 << 8 | 1 << 16 | BIT(24))	/* in descriptors */
#define EM_TDBAL(q)		(0x3800 + 0x100 * (q))
#define EM_TDBAH(q)		(0x3804 + 0x100 * (q))
#define EM_TDLEN(q)		(0x3808 + 0x100 * (q))
#define EM_TDH(q)		(0x3810 + 0x100 * (q))
#define EM_TDT(q)		(0x3818 + 0x100 * (q))
#define EM_TXDCTL(q)		(0x3828 + 0x100 * (q))
/* In descriptors; 22 is a hardware bit. */
#define EM_TXDCTL_FETCH		(0x1f | 1 << 8 | 1 << 16 | BIT(22) | BIT(24))

#define EM_RXCSUM		0x5000
#define EM_RXCSUM_IPOFL		BIT(8)	/* check the IP header's sum */
#define EM_RXCSUM_TUOFL		BIT(9)	/* and that of TCP and UDP */
#define EM_RXCSUM_PCSD		BIT(13)	/* descriptors have the hash, not the packet's sum */
#define EM_RFCTL		0x5008
#define EM_RFCTL_PLAIN		(BIT(0) | BIT(6) | BIT(7) | BIT(12))	/* no iSCSI, NFS, ACK */
#define EM_RFCTL_EXTEN		BIT(15)	/* extended descriptors */
#define EM_MTA(i)		(0x5200 + 4 * (i))
#define EM_NMTA			128
#define EM_RAL			0x5400	/* our address */
#define EM_RAH			0x5404
#define EM_RAH_AV		BIT(31)	/* it is valid */
#define EM_MRQC			0x5818
#define EM_MRQC_RSS		(BIT(0) | BIT(16) | BIT(17))	/* TCP and others over IPv4 */
#define EM_GCR			0x5b00
#define EM_GCR_HWSET		BIT(22)	/* hardware bits */
#define EM_GCR2			0x5b64
#define EM_GCR2_HWSET		BIT(0)
#define EM_RETA(i)		(0x5c00 + 4 * (i))	/* four entries each */
#define EM_NRETA		32
#define EM_RETA_QUEUE(q)	((q) << 7)
#define EM_RSSRK(i)		(0x5c80 + 4 * (i))
#define EM_NRSSRK		10

/* PHY (IEEE 802.3, 22.2.4.1). */
#define EM_BMCR			0
#define EM_BMCR_ANRESTART	0x0200
#define EM_BMCR_PDOWN		0x0800
#define EM_BMCR_ANENABLE	0x1000

/* Receive descriptor, extended (7.1.5): what we write, and what comes back. */
struct em_rxdesc {
	union {
		__le64	rd_addr;
		struct {
			__le32	rd_mrq;		/* type of the hash, queue */
			__le32	rd_hash;
		};
	};
	__le32	rd_status;
	__le16	rd_len;
	__le16	rd_vlan;
};

#define EM_RXD_HASH(mrq)	((mrq) & 0xf)	/* 0: none */
#define EM_RXD_DD		BIT(0)	/* done */
#define EM_RXD_EOP		BIT(1)	/* end of packet */
#define EM_RXD_IXSM		BIT(2)	/* it says nothing of sums */
#define EM_RXD_L4CS		BIT(5)	/* sum of TCP or UDP was looked at */
#define EM_RXD_IPCS		BIT(6)	/* sum of the IP header was */
#define EM_RXD_L4E		BIT(29)	/* and it was wrong */
#define EM_RXD_IPE		BIT(30)
#define EM_RXD_FRAMEERR		(BIT(24) | BIT(25) | BIT(26) | BIT(31))	/* CRC, symbol, ... */

/* Transmit descriptor (7.2): data, or the context of a checksum. */
struct em_txdesc {
	union {
		__le64	td_addr;
		struct {
			u8	td_ipcss;	/* IP header: first byte, sum, last byte */
			u8	td_ipcso;
			__le16	td_ipcse;
			u8	td_tucss;	/* TCP or UDP: the same; 0 is the packet's end */
			u8	td_tucso;
			__le16	td_tucse;
		};
	};
	__le32	td_cmd;		/* EM_TXD_*, length */
	union {
		__le32	td_status;
		struct {
			u8	td_sta;
			u8	td_hdrlen;	/* TSO: bytes of headers */
			__le16	td_mss;
		};
	};
};

#define EM_TXD_MAXLEN		8192	/* bytes of one descriptor that we use */
#define EM_TXD_DATA		BIT(20)	/* with DEXT: a data descriptor that has a context */
#define EM_TXD_TCP		BIT(24)	/* context: TCP */
#define EM_TXD_IP		BIT(25)	/* context: IPv4 */
#define EM_TXD_EOP		BIT(24)
#define EM_TXD_IFCS		BIT(25)	/* append the frame check sequence */
#define EM_TXD_TSE		BIT(26)
#define EM_TXD_RS		BIT(27)	/* report status */
#define EM_TXD_DEXT		BIT(29)
#define EM_TXD_DD		BIT(0)
#define EM_TXD_IXSM		BIT(8)	/* fill in the IP header's sum */
#define EM_TXD_TXSM		BIT(9)	/* and that of TCP or UDP */

#endif /* _EM_REG_H */
