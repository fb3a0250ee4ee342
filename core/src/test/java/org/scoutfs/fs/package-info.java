/** Tests of the file system over a real server, real locks and transactions, on devices in memory. */
@NullMarked
package org.scoutfs.fs;

import org.jspecify.annotations.NullMarked;
