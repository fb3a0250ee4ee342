/*
 * The private ioctls of ScoutFS: on any open regular file or directory of a mount, the root included.
 *
 * All structures are little-endian with natural alignment and explicit padding, the same for 32 and 64-bit programs. Padding is ignored on
 * the way in and zero on the way out. Pointers are addresses in 64 bits. "Block" is 4096 bytes of a file. An ioctl that lists returns how
 * many entries it stored; 0 is the end.
 *
 * Four command numbers lie about the direction of their structure and stay as they are, since programs were compiled with them:
 * SEARCH_XATTRS and GET_ATTR_X store into a structure that they say they only read, GET_QUOTA_RULES and READ_XATTR_INDEX read one that they say
 * they only store into.
 */
#ifndef _SCOUTFS_IOCTL_H_
#define _SCOUTFS_IOCTL_H_

#include <linux/ioctl.h>
#include <linux/types.h>

#define SCOUTFS_IOCTL_MAGIC 0xE8

/* --- Inodes by their latest change, from first to last. Committed changes only. */

struct scoutfs_ioctl_walk_inodes_entry {
	__u64 major; /* the change's seq */
	__u64 ino;
	__u32 minor; /* 0 */
	__u8 _pad[4];
};

struct scoutfs_ioctl_walk_inodes {
	struct scoutfs_ioctl_walk_inodes_entry first;
	struct scoutfs_ioctl_walk_inodes_entry last;
	__u64 entries_ptr;
	__u32 nr_entries;
	__u8 index;
	__u8 _pad[11];
};

#define SCOUTFS_IOC_WALK_INODES_META_SEQ 0
#define SCOUTFS_IOC_WALK_INODES_DATA_SEQ 1

#define SCOUTFS_IOC_WALK_INODES _IOW(SCOUTFS_IOCTL_MAGIC, 1, struct scoutfs_ioctl_walk_inodes)

/* --- The path of the first link at or after a position. CAP_DAC_READ_SEARCH. Go on from dir_pos + 1. */

struct scoutfs_ioctl_ino_path_result {
	__u64 dir_ino;
	__u64 dir_pos;
	__u16 path_bytes; /* with the NUL */
	__u8 _pad[6];
	__u8 path[]; /* without a slash at the start */
};

struct scoutfs_ioctl_ino_path {
	__u64 ino;
	__u64 dir_ino;
	__u64 dir_pos;
	__u64 result_ptr;
	__u16 result_bytes;
	__u8 _pad[6];
};

#define SCOUTFS_IOC_INO_PATH _IOW(SCOUTFS_IOCTL_MAGIC, 2, struct scoutfs_ioctl_ino_path)

/* --- Frees blocks whose contents are in the archive; the range becomes offline. */

struct scoutfs_ioctl_release {
	__u64 offset; /* both multiples of 4096 */
	__u64 length;
	__u64 data_version; /* ESTALE if the file has another */
};

#define SCOUTFS_IOC_RELEASE _IOW(SCOUTFS_IOCTL_MAGIC, 3, struct scoutfs_ioctl_release)

/* --- Brings contents back; nothing else of the file changes. Returns bytes. */

struct scoutfs_ioctl_stage {
	__u64 data_version;
	__u64 buf_ptr;
	__u64 offset;
	__s32 length;
	__u8 _pad[4];
};

#define SCOUTFS_IOC_STAGE _IOW(SCOUTFS_IOCTL_MAGIC, 4, struct scoutfs_ioctl_stage)

/* --- Attributes beyond stat. */

struct scoutfs_ioctl_stat_more {
	__u64 meta_seq;
	__u64 data_seq;
	__u64 data_version;
	__u64 online_blocks;
	__u64 offline_blocks;
	__u64 crtime_sec;
	__u32 crtime_nsec;
	__u8 _pad[4];
};

#define SCOUTFS_IOC_STAT_MORE _IOR(SCOUTFS_IOCTL_MAGIC, 5, struct scoutfs_ioctl_stat_more)

/* --- Who waits for offline contents on this mount, after a position. */

struct scoutfs_ioctl_data_waiting_entry {
	__u64 ino;
	__u64 iblock;
	__u8 op;
	__u8 _pad[7];
};

#define SCOUTFS_IOC_DWO_READ (1 << 0)
#define SCOUTFS_IOC_DWO_WRITE (1 << 1)
#define SCOUTFS_IOC_DWO_CHANGE_SIZE (1 << 2)

