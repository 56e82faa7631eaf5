package dev.entente.server.engine;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lookup of transactions: in memory, otherwise in their rows. It records that orphaned rows may exist, for {@link
 * OrphanedRows}. Thread-safe.
 */
final class TransactionLookup {
    private static final int MAX_TRIES = 8;
    private static final Duration PAUSE = Duration.ofMillis(25);
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final TransactionStore store;
    private final Lease lease;
    private final EngineEnvironment environment;
    private final Predicate<String> isBeingParked;
    /** The mailboxes by gid. */
    private final ConcurrentMap<String, Mailbox> mailboxes = new ConcurrentHashMap<>();
    /** The gids with an accept in flight: a mailbox may be about to open. */
    private final Set<String> arriving = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean isSuspected = new AtomicBoolean();

    /** @param isBeingParked tests a gid */
    TransactionLookup(
            TransactionStore store, Lease lease, EngineEnvironment environment, Predicate<String> isBeingParked) {
        this.store = store;
        this.lease = lease;
        this.environment = environment;
        this.isBeingParked = isBeingParked;
    }

    // ---- in memory

    @Nullable
    Mailbox mailbox(String gid) {
        return mailboxes.get(gid);
    }

    /**
     * Returns the mailbox if the lease is held. Without the lease another coordinator may have finished the
     * transaction, and only the row is reliable.
     */
    @Nullable
    Mailbox trusted(String gid) {
        return lease.isHeld() ? mailboxes.get(gid) : null;
    }

    /**
     * Returns the matching transactions that are held here.
     *
     * @throws Refusal ENT-054 without the lease
     */
    List<GlobalTransaction> held(Predicate<GlobalTransaction> wanted) {
        if (!lease.isHeld()) {
            throw Refusal.temporary(
                    ErrorCode.LEASE_LOST, ErrorCode.LEASE_LOST.meaning() + "; send the request again", SHORTLY);
        }
        return mailboxes.values().stream()
                .map(Mailbox::transaction)
                .filter(transaction -> transaction.ownership().isHeld() && wanted.test(transaction))
                .toList();
    }

    /** Returns a live view of all mailboxes. */
    Collection<Mailbox> mailboxes() {
        return mailboxes.values();
    }

    /** Adds the mailbox and returns null, or returns the existing mailbox of the gid. */
    @Nullable
    Mailbox add(Mailbox mailbox) {
        return mailboxes.putIfAbsent(mailbox.gid(), mailbox);
    }

    /** Replaces the mailbox of the gid. Returns the replaced mailbox, or null. */
    @Nullable
    Mailbox replace(Mailbox mailbox) {
        return mailboxes.put(mailbox.gid(), mailbox);
    }

    /** Removes the mailbox, unless another one has taken its place. */
    void remove(Mailbox mailbox) {
        mailboxes.remove(mailbox.gid(), mailbox);
    }

    /** Records that an accept of that gid begins. Returns false if one is already in flight. */
    boolean arrives(String gid) {
        return arriving.add(gid);
    }

    /** Records that the accept of that gid has ended. */
    void arrived(String gid) {
        arriving.remove(gid);
    }

    /** Returns whether the row of this gid is in memory, being loaded, or being parked. */
    boolean mayHold(String gid) {
        return mailboxes.containsKey(gid) || arriving.contains(gid) || isBeingParked.test(gid);
    }

    // ---- in the table

    /** Reads the row, and records whether it is orphaned. Any exception becomes the failure of the future. */
    CompletableFuture<RowState> row(String gid) {
        return RowState.at(gid, store).thenApply(row -> {
            if (row instanceof RowState.Ours && !mayHold(gid)) {
                noteOrphans(); // a search may have skipped the row during a repeated submission
            }
            return row;
        });
    }

    /** Repeats the lookup of a moved transaction after a pause, or gives up after the maximum number of tries. */
    <T> CompletableFuture<T> again(String gid, int tries, Supplier<CompletableFuture<T>> next) {
        if (tries >= MAX_TRIES) {
            return CompletableFuture.failedFuture(Refusal.temporary(
                    ErrorCode.OWNER_UNREACHABLE,
                    "'" + gid + "' is moving to another coordinator; repeat the request",
                    SHORTLY));
        }
        long jitter = Math.floorMod(environment.random().getAsLong(), PAUSE.toMillis());
        CompletableFuture<Void> pause = new CompletableFuture<>();
        environment
                .timers()
                .schedule(PAUSE.multipliedBy(1L << Math.min(tries, 6)).plusMillis(jitter), () -> pause.complete(null));
        return pause.thenCompose(_ -> next.get());
    }

    // ---- orphaned rows

    /** Records that this incarnation may own a row without a mailbox. */
    void noteOrphans() {
        isSuspected.set(true);
    }

    boolean isSuspected() {
        return isSuspected.get();
    }

    /** Records that a search for orphaned rows begins. */
    void searched() {
        isSuspected.set(false);
    }
}
