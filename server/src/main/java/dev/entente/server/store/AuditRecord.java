package dev.entente.server.store;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.Progress;
import org.jspecify.annotations.Nullable;

/**
 * An act for the audit: its actor, its kind, and the reason.
 *
 * @param act such as {@code retry}
 * @param gid empty where no transaction is concerned
 * @param before the state before, for people
 * @param after the state after, for people, and behind a comma whether it was forced, deliveries were skipped, or
 *     nothing changed; of what was refused, or may have been done, REFUSED or UNKNOWN, the code, and behind a colon why
 * @param peer the address that the call came from, or empty
 * @param requestId which the call had or was given, or empty
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
    /** Escapes what a column of PostgreSQL cannot store. */
    public AuditRecord {
        actor = StorableText.of(actor);
        gid = StorableText.of(gid);
        reason = StorableText.of(reason);
        after = StorableText.of(after);
    }

    /** An act whose caller's address is not known. */
    public AuditRecord(String actor, String act, String gid, String reason, String before, String after) {
        this(actor, act, gid, reason, before, after, "", "");
    }

    /** An act of a call. */
    public AuditRecord(
            String actor, String act, String gid, String reason, String before, String after, CallOrigin origin) {
        this(actor, act, gid, reason, before, after, origin.peer(), origin.requestId());
    }

    /** Returns the entry of an act that was done; null of a client's. */
    public static @Nullable AuditRecord of(Act act, String gid, String before, String after, CallOrigin origin) {
        return switch (act) {
            case Act.Operate one ->
                new AuditRecord(one.actor(), one.name(), gid, one.reason(), before, after + mark(one), origin);
            case Act.Abort one
            when one.byOperator() -> new AuditRecord(one.actor(), "abort", gid, one.reason(), before, after, origin);
            case Act.Abort _, Act.Commit _, Act.Register _ -> null;
        };
    }

    private static String mark(Act.Operate act) {
        return switch (act) {
            case Act.ForceFinish _ -> ", forced";
            case Act.Skip _, Act.Drop _ -> ", skipped";
            case Act.Retry _, Act.Park _, Act.Resume _, Act.DecideApproval _, Act.Resolve _ -> "";
        };
    }

    /** Returns how it stands: whether it is parked says more than which way it was going. */
    public static String state(Progress progress) {
        return progress.parked() == null ? progress.state().name() : "PARKED";
    }

    /**
     * This, of an act that found done what it asks for.
     *
     * @param state in which it was, and is; or empty
     */
    public AuditRecord unchanged(String state) {
        String as = state.isEmpty() ? "unchanged" : state + ", unchanged";
        return new AuditRecord(actor, act, gid, reason, state.isEmpty() ? "" : before, as, peer, requestId);
    }
}
