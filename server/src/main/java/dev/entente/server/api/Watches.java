package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.HeldElsewhere;
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
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Streams of a transaction's changes, at most ten a second each, from here or from the coordinator that holds it.
 * Thread-safe.
 */
final class Watches {
    private static final String METHOD =
            TransactionServiceGrpc.getWatchTransactionMethod().getFullMethodName();

    private static final Duration LEAST_DISTANCE = Duration.ofMillis(100);
    /** Clients that watch one transaction: each change is told to all of them at once. */
    private static final int MAX_WATCHERS = 100;

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Transactions transactions;
    private final TransactionViews views;
    private final EndWaiters waiting;
    private final Forwarding forwarding;
    private final Authentication authentication;
    private final Map<String, Integer> watchers = new ConcurrentHashMap<>();
    /**
     * Tells them one after another: a change may have thousands of watchers, and whoever made it has other work.
     */
    private final ExecutorService telling = Executors.newSingleThreadExecutor(
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

    /** Tells whether watchers may be told. Nobody is told of a terminal state that is not durable yet. */
    static boolean isTold(Snapshot snapshot) {
        return !snapshot.progress().state().isTerminal() || !snapshot.isLive();
    }

    void close() {
        telling.shutdownNow();
    }

    void open(WatchTransactionRequest request, StreamObserver<Transaction> observer) {
        Caller caller = Caller.current();
        try {
            waiting.enter();
        } catch (RuntimeException refused) {
            observer.onError(Errors.of(refused));
            return;
        }
        Watch watch = new Watch(
                (ServerCallStreamObserver<Transaction>) observer,
                request.getAfterRevision(),
                caller,
                () -> authentication.again(caller, METHOD));
        View view = request.getView();
        // The look comes first: it is what tells that another coordinator holds it, and has its progress.
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
                    } else if (Errors.unwrap(thrown) instanceof HeldElsewhere held && !caller.isForwarded()) {
                        follow(held.owner(), request, caller, watch);
                    } else {
                        watch.fail(thrown);
                    }
                });
    }

    /** Gives the watch one of the transaction's places, until it ends. */
    private void enter(String gid, Watch watch) {
        if (watchers.merge(gid, 1, Integer::sum) > MAX_WATCHERS) {
            leave(gid);
            throw Refusal.temporary(
                    ErrorCode.OVERLOADED,
                    MAX_WATCHERS + " clients watch this transaction already; ask GetTransaction now and then, or watch"
                            + " again later",
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
        call.cancel("the watching client is gone", null);
    }

    /** One client's stream. Only the newest change is kept while the client, or the clock, does not take more. */
    private final class Watch implements StreamObserver<Transaction> {
        private final ServerCallStreamObserver<Transaction> client;
        private final long afterRevision;
        private final Caller asker;
        private final Supplier<Caller> admission;
        private @Nullable Snapshot offered;
        private @Nullable Function<Caller, Transaction> newest;
        private final List<Runnable> sources = new ArrayList<>(2);
        private long sentNanos;
        private boolean hasSent;
        private boolean isDue;
        private boolean isScheduled;
        private boolean isLast;
        /** The client was told the end. */
        private boolean isEnded;
        /** And its place, and its source, are given back. */
        private boolean isOver;

        /** {@code admission} throws where the caller may not go on. */
        Watch(
                ServerCallStreamObserver<Transaction> client,
                long afterRevision,
                Caller asker,
                Supplier<Caller> admission) {
            this.client = client;
            this.afterRevision = afterRevision;
            this.asker = asker;
            this.admission = admission;
            client.setOnCancelHandler(this::end);
            client.setOnReadyHandler(this::send);
        }

        void offer(Snapshot snapshot, Function<Caller, Transaction> shown) {
            boolean isKnown = snapshot.progress().revision() == afterRevision && afterRevision > 0;
            boolean isTerminal = snapshot.progress().state().isTerminal();
            if (isTold(snapshot) && isNews(snapshot) && (!isKnown || isTerminal || hasSent())) {
                keep(shown, isTerminal);
            }
        }

        /**
         * Tells whether the snapshot is new to this watcher. Rows that are only read are offered again and again,
         * changed or not.
         */
        private synchronized boolean isNews(Snapshot snapshot) {
            Snapshot before = offered;
            offered = snapshot;
            return before == null
                    || before.progress().revision() != snapshot.progress().revision()
                    || before.progress().state() != snapshot.progress().state()
                    || before.isLive() != snapshot.isLive()
                    || !Objects.equals(
                            before.progress().parked(), snapshot.progress().parked())
                    || !Objects.equals(before.owner(), snapshot.owner())
                    || !before.progress().branches().equals(snapshot.progress().branches());
        }

        private synchronized boolean hasSent() {
            return hasSent;
        }

        private void keep(Function<Caller, Transaction> shown, boolean isTerminal) {
            synchronized (this) {
                newest = shown;
                isLast = isLast || isTerminal;
                if (isDue) {
                    return;
                }
                isDue = true;
            }
            try {
                telling.execute(this::sendDue);
            } catch (RejectedExecutionException closed) {
                // The server has ended, and with it every stream.
            }
        }

        private void sendDue() {
            synchronized (this) {
                isDue = false;
            }
            sendOrFail();
        }

        /** The stream's calls are made under the lock: gRPC wants them one at a time, and they do not block. */
        private void send() {
            synchronized (this) {
                Function<Caller, Transaction> next = newest;
                if (isEnded || isOver || next == null || !client.isReady()) {
                    return;
                }
                long elapsed = System.nanoTime() - sentNanos;
                if (hasSent && !isLast && elapsed < LEAST_DISTANCE.toNanos()) {
                    schedule(LEAST_DISTANCE.minusNanos(elapsed));
                    return;
                }
                newest = null;
                hasSent = true;
                sentNanos = System.nanoTime();
                tell(next);
                if (!isEnded) {
                    return;
                }
            }
            end();
        }

        /**
         * Under the lock. A watch may outlive its caller's token, or its roles: who it is, and what it may see, is
         * asked each time.
         */
        private void tell(Function<Caller, Transaction> next) {
            try {
                client.onNext(next.apply(admission.get()));
                if (!isLast) {
                    return;
                }
                client.onCompleted();
            } catch (Refusal refusal) {
                client.onError(Errors.of(refusal));
            }
            isEnded = true;
        }

        private void schedule(Duration delay) {
            if (!isScheduled) {
                isScheduled = true;
                waiting.later(delay.plusMillis(1), this::scheduled);
            }
        }

        private void scheduled() {
            synchronized (this) {
                isScheduled = false;
            }
            sendOrFail();
        }

        /** On a thread where nobody else would end the stream. */
        private void sendOrFail() {
            try {
                send();
            } catch (RuntimeException | Error defect) {
                fail(defect);
            }
        }

        /** @param close what to do when nobody watches any longer */
        void endsWith(Runnable close) {
            synchronized (this) {
                if (!isOver) {
                    sources.add(close);
                    return;
                }
            }
            close.run();
        }

        void fail(Throwable thrown) {
            synchronized (this) {
                if (isEnded || isOver) {
                    return;
                }
                isEnded = true;
                client.onError(Errors.of(thrown));
            }
            end();
        }

        private void end() {
            synchronized (this) {
                if (isOver) {
                    return;
                }
                isOver = true;
            }
            waiting.leave();
            sources.forEach(Runnable::run);
        }

        @Override
        public void onNext(Transaction fromOwner) {
            keep(now -> relayed(fromOwner, now), fromOwner.getTerminal());
        }

        @Override
        public void onError(Throwable thrown) {
            fail(thrown);
        }

        /** The owner shows what the caller might see when the stream was opened. */
        private Transaction relayed(Transaction fromOwner, Caller now) {
            if (now.principal().equals(asker.principal()) && now.roles().equals(asker.roles())) {
                return fromOwner;
            }
            throw Refusal.temporary(
                    ErrorCode.OWNER_UNREACHABLE,
                    "the token's name or roles have changed since this watch was opened; open it again",
                    Duration.ofMillis(500));
        }

        /** After a terminal state, which ends this stream once it is told; otherwise the owner shuts down. */
        @Override
        public void onCompleted() {
            synchronized (this) {
                if (isLast) {
                    return;
                }
            }
            fail(Errors.ownerUnreachable("the one that told of it until now", "it ended the stream"));
        }
    }
}
