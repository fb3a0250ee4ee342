/** Tests of the block cache, and the allocator that tests of trees use. */
@NullMarked
package org.scoutfs.block;

import org.jspecify.annotations.NullMarked;
