@NullMarked
package org.scoutfs.lock;

import org.jspecify.annotations.NullMarked;
