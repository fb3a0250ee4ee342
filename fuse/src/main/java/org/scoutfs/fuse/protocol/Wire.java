package org.scoutfs.fuse.protocol;

/**
 * Sizes, offsets and flag values of the FUSE protocol (spec 6 sections 4.1 to 4.4).
 *
 * <p>Offsets of requests count from the start of the arguments, which follow the 40-byte header; offsets of replies from the start of the
 * body, which follows the 16-byte header.
 */
public final class Wire {
    public static final int MAJOR = 7;
    public static final int MINOR = 45;

    /** First minor version with NOTIFY_INC_EPOCH. */
    public static final int MINOR_EPOCH = 44;

    /** First minor version with NOTIFY_PRUNE. */
    public static final int MINOR_PRUNE = 45;

    /** The kernel refuses a read with less room. */
    public static final int MIN_READ_BYTES = 8192;

    /** Node id of the root. */
    public static final long ROOT_NODE = 1;

    public static final int PAGE_BYTES = 4096;

    /** {@code fuse_in_header}, before every request. */
    public static final class InHeader {
        public static final int LEN = 0;
        public static final int OPCODE = 4;
        public static final int UNIQUE = 8;
        public static final int NODEID = 16;
        public static final int UID = 24;
        public static final int GID = 28;
        public static final int PID = 32;
        public static final int TOTAL_EXTLEN = 36;
        public static final int SIZE = 40;

        private InHeader() {}
    }

    /** {@code fuse_out_header}, before every reply and notification. */
    public static final class OutHeader {
        public static final int LEN = 0;
        public static final int ERROR = 4;
        public static final int UNIQUE = 8;
        public static final int SIZE = 16;

        private OutHeader() {}
    }

    /** {@code fuse_attr}. */
    public static final class Attr {
        public static final int INO = 0;
        public static final int SIZE_BYTES = 8;
        public static final int BLOCKS = 16;
        public static final int ATIME = 24;
        public static final int MTIME = 32;
        public static final int CTIME = 40;
        public static final int ATIME_NSEC = 48;
        public static final int MTIME_NSEC = 52;
        public static final int CTIME_NSEC = 56;
        public static final int MODE = 60;
        public static final int NLINK = 64;
        public static final int UID = 68;
        public static final int GID = 72;
        public static final int RDEV = 76;
        public static final int BLKSIZE = 80;
        public static final int FLAGS = 84;
        public static final int SIZE = 88;

        private Attr() {}
    }

    /** {@code fuse_entry_out}. */
    public static final class EntryOut {
        public static final int NODEID = 0;
        public static final int GENERATION = 8;
        public static final int ENTRY_VALID = 16;
        public static final int ATTR_VALID = 24;
        public static final int ENTRY_VALID_NSEC = 32;
        public static final int ATTR_VALID_NSEC = 36;
        public static final int ATTR = 40;
        public static final int SIZE = 128;

        private EntryOut() {}
    }

    /** {@code fuse_attr_out}. */
    public static final class AttrOut {
        public static final int ATTR_VALID = 0;
        public static final int ATTR_VALID_NSEC = 8;
        public static final int DUMMY = 12;
        public static final int ATTR = 16;
        public static final int SIZE = 104;

        private AttrOut() {}
    }

    /** {@code fuse_open_out}. */
    public static final class OpenOut {
        public static final int FH = 0;
        public static final int OPEN_FLAGS = 8;
        public static final int BACKING_ID = 12;
        public static final int SIZE = 16;

        public static final int DIRECT_IO = 1;
        public static final int KEEP_CACHE = 2;
        public static final int NOFLUSH = 32;
        public static final int PARALLEL_DIRECT_WRITES = 64;

        private OpenOut() {}
    }

    /** {@code fuse_dirent}; the name follows, padded to 8 bytes. */
    public static final class Dirent {
        public static final int INO = 0;
        public static final int OFF = 8;
        public static final int NAMELEN = 16;
        public static final int TYPE = 20;
        public static final int NAME = 24;

