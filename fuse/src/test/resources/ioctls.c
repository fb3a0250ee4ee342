/*
 * A client of the private ioctls as others write them: from the header alone. Each scenario prints one line for each call: what was called,
 * its result or the name of its errno, and what it has stored.
 *
 *     ioctls all FILE OTHER           every ioctl with good arguments; FILE is opened for reading and writing
 *     ioctls numbers                  command numbers and sizes
 *     ioctls buffers FILE MAPPED      memory of every kind; MAPPED is a file of at least 64 KiB on the same mount
 *     ioctls as WHO FILE              whether each is permitted: root, user, sys_admin, dac_read_search, container, closed
 *     ioctls modes FILE DIR           what needs which way of opening
 *     ioctls race FILE CALLS          a thread calls while another unmaps the buffer; then the process ends in the middle of calls
 *     ioctls handle DIR INO [WORD]    opens a handle made from an inode number; WORD is its third and fourth
 *     ioctls unknown FILE             numbers that are none
 *     ioctls prepare DIR              files, attributes and rules in DIR, the first file called "file", for "buffers" and "race" to find
 *     ioctls refused FILE             what is not allowed on a read-only mount
 *     ioctls life DIR                 in an empty DIR of a volume: errors of each ioctl, and what becomes of files by them
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/fiemap.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include <scoutfs/ioctl.h>

#define PAGE 4096UL
#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define ROOM (1 << 20)

static int file;
static int other;

static void die(const char *what) { perror(what); exit(2); }

static void show(const char *what, long r, const char *format, ...)
{
	if (r < 0) {
		printf("%s %s\n", what, strerrorname_np(errno));
		return;
	}
	printf("%s %ld", what, r);
	va_list more;
	va_start(more, format);
	vprintf(format, more);
	va_end(more);
	printf("\n");
}

/* --- Each ioctl that touches memory of its caller beyond the structure, with the address of that memory. */

static long walk(void *to, uint64_t nr)
{
	struct scoutfs_ioctl_walk_inodes a = {.last = {.major = ~0ULL, .ino = ~0ULL}, .entries_ptr = PTR(to), .nr_entries = nr};
	return ioctl(file, SCOUTFS_IOC_WALK_INODES, &a);
}

static long ino_path(void *to, uint64_t bytes)
{
	struct stat s;
	if (fstat(file, &s)) return -1;
	struct scoutfs_ioctl_ino_path a = {.ino = s.st_ino, .result_ptr = PTR(to), .result_bytes = bytes > 65535 ? 65535 : bytes};
	return ioctl(file, SCOUTFS_IOC_INO_PATH, &a);
}

static uint64_t version(int fd)
{
	struct scoutfs_ioctl_stat_more m;
	return ioctl(fd, SCOUTFS_IOC_STAT_MORE, &m) ? 0 : m.data_version;
}

static long stage(void *from, uint64_t bytes)
{
	struct scoutfs_ioctl_stage a = {.data_version = version(file), .buf_ptr = PTR(from), .length = bytes};
	return ioctl(file, SCOUTFS_IOC_STAGE, &a);
}

static long data_waiting(void *to, uint64_t nr)
{
	struct scoutfs_ioctl_data_waiting a = {.ents_ptr = PTR(to), .ents_nr = nr};
	return ioctl(file, SCOUTFS_IOC_DATA_WAITING, &a);
}

static long list_hidden(void *to, uint64_t bytes)
{
	struct scoutfs_ioctl_listxattr_hidden a = {.buf_ptr = PTR(to), .buf_bytes = bytes};
	return ioctl(file, SCOUTFS_IOC_LISTXATTR_HIDDEN, &a);
}

static const char *searched = "scoutfs.srch.test";

static long search_to(void *to, uint64_t nr)
{
	struct scoutfs_ioctl_search_xattrs a = {.last_ino = ~0ULL, .name_ptr = PTR(searched), .name_bytes = strlen(searched), .inodes_ptr = PTR(to), .nr_inodes = nr};
	return ioctl(file, SCOUTFS_IOC_SEARCH_XATTRS, &a);
}

static long search_name(void *from, uint64_t bytes)
{
	static uint64_t found[16];
	struct scoutfs_ioctl_search_xattrs a = {.last_ino = ~0ULL, .name_ptr = PTR(from), .name_bytes = bytes, .inodes_ptr = PTR(found), .nr_inodes = 16};
	return ioctl(file, SCOUTFS_IOC_SEARCH_XATTRS, &a);
}

/* The structure itself is what is stored into. */
static long search_flags(void *at, uint64_t bytes)
{
	(void)bytes;
	return ioctl(file, SCOUTFS_IOC_SEARCH_XATTRS, at);
}

static long alloc_detail(void *to, uint64_t nr)
{
	struct scoutfs_ioctl_alloc_detail a = {.entries_ptr = PTR(to), .entries_nr = nr};
	return ioctl(file, SCOUTFS_IOC_ALLOC_DETAIL, &a);
}

static long totals(void *to, uint64_t bytes)
{
	struct scoutfs_ioctl_read_xattr_totals a = {.totals_ptr = PTR(to), .totals_bytes = bytes};
	return ioctl(file, SCOUTFS_IOC_READ_XATTR_TOTALS, &a);
}

static long allocated(void *to, uint64_t bytes)
{
	struct stat s;
	if (fstat(file, &s)) return -1;
	struct scoutfs_ioctl_get_allocated_inos a = {.start_ino = s.st_ino & ~1023UL, .inos_ptr = PTR(to), .inos_bytes = bytes};
	return ioctl(file, SCOUTFS_IOC_GET_ALLOCATED_INOS, &a);
}

static long referring(void *to, uint64_t bytes)
{
	struct stat s;
	if (fstat(file, &s)) return -1;
	struct scoutfs_ioctl_get_referring_entries a = {.ino = s.st_ino, .entries_ptr = PTR(to), .entries_bytes = bytes};
	return ioctl(file, SCOUTFS_IOC_GET_REFERRING_ENTRIES, &a);
}

static long get_attr(void *at, uint64_t bytes)
{
	(void)bytes;
	return ioctl(file, SCOUTFS_IOC_GET_ATTR_X, at);
}

static long rules(void *to, uint64_t nr)
{
	struct scoutfs_ioctl_get_quota_rules a = {.rules_ptr = PTR(to), .rules_nr = nr};
	return ioctl(file, SCOUTFS_IOC_GET_QUOTA_RULES, &a);
}

/* The structure itself is what is read. */
static long rules_at(void *at, uint64_t bytes)
{
	(void)bytes;
	return ioctl(file, SCOUTFS_IOC_GET_QUOTA_RULES, at);
}

static long read_index(void *to, uint64_t nr)
{
	struct scoutfs_ioctl_read_xattr_index a = {.last = {.major = 255, .minor = ~0ULL, .ino = ~0ULL}, .entries_ptr = PTR(to), .entries_nr = nr};
	return ioctl(file, SCOUTFS_IOC_READ_XATTR_INDEX, &a);
}

static long index_at(void *at, uint64_t bytes)
{
	(void)bytes;
	return ioctl(file, SCOUTFS_IOC_READ_XATTR_INDEX, at);
}

static long extents(void *to, uint64_t nr)
{
	struct scoutfs_ioctl_get_extents a = {.length = ~0ULL, .extents_ptr = PTR(to), .extents_nr = nr};
	long r = ioctl(file, SCOUTFS_IOC_GET_EXTENTS, &a);
	return r ? r : a.mapped;
}

/* What a structure holds before the call that has it in memory of every kind. */
static void search_struct(void *at)
{
	static uint64_t found[16];
	struct scoutfs_ioctl_search_xattrs a = {.last_ino = ~0ULL, .name_ptr = PTR(searched), .name_bytes = strlen(searched), .inodes_ptr = PTR(found), .nr_inodes = 16};
	memcpy(at, &a, sizeof a);
}

static void attr_struct(void *at)
{
	struct scoutfs_ioctl_inode_attr_x a = {.x_mask = SCOUTFS_IOC_IAX_SIZE};
	memcpy(at, &a, sizeof a);
}

static void rules_struct(void *at)
{
	static struct scoutfs_ioctl_quota_rule found[4];
	struct scoutfs_ioctl_get_quota_rules a = {.rules_ptr = PTR(found), .rules_nr = 4};
	memcpy(at, &a, sizeof a);
}

