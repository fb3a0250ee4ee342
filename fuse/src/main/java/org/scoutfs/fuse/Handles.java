package org.scoutfs.fuse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;

/**
 * The open files of a mount by {@code fh}. Finding one takes no lock; each reader thread adds to a part of its own, so readers that
 * open files do not meet.
 */
final class Handles {
    private static final int PARTS = 16;
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Handle[].class);

    private final Part[] parts = new Part[PARTS];

    Handles() {
        Arrays.setAll(parts, i -> new Part());
    }

    /** @param hint any number, best one per thread */
    long add(Handle handle, int hint) {
        int p = hint & (PARTS - 1);
        return (long) parts[p].add(handle) * PARTS + p;
    }

    /** EBADF for a number that was never given, or was released. */
    Handle get(long fh) throws FsException {
        @Nullable Handle[] table = parts[(int) (fh & (PARTS - 1))].table;
        long slot = fh / PARTS;
        Handle handle = fh < 0 || slot >= table.length ? null : (Handle) ELEMENT.getAcquire(table, (int) slot);
        if (handle == null) {
            throw new FsException(Errno.EBADF);
        }
        return handle;
    }

    Handle remove(long fh) throws FsException {
        Handle handle = get(fh);
        parts[(int) (fh & (PARTS - 1))].remove((int) (fh / PARTS));
        return handle;
    }

    /** At the end of a session: everything that was not released. */
    void drain(Consumer<Handle> released) {
        for (Part part : parts) {
            part.drain(released);
        }
    }

    private static final class Part {
        volatile @Nullable Handle[] table = new @Nullable Handle[16];
        private int[] free = new int[16];
        private int freeCount;
        private int used;

        synchronized int add(Handle handle) {
            int slot;
            if (freeCount > 0) {
                slot = free[--freeCount];
            } else {
                slot = used++;
                if (slot == table.length) {
                    // Whoever reads the old table meanwhile looks for handles that are in both.
                    table = Arrays.copyOf(table, slot * 2);
                }
            }
            ELEMENT.setRelease(table, slot, handle);
            return slot;
        }

        synchronized void remove(int slot) {
            ELEMENT.setRelease(table, slot, (Handle) null);
            if (freeCount == free.length) {
                free = Arrays.copyOf(free, freeCount * 2);
            }
            free[freeCount++] = slot;
        }

        synchronized void drain(Consumer<Handle> released) {
            for (int i = 0; i < used; i++) {
                Handle handle = table[i];
                if (handle != null) {
                    table[i] = null;
                    released.accept(handle);
                }
            }
        }
    }
}
