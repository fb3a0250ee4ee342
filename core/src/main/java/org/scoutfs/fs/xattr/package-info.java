/**
 * Extended attributes with their tags, and POSIX ACLs, which are attributes of two names (spec 4 section 9).
 *
 * <p>An attribute is a run of items of 896 bytes ({@link org.scoutfs.fs.xattr.XattrItems}); what a tag entails is done in the same
 * transaction ({@link org.scoutfs.fs.xattr.TagEffects}). {@link org.scoutfs.fs.xattr.Xattrs} holds the order of the tests.
 *
 * <p>Lock order: the locks of a {@code Modification} with the TOTL or INDX lock among its zone locks, the hold, then the stripe lock of
 * {@code XattrItems}, which keeps readers of this mount from seeing half a change. Nothing else is taken under the stripe lock but
 * the item cache's own.
 */
@NullMarked
package org.scoutfs.fs.xattr;

import org.jspecify.annotations.NullMarked;
