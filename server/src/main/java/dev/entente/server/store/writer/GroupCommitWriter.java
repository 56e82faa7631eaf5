package dev.entente.server.store.writer;

import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.telemetry.Metrics;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer of all operations, on one thread and one connection: a second connection gave no gain (measured). It takes
 * the waiting operations when the previous commit returns, without a delay. A slow commit enlarges the next batch, so
 * throughput adapts.
 *
 * <p>A refused batch is sent again one by one. An operation that is refused alone is set aside ({@link RetryQueue}) and
 * sent again later. If its content is the reason and other operations are written, it is refused for good. An owner's
 * write is refused for good only after many attempts. {@link InDoubt} first determines the result of a batch without a
 * commit response. While the database is unavailable or refuses every write, owners' writes wait, and others are
 * refused after a while.
 *
 * <p>A gid has at most one write in flight. Therefore a flush and a finish of one gid never wait together, and no write
 * is dropped.
 */
final class GroupCommitWriter {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommitWriter.class);
    private static final int MAX_OPERATIONS = 512;
    private static final long MAX_BYTES = 8L << 20;
    /** The failed attempts of a batch at an available server, after which its operations are sent one by one. */
    private static final int MAX_IN_VAIN = 3;
    /** The consecutive refusals of single operations after which the rest of their batch is set aside untried. */
    private static final int MAX_ALONE_IN_VAIN = 8;

    private final WriterLink link;
    private final long incarnation;
    private final PendingResults answers;
    private final Metrics metrics;
    private final Runnable incarnationEnded;
    private final WriteQueue queue = new WriteQueue();
    private final Thread thread;
    private final AtomicLong commits = new AtomicLong();
    // Used only by the writer's thread: the operations in progress, the unsent batches, and the results so far.
    private final List<Pending> carried = new ArrayList<>();
    private final Deque<Batch> left = new ArrayDeque<>();
    private final RetryQueue aside;
    private int refusedAlone;
    /** The attempts since the last successful write. */
    private int inVain;

    private volatile boolean isClosing;

    /** @param incarnationEnded called once after a failover of the database: nothing is written any more */
    GroupCommitWriter(WriterLink link, long incarnation, Executor results, Metrics metrics, Runnable incarnationEnded) {
        this.link = link;
        this.incarnation = incarnation;
        this.answers = new PendingResults(results);
        this.metrics = metrics;
        this.aside = new RetryQueue(link, answers, metrics);
        this.incarnationEnded = incarnationEnded;
        this.thread = Thread.ofPlatform().name("entente-writer").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Returns the number of committed batches. */
    long commits() {
        return commits.get();
    }

    int waiting() {
        return queue.size();
    }

    void add(Pending pending) {
        switch (queue.offer(pending)) {
            case QUEUED -> {}
            case FULL ->
                refuse(
                        List.of(pending),
                        new StoreOverloaded("too many writes are waiting; nothing was written for " + pending.gid()));
            case CLOSED -> refuse(List.of(pending), ended());
        }
    }

    /** Finishes the current batch, unless the database is unavailable; refuses the rest. Blocks up to five seconds. */
    void close() {
        isClosing = true;
        refuse(queue.close(), ended());
        try {
            if (!thread.equals(Thread.currentThread()) && !thread.join(Duration.ofSeconds(5))) {
                LOG.warn("stopped before the database responded to the last batch of writes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        link.end();
    }

    /**
     * Runs the writer. An end without {@link #close} ends the incarnation: its writes would wait forever, and the next
     * incarnation has a new writer.
     */
    private void run() {
        try {
            for (List<Pending> taken = take(); !queue.isClosed() || !taken.isEmpty(); taken = take()) {
                write(aside.takeDue(MAX_OPERATIONS), taken);
            }
            link.drop();
        } finally {
            refuse(aside.removeAll(), ended());
            if (!isClosing) {
                link.end();
                endIncarnation();
            }
        }
    }

    private List<Pending> take() {
        try {
            return queue.take(MAX_OPERATIONS, MAX_BYTES, aside.untilDue());
        } catch (InterruptedException e) {
            refuse(queue.close(), ended());
            return List.of();
        }
    }

    /** @param again due operations that were set aside */
    private void write(List<Pending> again, List<Pending> taken) {
        carried.clear();
        carried.addAll(again);
        carried.addAll(taken);
        left.clear();
        left.addAll(Batch.ofAny(again));
        left.addAll(Batch.ofAny(taken));
        refusedAlone = 0;
        try {
            commitAll();
        } catch (RuntimeException | Error e) {
            // The loop must survive: waiting callers get the defect, and the connection is dropped.
            LOG.error("unexpected error in a batch of {} writes", carried.size(), e);
            metrics.caught("writer");
            link.drop();
            // Some operations may have been committed and handed over before the defect.
            List<Pending> unanswered =
                    carried.stream().filter(pending -> !pending.isHandedOver()).toList();
            refuse(unanswered, new StoreFailure("an internal error of the writer", e));
        }
    }

    /** Executes the unsent batches. On return, each operation was answered or set aside. */
    private void commitAll() {
        while (!left.isEmpty()) {
            WriterConnection connection = link.connection();
            if (connection == null) {
                withoutDatabase();
                continue;
            }
            Batch batch = left.pop();
            try {
                long began = System.nanoTime();
                connection.commit(batch);
                metrics.batch(batch.size(), System.nanoTime() - began);
                commits.incrementAndGet();
                finish(connection, batch);
            } catch (SQLException e) {
                switch (DatabaseFault.of(e)) {
                    case CONFLICT -> conflict(batch, e);
                    case BAD_ROW -> refused(batch, e, true);
                    case SCHEMA -> refused(batch, e, false);
                    case BROKEN -> again(settle(batch, connection.backend(), e), e);
                }
            } catch (RuntimeException e) {
                stumbled(batch, connection.backend(), e);
            }
        }
    }

    /**
     * Handles the unwritten operations: refuses refusable operations after a long wait, and refuses all operations when
     * the writer ends.
     */
    private void withoutDatabase() {
        if (isEnding()) {
            endIncarnation();
            left.forEach(batch -> refuse(batch.operations(), ended()));
            left.clear();
        } else {
            refuseWhatWaitsTooLong("the database does not respond");
        }
    }

    /** Refuses the unwritten rest of the batch and the queue, if the database is unavailable for too long. */
    private void refuseWhatWaitsTooLong(String why) {
        if (!link.isAwayTooLong()) {
            return;
        }
        StoreUnavailable cause = new StoreUnavailable(why + "; nothing was written", null);
        List<Batch> kept = left.stream()
                .flatMap(batch -> refuseSome(batch, cause).stream())
                .toList();
        left.clear();
        left.addAll(kept);
        refuse(queue.removeRefusable(), cause);
        refuse(aside.removeRefusable(), cause);
    }

    private List<Batch> refuseSome(Batch batch, RuntimeException cause) {
        refuse(batch.operations().stream().filter(Pending::isRefusable).toList(), cause);
        return Batch.ofAny(batch.operations().stream()
                .filter(pending -> !pending.isRefusable())
                .toList());
    }

    /** Answers committed operations, and accepts that found a row. Accepts that found no row are sent again. */
    private void finish(WriterConnection connection, Batch batch) {
        SQLException failed = batch.openAccepts().isEmpty() ? null : lookUp(connection, batch);
        List<Pending> open = List.copyOf(batch.openAccepts());
        aside.written();
        answers.handOver(batch.without(open));
        if (failed == null) {
            link.recovered();
            inVain = 0;
            refusedAlone = 0;
            Batch.ofAny(open).forEach(left::push);
        } else {
            link.drop();
            again(open, failed);
        }
    }

    private @Nullable SQLException lookUp(WriterConnection connection, Batch batch) {
        try {
            connection.lookUp(batch.openAccepts());
            if (!batch.openAccepts().isEmpty() && !connection.isAlive()) {
                StoreUnavailable cause = new StoreUnavailable(
                        "incarnation " + incarnation + " was declared dead; nothing was written", null);
                batch.openAccepts().forEach(accept -> accept.fail(cause));
            }
            return null;
        } catch (SQLException e) {
            LOG.warn(
                    "could not look up {} gids, retrying: {}",
                    batch.openAccepts().size(),
                    e.getMessage());
            return e;
        }
    }

    /** Handles a defect of this program, which may not affect every row: unwritten operations are sent one by one. */
    private void stumbled(Batch batch, BackendProcess backend, RuntimeException defect) {
        if (isNew(batch)) {
            LOG.error("unexpected error in a batch of {} writes", batch.size(), defect);
            metrics.caught("writer");
        }
        SQLException cause = new SQLException("an internal error of the writer: " + defect, defect);
        List<Pending> unwritten = settle(batch, backend, cause);
        if (!unwritten.isEmpty()) {
            refused(Batch.of(unwritten), cause, true);
        }
    }

    /** Sends a batch again once after a conflict, because the conflict may have passed. */
    private void conflict(Batch batch, SQLException e) {
        if (isNew(batch)) {
            metrics.writesRepeated("conflict", batch.size());
            batch.refused();
            link.pause(1);
            left.push(batch);
        } else {
            refused(batch, e, false);
        }
    }

    private static boolean isNew(Batch batch) {
        return batch.operations().stream().noneMatch(Pending::wasRefused);
    }

    /**
     * Sends a refused batch again one by one. A single operation is set aside, or refused for good. After consecutive
     * refusals the other operations are set aside untried, because probably all operations would be refused, and each
     * attempt costs the server a log line.
     */
    private void refused(Batch batch, SQLException e, boolean isForItsRows) {
        batch.refused();
        if (batch.size() > 1) {
            refusedAlone = 0;
            batch.apart().forEach(left::push);
            return;
        }
        Pending alone = batch.operations().getFirst();
        aside.alone(alone, e, isForItsRows);
        if (++refusedAlone >= MAX_ALONE_IN_VAIN) {
            left.stream()
                    .flatMap(each -> each.operations().stream())
                    .filter(Pending::wasRefused)
                    .forEach(untried -> aside.alone(untried, e, false));
            left.removeIf(each -> !isNew(each));
        }
    }

    private void refuse(List<Pending> operations, RuntimeException cause) {
        answers.refuse(operations, cause);
    }

    /**
     * Sends operations again that were certainly not written, the first time at once. If an available server refuses
     * repeatedly, they are sent one by one.
     */
    private void again(List<Pending> unwritten, SQLException e) {
        if (unwritten.isEmpty()) {
            link.recovered();
            return;
        }
        link.troubled();
        Batch batch = Batch.of(unwritten);
        boolean isNew = isNew(batch);
        boolean isServerRefusal = DatabaseFault.isServerRefusal(e);
        if (++inVain > 1 && Integer.bitCount(inVain) == 1) {
            LOG.warn("the database does not accept writes ({} times), retrying: {}", inVain, DatabaseFault.line(e));
        }
        boolean wasTriedEnough = isServerRefusal && (inVain >= MAX_IN_VAIN || !isNew);
        if (wasTriedEnough) {
            refused(batch, e, false);
        } else {
            left.push(batch);
        }
        if (!isServerRefusal) {
            refuseWhatWaitsTooLong("the database accepts no writes");
        }
        if (inVain > 1 && !left.isEmpty() && (isNew || !wasTriedEnough)) {
            link.pause(inVain);
        }
    }

    /** Determines the result of a batch in doubt on a new connection. Returns the unwritten operations. */
    private List<Pending> settle(Batch batch, BackendProcess old, SQLException cause) {
        LOG.warn("unknown whether {} writes were committed, checking: {}", batch.size(), cause.getMessage());
        metrics.inDoubt();
        link.troubled();
        link.drop();
        for (int attempt = 1; !isEnding(); attempt++) {
            WriterConnection connection = link.connection();
            if (connection != null) {
                try {
                    InDoubt inDoubt = new InDoubt(connection, incarnation);
                    if (inDoubt.isGone(old)) {
                        List<Pending> again = inDoubt.settle(batch.operations());
                        LOG.info("of {} writes in doubt, {} are written again", batch.size(), again.size());
                        answers.handOver(batch.without(again));
                        return again;
                    }
                } catch (SQLException e) {
                    LOG.warn("still unknown whether {} writes were committed: {}", batch.size(), e.getMessage());
                    link.drop();
                    refuseWhatWaitsTooLong("the database accepts no writes: " + e.getMessage());
                }
                link.pause(attempt);
            } else {
                refuseWhatWaitsTooLong("the database does not respond");
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
}
