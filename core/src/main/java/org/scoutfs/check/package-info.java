/**
 * Verifies every invariant of spec 1 section 17 on a volume that nobody has mounted: structures, space, names and contents.
 *
 * <p>{@link org.scoutfs.check.VolumeCheck} goes through four stages: {@link org.scoutfs.check.MetaCheck} looks at each metadata structure
 * and writes down who owns which block ({@link org.scoutfs.check.MetaSpace}, {@link org.scoutfs.check.DataSpace}); {@link
 * org.scoutfs.check.ForestWalk} shows the items that readers would see, all trees resolved; {@link org.scoutfs.check.FsCheck} holds those
 * against each other; at last space is counted up. It reads only, goes on after a problem, and trusts nothing it has not looked at.
 * Everything it remembers is in memory: some hundreds of bytes for each inode and entry.
 */
@NullMarked
package org.scoutfs.check;

import org.jspecify.annotations.NullMarked;
