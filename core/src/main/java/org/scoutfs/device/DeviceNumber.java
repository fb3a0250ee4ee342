package org.scoutfs.device;

/** A device of the operating system, as {@code stat} numbers them. */
public record DeviceNumber(int major, int minor) {
    /** {@code MAJOR:MINOR}. */
    @Override
    public String toString() {
        return major + ":" + minor;
    }
}
