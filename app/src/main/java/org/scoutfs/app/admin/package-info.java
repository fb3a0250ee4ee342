/** Commands on mounted volumes, by ioctl and by control files (spec 5 sections 5.2 and 5.7). */
@NullMarked
package org.scoutfs.app.admin;

import org.jspecify.annotations.NullMarked;
