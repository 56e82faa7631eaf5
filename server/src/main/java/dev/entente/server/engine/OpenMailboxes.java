package dev.entente.server.engine;

import dev.entente.core.decision.Event;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.OpenRow;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** Holds the transactions in memory, and knows for how many more there is room. Thread-safe; nothing blocks. */
final class OpenMailboxes {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final ConcurrentMap<String, Mailbox> mailboxes;
    private final Host host;
    private final Lease lease;
    private final PayloadMemory load;
    private final ParticipantShares shares;
    private final EngineSettings settings;
    private volatile boolean isAbandoned;
    private volatile boolean isDraining;

    /** @param mailboxes by gid; changed here alone */
    OpenMailboxes(
            ConcurrentMap<String, Mailbox> mailboxes,
            Host host,
            Lease lease,
            PayloadMemory load,
            ParticipantShares shares,
            EngineSettings settings) {
        this.mailboxes = mailboxes;
        this.host = host;
        this.lease = lease;
        this.load = load;
        this.shares = shares;
        this.settings = settings;
    }

    // ---- who is here

    @Nullable
    Mailbox mailbox(String gid) {
        return mailboxes.get(gid);
    }

    /**
     * Returns the mailbox if the lease is held. Without the lease another coordinator may have ended the transaction,
     * and only the row tells.
     */
    @Nullable
    Mailbox trusted(String gid) {
        return lease.isHeld() ? mailboxes.get(gid) : null;
    }

    int count() {
        return mailboxes.size();
    }

    /** Forgets a mailbox that is closed, and tells whether the gid has left memory with it. */
    boolean closed(Mailbox mailbox) {
        mailbox.weight().leave();
        return mailboxes.remove(mailbox.gid(), mailbox);
    }

    // ---- who comes

    /** Why nothing is accepted now, or null. */
    @Nullable
    Refusal refusal() {
        if (isDraining) {
            return Refusal.temporary(
                    ErrorCode.DRAINING,
                    "this coordinator is shutting down; send the same gid to another, or again",
                    SHORTLY);
        }
        return lease.isHeld()
                ? null
                : Refusal.temporary(
                        ErrorCode.LEASE_LOST, "this coordinator's lease has lapsed; send the same gid again", SHORTLY);
    }

    /**
     * Opens a mailbox for a transaction just accepted, or returns null if it is in memory already. It waits for {@link
     * Mailbox#begin}.
     *
     * @param weight counted
     */
    @Nullable
    Mailbox openAccepted(GlobalTransaction transaction, @Nullable String traceparent, Weight weight) {
        Event opening = isDraining ? new Event.DrainDue() : new Event.Proceed();
        Mailbox mailbox = new Mailbox(host, transaction, opening, 0, null, weight);
        mailbox.trace(traceparent);
        return there(mailbox) == null ? inTime(mailbox) : null;
    }

    /** A mailbox for a row that nobody holds, or the one that is there already. */
    Mailbox openUnheld(OpenRow row) {
        GlobalTransaction transaction = host.books().rows().transaction(row, false);
        boolean mayHaveCalls =
                transaction.state() != TransactionState.BEGUN && !Rows.isClean(transaction.progress(), row.rev());
        Event opening = mayHaveCalls ? claimed(false, 0) : null;
        Mailbox mailbox = new Mailbox(
                host, transaction, opening, 0, row.dueAt(), weight(row).enter());
        Mailbox there = there(mailbox);
        return there == null ? mailbox : there;
    }

    /** A mailbox that answers one act and is held by nobody. */
    Mailbox passing(GlobalTransaction transaction, @Nullable Instant dueAt) {
        return new Mailbox(host, transaction, null, 0, dueAt, unweighed(0));
    }

    /** A weight that does not count yet. */
    Weight unweighed(long bytes) {
        return new Weight(load, bytes);
    }

    private Weight weight(OpenRow row) {
        return unweighed(row.payloadBytes());
    }

    /** The one that is there already, or null: then it is this one from now on. */
    private @Nullable Mailbox there(Mailbox mailbox) {
        Mailbox there = mailboxes.putIfAbsent(mailbox.gid(), mailbox);
        if (there != null) {
            mailbox.weight().leave();
        } else {
            shares.grown();
        }
        return there;
    }

    /**
     * Takes in a claimed row. Whatever held it here until now is out of date: the claim found the row without an owner.
     */
    void install(OpenRow row, boolean isFromDead) {
        Mailbox mailbox = claimed(row, isFromDead);
        if (mailbox != null) {
            Mailbox stale = mailboxes.put(row.gid(), mailbox);
            shares.grown();
            if (stale != null) {
                stale.supersede();
            }
            inTime(mailbox).begin();
        }
    }

    /** Takes in a row that is ours and in nobody's hands. */
    void takeIn(OpenRow row) {
        Mailbox mailbox = claimed(row, true);
        if (mailbox != null && there(mailbox) == null) {
            inTime(mailbox).begin();
        }
    }

    private @Nullable Mailbox claimed(OpenRow row, boolean isFromDead) {
        try {
            GlobalTransaction transaction = host.books().rows().transaction(row, true);
            boolean isClean = !isFromDead && Rows.isClean(transaction.progress(), row.rev() - 1);
            Event opening = claimed(isClean, row.adoptions());
            return new Mailbox(
                    host, transaction, opening, row.rev(), null, weight(row).enter());
        } catch (RuntimeException cannotGoOn) {
            // Damaged bytes may make the reading throw anything. The row is ours already, and would stay in nobody's
            // hands: it is parked, and entente_transactions_parked_total counts it by its reason.
            host.stopped(row.gid(), cannotGoOn);
            return null;
        }
    }

    private Event claimed(boolean isClean, int adoptions) {
        return new Event.Claimed(host.books().store().incarnation(), isClean, adoptions);
    }

    /** Applies to a new mailbox that the engine was ended or drained while it was opened. */
    Mailbox inTime(Mailbox mailbox) {
        if (isAbandoned) {
            mailbox.abandon();
        } else if (isDraining) {
            mailbox.happen(new Event.DrainDue());
        }
        return mailbox;
    }

    // ---- room

    /** How many more transactions may be taken into memory. */
    int room() {
        return Math.max(0, settings.maxOpen() - mailboxes.size());
    }

    /** Tells whether another transaction may be taken into memory. */
    boolean hasRoom() {
        return room() > 0 && load.hasRoom();
    }

    /** Tells whether more is held than may stay. */
    boolean holdsTooMuch() {
        return load.isTooMuch();
    }

    /**
     * How many more rows may be claimed: a few even where there is no room, if it is one participant that has it all.
     */
    int roomToClaim() {
        if (hasRoom()) {
            return room();
        }
        int grace = shares.grace();
        boolean isFarBeyond = load.heldBytes() - settings.maxOpenBytes() >= settings.maxOpenBytes() / 8;
        return isFarBeyond ? 0 : Math.clamp((long) settings.maxOpen() + grace - mailboxes.size(), 0, grace);
    }

    // ---- the end

    boolean isTaking() {
        return !isDraining && !isAbandoned && lease.isHeld();
    }

    void drain() {
        isDraining = true;
        mailboxes.values().forEach(mailbox -> mailbox.happen(new Event.DrainDue()));
    }

    void abandon() {
        isAbandoned = true;
        mailboxes.values().forEach(Mailbox::abandon);
    }
}
