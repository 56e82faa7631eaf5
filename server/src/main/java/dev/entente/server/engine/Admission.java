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
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
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

    private final OpenMailboxes mailboxes;
    private final TransactionStore store;
    private final World world;
    private final EngineSettings settings;
    private final CurrentSnapshots snapshots;
    private final Strays strays;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    Admission(
            OpenMailboxes mailboxes,
            TransactionStore store,
            World world,
            EngineSettings settings,
            CurrentSnapshots snapshots,
            Strays strays) {
        this.mailboxes = mailboxes;
        this.store = store;
        this.world = world;
        this.settings = settings;
        this.snapshots = snapshots;
        this.strays = strays;
    }

    /** Tells whether a mailbox may be about to open for this gid. */
    boolean isUnderWay(String gid) {
        return underWay.contains(gid);
    }

    void accept(Submission submission, CompletableFuture<Accepted> answer) {
        Refusal refusal = mailboxes.refusal();
        if (refusal != null) {
            answer.completeExceptionally(refusal);
        } else if (!underWay.add(submission.gid())) {
            world.timers().schedule(SHORTLY, () -> again(submission, answer));
        } else {
            begin(submission, answer);
        }
    }

    private void begin(Submission submission, CompletableFuture<Accepted> answer) {
        try {
            if (mailboxes.mailbox(submission.gid()) != null) {
                compare(submission, answer);
            } else {
                insert(submission, answer);
            }
        } catch (RuntimeException | Error thrown) {
            refused(submission, thrown, answer);
        }
    }

    /**
     * Goes on with the answer to the question. An exception refuses the submission and releases its gid, which could
     * never be sent again otherwise.
     */
    private <T extends @Nullable Object> void when(
            Submission submission,
            CompletableFuture<Accepted> answer,
            Supplier<CompletableFuture<T>> question,
            BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
        Callbacks.when(Callbacks.of(question), (result, failure) -> {
            try {
                then.accept(result, failure);
            } catch (RuntimeException | Error thrown) {
                refused(submission, thrown, answer);
            }
        });
    }

    private void again(Submission submission, CompletableFuture<Accepted> answer) {
        if (!answer.isDone()) {
            accept(submission, answer);
        }
    }

    /**
     * An accept under way.
     *
     * @param weight counted from before the row is written if it is to be held: many may be on their way at a time
     */
    private record Insert(Submission submission, NewTransaction row, Instant now, Weight weight) {}

    private void insert(Submission submission, CompletableFuture<Accepted> answer) {
        Instant now = world.now();
        Weight weight = mailboxes.unweighed(submission.encodedPlan().size());
        try {
            Insert insert = new Insert(submission, row(submission, now, weight), now, weight);
            when(submission, answer, () -> store.accept(insert.row()), (result, failure) -> {
                if (!(result instanceof AcceptResult.Accepted)) {
                    weight.leave();
                }
                switch (result) {
                    case null -> refused(submission, failure, answer);
                    case AcceptResult.Accepted _ -> accepted(insert, answer);
                    case AcceptResult.Known known -> known(submission, known.requestDigest(), answer);
                }
            });
        } catch (RuntimeException | Error thrown) {
            weight.leave();
            throw thrown;
        }
    }

    private void accepted(Insert insert, CompletableFuture<Accepted> answer) {
        try {
            fannedOut(insert, answer);
        } catch (RuntimeException | Error thrown) {
            insert.weight().leave();
            throw thrown;
        }
    }

    /**
     * Answers a failed write. Unless nothing was written for certain, there may be a row that is ours: whoever sends it
     * again finds it, and so does the search for strays.
     */
    private void refused(Submission submission, @Nullable Throwable failure, CompletableFuture<Accepted> answer) {
        underWay.remove(submission.gid());
        if (!(Failures.cause(failure) instanceof StoreOverloaded)) {
            strays.suspect();
        }
        answer.completeExceptionally(Failures.refusal(failure));
    }

    private NewTransaction row(Submission submission, Instant now, Weight weight) {
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
        } else if (mailboxes.room() == 0 || !weight.enterIfRoom()) {
            dueIn = Duration.ZERO;
        }
        return new NewTransaction(
                submission.gid(),
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
     * fails costs time only: the row is durable and ours, so the search for strays takes it in, and its sender may send
     * it again.
     */
    private void fannedOut(Insert insert, CompletableFuture<Accepted> answer) {
        Submission submission = insert.submission();
        if (insert.row().topics().isEmpty()) {
            accepted(insert, submission.plan(), answer);
            return;
        }
        when(submission, answer, () -> store.read(submission.gid()), (stored, failure) -> {
            if (stored instanceof OpenRow open) {
                fannedOut(insert, open, answer);
                return;
            }
            insert.weight().leave();
            if (failure != null) {
                refused(submission, failure, answer);
            } else {
                underWay.remove(submission.gid());
                accept(submission, answer);
            }
        });
    }

    private void fannedOut(Insert insert, OpenRow stored, CompletableFuture<Accepted> answer) {
        Submission submission = insert.submission();
        Plan plan;
        try {
            plan = settings.plans().decodeStored(stored.format(), stored.plan());
        } catch (RuntimeException unreadable) { // whatever it is, the row is durable, and somebody must look for it
            world.metrics().caught("admission");
            insert.weight().leave();
            Refusal again = Refusal.temporary(
                    ErrorCode.DATABASE,
                    "'" + submission.gid() + "' was written, but cannot be read: " + unreadable.getMessage()
                            + "; send the same gid again",
                    SOON);
            refused(submission, again, answer);
            return;
        }
        insert.weight().becomes(stored.payloadBytes());
        accepted(insert, plan, answer);
    }

    /**
     * Opens the mailbox and answers. Listeners join before the first call leaves, for a fast transaction would be gone
     * from memory afterwards.
     */
    private void accepted(Insert insert, Plan plan, CompletableFuture<Accepted> answer) {
        Submission submission = insert.submission();
        NewTransaction row = insert.row();
        Instant now = insert.now();
        Progress progress = Decider.accepted(plan, row.state(), now, store.incarnation());
        boolean isHeld = row.dueIn() == null;
        Custody custody = isHeld ? Custody.held(0, progress.revision()) : Custody.unheld(0, progress.revision());
        Instant deadlineAt = row.deadlineIn() == null ? null : now.plus(row.deadlineIn());
        GlobalTransaction transaction =
                new GlobalTransaction(submission.gid(), plan, now, deadlineAt, progress, custody);
        world.metrics().accepted(plan.pattern());
        Mailbox mailbox =
                isHeld ? mailboxes.openAccepted(transaction, submission.traceparent(), insert.weight()) : null;
        Instant dueAt = row.dueIn() == null ? null : now.plus(row.dueIn());
        Snapshot shown = Snapshots.live(transaction, 0, store.incarnation(), dueAt, now);
        underWay.remove(submission.gid());
        answer.complete(new Accepted(shown, false));
        if (mailbox != null) {
            mailbox.begin();
        }
    }

    // ---- what stands already

    private void compare(Submission submission, CompletableFuture<Accepted> answer) {
        when(submission, answer, () -> store.read(submission.gid()), (row, failure) -> {
            if (failure != null) {
                refused(submission, failure, answer);
            } else if (row == null) {
                insert(submission, answer);
            } else {
                known(submission, digest(row), answer);
            }
        });
    }

    private static ByteString digest(StoredTransaction row) {
        return switch (row) {
            case OpenRow open -> open.requestDigest();
            case FinishedRow finished -> finished.requestDigest();
        };
    }

    private void known(Submission submission, ByteString digest, CompletableFuture<Accepted> answer) {
        world.metrics().known(submission.plan().pattern());
        underWay.remove(submission.gid());
        if (!digest.equals(submission.digest())) {
            answer.completeExceptionally(Refusal.otherContent(submission.gid()));
            return;
        }
        Callbacks.answer(answer, Callbacks.of(() -> snapshots.view(submission.gid())), (snapshot, failure) -> {
            if (snapshot == null) {
                answer.completeExceptionally(Failures.refusal(failure));
            } else {
                answer.complete(new Accepted(snapshot, true));
            }
        });
    }
}
