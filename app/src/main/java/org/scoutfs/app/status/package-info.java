/**
 * {@code scoutfs mounts} and {@code scoutfs quorum status}: who has a volume mounted and who leads. What the mounts of this host say of
 * themselves in {@code /run/scoutfs} is put together with what the metadata device says of all.
 */
@NullMarked
package org.scoutfs.app.status;

import org.jspecify.annotations.NullMarked;