static void index_struct(void *at)
{
	static struct scoutfs_ioctl_xattr_index_entry found[4];
	struct scoutfs_ioctl_read_xattr_index a = {.last = {.major = 255, .minor = ~0ULL, .ino = ~0ULL}, .entries_ptr = PTR(found), .entries_nr = 4};
	memcpy(at, &a, sizeof a);
}

static void name_struct(void *at) { memcpy(at, searched, strlen(searched)); }

static const struct memory {
	const char *name;
	long (*call)(void *, uint64_t);
	uint64_t room;		/* in the unit of the call */
	uint64_t bytes;		/* that the call may touch with that room */
	void (*fill)(void *);
} memories[] = {
	{"WALK_INODES", walk, 64, 64 * sizeof(struct scoutfs_ioctl_walk_inodes_entry), NULL},
	{"INO_PATH", ino_path, 4096, 4096, NULL},
	{"STAGE", stage, PAGE, PAGE, NULL},
	{"DATA_WAITING", data_waiting, 16, 16 * sizeof(struct scoutfs_ioctl_data_waiting_entry), NULL},
	{"LISTXATTR_HIDDEN", list_hidden, 4096, 4096, NULL},
	{"SEARCH_XATTRS", search_to, 64, 64 * 8, NULL},
	{"SEARCH_XATTRS.name", search_name, 17, 17, name_struct},
	{"SEARCH_XATTRS.arg", search_flags, 1, sizeof(struct scoutfs_ioctl_search_xattrs), search_struct},
	{"ALLOC_DETAIL", alloc_detail, 100, 100 * sizeof(struct scoutfs_ioctl_alloc_detail_entry), NULL},
	{"READ_XATTR_TOTALS", totals, 400, 400, NULL},
	{"GET_ALLOCATED_INOS", allocated, 512, 512, NULL},
	{"GET_REFERRING_ENTRIES", referring, 4096, 4096, NULL},
	{"GET_ATTR_X.arg", get_attr, 1, sizeof(struct scoutfs_ioctl_inode_attr_x), attr_struct},
	{"GET_QUOTA_RULES", rules, 8, 8 * sizeof(struct scoutfs_ioctl_quota_rule), NULL},
	{"GET_QUOTA_RULES.arg", rules_at, 1, sizeof(struct scoutfs_ioctl_get_quota_rules), rules_struct},
	{"READ_XATTR_INDEX", read_index, 8, 8 * sizeof(struct scoutfs_ioctl_xattr_index_entry), NULL},
	{"READ_XATTR_INDEX.arg", index_at, 1, sizeof(struct scoutfs_ioctl_read_xattr_index), index_struct},
	{"GET_EXTENTS", extents, 16, 16 * sizeof(struct fiemap_extent), NULL},
};
#define MEMORIES (sizeof memories / sizeof memories[0])

static char *map(int protection, int flags, int fd)
{
	char *p = mmap(NULL, 16 * PAGE, protection, flags, fd, 0);
	if (p == MAP_FAILED) die("mmap");
	return p;
}

static void outcome(const char *kind, long r)
{
	if (r < 0) printf(" %s=%s", kind, strerrorname_np(errno));
	else printf(" %s=%ld", kind, r);
}

/*
 * good: ordinary memory; nothing: an address without memory; readonly: may not be written; hidden: may not be touched; short: ends after one
 * byte; wrap: the end of the address space; mapped: a shared mapping of a file of this mount whose pages are not there yet.
 */
static void buffers(const char *mapped)
{
	for (size_t i = 0; i < MEMORIES; i++) {
		const struct memory *m = &memories[i];
		printf("%s", m->name);
		char *p = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (m->fill) m->fill(p);
		outcome("good", m->call(p, m->room));
		if (m->fill) { memset(p, 0, 16 * PAGE); m->fill(p); }
		mprotect(p, 16 * PAGE, PROT_READ);
		outcome("readonly", m->call(p, m->room));
		mprotect(p, 16 * PAGE, PROT_NONE);
		outcome("hidden", m->call(p, m->room));
		mprotect(p, 16 * PAGE, PROT_READ | PROT_WRITE);
		munmap(p + PAGE, 15 * PAGE);
		char *edge = p + PAGE - 8;
		outcome("short", m->call(edge, m->room));
		munmap(p, PAGE);
		outcome("nothing", m->call(p, m->room));
		outcome("wrap", m->call((void *)-8L, m->room));
		int fd = open(mapped, O_RDWR);
		if (fd < 0) die(mapped);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		p = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
		if (m->fill) m->fill(p + PAGE);
		outcome("mapped", m->call(p + PAGE, m->room));
		munmap(p, 16 * PAGE);
		close(fd);
		printf("\n");
	}
}

/* --- All of them with good arguments. */

static char *space;

