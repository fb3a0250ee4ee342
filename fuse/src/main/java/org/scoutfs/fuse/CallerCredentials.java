package org.scoutfs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.scoutfs.fs.Capability;
import org.scoutfs.fs.Credentials;

/**
 * Who sent a request. Ids come with it; groups and capabilities are read from {@code /proc} when an operation first asks, while the caller
 * sleeps and cannot change them (spec 5 section 2.3). One object per reader thread, set anew for each request.
 */
final class CallerCredentials implements Credentials {
    private final @Nullable Path ownUserNamespace = userNamespace("self");

    private int uid;
    private int gid;
    private int pid;
    private int umask;
    private int supplementaryGroup;
    private boolean looked;
    private int[] groups = new int[0];
    private long effective;

    void set(int newUid, int newGid, int newPid) {
        uid = newUid;
        gid = newGid;
        pid = newPid;
        umask = 0;
        supplementaryGroup = -1;
        looked = false;
    }

    void creating(int newUmask, int group) {
        umask = newUmask & 0777;
        supplementaryGroup = group;
    }

    @Override
    public int uid() {
        return uid;
    }

    @Override
    public int gid() {
        return gid;
    }

    @Override
    public boolean inGroup(int wanted) {
        if (wanted == gid || (supplementaryGroup != -1 && wanted == supplementaryGroup)) {
            return true;
        }
        look();
        for (int group : groups) {
            if (group == wanted) {
                return true;
            }
        }
        return false;
    }

    /** Root of a container has capabilities there and none here. */
    @Override
    public boolean capable(Capability capability) {
        look();
        return (effective >>> capability.number() & 1) != 0;
    }

    @Override
    public int umask() {
        return umask;
    }

    /** The mount always has default_permissions. */
    @Override
    public boolean alreadyChecked() {
        return true;
    }

    private void look() {
        if (looked) {
            return;
        }
        looked = true;
        groups = new int[0];
        effective = 0;
        if (pid == 0) {
            return;
        }
        String id = Integer.toString(pid);
        try {
            // ISO 8859-1: the first line is the program's name, any bytes.
            parse(Files.readString(Path.of("/proc", id, "status"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // Gone, or in a pid namespace we cannot see: without proof nobody has a capability.
            return;
        }
        Path theirs = userNamespace(id);
        if (ownUserNamespace == null || !ownUserNamespace.equals(theirs)) {
            effective = 0;
        }
    }

    private void parse(String status) {
        for (String line : status.split("\n", -1)) {
            if (line.startsWith("Groups:")) {
                String[] words = line.substring(7).trim().split("[ \t]+", -1);
                groups = new int[words.length];
                for (int i = 0; i < words.length; i++) {
                    groups[i] = words[i].isEmpty() ? gid : Integer.parseUnsignedInt(words[i]);
                }
            } else if (line.startsWith("CapEff:")) {
                effective = Long.parseUnsignedLong(line.substring(7).trim(), 16);
            }
        }
    }

    private static @Nullable Path userNamespace(String pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", pid, "ns", "user"));
        } catch (IOException e) {
            return null;
        }
    }
}
