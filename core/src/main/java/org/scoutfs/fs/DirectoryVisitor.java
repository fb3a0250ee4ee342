package org.scoutfs.fs;

import org.jspecify.annotations.Nullable;

/** Takes the entries of a directory listing one by one. Called without locks held: it may copy to slow places. */
@FunctionalInterface
public interface DirectoryVisitor {
    /**
     * One entry.
     *
     * @param name the bytes of the name
     * @param ino the inode it names
     * @param mode file type bits (S_IFMT), no permissions
     * @param nextOffset where to continue after this entry
     * @param attributes of the inode if the listing asked for them and it still exists (its lookup count was raised), else null
     * @return false if the entry did not fit: it is not consumed, nor is its lookup counted, and the listing ends before it
     */
    boolean entry(byte[] name, long ino, int mode, long nextOffset, @Nullable Attributes attributes);
}
