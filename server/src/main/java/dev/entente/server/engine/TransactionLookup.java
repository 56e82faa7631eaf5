package dev.entente.server.engine;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds transactions: in memory, else in their rows. Notes when it finds a row that is ours and that nobody holds, for
 * {@link Strays}. Thread-safe.
 */
final class TransactionLookup {
    private static final int MAX_TRIES = 8;
    private static final Duration PAUSE = Duration.ofMillis(25);
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final TransactionStore store;
    private final Lease lease;
    private final World world;
    private final Predicate<String> isBeingParked;
    /** By gid. */
    private final ConcurrentMap<String, Mailbox> mailboxes = new ConcurrentHashMap<>();
    /** The gids of which an accept is under way, so that a mailbox may be about to open. */
    private final Set<String> arriving = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean isSuspected = new AtomicBoolean();

    /** @param isBeingParked by gid */
    TransactionLookup(TransactionStore store, Lease lease, World world, Predicate<String> isBeingParked) {
        this.store = store;
        this.lease = lease;
        this.world = world;
        this.isBeingParked = isBeingParked;
    }

    // ---- in memory

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

    /** All of them: a view that changes with them. */
    Collection<Mailbox> mailboxes() {
        return mailboxes.values();
    }

    /** Adds the mailbox unless one of its gid is there, which is returned; else null. */
    @Nullable
    Mailbox add(Mailbox mailbox) {
        return mailboxes.putIfAbsent(mailbox.gid(), mailbox);
    }

    /** Puts the mailbox in the place of one of its gid, which is returned; null if there is none. */
    @Nullable
    Mailbox replace(Mailbox mailbox) {
        return mailboxes.put(mailbox.gid(), mailbox);
    }

    /** Removes the mailbox, unless another one has taken its place. */
    void remove(Mailbox mailbox) {
        mailboxes.remove(mailbox.gid(), mailbox);
    }

    /** Notes that an accept of that gid begins; returns false if one is under way. */
    boolean arrives(String gid) {
        return arriving.add(gid);
    }

    /** Notes that the accept of that gid is over. */
    void arrived(String gid) {
        arriving.remove(gid);
    }

    /** Tells whether the row of this gid is in memory, or on its way there, or being parked. */
    boolean mayHold(String gid) {
        return mailboxes.containsKey(gid) || arriving.contains(gid) || isBeingParked.test(gid);
    }

    // ---- in the table

    /** Looks at the row, and notes if it is a stray. Whatever is thrown is the future's failure. */
    CompletableFuture<RowLook> row(String gid) {
        return RowLook.at(gid, store).thenApply(row -> {
            if (row instanceof RowLook.Ours && !mayHold(gid)) {
                suspect(); // a search may have passed it over, for it was being sent again just then
            }
            return row;
        });
    }

    /** Looks again for a transaction that has moved, after a pause, or gives up after as many tries. */
    <T> CompletableFuture<T> again(String gid, int tries, Supplier<CompletableFuture<T>> next) {
        if (tries >= MAX_TRIES) {
            return CompletableFuture.failedFuture(Refusal.temporary(
                    ErrorCode.OWNER_UNREACHABLE, "'" + gid + "' is changing hands; ask again", SHORTLY));
        }
        long jitter = Math.floorMod(world.random().getAsLong(), PAUSE.toMillis());
        CompletableFuture<Void> pause = new CompletableFuture<>();
        world.timers()
                .schedule(PAUSE.multipliedBy(1L << Math.min(tries, 6)).plusMillis(jitter), () -> pause.complete(null));
        return pause.thenCompose(_ -> next.get());
    }

    // ---- rows of ours that nobody holds

    /** Notes that a row may be ours though nobody holds it. */
    void suspect() {
        isSuspected.set(true);
    }

    boolean isSuspected() {
        return isSuspected.get();
    }

    /** A search for such rows begins. */
    void searched() {
        isSuspected.set(false);
    }
}
