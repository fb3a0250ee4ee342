package org.scoutfs.error;

/**
 * Metadata that cannot be: the operation fails with EIO and nothing is guessed.
 *
 * <p>The message names the structure, the block or key, what was found and what was expected.
 */
public final class CorruptionException extends FsException {
    private static final long serialVersionUID = 1L;

    public CorruptionException(String message) {
        super(Errno.EIO, message);
    }
}
