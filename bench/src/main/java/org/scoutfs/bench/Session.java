package org.scoutfs.bench;

import java.io.IOException;

/** What one thread does to a directory. Used by one thread; names are relative to the target's directory. */
interface Session extends AutoCloseable {
    int SMALL_BYTES = 4 << 10;
    int LARGE_BYTES = 1 << 20;

    void create(byte[] name) throws IOException;

    void stat(byte[] name) throws IOException;

    void rename(byte[] from, byte[] to) throws IOException;

    void unlink(byte[] name) throws IOException;

    /** Creates a file with {@link #SMALL_BYTES} of content. */
    void writeSmall(byte[] name) throws IOException;

    /** Reads the whole of a file of {@link #SMALL_BYTES}. */
    void readSmall(byte[] name) throws IOException;

    /** Lists the directory once; returns the number of entries without "." and "..". */
    long list() throws IOException;

    /** Opens, and creates if needed, a file past the page cache for the four calls below; one at a time. */
    void openLarge(byte[] name, boolean truncate) throws IOException;

    /** All of {@code lengthBytes}, at most {@link #LARGE_BYTES}, aligned. */
    void readLarge(long offset, int lengthBytes) throws IOException;

    /** All of {@code lengthBytes}, at most {@link #LARGE_BYTES}, aligned. */
    void writeLarge(long offset, int lengthBytes) throws IOException;

    void closeLarge() throws IOException;

    @Override
    void close();
}
