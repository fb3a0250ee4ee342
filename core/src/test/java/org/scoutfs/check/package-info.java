@NullMarked
package org.scoutfs.check;

import org.jspecify.annotations.NullMarked;
