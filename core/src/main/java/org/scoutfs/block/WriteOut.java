package org.scoutfs.block;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.format.BlockHeader;
import org.scoutfs.format.VolumeLayout;

/**
 * One write-out of a set of dirty blocks (spec 2 section 1.6): seals them with their checksums and writes them, runs of contiguous
 * numbers as one transfer, several transfers in flight.
 *
 * <p>Each worker claims the next run, computes its checksums and writes it, so that checksums of one run overlap the transfer of
 * another, on as many processors as there are. After the first failure no further run is claimed.
 */
final class WriteOut {
    /** Longest transfer: 1 MiB. */
    private static final int MAX_RUN = 16;

    private final MetaDevice device;
    private final List<Run> runs = new ArrayList<>();
    private final AtomicInteger nextRun = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** Blocks with contiguous numbers. */
    private static final class Run {
        final long firstBlkno;
        final MemorySegment[] data;

        Run(List<Block> blocks) {
            firstBlkno = blocks.getFirst().blkno();
            data = blocks.stream().map(Block::data).toArray(MemorySegment[]::new);
        }
    }

    WriteOut(MetaDevice device, List<Block> blocks) {
        this.device = device;
        List<Block> sorted = new ArrayList<>(blocks);
        sorted.sort(Comparator.comparingLong(Block::blkno));
        for (int start = 0; start < sorted.size(); ) {
            long first = sorted.get(start).blkno();
            int end = start + 1;
            while (end < sorted.size()
                    && end - start < MAX_RUN
                    && sorted.get(end).blkno() == first + (end - start)) {
                end++;
            }
            runs.add(new Run(sorted.subList(start, end)));
            start = end;
        }
    }

    /**
     * Returns when all were written; they are not stable yet.
     *
     * @throws FsException EIO after a failed transfer, ENOLINK after a forced unmount: any subset was written
     */
    void run() throws FsException {
        if (runs.size() == 1 && !Thread.currentThread().isVirtual()) {
            work();
        } else {
            int tasks = Math.min(device.ioThreads(), runs.size());
            CountDownLatch done = new CountDownLatch(tasks);
            for (int i = 0; i < tasks; i++) {
                device.workers().execute(() -> {
                    try {
                        work();
                    } finally {
                        done.countDown();
                    }
                });
            }
            Waiting.uninterruptibly(done);
        }
        Throwable failed = failure.get();
        if (failed instanceof FsException e) {
            throw e;
        }
        if (failed instanceof IOException e) {
            throw MetaDevice.failed(e);
        }
        if (failed != null) {
            throw new FsException(Errno.EIO, "writing metadata blocks failed: " + failed, failed);
        }
    }

    private void work() {
        try {
            for (int i; failure.get() == null && (i = nextRun.getAndIncrement()) < runs.size(); ) {
                Run run = runs.get(i);
                for (MemorySegment block : run.data) {
                    BlockHeader.seal(block, 0, VolumeLayout.LARGE_BLOCK_SIZE);
                }
                device.checkForced();
                device.device().writeGather(VolumeLayout.largeOffset(run.firstBlkno), run.data);
                device.countWrite();
            }
        } catch (IOException | FsException | RuntimeException | Error e) {
            // Kept for the caller of run(), who waits for it.
            failure.compareAndSet(null, e);
        }
    }
}
