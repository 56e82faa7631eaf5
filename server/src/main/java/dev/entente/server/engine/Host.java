package dev.entente.server.engine;

import dev.entente.core.decision.Decide;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.TransactionStore;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The parts of an engine that its mailboxes use, and that its other parts share. */
final class Host {
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

    final Memory memory;
    final ParticipantShares shares;
    final DeliveryOrder order;
    final Parking parking;
    final DetachedListeners outside;
    final OpenMailboxes opening;
    final CurrentSnapshots snapshots;

    /** @param engine accepts transactions that are steps of others */
    Host(
            Transactions engine,
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
        this.children = new Children(engine, settings.plans());
        this.rows = new Rows(settings.plans(), settings.keepsPayloads());
        this.parkLog = new ParkLog(world);
        this.memory = new Memory(mailboxes, settings);
        this.shares = new ParticipantShares(memory, participants, world, settings);
        this.order = new DeliveryOrder(this);
        this.parking = new Parking(store, world, parkLog);
        this.outside = new DetachedListeners(this);
        this.opening = new OpenMailboxes(this);
        this.snapshots = new CurrentSnapshots(this);
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
}
