package dev.entente.server.engine;

import dev.entente.server.decision.Decide;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.TransactionStore;
import java.util.concurrent.CompletableFuture;

/** The engine as its mailboxes see it. */
record EngineHost(
        Engine engine, Decide decider, TransactionStore store, Participants participants, Lease lease, World world)
        implements Host {

    @Override
    public Rows rows() {
        return engine.rows();
    }

    @Override
    public ParkLog parkLog() {
        return engine.parkLog();
    }

    @Override
    public Children children() {
        return engine.children();
    }

    @Override
    public void closed(Mailbox mailbox) {
        engine.closed(mailbox);
    }

    @Override
    public void redirect(String gid, PendingAct ask) {
        engine.acting().bringAgain(gid, ask);
    }

    @Override
    public void listenOutside(String gid, Listener listener) {
        engine.outside().keep(gid, listener);
    }

    @Override
    public void lookAgain(String gid, CompletableFuture<Snapshot> answer) {
        Callbacks.when(engine.stored(gid), (snapshot, failure) -> {
            if (failure == null) {
                answer.complete(snapshot);
            } else {
                answer.completeExceptionally(failure);
            }
        });
    }

    @Override
    public void stopped(String gid, Throwable defect) {
        engine.parking().park(gid, defect);
    }

    @Override
    public DeliveryOrder turns() {
        return engine.turns();
    }

    @Override
    public ParticipantShares shares() {
        return engine.shares();
    }

    @Override
    public void strayed() {
        engine.strays().suspect();
    }
}
