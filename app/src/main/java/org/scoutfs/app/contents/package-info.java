/**
 * Commands on the contents and attributes of one file: what an archive agent does to it, and what waits for it (spec 5 section 5.2; the
 * operations in spec 4 section 10).
 */
@NullMarked
package org.scoutfs.app.contents;

import org.jspecify.annotations.NullMarked;
