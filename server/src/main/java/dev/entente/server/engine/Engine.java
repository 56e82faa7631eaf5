package dev.entente.server.engine;

import dev.entente.server.decision.Act;
import dev.entente.server.decision.Decide;
import dev.entente.server.decision.Event;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the transactions of one incarnation: accepts them, holds each in a mailbox while it has something to do, and
 * brings acts to them.
 *
 * <p>Thread-safe. It makes no thread and never blocks. When the incarnation ends, {@link #abandon} it and make another.
 */
public final class Engine implements Transactions {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final TransactionStore store;
    private final Lease lease;
    private final EngineSettings settings;
    private final Rows rows;
    private final DeliveryOrder turns;
    private final DetachedListeners outside;
    private final FlushBehind flushBehind;
    private final ActRouter acting;
    private final Admission admission;
    private final ParkLog parkLog;
    private final Parking parking;
    private final Strays strays;
    private final Children children;
    private final Host host;
    private final PayloadMemory load;
    private final ParticipantShares shares;
    private final ConcurrentHashMap<String, Mailbox> mailboxes = new ConcurrentHashMap<>();
    private final Set<Object> withoutRoom = ConcurrentHashMap.newKeySet();
    private volatile boolean isAbandoned;
    private volatile boolean isDraining;

    public Engine(
            Decide decider,
            TransactionStore store,
            Participants participants,
            Lease lease,
            World world,
            EngineSettings settings) {
        this.store = store;
        this.lease = lease;
        this.settings = settings;
        this.load = new PayloadMemory(settings.maxOpenBytes());
        this.shares = new ParticipantShares(mailboxes.values(), load, participants, world, settings);
        this.rows = new Rows(settings.plans(), settings.keepsPayloads());
        this.turns = new DeliveryOrder(store, world, rows, this::hasRoom, withoutRoom::contains);
        this.outside = new DetachedListeners(this, store, world, rows);
        this.flushBehind = new FlushBehind(world, settings.flushAfter(), mailboxes.values());
        this.host = new EngineHost(this, decider, store, participants, lease, world);
        this.acting = new ActRouter(this, host, store, settings);
        this.admission = new Admission(this, store, world, settings);
        this.parkLog = new ParkLog(world);
        this.parking = new Parking(store, world, parkLog);
        this.children = new Children(this, settings.plans());
        this.strays = new Strays(this, store, world, settings.claimBatch());
    }

    // ---- Transactions

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        CompletableFuture<Accepted> answer = new CompletableFuture<>();
        admission.accept(submission, answer);
        return answer;
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, Act act) {
        CompletableFuture<Snapshot> answer = new CompletableFuture<>();
        acting.bring(gid, new PendingAct(act, answer));
        return answer;
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid) {
        Mailbox mailbox = trusted(gid);
        if (mailbox != null) {
            CompletableFuture<Snapshot> answer = new CompletableFuture<>();
            mailbox.look(answer);
            return answer;
        }
        return stored(gid);
    }

    /** The row as it stands, or {@link HeldElsewhere}. */
    CompletableFuture<Snapshot> stored(String gid) {
        return Failures.translated(store.read(gid).thenApply(row -> seen(gid, row, true)));
    }

    /**
     * Returns the mailbox if the lease is held. Without the lease another coordinator may have ended the transaction,
     * and only the row tells.
     */
    private @Nullable Mailbox trusted(String gid) {
        return lease.isHeld() ? mailboxes.get(gid) : null;
    }

    /** A mailbox that closes meanwhile looks again, and then another incarnation may hold the row. */
    @Override
    public CompletableFuture<Snapshot> view(String gid) {
        return trusted(gid) == null
                ? asStored(gid)
                : get(gid).exceptionallyCompose(failure -> Failures.cause(failure) instanceof HeldElsewhere
                        ? asStored(gid)
                        : CompletableFuture.failedFuture(failure));
    }

    private CompletableFuture<Snapshot> asStored(String gid) {
        return Failures.translated(store.read(gid).thenApply(row -> seen(gid, row, false)));
    }

    private Snapshot seen(String gid, @Nullable StoredTransaction row, boolean asksOwner) {
        if (row == null) {
            throw Refusal.notFound(gid);
        }
        if (asksOwner && row instanceof OpenRow open && open.owner() != null && open.owner() != store.incarnation()) {
            throw new HeldElsewhere(open.owner());
        }
        if (row instanceof OpenRow open && CallRequests.isOwnedBy(store.incarnation(), open) && !mayHold(gid)) {
            strays.suspect(); // a look may have passed it over, for it was being sent again just then
        }
        return Snapshots.of(row, rows);
    }

    @Override
    public CompletableFuture<Snapshot> end(String gid) {
        CompletableFuture<Snapshot> end = new CompletableFuture<>();
        listen(gid, new Listener.ForEnd(end));
        return end;
    }

    @Override
    public CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener) {
        return get(gid).thenApply(first -> {
            Listener.ForChange change = new Listener.ForChange(listener);
            if (!change.hear(first)) {
                listen(gid, change);
            }
            return change;
        });
    }

    private void listen(String gid, Listener listener) {
        Mailbox mailbox = mailboxes.get(gid);
        if (mailbox == null) {
            outside.add(gid, listener);
        } else {
            mailbox.add(listener);
        }
    }

    // ---- for the rest of the package

    /** Why nothing is accepted now, or null. */
    @Nullable
    Refusal refusal() {
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

    /**
     * Opens a mailbox for a transaction just accepted, or returns null if it is in memory already. It waits for {@link
     * Mailbox#begin}.
     *
     * @param weight counted
     */
    @Nullable
    Mailbox openAccepted(GlobalTransaction transaction, @Nullable String traceparent, Weight weight) {
        Event opening = isDraining ? new Event.DrainDue() : new Event.Proceed();
        Mailbox mailbox = new Mailbox(host, transaction, opening, 0, null, weight);
        mailbox.trace(traceparent);
        return there(mailbox) == null ? inTime(mailbox) : null;
    }

    /** A mailbox for a row that nobody holds, or the one that is there already. */
    Mailbox openUnheld(OpenRow row) {
        GlobalTransaction transaction = rows.transaction(row, false);
        boolean mayHaveCalls =
                transaction.state() != TransactionState.BEGUN && !Rows.isClean(transaction.progress(), row.rev());
        Event opening = mayHaveCalls ? new Event.Claimed(store.incarnation(), false, 0) : null;
        Mailbox mailbox = new Mailbox(
                host, transaction, opening, 0, row.dueAt(), weight(row).enter());
        Mailbox there = there(mailbox);
        return there == null ? mailbox : there;
    }

    /** The one that is there already, or null: then it is this one from now on. */
    private @Nullable Mailbox there(Mailbox mailbox) {
        Mailbox there = mailboxes.putIfAbsent(mailbox.gid(), mailbox);
        if (there != null) {
            mailbox.weight().leave();
        } else {
            shares.grown();
        }
        return there;
    }

    private Weight weight(OpenRow row) {
        return new Weight(load, row.payloadBytes());
    }

    /**
     * Takes in a claimed row. Whatever held it here until now is out of date: the claim found the row without an owner.
     */
    void install(OpenRow row, boolean isFromDead) {
        Mailbox mailbox = claimed(row, isFromDead);
        if (mailbox != null) {
            Mailbox stale = mailboxes.put(row.gid(), mailbox);
            shares.grown();
            if (stale != null) {
                stale.supersede();
            }
            inTime(mailbox).begin();
        }
    }

    /** Takes in a row that is ours and in nobody's hands. */
    void takeIn(OpenRow row) {
        Mailbox mailbox = claimed(row, true);
        if (mailbox != null && there(mailbox) == null) {
            inTime(mailbox).begin();
        }
    }

    private @Nullable Mailbox claimed(OpenRow row, boolean isFromDead) {
        try {
            GlobalTransaction transaction = rows.transaction(row, true);
            boolean isClean = !isFromDead && Rows.isClean(transaction.progress(), row.rev() - 1);
            Event opening = new Event.Claimed(store.incarnation(), isClean, row.adoptions());
            return new Mailbox(
                    host, transaction, opening, row.rev(), null, weight(row).enter());
        } catch (RuntimeException unreadable) {
            parking.park(row.gid(), unreadable);
            return null;
        }
    }

    /** Applies to a new mailbox that the engine was ended or drained while it was opened. */
    Mailbox inTime(Mailbox mailbox) {
        if (isAbandoned) {
            mailbox.abandon();
        } else if (isDraining) {
            mailbox.happen(new Event.DrainDue());
        }
        return mailbox;
    }

    /** Tells whether the row of this gid is in memory, or on its way there, or being parked. */
    boolean mayHold(String gid) {
        return mailboxes.containsKey(gid) || admission.isUnderWay(gid) || parking.isUnderWay(gid);
    }

    @Nullable
    Mailbox mailbox(String gid) {
        return mailboxes.get(gid);
    }

    void closed(Mailbox mailbox) {
        mailbox.weight().leave();
        if (mailboxes.remove(mailbox.gid(), mailbox)) {
            turns.left(mailbox.gid());
        }
    }

    /**
     * The sources of rows whose takeover waits for room in memory: of a coordinator that died, its incarnation.
     * Thread-safe.
     */
    Set<Object> withoutRoom() {
        return withoutRoom;
    }

    PayloadMemory load() {
        return load;
    }

    ParticipantShares shares() {
        return shares;
    }

    Rows rows() {
        return rows;
    }

    Children children() {
        return children;
    }

    ActRouter acting() {
        return acting;
    }

    DetachedListeners outside() {
        return outside;
    }

    ParkLog parkLog() {
        return parkLog;
    }

    Parking parking() {
        return parking;
    }

    DeliveryOrder turns() {
        return turns;
    }

    Strays strays() {
        return strays;
    }

    // ---- its life

    /** Transactions in memory. */
    public int open() {
        return mailboxes.size();
    }

    /** Payload bytes of the transactions in memory. */
    public long openBytes() {
        return load.heldBytes();
    }

    /** How many more transactions may be taken into memory. */
    int room() {
        return Math.max(0, settings.maxOpen() - mailboxes.size());
    }

    /** Tells whether another transaction may be taken into memory. */
    boolean hasRoom() {
        return room() > 0 && load.hasRoom();
    }

    /**
     * How many more rows may be claimed: a few even where there is no room, if it is one participant that has it all.
     */
    int roomToClaim() {
        if (hasRoom()) {
            return room();
        }
        int grace = shares.grace();
        boolean isFarBeyond = load.heldBytes() - settings.maxOpenBytes() >= settings.maxOpenBytes() / 8;
        return isFarBeyond ? 0 : Math.clamp((long) settings.maxOpen() + grace - mailboxes.size(), 0, grace);
    }

    boolean isTaking() {
        return !isDraining && !isAbandoned && lease.isHeld();
    }

    /**
     * No new work; what is in flight is finished, the rest is put to rest. {@link #open} falls to zero if all goes
     * well.
     */
    public void drain() {
        isDraining = true;
        mailboxes.values().forEach(mailbox -> mailbox.happen(new Event.DrainDue()));
    }

    /**
     * The incarnation is no more: everything is dropped, and every waiting client gets an error that says to ask again.
     */
    public void abandon() {
        isAbandoned = true;
        mailboxes.values().forEach(Mailbox::abandon);
        outside.close();
        shares.close();
        parking.close();
        flushBehind.close();
    }
}
