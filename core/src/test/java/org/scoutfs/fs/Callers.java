package org.scoutfs.fs;

/** Credentials as they come through a kernel, which has checked everything. */
final class Callers {
    static final Credentials KERNEL_ROOT = kernel(0, 0, 022);

    private Callers() {}

    static Credentials kernel(int uid, int gid, int umask) {
        return new Credentials() {
            @Override
            public int uid() {
                return uid;
            }

            @Override
            public int gid() {
                return gid;
            }

            @Override
            public boolean inGroup(int group) {
                return group == gid;
            }

            @Override
            public boolean capable(Capability capability) {
                return uid == 0;
            }

            @Override
            public int umask() {
                return umask;
            }

            @Override
            public boolean alreadyChecked() {
                return true;
            }
        };
    }
}
