/** The kernel's door: {@code /dev/fuse}, spoken directly. */
@NullMarked
package org.scoutfs.fuse;

import org.jspecify.annotations.NullMarked;
