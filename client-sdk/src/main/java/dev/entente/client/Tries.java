package dev.entente.client;

import com.google.protobuf.ByteString;
import dev.entente.client.call.Causes;
import dev.entente.wire.TriedChildren;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The tries of one interactive scope: running, successful, and the first failure. Thread-safe. */
final class Tries {
    /**
     * A try that succeeded.
     *
     * @param answer the response as received
     * @param named the children that its answer names, see {@link TriedChildren}; null if its participant names none
     */
    record Tried<R>(R response, ByteString answer, @Nullable String named) {}

    /**
     * The first failure of a scope, which aborts the scope.
     *
     * @param branch the branch that could not be registered or tried
     */
    record FirstFailure(String branch, Throwable cause) {}

    private final String gid;
    private final Map<String, ByteString> succeeded = new LinkedHashMap<>();
    private final Set<String> named = new LinkedHashSet<>();
    private final List<CompletableFuture<?>> started = new ArrayList<>();
    private @Nullable FirstFailure firstFailure;
    private boolean closed;

    /** Creates a scope without tries. */
    Tries(String gid) {
        this.gid = gid;
    }

    /**
     * Starts a try. Records the result before the returned future completes.
     *
     * @throws IllegalStateException if the scope has ended, or a try has already failed
     */
    <R> CompletableFuture<R> start(String branch, Supplier<CompletableFuture<Tried<R>>> attempt) {
        CompletableFuture<R> known = new CompletableFuture<>();
        synchronized (this) {
            refuseIfOver(branch);
            started.add(known);
        }
        CompletableFuture<Tried<R>> unused = started(branch, attempt, known).whenComplete((tried, thrown) -> {
            if (thrown == null) {
                succeeded(branch, tried);
                known.complete(tried.response());
            } else {
                Throwable cause = Causes.unwrap(thrown);
                doomed(branch, cause);
                known.completeExceptionally(cause);
            }
        });
        return known.copy(); // a caller that cancels the copy does not cancel the record
    }

    private <R> CompletableFuture<Tried<R>> started(
            String branch, Supplier<CompletableFuture<Tried<R>>> attempt, CompletableFuture<R> known) {
        try {
            return attempt.get();
        } catch (RuntimeException | Error refused) { // without a result the scope would wait forever
            doomed(branch, refused);
            known.completeExceptionally(refused);
            throw refused;
        }
    }

    /** Prevents new tries, and completes when all tries have ended, because the decision needs their results. */
    CompletableFuture<Void> ended() {
        List<CompletableFuture<?>> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(started);
        }
        return CompletableFuture.allOf(
                all.stream().map(one -> one.handle((response, thrown) -> true)).toArray(CompletableFuture<?>[]::new));
    }

    /** Returns the first failure, if there is one. */
    synchronized Optional<FirstFailure> firstFailure() {
        return Optional.ofNullable(firstFailure);
    }

    /** Returns the branches tried with success and their responses. */
    synchronized Map<String, ByteString> succeeded() {
        return new LinkedHashMap<>(succeeded);
    }

    private void refuseIfOver(String branch) {
        if (closed) {
            throw new IllegalStateException(
                    "the scope of transaction '" + gid + "' has ended; branch '" + branch + "' is not tried");
        }
        if (firstFailure != null) {
            throw new IllegalStateException(
                    "transaction '" + gid + "' will be aborted, because branch '" + firstFailure.branch()
                            + "' did not succeed; branch '" + branch + "' is not tried any more",
                    firstFailure.cause());
        }
    }

    /** Returns the branches tried with success, by this scope or by nested tries. */
    synchronized Set<String> named() {
        return new LinkedHashSet<>(named);
    }

    /** Adds children of a branch that another client has tried. */
    synchronized void alsoTried(String branch, String tried) {
        Set<String> paths = TriedChildren.paths(branch, tried);
        paths.remove(branch);
        named.addAll(paths);
    }

    private synchronized void succeeded(String branch, Tried<?> tried) {
        succeeded.put(branch, tried.answer());
        named.addAll(TriedChildren.paths(branch, tried.named()));
    }

    private synchronized void doomed(String branch, Throwable cause) {
        if (firstFailure == null) {
            firstFailure = new FirstFailure(branch, cause);
        }
    }
}
