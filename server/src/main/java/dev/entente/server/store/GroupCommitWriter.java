package dev.entente.server.store;

import dev.entente.server.telemetry.Metrics;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes everything: one thread, one connection. It takes what waits when the previous commit returns, without lingering: one slow commit
 * makes the next batch larger, and throughput adapts by itself. (A second connection gave nothing, measured.)
 *
 * <p>A batch that fails is split until the bad row stands alone. A batch whose commit was not answered is settled by {@link InDoubt} before
 * anything else is written. While the database is away, what may be refused is refused after a while; an owner's writes wait.
 *
 * <p>A flush never waits beside the finish of its gid, for a gid has at most one write under way: so none is dropped here.
 */
final class GroupCommitWriter {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommitWriter.class);
    private static final int MAX_OPERATIONS = 512;
    private static final long MAX_BYTES = 8L << 20;
    /** So few results are handed over on the writer's thread: the way through the executor would cost more than they do. */
    private static final int HANDED_OVER_HERE = 4;

    private static final int MAX_CONFLICTS = 10;

    private final WriterLink link;
    private final long incarnation;
    private final Executor results;
    private final Metrics metrics;
    private final Runnable incarnationEnded;
    private final WriteQueue queue = new WriteQueue();
    private final Thread thread;
    private final AtomicLong commits = new AtomicLong();
    private volatile boolean isClosing;

    /** @param incarnationEnded called once if the database turns out to have failed over: nothing is written any more */
    GroupCommitWriter(WriterLink link, long incarnation, Executor results, Metrics metrics, Runnable incarnationEnded) {
        this.link = link;
        this.incarnation = incarnation;
        this.results = results;
        this.metrics = metrics;
        this.incarnationEnded = incarnationEnded;
        this.thread = Thread.ofPlatform().name("entente-writer").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Batches committed so far. */
    long commits() {
        return commits.get();
    }

    /** Operations that wait. */
    int waiting() {
        return queue.size();
    }

    void add(Pending pending) {
        switch (queue.offer(pending)) {
            case QUEUED -> {}
            case FULL ->
                refuse(
                        List.of(pending),
                        new StoreOverloaded("too much waits to be written; nothing was written for " + pending.gid()));
            case CLOSED -> refuse(List.of(pending), ended());
        }
    }

    /** Finishes the batch under way, unless the database is away; refuses the rest. Blocks up to five seconds. */
    void close() {
        isClosing = true;
        refuse(queue.close(), ended());
        try {
            if (!thread.equals(Thread.currentThread()) && !thread.join(Duration.ofSeconds(5))) {
                LOG.warn("the writer's last batch was not answered");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        link.end();
    }

    private void run() {
        for (List<Pending> taken = take(); !taken.isEmpty(); taken = take()) {
            write(taken);
        }
        link.drop();
    }

    private List<Pending> take() {
        try {
            return queue.take(MAX_OPERATIONS, MAX_BYTES);
        } catch (InterruptedException e) {
            return List.of();
        }
    }

    private void write(List<Pending> taken) {
        try {
            carryThrough(Batch.of(taken));
        } catch (RuntimeException | Error e) {
            // The one place that must live: whoever waits hears of the defect, and the connection is not trusted any
            // more.
            LOG.error("a batch of {} operations met a defect", taken.size(), e);
            metrics.caught("writer");
            link.drop();
            // Some may have been committed and handed over before it.
            List<Pending> unanswered =
                    taken.stream().filter(pending -> !pending.isHandedOver()).toList();
            refuse(unanswered, new StoreFailure("a defect in the writer", e));
        }
    }

    /** Whatever happens: when it returns, each operation was answered. */
    private void carryThrough(Batch whole) {
        Deque<Batch> left = new ArrayDeque<>(List.of(whole));
        int conflicts = 0;
        while (!left.isEmpty()) {
            WriterConnection connection = link.connection();
            if (connection == null) {
                withoutDatabase(left);
                continue;
            }
            Batch batch = left.pop();
            if (connection.isDistributed() && batch.bucket() < 0) {
                batch.byBucket().reversed().forEach(left::push);
                continue;
            }
            try {
                long began = System.nanoTime();
                connection.commit(batch);
                metrics.batch(batch.size(), System.nanoTime() - began);
                commits.incrementAndGet();
                finish(connection, batch).forEach(left::push);
            } catch (SQLException e) {
                List<Batch> again = switch (Fault.of(e)) {
                    case CONFLICT -> ++conflicts <= MAX_CONFLICTS ? later(batch, conflicts) : split(batch, e);
                    case BAD_ROW -> split(batch, e);
                    case BROKEN -> settle(batch, connection.backend(), e);
                };
                again.reversed().forEach(left::push);
            }
        }
    }

    /** Nothing of what is left was written: what may be refused is, once it has waited for long; all of it when this writer ends. */
    private void withoutDatabase(Deque<Batch> left) {
        StoreUnavailable cause = new StoreUnavailable("the database does not answer; nothing was written", null);
        if (isEnding()) {
            endIncarnation();
            left.forEach(batch -> refuse(batch.operations(), ended()));
            left.clear();
        } else if (link.isAwayTooLong()) {
            List<Batch> kept = left.stream()
                    .flatMap(batch -> refuseSome(batch, cause).stream())
                    .toList();
            left.clear();
            left.addAll(kept);
            refuse(queue.removeRefusable(), cause);
        }
    }

    private List<Batch> refuseSome(Batch batch, RuntimeException cause) {
        refuse(batch.operations().stream().filter(Pending::isRefusable).toList(), cause);
        return Batch.ofAny(batch.operations().stream()
                .filter(pending -> !pending.isRefusable())
                .toList());
    }

    /** Answers what was committed; accepts that met another row learn which. Returns those that must be sent again. */
    private List<Batch> finish(WriterConnection connection, Batch batch) {
        List<Pending> again = List.of();
        if (!batch.openAccepts().isEmpty()) {
            lookUp(connection, batch);
            again = List.copyOf(batch.openAccepts());
        }
        handOver(batch.without(again));
        return Batch.ofAny(again);
    }

    private void lookUp(WriterConnection connection, Batch batch) {
        try {
            connection.lookUp(batch.openAccepts());
            if (!batch.openAccepts().isEmpty() && !connection.isAlive()) {
                StoreUnavailable cause = new StoreUnavailable(
                        "incarnation " + incarnation + " was declared dead; nothing was written", null);
                batch.openAccepts().forEach(accept -> accept.fail(cause));
            }
        } catch (SQLException e) {
            LOG.warn(
                    "could not look up {} gids, they are sent again: {}",
                    batch.openAccepts().size(),
                    e.getMessage());
            link.drop();
        }
    }

    private List<Batch> later(Batch batch, int conflicts) {
        link.pause(conflicts);
        return List.of(batch);
    }

    private List<Batch> split(Batch batch, SQLException e) {
        if (batch.size() > 1) {
            return batch.halves();
        }
        String gid = batch.operations().getFirst().gid();
        LOG.error("the database refuses an operation on {}: {}", gid, e.getMessage());
        refuse(
                batch.operations(),
                new StoreFailure("the database refuses an operation on " + gid + ": " + e.getMessage(), e));
        return List.of();
    }

    /** Neither failed nor done: finds out on a new connection. Returns what was not written. */
    private List<Batch> settle(Batch batch, Backend old, SQLException cause) {
        LOG.warn("{} operations in doubt: {}", batch.size(), cause.getMessage());
        metrics.inDoubt();
        link.drop();
        for (int attempt = 1; !isEnding(); attempt++) {
            WriterConnection connection = link.connection();
            if (connection != null) {
                try {
                    InDoubt inDoubt = new InDoubt(connection, incarnation);
                    if (inDoubt.isGone(old)) {
                        List<Pending> again = inDoubt.settle(batch.operations());
                        LOG.info("{} operations were in doubt, {} are written again", batch.size(), again.size());
                        handOver(batch.without(again));
                        return Batch.ofAny(again);
                    }
                } catch (SQLException e) {
                    LOG.warn("{} operations stay in doubt: {}", batch.size(), e.getMessage());
                    link.drop();
                }
                link.pause(attempt);
            } else if (link.isAwayTooLong()) {
                refuse(
                        queue.removeRefusable(),
                        new StoreUnavailable("the database does not answer; nothing was written", null));
            }
        }
        endIncarnation();
        refuse(batch.operations(), ended());
        return List.of();
    }

    private boolean isEnding() {
        return isClosing || link.isEnded();
    }

    private void endIncarnation() {
        if (!isClosing && link.isEnded()) {
            isClosing = true;
            refuse(queue.close(), ended());
            incarnationEnded.run();
        }
    }

    private static StoreUnavailable ended() {
        return new StoreUnavailable("the store is closed", null);
    }

    private void refuse(List<Pending> operations, RuntimeException cause) {
        operations.forEach(pending -> pending.fail(cause));
        handOver(operations);
    }

    private void handOver(List<Pending> operations) {
        operations.forEach(Pending::handedOver);
        if (operations.size() <= HANDED_OVER_HERE) {
            operations.forEach(Pending::complete);
            return;
        }
        try {
            results.execute(() -> operations.forEach(Pending::complete));
        } catch (RejectedExecutionException e) {
            // The executor is shut down already: whoever still waits is told here.
            operations.forEach(Pending::complete);
        }
    }
}
