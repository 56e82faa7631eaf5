package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Transactions.Accepted;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The acceptance of transactions. Thread-safe.
 *
 * <p>Per gid, one accept runs at a time, and none runs while the gid has a mailbox here. Otherwise a late {@code
 * Accepted} could reopen a finished transaction, because a store that resolves an in-doubt batch returns {@code
 * Accepted} for any untouched row of this incarnation.
 */
final class Acceptance {
    private static final Duration SHORTLY = Duration.ofMillis(25);
    /** The time after which the search for orphaned rows has found the row. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private final TransactionLookup lookup;
    private final MailboxOpener opening;
    private final SnapshotReader snapshots;
    private final Memory memory;
    private final TransactionStore store;
    private final EngineEnvironment environment;
    private final EngineSettings settings;

    Acceptance(
            TransactionLookup lookup,
            MailboxOpener opening,
            SnapshotReader snapshots,
            Memory memory,
            TransactionStore store,
            EngineEnvironment environment,
            EngineSettings settings) {
        this.lookup = lookup;
        this.opening = opening;
        this.snapshots = snapshots;
        this.memory = memory;
        this.store = store;
        this.environment = environment;
        this.settings = settings;
    }

    CompletableFuture<Accepted> accept(Submission submission) {
        Accept accept = new Accept(submission);
        accept.begin();
        return accept.answer;
    }

    /** One submission until its answer. Only this object uses the submission between the steps. */
    private final class Accept {
        private final Submission submission;
        private final String gid;
        private final CompletableFuture<Accepted> answer = new CompletableFuture<>();
        /** The weight, counted before the row is written if the row will be held: many accepts may run at a time. */
        private final Memory.Weight weight;

        Accept(Submission submission) {
            this.submission = submission;
            this.gid = submission.gid();
            this.weight = new Memory.Weight(memory, submission.encodedPlan().size());
        }

        void begin() {
            Refusal refusal = opening.refusal();
            if (answer.isDone()) {
                return;
            } else if (refusal != null) {
                answer.completeExceptionally(refusal);
            } else if (!lookup.arrives(gid)) {
                environment.timers().schedule(SHORTLY, this::begin);
            } else if (lookup.mailbox(gid) != null) {
                compare();
            } else {
                write();
            }
        }

        private void write() {
            try {
                Instant now = environment.now();
                NewTransaction row = row(now);
                when(store.accept(row), (result, failure) -> {
                    switch (result) {
                        case null -> refuse(failure);
                        case AcceptResult.Accepted _ when row.topics().isEmpty() -> open(submission.plan(), row, now);
                        case AcceptResult.Accepted _ -> fanOut(row, now);
                        case AcceptResult.Known known -> known(known.requestDigest());
                    }
                });
            } catch (RuntimeException | Error thrown) { // any exception: the client waits for an answer
                refuse(thrown);
            }
        }

        private NewTransaction row(Instant now) {
            Plan plan = submission.plan();
            Duration deadline = plan.deadline();
            TransactionState state = TransactionState.RUNNING;
            Duration dueIn = null;
            if (submission.begins()) {
                state = TransactionState.BEGUN;
                Duration check = plan.terms().firstCheckAfter();
                // a transaction with a check-back has no default deadline
                deadline = deadline == null && check == null ? settings.begunTimeout() : deadline;
                dueIn = check == null ? deadline : check;
            } else if (plan.startTime() != null && plan.startTime().isAfter(now)) {
                state = TransactionState.SCHEDULED;
                Duration start = Duration.between(now, plan.startTime());
                // a deadline before the start ends the transaction on time
                dueIn = deadline == null || start.compareTo(deadline) < 0 ? start : deadline;
            } else if (memory.capacity() == 0 || !weight.enterIfCapacity()) {
                dueIn = Duration.ZERO;
            }
            return new NewTransaction(
                    gid,
                    plan.pattern(),
                    state,
                    plan.name(),
                    plan.labels(),
                    dueIn,
                    deadline,
                    PlanCodec.format(),
                    submission.digest(),
                    submission.encodedPlan(),
                    List.copyOf(plan.terms().topics().values()),
                    DeliveryOrder.queues(plan),
                    submission.audit());
        }

