package org.scoutfs.app.demo;

import org.scoutfs.format.Timespec;
import org.scoutfs.fs.Modes;

/**
 * One name in a tree and what must survive the copy.
 *
 * @param path from the root of the tree, without a leading slash
 * @param mode type and permission bits
 * @param size bytes of a regular file, else 0
 * @param target of a symlink, else empty
 */
record Node(String path, int mode, long size, Timespec mtime, String target) {
    boolean isDirectory() {
        return Modes.isDirectory(mode);
    }

    boolean isRegular() {
        return Modes.isRegular(mode);
    }

    boolean isSymlink() {
        return Modes.isSymlink(mode);
    }

    int permissions() {
        return mode & Modes.PERMISSIONS;
    }

    /** How this differs from what was found in its place, in words; empty if it does not. The mode of a symlink means nothing. */
    String difference(Node found) {
        if ((mode & Modes.S_IFMT) != (found.mode & Modes.S_IFMT)) {
            return "another type of file";
        }
        if (!isSymlink() && mode != found.mode) {
            return "mode %o instead of %o".formatted(found.permissions(), permissions());
        }
        if (size != found.size) {
            return found.size + " bytes instead of " + size;
        }
        if (!target.equals(found.target)) {
            return "symlink to '" + found.target + "' instead of '" + target + "'";
        }
        if (!mtime.equals(found.mtime)) {
            return "mtime " + found.mtime + " instead of " + mtime;
        }
        return "";
    }
}
