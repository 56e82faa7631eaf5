package dev.entente.server.engine;

import dev.entente.core.decision.Decide;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Plan;
import dev.entente.server.participant.AdmissionSnapshot;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WaitKind;
import dev.entente.server.telemetry.Traces;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The engine of one incarnation: accepts transactions, holds active ones in mailboxes, and routes actions to them. Code
 * that claims rows uses {@link #intake}.
 *
 * <p>Thread-safe. The engine creates no thread and never blocks. When the incarnation ends, call {@link #abandon} and
 * create another engine.
 */
public final class Engine implements Transactions {
    private final Participants participants;
    private final EngineEnvironment environment;
    final TransactionLookup lookup;
    private final Intake intake;
    private final DeliveryOrder order;
    private final ForcedPark parking;
    private final DetachedListeners outside;
    private final SnapshotReader snapshots;
    private final FlushBehind flushBehind;
    private final RequestRouter acting;
    private final Previews previews;
    private final Acceptance acceptance;

    public Engine(
            Decide decider,
            TransactionStore store,
            Participants participants,
            Lease lease,
            EngineEnvironment environment,
            EngineSettings settings) {
        this.participants = participants;
        this.environment = environment;
        Rows rows = new Rows(settings.plans(), settings.keepsPayloads());
        ParkLog parkLog = new ParkLog(environment);
        this.parking = new ForcedPark(store, environment, parkLog);
        this.lookup = new TransactionLookup(store, lease, environment, parking::isInProgress);
        Memory memory = new Memory(lookup.mailboxes(), settings);
        ParticipantShares shares = new ParticipantShares(memory, participants, environment, settings);
        this.order = new DeliveryOrder(lookup, memory, store, rows, environment);
        this.outside = new DetachedListeners(lookup, rows, environment);
        MailboxPorts.Calls calls =
                new MailboxPorts.Calls(lease, participants, shares, new Children(this, settings.plans()));
        MailboxPorts ports = new MailboxPorts(decider, store, rows, environment, parkLog, calls, new Host());
        MailboxOpener opening = new MailboxOpener(lookup, ports, memory, lease);
        OrphanedRows orphanedRows =
                new OrphanedRows(lookup, opening, memory, store, environment, settings.claimBatch());
        this.intake = new Intake(opening, memory, shares, orphanedRows);
        this.snapshots = new SnapshotReader(lookup, rows, environment);
        this.flushBehind = new FlushBehind(environment, settings.flushAfter(), lookup.mailboxes());
        this.acting = new RequestRouter(lookup, opening, snapshots, store, rows, environment, settings);
        this.previews = new Previews(lookup, opening, store, rows, environment, decider);
        this.acceptance = new Acceptance(lookup, opening, snapshots, memory, store, environment, settings);
    }

    /** Returns the parts that load rows into memory. */
    public Intake intake() {
        return intake;
    }

    private final class Host implements MailboxPorts.Host {
        @Override
        public void keep(String gid, Listener listener) {
            outside.keep(gid, listener);
        }

        @Override
        public void awaitPosition(Mailbox mailbox, int branch) {
            order.await(mailbox, branch);
        }

        @Override
        public void moved(GlobalTransaction transaction) {
            order.moved(transaction);
        }

        @Override
        public void park(String gid, Throwable cause) {
            parking.park(gid, cause);
        }

        @Override
        public void closed(Mailbox mailbox) {
            lookup.remove(mailbox);
        }

        @Override
        public void noteOrphans() {
            lookup.noteOrphans();
        }
    }

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        return acceptance.accept(submission);
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, TransactionRequest act, long ifFence, CallOrigin origin) {
        Traces traces = environment.traces();
        AuditRecord audit = traces.areOn() ? AuditRecord.of(act, gid, "", "", CallOrigin.NONE) : null;
        Instant since = environment.now();
        CompletableFuture<Snapshot> acted = acting.act(gid, act, ifFence, origin);
        if (audit == null) {
            return acted;
        }
        return acted.whenComplete((done, _) -> {
            if (done != null) {
                traces.operated(gid, done.plan(), audit.act(), audit.actor(), since);
            }
        });
    }

    @Override
    public CompletableFuture<Previewed> preview(String gid, TransactionRequest act) {
        return previews.preview(gid, act);
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid, @Nullable Predicate<Plan> mayKnow) {
        return snapshots.read(gid, mayKnow, true);
    }

    @Override
    public CompletableFuture<Snapshot> view(String gid, @Nullable Predicate<Plan> mayKnow) {
        return snapshots.read(gid, mayKnow, false);
    }

    @Override
    public Map<String, Map<Integer, WaitKind>> holds(Collection<String> gids) {
        Set<String> wanted = Set.copyOf(gids);
        Map<String, AdmissionSnapshot> admissions = new HashMap<>();
        Map<String, Map<Integer, WaitKind>> found = new HashMap<>();
        for (String gid : wanted) {
            Mailbox mailbox = lookup.trusted(gid);
            if (mailbox != null && mailbox.transaction().ownership().isHeld()) {
                found.put(
                        gid,
                        mailbox.calls()
                                .holds(
                                        mailbox.transaction(),
                                        name -> admissions.computeIfAbsent(
                                                name, one -> participants.admission(one, wanted))));
            }
        }
        return found;
    }

    @Override
    public List<GlobalTransaction> awaiting(String participant, Predicate<GlobalTransaction> wanted) {
        return lookup.held(transaction -> Rows.awaits(transaction, participant) && wanted.test(transaction));
    }

    @Override
    public Instant now() {
        return environment.now();
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
            if (!change.receive(first)) {
                outside.listen(gid, change);
            }
            return change;
        });
    }

    /**
     * Stops new work. Calls in flight finish, and the other transactions rest. {@link Memory#open} falls to zero once
     * all transactions have left memory.
     */
    public void drain() {
        intake.opening().drain();
    }

    /**
     * Drops everything because the incarnation has ended. Every waiting client gets an error that advises to send the
     * request again.
     */
    public void abandon() {
        intake.opening().abandon();
        outside.close();
        parking.close();
        flushBehind.close();
    }

    /**
     * The parts that load rows into memory.
     *
     * @param opening takes in claimed rows
     * @param memory the used and the free capacity
     * @param shares the capacity for transactions that wait on different participants
     * @param orphanedRows takes in orphaned rows
     */
    public record Intake(MailboxOpener opening, Memory memory, ParticipantShares shares, OrphanedRows orphanedRows) {}
}