        private Dirent() {}

        /** Bytes of an entry with a name of this length. */
        public static int size(int nameLength) {
            return (NAME + nameLength + 7) & ~7;
        }
    }

    /** {@code fuse_getattr_in}. */
    public static final class GetattrIn {
        public static final int FLAGS = 0;
        public static final int FH = 8;
        public static final int SIZE = 16;

        private GetattrIn() {}
    }

    /** {@code fuse_setattr_in}. */
    public static final class SetattrIn {
        public static final int VALID = 0;
        public static final int FH = 8;
        public static final int SIZE_BYTES = 16;
        public static final int LOCK_OWNER = 24;
        public static final int ATIME = 32;
        public static final int MTIME = 40;
        public static final int CTIME = 48;
        public static final int ATIME_NSEC = 56;
        public static final int MTIME_NSEC = 60;
        public static final int CTIME_NSEC = 64;
        public static final int MODE = 68;
        public static final int UID = 76;
        public static final int GID = 80;
        public static final int SIZE = 88;

        public static final int VALID_MODE = 1;
        public static final int VALID_UID = 2;
        public static final int VALID_GID = 4;
        public static final int VALID_SIZE = 8;
        public static final int VALID_ATIME = 0x10;
        public static final int VALID_MTIME = 0x20;
        public static final int VALID_FH = 0x40;
        public static final int VALID_ATIME_NOW = 0x80;
        public static final int VALID_MTIME_NOW = 0x100;
        public static final int VALID_LOCKOWNER = 0x200;
        public static final int VALID_CTIME = 0x400;
        public static final int VALID_KILL_SUIDGID = 0x800;

        private SetattrIn() {}
    }

    /** {@code fuse_mknod_in}; the name follows. */
    public static final class MknodIn {
        public static final int MODE = 0;
        public static final int RDEV = 4;
        public static final int UMASK = 8;
        public static final int SIZE = 16;

        private MknodIn() {}
    }

    /** {@code fuse_mkdir_in}; the name follows. */
    public static final class MkdirIn {
        public static final int MODE = 0;
        public static final int UMASK = 4;
        public static final int SIZE = 8;

        private MkdirIn() {}
    }

    /** {@code fuse_rename_in}; old and new name follow. */
    public static final class RenameIn {
        public static final int NEWDIR = 0;
        public static final int SIZE = 8;

        private RenameIn() {}
    }

    /** {@code fuse_rename2_in}; old and new name follow. */
    public static final class Rename2In {
        public static final int NEWDIR = 0;
        public static final int FLAGS = 8;
        public static final int SIZE = 16;

        private Rename2In() {}
    }

    /** {@code fuse_link_in}; the name follows. */
    public static final class LinkIn {
        public static final int OLDNODEID = 0;
        public static final int SIZE = 8;

        private LinkIn() {}
    }

    /** {@code fuse_open_in}. */
    public static final class OpenIn {
        public static final int FLAGS = 0;
        public static final int OPEN_FLAGS = 4;
        public static final int SIZE = 8;

        /** In {@code open_flags} of OPEN and CREATE. */
        public static final int KILL_SUIDGID = 1;

        private OpenIn() {}
    }

    /** {@code fuse_create_in}, of CREATE and TMPFILE; the name follows. */
    public static final class CreateIn {
        public static final int FLAGS = 0;
        public static final int MODE = 4;
        public static final int UMASK = 8;
        public static final int OPEN_FLAGS = 12;
        public static final int SIZE = 16;

        private CreateIn() {}
    }

    /** {@code fuse_read_in}, of READ, READDIR and READDIRPLUS. */
    public static final class ReadIn {
        public static final int FH = 0;
        public static final int OFFSET = 8;
        public static final int BYTES = 16;
        public static final int READ_FLAGS = 20;
        /** The owner of the caller's locks is given: not by requests that fill the page cache. */
        public static final int LOCKOWNER = 2;

