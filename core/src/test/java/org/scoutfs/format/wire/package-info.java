/** Tests of the wire structures against the specification's vectors. */
@NullMarked
package org.scoutfs.format.wire;

import org.jspecify.annotations.NullMarked;
