/**
 * Log lines as the reference's (spec 5 section 8): {@code scoutfs IDENT: text}, {@code scoutfs IDENT warning: text}, {@code scoutfs IDENT error:
 * text}. They go to standard error, which is the daemon's log file, a daemon's also to the kernel log if that may be written, and the last ones
 * are kept for the control file {@code log}. Logback reads {@code logback.xml} and makes the classes here.
 */
@NullMarked
package org.scoutfs.app.log;

import org.jspecify.annotations.NullMarked;
