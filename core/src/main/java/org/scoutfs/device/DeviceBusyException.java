package org.scoutfs.device;

import org.scoutfs.error.Errno;

/** The device cannot be opened this way because another open, in this or another process, is using it. */
public final class DeviceBusyException extends DeviceException {
    private static final long serialVersionUID = 1L;

    DeviceBusyException(String device, Sharing wanted) {
        super(
                device + ": open failed: EBUSY, "
                        + switch (wanted) {
                            case EXCLUSIVE -> "it is in use: mounted, or opened by another program";
                            case SHARED -> "another program has it for itself; is mkfs or a check running?";
                        },
                Errno.EBUSY.number());
    }
}
