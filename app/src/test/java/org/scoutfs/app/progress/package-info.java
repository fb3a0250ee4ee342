/** Tests of what long runs say. */
@NullMarked
package org.scoutfs.app.progress;

import org.jspecify.annotations.NullMarked;
