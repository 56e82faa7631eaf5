package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
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
 * Accepts transactions. Thread-safe.
 *
 * <p>Of one gid one accept at a time, and none while its mailbox is here: a store that found a batch in doubt answers
 * {@code Accepted} for any row that is ours and untouched, and a late one of these must not bring a finished
 * transaction back.
 */
final class Admission {
    private static final Duration SHORTLY = Duration.ofMillis(25);
    /** When the search for strays will have found it. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private final TransactionLookup lookup;
    private final OpenMailboxes opening;
    private final CurrentSnapshots snapshots;
    private final Memory memory;
    private final TransactionStore store;
    private final World world;
    private final EngineSettings settings;

    Admission(
            TransactionLookup lookup,
            OpenMailboxes opening,
            CurrentSnapshots snapshots,
            Memory memory,
            TransactionStore store,
            World world,
            EngineSettings settings) {
        this.lookup = lookup;
        this.opening = opening;
        this.snapshots = snapshots;
        this.memory = memory;
        this.store = store;
        this.world = world;
        this.settings = settings;
    }

    CompletableFuture<Accepted> accept(Submission submission) {
        Accept accept = new Accept(submission);
        accept.begin();
        return accept.answer;
    }

    /** One submission until it is answered. Between its steps nothing else touches it. */
    private final class Accept {
        private final Submission submission;
        private final String gid;
        private final CompletableFuture<Accepted> answer = new CompletableFuture<>();
        /** Counted from before the row is written if it is to be held: many may be on their way at a time. */
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
                world.timers().schedule(SHORTLY, this::begin);
            } else if (lookup.mailbox(gid) != null) {
                compare();
            } else {
                write();
            }
        }

        private void write() {
            try {
                Instant now = world.now();
                NewTransaction row = row(now);
                when(store.accept(row), (result, failure) -> {
                    switch (result) {
                        case null -> refuse(failure);
                        case AcceptResult.Accepted _ when row.topics().isEmpty() -> open(submission.plan(), row, now);
                        case AcceptResult.Accepted _ -> fanOut(row, now);
                        case AcceptResult.Known known -> known(known.requestDigest());
                    }
                });
            } catch (RuntimeException | Error thrown) { // whatever it is, whoever sent it waits for the answer
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
                // what has somebody to ask has no deadline
                deadline = deadline == null && check == null ? settings.begunTimeout() : deadline;
                dueIn = check == null ? deadline : check;
            } else if (plan.startTime() != null && plan.startTime().isAfter(now)) {
                state = TransactionState.SCHEDULED;
                Duration start = Duration.between(now, plan.startTime());
                // a deadline before the start ends it on its own time
                dueIn = deadline == null || start.compareTo(deadline) < 0 ? start : deadline;
            } else if (memory.room() == 0 || !weight.enterIfRoom()) {
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
                    DeliveryOrder.lanes(plan),
                    submission.audit());
        }

        /**
         * Reads to whom the message goes: the write that accepted it settled that, and its row alone knows. A read that
         * fails costs time only: the row is durable and ours, so the search for strays takes it in, and its sender may
         * send it again.
         */
        private void fanOut(NewTransaction row, Instant now) {
            when(lookup.row(gid), (found, failure) -> {
                if (failure != null) {
                    refuse(failure);
                } else if (found instanceof RowLook.Open open) {
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
            } catch (RuntimeException unreadable) { // whatever it is, the row is durable, and somebody must look for it
                world.metrics().caught("admission");
                throw Refusal.temporary(
                        ErrorCode.DATABASE,
                        "'" + gid + "' was written, but cannot be read: " + unreadable.getMessage()
                                + "; send the same gid again",
                        SOON);
            }
        }

        /**
         * Opens the mailbox and answers. Listeners join before the first call leaves, for a fast transaction would be
         * gone from memory afterwards.
         */
        private void open(Plan plan, NewTransaction row, Instant now) {
            Progress progress = Decider.accepted(plan, row.state(), now, store.incarnation());
            boolean isHeld = row.dueIn() == null;
            Custody custody = isHeld ? Custody.held(0, progress.revision()) : Custody.unheld(0, progress.revision());
            Instant deadlineAt = row.deadlineIn() == null ? null : now.plus(row.deadlineIn());
            GlobalTransaction transaction = new GlobalTransaction(gid, plan, now, deadlineAt, progress, custody);
            world.metrics().accepted(plan.pattern());
            Mailbox mailbox = isHeld ? opening.openAccepted(transaction, submission.traceparent(), weight) : null;
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
                    case RowLook.Gone _ -> write();
                    case RowLook.Ended ended -> known(ended.row().requestDigest());
                    case RowLook.Open open -> known(open.row().requestDigest());
                }
            });
        }

        private void known(ByteString digest) {
            world.metrics().known(submission.plan().pattern());
            leave();
            if (!digest.equals(submission.digest())) {
                answer.completeExceptionally(Refusal.otherContent(gid));
                return;
            }
            Callbacks.when(snapshots.look(gid, null, false), (snapshot, failure) -> {
                if (snapshot == null) {
                    answer.completeExceptionally(Failures.refusal(failure));
                } else {
                    answer.complete(new Accepted(snapshot, true));
                }
            });
        }

        /**
         * Answers a failed write. Unless nothing was written for certain, there may be a row that is ours: whoever
         * sends it again finds it, and so does the search for strays.
         */
        private void refuse(@Nullable Throwable failure) {
            leave();
            if (!(Failures.cause(failure) instanceof StoreOverloaded)) {
                lookup.suspect();
            }
            answer.completeExceptionally(Failures.refusal(failure));
        }

        private void leave() {
            weight.leave();
            lookup.arrived(gid);
        }

        /**
         * Goes on with the answer. An exception refuses the submission and releases its gid, which could never be sent
         * again otherwise.
         */
        private <T extends @Nullable Object> void when(
                CompletableFuture<T> asked, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
            Callbacks.when(asked, (result, failure) -> {
                try {
                    then.accept(result, failure);
                } catch (RuntimeException | Error thrown) { // whatever it is, whoever sent it waits for the answer
                    refuse(thrown);
                }
            });
        }
    }
}
