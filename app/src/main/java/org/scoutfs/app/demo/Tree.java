package org.scoutfs.app.demo;

import java.io.IOException;
import java.util.List;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Timespec;

/** A tree of files on one side of the copy. Paths are relative; used by one thread. */
interface Tree {
    /** Directories before what is in them; the root itself is not among them. What is neither file, directory nor symlink is left out. */
    List<Node> walk() throws IOException, FsException;

    /** Opens a regular file for reading from its start. */
    Reader read(String path) throws IOException, FsException;

    /** The bytes of a file from its start. */
    interface Reader extends AutoCloseable {
        /** Fills the buffer as far as the file goes. @return bytes, 0 at the end */
        int read(byte[] buffer) throws IOException, FsException;

        @Override
        void close() throws IOException, FsException;
    }

    /** A tree that can be filled. */
    interface Writable extends Tree {
        void mkdir(String path) throws IOException, FsException;

        void symlink(String path, String target) throws IOException, FsException;

        /** Makes a regular file. */
        Writer create(String path) throws IOException, FsException;

        /** Sets the mode, of anything but a symlink, and the mtime. */
        void setAttributes(String path, int mode, Timespec mtime) throws IOException, FsException;

        /** Returns when everything so far is durable. */
        void sync() throws IOException, FsException;
    }

    /** Appends to a new file. */
    interface Writer extends AutoCloseable {
        void write(byte[] buffer, int count) throws IOException, FsException;

        @Override
        void close() throws IOException, FsException;
    }
}
