package org.scoutfs.fuse;

/**
 * The kernel's number of an inode: the inode number itself, generation 0, since inode numbers are never used twice. No table, so a file
 * handle stays valid over a remount.
 */
final class NodeId {
    private NodeId() {}

    static long of(long ino) {
        return ino;
    }

    static long ino(long nodeId) {
        return nodeId;
    }
}
