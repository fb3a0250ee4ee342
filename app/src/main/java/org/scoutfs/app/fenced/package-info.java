/**
 * {@code scoutfs fenced}: answers the fence requests of all mounts on this host by running the administrator's script (spec 3 section 11.2,
 * spec 5 section 9).
 *
 * <p>{@link org.scoutfs.app.fenced.FencedService} loops on one thread: {@link org.scoutfs.app.fenced.RequestScan} finds what is asked, {@link
 * org.scoutfs.app.fenced.FenceScript} makes it so, one request after another, and the answer is written into the request's directory.
 * Directories may vanish at any moment, which ends only the business with that request. A mount whose daemon hangs keeps nobody else
 * waiting.
 */
@NullMarked
package org.scoutfs.app.fenced;

import org.jspecify.annotations.NullMarked;
