package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.OwnedElsewhere;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Streams of a transaction's changes, from this coordinator or from the owner. Each stream sends at most ten changes
 * per second. Thread-safe.
 */
final class Watches {
    private static final String METHOD =
            TransactionServiceGrpc.getWatchTransactionMethod().getFullMethodName();

    private static final Duration LEAST_DISTANCE = Duration.ofMillis(100);
    /** The limit of clients that watch one transaction, because each change is sent to all watchers at once. */
    private static final int MAX_WATCHERS = 100;

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Transactions transactions;
    private final TransactionViews views;
    private final EndWaiters waiting;
    private final Forwarding forwarding;
    private final Authentication authentication;
    private final Map<String, Integer> watchers = new ConcurrentHashMap<>();
    /**
     * Sends all changes on one thread, because a change may have many watchers, and the thread that made the change has
     * other work.
     */
    private final ExecutorService notifier = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("entente-watches").factory());

    Watches(
            Transactions transactions,
            TransactionViews views,
            EndWaiters waiting,
            Forwarding forwarding,
            Authentication authentication) {
        this.transactions = transactions;
        this.views = views;
        this.waiting = waiting;
        this.forwarding = forwarding;
        this.authentication = authentication;
    }

    /** Returns whether watchers may see the state: a final state only when durable. */
    static boolean isReported(Snapshot snapshot) {
        return !snapshot.progress().state().isTerminal() || !snapshot.isLive();
    }

    void close() {
        notifier.shutdownNow();
    }

    void open(WatchTransactionRequest request, StreamObserver<Transaction> observer) {
        Caller caller = Caller.current();
        View view;
        try {
            view = Filters.view(request.getView());
            waiting.enter();
        } catch (Refusal refused) {
            observer.onError(Errors.of(refused));
            return;
        }
        Watch watch = new Watch((ServerCallStreamObserver<Transaction>) observer, request.getAfterRevision(), caller);
        // The read is first, because it fails if another coordinator owns the transaction. Only the owner has the
        // newest progress.
        var _ = SubmitterAccess.get(transactions, request.getGid(), caller)
                .thenCompose(_ -> {
                    enter(request.getGid(), watch);
                    return transactions.watch(
                            request.getGid(),
                            snapshot -> watch.offer(
                                    snapshot, now -> views.show(SubmitterAccess.seen(snapshot, now), view, now)));
                })
                .whenComplete((watching, thrown) -> {
                    if (thrown == null) {
                        watch.endsWith(watching::close);
                        failsWith(watching, watch);
                    } else if (Errors.unwrap(thrown) instanceof OwnedElsewhere held && !caller.isForwarded()) {
                        follow(held.owner(), request, caller, watch);
                    } else {
                        watch.fail(thrown);
                    }
                });
    }

    /** Takes one of the transaction's places for the watch, until the watch ends. */
    private void enter(String gid, Watch watch) {
        if (watchers.merge(gid, 1, Integer::sum) > MAX_WATCHERS) {
            leave(gid);
            throw Refusal.temporary(
                    ErrorCode.OVERLOADED,
                    MAX_WATCHERS + " clients already watch this transaction; call GetTransaction from time to time, or"
                            + " watch again later",
                    PAUSE);
        }
        watch.endsWith(() -> leave(gid));
    }

    private void leave(String gid) {
        watchers.computeIfPresent(gid, (_, now) -> now == 1 ? null : now - 1);
    }

    private static void failsWith(Transactions.Watching watching, Watch watch) {
        var _ = watching.over().whenComplete((_, thrown) -> {
            if (thrown != null) {
                watch.fail(thrown);
            }
        });
    }

    private void follow(long owner, WatchTransactionRequest request, Caller caller, Watch watch) {
        MethodDescriptor<WatchTransactionRequest, Transaction> method =
                TransactionServiceGrpc.getWatchTransactionMethod();
        var _ = forwarding.stream(owner, method, request, caller, watch).whenComplete((call, thrown) -> {
            if (thrown == null) {
                watch.endsWith(() -> cancel(call));
            } else {
                watch.fail(thrown);
            }
        });
    }

    private static void cancel(ClientCall<?, ?> call) {
        call.cancel("the watching client is disconnected", null);
    }

    /** A change to send, in the caller's view at the time of sending. */
    private record Change(@Nullable Snapshot snapshot, Function<Caller, Transaction> shown, boolean isTerminal) {
        /** Returns whether the change is new. A watch that reads the row repeatedly also reports an unchanged row. */
        boolean isNews(Snapshot before) {
            return snapshot == null
                    || before.progress().revision() != snapshot.progress().revision()
                    || before.progress().state() != snapshot.progress().state()
                    || before.isLive() != snapshot.isLive()
                    || !Objects.equals(
                            before.progress().parked(), snapshot.progress().parked())
                    || !Objects.equals(before.owner(), snapshot.owner())
                    || !before.progress().branches().equals(snapshot.progress().branches());
        }
    }

    /**
     * One client's stream. Only the thread of {@code notifier} makes its calls and uses its fields, except {@link
     * #newest}. Only the newest change is kept while the client, or the rate limit, accepts no change.
     */
    private final class Watch implements StreamObserver<Transaction> {
        private final ServerCallStreamObserver<Transaction> client;
        private final long afterRevision;
        private final Caller asker;
        /** If the value is not null, a task, a timer or the client's readiness will call {@link #send}. */
        private final AtomicReference<@Nullable Change> newest = new AtomicReference<>();

        private final List<Runnable> sources = new ArrayList<>(2);
        private @Nullable Snapshot reported;
        private long sentNanos;
        private boolean hasSent;
        private boolean isScheduled;
        private boolean isOver;

        Watch(ServerCallStreamObserver<Transaction> client, long afterRevision, Caller asker) {
            this.client = client;
            this.afterRevision = afterRevision;
            this.asker = asker;
            client.setOnCancelHandler(() -> later(this::end));
            client.setOnReadyHandler(() -> later(this::send));
        }

        private void later(Runnable task) {
            try {
                notifier.execute(() -> {
                    try {
                        task.run();
                    } catch (RuntimeException | Error defect) {
                        failNow(defect); // no other code would end the stream
                    }
                });
            } catch (RejectedExecutionException closed) {
                // The server and all its streams have ended.
            }
        }

        void offer(Snapshot snapshot, Function<Caller, Transaction> shown) {
            if (isReported(snapshot)) {
                keep(new Change(snapshot, shown, snapshot.progress().state().isTerminal()));
            }
        }

        private void keep(Change change) {
            if (newest.getAndSet(change) == null) {
                later(this::send);
            }
        }

        private void send() {
            Change next = newest.get();
            if (isOver || next == null || !client.isReady()) {
                return;
            }
            long elapsed = System.nanoTime() - sentNanos;
            if (hasSent && !next.isTerminal() && elapsed < LEAST_DISTANCE.toNanos()) {
                schedule(LEAST_DISTANCE.minusNanos(elapsed));
                return;
            }
            report(Objects.requireNonNull(newest.getAndSet(null)));
        }

        /**
         * Sends a change if the change is new. A watch may outlive its caller's token or roles, so the caller's
         * identity and view are checked each time.
         */
        private void report(Change change) {
            Snapshot snapshot = change.snapshot();
            boolean isKnown = snapshot != null
                    && afterRevision > 0
                    && snapshot.progress().revision() == afterRevision
                    && !change.isTerminal()
                    && !hasSent;
            boolean isNews = reported == null || change.isNews(reported);
            reported = snapshot;
            if (isKnown || !isNews) {
                return;
            }
            hasSent = true;
            sentNanos = System.nanoTime();
            try {
                client.onNext(change.shown().apply(authentication.again(asker, METHOD)));
            } catch (Refusal refusal) {
                failNow(refusal);
                return;
            }
            if (change.isTerminal()) {
                client.onCompleted();
                end();
            }
        }

        private void schedule(Duration delay) {
            if (!isScheduled) {
                isScheduled = true;
                waiting.later(
                        delay.plusMillis(1),
                        () -> later(() -> {
                            isScheduled = false;
                            send();
                        }));
            }
        }

        /** @param close runs when the watch ends */
        void endsWith(Runnable close) {
            later(() -> {
                if (isOver) {
                    close.run();
                } else {
                    sources.add(close);
                }
            });
        }

        void fail(Throwable thrown) {
            later(() -> failNow(thrown));
        }

        private void failNow(Throwable thrown) {
            if (!isOver) {
                end();
                client.onError(Errors.of(thrown));
            }
        }

        private void end() {
            if (!isOver) {
                isOver = true;
                waiting.leave();
                sources.forEach(Runnable::run);
            }
        }

        @Override
        public void onNext(Transaction fromOwner) {
            keep(new Change(null, now -> relayed(fromOwner, now), fromOwner.getTerminal()));
        }

        @Override
        public void onError(Throwable thrown) {
            fail(thrown);
        }

        /**
         * Fails after a change of the caller's roles, because the owner uses the caller's view from the start of the
         * stream.
         */
        private Transaction relayed(Transaction fromOwner, Caller now) {
            if (now.principal().equals(asker.principal()) && now.roles().equals(asker.roles())) {
                return fromOwner;
            }
            throw Refusal.temporary(
                    ErrorCode.OWNER_UNREACHABLE,
                    "the token's name or roles have changed since this watch was opened; open the watch again",
                    Duration.ofMillis(500));
        }

        /**
         * Fails the watch with ENT-053 unless a final state is pending, because the owner shuts down. A final state
         * ends the watch when it is sent.
         */
        @Override
        public void onCompleted() {
            later(() -> {
                Change last = newest.get();
                if (last == null || !last.isTerminal()) {
                    failNow(Errors.ownerUnreachable("the source of this watch", "it ended the stream"));
                }
            });
        }
    }
}
