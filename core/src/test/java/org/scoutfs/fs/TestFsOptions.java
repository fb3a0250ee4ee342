package org.scoutfs.fs;

/** Options that a test may change at any time. */
final class TestFsOptions implements FsOptions {
    volatile boolean readOnly;
    volatile int inoAllocPerLock = 1024;
    volatile int orphanScanDelayMs = 10_000;
    volatile long formatVersion = 2;
    volatile long dataPreallocBlocks = 2048;
    volatile boolean dataPreallocContigOnly = true;

    @Override
    public long formatVersion() {
        return formatVersion;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean acl() {
        return true;
    }

    @Override
    public long dataPreallocBlocks() {
        return dataPreallocBlocks;
    }

    @Override
    public boolean dataPreallocContigOnly() {
        return dataPreallocContigOnly;
    }

    @Override
    public int inoAllocPerLock() {
        return inoAllocPerLock;
    }

    @Override
    public int orphanScanDelayMs() {
        return orphanScanDelayMs;
    }

    @Override
    public long dataCacheBytes() {
        return 1 << 20;
    }

    @Override
    public int inodeCacheLimit() {
        return 10_000;
    }
}