static void all(void)
{
	struct stat s;
	if (fstat(file, &s)) die("fstat");
	space = malloc(ROOM);
	long r;

	struct scoutfs_ioctl_walk_inodes w = {.first = {.major = 3, .ino = 7, .minor = 9}, .last = {.major = 5, .ino = ~0ULL}, .entries_ptr = PTR(space), .nr_entries = 10, .index = 1};
	r = ioctl(file, SCOUTFS_IOC_WALK_INODES, &w);
	struct scoutfs_ioctl_walk_inodes_entry *we = (void *)space;
	show("WALK_INODES", r, " first %llu/%llu/%u", we->major, we->ino, we->minor);

	struct scoutfs_ioctl_ino_path ip = {.ino = s.st_ino, .dir_ino = 4, .dir_pos = 5, .result_ptr = PTR(space), .result_bytes = 4120};
	r = ioctl(file, SCOUTFS_IOC_INO_PATH, &ip);
	struct scoutfs_ioctl_ino_path_result *pr = (void *)space;
	show("INO_PATH", r, " dir %llu pos %llu bytes %u '%s'", pr->dir_ino, pr->dir_pos, pr->path_bytes, pr->path);

	struct scoutfs_ioctl_release re = {.offset = 4096, .length = 8192, .data_version = 77};
	show("RELEASE", ioctl(file, SCOUTFS_IOC_RELEASE, &re), "");

	memset(space, 'S', 10000);
	struct scoutfs_ioctl_stage st = {.data_version = 78, .buf_ptr = PTR(space + 1), .offset = 4096, .length = 9999};
	show("STAGE", ioctl(file, SCOUTFS_IOC_STAGE, &st), "");

	struct scoutfs_ioctl_stat_more sm = {._pad = {1, 2, 3, 4}};
	r = ioctl(file, SCOUTFS_IOC_STAT_MORE, &sm);
	show("STAT_MORE", r, " crtime %s pad %u", sm.crtime_sec ? "set" : "unset", sm._pad[0]);

	struct scoutfs_ioctl_data_waiting dw = {.after_ino = 1, .after_iblock = 2, .ents_ptr = PTR(space), .ents_nr = 4};
	r = ioctl(file, SCOUTFS_IOC_DATA_WAITING, &dw);
	struct scoutfs_ioctl_data_waiting_entry *de = (void *)space;
	show("DATA_WAITING", r, " first %llu/%llu op %u", de->ino, de->iblock, de->op);

	struct scoutfs_ioctl_setattr_more sa = {.data_version = 1, .i_size = 2, .flags = 1, .ctime_sec = 3, .ctime_nsec = 4, .crtime_nsec = 5, .crtime_sec = 6};
	show("SETATTR_MORE", ioctl(file, SCOUTFS_IOC_SETATTR_MORE, &sa), "");

	struct scoutfs_ioctl_listxattr_hidden lh = {.id_pos = 1, .buf_ptr = PTR(space), .buf_bytes = 256, .hash_pos = 2};
	r = ioctl(file, SCOUTFS_IOC_LISTXATTR_HIDDEN, &lh);
	show("LISTXATTR_HIDDEN", r, " '%s' '%s' id %llu hash %u bytes %u pointer %s", space, space + strlen(space) + 1, lh.id_pos, lh.hash_pos, lh.buf_bytes, lh.buf_ptr == PTR(space) ? "same" : "other");

	struct scoutfs_ioctl_search_xattrs sx = {.next_ino = 10, .last_ino = 20, .name_ptr = PTR(searched), .inodes_ptr = PTR(space), .output_flags = 0xf0, .nr_inodes = 3, .name_bytes = strlen(searched)};
	r = ioctl(file, SCOUTFS_IOC_SEARCH_XATTRS, &sx);
	show("SEARCH_XATTRS", r, " first %llu flags %llx", *(unsigned long long *)space, sx.output_flags);
	sx.next_ino = 18;
	r = ioctl(file, SCOUTFS_IOC_SEARCH_XATTRS, &sx);
	show("SEARCH_XATTRS", r, " first %llu flags %llx", *(unsigned long long *)space, sx.output_flags);

	struct scoutfs_ioctl_statfs_more sf;
	r = ioctl(file, SCOUTFS_IOC_STATFS_MORE, &sf);
	show("STATFS_MORE", r, " %llx %llx %llu %llu %llu %llu", sf.fsid, sf.rid, sf.committed_seq, sf.total_meta_blocks, sf.total_data_blocks, sf.reserved_meta_blocks);

	struct scoutfs_ioctl_data_wait_err we2 = {.ino = s.st_ino, .data_version = 1, .offset = 4096, .count = 8192, .op = 3, .err = -5};
	show("DATA_WAIT_ERR", ioctl(file, SCOUTFS_IOC_DATA_WAIT_ERR, &we2), "");

	struct scoutfs_ioctl_alloc_detail ad = {.entries_ptr = PTR(space), .entries_nr = 100};
	r = ioctl(file, SCOUTFS_IOC_ALLOC_DETAIL, &ad);
	struct scoutfs_ioctl_alloc_detail_entry *ae = (void *)space;
	show("ALLOC_DETAIL", r, " second %llu %llu type %u meta %u avail %u", ae[1].id, ae[1].blocks, ae[1].type, ae[1].meta, ae[1].avail);

	struct scoutfs_ioctl_move_blocks mb = {.from_fd = other, .from_off = 4096, .len = 8192, .to_off = 12288, .data_version = 5, .flags = 1};
	show("MOVE_BLOCKS", ioctl(file, SCOUTFS_IOC_MOVE_BLOCKS, &mb), "");

	struct scoutfs_ioctl_resize_devices rd = {.new_total_meta_blocks = 11, .new_total_data_blocks = 12};
	show("RESIZE_DEVICES", ioctl(file, SCOUTFS_IOC_RESIZE_DEVICES, &rd), "");

	struct scoutfs_ioctl_read_xattr_totals rt = {.pos_name = {1, 2, 3}, .totals_ptr = PTR(space), .totals_bytes = 400};
	r = ioctl(file, SCOUTFS_IOC_READ_XATTR_TOTALS, &rt);
	struct scoutfs_ioctl_xattr_total *xt = (void *)space;
	show("READ_XATTR_TOTALS", r, " first %llu.%llu.%llu = %llu of %llu", xt->name[0], xt->name[1], xt->name[2], xt->total, xt->count);

	struct scoutfs_ioctl_get_allocated_inos ga = {.start_ino = 1030, .inos_ptr = PTR(space), .inos_bytes = 100};
	r = ioctl(file, SCOUTFS_IOC_GET_ALLOCATED_INOS, &ga);
	show("GET_ALLOCATED_INOS", r, " first %llu", *(unsigned long long *)space);

	struct scoutfs_ioctl_get_referring_entries gr = {.ino = s.st_ino, .dir_ino = 1, .dir_pos = 2, .entries_ptr = PTR(space), .entries_bytes = ROOM};
	memset(space, 0xff, 4096);
	r = ioctl(file, SCOUTFS_IOC_GET_REFERRING_ENTRIES, &gr);
	show("GET_REFERRING_ENTRIES", r, "");
	for (long i = 0, at = 0; i < r && i < 3; i++) {
		struct scoutfs_ioctl_dirent *d = (void *)(space + at);
		printf("  dir %llu pos %llu ino %s bytes %u flags %u type %u name %u '%s' padding %s\n", d->dir_ino, d->dir_pos, d->ino == s.st_ino ? "same" : "other",
		       d->entry_bytes, d->flags, d->d_type, d->name_len, (char *)d->name, space[at + d->entry_bytes - 1] ? "noise" : "zero");
		at += d->entry_bytes;
	}

	struct scoutfs_ioctl_inode_attr_x ax;
	memset(&ax, 0xee, sizeof ax);
	ax.x_mask = SCOUTFS_IOC_IAX_DATA_SEQ | SCOUTFS_IOC_IAX_CTIME;
	ax.x_flags = 0;
	r = ioctl(file, SCOUTFS_IOC_GET_ATTR_X, &ax);
	show("GET_ATTR_X", r, " mask %llx data_seq %llu ctime %llu.%u behind %x %llx", ax.x_mask, ax.data_seq, ax.ctime_sec, ax.ctime_nsec, ax.crtime_nsec, ax.size);
	ax = (struct scoutfs_ioctl_inode_attr_x) {.x_mask = 0x3ff};
	r = ioctl(file, SCOUTFS_IOC_GET_ATTR_X, &ax);
	show("GET_ATTR_X", r, " %llu %llu %llu %llu %llu %llu.%u %llu.%u %llu %llx %llu", ax.meta_seq, ax.data_seq, ax.data_version, ax.online_blocks, ax.offline_blocks,
	     ax.ctime_sec, ax.ctime_nsec, ax.crtime_sec, ax.crtime_nsec, ax.size, ax.bits, ax.project_id);

	ax = (struct scoutfs_ioctl_inode_attr_x) {.x_mask = 0x2e4, .x_flags = 1, .data_version = 1, .ctime_sec = 2, .ctime_nsec = 3, .crtime_nsec = 4, .crtime_sec = 5, .size = 6, .bits = 1, .project_id = 7};
	show("SET_ATTR_X", ioctl(file, SCOUTFS_IOC_SET_ATTR_X, &ax), "");

	struct scoutfs_ioctl_get_quota_rules gq = {.rules_ptr = PTR(space), .rules_nr = 1};
	r = ioctl(file, SCOUTFS_IOC_GET_QUOTA_RULES, &gq);
	struct scoutfs_ioctl_quota_rule *qr = (void *)space;
	show("GET_QUOTA_RULES", r, " prio %u op %u limit %llu names %llu,%u,%u %llu,%u,%u next %llu/%llu room %llu", qr->prio, qr->op, qr->limit, qr->name_val[0], qr->name_source[0], qr->name_flags[0],
	     qr->name_val[1], qr->name_source[1], qr->name_flags[1], gq.iterator[0], gq.iterator[1], gq.rules_nr);

	struct scoutfs_ioctl_quota_rule rule = {.name_val = {1, 2, 3}, .limit = 4, .prio = 5, .op = 1, .rule_flags = 1, .name_source = {0, 1, 2}, .name_flags = {0, 1, 0}};
	show("ADD_QUOTA_RULE", ioctl(file, SCOUTFS_IOC_ADD_QUOTA_RULE, &rule), "");
	show("DEL_QUOTA_RULE", ioctl(file, SCOUTFS_IOC_DEL_QUOTA_RULE, &rule), "");

	struct scoutfs_ioctl_read_xattr_index xi = {.first = {.minor = 2, .ino = 3, .major = 1}, .last = {.minor = 5, .ino = 6, .major = 4}, .entries_ptr = PTR(space), .entries_nr = 10};
	struct scoutfs_ioctl_read_xattr_index before = xi;
	r = ioctl(file, SCOUTFS_IOC_READ_XATTR_INDEX, &xi);
	struct scoutfs_ioctl_xattr_index_entry *xe = (void *)space;
	show("READ_XATTR_INDEX", r, " first %u.%llu.%llu argument %s", xe->major, xe->minor, xe->ino, memcmp(&xi, &before, sizeof xi) ? "changed" : "untouched");

	struct scoutfs_ioctl_punch_offline po = {.offset = 4096, .len = 8192, .data_version = 9, .flags = 0};
	show("PUNCH_OFFLINE", ioctl(file, SCOUTFS_IOC_PUNCH_OFFLINE, &po), "");

	struct scoutfs_ioctl_inject_totl_delta it = {.name = {1, 2, 3}, .total = -4, .count = -5};
	show("INJECT_TOTL_DELTA", ioctl(file, SCOUTFS_IOC_INJECT_TOTL_DELTA, &it), "");

	struct scoutfs_ioctl_get_extents ge = {.start = 0, .length = ~0ULL, .extents_ptr = PTR(space), .extents_nr = 2, .flags = FIEMAP_FLAG_SYNC};
	r = ioctl(file, SCOUTFS_IOC_GET_EXTENTS, &ge);
	struct fiemap_extent *fe = (void *)space;
	show("GET_EXTENTS", r, " mapped %u", ge.mapped);
	for (unsigned i = 0; r == 0 && i < ge.mapped && i < 2; i++)
		printf("  %llu %llu %llu %x\n", fe[i].fe_logical, fe[i].fe_physical, fe[i].fe_length, fe[i].fe_flags);
	ge.extents_nr = 0;
	r = ioctl(file, SCOUTFS_IOC_GET_EXTENTS, &ge);
	show("GET_EXTENTS", r, " counted %u", ge.mapped);
}

