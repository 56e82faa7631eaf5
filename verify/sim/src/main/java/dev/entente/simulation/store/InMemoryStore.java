package dev.entente.simulation.store;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import dev.entente.server.store.writer.InDoubtResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store of one simulated incarnation, with the guards and the group commit of the real store, over {@link Tables}
 * and virtual time.
 *
 * <p>A write waits until the previous batch is answered. Then the first waiting operation of each gid is committed
 * after one delay, and answered after another. Reads and claims have both delays too. {@link StoreBehavior} defines a
 * share of commits with a lost answer: the batch is committed or not. After a further delay its result is determined
 * from the rows, as the real store does with {@link InDoubtResult}. Another share is refused for a temporary error and
 * sent again.
 *
 * <p>{@link #crash} stops all answers: waiting operations are lost, and a batch in flight is later committed or not, by
 * chance. {@link #lose} makes the database unavailable until {@link #find}: accepts fail, writes wait.
 *
 * <p>Deterministic: the same seed and the same calls give the same answers. Thread-safe, so that the contract suite can
 * test races; a simulation runs the store on one thread.
 */
public final class InMemoryStore implements TransactionStore {
    private final Tables tables;
    private final long incarnation;
    private final long timeline;
    private final Scheduler scheduler;
    private final Random random;
    private final StoreBehavior behavior;
    private final Runnable incarnationEnded;
    private final List<Operation<?>> waiting = new ArrayList<>();
    private boolean isCommitting;
    private volatile boolean isGone;
    private volatile boolean isClosed;
    private volatile boolean isUnavailable;

    /**
     * @param tables shared by all incarnations
     * @param incarnation registered in the tables by {@link InMemoryMembership}
     * @param scheduler virtual time
     * @param random seeded; the only source of chance
     * @param incarnationEnded called once after the store detects that the tables have failed over
     */
    public InMemoryStore(
            Tables tables,
            long incarnation,
            Scheduler scheduler,
            Random random,
            StoreBehavior behavior,
            Runnable incarnationEnded) {
        this.tables = tables;
        this.incarnation = incarnation;
        this.timeline = tables.timeline();
        this.scheduler = scheduler;
        this.random = random;
        this.behavior = behavior;
        this.incarnationEnded = incarnationEnded;
    }

    /**
     * An operation to commit.
     *
     * @param apply carries out the operation; null if it was refused because the incarnation is dead
     * @param settle determines the result from the row; null if the operation must be repeated
     */
    private record Operation<T extends @Nullable Object>(
            String gid,
            boolean isRefusable,
            Supplier<@Nullable Result<T>> apply,
            Supplier<@Nullable Result<T>> settle,
            CompletableFuture<T> answer) {

        /** Carries out the operation and returns the task that answers the caller. */
        Runnable applied() {
            try {
                return telling(apply.get());
            } catch (IllegalStateException e) {
                return () -> answer.completeExceptionally(new StoreFailure("the tables refuse " + gid, e));
            }
        }

        void refuseForGood() {
            answer.completeExceptionally(new StoreFailure("they refuse " + gid, new IllegalStateException("now")));
        }

        private Runnable telling(@Nullable Result<T> result) {
            return result == null
                    ? () -> fail("this incarnation was declared dead")
                    : () -> answer.complete(result.value());
        }

        void fail(String why) {
            answer.completeExceptionally(new StoreUnavailable(why, null));
        }
    }

    private record Result<T extends @Nullable Object>(T value) {}

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public long fenceFloor() {
        return tables.fenceFloor(timeline);
    }

    @Override
    public CompletableFuture<AcceptResult> accept(NewTransaction transaction) {
        tables.asked(incarnation, transaction.gid());
        return submit(new Operation<>(
                transaction.gid(),
                true,
                () -> result(tables.accept(incarnation, transaction)),
                () -> result(inDoubtResult(transaction.gid()).accepted(transaction)),
                new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<WriteResult> write(RowWrite write) {
        WriteResult written = new WriteResult.Written(write.rev() + 1);
        return submit(new Operation<>(
                write.gid(),
                false,
                () -> new Result<>(tables.write(incarnation, write) ? written : new WriteResult.Lost()),
                () -> switch (inDoubtResult(write.gid()).written(write)) {
                    case WRITTEN -> new Result<>(written);
                    case LOST -> new Result<>(new WriteResult.Lost());
                    case NOT_WRITTEN -> null;
                },
                new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<@Nullable ByteString> register(String gid, ByteString branch, int maxPlanBytes) {
        return submit(new Operation<@Nullable ByteString>(
                gid,
                true,
                () -> new Result<>(tables.register(gid, branch, maxPlanBytes)),
                () -> switch (inDoubtResult(gid).registered(branch)) {
                    case WRITTEN -> new Result<>(tables.read(gid) instanceof OpenRow row ? row.plan() : null);
                    case LOST -> new Result<>(null);
                    case NOT_WRITTEN -> null;
                },
                new CompletableFuture<>()));
    }

    private static <T> @Nullable Result<T> result(@Nullable T value) {
        return value == null ? null : new Result<>(value);
    }

    private InDoubtResult inDoubtResult(String gid) {
        return new InDoubtResult(tables.readStored(gid), incarnation);
    }

    private synchronized <T extends @Nullable Object> CompletableFuture<T> submit(Operation<T> operation) {
        if (isClosed || (isUnavailable && operation.isRefusable())) {
            later(() -> operation.fail(isClosed ? "the store is closed" : "the database does not answer"));
        } else {
            waiting.add(operation);
            commitNext();
        }
        return operation.answer();
    }

    /** Begins a batch, if none is in flight. */
    private synchronized void commitNext() {
        if (isCommitting || isUnavailable || isGone || waiting.isEmpty()) {
            return;
        }
        isCommitting = true;
        List<Operation<?>> batch = new ArrayList<>();
        Set<String> gids = new HashSet<>();
        for (Operation<?> operation : List.copyOf(waiting)) {
            if (gids.add(operation.gid())) {
                batch.add(operation);
                waiting.remove(operation);
            }
        }
        scheduler.after(behavior.delay(random), () -> commit(batch));
    }

    /** Carries out the batch in the database. */
    private void commit(List<Operation<?>> batch) {
        if (isOver()) {
            return;
        }
        if (behavior.refuses(random)) {
            refused(batch);
            return;
        }
        boolean isAnswered = !isGone && !behavior.losesAnswer(random);
        if (!isAnswered && random.nextBoolean()) {
            inDoubt(batch);
            return;
        }
        List<Runnable> answers = batch.stream().map(Operation::applied).toList();
        if (isAnswered) {
            scheduler.after(behavior.delay(random), () -> answered(answers));
        } else {
            inDoubt(batch);
        }
    }

    private void answered(List<Runnable> answers) {
        if (isGone) {
            return;
        }
        answers.forEach(Runnable::run);
        synchronized (this) {
            isCommitting = false;
            commitNext();
        }
    }

    /** Sends a batch again after a temporary error. */
    private void refused(List<Operation<?>> batch) {
        boolean isFinal = tables.mutant() == StoreMutant.PASSING_ERROR_FINAL;
        scheduler.after(behavior.delay(random), () -> {
            if (!isGone && !isFinal) {
                synchronized (this) {
                    waiting.addAll(0, batch);
                }
            }
            answered(
                    isFinal
                            ? batch.stream()
                                    .<Runnable>map(operation -> operation::refuseForGood)
                                    .toList()
                            : List.of());
        });
    }

    /** Determines the result of a batch in doubt later. Other incarnations may have changed the rows by then. */
    private void inDoubt(List<Operation<?>> batch) {
        if (tables.mutant() == StoreMutant.DOUBT_TAKEN_AS_FAILED) {
            List<Runnable> failures = batch.stream()
                    .<Runnable>map(operation -> () -> operation.fail("no answer"))
                    .toList();
            scheduler.after(behavior.delay(random), () -> answered(failures));
        } else {
            scheduler.after(behavior.delay(random).plus(behavior.delay(random)), () -> settle(batch));
        }
    }

    private void settle(List<Operation<?>> batch) {
        if (isGone || isOver()) {
            return;
        }
        List<Runnable> answers = new ArrayList<>();
        List<Operation<?>> again = new ArrayList<>();
        batch.forEach(operation -> settle(operation, answers, again));
        synchronized (this) {
            waiting.addAll(0, again);
        }
        answered(answers);
    }

    private static <T extends @Nullable Object> void settle(
            Operation<T> operation, List<Runnable> answers, List<Operation<?>> again) {
        Result<T> result = operation.settle().get();
        if (result == null) {
            again.add(operation);
        } else {
            answers.add(operation.telling(result));
        }
    }

    @Override
    public CompletableFuture<@Nullable StoredTransaction> read(String gid) {
        return ask(() -> tables.readStored(gid));
    }

    @Override
    public CompletableFuture<@Nullable Predecessor> ahead(String gid, String delivery) {
        return ask(() -> tables.ahead(gid, delivery));
    }

    @Override
    public CompletableFuture<Map<String, Long>> revs(List<String> gids) {
        return ask(() -> tables.revs(gids));
    }

    @Override
    public CompletableFuture<DueWork> due() {
        return ask(() -> {
            DueWork due = tables.due();
            Collections.shuffle(due.buckets(), random);
            return due;
        });
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimDue(int bucket, int limit, long bytes) {
        return ask(() -> tables.claimDue(incarnation, bucket, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        return ask(() -> tables.claimHeldBack(incarnation, participant, onlyDue, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OpenRow>> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        return ask(() -> tables.adopt(incarnation, deadIncarnation, afterGid, limit, bytes));
    }

    @Override
    public CompletableFuture<List<OwnedRow>> owned(String afterGid, int limit) {
        return ask(() -> tables.owned(incarnation, afterGid, limit));
    }

    private <T extends @Nullable Object> CompletableFuture<T> ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        scheduler.after(behavior.delay(random), () -> {
            if (isGone || isOver()) {
                return;
            }
            if (isUnavailable || isClosed) {
                answer.completeExceptionally(new StoreUnavailable("the database does not answer", null));
                return;
            }
            T found = question.get();
            later(() -> answer.complete(found));
        });
        return answer;
    }

    /** Delivers an answer after a delay, unless the process has been killed meanwhile. */
    private void later(Runnable answer) {
        scheduler.after(behavior.delay(random), () -> {
            if (!isGone) {
                answer.run();
            }
        });
    }

    /** Returns whether the database failed over. An incarnation from before it ends, and is notified once. */
    private synchronized boolean isOver() {
        if (tables.timeline() == timeline) {
            return false;
        }
        if (!isGone) {
            isGone = true;
            incarnationEnded.run();
        }
        return true;
    }

    /** Kills the process: no future completes any more. A batch in flight is committed later or not at all. */
    public synchronized void crash() {
        isGone = true;
        waiting.clear();
    }

    /** Makes the database unavailable until {@link #find}: writes wait, reads and accepts fail. */
    public synchronized void lose() {
        isUnavailable = true;
        var refused = waiting.stream().filter(Operation::isRefusable).toList();
        waiting.removeAll(refused);
        refused.forEach(operation -> later(() -> operation.fail("the database does not answer")));
    }

    /** Makes the database available again. */
    public synchronized void find() {
        isUnavailable = tables.storeFaults().isAway();
        commitNext();
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        List<Operation<?>> left = List.copyOf(waiting);
        waiting.clear();
        left.forEach(operation -> operation.fail("the store is closed"));
    }
}
