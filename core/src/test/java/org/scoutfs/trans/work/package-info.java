@NullMarked
package org.scoutfs.trans.work;

import org.jspecify.annotations.NullMarked;
