/** Tests of what is generated from the commands' model, and of the pages written by hand. */
@NullMarked
package org.scoutfs.app.man;

import org.jspecify.annotations.NullMarked;
