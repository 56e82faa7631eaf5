package dev.entente.server.api.access;

import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.server.transaction.Refusal;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Keeps those who submit to what they submitted themselves: another's transaction is answered like one that does not
 * exist. Viewers see all, operators see all and act on all. What was accepted while there was no authentication belongs
 * to everybody.
 */
public final class SubmitterAccess {
    private SubmitterAccess() {}

    /** @throws Refusal ENT-030 where this caller may not see it */
    public static Snapshot seen(Snapshot snapshot, Caller caller) {
        if (caller.seesOwnAlone()) {
            refuseOthers(snapshot, caller);
        }
        return snapshot;
    }

    /** @throws Refusal ENT-031 where the gid stands already, and is another's, as if its content were another */
    public static Snapshot known(Snapshot snapshot, Caller caller) {
        if (!isOwn(snapshot, caller) && caller.seesOwnAlone()) {
            throw Refusal.otherContent(snapshot.gid());
        }
        return snapshot;
    }

    /**
     * Acts, if this caller may. Who submits is looked up in the row first, which costs a read; operators, and everybody
     * where there is no authentication, are spared it. Who holds the transaction makes no difference to a stranger.
     */
    public static CompletableFuture<Snapshot> act(
            Transactions transactions, String gid, Caller caller, Supplier<CompletableFuture<Snapshot>> act) {
        return caller.hasAnyOf(Authentication.OPERATE)
                ? act.get()
                : transactions.view(gid).thenCompose(snapshot -> {
                    refuseOthers(snapshot, caller);
                    return act.get();
                });
    }

    /**
     * Asks another coordinator for what it holds, if this caller may see it. A stranger is refused from the row: what
     * the other one answers, and whether it does, would tell that there is such a transaction.
     */
    public static <R> CompletableFuture<R> ask(
            Transactions transactions, String gid, Caller caller, Supplier<CompletableFuture<R>> ask) {
        return caller.seesOwnAlone()
                ? transactions.view(gid).thenCompose(snapshot -> {
                    refuseOthers(snapshot, caller);
                    return ask.get();
                })
                : ask.get();
    }

    private static void refuseOthers(Snapshot snapshot, Caller caller) {
        if (!isOwn(snapshot, caller)) {
            throw Refusal.notFound(snapshot.gid());
        }
    }

    private static boolean isOwn(Snapshot snapshot, Caller caller) {
        String submitter = snapshot.plan().submitter();
        return submitter == null || submitter.equals(caller.principal());
    }
}