        /**
         * Reads the receivers of the message from the row, because the write that accepted the message chose them. A
         * failed read costs only time. The row is durable and owned, so the search for orphaned rows takes the row in,
         * and the sender may send the message again.
         */
        private void fanOut(NewTransaction row, Instant now) {
            when(lookup.row(gid), (found, failure) -> {
                if (failure != null) {
                    refuse(failure);
                } else if (found instanceof RowState.Open open) {
                    Plan plan = plan(open.row());
                    weight.becomes(open.row().payloadBytes());
                    open(plan, row, now);
                } else {
                    leave();
                    begin();
                }
            });
        }

        private Plan plan(OpenRow stored) {
            try {
                return settings.plans().decodeStored(stored.format(), stored.plan());
            } catch (RuntimeException unreadable) { // any exception: the row is durable and must be found again
                environment.metrics().caught("admission");
                throw Refusal.temporary(
                        ErrorCode.DATABASE,
                        "'" + gid + "' was written, but cannot be read: " + unreadable.getMessage()
                                + "; send the same gid again",
                        SOON);
            }
        }

        /**
         * Opens the mailbox and answers. Listeners join before the first call leaves, because a fast transaction leaves
         * memory soon.
         */
        private void open(Plan plan, NewTransaction row, Instant now) {
            Progress progress = Decider.accepted(plan, row.state(), now, store.incarnation());
            boolean isHeld = row.dueIn() == null;
            Ownership ownership =
                    isHeld ? Ownership.held(0, progress.revision()) : Ownership.unheld(0, progress.revision());
            Instant deadlineAt = row.deadlineIn() == null ? null : now.plus(row.deadlineIn());
            GlobalTransaction transaction = new GlobalTransaction(gid, plan, now, deadlineAt, progress, ownership);
            environment.metrics().accepted(plan.pattern());
            environment.traces().accepted(transaction);
            Mailbox mailbox = isHeld ? opening.openAccepted(transaction, weight) : null;
            Instant dueAt = row.dueIn() == null ? null : now.plus(row.dueIn());
            Snapshot shown = Snapshots.live(transaction, 0, store, dueAt, now);
            lookup.arrived(gid);
            answer.complete(new Accepted(shown, false));
            if (mailbox != null) {
                mailbox.begin();
            }
        }

        private void compare() {
            when(lookup.row(gid), (found, failure) -> {
                switch (found) {
                    case null -> refuse(failure);
                    case RowState.Gone _ -> write();
                    case RowState.Ended ended -> known(ended.row().requestDigest());
                    case RowState.Open open -> known(open.row().requestDigest());
                }
            });
        }

        private void known(ByteString digest) {
            environment.metrics().known(submission.plan().pattern());
            leave();
            if (!digest.equals(submission.digest())) {
                answer.completeExceptionally(Refusal.otherContent(gid));
                return;
            }
            Callbacks.when(snapshots.read(gid, null, false), (snapshot, failure) -> {
                if (snapshot == null) {
                    answer.completeExceptionally(EngineFailures.refusal(failure));
                } else {
                    answer.complete(new Accepted(snapshot, true));
                }
            });
        }

        /**
         * Answers a failed write. Unless the store certainly wrote nothing, this incarnation may own a row. A repeated
         * submission or the search for orphaned rows finds the row.
         */
        private void refuse(@Nullable Throwable failure) {
            leave();
            if (!(EngineFailures.cause(failure) instanceof StoreOverloaded)) {
                lookup.noteOrphans();
            }
            answer.completeExceptionally(EngineFailures.refusal(failure));
        }

        private void leave() {
            weight.leave();
            lookup.arrived(gid);
        }

        /**
         * Continues with the answer. An exception refuses the submission and releases its gid. Otherwise a client could
         * never send the gid again.
         */
        private <T extends @Nullable Object> void when(
                CompletableFuture<T> asked, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
            Callbacks.when(asked, (result, failure) -> {
                try {
                    then.accept(result, failure);
                } catch (RuntimeException | Error thrown) { // any exception: the client waits for an answer
                    refuse(thrown);
                }
            });
        }
    }
}
