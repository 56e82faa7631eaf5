package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.decision.Decide;
import dev.entente.core.transaction.Plan;
import dev.entente.server.participant.GateView;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WaitKind;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs the transactions of one incarnation: accepts them, holds each in a mailbox while it has something to do, and
 * brings acts to them. Those who claim rows use its public parts.
 *
 * <p>Thread-safe. It makes no thread and never blocks. When the incarnation ends, {@link #abandon} it and make another.
 */
public final class Engine implements Transactions {
    /** Takes in claimed rows. */
    public final OpenMailboxes opening;
    /** Knows how much is in memory, and for how much there is room. */
    public final Memory memory;
    /** Keeps room in memory for those that wait on different participants. */
    public final ParticipantShares shares;
    /** Takes in rows that are ours and in nobody's hands. */
    public final Strays strays;

    // The parts that its mailboxes use, and that its other parts share.
    final Decide decider;
    final TransactionStore store;
    final Participants participants;
    final Lease lease;
    final World world;
    final EngineSettings settings;
    final Children children;
    final Rows rows;
    final ParkLog parkLog;
    /** By gid. */
    final ConcurrentMap<String, Mailbox> mailboxes = new ConcurrentHashMap<>();
    /** The gids of which an accept is under way, so that a mailbox may be about to open. */
    final Set<String> arriving = ConcurrentHashMap.newKeySet();
    /** Set where a row may be ours though nobody holds it: {@link Strays} looks for such rows. */
    final AtomicBoolean strayed = new AtomicBoolean();

    final DeliveryOrder order;
    final Parking parking;
    final DetachedListeners outside;
    final CurrentSnapshots snapshots;
    private final FlushBehind flushBehind;
    private final ActRouter acting;
    private final Previews previews;
    private final Admission admission;

    public Engine(
            Decide decider,
            TransactionStore store,
            Participants participants,
            Lease lease,
            World world,
            EngineSettings settings) {
        this.decider = decider;
        this.store = store;
        this.participants = participants;
        this.lease = lease;
        this.world = world;
        this.settings = settings;
        this.children = new Children(this, settings.plans());
        this.rows = new Rows(settings.plans(), settings.keepsPayloads());
        this.parkLog = new ParkLog(world);
        this.memory = new Memory(mailboxes, settings);
        this.shares = new ParticipantShares(memory, participants, world, settings);
        this.order = new DeliveryOrder(this);
        this.parking = new Parking(store, world, parkLog);
        this.outside = new DetachedListeners(this);
        this.opening = new OpenMailboxes(this);
        this.snapshots = new CurrentSnapshots(this);
        this.strays = new Strays(this);
        this.flushBehind = new FlushBehind(world, settings.flushAfter(), mailboxes.values());
        this.acting = new ActRouter(this);
        this.previews = new Previews(this);
        this.admission = new Admission(this);
    }

    /**
     * Returns the mailbox if the lease is held. Without the lease another coordinator may have ended the transaction,
     * and only the row tells.
     */
    @Nullable
    Mailbox trusted(String gid) {
        return lease.isHeld() ? mailboxes.get(gid) : null;
    }

    /** Tells whether the row of this gid is in memory, or on its way there, or being parked. */
    boolean mayHold(String gid) {
        return mailboxes.containsKey(gid) || arriving.contains(gid) || parking.isUnderWay(gid);
    }

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        return admission.accept(submission);
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, Act act, long ifFence, CallOrigin origin) {
        return acting.act(gid, act, ifFence, origin);
    }

    @Override
    public CompletableFuture<Previewed> preview(String gid, Act act) {
        return previews.preview(gid, act);
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid, @Nullable Predicate<Plan> mayKnow) {
        return snapshots.look(gid, mayKnow, true);
    }

    @Override
    public CompletableFuture<Snapshot> view(String gid, @Nullable Predicate<Plan> mayKnow) {
        return snapshots.look(gid, mayKnow, false);
    }

    @Override
    public Map<String, Map<Integer, WaitKind>> holds(Collection<String> gids) {
        Set<String> wanted = Set.copyOf(gids);
        Map<String, GateView> gates = new HashMap<>();
        Map<String, Map<Integer, WaitKind>> found = new HashMap<>();
        for (String gid : wanted) {
            Mailbox mailbox = trusted(gid);
            if (mailbox != null && mailbox.transaction().custody().isHeld()) {
                found.put(
                        gid,
                        mailbox.calls()
                                .holds(
                                        mailbox.transaction(),
                                        name -> gates.computeIfAbsent(name, one -> participants.gate(one, wanted))));
            }
        }
        return found;
    }

    @Override
    public Instant now() {
        return world.now();
    }

    @Override
    public CompletableFuture<Snapshot> end(String gid) {
        CompletableFuture<Snapshot> end = new CompletableFuture<>();
        outside.listen(gid, new Listener.ForEnd(end));
        return end;
    }

    @Override
    public CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener) {
        return get(gid).thenApply(first -> {
            Listener.ForChange change = new Listener.ForChange(listener);
            if (!change.hear(first)) {
                outside.listen(gid, change);
            }
            return change;
        });
    }

    /**
     * No new work; what is in flight is finished, the rest is put to rest. {@link Memory#open} falls to zero if all
     * goes well.
     */
    public void drain() {
        opening.drain();
    }

    /**
     * The incarnation is no more: everything is dropped, and every waiting client gets an error that says to ask again.
     */
    public void abandon() {
        opening.abandon();
        outside.close();
        parking.close();
        flushBehind.close();
    }
}
