package org.scoutfs.fuse;

/**
 * The kernel's number of an inode: the inode number with its 32-bit halves exchanged, generation 0, since inode numbers are never used
 * twice. So the bytes of a file handle, which has the upper half first, begin with the little-endian inode number, and handles that clients
 * make from an inode number alone are good (spec 5 section 4.1). The root is 1, as the kernel wants it. No table, so a file handle stays
 * valid over a remount.
 *
 * <p>Inode 2^32, whose number would be the root's, is never allocated. Number 2^32, which the root would have, is nobody's: a handle made
 * from inode 1 is stale.
 */
final class NodeId {
    private static final long ROOT = 1;

    /** Of no inode. */
    private static final long NONE = 0;

    private NodeId() {}

    static long of(long ino) {
        return ino == ROOT ? ROOT : Long.rotateLeft(ino, Integer.SIZE);
    }

    static long ino(long nodeId) {
        if (nodeId == ROOT) {
            return ROOT;
        }
        long ino = Long.rotateLeft(nodeId, Integer.SIZE);
        return ino == ROOT ? NONE : ino;
    }
}
