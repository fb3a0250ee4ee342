@NullMarked
package org.scoutfs.client;

import org.jspecify.annotations.NullMarked;
