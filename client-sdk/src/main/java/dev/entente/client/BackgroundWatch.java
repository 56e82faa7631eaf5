package dev.entente.client;

import dev.entente.v1.Transaction;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A watch that a thread of its own reads. */
final class BackgroundWatch {
    private final Watch watch;
    private final Consumer<Transaction> seen;
    private final CompletableFuture<Transaction> end = new CompletableFuture<>();

    BackgroundWatch(Watch watch, Consumer<Transaction> seen) {
        this.watch = watch;
        this.seen = seen;
    }

    CompletableFuture<Transaction> start() {
        CompletableFuture<Transaction> unused = end.whenComplete((last, thrown) -> watch.close());
        Thread thread = new Thread(this::read, "entente-watch");
        thread.setDaemon(true);
        thread.start();
        return end;
    }

    private void read() {
        try {
            Transaction last = null;
            while (!end.isDone() && watch.hasNext()) {
                last = watch.next();
                seen.accept(last);
            }
            complete(last);
        } catch (
                Throwable
                        thrown) { // an error in the listener too: the future is all that its caller sees of this thread
            end.completeExceptionally(thrown);
        }
    }

    private void complete(@Nullable Transaction last) {
        if (last == null) {
            throw new IllegalStateException("the watch ended without a word of the transaction");
        }
        end.complete(last);
    }
}
