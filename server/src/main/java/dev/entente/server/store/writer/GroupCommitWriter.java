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
 * Writes everything, on one thread and one connection: a second gave nothing (measured). It takes what waits when the
 * previous commit returns, without lingering. So a slow commit makes the next batch larger: throughput adapts.
 *
 * <p>A batch that the database refuses is sent again one by one. What it refuses alone is set aside ({@link SetAside}),
 * and sent again later. Where it is for what the row holds, and others are written, it is refused for good: an owner's
 * only after many times. A batch whose commit was not answered is settled by {@link InDoubt} first. While the database is away, or
 * refuses every write, an owner's writes wait; others are refused after a while.
 *
 * <p>A flush never waits beside the finish of its gid: a gid has at most one write under way, so none is dropped.
 */
final class GroupCommitWriter {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommitWriter.class);
    private static final int MAX_OPERATIONS = 512;
    private static final long MAX_BYTES = 8L << 20;
    /** How often a whole batch is not written by a server that answers before it is sent one by one. */
    private static final int MAX_IN_VAIN = 3;
    /** After so many that were refused alone, one after another, the rest of their batch is set aside without a try. */
    private static final int MAX_ALONE_IN_VAIN = 8;

    private final WriterLink link;
    private final long incarnation;
    private final PendingAnswers answers;
    private final Metrics metrics;
    private final Runnable incarnationEnded;
    private final WriteQueue queue = new WriteQueue();
    private final Thread thread;
    private final AtomicLong commits = new AtomicLong();
    // The writer's thread alone: what it carries through, what of it is still to be sent, and how that went so far.
    private final List<Pending> carried = new ArrayList<>();
    private final Deque<Batch> left = new ArrayDeque<>();
    private final SetAside aside;
    private int aloneInVain;
    /** Attempts since something was written. */
    private int inVain;

    private volatile boolean isClosing;

    /** @param incarnationEnded called once if the database has failed over: nothing is written any more */
    GroupCommitWriter(WriterLink link, long incarnation, Executor results, Metrics metrics, Runnable incarnationEnded) {
        this.link = link;
        this.incarnation = incarnation;
        this.answers = new PendingAnswers(results);
        this.metrics = metrics;
        this.aside = new SetAside(link, answers, metrics);
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
                LOG.warn("stopped before the database answered the last batch of writes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        link.end();
    }

    /** Ends the incarnation unless {@link #close} ended the writer: writes would wait for ever, the next has one. */
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

    /** @param again what was set aside, and is due */
    private void write(List<Pending> again, List<Pending> taken) {
        carried.clear();
        carried.addAll(again);
        carried.addAll(taken);
        left.clear();
        left.addAll(Batch.ofAny(again));
        left.addAll(Batch.ofAny(taken));
        aloneInVain = 0;
        try {
            carryThrough();
        } catch (RuntimeException | Error e) {
            // The one place that must live: waiting callers hear of the defect, the connection is trusted no more.
            LOG.error("unexpected error in a batch of {} writes", carried.size(), e);
            metrics.caught("writer");
            link.drop();
            // Some may have been committed and handed over before it.
            List<Pending> unanswered =
                    carried.stream().filter(pending -> !pending.isHandedOver()).toList();
            refuse(unanswered, new StoreFailure("an internal error of the writer", e));
        }
    }

    /** Carries out the batch. When it returns, each operation was answered or set aside, whatever happened. */
    private void carryThrough() {
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

    /** Nothing of the rest was written: refuses what may be, once it has waited for long; all when this ends. */
    private void withoutDatabase() {
        if (isEnding()) {
            endIncarnation();
            left.forEach(batch -> refuse(batch.operations(), ended()));
            left.clear();
        } else {
            refuseWhatWaitsTooLong("the database does not answer");
        }
    }

    /** Refuses the rest of the batch and the queue, unwritten, if the database has been away for too long. */
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

    /** Answers what was committed; accepts that met another row learn which. What found none is sent again. */
    private void finish(WriterConnection connection, Batch batch) {
        SQLException failed = batch.openAccepts().isEmpty() ? null : lookUp(connection, batch);
        List<Pending> open = List.copyOf(batch.openAccepts());
        aside.written();
        answers.handOver(batch.without(open));
        if (failed == null) {
            link.recovered();
            inVain = 0;
            aloneInVain = 0;
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

    /** A defect of this program need not be every row's: those that are not written are sent one by one. */
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

    /** Sends a batch again that met a conflict, once: by then it may have passed. */
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
     * A batch is sent again one by one; what was alone already is set aside, or refused for good. Where one after
     * another is refused, likely all are: each try costs the server a line in its log.
     */
    private void refused(Batch batch, SQLException e, boolean isForItsRows) {
        batch.refused();
        if (batch.size() > 1) {
            aloneInVain = 0;
            batch.apart().forEach(left::push);
            return;
        }
        Pending alone = batch.operations().getFirst();
        aside.alone(alone, e, isForItsRows);
        if (++aloneInVain >= MAX_ALONE_IN_VAIN) {
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
     * These were surely not written: they are sent again, the first time at once. Where a server that answers refuses
     * them time after time, one by one.
     */
    private void again(List<Pending> unwritten, SQLException e) {
        if (unwritten.isEmpty()) {
            link.recovered();
            return;
        }
        link.troubled();
        Batch batch = Batch.of(unwritten);
        boolean isNew = isNew(batch);
        boolean isServersWord = DatabaseFault.isServersWord(e);
        if (++inVain > 1 && Integer.bitCount(inVain) == 1) {
            LOG.warn("the database does not write ({} times), retrying: {}", inVain, DatabaseFault.line(e));
        }
        boolean wasTriedEnough = isServersWord && (inVain >= MAX_IN_VAIN || !isNew);
        if (wasTriedEnough) {
            refused(batch, e, false);
        } else {
            left.push(batch);
        }
        if (!isServersWord) {
            refuseWhatWaitsTooLong("the database accepts no writes");
        }
        if (inVain > 1 && !left.isEmpty() && (isNew || !wasTriedEnough)) {
            link.pause(inVain);
        }
    }

    /** Neither failed nor done: finds out on a new connection. Returns what was not written. */
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
                refuseWhatWaitsTooLong("the database does not answer");
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
