/** Tests of the door over a real server, real locks and transactions, on devices in memory. */
@NullMarked
package org.scoutfs.vfs;

import org.jspecify.annotations.NullMarked;
