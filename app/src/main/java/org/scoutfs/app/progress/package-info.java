/** What commands that may last longer than a second say meanwhile, on standard error. */
@NullMarked
package org.scoutfs.app.progress;

import org.jspecify.annotations.NullMarked;
