package org.scoutfs.fs;

/** The Linux capabilities that file system operations ask for; {@link #number} is the bit in CapEff. */
public enum Capability {
    CHOWN(0),
    DAC_OVERRIDE(1),
    DAC_READ_SEARCH(2),
    FOWNER(3),
    FSETID(4),
    SYS_ADMIN(21),
    MKNOD(27);

    private final int number;

    Capability(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
