package dev.entente.server.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Somebody who is told of a transaction's end, or of each change. It is told by one at a time: its mailbox, or
 * {@link DetachedListeners}.
 */
abstract sealed class Listener {
    private final CompletableFuture<?> over;

    private Listener(CompletableFuture<?> over) {
        this.over = over;
    }

    /** Shows how it stands; no decision that is not durable. Whether there is nothing more to tell. */
    abstract boolean hear(Snapshot snapshot);

    /** Tells whether it has heard all, or does not listen any more. */
    final boolean isOver() {
        return over.isDone();
    }

    /** Nobody can tell it any more. */
    final void fail(Throwable why) {
        over.completeExceptionally(why);
    }

    /** Completed with the first snapshot that is terminal or parked, and durable. */
    static final class ForEnd extends Listener {
        private final CompletableFuture<Snapshot> end;

        ForEnd(CompletableFuture<Snapshot> end) {
            super(end);
            this.end = end;
        }

        @Override
        boolean hear(Snapshot snapshot) {
            if (snapshot.isAtRest() && !snapshot.isLive()) {
                end.complete(snapshot);
            }
            return isOver();
        }
    }

    /** Told of each change until it is closed or the transaction is terminal. */
    static final class ForChange extends Listener implements Transactions.Watching {
        private static final Logger LOG = LoggerFactory.getLogger(ForChange.class);

        private final Consumer<Snapshot> listener;
        private final CompletableFuture<Void> over;
        private int toldRevision = -1;
        private boolean toldParked;

        ForChange(Consumer<Snapshot> listener) {
            this(listener, new CompletableFuture<>());
        }

        private ForChange(Consumer<Snapshot> listener, CompletableFuture<Void> over) {
            super(over);
            this.listener = listener;
            this.over = over;
        }

        /** A listener that throws has itself to blame, not the transaction. */
        @Override
        synchronized boolean hear(Snapshot snapshot) {
            boolean isParked = snapshot.progress().parked() != null;
            boolean isNews = snapshot.progress().revision() != toldRevision || isParked != toldParked;
            if (!isOver() && isNews) {
                toldRevision = snapshot.progress().revision();
                toldParked = isParked;
                try {
                    listener.accept(snapshot);
                } catch (RuntimeException | Error thrown) { // its own, and it is told so
                    LOG.error("a listener of {} threw an exception; it gets no more updates", snapshot.gid(), thrown);
                    fail(thrown);
                }
            }
            if (snapshot.progress().state().isTerminal()) {
                close();
            }
            return isOver();
        }

        @Override
        public CompletableFuture<Void> over() {
            return over;
        }

        @Override
        public void close() {
            over.complete(null);
        }
    }
}
