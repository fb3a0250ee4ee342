@NullMarked
package org.scoutfs.trans;

import org.jspecify.annotations.NullMarked;
