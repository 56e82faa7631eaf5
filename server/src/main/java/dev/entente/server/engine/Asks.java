package dev.entente.server.engine;

import dev.entente.server.decision.Act;
import dev.entente.server.decision.Event;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.transaction.AbortReason;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Refusal;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The acts that wait for one transaction: offered one after another, answered when what they did is durable. Used inside its mailbox only.
 */
final class Asks {
    private static final int NOTHING = -1;

    private @Nullable ArrayDeque<Ask> waiting;
    private @Nullable Ask current;
    private @Nullable Instant offeredAt;
    /** The history's size that makes the current act durable, or NOTHING while it is put off. */
    private int awaitedRevision = NOTHING;
    /** Whether a write has taken the current act's entry for the audit along: a later one may leave before the act is answered. */
    private boolean isAudited;

    void add(Ask ask) {
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
        }
        waiting.add(ask);
    }

    boolean isEmpty() {
        return current == null && (waiting == null || waiting.isEmpty());
    }

    /**
     * What the acts make happen after the last event, or null: the next one is offered, the current one is offered again, or what it did is
     * to be written. While the row leaves, none is: they follow it to where it goes.
     *
     * @param last null if there was none: an act has come
     */
    @Nullable
    Event next(GlobalTransaction transaction, @Nullable Event last, World world) {
        if (transaction.custody().isLeaving()) {
            return null;
        }
        if (current == null) {
            return offer(transaction, world);
        }
        if (awaitedRevision != NOTHING) {
            boolean mayFlush = !transaction.custody().isWriting() && !(last instanceof Event.FlushDue);
            return mayFlush ? new Event.FlushDue() : null;
        }
        return last == null || last instanceof Event.Acted ? null : new Event.Acted(current.act(), offeredAt);
    }

    private @Nullable Event offer(GlobalTransaction transaction, World world) {
        Ask next = waiting == null ? null : waiting.poll();
        if (next == null) {
            return null;
        }
        current = next.from(transaction.state());
        offeredAt = world.now();
        awaitedRevision = NOTHING;
        return new Event.Acted(next.act(), null);
    }

    /** The current act is on record: durable with that revision. */
    void recorded(int revision) {
        awaitedRevision = revision;
    }

    void refused(Refusal refusal) {
        Ask ask = take();
        if (ask != null) {
            ask.answer().completeExceptionally(refusal);
        }
    }

    /** The current act, done with, if it is durable now; else null. */
    @Nullable
    Ask takeIfDurable(int durableRevision) {
        return awaitedRevision != NOTHING && durableRevision >= awaitedRevision ? take() : null;
    }

    private @Nullable Ask take() {
        Ask ask = current;
        current = null;
        awaitedRevision = NOTHING;
        isAudited = false;
        return ask;
    }

    /** All that are not answered; none is left. */
    List<Ask> takeAll() {
        if (isEmpty()) {
            return List.of();
        }
        List<Ask> all = new ArrayList<>();
        Ask first = take();
        if (first != null) {
            all.add(first);
        }
        if (waiting != null) {
            all.addAll(waiting);
            waiting = null;
        }
        return all;
    }

    /** The entry that goes into the same commit as what the current act did, once; or null. */
    @Nullable
    AuditRecord takeAudit(GlobalTransaction transaction) {
        Ask ask = current;
        if (ask == null || isAudited || (awaitedRevision == NOTHING && !isTurning(ask, transaction))) {
            return null;
        }
        isAudited = true;
        return switch (ask.act()) {
            case Act.Operate act -> audit(transaction, ask, act.actor(), act.name(), act.reason());
            case Act.Abort act when act.byOperator() -> audit(transaction, ask, act.actor(), "abort", act.reason());
            case Act.Abort _, Act.Commit _, Act.Register _ -> null;
        };
    }

    /** Whether the write holds the decision of an abort that is put off: it turns the transaction before it is offered again. */
    private static boolean isTurning(Ask ask, GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        return ask.act() instanceof Act.Abort
                && progress.abortReason() == AbortReason.OPERATOR
                && progress.decidedRevision() > transaction.custody().durableRevision();
    }

    private static AuditRecord audit(GlobalTransaction transaction, Ask ask, String actor, String name, String reason) {
        String after = transaction.state().name();
        return new AuditRecord(actor, name, transaction.gid(), reason, ask.stateBefore(), after);
    }
}
