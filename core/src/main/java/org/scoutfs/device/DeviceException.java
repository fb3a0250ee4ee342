package org.scoutfs.device;

import java.io.IOException;
import org.scoutfs.error.Errno;

/** A device refused or failed an operation. The message names device, operation, place and errno. */
public class DeviceException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /** An operation on the device as a whole: open, flush, close. */
    public DeviceException(String device, String operation, int errno) {
        this(device + ": " + operation + " failed: " + describe(errno), errno);
    }

    /** An operation on the device as a whole, with what the errno does not tell. */
    public DeviceException(String device, String operation, Errno errno, String explanation) {
        this(device + ": " + operation + " failed: " + describe(errno.number()) + ", " + explanation, errno.number());
    }

    /** A transfer. */
    public DeviceException(String device, String operation, long offset, long lengthBytes, int errno) {
        this(place(device, operation, offset, lengthBytes) + describe(errno), errno);
    }

    /** A transfer, with what the errno does not tell. */
    public DeviceException(
            String device, String operation, long offset, long lengthBytes, Errno errno, String explanation) {
        this(
                place(device, operation, offset, lengthBytes) + describe(errno.number()) + ", " + explanation,
                errno.number());
    }

    protected DeviceException(String message, int errno) {
        super(message);
        this.errno = Errno.of(errno);
    }

    /** EIO also stands for an error number that {@link Errno} does not know; the message has the number then. */
    public final Errno errno() {
        return errno;
    }

    private static String place(String device, String operation, long offset, long lengthBytes) {
        return device + ": " + operation + " of " + lengthBytes + " bytes at " + offset + " failed: ";
    }

    private static String describe(int number) {
        Errno errno = Errno.of(number);
        return errno.number() == number ? errno.name() + " (" + errno.text() + ")" : "errno " + number;
    }
}
