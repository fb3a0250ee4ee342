package org.scoutfs.app.demo;

import java.io.IOException;
import org.scoutfs.app.admin.VolumeUsage;
import org.scoutfs.error.FsException;

/** Where the demonstration mounts its volume. One thread uses it; any thread may close it. */
interface Stage extends AutoCloseable {
    /** How it mounts, for the user. */
    String describe();

    /** Mounts the volume; returns when it answers. */
    Tree.Writable mount() throws IOException, FsException;

    /** Unmounts; returns when the mount has left the cluster. */
    void unmount() throws IOException, FsException;

    /** How full the mounted volume is. */
    VolumeUsage usage() throws FsException;

    /** Unmounts if it is mounted, by force if need be. Does nothing the second time. */
    @Override
    void close() throws IOException, FsException;
}
