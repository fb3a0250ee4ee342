package org.scoutfs.net;

/** What both ends of a connection must agree on. */
public record VolumeIdentity(long fsid, long formatVersion) {}
