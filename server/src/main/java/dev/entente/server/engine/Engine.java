package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.decision.Decide;
import dev.entente.core.transaction.Plan;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.TransactionStore;
import java.util.concurrent.CompletableFuture;
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
    public final OpenMailboxes mailboxes;
    /** Knows how much is in memory, and for how much there is room. */
    public final Memory memory;
    /** Keeps room in memory for those that wait on different participants. */
    public final ParticipantShares shares;
    /** Takes in rows that are ours and in nobody's hands. */
    public final Strays strays;

    final Host host;
    private final FlushBehind flushBehind;
    private final ActRouter acting;
    private final Admission admission;

    public Engine(
            Decide decider,
            TransactionStore store,
            Participants participants,
            Lease lease,
            World world,
            EngineSettings settings) {
        this.host = new Host(this, decider, store, participants, lease, world, settings);
        this.memory = host.memory;
        this.shares = host.shares;
        this.mailboxes = host.opening;
        this.strays = new Strays(host);
        this.flushBehind = new FlushBehind(world, settings.flushAfter(), host.mailboxes.values());
        this.acting = new ActRouter(host);
        this.admission = new Admission(host);
    }

    @Override
    public CompletableFuture<Accepted> accept(Submission submission) {
        return admission.accept(submission);
    }

    @Override
    public CompletableFuture<Snapshot> act(String gid, Act act, CallOrigin origin) {
        return acting.act(gid, act, origin);
    }

    @Override
    public CompletableFuture<Snapshot> get(String gid, @Nullable Predicate<Plan> mayKnow) {
        return host.snapshots.look(gid, mayKnow, true);
    }

    @Override
    public CompletableFuture<Snapshot> view(String gid, @Nullable Predicate<Plan> mayKnow) {
        return host.snapshots.look(gid, mayKnow, false);
    }

    @Override
    public CompletableFuture<Snapshot> end(String gid) {
        CompletableFuture<Snapshot> end = new CompletableFuture<>();
        host.outside.listen(gid, new Listener.ForEnd(end));
        return end;
    }

    @Override
    public CompletableFuture<Watching> watch(String gid, Consumer<Snapshot> listener) {
        return get(gid).thenApply(first -> {
            Listener.ForChange change = new Listener.ForChange(listener);
            if (!change.hear(first)) {
                host.outside.listen(gid, change);
            }
            return change;
        });
    }

    /**
     * No new work; what is in flight is finished, the rest is put to rest. {@link Memory#open} falls to zero if all
     * goes well.
     */
    public void drain() {
        mailboxes.drain();
    }

    /**
     * The incarnation is no more: everything is dropped, and every waiting client gets an error that says to ask again.
     */
    public void abandon() {
        mailboxes.abandon();
        host.outside.close();
        host.parking.close();
        flushBehind.close();
    }
}
