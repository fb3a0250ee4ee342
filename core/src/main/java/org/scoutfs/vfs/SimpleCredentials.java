package org.scoutfs.vfs;

import java.util.Set;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;

/**
 * Credentials of an embedding program, judged by {@link LocalVfs} itself.
 *
 * @param groups supplementary groups
 * @param umask 0..0777
 * @param capabilities what it may do beyond its ids
 */
public record SimpleCredentials(int uid, int gid, Set<Integer> groups, int umask, Set<Capability> capabilities)
        implements Credentials {
    private static final int USUAL_UMASK = 022;

    public SimpleCredentials {
        groups = Set.copyOf(groups);
        capabilities = Set.copyOf(capabilities);
    }

    /** The superuser with all capabilities and umask 022. */
    public static SimpleCredentials root() {
        return new SimpleCredentials(0, 0, Set.of(), USUAL_UMASK, Set.of(Capability.values()));
    }

    /** A user without capabilities. */
    public static SimpleCredentials user(int uid, int gid, Set<Integer> groups, int umask) {
        return new SimpleCredentials(uid, gid, groups, umask, Set.of());
    }

    public SimpleCredentials withUmask(int newUmask) {
        return new SimpleCredentials(uid, gid, groups, newUmask, capabilities);
    }

    @Override
    public boolean inGroup(int wanted) {
        return wanted == gid || groups.contains(wanted);
    }

    @Override
    public boolean capable(Capability capability) {
        return capabilities.contains(capability);
    }

    @Override
    public boolean alreadyChecked() {
        return false;
    }
}