static void numbers(void)
{
#define NUMBER(name, type) printf("%d " #name " 0x%08X %zu\n", (int)_IOC_NR(SCOUTFS_IOC_##name), (unsigned)SCOUTFS_IOC_##name, sizeof(struct scoutfs_ioctl_##type))
	NUMBER(WALK_INODES, walk_inodes);
	NUMBER(INO_PATH, ino_path);
	NUMBER(RELEASE, release);
	NUMBER(STAGE, stage);
	NUMBER(STAT_MORE, stat_more);
	NUMBER(DATA_WAITING, data_waiting);
	NUMBER(SETATTR_MORE, setattr_more);
	NUMBER(LISTXATTR_HIDDEN, listxattr_hidden);
	NUMBER(SEARCH_XATTRS, search_xattrs);
	NUMBER(STATFS_MORE, statfs_more);
	NUMBER(DATA_WAIT_ERR, data_wait_err);
	NUMBER(ALLOC_DETAIL, alloc_detail);
	NUMBER(MOVE_BLOCKS, move_blocks);
	NUMBER(RESIZE_DEVICES, resize_devices);
	NUMBER(READ_XATTR_TOTALS, read_xattr_totals);
	NUMBER(GET_ALLOCATED_INOS, get_allocated_inos);
	NUMBER(GET_REFERRING_ENTRIES, get_referring_entries);
	NUMBER(GET_ATTR_X, inode_attr_x);
	NUMBER(SET_ATTR_X, inode_attr_x);
	NUMBER(GET_QUOTA_RULES, get_quota_rules);
	NUMBER(ADD_QUOTA_RULE, quota_rule);
	NUMBER(DEL_QUOTA_RULE, quota_rule);
	NUMBER(READ_XATTR_INDEX, read_xattr_index);
	NUMBER(PUNCH_OFFLINE, punch_offline);
	NUMBER(INJECT_TOTL_DELTA, inject_totl_delta);
	NUMBER(GET_EXTENTS, get_extents);
	_Static_assert(sizeof(struct scoutfs_ioctl_walk_inodes_entry) == 24, "");
	_Static_assert(sizeof(struct scoutfs_ioctl_ino_path_result) == 24, "");
	_Static_assert(sizeof(struct scoutfs_ioctl_data_waiting_entry) == 24, "");
	_Static_assert(sizeof(struct scoutfs_ioctl_alloc_detail_entry) == 24, "");
	_Static_assert(sizeof(struct scoutfs_ioctl_xattr_total) == 40, "");
	_Static_assert(sizeof(struct scoutfs_ioctl_dirent) == 32, "");
	_Static_assert(offsetof(struct scoutfs_ioctl_dirent, name) == 29, "");
	_Static_assert(sizeof(struct scoutfs_ioctl_xattr_index_entry) == 24, "");
	_Static_assert(offsetof(struct scoutfs_ioctl_inode_attr_x, crtime_sec) == 72, "");
	_Static_assert(offsetof(struct scoutfs_ioctl_quota_rule, name_flags) == 38, "");
}

/* --- Who may. */

static void capabilities(uint32_t effective)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {{effective, effective, 0}, {0, 0, 0}};
	if (syscall(SYS_capset, &h, d)) die("capset");
}

static void become(const char *who)
{
	if (!strcmp(who, "root") || !strcmp(who, "closed")) return;
	if (!strcmp(who, "container")) {
		if (unshare(CLONE_NEWUSER)) die("unshare");
		int fd = open("/proc/self/uid_map", O_WRONLY);
		if (fd < 0 || write(fd, "0 0 1\n", 6) != 6) die("uid_map");
		close(fd);
		return;
	}
	prctl(PR_SET_KEEPCAPS, 1);
	if (setgroups(0, NULL) || setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) die("setresuid");
	capabilities(!strcmp(who, "sys_admin") ? 1u << CAP_SYS_ADMIN : !strcmp(who, "dac_read_search") ? 1u << CAP_DAC_READ_SEARCH : 0);
	/* after a change of ids the memory of a process is for root alone, as that of a set-id program */
}

static const char *permission(long r)
{
	return r >= 0 ? "ok" : errno == EPERM || errno == EACCES ? strerrorname_np(errno) : "ok";
}

/* Arguments that change nothing. */
static void may(void)
{
	static char space[65536] __attribute__((aligned(16)));
	struct scoutfs_ioctl_release re = {0};
	struct scoutfs_ioctl_stage st = {0};
	struct scoutfs_ioctl_stat_more sm;
	struct scoutfs_ioctl_setattr_more sa = {0};
	struct scoutfs_ioctl_statfs_more sf;
	struct scoutfs_ioctl_data_wait_err dw = {.ino = 1, .count = 1, .op = 1, .err = -5};
	struct scoutfs_ioctl_move_blocks mb = {0};
	struct scoutfs_ioctl_resize_devices rd = {0};
	struct scoutfs_ioctl_inode_attr_x ax = {.x_mask = SCOUTFS_IOC_IAX_SIZE};
	struct scoutfs_ioctl_inode_attr_x sx = {.x_mask = 0};
	struct scoutfs_ioctl_quota_rule rule = {.op = 9};
	struct scoutfs_ioctl_punch_offline po = {0};
	struct scoutfs_ioctl_inject_totl_delta it = {{0}, 0, 0};
	const char *results[26] = {
		[1] = permission(walk(space, 4)),
		[2] = permission(ino_path(space, 4096)),
		[3] = permission(ioctl(file, SCOUTFS_IOC_RELEASE, &re)),
		[4] = permission(ioctl(file, SCOUTFS_IOC_STAGE, &st)),
		[5] = permission(ioctl(file, SCOUTFS_IOC_STAT_MORE, &sm)),
		[6] = permission(data_waiting(space, 4)),
		[7] = permission(ioctl(file, SCOUTFS_IOC_SETATTR_MORE, &sa)),
		[8] = permission(list_hidden(space, 4096)),
		[9] = permission(search_to(space, 4)),
		[10] = permission(ioctl(file, SCOUTFS_IOC_STATFS_MORE, &sf)),
		[11] = permission(ioctl(file, SCOUTFS_IOC_DATA_WAIT_ERR, &dw)),
		[12] = permission(alloc_detail(space, 1000)),
		[13] = permission(ioctl(file, SCOUTFS_IOC_MOVE_BLOCKS, &mb)),
		[14] = permission(ioctl(file, SCOUTFS_IOC_RESIZE_DEVICES, &rd)),
		[15] = permission(totals(space, 400)),
		[16] = permission(allocated(space, 400)),
		[17] = permission(referring(space, 4096)),
		[18] = permission(ioctl(file, SCOUTFS_IOC_GET_ATTR_X, &ax)),
		[19] = permission(ioctl(file, SCOUTFS_IOC_SET_ATTR_X, &sx)),
		[20] = permission(rules(space, 4)),
		[21] = permission(ioctl(file, SCOUTFS_IOC_ADD_QUOTA_RULE, &rule)),
		[22] = permission(ioctl(file, SCOUTFS_IOC_DEL_QUOTA_RULE, &rule)),
		[23] = permission(read_index(space, 4)),
		[24] = permission(ioctl(file, SCOUTFS_IOC_PUNCH_OFFLINE, &po)),
		[25] = permission(ioctl(file, SCOUTFS_IOC_INJECT_TOTL_DELTA, &it)),
	};
	printf("denied");
	for (int i = 1; i < 26; i++)
		if (strcmp(results[i], "ok")) printf(" %d:%s", i, results[i]);
	printf("\n");
}

/* --- Ways of opening. */