        public static final int LOCK_OWNER = 24;
        public static final int FLAGS = 32;
        public static final int SIZE = 40;

        private ReadIn() {}
    }

    /** {@code fuse_write_in}; the data follow. */
    public static final class WriteIn {
        public static final int FH = 0;
        public static final int OFFSET = 8;
        public static final int BYTES = 16;
        public static final int WRITE_FLAGS = 20;
        public static final int LOCK_OWNER = 24;
        public static final int FLAGS = 32;
        public static final int SIZE = 40;

        /** From the page cache; the handle is some writable one of that file. */
        public static final int CACHE = 1;

        public static final int KILL_SUIDGID = 4;

        private WriteIn() {}
    }

    /** {@code fuse_write_out}. */
    public static final class WriteOut {
        public static final int BYTES = 0;
        public static final int SIZE = 8;

        private WriteOut() {}
    }

    /** {@code fuse_statfs_out}. */
    public static final class StatfsOut {
        public static final int BLOCKS = 0;
        public static final int BFREE = 8;
        public static final int BAVAIL = 16;
        public static final int FILES = 24;
        public static final int FFREE = 32;
        public static final int BSIZE = 40;
        public static final int NAMELEN = 44;
        public static final int FRSIZE = 48;
        public static final int SIZE = 80;

        private StatfsOut() {}
    }

    /** {@code fuse_release_in}. */
    public static final class ReleaseIn {
        public static final int FH = 0;
        public static final int SIZE = 24;

        private ReleaseIn() {}
    }

    /** {@code fuse_fsync_in}. */
    public static final class FsyncIn {
        public static final int FH = 0;
        public static final int FSYNC_FLAGS = 8;
        public static final int SIZE = 16;

        private FsyncIn() {}
    }

    /** {@code fuse_setxattr_in}; name and value follow. The size depends on {@link InitFlag#SETXATTR_EXT}. */
    public static final class SetxattrIn {
        public static final int BYTES = 0;
        public static final int FLAGS = 4;
        public static final int SETXATTR_FLAGS = 8;
        public static final int SIZE = 16;
        public static final int SIZE_WITHOUT_EXT = 8;

        /** In {@code setxattr_flags}. */
        public static final int ACL_KILL_SGID = 1;

        private SetxattrIn() {}
    }

    /** {@code fuse_getxattr_in} and {@code fuse_getxattr_out}; a name follows in GETXATTR. */
    public static final class GetxattrIn {
        public static final int BYTES = 0;
        public static final int SIZE = 8;

        private GetxattrIn() {}
    }

    /** {@code fuse_init_in}. */
    public static final class InitIn {
        public static final int MAJOR = 0;
        public static final int MINOR = 4;
        public static final int MAX_READAHEAD = 8;
        public static final int FLAGS = 12;
        public static final int FLAGS2 = 16;

        /** Without {@code flags2}, as kernels before 7.36 send it. */
        public static final int SIZE_OLD = 16;

        public static final int SIZE = 64;

        private InitIn() {}
    }

    /** {@code fuse_init_out}. */
    public static final class InitOut {
        public static final int MAJOR = 0;
        public static final int MINOR = 4;
        public static final int MAX_READAHEAD = 8;
        public static final int FLAGS = 12;
        public static final int MAX_BACKGROUND = 16;
        public static final int CONGESTION_THRESHOLD = 18;
        public static final int MAX_WRITE = 20;
        public static final int TIME_GRAN = 24;
        public static final int MAX_PAGES = 28;
        public static final int MAP_ALIGNMENT = 30;
        public static final int FLAGS2 = 32;
        public static final int SIZE = 64;

        private InitOut() {}
    }

    /** {@code fuse_ioctl_in}; the input follows. */
    public static final class IoctlIn {
        public static final int FH = 0;
        public static final int FLAGS = 8;
        public static final int CMD = 12;
        public static final int ARG = 16;
        public static final int IN_BYTES = 24;
        public static final int OUT_BYTES = 28;
        public static final int SIZE = 32;

