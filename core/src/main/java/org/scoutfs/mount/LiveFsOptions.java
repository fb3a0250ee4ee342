package org.scoutfs.mount;

import org.scoutfs.fs.FsOptions;

/** The mount's options as the file system asks for them. */
record LiveFsOptions(MountOptions options, long formatVersion) implements FsOptions {
    /** Each is some hundreds of bytes. */
    private static final int INODES_IN_MEMORY = 100_000;

    @Override
    public boolean readOnly() {
        return options.readOnly();
    }

    @Override
    public boolean acl() {
        return options.acl();
    }

    @Override
    public long dataPreallocBlocks() {
        return options.get(MountOption.DATA_PREALLOC_BLOCKS);
    }

    @Override
    public boolean dataPreallocContigOnly() {
        return options.get(MountOption.DATA_PREALLOC_CONTIG_ONLY) != 0;
    }

    @Override
    public int inoAllocPerLock() {
        return options.getInt(MountOption.INO_ALLOC_PER_LOCK);
    }

    @Override
    public int orphanScanDelayMs() {
        return options.getInt(MountOption.ORPHAN_SCAN_DELAY_MS);
    }

    @Override
    public long dataCacheBytes() {
        return options.get(MountOption.DATA_CACHE);
    }

    @Override
    public int inodeCacheLimit() {
        return INODES_IN_MEMORY;
    }
}
