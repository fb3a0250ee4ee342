package org.scoutfs.fs;

/** Options that a test may change at any time. */
final class TestFsOptions implements FsOptions {
    volatile boolean readOnly;
    volatile int inoAllocPerLock = 1024;
    volatile int orphanScanDelayMs = 10_000;

    @Override
    public long formatVersion() {
        return 2;
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
        return 2048;
    }

    @Override
    public boolean dataPreallocContigOnly() {
        return true;
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
