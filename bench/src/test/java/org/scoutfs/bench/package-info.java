/** Tests of what is not measured itself. */
@NullMarked
package org.scoutfs.bench;

import org.jspecify.annotations.NullMarked;
