package org.scoutfs.app.archive.store;

import java.io.IOException;

/** An object is missing or is not what its name says. Nothing but a repair of the store helps: repeating does not. */
public final class DamagedObjectException extends IOException {
    private static final long serialVersionUID = 1L;

    public DamagedObjectException(String message) {
        super(message);
    }
}