struct scoutfs_ioctl_data_waiting {
	__u64 flags; /* 0 */
	__u64 after_ino;
	__u64 after_iblock;
	__u64 ents_ptr;
	__u16 ents_nr;
	__u8 _pad[6];
};

#define SCOUTFS_IOC_DATA_WAITING _IOW(SCOUTFS_IOCTL_MAGIC, 6, struct scoutfs_ioctl_data_waiting)

/* --- Sets what a restored file needs; data_version must be 0 so far. CAP_SYS_ADMIN. */

struct scoutfs_ioctl_setattr_more {
	__u64 data_version;
	__u64 i_size;
	__u64 flags;
	__u64 ctime_sec;
	__u32 ctime_nsec;
	__u32 crtime_nsec;
	__u64 crtime_sec;
};

#define SCOUTFS_IOC_SETATTR_MORE_OFFLINE (1 << 0)

#define SCOUTFS_IOC_SETATTR_MORE _IOW(SCOUTFS_IOCTL_MAGIC, 7, struct scoutfs_ioctl_setattr_more)

/* --- Names of hidden attributes, each with a NUL. Returns bytes; 0 also if the next name does not fit, so give 256 or more. */

struct scoutfs_ioctl_listxattr_hidden {
	__u64 id_pos; /* 0, then as it came back */
	__u64 buf_ptr;
	__u32 buf_bytes;
	__u32 hash_pos;
};

#define SCOUTFS_IOC_LISTXATTR_HIDDEN _IOWR(SCOUTFS_IOCTL_MAGIC, 8, struct scoutfs_ioctl_listxattr_hidden)

/* --- Inodes that may have an attribute of exactly this name, which has the srch tag. CAP_SYS_ADMIN. */

struct scoutfs_ioctl_search_xattrs {
	__u64 next_ino;
	__u64 last_ino;
	__u64 name_ptr;
	__u64 inodes_ptr;
	__u64 output_flags; /* stored */
	__u64 nr_inodes;
	__u16 name_bytes; /* without a NUL */
	__u8 _pad[6];
};

#define SCOUTFS_SEARCH_XATTRS_OFLAG_END (1ULL << 0)

#define SCOUTFS_IOC_SEARCH_XATTRS _IOW(SCOUTFS_IOCTL_MAGIC, 9, struct scoutfs_ioctl_search_xattrs)

/* --- The volume and the mount beyond statfs. */

struct scoutfs_ioctl_statfs_more {
	__u64 fsid;
	__u64 rid;
	__u64 committed_seq;
	__u64 total_meta_blocks; /* 64 KiB */
	__u64 total_data_blocks; /* 4 KiB */
	__u64 reserved_meta_blocks;
};

#define SCOUTFS_IOC_STATFS_MORE _IOR(SCOUTFS_IOCTL_MAGIC, 10, struct scoutfs_ioctl_statfs_more)

/* --- Ends waits of this mount with an error. CAP_SYS_ADMIN. Returns how many. */

struct scoutfs_ioctl_data_wait_err {
	__u64 ino;
	__u64 data_version; /* ignored */
	__u64 offset;
	__u64 count;
	__u64 op;
	__s64 err; /* -4095 to -1 */
};

#define SCOUTFS_IOC_DATA_WAIT_ERR _IOW(SCOUTFS_IOCTL_MAGIC, 11, struct scoutfs_ioctl_data_wait_err)

/* --- Where free space is. EOVERFLOW if there are more entries. */

struct scoutfs_ioctl_alloc_detail_entry {
	__u64 id;
	__u64 blocks; /* 64 KiB if meta, else 4 KiB */
	__u8 type;
	__u8 meta : 1, avail : 1, __bit_pad : 6;
	__u8 _pad[6];
};

struct scoutfs_ioctl_alloc_detail {
	__u64 entries_ptr;
	__u64 entries_nr;
};

#define SCOUTFS_IOC_ALLOC_DETAIL _IOW(SCOUTFS_IOCTL_MAGIC, 12, struct scoutfs_ioctl_alloc_detail)

/* --- Moves blocks from another file into this one. */

struct scoutfs_ioctl_move_blocks {
	__u64 from_fd;
	__u64 from_off;
	__u64 len;
	__u64 to_off;
	__u64 data_version; /* of this file, with STAGE */
	__u64 flags;
};

#define SCOUTFS_IOC_MB_STAGE (1 << 0) /* into an offline range, invisibly */