static void modes(const char *path, const char *dir)
{
	static const struct { const char *name; int flags; } ways[] = {{"readonly", O_RDONLY}, {"writeonly", O_WRONLY}, {"neither", 3}};
	static char space[65536] __attribute__((aligned(16)));
	for (size_t i = 0; i < 4; i++) {
		file = i < 3 ? open(path, ways[i].flags) : open(dir, O_RDONLY | O_DIRECTORY);
		if (file < 0) die(path);
		printf("%s", i < 3 ? ways[i].name : "directory");
		struct scoutfs_ioctl_release re = {.length = 4096, .data_version = version(file)};
		outcome("RELEASE", ioctl(file, SCOUTFS_IOC_RELEASE, &re));
		struct scoutfs_ioctl_stage st = {.buf_ptr = PTR(space), .length = 4096, .data_version = version(file)};
		outcome("STAGE", ioctl(file, SCOUTFS_IOC_STAGE, &st));
		struct scoutfs_ioctl_setattr_more sa = {0};
		outcome("SETATTR_MORE", ioctl(file, SCOUTFS_IOC_SETATTR_MORE, &sa));
		outcome("SEARCH_XATTRS", search_to(space, 0));
		struct scoutfs_ioctl_resize_devices rd = {0};
		outcome("RESIZE_DEVICES", ioctl(file, SCOUTFS_IOC_RESIZE_DEVICES, &rd));
		outcome("READ_XATTR_TOTALS", totals(space + 1, 400));
		outcome("READ_XATTR_TOTALS", totals(space, 39));
		outcome("GET_ALLOCATED_INOS", allocated(space + 4, 400));
		outcome("GET_ALLOCATED_INOS", allocated(space, 7));
		struct scoutfs_ioctl_punch_offline po = {.len = 4096, .data_version = version(file)};
		outcome("PUNCH_OFFLINE", ioctl(file, SCOUTFS_IOC_PUNCH_OFFLINE, &po));
		printf("\n");
		close(file);
	}
}

/* --- Races. */

static char *raced;
static volatile int stop;
static volatile long calls;

static void *unmapper(void *ignored)
{
	while (!stop) {
		munmap(raced + PAGE, 15 * PAGE);
		if (mmap(raced + PAGE, 15 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) die("mmap");
	}
	return ignored;
}

static void *caller(void *ignored)
{
	for (;;) {
		walk(raced, 16 * PAGE / 24);
		calls++;
	}
	return ignored;
}

static void race(long count)
{
	pthread_t t;
	long whole = 0, fault = 0;
	raced = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	pthread_create(&t, NULL, unmapper, NULL);
	for (long i = 0; i < count; i++) {
		long r = walk(raced, 16 * PAGE / 24);
		if (r >= 0) whole++;
		else if (errno == EFAULT) fault++;
		else die("walk");
	}
	stop = 1;
	pthread_join(t, NULL);
	printf("calls %ld %s\n", whole + fault, whole ? "some whole" : "none whole");
	fflush(stdout);
	for (int i = 0; i < 20; i++) {
		pid_t child = fork();
		if (!child) {
			pthread_t four[4];
			for (int j = 0; j < 4; j++) pthread_create(&four[j], NULL, caller, NULL);
			while (calls < 3 + i) sched_yield();
			_exit(0);
		}
		int status;
		waitpid(child, &status, 0);
		if (status) { printf("child %x\n", status); return; }
	}
	printf("children 20\n");
}

static void handle(const char *dir, uint64_t ino, uint64_t more)
{
	char space[sizeof(struct file_handle) + 128];
	struct file_handle *h = (void *)space;
	int mount = open(dir, O_RDONLY | O_DIRECTORY);
	if (mount < 0) die(dir);
	h->handle_bytes = 16;
	h->handle_type = 0x81;
	memcpy(h->f_handle, &ino, 8);
	memcpy(h->f_handle + 8, &more, 8);
	int fd = open_by_handle_at(mount, h, O_RDONLY);
	struct stat s = {0};
	if (fd >= 0 && fstat(fd, &s)) die("fstat");
	char link[64], path[4096] = "";
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (fd >= 0 && readlink(link, path, sizeof path - 1) < 0) die("readlink");
	int id;
	h->handle_bytes = 128;
	if (fd >= 0 && name_to_handle_at(fd, "", h, &id, AT_EMPTY_PATH)) die("name_to_handle_at");
	uint64_t named = 0;
	uint32_t generation = 1;
	memcpy(&named, h->f_handle, 8);
	memcpy(&generation, h->f_handle + 8, 4);
	show("handle", fd < 0 ? fd : 0, " ino %s %s bytes %u type %x named %s generation %u", s.st_ino == ino ? "same" : "other", path, h->handle_bytes, h->handle_type,
	     named == ino ? "same" : "other", generation);
}

static void unknown(void)
{
	char space[16384] = {0};
	outcome("0", ioctl(file, _IOW(SCOUTFS_IOCTL_MAGIC, 0, uint64_t), space));
	outcome("26", ioctl(file, _IOW(SCOUTFS_IOCTL_MAGIC, 26, uint64_t), space));
	outcome("127", ioctl(file, _IOWR(SCOUTFS_IOCTL_MAGIC, 127, uint64_t), space));
	outcome("smaller", ioctl(file, _IOW(SCOUTFS_IOCTL_MAGIC, 3, uint64_t), space));
	outcome("direction", ioctl(file, _IOR(SCOUTFS_IOCTL_MAGIC, 3, struct scoutfs_ioctl_release), space));
	outcome("magic", ioctl(file, _IOW(0xE7, 3, struct scoutfs_ioctl_release), space));
	outcome("flags", ioctl(file, _IOR('f', 1, long), space));
	printf("\n");
}

/* --- On a volume. */

static char paths[4][4096];

static const char *in(const char *dir, const char *name)
{
	static int next;
	char *p = paths[next++ % 4];
	snprintf(p, sizeof paths[0], "%s/%s", dir, name);
	return p;
}

static void set(int fd, const char *name, const char *value)
{
	if (fsetxattr(fd, name, value, strlen(value), 0)) die(name);
}

static int make(const char *path, char letter, long bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (fd < 0) die(path);
	char *all = malloc(bytes + 1);
	for (long i = 0; i < bytes; i++) all[i] = letter + i / PAGE;
	if (bytes && pwrite(fd, all, bytes, 0) != bytes) die("write");
	free(all);
	return fd;
}

static void prepare(const char *dir)
{
	char name[64];
	file = make(in(dir, "file"), 'a', PAGE);
	fchmod(file, 0666);
	set(file, "scoutfs.hide.a", "1");
	set(file, "scoutfs.hide.bb", "2");
	close(make(in(dir, "mapped"), 'm', 16 * PAGE));
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "n%d", i);
		int fd = make(in(dir, name), 'n', 1);
		set(fd, "scoutfs.srch.test", "");
		snprintf(name, sizeof name, "scoutfs.totl.t.1.2.%d", i);
		set(fd, name, "5");
		snprintf(name, sizeof name, "scoutfs.indx.i.7.%d", i);
		set(fd, name, "");
		close(fd);
	}
	for (int i = 0; i < 8; i++) {
		struct scoutfs_ioctl_quota_rule rule = {.name_val = {100, 200, i}, .limit = ~0ULL, .prio = i, .op = 1};
		if (ioctl(file, SCOUTFS_IOC_ADD_QUOTA_RULE, &rule)) die("ADD_QUOTA_RULE");
	}
	if (fsync(file)) die("fsync");
	printf("prepared\n");
}

static void say(const char *what, long r)
{
	if (r < 0) printf("%s %s\n", what, strerrorname_np(errno));
	else printf("%s %ld\n", what, r);
}

static long release(int fd, uint64_t offset, uint64_t length, uint64_t v)
{
	struct scoutfs_ioctl_release a = {offset, length, v};
	return ioctl(fd, SCOUTFS_IOC_RELEASE, &a);
}

static long stage_at(int fd, const void *from, uint64_t offset, long length, uint64_t v)
{
	struct scoutfs_ioctl_stage a = {.data_version = v, .buf_ptr = PTR(from), .offset = offset, .length = length};
	return ioctl(fd, SCOUTFS_IOC_STAGE, &a);
}

static long move(int to, uint64_t from, uint64_t from_off, uint64_t len, uint64_t to_off, uint64_t v, uint64_t flags)
{
	struct scoutfs_ioctl_move_blocks a = {from, from_off, len, to_off, v, flags};
	return ioctl(to, SCOUTFS_IOC_MOVE_BLOCKS, &a);
}

static long punch(int fd, uint64_t offset, uint64_t len, uint64_t v, uint64_t flags)
{
	struct scoutfs_ioctl_punch_offline a = {offset, len, v, flags};
	return ioctl(fd, SCOUTFS_IOC_PUNCH_OFFLINE, &a);
}

static long setattr(int fd, uint64_t v, uint64_t size, uint64_t flags)
{
	struct scoutfs_ioctl_setattr_more a = {.data_version = v, .i_size = size, .flags = flags, .ctime_sec = 1000, .ctime_nsec = 5, .crtime_sec = 2000, .crtime_nsec = 6};
	return ioctl(fd, SCOUTFS_IOC_SETATTR_MORE, &a);
}

