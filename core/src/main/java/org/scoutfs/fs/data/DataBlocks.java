package org.scoutfs.fs.data;

import org.scoutfs.alloc.DataAllocator;
import org.scoutfs.alloc.Extent;
import org.scoutfs.error.FsException;

/** Where data blocks come from and go to; under a hold. */
interface DataBlocks {
    /** Up to {@code count} contiguous blocks; ENOSPC or ENOBUFS as {@link DataAllocator#allocate}. */
    Extent allocate(long count) throws FsException;

    void free(long start, long len) throws FsException;

    static DataBlocks of(DataAllocator allocator) {
        return new DataBlocks() {
            @Override
            public Extent allocate(long count) throws FsException {
                return allocator.allocate(count);
            }

            @Override
            public void free(long start, long len) throws FsException {
                allocator.free(start, len);
            }
        };
    }
}
