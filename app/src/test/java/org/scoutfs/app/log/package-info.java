/** Tests of the form of log lines and of where they go. */
@NullMarked
package org.scoutfs.app.log;

import org.jspecify.annotations.NullMarked;
