/** The one layout of Java sources in this repository, checked by the build and applied on request. */
@NullMarked
package org.scoutfs.style;

import org.jspecify.annotations.NullMarked;
