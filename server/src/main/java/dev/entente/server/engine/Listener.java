package dev.entente.server.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener for the final state of a transaction, or for each change. One source at a time calls it: the mailbox or
 * {@link DetachedListeners}.
 */
abstract sealed class Listener {
    private final CompletableFuture<?> over;

    private Listener(CompletableFuture<?> over) {
        this.over = over;
    }

    /** Receives a snapshot with durable decisions only. Returns whether the listener needs no more snapshots. */
    abstract boolean receive(Snapshot snapshot);

    /** Returns whether the listener has received everything or was closed. */
    final boolean isOver() {
        return over.isDone();
    }

    /** Ends the listener with this failure, because no source can serve the listener any more. */
    final void fail(Throwable why) {
        over.completeExceptionally(why);
    }

    /** A listener that completes with the first durable snapshot that is terminal or parked. */
    static final class ForEnd extends Listener {
        private final CompletableFuture<Snapshot> end;

        ForEnd(CompletableFuture<Snapshot> end) {
            super(end);
            this.end = end;
        }

        @Override
        boolean receive(Snapshot snapshot) {
            if (snapshot.isFinishedOrParked() && !snapshot.isLive()) {
                end.complete(snapshot);
            }
            return isOver();
        }
    }

    /** A listener that receives each change until it is closed or the transaction is terminal. */
    static final class ForChange extends Listener implements Transactions.Watching {
        private static final Logger LOG = LoggerFactory.getLogger(ForChange.class);

        private final Consumer<Snapshot> listener;
        private final CompletableFuture<Void> over;
        private int reportedRevision = -1;
        private boolean reportedParked;

        ForChange(Consumer<Snapshot> listener) {
            this(listener, new CompletableFuture<>());
        }

        private ForChange(Consumer<Snapshot> listener, CompletableFuture<Void> over) {
            super(over);
            this.listener = listener;
            this.over = over;
        }

        /** Passes a new snapshot on. An exception of the consumer ends this listener, not the transaction. */
        @Override
        synchronized boolean receive(Snapshot snapshot) {
            boolean isParked = snapshot.progress().parked() != null;
            boolean isNews = snapshot.progress().revision() != reportedRevision || isParked != reportedParked;
            if (!isOver() && isNews) {
                reportedRevision = snapshot.progress().revision();
                reportedParked = isParked;
                try {
                    listener.accept(snapshot);
                } catch (RuntimeException | Error thrown) { // the consumer's own failure, which it receives
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
