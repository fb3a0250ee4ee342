package org.scoutfs.fs;

import org.scoutfs.format.Dirent;

/** A link to an inode as its backref has it: the directory and the entry there. */
public record Link(long dir, Dirent entry) {}