        private IoctlIn() {}
    }

    /** {@code fuse_batch_forget_in} and the {@code fuse_forget_one} that follow it. */
    public static final class BatchForgetIn {
        public static final int COUNT = 0;
        public static final int SIZE = 8;
        public static final int ONE_NODEID = 0;
        public static final int ONE_NLOOKUP = 8;
        public static final int ONE_SIZE = 16;

        private BatchForgetIn() {}
    }

    /** {@code fuse_fallocate_in}. */
    public static final class FallocateIn {
        public static final int FH = 0;
        public static final int OFFSET = 8;
        public static final int LENGTH = 16;
        public static final int MODE = 24;
        public static final int SIZE = 32;

        private FallocateIn() {}
    }

    /** {@code fuse_ioctl_out}; bytes for the caller's argument follow. */
    public static final class IoctlOut {
        public static final int RESULT = 0;
        public static final int FLAGS = 4;
        public static final int IOVECS = 8;
        public static final int SIZE = 16;

        private IoctlOut() {}
    }

    /** {@code fuse_lseek_in}; the reply is the offset, 8 bytes. */
    public static final class LseekIn {
        public static final int FH = 0;
        public static final int OFFSET = 8;
        public static final int WHENCE = 16;
        public static final int SIZE = 24;

        private LseekIn() {}
    }

    /** {@code fuse_statx_out} with {@code fuse_statx} in it. */
    public static final class StatxOut {
        public static final int ATTR_VALID = 0;
        public static final int ATTR_VALID_NSEC = 8;
        public static final int FLAGS = 12;
        public static final int STAT = 32;
        public static final int SIZE = 288;

        public static final int MASK = STAT;
        public static final int BLKSIZE = STAT + 4;
        public static final int ATTRIBUTES = STAT + 8;
        public static final int NLINK = STAT + 16;
        public static final int UID = STAT + 20;
        public static final int GID = STAT + 24;
        public static final int MODE = STAT + 28;
        public static final int INO = STAT + 32;
        public static final int SIZE_BYTES = STAT + 40;
        public static final int BLOCKS = STAT + 48;
        public static final int ATTRIBUTES_MASK = STAT + 56;
        public static final int ATIME = STAT + 64;
        public static final int BTIME = STAT + 80;
        public static final int CTIME = STAT + 96;
        public static final int MTIME = STAT + 112;
        public static final int RDEV_MAJOR = STAT + 128;
        public static final int RDEV_MINOR = STAT + 132;

        /** Everything stat shows, and the time of creation. */
        public static final int BASIC_AND_BTIME = 0xfff;

        private StatxOut() {}
    }

    /** Extensions behind the arguments: {@code fuse_ext_header} and {@code fuse_supp_groups}. */
    public static final class Extension {
        public static final int EXT_BYTES = 0;
        public static final int EXT_TYPE = 4;
        public static final int HEADER_SIZE = 8;
        public static final int NR_GROUPS = 8;
        public static final int GROUPS = 12;

        public static final int TYPE_SUPP_GROUPS = 32;

        private Extension() {}
    }

    /** Notifications from here to the kernel: codes and bodies (spec 6 section 4.4). */
    public static final class Notify {
        public static final int INVAL_INODE = 2;
        public static final int INVAL_ENTRY = 3;
        public static final int INC_EPOCH = 8;
        public static final int PRUNE = 9;

        public static final int INODE_INO = 0;
        public static final int INODE_OFF = 8;
        public static final int INODE_LEN = 16;
        public static final int INODE_SIZE = 24;

        public static final int ENTRY_PARENT = 0;
        public static final int ENTRY_NAMELEN = 8;
        public static final int ENTRY_FLAGS = 12;
        public static final int ENTRY_NAME = 16;
        public static final int ENTRY_EXPIRE_ONLY = 1;

        public static final int PRUNE_COUNT = 0;
        public static final int PRUNE_NODES = 16;

        private Notify() {}
    }

    private Wire() {}
}