static long wait_err(int fd, uint64_t ino, uint64_t count, uint64_t op, int64_t err)
{
	struct scoutfs_ioctl_data_wait_err a = {.ino = ino, .count = count, .op = op, .err = err};
	return ioctl(fd, SCOUTFS_IOC_DATA_WAIT_ERR, &a);
}

static long attr(int fd, int set, uint64_t mask, uint64_t flags, uint64_t bits, uint64_t project)
{
	struct scoutfs_ioctl_inode_attr_x a = {.x_mask = mask, .x_flags = flags, .bits = bits, .project_id = project};
	return ioctl(fd, set ? SCOUTFS_IOC_SET_ATTR_X : SCOUTFS_IOC_GET_ATTR_X, &a);
}

static long search(int fd, const char *name, uint64_t bytes, uint64_t nr, uint64_t *flags)
{
	static uint64_t found[16];
	struct scoutfs_ioctl_search_xattrs a = {.last_ino = ~0ULL, .name_ptr = PTR(name), .name_bytes = bytes, .inodes_ptr = PTR(found), .nr_inodes = nr};
	long r = ioctl(fd, SCOUTFS_IOC_SEARCH_XATTRS, &a);
	if (flags) *flags = a.output_flags;
	return r;
}

static void more(const char *what, int fd)
{
	struct scoutfs_ioctl_stat_more m;
	struct stat s;
	if (ioctl(fd, SCOUTFS_IOC_STAT_MORE, &m) || fstat(fd, &s)) { say(what, -1); return; }
	printf("%s version %llu online %llu offline %llu size %ld blocks %ld\n", what, m.data_version, m.online_blocks, m.offline_blocks, (long)s.st_size, (long)s.st_blocks);
}

static void check(const char *what, int fd, char letter, long bytes)
{
	char *all = malloc(bytes);
	long n = pread(fd, all, bytes, 0);
	for (long i = 0; i < n; i++)
		if (all[i] != letter + i / (long)PAGE) { printf("%s differs at %ld\n", what, i); free(all); return; }
	printf("%s %ld right\n", what, n);
	free(all);
}

static char reader_text[128];

static void *reader(void *fd)
{
	char byte;
	long n = pread(*(int *)fd, &byte, 1, PAGE);
	if (n < 0) snprintf(reader_text, sizeof reader_text, "%s", strerrorname_np(errno));
	else snprintf(reader_text, sizeof reader_text, "%ld '%c'", n, byte);
	return NULL;
}

static void nothing(int signal) { (void)signal; }

/* Until this mount lists the inode among those who wait, or not for ten seconds. */
static struct scoutfs_ioctl_data_waiting_entry await_waiting(int fd, uint64_t ino)
{
	struct scoutfs_ioctl_data_waiting_entry e[16] = {{0}};
	for (int i = 0; i < 1000; i++) {
		struct scoutfs_ioctl_data_waiting a = {.after_ino = ino - 1, .after_iblock = ~0ULL, .ents_ptr = PTR(e), .ents_nr = 16};
		long n = ioctl(fd, SCOUTFS_IOC_DATA_WAITING, &a);
		if (n < 0) die("DATA_WAITING");
		for (long j = 0; j < n; j++) if (e[j].ino == ino) return e[j];
		poll(NULL, 0, 10);
	}
	printf("nobody waits\n");
	exit(2);
}

static void waiting(const char *dir, int fd, uint64_t ino)
{
	int rd = open(in(dir, "f"), O_RDONLY);
	struct sigaction a = {.sa_handler = nothing};
	sigaction(SIGUSR1, &a, NULL);
	pthread_t t;
	struct scoutfs_ioctl_data_waiting_entry e;

	pthread_create(&t, NULL, reader, &rd);
	e = await_waiting(fd, ino);
	printf("waits at %llu for %u\n", e.iblock, e.op);
	say("DATA_WAIT_ERR other op", wait_err(fd, ino, 3 * PAGE, 2, -5));
	say("DATA_WAIT_ERR", wait_err(fd, ino, 3 * PAGE, 1, -5));
	pthread_join(t, NULL);
	printf("reader %s\n", reader_text);

	pthread_create(&t, NULL, reader, &rd);
	await_waiting(fd, ino);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, NULL);
	printf("reader %s\n", reader_text);

	pthread_create(&t, NULL, reader, &rd);
	await_waiting(fd, ino);
	char *all = malloc(3 * PAGE);
	for (unsigned long i = 0; i < 3 * PAGE; i++) all[i] = 'a' + i / PAGE;
	say("STAGE", stage_at(fd, all, 0, 3 * PAGE, version(fd)));
	free(all);
	pthread_join(t, NULL);
	printf("reader %s\n", reader_text);
	close(rd);
}

