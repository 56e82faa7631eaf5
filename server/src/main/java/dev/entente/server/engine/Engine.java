package dev.entente.server.engine;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.codec.UnreadableRow;
import dev.entente.server.decision.Act;
import dev.entente.server.decision.Decide;
import dev.entente.server.decision.Decider;
import dev.entente.server.decision.Event;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.transaction.Custody;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the transactions of one incarnation: accepts them, holds each in a mailbox while it has something to do, and brings acts to them.
 *
 * <p>Thread-safe. It makes no thread and never blocks. When the incarnation ends, {@link #abandon} it and make another.
 */
public final class Engine implements Transactions {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final TransactionStore store;
    private final Lease lease;
    private final World world;
    private final Settings settings;
    private final Rows rows;
    private final Outside outside;
    private final FlushBehind flushBehind;
    private final Acting acting;
    private final Host host;
    private final ConcurrentHashMap<String, Mailbox> mailboxes = new ConcurrentHashMap<>();
    private volatile boolean isAbandoned;
    private volatile boolean isDraining;

    public Engine(
            Decide decider,
            TransactionStore store,
            Participants participants,
            Lease lease,
            World world,
            Settings settings) {
        this.store = store;
        this.lease = lease;
        this.world = world;
        this.settings = settings;
        this.rows = new Rows(settings.plans());
        this.outside = new Outside(this, store, world, rows);
        this.flushBehind = new FlushBehind(world, settings.flushAfter(), mailboxes.values());
        this.host = new EngineHost(this, decider, store, participants, lease, world);
        this.acting = new Acting(this, host, store, rows, settings);
    }

    // ---- Transactions

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        Refusal refusal = refusal();
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        Instant now = world.now();
        NewTransaction row = row(submission, now);
        CompletableFuture<Accepted> answer = new CompletableFuture<>();
        Callbacks.when(store.accept(row), (result, failure) -> {
            switch (result) {
                case null -> answer.completeExceptionally(Failures.refusal(failure));
                case AcceptResult.Accepted _ -> accepted(submission, row, now, answer);
                case AcceptResult.Known known -> known(submission, known, answer);
            }
        });
        return answer;
    }

    private @Nullable Refusal refusal() {
        if (isDraining) {
            return Refusal.temporary(
                    ErrorCode.DRAINING,
                    "this coordinator is shutting down; send the same gid to another, or again",
                    SHORTLY);
        }
        return lease.isHeld()
                ? null
                : Refusal.temporary(
                        ErrorCode.LEASE_LOST, "this coordinator's lease has lapsed; send the same gid again", SHORTLY);
    }

    private NewTransaction row(Submission submission, Instant now) {
        Plan plan = submission.plan();
        Duration deadline = plan.deadline();
        TransactionState state = TransactionState.RUNNING;
        Duration dueIn = mailboxes.size() < settings.maxOpen() ? null : Duration.ZERO;
        if (submission.begins()) {
            state = TransactionState.BEGUN;
            deadline = deadline == null ? settings.begunTimeout() : deadline;
            dueIn = deadline;
        } else if (plan.startTime() != null && plan.startTime().isAfter(now)) {
            state = TransactionState.SCHEDULED;
            dueIn = Duration.between(now, plan.startTime());
        }
        return new NewTransaction(
                submission.gid(),
                plan.pattern(),
                state,
                plan.name(),
                plan.labels(),
                dueIn,
                deadline,
                PlanCodec.FORMAT,
                submission.digest(),
                submission.encodedPlan());
    }

    /** Whoever waits for the end is heard before the first call leaves: a fast transaction would be gone from memory otherwise. */
    private void accepted(Submission submission, NewTransaction row, Instant now, CompletableFuture<Accepted> answer) {
        Progress progress = Decider.accepted(submission.plan(), row.state(), now, store.incarnation());
        boolean isHeld = row.dueIn() == null;
        Custody custody = isHeld ? Custody.held(0, progress.revision()) : Custody.unheld(0, progress.revision());
        Instant deadlineAt = row.deadlineIn() == null ? null : now.plus(row.deadlineIn());
        GlobalTransaction transaction =
                new GlobalTransaction(submission.gid(), submission.plan(), now, deadlineAt, progress, custody);
        world.metrics().accepted(submission.plan().pattern());
        Mailbox mailbox = isHeld && !mailboxes.containsKey(submission.gid()) ? open(transaction, 0) : null;
        answer.complete(new Accepted(Snapshots.live(transaction, 0, store.incarnation(), now), false));
        if (mailbox != null) {
            mailbox.happen(new Event.Proceed());
        }
    }

    private void known(Submission submission, AcceptResult.Known known, CompletableFuture<Accepted> answer) {
        world.metrics().known(submission.plan().pattern());
        if (!known.requestDigest().equals(submission.digest())) {
            answer.completeExceptionally(Refusal.of(
                    ErrorCode.OTHER_CONTENT,
                    "'" + submission.gid() + "' stands with other content; use another gid, or send the same content"));
            return;
        }
        Callbacks.when(view(submission.gid()), (snapshot, failure) -> {
            if (snapshot == null) {
                answer.completeExceptionally(Failures.refusal(failure));
            } else {
                answer.complete(new Accepted(snapshot, true));
            }
        });
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, Act act) {
        CompletableFuture<Snapshot> answer = new CompletableFuture<>();
        acting.bring(gid, new Ask(act, answer));
        return answer;
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid) {
        Mailbox mailbox = mailboxes.get(gid);
        if (mailbox != null) {
            CompletableFuture<Snapshot> answer = new CompletableFuture<>();
            mailbox.look(answer);
            return answer;
        }
        return Failures.translated(store.read(gid).thenApply(row -> seen(gid, row, true)));
    }

    /** The transaction as memory or its row shows it, whoever holds it. */
    private CompletableFuture<Snapshot> view(String gid) {
        return mailboxes.containsKey(gid)
                ? get(gid)
                : Failures.translated(store.read(gid).thenApply(row -> seen(gid, row, false)));
    }

    private Snapshot seen(String gid, @Nullable StoredTransaction row, boolean asksOwner) {
        if (row == null) {
            throw Failures.notFound(gid);
        }
        if (asksOwner && row instanceof OpenRow open && open.owner() != null && open.owner() != store.incarnation()) {
            throw new HeldElsewhere(open.owner());
        }
        return Snapshots.of(row, rows);
    }

    @Override
    public CompletableFuture<Snapshot> end(String gid) {
        CompletableFuture<Snapshot> end = new CompletableFuture<>();
        wait(gid, new Mailbox.ForEnd(end));
        return end;
    }

    @Override
    public CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener) {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        return view(gid).thenApply(first -> {
            listener.accept(first);
            if (!first.progress().state().isTerminal()) {
                wait(gid, new Mailbox.ForChange(listener, cancelled));
            }
            return () -> cancelled.complete(null);
        });
    }

    private void wait(String gid, Mailbox.Waiting one) {
        Mailbox mailbox = mailboxes.get(gid);
        if (mailbox == null) {
            outside.add(gid, one);
        } else {
            mailbox.add(one);
        }
    }

    // ---- for the rest of the package

    /** Takes claimed rows in. */
    void install(OpenRow row, boolean isFromDead) {
        GlobalTransaction transaction;
        try {
            transaction = rows.transaction(row, true);
        } catch (UnreadableRow unreadable) {
            acting.park(row, unreadable.getMessage());
            return;
        }
        boolean isClean = !isFromDead && Rows.isClean(transaction.progress(), row.rev() - 1);
        open(transaction, row.rev()).happen(new Event.Claimed(store.incarnation(), isClean, row.adoptions()));
    }

    Mailbox open(GlobalTransaction transaction, long fence) {
        Mailbox mailbox = new Mailbox(host, transaction, fence);
        mailboxes.put(transaction.gid(), mailbox);
        if (isAbandoned) {
            mailbox.abandon();
        }
        return mailbox;
    }

    /** A mailbox for a row that nobody holds; the one that is there already, if there is one. */
    Mailbox openUnheld(GlobalTransaction transaction) {
        Mailbox mailbox = new Mailbox(host, transaction, 0);
        Mailbox there = mailboxes.putIfAbsent(transaction.gid(), mailbox);
        if (there == null) {}
        return there == null ? mailbox : there;
    }

    @Nullable
    Mailbox mailbox(String gid) {
        return mailboxes.get(gid);
    }

    void closed(Mailbox mailbox) {
        mailboxes.remove(mailbox.gid(), mailbox);
    }

    Acting acting() {
        return acting;
    }

    Outside outside() {
        return outside;
    }

    // ---- its life

    /** Transactions in memory. */
    public int open() {
        return mailboxes.size();
    }

    /** How many more transactions may be taken into memory. */
    int room() {
        return Math.max(0, settings.maxOpen() - mailboxes.size());
    }

    boolean isTaking() {
        return !isDraining && !isAbandoned && lease.isHeld();
    }

    /** No new work; what is in flight is finished, the rest is put to rest. {@link #open} falls to zero if all goes well. */
    public void drain() {
        isDraining = true;
        mailboxes.values().forEach(mailbox -> mailbox.happen(new Event.DrainDue()));
    }

    /** The incarnation is no more: everything is dropped, and every waiting client gets an error that says to ask again. */
    public void abandon() {
        isAbandoned = true;
        mailboxes.values().forEach(Mailbox::abandon);
        outside.close();
        flushBehind.close();
    }
}
