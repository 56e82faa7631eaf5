package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.decision.Decide;
import dev.entente.core.transaction.Plan;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Runs the transactions of one incarnation: accepts them, holds each in a mailbox while it has something to do, and
 * brings acts to them.
 *
 * <p>Thread-safe. It makes no thread and never blocks. When the incarnation ends, {@link #abandon} it and make another.
 */
public final class Engine implements Transactions {
    final OpenMailboxes mailboxes;
    private final CurrentSnapshots snapshots;
    private final DeliveryOrder order;
    private final DetachedListeners outside;
    private final FlushBehind flushBehind;
    private final ActRouter acting;
    private final Admission admission;
    private final Parking parking;
    private final Strays strays;
    private final PayloadMemory load;
    private final ParticipantShares shares;
    private final Set<Object> withoutRoom = ConcurrentHashMap.newKeySet();

    public Engine(
            Decide decider,
            TransactionStore store,
            Participants participants,
            Lease lease,
            World world,
            EngineSettings settings) {
        ConcurrentHashMap<String, Mailbox> open = new ConcurrentHashMap<>();
        Rows rows = new Rows(settings.plans(), settings.keepsPayloads());
        ParkLog parkLog = new ParkLog(world);
        this.load = new PayloadMemory(settings.maxOpenBytes());
        this.shares = new ParticipantShares(open.values(), load, participants, world, settings);
        this.order = new DeliveryOrder(store, world, rows, this::hasRoom, withoutRoom::contains);
        Host host = new Inside(
                new Host.Books(decider, store, rows, world, order, parkLog),
                new Host.Departures(
                        participants, new Children(this::accept, settings.plans()), lease, shares, store, world));
        this.mailboxes = new OpenMailboxes(open, host, lease, load, shares, settings);
        this.parking = new Parking(store, world, parkLog);
        this.strays = new Strays(mailboxes, store, world, settings.claimBatch(), this::mayHold);
        this.snapshots = new CurrentSnapshots(mailboxes, store, rows, strays);
        this.outside = new DetachedListeners(mailboxes, store, world, rows);
        this.flushBehind = new FlushBehind(world, settings.flushAfter(), open.values());
        this.acting = new ActRouter(mailboxes, store, world, settings, snapshots, strays);
        this.admission = new Admission(mailboxes, store, world, settings, snapshots, strays);
    }

    // ---- Transactions

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        CompletableFuture<Accepted> answer = new CompletableFuture<>();
        admission.accept(submission, answer);
        return answer;
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, Act act, CallOrigin origin) {
        CompletableFuture<Snapshot> answer = new CompletableFuture<>();
        acting.bring(gid, new PendingAct(act, origin, answer));
        return answer;
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid) {
        return snapshots.get(gid);
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid, Predicate<Plan> mayKnow) {
        return snapshots.known(gid, mayKnow, true);
    }

    @Override
    public CompletableFuture<Snapshot> view(String gid) {
        return snapshots.view(gid);
    }

    @Override
    public CompletableFuture<Snapshot> view(String gid, Predicate<Plan> mayKnow) {
        return snapshots.known(gid, mayKnow, false);
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
        Mailbox mailbox = mailboxes.mailbox(gid);
        if (mailbox == null) {
            outside.add(gid, listener);
        } else {
            mailbox.add(listener);
        }
    }

    // ---- for those who claim rows

    /** Takes in a claimed row, whatever held it here until now. */
    public void install(OpenRow row, boolean isFromDead) {
        mailboxes.install(row, isFromDead);
    }

    /** Tells whether rows are still taken in: not while it drains, nor without the lease. */
    public boolean isTaking() {
        return mailboxes.isTaking();
    }

    /** Tells whether another transaction may be taken into memory. */
    public boolean hasRoom() {
        return mailboxes.hasRoom();
    }

    /**
     * How many more rows may be claimed: a few even where there is no room, if it is one participant that has it all.
     */
    public int roomToClaim() {
        return mailboxes.roomToClaim();
    }

    /** Sets room aside for rows that are being read; returns how many bytes, 0 if there is no room. */
    public long reserve(long mostBytes) {
        return load.reserve(mostBytes);
    }

    /** Gives back what was set aside: the rows have come, and count by themselves. */
    public void release(long bytes) {
        load.add(-bytes);
    }

    /** Notes that a takeover waits for room. Its source is the incarnation that died, if it is one of those. */
    public void waitsForRoom(Object source) {
        withoutRoom.add(source);
    }

    /** Notes that this takeover waits for room no longer. */
    public void goesOn(Object source) {
        withoutRoom.remove(source);
    }

    /** Tells whether a takeover waits for room. */
    public boolean isWaitingForRoom(Object source) {
        return withoutRoom.contains(source);
    }

    /** Tells whether some participant has as much as its share, or more. */
    public boolean isAnyCrowd() {
        return shares.isAnyCrowd();
    }

    /** Makes participants with more than their share of memory leave some of it: there is no room for these. */
    public void fullWhile(DueWork due) {
        shares.fullWhile(due);
    }

    /** How many rows that a participant holds back may be claimed now. */
    public int roomFor(String participant) {
        return shares.room(participant);
    }

    /** How many rows of one claim may wait on one participant. */
    public int ofClaim(int limit) {
        return shares.ofClaim(limit);
    }

    /** Takes up to so many gids of messages whose turn has come while they rested. */
    public List<String> takeWoken(int limit) {
        return order.takeWoken(limit);
    }

    /** Notes that rows may have become this incarnation's without its knowing. */
    public void suspectStrays() {
        strays.suspect();
    }

    /** Takes in rows that are ours and in nobody's hands, if there may be any, and returns how many they were. */
    public CompletableFuture<Integer> takeInStrays() {
        return strays.look();
    }

    /** Tells whether the row of this gid is in memory, or on its way there, or being parked. */
    public boolean mayHold(String gid) {
        return mailboxes.mailbox(gid) != null || admission.isUnderWay(gid) || parking.isUnderWay(gid);
    }

    // ---- its life

    /** Transactions in memory. */
    public int open() {
        return mailboxes.count();
    }

    /** Payload bytes of the transactions in memory. */
    public long openBytes() {
        return load.heldBytes();
    }

    /**
     * No new work; what is in flight is finished, the rest is put to rest. {@link #open} falls to zero if all goes
     * well.
     */
    public void drain() {
        mailboxes.drain();
    }

    /**
     * The incarnation is no more: everything is dropped, and every waiting client gets an error that says to ask again.
     */
    public void abandon() {
        mailboxes.abandon();
        outside.close();
        shares.close();
        parking.close();
        flushBehind.close();
    }

    /** Passes on to the engine's parts what a mailbox cannot keep. */
    private final class Inside implements Host {
        private final Books books;
        private final Departures departures;

        Inside(Books books, Departures departures) {
            this.books = books;
            this.departures = departures;
        }

        @Override
        public Books books() {
            return books;
        }

        @Override
        public Departures departures() {
            return departures;
        }

        @Override
        public void closed(Mailbox mailbox) {
            if (mailboxes.closed(mailbox)) {
                order.left(mailbox.gid());
            }
        }

        @Override
        public void redirect(String gid, PendingAct ask) {
            acting.bringAgain(gid, ask);
        }

        @Override
        public void listenOutside(String gid, Listener listener) {
            outside.keep(gid, listener);
        }

        @Override
        public void lookAgain(String gid, CompletableFuture<Snapshot> answer) {
            Callbacks.when(snapshots.stored(gid), (snapshot, failure) -> {
                if (failure == null) {
                    answer.complete(snapshot);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        }

        @Override
        public void stopped(String gid, Throwable defect) {
            parking.park(gid, defect);
        }

        @Override
        public void strayed() {
            strays.suspect();
        }
    }
}
