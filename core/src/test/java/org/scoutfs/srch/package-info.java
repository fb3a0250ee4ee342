/** Tests of srch files. */
@NullMarked
package org.scoutfs.srch;

import org.jspecify.annotations.NullMarked;
