package org.scoutfs.lock;

/**
 * The server's demand to lower a lock.
 *
 * @param newMode NULL or READ
 * @param answer tells the server that it was done
 */
record Invalidation(LockMode oldMode, LockMode newMode, Runnable answer) {}
