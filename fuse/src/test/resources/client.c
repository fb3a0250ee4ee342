/*
 * A process that touches a mount on behalf of a test: reads one command a line, prints one answer a line. Numbers below zero are
 * negated errnos. The test's JVM serves the mount and must not touch it itself.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static char *arg[16];
static int args;
static char *maps[64];
static size_t map_size[64];
static int map_count;
static char *buffer;
#define BUFFER (8 << 20)

static long n(int i) { return i < args ? strtol(arg[i], NULL, 0) : 0; }
static void result(long r) { printf("%ld\n", r < 0 ? (long)-errno : r); }
static long now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000L + t.tv_nsec; }
static void on_signal(int s) { (void)s; }

static void show_stat(int r, struct stat *s)
{
	if (r < 0) { result(r); return; }
	printf("%lu %o %lu %ld %u %u %u:%u %ld.%09ld\n", s->st_ino, s->st_mode, s->st_nlink, (long)s->st_size, s->st_uid, s->st_gid,
	       major(s->st_rdev), minor(s->st_rdev), s->st_mtim.tv_sec, s->st_mtim.tv_nsec);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path)
{
	static char *names[300000];
	int count = 0;
	DIR *d = opendir(path);
	struct dirent *e;
	if (!d) { result(-1); return; }
	errno = 0;
	while ((e = readdir(d)))
		if (count < 300000) names[count++] = strdup(e->d_name);
	if (errno) { result(-1); closedir(d); return; }
	closedir(d);
	qsort(names, count, sizeof *names, by_name);
	printf("%d", count);
	for (int i = 0; i < count; i++) {
		if (i < 40) printf(" %s", names[i]);
		free(names[i]);
	}
	printf("\n");
}

/* Makes so many files of one byte. */
static void make(const char *prefix, int count)
{
	char p[4096];
	for (int i = 0; i < count; i++) {
		snprintf(p, sizeof p, "%s%d", prefix, i);
		int fd = open(p, O_CREAT | O_EXCL | O_WRONLY, 0644);
		if (fd < 0 || write(fd, "x", 1) != 1) { result(-1); return; }
		close(fd);
	}
	printf("%d\n", count);
}

/* Nanoseconds for each of create+close, stat (kept), open+close, unlink of so many files. */
static void bench(const char *dir, int count)
{
	char p[4096];
	struct stat s;
	long t[6];
	t[0] = now();
	for (int i = 0; i < count; i++) {
		snprintf(p, sizeof p, "%s/f%d", dir, i);
		int fd = open(p, O_CREAT | O_EXCL | O_WRONLY, 0644);
		if (fd < 0) { result(-1); return; }
		close(fd);
	}
	t[1] = now();
	for (int i = 0; i < count; i++) { snprintf(p, sizeof p, "%s/f%d", dir, i); if (stat(p, &s)) { result(-1); return; } }
	t[2] = now();
	for (int i = 0; i < count; i++) {
		snprintf(p, sizeof p, "%s/f%d", dir, i);
		int fd = open(p, O_RDONLY);
		if (fd < 0) { result(-1); return; }
		close(fd);
	}
	t[3] = now();
	for (int i = 0; i < count; i++) { snprintf(p, sizeof p, "%s/f%d", dir, i); if (unlink(p)) { result(-1); return; } }
	t[4] = now();
	for (int i = 0; i < 4; i++) printf("%ld ", (t[i + 1] - t[i]) / count);
	printf("\n");
}

/* Nanoseconds per MiB of a write and a read of so many MiB in pieces. flags: O_DIRECT or 0. */
static void data(const char *path, int mib, int piece, int flags)
{
	long t0 = now(), t1, t2;
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | flags, 0644);
	if (fd < 0) { result(-1); return; }
	for (long at = 0; at < (long)mib << 20; at += piece)
		if (pwrite(fd, buffer, piece, at) != piece) { result(-1); return; }
	close(fd);
	t1 = now();
	fd = open(path, O_RDONLY | flags);
	for (long at = 0; at < (long)mib << 20; at += piece)
		if (pread(fd, buffer, piece, at) != piece) { result(-1); return; }
	close(fd);
	t2 = now();
	printf("%ld %ld\n", (t1 - t0) / mib, (t2 - t1) / mib);
}

/*
 * Looks at names r0..r15 of a directory, which others change, and makes and removes names n0..n31, until the time is over. Prints
 * the operations done.
 */
