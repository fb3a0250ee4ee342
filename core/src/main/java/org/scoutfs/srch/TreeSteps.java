package org.scoutfs.srch;

import java.util.ArrayDeque;
import java.util.Deque;
import org.scoutfs.btree.BtreeItem;
import org.scoutfs.btree.BtreeWriter;
import org.scoutfs.error.CorruptionException;
import org.scoutfs.error.FsException;
import org.scoutfs.format.Key;

/**
 * Several changes of one tree that happen all or not at all: errors of a server operation do not undo what it has changed, so each undoes
 * its own steps before it fails (spec 2 section 4.9).
 */
final class TreeSteps {
    private final BtreeWriter tree;
    private final Deque<Undo> undo = new ArrayDeque<>();

    private interface Undo {
        void run() throws FsException;
    }

    /** The changes. */
    interface Changes {
        void make(TreeSteps steps) throws FsException;
    }

    private TreeSteps(BtreeWriter tree) {
        this.tree = tree;
    }

    /**
     * Makes changes of a tree.
     *
     * @throws CorruptionException if they failed and could not be undone: the tree must not be committed
     */
    static void run(BtreeWriter tree, Changes changes) throws FsException {
        TreeSteps steps = new TreeSteps(tree);
        try {
            changes.make(steps);
        } catch (FsException | RuntimeException e) {
            steps.takeBack(e);
            throw e;
        }
    }

    /** EEXIST if present. */
    void insert(Key key, byte[] value) throws FsException {
        tree.insert(key, value);
        undo.push(() -> tree.delete(key));
    }

    /** Deletes an item that must be there. */
    void delete(Key key) throws FsException {
        BtreeItem item = tree.lookup(key);
        if (item == null) {
            throw new CorruptionException("srch item " + key + " is missing");
        }
        tree.delete(key);
        undo.push(() -> tree.insert(key, item.seq(), item.flags(), item.value()));
    }

    private void takeBack(Exception cause) throws CorruptionException {
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (FsException e) {
                String message = "changes of srch items failed and could not be undone: " + cause.getMessage()
                        + "; then " + e.getMessage();
                System.getLogger("org.scoutfs.srch").log(System.Logger.Level.ERROR, message);
                throw new CorruptionException(message);
            }
        }
    }
}
