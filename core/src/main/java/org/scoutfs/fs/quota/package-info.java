/**
 * Quota rules and their check at creation and at writes (spec 4 section 11).
 *
 * <p>Rules are items under the QUOTA lock; the sums they are compared with are committed totals of the weak item cache, up to 15
 * seconds old. Lock order: {@code Quota.check} takes the QUOTA lock after inode groups and before the transaction hold.
 */
@NullMarked
package org.scoutfs.fs.quota;

import org.jspecify.annotations.NullMarked;
