/**
 * Commands that change a volume while nobody has it mounted (spec 5 section 5.4): {@code change-format-version}, {@code
 * change-quorum-config}, {@code prepare-empty-data-device}.
 *
 * <p>They open the devices for themselves alone, and refuse with EBUSY when the metadata shows a mount that has not left: on another host, or
 * one that crashed and was not recovered. Each changes one 4 KiB block per device, stable before the next, so that after a crash the volume
 * is as before, as after, or as the same command run again makes it.
 */
@NullMarked
package org.scoutfs.app.offline;

import org.jspecify.annotations.NullMarked;
