/** Tests of the commands on volumes that nobody has mounted, on image files and on disks that fail. */
@NullMarked
package org.scoutfs.app.offline;

import org.jspecify.annotations.NullMarked;