static void life(const char *dir)
{
	static char b[65536] __attribute__((aligned(16)));
	struct stat s, top;
	int d = open(dir, O_RDONLY | O_DIRECTORY);
	int f = make(in(dir, "f"), 'a', 3 * PAGE);
	int ro = open(in(dir, "f"), O_RDONLY);
	int wo = open(in(dir, "f"), O_WRONLY);
	int path = open(in(dir, "f"), O_PATH);
	if (d < 0 || ro < 0 || wo < 0 || path < 0 || fstat(f, &s) || fstat(d, &top)) die("open");
	file = f;
	uint64_t v = version(f);
	long n;

	printf("== release\n");
	more("written", f);
	say("other version", release(f, 0, PAGE, v + 1));
	say("unaligned", release(f, 1, PAGE, v));
	say("wraps", release(f, ~0xfffULL, 2 * PAGE, v));
	say("read-only descriptor", release(ro, 0, PAGE, v));
	say("directory", release(d, 0, PAGE, v));
	say("nothing, nothing looked at", release(ro, 1, 0, v + 1));
	say("released", release(f, 0, 3 * PAGE, v));
	more("released", f);

	printf("== waiting\n");
	waiting(dir, f, s.st_ino);
	more("staged", f);
	check("staged", f, 'a', 3 * PAGE);
	say("DATA_WAIT_ERR +5", wait_err(f, s.st_ino, PAGE, 1, 5));
	say("DATA_WAIT_ERR op", wait_err(f, s.st_ino, PAGE, 8, -5));
	say("DATA_WAIT_ERR nobody", wait_err(f, 987654321, PAGE, 1, -5));
	say("DATA_WAIT_ERR nothing", wait_err(f, 987654321, 0, 8, 5));
	say("DATA_WAIT_ERR directory", wait_err(f, top.st_ino, PAGE, 1, -5));

	printf("== stage\n");
	say("behind the end", stage_at(f, b, 0, 4 * PAGE, v));
	say("unaligned", stage_at(f, b, 100, PAGE, v));
	say("end unaligned", stage_at(f, b, 0, 100, v));
	say("negative", stage_at(f, b, 0, -1, v));
	say("other version", stage_at(f, b, 0, PAGE, v + 1));
	say("read-only descriptor", stage_at(ro, b, 0, PAGE, v));
	say("directory", stage_at(d, b, 0, PAGE, v));
	int m = make(in(dir, "source"), 'a', 3 * PAGE);
	if (fsync(m)) die("fsync");
	posix_fadvise(m, 0, 0, POSIX_FADV_DONTNEED);
	char *p = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, m, 0);
	if (p == MAP_FAILED) die("mmap");
	say("released", release(f, 0, 3 * PAGE, v));
	say("from a mapping of this mount", stage_at(f, p, 0, 3 * PAGE, v));
	check("staged", f, 'a', 3 * PAGE);
	say("released", release(f, 0, 3 * PAGE, v));
	char *q = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, m, 0);
	say("unmapped", munmap(q, 3 * PAGE) ? -1 : stage_at(f, q, 0, 3 * PAGE, v));
	say("staged", stage_at(f, p, 0, 3 * PAGE, v));

	printf("== setattr\n");
	say("written file", setattr(f, 1, 100, 0));
	say("read-only descriptor", setattr(ro, 1, 100, 0));
	say("flags", setattr(f, 1, 100, 2));
	int r = make(in(dir, "restored"), 'r', 0);
	say("restored", setattr(r, 5, 2 * PAGE + 10, 1));
	more("restored", r);
	struct scoutfs_ioctl_inode_attr_x ax = {.x_mask = SCOUTFS_IOC_IAX_CTIME | SCOUTFS_IOC_IAX_CRTIME};
	n = ioctl(r, SCOUTFS_IOC_GET_ATTR_X, &ax);
	show("GET_ATTR_X", n, " %llu.%u %llu.%u", ax.ctime_sec, ax.ctime_nsec, ax.crtime_sec, ax.crtime_nsec);
	say("unknown mask", attr(f, 0, 0x400, 0, 0, 0));
	say("unknown flag", attr(f, 0, 1, 2, 0, 0));
	say("no mask", attr(f, 0, 0, 2, 0, 0));
	say("project", attr(f, 1, SCOUTFS_IOC_IAX_PROJECT_ID, 0, 0, 42));
	ax = (struct scoutfs_ioctl_inode_attr_x) {.x_mask = SCOUTFS_IOC_IAX_PROJECT_ID};
	n = ioctl(f, SCOUTFS_IOC_GET_ATTR_X, &ax);
	show("project", n, " %llu", ax.project_id);
	say("retained", attr(f, 1, SCOUTFS_IOC_IAX_RETENTION, 0, 1, 0));
	say("write", pwrite(f, "x", 1, 0));
	say("move into it", move(f, m, 0, PAGE, 0, 0, 0));
	say("retained no more", attr(f, 1, SCOUTFS_IOC_IAX_RETENTION, 0, 0, 0));

	printf("== move\n");
	char elsewhere[] = "/tmp/ioctlsXXXXXX";
	int e = mkstemp(elsewhere);
	unlink(elsewhere);
	int to = make(in(dir, "to"), 't', 0);
	say("no such descriptor", move(to, 999, 0, PAGE, 0, 0, 0));
	say("huge descriptor", move(to, ~0ULL, 0, PAGE, 0, 0, 0));
	say("path descriptor", move(to, path, 0, PAGE, 0, 0, 0));
	say("other file system", move(to, e, 0, PAGE, 0, 0, 0));
	say("itself", move(to, to, 0, PAGE, 0, 0, 0));
	say("flags", move(to, f, 0, PAGE, 0, 0, 2));
	say("unaligned", move(to, f, 1, PAGE, 0, 0, 0));
	say("wraps", move(to, f, ~0ULL, PAGE, 0, 0, 0));
	say("into a directory", move(d, f, 0, PAGE, 0, 0, 0));
	say("out of a directory", move(to, d, 0, PAGE, 0, 0, 0));
	say("nothing", move(to, 999, 0, 0, 0, 0, 0));
	int part = open(dir, O_TMPFILE | O_RDWR, 0600);
	if (part < 0 || pwrite(part, memset(b, 'a', PAGE), PAGE, 0) != PAGE || pwrite(part, memset(b, 'b', PAGE), 100, PAGE) != 100) die("O_TMPFILE");
	say("moved", move(to, part, 0, PAGE + 100, 0, 0, 0));
	more("to", to);
	more("part", part);
	check("to", to, 'a', PAGE + 100);
	say("released", release(f, 0, 3 * PAGE, version(f)));
	say("offline source", move(to, f, 0, PAGE, 4 * PAGE, 0, 0));
	say("other version", move(f, m, 0, 3 * PAGE, 0, version(f) + 1, 1));
	say("staged by moving", move(f, m, 0, 3 * PAGE, 0, version(f), 1));
	check("f", f, 'a', 3 * PAGE);
	more("f", f);

	printf("== punch\n");
	say("unaligned", punch(f, 0, 100, version(f), 0));
	say("flags", punch(f, 0, PAGE, version(f), 1));
	say("other version", punch(f, 0, PAGE, version(f) + 1, 0));
	say("read-only descriptor", punch(ro, 0, PAGE, version(f), 0));
	say("online", punch(f, 0, PAGE, version(f), 0));
	say("released", release(f, 0, 3 * PAGE, version(f)));
	say("punched", punch(f, PAGE, PAGE, version(f), 0));
	struct fiemap_extent *fe = (void *)b;
	struct scoutfs_ioctl_get_extents ge = {.length = ~0ULL, .extents_ptr = PTR(b), .extents_nr = 10};
	n = ioctl(f, SCOUTFS_IOC_GET_EXTENTS, &ge);
	show("extents", n, " %u", ge.mapped);
	for (unsigned i = 0; i < ge.mapped && i < 10; i++) printf("  %llu %llu %s %x\n", fe[i].fe_logical, fe[i].fe_length, fe[i].fe_physical ? "somewhere" : "nowhere", fe[i].fe_flags);
	ge = (struct scoutfs_ioctl_get_extents) {.length = ~0ULL, .extents_ptr = PTR(b), .extents_nr = 10};
	n = ioctl(to, SCOUTFS_IOC_GET_EXTENTS, &ge);
	show("extents", n, " %u", ge.mapped);
	for (unsigned i = 0; i < ge.mapped && i < 10; i++) printf("  %llu %llu %s %x\n", fe[i].fe_logical, fe[i].fe_length, fe[i].fe_physical ? "somewhere" : "nowhere", fe[i].fe_flags);
	ge = (struct scoutfs_ioctl_get_extents) {.length = 0};
	say("no length", ioctl(to, SCOUTFS_IOC_GET_EXTENTS, &ge));

	printf("== names\n");
	struct scoutfs_ioctl_ino_path ip = {.ino = 1, .result_ptr = PTR(b), .result_bytes = 4120};
	say("INO_PATH root", ioctl(f, SCOUTFS_IOC_INO_PATH, &ip));
	ip.ino = 987654321;
	say("INO_PATH unknown", ioctl(f, SCOUTFS_IOC_INO_PATH, &ip));
	ip.ino = s.st_ino;
	ip.result_bytes = 10;
	say("INO_PATH short", ioctl(f, SCOUTFS_IOC_INO_PATH, &ip));
	if (mkdir(in(dir, "sub"), 0755) || link(in(dir, "f"), in(dir, "sub/second"))) die("link");
	ip.result_bytes = 4120;
	struct scoutfs_ioctl_ino_path_result *pr = (void *)b;
	for (;;) {
		n = ioctl(f, SCOUTFS_IOC_INO_PATH, &ip);
		if (n < 0) { say("INO_PATH", n); break; }
		printf("INO_PATH %u '%s'\n", pr->path_bytes, pr->path);
		ip.dir_ino = pr->dir_ino;
		ip.dir_pos = pr->dir_pos + 1;
	}
	struct scoutfs_ioctl_get_referring_entries gr = {.ino = s.st_ino, .entries_ptr = PTR(b), .entries_bytes = sizeof b};
	n = ioctl(f, SCOUTFS_IOC_GET_REFERRING_ENTRIES, &gr);
	say("GET_REFERRING_ENTRIES", n);
	for (long i = 0, at = 0; i < n; i++) {
		struct scoutfs_ioctl_dirent *de = (void *)(b + at);
		printf("  '%s' type %u bytes %u flags %u\n", (char *)de->name, de->d_type, de->entry_bytes, de->flags);
		at += de->entry_bytes;
	}
	gr.entries_bytes = 31;
	say("GET_REFERRING_ENTRIES short", ioctl(f, SCOUTFS_IOC_GET_REFERRING_ENTRIES, &gr));
	gr.ino = 987654321;
	say("GET_REFERRING_ENTRIES unknown", ioctl(f, SCOUTFS_IOC_GET_REFERRING_ENTRIES, &gr));
	uint64_t *numbers = (uint64_t *)b;
	struct scoutfs_ioctl_get_allocated_inos ga = {.start_ino = s.st_ino, .inos_ptr = PTR(b), .inos_bytes = 8};
	n = ioctl(f, SCOUTFS_IOC_GET_ALLOCATED_INOS, &ga);
	show("GET_ALLOCATED_INOS", n, " %s", numbers[0] == s.st_ino ? "same" : "other");

	printf("== attributes\n");
	set(f, "scoutfs.hide.srch.rare", "x");
	set(f, "scoutfs.totl.sum.1.0x2.010", "5");
	set(f, "scoutfs.indx.place.9.77", "");
	if (fsync(f)) die("fsync");
	struct scoutfs_ioctl_listxattr_hidden lh = {.buf_ptr = PTR(b), .buf_bytes = 256};
	n = ioctl(f, SCOUTFS_IOC_LISTXATTR_HIDDEN, &lh);
	show("LISTXATTR_HIDDEN", n, " '%s'", b);
	say("LISTXATTR_HIDDEN", ioctl(f, SCOUTFS_IOC_LISTXATTR_HIDDEN, &lh));
	lh = (struct scoutfs_ioctl_listxattr_hidden) {.buf_ptr = PTR(b), .buf_bytes = 5};
	say("LISTXATTR_HIDDEN short", ioctl(f, SCOUTFS_IOC_LISTXATTR_HIDDEN, &lh));
	uint64_t flags;
	say("SEARCH_XATTRS user.x", search(f, "user.x", 6, 10, NULL));
	say("SEARCH_XATTRS long", search(f, b, 256, 10, NULL));
	say("SEARCH_XATTRS no room", search(f, "user.x", 6, 0, NULL));
	say("SEARCH_XATTRS write-only", search(wo, "scoutfs.srch.rare", 17, 10, NULL));
	n = search(f, "scoutfs.hide.srch.rare", 22, 10, &flags);
	show("SEARCH_XATTRS", n, " flags %lu", flags);
	n = search(f, "scoutfs.hide.srch.none", 22, 10, &flags);
	show("SEARCH_XATTRS", n, " flags %lu", flags);
	struct scoutfs_ioctl_xattr_total *xt = (void *)b;
	struct scoutfs_ioctl_read_xattr_totals rt = {.pos_name = {1, 2, 8}, .totals_ptr = PTR(b), .totals_bytes = 40};
	n = ioctl(f, SCOUTFS_IOC_READ_XATTR_TOTALS, &rt);
	show("READ_XATTR_TOTALS", n, " %llu.%llu.%llu %llu of %llu", xt->name[0], xt->name[1], xt->name[2], xt->total, xt->count);
	struct scoutfs_ioctl_xattr_index_entry *xe = (void *)b;
	struct scoutfs_ioctl_read_xattr_index xi = {.first = {.major = 9, .minor = 77}, .last = {.major = 9, .minor = 77, .ino = ~0ULL}, .entries_ptr = PTR(b), .entries_nr = 10};
	n = ioctl(f, SCOUTFS_IOC_READ_XATTR_INDEX, &xi);
	show("READ_XATTR_INDEX", n, " %u.%llu %s", xe->major, xe->minor, xe->ino == s.st_ino ? "same" : "other");
	xi.first.major = 10;
	say("READ_XATTR_INDEX backwards", ioctl(f, SCOUTFS_IOC_READ_XATTR_INDEX, &xi));

	printf("== volume\n");
	struct scoutfs_ioctl_alloc_detail ad = {.entries_ptr = PTR(b), .entries_nr = 3};
	say("ALLOC_DETAIL short", ioctl(f, SCOUTFS_IOC_ALLOC_DETAIL, &ad));
	ad.entries_nr = 1000;
	say("ALLOC_DETAIL", ioctl(f, SCOUTFS_IOC_ALLOC_DETAIL, &ad) > 3);
	struct scoutfs_ioctl_statfs_more sf;
	n = ioctl(d, SCOUTFS_IOC_STATFS_MORE, &sf);
	show("STATFS_MORE", n, " %s %s", sf.fsid ? "fsid" : "", sf.rid ? "rid" : "");
	struct scoutfs_ioctl_resize_devices rd = {0};
	say("RESIZE_DEVICES as it is", ioctl(f, SCOUTFS_IOC_RESIZE_DEVICES, &rd));
	rd.new_total_meta_blocks = 1;
	say("RESIZE_DEVICES smaller", ioctl(f, SCOUTFS_IOC_RESIZE_DEVICES, &rd));
	rd.new_total_meta_blocks = ~0ULL >> 20;
	say("RESIZE_DEVICES larger than the device", ioctl(f, SCOUTFS_IOC_RESIZE_DEVICES, &rd));
	struct scoutfs_ioctl_walk_inodes_entry *we = (void *)b;
	int there = 0;
	struct scoutfs_ioctl_walk_inodes w = {.last = {.major = ~0ULL, .ino = ~0ULL}, .entries_ptr = PTR(b), .nr_entries = 2000, .index = 1};
	n = ioctl(f, SCOUTFS_IOC_WALK_INODES, &w);
	for (long i = 0; i < n; i++) there += we[i].ino == s.st_ino;
	show("WALK_INODES", n > 0 ? 0 : n, " there %d", there);
	w.index = 2;
	say("WALK_INODES unknown", ioctl(f, SCOUTFS_IOC_WALK_INODES, &w));
	w.index = 0;
	w.nr_entries = 0;
	say("WALK_INODES no room", ioctl(f, SCOUTFS_IOC_WALK_INODES, &w));

	printf("== quota\n");
	struct scoutfs_ioctl_quota_rule rule = {.name_val = {7, 8, 9}, .limit = 1000000, .prio = 5, .op = 0};
	say("added", ioctl(f, SCOUTFS_IOC_ADD_QUOTA_RULE, &rule));
	say("added again", ioctl(f, SCOUTFS_IOC_ADD_QUOTA_RULE, &rule));
	struct scoutfs_ioctl_quota_rule *qr = (void *)b;
	struct scoutfs_ioctl_get_quota_rules gq = {.rules_ptr = PTR(b), .rules_nr = 10};
	n = ioctl(f, SCOUTFS_IOC_GET_QUOTA_RULES, &gq);
	show("rules", n, " prio %u limit %llu %s", qr->prio, qr->limit, gq.iterator[0] ? "further" : "still");
	say("rules", ioctl(f, SCOUTFS_IOC_GET_QUOTA_RULES, &gq));
	rule.limit++;
	say("deleted another", ioctl(f, SCOUTFS_IOC_DEL_QUOTA_RULE, &rule));
	rule.limit--;
	say("deleted", ioctl(f, SCOUTFS_IOC_DEL_QUOTA_RULE, &rule));
	rule.op = 2;
	say("operation", ioctl(f, SCOUTFS_IOC_ADD_QUOTA_RULE, &rule));
	struct scoutfs_ioctl_inject_totl_delta it = {.name = {50, 60, 70}, .total = 4, .count = 2};
	say("INJECT_TOTL_DELTA", ioctl(f, SCOUTFS_IOC_INJECT_TOTL_DELTA, &it));
	it.total = -4;
	it.count = -2;
	say("INJECT_TOTL_DELTA", ioctl(f, SCOUTFS_IOC_INJECT_TOTL_DELTA, &it));
	printf("end\n");
}

