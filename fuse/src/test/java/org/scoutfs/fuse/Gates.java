package org.scoutfs.fuse;

import java.util.ArrayList;
import java.util.List;
import org.scoutfs.error.Errno;
import org.scoutfs.error.FsException;
import org.scoutfs.host.BlockingAware;
import org.scoutfs.host.CancelAware;

/** Places where operations of {@link MemoryVfs} wait as if for a device, until the test lets them go. */
final class Gates {
    /** One closed gate. */
    final class Gate {
        private final String operation;
        private final long ino;
        private int waiting;
        private boolean open;

        private Gate(String operation, long ino) {
            this.operation = operation;
            this.ino = ino;
        }

        int waiting() {
            synchronized (Gates.this) {
                return waiting;
            }
        }

        void open() {
            synchronized (Gates.this) {
                open = true;
                gates.remove(this);
                any = !gates.isEmpty();
                Gates.this.notifyAll();
            }
        }
    }

    private final List<Gate> gates = new ArrayList<>();
    private volatile boolean any;

    synchronized Gate close(String operation, long ino) {
        Gate gate = new Gate(operation, ino);
        gates.add(gate);
        any = true;
        return gate;
    }

    synchronized void openAll() {
        List.copyOf(gates).forEach(Gate::open);
    }

    void pass(String operation, long ino) throws FsException {
        if (any) {
            await(operation, ino);
        }
    }

    private void await(String operation, long ino) throws FsException {
        BlockingAware.beforeBlocking();
        boolean waits = CancelAware.begin(() -> {
            synchronized (this) {
                notifyAll();
            }
        });
        boolean cancelled = false;
        synchronized (this) {
            for (Gate gate : List.copyOf(gates)) {
                if (gate.operation.equals(operation) && gate.ino == ino) {
                    gate.waiting++;
                    while (!gate.open && waits && !cancelled) {
                        try {
                            wait(50);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        cancelled = CancelAware.end();
                        waits = CancelAware.begin(() -> {});
                    }
                    gate.waiting--;
                }
            }
        }
        if (CancelAware.end() || cancelled) {
            throw new FsException(Errno.EINTR);
        }
    }
}
