/**
 * The file system on floor 10: inodes, names, data, extended attributes, orphans and indexes, as operations on items under cluster
 * locks and transactions (spec 4).
 *
 * <p>Every modifying operation has the one shape of spec 4 section 1.2: cluster locks in the order of section 1.1, local inode
 * mutexes, checks, index locks for the transaction that is open, a transaction hold, item changes, and the update of each changed inode.
 * A cluster lock is never requested while a transaction is held.
 *
 * <p>Lock order: rename lock, inode group locks (ascending), inode mutexes (ascending inode number), quota, orphans, totl or indx,
 * index locks (type, group), transaction hold, then short local mutexes.
 */
@NullMarked
package org.scoutfs.fs;

import org.jspecify.annotations.NullMarked;
