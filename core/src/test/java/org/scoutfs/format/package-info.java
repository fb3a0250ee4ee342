/** Tests of the format against the specification's vectors and against models. */
@NullMarked
package org.scoutfs.format;

import org.jspecify.annotations.NullMarked;
