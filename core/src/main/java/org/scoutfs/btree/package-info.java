/** Btrees on metadata blocks, on floor 2. */
@NullMarked
package org.scoutfs.btree;

import org.jspecify.annotations.NullMarked;
