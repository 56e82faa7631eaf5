package dev.entente.server.engine;

import dev.entente.server.decision.Decide;
import dev.entente.server.participant.Participants;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.transaction.GlobalTransaction;
import java.util.concurrent.CompletableFuture;

/** The engine as its mailboxes see it. */
record EngineHost(
        Engine engine, Decide decider, TransactionStore store, Participants participants, Lease lease, World world)
        implements Host {

    @Override
    public void closed(Mailbox mailbox) {
        engine.closed(mailbox);
    }

    @Override
    public void redirect(String gid, Ask ask) {
        engine.acting().bringAgain(gid, ask);
    }

    @Override
    public void waitOutside(String gid, Mailbox.Waiting waiting) {
        engine.outside().add(gid, waiting);
    }

    @Override
    public void lookAgain(String gid, CompletableFuture<Snapshot> answer) {
        Callbacks.when(engine.get(gid), (snapshot, failure) -> {
            if (failure == null) {
                answer.complete(snapshot);
            } else {
                answer.completeExceptionally(Failures.cause(failure));
            }
        });
    }

    @Override
    public void stopped(GlobalTransaction transaction, Throwable defect) {
        engine.acting().stop(transaction.gid(), defect);
    }
}