#define SCOUTFS_IOC_MOVE_BLOCKS _IOW(SCOUTFS_IOCTL_MAGIC, 13, struct scoutfs_ioctl_move_blocks)

/* --- Uses more of devices that have grown; 0 leaves one. CAP_SYS_ADMIN. */

struct scoutfs_ioctl_resize_devices {
	__u64 new_total_meta_blocks;
	__u64 new_total_data_blocks;
};

#define SCOUTFS_IOC_RESIZE_DEVICES _IOW(SCOUTFS_IOCTL_MAGIC, 14, struct scoutfs_ioctl_resize_devices)

/* --- Totals of attributes with the totl tag, from a name on. CAP_SYS_ADMIN. */

#define SCOUTFS_IOCTL_XATTR_TOTAL_NAME_NR 3

struct scoutfs_ioctl_xattr_total {
	__u64 name[SCOUTFS_IOCTL_XATTR_TOTAL_NAME_NR];
	__u64 total;
	__u64 count;
};

struct scoutfs_ioctl_read_xattr_totals {
	__u64 pos_name[SCOUTFS_IOCTL_XATTR_TOTAL_NAME_NR];
	__u64 totals_ptr; /* multiple of 8 */
	__u64 totals_bytes;
};

#define SCOUTFS_IOC_READ_XATTR_TOTALS _IOW(SCOUTFS_IOCTL_MAGIC, 15, struct scoutfs_ioctl_read_xattr_totals)

/* --- Numbers of existing inodes from a number on, within its 1024. CAP_SYS_ADMIN. */

struct scoutfs_ioctl_get_allocated_inos {
	__u64 start_ino;
	__u64 inos_ptr; /* multiple of 8 */
	__u64 inos_bytes;
};

#define SCOUTFS_IOC_GET_ALLOCATED_INOS _IOW(SCOUTFS_IOCTL_MAGIC, 16, struct scoutfs_ioctl_get_allocated_inos)

/* --- Links to an inode, from a position on. CAP_DAC_READ_SEARCH. */

struct scoutfs_ioctl_get_referring_entries {
	__u64 ino;
	__u64 dir_ino;
	__u64 dir_pos;
	__u64 entries_ptr;
	__u64 entries_bytes;
};

struct scoutfs_ioctl_dirent {
	__u64 dir_ino;
	__u64 dir_pos;
	__u64 ino;
	__u16 entry_bytes; /* to the next entry */
	__u8 flags;
	__u8 d_type;
	__u8 name_len;
	__u8 name[3]; /* longer, with a NUL */
};

#define SCOUTFS_IOCTL_DIRENT_FLAG_LAST (1 << 0)

#define SCOUTFS_IOC_GET_REFERRING_ENTRIES _IOW(SCOUTFS_IOCTL_MAGIC, 17, struct scoutfs_ioctl_get_referring_entries)

/* --- Attributes that the mask names. Setting: CAP_SYS_ADMIN, all or nothing. */

struct scoutfs_ioctl_inode_attr_x {
	__u64 x_mask;
	__u64 x_flags;
	__u64 meta_seq;
	__u64 data_seq;
	__u64 data_version;
	__u64 online_blocks;
	__u64 offline_blocks;
	__u64 ctime_sec;
	__u32 ctime_nsec;
	__u32 crtime_nsec;
	__u64 crtime_sec;
	__u64 size;
	__u64 bits;
	__u64 project_id;
};

#define SCOUTFS_IOC_IAX_F_SIZE_OFFLINE (1ULL << 0)

#define SCOUTFS_IOC_IAX_B_RETENTION (1ULL << 0)

#define SCOUTFS_IOC_IAX_META_SEQ (1ULL << 0)
#define SCOUTFS_IOC_IAX_DATA_SEQ (1ULL << 1)
#define SCOUTFS_IOC_IAX_DATA_VERSION (1ULL << 2)
#define SCOUTFS_IOC_IAX_ONLINE_BLOCKS (1ULL << 3)
#define SCOUTFS_IOC_IAX_OFFLINE_BLOCKS (1ULL << 4)
#define SCOUTFS_IOC_IAX_CTIME (1ULL << 5)
#define SCOUTFS_IOC_IAX_CRTIME (1ULL << 6)
#define SCOUTFS_IOC_IAX_SIZE (1ULL << 7)
#define SCOUTFS_IOC_IAX_RETENTION (1ULL << 8)
#define SCOUTFS_IOC_IAX_PROJECT_ID (1ULL << 9)

