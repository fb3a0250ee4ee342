/**
 * Outcomes that are not success, on floor 0.
 *
 * <p>{@link org.scoutfs.error.Errno} is the vocabulary; {@link org.scoutfs.error.FsException} carries one errno and a sentence for a
 * person. Ordinary outcomes (a name that does not exist) are frequent, so they carry no stack trace. Two outcomes have a class of
 * their own because code reacts to them: {@link org.scoutfs.error.StaleException} (read again from newer roots, spec 2 section 1.4)
 * and {@link org.scoutfs.error.CorruptionException} (metadata that cannot be; reported, counted, never guessed at).
 */
@NullMarked
package org.scoutfs.error;

import org.jspecify.annotations.NullMarked;