static void hammer(const char *dir, int millis, int seed)
{
	long end = now() + millis * 1000000L;
	unsigned r = seed * 2654435761u + 1;
	long ops = 0;
	char p[4096];
	struct stat s;
	while (now() < end) {
		int fd;
		r = r * 1664525 + 1013904223;
		switch ((r >> 20) % 16) {
		case 0: case 1:
			snprintf(p, sizeof p, "%s/n%d", dir, (r >> 8) % 32);
			fd = open(p, O_CREAT | O_WRONLY, 0644);
			if (fd >= 0) close(fd);
			break;
		case 2: case 3:
			snprintf(p, sizeof p, "%s/n%d", dir, (r >> 8) % 32);
			unlink(p);
			break;
		case 4: {
			DIR *d = opendir(dir);
			if (d) { while (readdir(d)) ; closedir(d); }
			break;
		}
		case 5: case 6: case 7: case 8:
			snprintf(p, sizeof p, "%s/r%d", dir, (r >> 8) % 16);
			fd = open(p, O_RDONLY);
			if (fd >= 0) { fstat(fd, &s); close(fd); }
			break;
		default:
			snprintf(p, sizeof p, "%s/r%d", dir, (r >> 8) % 16);
			stat(p, &s);
		}
		ops++;
	}
	printf("%ld\n", ops);
}

/*
 * Reads a file of equal bytes through a mapping and with read(2) until the time is over; its bytes grow with time. Prints how often it
 * went back.
 */
static void watch(const char *path, int millis, int offset)
{
	long end = now() + millis * 1000000L, back = 0;
	int fd = open(path, O_RDONLY);
	volatile unsigned char *m = mmap(NULL, 1 << 20, PROT_READ, MAP_SHARED, fd, 0);
	unsigned char seen = m[offset], byte;
	while (now() < end) {
		byte = m[offset];
		if ((signed char)(byte - seen) < 0) back++; else seen = byte;
		if (pread(fd, &byte, 1, offset + 4096) != 1) { result(-1); return; }
		if ((signed char)(byte - seen) < 0) back++; else seen = byte;
	}
	munmap((void *)m, 1 << 20);
	close(fd);
	printf("%ld\n", back);
}

static void handle(const char *path)
{
	char space[sizeof(struct file_handle) + 128];
	struct file_handle *h = (struct file_handle *)space;
	int mount;
	h->handle_bytes = 128;
	if (name_to_handle_at(AT_FDCWD, path, h, &mount, 0)) { result(-1); return; }
	char top[4096];
	snprintf(top, sizeof top, "%s", arg[2]);
	int m = open(top, O_RDONLY | O_DIRECTORY);
	int fd = open_by_handle_at(m, h, O_RDONLY);
	int e = errno;
	close(m);
	errno = e;
	if (fd < 0) { result(-1); return; }
	struct stat s;
	fstat(fd, &s);
	close(fd);
	printf("%lu %d %u\n", s.st_ino, h->handle_type, h->handle_bytes);
}

static struct { const char *path; long offset; long length; long got, again, other; pthread_mutex_t lock; } crowd = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *one_of_crowd(void *unused)
{
	char *space = malloc(crowd.length);
	int fd = open(crowd.path, O_RDONLY);
	ssize_t r = pread(fd, space, crowd.length, crowd.offset);
	int e = errno;
	(void)unused;
	close(fd);
	free(space);
	pthread_mutex_lock(&crowd.lock);
	if (r == crowd.length) crowd.got++; else if (r < 0 && e == EAGAIN) crowd.again++; else crowd.other++;
	pthread_mutex_unlock(&crowd.lock);
	return NULL;
}

/* So many threads on one processor read the same bytes. Prints how many got them, EAGAIN, and something else. */
static void read_together(const char *path, int count, long offset, long length)
{
	pthread_t *threads = calloc(count, sizeof *threads);
	pthread_attr_t small;
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof one, &one);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	crowd.path = path; crowd.offset = offset; crowd.length = length;
	crowd.got = crowd.again = crowd.other = 0;
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], &small, one_of_crowd, NULL)) { printf("no thread %d\n", i); return; }
	for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
	free(threads);
	printf("%ld %ld %ld\n", crowd.got, crowd.again, crowd.other);
}