#define SCOUTFS_IOC_GET_ATTR_X _IOW(SCOUTFS_IOCTL_MAGIC, 18, struct scoutfs_ioctl_inode_attr_x)
#define SCOUTFS_IOC_SET_ATTR_X _IOW(SCOUTFS_IOCTL_MAGIC, 19, struct scoutfs_ioctl_inode_attr_x)

/* --- Quota rules. CAP_SYS_ADMIN. */

struct scoutfs_ioctl_quota_rule {
	__u64 name_val[3];
	__u64 limit;
	__u8 prio;
	__u8 op;
	__u8 rule_flags;
	__u8 name_source[3];
	__u8 name_flags[3];
	__u8 _pad[7];
};

#define SCOUTFS_IOC_QUOTA_OP_INODE 0
#define SCOUTFS_IOC_QUOTA_OP_DATA 1
#define SCOUTFS_IOC_QUOTA_RF_TOTL_COUNT (1 << 0)
#define SCOUTFS_IOC_QUOTA_NS_LITERAL 0
#define SCOUTFS_IOC_QUOTA_NS_PROJ 1
#define SCOUTFS_IOC_QUOTA_NS_UID 2
#define SCOUTFS_IOC_QUOTA_NS_GID 3
#define SCOUTFS_IOC_QUOTA_NF_SELECT (1 << 0)

struct scoutfs_ioctl_get_quota_rules {
	__u64 iterator[2]; /* 0, then as it came back */
	__u64 rules_ptr;
	__u64 rules_nr;
};

#define SCOUTFS_IOC_GET_QUOTA_RULES _IOR(SCOUTFS_IOCTL_MAGIC, 20, struct scoutfs_ioctl_get_quota_rules)
#define SCOUTFS_IOC_ADD_QUOTA_RULE _IOW(SCOUTFS_IOCTL_MAGIC, 21, struct scoutfs_ioctl_quota_rule)
#define SCOUTFS_IOC_DEL_QUOTA_RULE _IOW(SCOUTFS_IOCTL_MAGIC, 22, struct scoutfs_ioctl_quota_rule)

/* --- Inodes with attributes of the indx tag, from first to last by (major, minor, ino). CAP_SYS_ADMIN. */

struct scoutfs_ioctl_xattr_index_entry {
	__u64 minor;
	__u64 ino;
	__u8 major;
	__u8 _pad[7];
};

struct scoutfs_ioctl_read_xattr_index {
	__u64 flags; /* 0 */
	struct scoutfs_ioctl_xattr_index_entry first;
	struct scoutfs_ioctl_xattr_index_entry last;
	__u64 entries_ptr;
	__u64 entries_nr;
};

#define SCOUTFS_IOC_READ_XATTR_INDEX _IOR(SCOUTFS_IOCTL_MAGIC, 23, struct scoutfs_ioctl_read_xattr_index)

/* --- Offline parts of a range become holes. */

struct scoutfs_ioctl_punch_offline {
	__u64 offset;
	__u64 len;
	__u64 data_version;
	__u64 flags; /* 0 */
};

#define SCOUTFS_IOC_PUNCH_OFFLINE _IOW(SCOUTFS_IOCTL_MAGIC, 24, struct scoutfs_ioctl_punch_offline)

/* --- Changes a total without an attribute, for tests. CAP_SYS_ADMIN. */

struct scoutfs_ioctl_inject_totl_delta {
	__u64 name[3];
	__s64 total;
	__s64 count;
};

#define SCOUTFS_IOC_INJECT_TOTL_DELTA _IOW(SCOUTFS_IOCTL_MAGIC, 25, struct scoutfs_ioctl_inject_totl_delta)

/* --- Only where ScoutFS is mounted through FUSE, which does not forward FIEMAP: the same answer. Extents are struct fiemap_extent. */

struct scoutfs_ioctl_get_extents {
	__u64 start;
	__u64 length;
	__u64 extents_ptr;
	__u32 extents_nr; /* 0: they are counted */
	__u32 flags; /* FIEMAP_FLAG_SYNC or 0 */
	__u32 mapped; /* stored */
	__u8 _pad[4];
};

#define SCOUTFS_IOC_GET_EXTENTS _IOWR(SCOUTFS_IOCTL_MAGIC, 0x80, struct scoutfs_ioctl_get_extents)

#endif