static void refused(const char *path)
{
	int fd = open(path, O_RDONLY);
	if (fd < 0) die(path);
	outcome("RELEASE", release(fd, 0, PAGE, 1));
	outcome("STAGE", stage_at(fd, path, 0, PAGE, 1));
	outcome("SETATTR_MORE", setattr(fd, 1, 1, 0));
	outcome("MOVE_BLOCKS", move(fd, open("/dev/null", O_RDONLY), 0, PAGE, 0, 1, 0));
	outcome("SET_ATTR_X", attr(fd, 1, SCOUTFS_IOC_IAX_PROJECT_ID, 0, 0, 1));
	outcome("PUNCH_OFFLINE", punch(fd, 0, PAGE, 1, 0));
	struct scoutfs_ioctl_resize_devices rd = {0};
	outcome("RESIZE_DEVICES", ioctl(fd, SCOUTFS_IOC_RESIZE_DEVICES, &rd));
	printf("\n");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "numbers")) { numbers(); return 0; }
	if (!strcmp(what, "handle")) { handle(argv[2], strtoull(argv[3], NULL, 0), argc > 4 ? strtoull(argv[4], NULL, 0) : 0); return 0; }
	if (!strcmp(what, "modes")) { modes(argv[2], argv[3]); return 0; }
	if (argc < 3) return 2;
	if (!strcmp(what, "prepare")) { prepare(argv[2]); return 0; }
	if (!strcmp(what, "life")) { life(argv[2]); return 0; }
	if (!strcmp(what, "refused")) { refused(argv[2]); return 0; }
	const char *path = argv[!strcmp(what, "as") ? 3 : 2];
	file = open(path, O_RDWR);
	if (file < 0 && errno == EISDIR) file = open(path, O_RDONLY | O_DIRECTORY);
	if (file < 0) die(path);
	if (!strcmp(what, "all")) {
		other = open(argv[3], O_RDONLY);
		if (other < 0) die(argv[3]);
		all();
	} else if (!strcmp(what, "buffers")) buffers(argv[3]);
	else if (!strcmp(what, "as")) { become(argv[2]); may(); }
	else if (!strcmp(what, "race")) race(atol(argv[3]));
	else if (!strcmp(what, "unknown")) unknown();
	else return 2;
	return 0;
}
