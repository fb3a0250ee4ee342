package org.scoutfs.server;

import org.scoutfs.error.FsException;
import org.scoutfs.format.wire.Command;

/**
 * The mounts that have an association with this server, as its services see them. Everything here queues and returns; messages to
 * one mount leave in the order they were queued. Safe for all threads and under the services' locks.
 */
interface Peers {
    /**
     * Sends a request to a mount; its response comes back through the service that the command belongs to.
     *
     * @throws FsException ENOTCONN if the mount has no association: never fatal, the mount is being fenced (race R40)
     */
    void request(long rid, Command command, byte[] payload) throws FsException;

    /**
     * Whether a mount has an association. A mount that is fenced loses it before anything of it is reclaimed; so a service that looks
     * under the lock under which it forgets mounts takes nothing up for one that it has forgotten.
     */
    boolean has(long rid);

    /** Answers one request of a mount, once, now or later. */
    interface Reply {
        /**
         * Answers without error.
         *
         * @throws FsException ENOTCONN if the mount has no association any more
         */
        void send(byte[] payload) throws FsException;

        /**
         * Answers with an error; not for LOCK.
         *
         * @throws FsException ENOTCONN if the mount has no association any more
         */
        void fail(FsException error) throws FsException;
    }
}
