package dev.entente.server.api;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Course;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.engine.HeldElsewhere;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Submission;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.CallOrigin;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Transactions that do what the test says: each stands where it was put until the test moves it. */
final class FakeTransactions implements Transactions {
    static final long INCARNATION = 7;
    private static final Instant CREATED = Instant.parse("2026-01-02T03:04:05Z");

    final Map<String, Submission> submissions = new ConcurrentHashMap<>();
    final Map<String, Snapshot> snapshots = new ConcurrentHashMap<>();
    /**
     * The incarnations that have taken transactions over, by gid. Accepts, views and ends are answered from the row, as
     * the engine answers them.
     */
    final Map<String, Long> heldElsewhere = new ConcurrentHashMap<>();

    final List<Act> acts = new CopyOnWriteArrayList<>();
    final List<CallOrigin> origins = new CopyOnWriteArrayList<>();
    /** With what acts on that one are answered. */
    final Map<String, RuntimeException> refusals = new ConcurrentHashMap<>();
    /** Happens at each act, before it is answered. */
    volatile Runnable whenActed = () -> {};
    /** Happens when somebody begins to wait for an end. */
    volatile Runnable whenAwaited = () -> {};

    private final Map<String, List<CompletableFuture<Snapshot>>> ends = new ConcurrentHashMap<>();
    private final Map<String, List<Consumer<Snapshot>>> watchers = new ConcurrentHashMap<>();
    volatile @Nullable RuntimeException failure;

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        Submission known = submissions.putIfAbsent(submission.gid(), submission);
        if (known != null && !known.digest().equals(submission.digest())) {
            return CompletableFuture.failedFuture(Refusal.otherContent(submission.gid()));
        }
        if (known == null) {
            TransactionState state = submission.begins() ? TransactionState.BEGUN : TransactionState.RUNNING;
            Progress untouched =
                    Progress.untouched(state, submission.plan().branches().size());
            put(submission.gid(), submission.plan(), untouched.in(state, accepted(state)));
        }
        return CompletableFuture.completedFuture(new Accepted(at(submission.gid()), known != null));
    }

    private static History accepted(TransactionState state) {
        return History.EMPTY.with(new HistoryEvent(CREATED, state, new Fact.Accepted(INCARNATION)));
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, Act act, CallOrigin origin) {
        acts.add(act);
        origins.add(origin);
        whenActed.run();
        RuntimeException refusal = refusals.get(gid);
        return refusal == null ? get(gid) : CompletableFuture.failedFuture(refusal);
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid, @Nullable Predicate<Plan> mayKnow) {
        CompletableFuture<Snapshot> seen = view(gid, mayKnow);
        boolean isKnown = mayKnow == null || !seen.isCompletedExceptionally();
        return isKnown && heldElsewhere.containsKey(gid) && failure == null
                ? CompletableFuture.failedFuture(new HeldElsewhere(heldElsewhere.get(gid)))
                : seen;
    }

    @Override
    public CompletableFuture<Snapshot> view(String gid, @Nullable Predicate<Plan> mayKnow) {
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        Snapshot snapshot = snapshots.get(gid);
        return snapshot == null || (mayKnow != null && !mayKnow.test(snapshot.plan()))
                ? CompletableFuture.failedFuture(Refusal.notFound(gid))
                : CompletableFuture.completedFuture(snapshot);
    }

    @Override
    public CompletableFuture<Snapshot> end(String gid) {
        Snapshot snapshot = snapshots.get(gid);
        if (snapshot != null && snapshot.isAtRest()) {
            return CompletableFuture.completedFuture(snapshot);
        }
        CompletableFuture<Snapshot> end = new CompletableFuture<>();
        ends.computeIfAbsent(gid, _ -> new CopyOnWriteArrayList<>()).add(end);
        whenAwaited.run();
        return end;
    }

    @Override
    public CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener) {
        return get(gid).thenApply(snapshot -> {
            List<Consumer<Snapshot>> listeners = watchers.computeIfAbsent(gid, _ -> new CopyOnWriteArrayList<>());
            listeners.add(listener);
            listener.accept(snapshot);
            CompletableFuture<Void> over = new CompletableFuture<>();
            return new Watching() {
                @Override
                public void close() {
                    listeners.remove(listener);
                    over.complete(null);
                }

                @Override
                public CompletableFuture<Void> over() {
                    return over;
                }
            };
        });
    }

    private static Snapshot durable(Snapshot live) {
        return new Snapshot(
                live.gid(),
                live.plan(),
                live.progress(),
                CREATED,
                null,
                live.progress().state().isTerminal() ? CREATED.plusSeconds(1) : null,
                null,
                live.owner(),
                null,
                live.fence(),
                false,
                true);
    }

    private Snapshot at(String gid) {
        return Objects.requireNonNull(snapshots.get(gid), gid);
    }

    int watchers(String gid) {
        return watchers.getOrDefault(gid, List.of()).size();
    }

    /** Waits that were neither answered nor given up. */
    long waiting(String gid) {
        return ends.getOrDefault(gid, List.of()).stream()
                .filter(end -> !end.isDone())
                .count();
    }

    void succeed(String gid, com.google.protobuf.@Nullable ByteString result) {
        move(gid, TransactionState.SUCCEEDED, null, null);
        Snapshot at = at(gid);
        tell(new Snapshot(
                gid,
                at.plan(),
                at.progress(),
                CREATED,
                null,
                CREATED.plusSeconds(1),
                result,
                null,
                null,
                0,
                false,
                true));
    }

    void abort(String gid) {
        move(gid, TransactionState.ABORTED, AbortReason.STEP_REJECTED, null);
        tell(durable(at(gid)));
    }

    void park(String gid) {
        move(gid, TransactionState.UNDOING, null, new Parked(ParkReason.UNDO_EXHAUSTED, "refund: no route", CREATED));
        tell(durable(at(gid)));
    }

    /** Its first branch is so far. */
    void reached(String gid, BranchProgress first) {
        Snapshot at = at(gid);
        put(gid, at.plan(), at.progress().withBranch(0, first));
    }

    /** Tells of it as it stands, although nothing has happened. */
    void repeat(String gid) {
        tell(at(gid));
    }

    /** One more event, same state. */
    void progress(String gid) {
        move(gid, at(gid).progress().state(), null, null);
        tell(durable(at(gid)));
    }

    /** Another incarnation has taken it over. */
    void adopted(String gid, long incarnation) {
        Snapshot at = at(gid);
        TransactionState state = at.progress().state();
        put(
                gid,
                at.plan(),
                at.progress()
                        .in(
                                state,
                                at.progress()
                                        .history()
                                        .with(new HistoryEvent(CREATED, state, new Fact.Adopted(incarnation)))));
    }

    private void move(String gid, TransactionState state, @Nullable AbortReason reason, @Nullable Parked parked) {
        Snapshot at = at(gid);
        Progress from = at.progress();
        History history = from.history().with(new HistoryEvent(CREATED, state, new Fact.Decided(reason, "", "")));
        put(
                gid,
                at.plan(),
                new Progress(state, from.branches(), new Course(reason, "", false, 0, 0), parked, -1, history));
    }

    void put(String gid, Plan plan, Progress progress) {
        snapshots.put(
                gid, new Snapshot(gid, plan, progress, CREATED, null, null, null, INCARNATION, null, 3, true, true));
    }

    private void tell(Snapshot snapshot) {
        snapshots.put(snapshot.gid(), snapshot);
        if (snapshot.isAtRest()) {
            List<CompletableFuture<Snapshot>> waiting = ends.remove(snapshot.gid());
            (waiting == null ? new ArrayList<CompletableFuture<Snapshot>>() : waiting)
                    .forEach(end -> end.complete(snapshot));
        }
        watchers.getOrDefault(snapshot.gid(), List.of()).forEach(listener -> listener.accept(snapshot));
    }
}
