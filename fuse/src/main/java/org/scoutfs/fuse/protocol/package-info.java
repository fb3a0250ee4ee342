/**
 * What travels through {@code /dev/fuse}: operation codes, flags, structure offsets, a bounded view of a request and writers for
 * replies (spec 6 section 4). Pure memory, no system calls; FUSE protocol 7.45, older minor versions where noted.
 *
 * <p>All integers have the byte order of the machine and natural alignment.
 */
@NullMarked
package org.scoutfs.fuse.protocol;

import org.jspecify.annotations.NullMarked;
