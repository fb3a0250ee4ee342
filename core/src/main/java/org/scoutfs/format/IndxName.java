package org.scoutfs.format;

import java.util.Optional;

/**
 * The two dotted numbers an indx xattr's name ends in, spec 1 sections 12.6 and 12.9.
 *
 * @param major 0..255
 * @param minor unsigned
 */
public record IndxName(int major, long minor) {
    /** The numbers of an xattr's full name, empty if it does not end in two of them or the first is above 255. */
    public static Optional<IndxName> parse(byte[] name) {
        long[] numbers = NumberText.lastDotted(name, 2);
        if (numbers.length == 0 || Long.compareUnsigned(numbers[0], 255) > 0) {
            return Optional.empty();
        }
        return Optional.of(new IndxName((int) numbers[0], numbers[1]));
    }

    /** Key of the index entry of the xattr with id {@code xid} of inode {@code ino}. */
    public Key key(long ino, long xid) {
        return Keys.indx(major, minor, ino, xid);
    }
}
