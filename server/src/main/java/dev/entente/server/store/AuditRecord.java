package dev.entente.server.store;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Progress;
import org.jspecify.annotations.Nullable;

/**
 * An action for the audit: its actor, its kind, and the reason.
 *
 * @param act the name of the action, such as {@code retry}
 * @param gid empty if no transaction is involved
 * @param before the transaction's state before the action, for people
 * @param after the transaction's state after the action, for people, with the mark "forced", "skipped" or "unchanged"
 *     after a comma. For a refused or uncertain action: REFUSED or UNKNOWN, the code, a colon, and the reason
 * @param peer the address of the caller, or empty
 * @param requestId the id that the client sent or the server assigned, or empty
 */
public record AuditRecord(
        String actor,
        String act,
        String gid,
        String reason,
        String before,
        String after,
        String peer,
        String requestId) {
    /**
     * The prefix of the operation in the entry of a bulk operation, and of the request id of that entry and of the
     * entries for single transactions.
     */
    public static final String BULK = "bulk-";

    /** Escapes characters that a column of PostgreSQL cannot store. */
    public AuditRecord {
        actor = StorableText.of(actor);
        gid = StorableText.of(gid);
        reason = StorableText.of(reason);
        after = StorableText.of(after);
    }

    /** Creates the record of an action with an unknown caller address. */
    public AuditRecord(String actor, String act, String gid, String reason, String before, String after) {
        this(actor, act, gid, reason, before, after, "", "");
    }

    /** Creates the record of a call's action. */
    public AuditRecord(
            String actor, String act, String gid, String reason, String before, String after, CallOrigin origin) {
        this(actor, act, gid, reason, before, after, origin.peer(), origin.requestId());
    }

    /** Returns the record of an executed action; null for a client's action. */
    public static @Nullable AuditRecord of(
            TransactionRequest act, String gid, String before, String after, CallOrigin origin) {
        return switch (act) {
            case TransactionRequest.Operate one ->
                new AuditRecord(one.actor(), one.name(), gid, one.reason(), before, after + mark(one), origin);
            case TransactionRequest.Abort one
            when one.byOperator() -> new AuditRecord(one.actor(), "abort", gid, one.reason(), before, after, origin);
            case TransactionRequest.Abort _, TransactionRequest.Commit _, TransactionRequest.Register _ -> null;
        };
    }

    private static String mark(TransactionRequest.Operate act) {
        return switch (act) {
            case TransactionRequest.ForceFinish _ -> ", forced";
            case TransactionRequest.Skip _, TransactionRequest.Drop _ -> ", skipped";
            case TransactionRequest.Retry _,
                    TransactionRequest.Park _,
                    TransactionRequest.Resume _,
                    TransactionRequest.DecideApproval _,
                    TransactionRequest.Resolve _ -> "";
        };
    }

    /** Returns the state for people: PARKED for a parked transaction, otherwise the state of the transaction. */
    public static String state(Progress progress) {
        return progress.parked() == null ? progress.state().name() : "PARKED";
    }

    /**
     * Returns a copy for an action that found its effect already present.
     *
     * @param state the state before and after; or empty
     */
    public AuditRecord unchanged(String state) {
        String as = state.isEmpty() ? "unchanged" : state + ", unchanged";
        return new AuditRecord(actor, act, gid, reason, state.isEmpty() ? "" : before, as, peer, requestId);
    }
}
