package dev.entente.server.engine;

import dev.entente.core.decision.Event;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.OpenRow;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Opens mailboxes: the entry of transactions into memory. Thread-safe; no method blocks. */
public final class MailboxOpener {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final TransactionLookup lookup;
    private final MailboxPorts ports;
    private final Memory memory;
    private final Lease lease;
    private volatile boolean isAbandoned;
    private volatile boolean isDraining;

    MailboxOpener(TransactionLookup lookup, MailboxPorts ports, Memory memory, Lease lease) {
        this.lookup = lookup;
        this.ports = ports;
        this.memory = memory;
        this.lease = lease;
    }

    /** Returns the reason why no transaction is accepted now, or null. */
    @Nullable
    Refusal refusal() {
        if (isDraining) {
            return Refusal.temporary(
                    ErrorCode.DRAINING,
                    "this coordinator is shutting down; send the same gid to another coordinator, or again later",
                    SHORTLY);
        }
        return lease.isHeld()
                ? null
                : Refusal.temporary(
                        ErrorCode.LEASE_LOST, "this coordinator's lease has expired; send the same gid again", SHORTLY);
    }

    /**
     * Opens a mailbox for a transaction just accepted, or returns null if the transaction is already in memory. The
     * mailbox waits for {@link Mailbox#begin}.
     *
     * @param weight already counted
     */
    @Nullable
    Mailbox openAccepted(GlobalTransaction transaction, Memory.Weight weight) {
        Event opening = isDraining ? new Event.DrainDue() : new Event.Proceed();
        Mailbox mailbox = new Mailbox(ports, transaction, opening, 0, null, weight);
        return there(mailbox) == null ? inTime(mailbox) : null;
    }

    /** Returns a mailbox for a row without an owner, or the existing mailbox. */
    Mailbox openUnheld(OpenRow row) {
        GlobalTransaction transaction = ports.rows().transaction(row, false);
        Event opening = opening(transaction, row.rev());
        Mailbox mailbox = new Mailbox(ports, transaction, opening, 0, row.dueAt(), counted(row));
        Mailbox there = there(mailbox);
        return there == null ? mailbox : there;
    }

    /** Returns the first event for a row that is taken for an action, or null. */
    @Nullable
    Event opening(GlobalTransaction transaction, long rev) {
        boolean mayHaveCalls =
                transaction.state() != TransactionState.BEGUN && !Rows.isClean(transaction.progress(), rev);
        return mayHaveCalls ? claimed(false, 0) : null;
    }

    /** Returns an unregistered mailbox that answers one action. */
    Mailbox passing(GlobalTransaction transaction, @Nullable Instant dueAt) {
        return new Mailbox(ports, transaction, null, 0, dueAt, new Memory.Weight(memory, 0));
    }

    private Memory.Weight counted(OpenRow row) {
        return new Memory.Weight(memory, row.payloadBytes()).enter();
    }

    /** Returns the existing mailbox of the gid, or adds this one and returns null. */
    private @Nullable Mailbox there(Mailbox mailbox) {
        Mailbox there = lookup.add(mailbox);
        if (there != null) {
            mailbox.weight().leave();
        }
        return there;
    }

    /** Takes in a claimed row. An existing mailbox is out of date, because the claim found the row without an owner. */
    public void install(OpenRow row, boolean isFromDead) {
        Mailbox mailbox = claimed(row, isFromDead);
        if (mailbox != null) {
            Mailbox stale = lookup.replace(mailbox);
            if (stale != null) {
                stale.supersede();
            }
            inTime(mailbox).begin();
        }
    }

    /** Takes in an orphaned row. */
    void takeIn(OpenRow row) {
        Mailbox mailbox = claimed(row, true);
        if (mailbox != null && there(mailbox) == null) {
            inTime(mailbox).begin();
        }
    }

    private @Nullable Mailbox claimed(OpenRow row, boolean isFromDead) {
        try {
            GlobalTransaction transaction = ports.rows().transaction(row, true);
            boolean isClean = !isFromDead && Rows.isClean(transaction.progress(), row.rev() - 1);
            Event opening = claimed(isClean, row.adoptions());
            return new Mailbox(ports, transaction, opening, row.rev(), null, counted(row));
        } catch (RuntimeException cannotGoOn) {
            // Damaged bytes may cause any exception. This incarnation owns the row already, and no mailbox would hold
            // it. Therefore the row is parked, and entente_transactions_parked_total counts it by its reason.
            ports.host().park(row.gid(), cannotGoOn);
            return null;
        }
    }

    private Event claimed(boolean isClean, int adoptions) {
        return new Event.Claimed(ports.store().incarnation(), isClean, adoptions);
    }

    /** Applies an abandon or a drain that happened while the mailbox was opened. */
    private Mailbox inTime(Mailbox mailbox) {
        if (isAbandoned) {
            mailbox.abandon();
        } else if (isDraining) {
            mailbox.happen(new Event.DrainDue());
        }
        return mailbox;
    }

    /**
     * Does what {@link #inTime} does, for a mailbox opened for an action. If too much memory is used, the row rests
     * after the action.
     */
    void openedForAct(Mailbox mailbox) {
        inTime(mailbox);
        if (memory.isTooMuch()) {
            mailbox.happen(new Event.DrainDue());
        }
    }

    /** Returns whether rows are still taken in: not while draining, and not without the lease. */
    public boolean isTaking() {
        return !isDraining && !isAbandoned && lease.isHeld();
    }

    void drain() {
        isDraining = true;
        lookup.mailboxes().forEach(mailbox -> mailbox.happen(new Event.DrainDue()));
    }

    void abandon() {
        isAbandoned = true;
        lookup.mailboxes().forEach(Mailbox::abandon);
    }
}