static int run(void)
{
	struct stat s;
	const char *c = arg[0];
	if (!strcmp(c, "open")) result(open(arg[1], n(2), n(3)));
	else if (!strcmp(c, "close")) result(close(n(1)));
	else if (!strcmp(c, "stat")) show_stat(lstat(arg[1], &s), &s);
	else if (!strcmp(c, "fstat")) show_stat(fstat(n(1), &s), &s);
	else if (!strcmp(c, "btime")) {
		struct statx x;
		int r = statx(AT_FDCWD, arg[1], 0, STATX_BTIME | STATX_BASIC_STATS, &x);
		if (r) result(r); else printf("%d %lld %llu\n", (x.stx_mask & STATX_BTIME) != 0, (long long)x.stx_btime.tv_sec, (unsigned long long)x.stx_size);
	}
	else if (!strcmp(c, "get")) {
		int fd = open(arg[1], O_RDONLY);
		ssize_t r = fd < 0 ? -1 : read(fd, buffer, 200);
		int e = errno;
		if (fd >= 0) close(fd);
		errno = e;
		if (r < 0) result(r); else printf("'%.*s'\n", (int)r, buffer);
	}
	else if (!strcmp(c, "put")) {
		int fd = open(arg[1], O_CREAT | O_WRONLY | O_TRUNC, 0644);
		ssize_t r = fd < 0 ? -1 : write(fd, arg[2], strlen(arg[2]));
		int e = errno;
		if (fd >= 0) close(fd);
		errno = e;
		result(r);
	}
	else if (!strcmp(c, "pread")) {
		ssize_t r = pread(n(1), buffer, n(3), n(2));
		if (r < 0) result(r); else printf("'%.*s'\n", (int)r, buffer);
	}
	else if (!strcmp(c, "pwrite")) result(pwrite(n(1), arg[3], strlen(arg[3]), n(2)));
	else if (!strcmp(c, "write")) result(write(n(1), arg[2], strlen(arg[2])));
	else if (!strcmp(c, "fill")) { /* fd off len seed */
		for (long i = 0; i < n(3); i++) buffer[i] = (char)((n(2) + i) * 31 + (n(2) + i) / 4096 + n(4));
		result(pwrite(n(1), buffer, n(3), n(2)));
	}
	else if (!strcmp(c, "check")) { /* fd off len seed */
		ssize_t r = pread(n(1), buffer, n(3), n(2));
		if (r < 0) { result(r); return 0; }
		for (long i = 0; i < r; i++)
			if (buffer[i] != (char)((n(2) + i) * 31 + (n(2) + i) / 4096 + n(4))) { printf("differs at %ld\n", n(2) + i); return 0; }
		printf("%zd\n", r);
	}
	else if (!strcmp(c, "mkdir")) result(mkdir(arg[1], n(2)));
	else if (!strcmp(c, "rmdir")) result(rmdir(arg[1]));
	else if (!strcmp(c, "unlink")) result(unlink(arg[1]));
	else if (!strcmp(c, "rename")) result(renameat2(AT_FDCWD, arg[1], AT_FDCWD, arg[2], n(3)));
	else if (!strcmp(c, "link")) result(link(arg[1], arg[2]));
	else if (!strcmp(c, "symlink")) result(symlink(arg[1], arg[2]));
	else if (!strcmp(c, "readlink")) { ssize_t r = readlink(arg[1], buffer, 5000); if (r < 0) result(r); else printf("'%.*s'\n", (int)r, buffer); }
	else if (!strcmp(c, "mknod")) result(mknod(arg[1], n(2), makedev(n(3), n(4))));
	else if (!strcmp(c, "chmod")) result(chmod(arg[1], n(2)));
	else if (!strcmp(c, "chown")) result(chown(arg[1], n(2), n(3)));
	else if (!strcmp(c, "truncate")) result(truncate(arg[1], n(2)));
	else if (!strcmp(c, "ftruncate")) result(ftruncate(n(1), n(2)));
	else if (!strcmp(c, "utime")) { struct timespec t[2] = {{n(2), n(3)}, {n(2), n(3)}}; result(utimensat(AT_FDCWD, arg[1], t, 0)); }
	else if (!strcmp(c, "umask")) result(umask(n(1)));
	else if (!strcmp(c, "access")) result(access(arg[1], n(2)));
	else if (!strcmp(c, "statfs")) { struct statfs f; int r = statfs(arg[1], &f); if (r) result(r); else printf("%ld %ld %ld %ld\n", (long)f.f_bsize, (long)f.f_blocks, (long)f.f_ffree, (long)f.f_namelen); }
	else if (!strcmp(c, "fsync")) result(fsync(n(1)));
	else if (!strcmp(c, "syncfs")) result(syncfs(n(1)));
	else if (!strcmp(c, "list")) list(arg[1]);
	else if (!strcmp(c, "setx")) result(lsetxattr(arg[1], arg[2], arg[3], strlen(arg[3]), n(4)));
	else if (!strcmp(c, "getx")) { ssize_t r = lgetxattr(arg[1], arg[2], buffer, args > 3 ? n(3) : 1000); if (r < 0 || args > 3) result(r); else printf("'%.*s'\n", (int)r, buffer); }
	else if (!strcmp(c, "listx")) { ssize_t r = llistxattr(arg[1], buffer, 1000); if (r < 0) { result(r); return 0; } for (ssize_t i = 0; i < r; i++) if (!buffer[i]) buffer[i] = ','; printf("'%.*s'\n", (int)r, buffer); }
	else if (!strcmp(c, "remx")) result(lremovexattr(arg[1], arg[2]));
	else if (!strcmp(c, "fallocate")) result(fallocate(n(1), n(2), n(3), n(4)));
	else if (!strcmp(c, "lseek")) result(lseek(n(1), n(2), n(3)));
	else if (!strcmp(c, "mmap")) { /* fd bytes prot */
		void *m = mmap(NULL, n(2), n(3), MAP_SHARED, n(1), 0);
		if (m == MAP_FAILED) { result(-1); return 0; }
		maps[map_count] = m; map_size[map_count] = n(2);
		printf("%d\n", map_count++);
	}
	else if (!strcmp(c, "peek")) printf("%d\n", (unsigned char)((volatile char *)maps[n(1)])[n(2)]);
	else if (!strcmp(c, "poke")) { ((volatile char *)maps[n(1)])[n(2)] = (char)n(3); printf("0\n"); }
	else if (!strcmp(c, "msync")) result(msync(maps[n(1)], map_size[n(1)], MS_SYNC));
	else if (!strcmp(c, "munmap")) result(munmap(maps[n(1)], map_size[n(1)]));
	else if (!strcmp(c, "tmpfile")) result(open(arg[1], O_TMPFILE | O_RDWR, 0600));
	else if (!strcmp(c, "linkfd")) { char p[64]; snprintf(p, sizeof p, "/proc/self/fd/%ld", n(1)); result(linkat(AT_FDCWD, p, AT_FDCWD, arg[2], AT_SYMLINK_FOLLOW)); }
	else if (!strcmp(c, "copy")) { loff_t a = 0, b = 0; result(copy_file_range(n(1), &a, n(2), &b, n(3), 0)); }
	else if (!strcmp(c, "ioctl")) { char space[256] = {0}; result(ioctl(n(1), n(2), space)); }
	else if (!strcmp(c, "setfl")) result(fcntl(n(1), F_SETFL, n(2)));
	else if (!strcmp(c, "flock")) result(flock(n(1), n(2)));
	else if (!strcmp(c, "handle")) handle(arg[1]);
	else if (!strcmp(c, "seteuid")) result(seteuid(n(1)));
	else if (!strcmp(c, "chdir")) result(chdir(arg[1]));
	else if (!strcmp(c, "make")) make(arg[1], n(2));
	else if (!strcmp(c, "bench")) bench(arg[1], n(2));
	else if (!strcmp(c, "data")) data(arg[1], n(2), n(3), n(4));
	else if (!strcmp(c, "hammer")) hammer(arg[1], n(2), n(3));
	else if (!strcmp(c, "watch")) watch(arg[1], n(2), n(3));
	else if (!strcmp(c, "together")) read_together(arg[1], n(2), n(3), n(4));
	else if (!strcmp(c, "advise")) result(posix_fadvise(n(1), n(2), n(3), POSIX_FADV_WILLNEED));
	else if (!strcmp(c, "pid")) printf("%d\n", getpid());
	else if (!strcmp(c, "exit")) return 1;
	else printf("unknown command %s\n", c);
	return 0;
}

int main(void)
{
	static char line[65536];
	struct sigaction a = {.sa_handler = on_signal};
	sigaction(SIGUSR1, &a, NULL); /* without SA_RESTART: a wait ends with EINTR */
	buffer = aligned_alloc(4096, BUFFER);
	memset(buffer, 'x', BUFFER);
	while (fgets(line, sizeof line, stdin)) {
		args = 0;
		for (char *w = strtok(line, " \n"); w && args < 16; w = strtok(NULL, " \n")) arg[args++] = w;
		if (args && run()) break;
		fflush(stdout);
	}
	return 0;
}
