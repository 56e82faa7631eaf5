package dev.entente.server.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Somebody who is told of a transaction's end, or of each change. It is told by one at a time: its mailbox, or
 * {@link DetachedListeners}.
 */
sealed interface Listener {
    /** Shows how it stands; no decision that is not durable. Whether there is nothing more to tell. */
    boolean hear(Snapshot snapshot);

    /** Tells whether it has heard all, or does not listen any more. */
    boolean isOver();

    /** Nobody can tell it any more. */
    void fail(Throwable why);

    /** Completed with the first snapshot that is terminal or parked, and durable. */
    record ForEnd(CompletableFuture<Snapshot> end) implements Listener {
        @Override
        public boolean hear(Snapshot snapshot) {
            if (snapshot.isAtRest() && !snapshot.isLive()) {
                end.complete(snapshot);
            }
            return end.isDone();
        }

        @Override
        public boolean isOver() {
            return end.isDone();
        }

        @Override
        public void fail(Throwable why) {
            end.completeExceptionally(why);
        }
    }

    /** Told of each change until it is closed or the transaction is terminal. */
    final class ForChange implements Listener, Transactions.Watching {
        private static final Logger LOG = LoggerFactory.getLogger(ForChange.class);

        private final Consumer<Snapshot> listener;
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private int toldRevision = -1;
        private boolean toldParked;

        ForChange(Consumer<Snapshot> listener) {
            this.listener = listener;
        }

        /** A listener that throws has itself to blame, not the transaction. */
        @Override
        public synchronized boolean hear(Snapshot snapshot) {
            boolean isParked = snapshot.progress().parked() != null;
            boolean isNews = snapshot.progress().revision() != toldRevision || isParked != toldParked;
            if (!over.isDone() && isNews) {
                toldRevision = snapshot.progress().revision();
                toldParked = isParked;
                try {
                    listener.accept(snapshot);
                } catch (RuntimeException | Error thrown) {
                    LOG.error("a listener of {} threw an exception; it gets no more updates", snapshot.gid(), thrown);
                    over.completeExceptionally(thrown);
                }
            }
            if (snapshot.progress().state().isTerminal()) {
                over.complete(null);
            }
            return over.isDone();
        }

        @Override
        public boolean isOver() {
            return over.isDone();
        }

        @Override
        public void fail(Throwable why) {
            over.completeExceptionally(why);
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
