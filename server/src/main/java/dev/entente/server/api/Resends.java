package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.api.access.Caller;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.codec.PlanWriter;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Submission;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.AuditRecord;
import dev.entente.v1.OperateRequest;
import java.util.concurrent.CompletableFuture;

/**
 * Sends given-up notifications again: each as a new transaction, with a gid derived from the original gid. Thread-safe.
 */
final class Resends {
    private final Transactions transactions;

    Resends(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Sends a notification again as a new transaction. Repeated requests return the first new transaction. */
    CompletableFuture<Snapshot> resend(OperateRequest request, Caller caller) {
        String reason = Filters.reason(request.getReason());
        return transactions.get(request.getGid()).thenCompose(snapshot -> {
            check(snapshot, request);
            Submission submission = submission(snapshot, caller, reason);
            return transactions
                    .accept(submission)
                    .thenApply(
                            accepted -> accepted.isKnown() ? accepted.snapshot().unchanged() : accepted.snapshot());
        });
    }

    private static void check(Snapshot snapshot, OperateRequest request) {
        TransactionState state = snapshot.progress().state();
        if (snapshot.plan().pattern() != Pattern.NOTIFICATION || state != TransactionState.GIVEN_UP) {
            throw Refusal.of(
                    ErrorCode.ACT_IMPOSSIBLE,
                    "'" + snapshot.gid() + "' is a " + snapshot.plan().pattern() + " in the state " + state
                            + "; only a NOTIFICATION that was GIVEN_UP can be resent");
        }
        int revision = snapshot.progress().revision();
        long wanted = request.getIfRevision();
        if ((wanted != 0 && wanted != revision) || request.getIfFence() != 0) {
            throw Refusal.of(
                    ErrorCode.REVISION_MOVED,
                    "the transaction is at revision " + revision
                            + ", and no coordinator holds it, because it has finished");
        }
    }

    /** Returns an exact copy of the plan without its start time. The submitter stays the original submitter. */
    private static Submission submission(Snapshot given, Caller caller, String reason) {
        String gid = successor(given.gid());
        var message = PlanWriter.shown(gid, given.plan(), true).toBuilder()
                .clearStartTime()
                .build();
        PlanCodec.Decoded decoded =
                PlanCodec.standard().decode(message).by(given.plan().submitter(), caller.traceOf(gid));
        AuditRecord audit = new AuditRecord(
                caller.principal(), "resend", gid, reason, given.gid() + " GIVEN_UP", "RUNNING", caller.origin());
        return new Submission(gid, decoded.plan(), decoded.encoded(), decoded.digest(), false, audit);
    }

    /** Returns {@code x~2} for {@code x}, {@code x~3} for {@code x~2}. Only the coordinator makes gids with a tilde. */
    static String successor(String gid) {
        int tilde = gid.lastIndexOf('~');
        return tilde < 0 ? gid + "~2" : gid.substring(0, tilde + 1) + (Integer.parseInt(gid.substring(tilde + 1)) + 1);
    }
}
