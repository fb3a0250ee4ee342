/** Tests of free space; {@link org.scoutfs.alloc.TestVolume} also serves those of srch files. */
@NullMarked
package org.scoutfs.alloc;

import org.jspecify.annotations.NullMarked;
