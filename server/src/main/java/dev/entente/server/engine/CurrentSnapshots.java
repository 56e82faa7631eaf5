package dev.entente.server.engine;

import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Shows transactions as they stand: from memory while the lease is held, else from their rows. Thread-safe. */
final class CurrentSnapshots {
    private final OpenMailboxes mailboxes;
    private final TransactionStore store;
    private final Rows rows;
    private final Strays strays;

    CurrentSnapshots(OpenMailboxes mailboxes, TransactionStore store, Rows rows, Strays strays) {
        this.mailboxes = mailboxes;
        this.store = store;
        this.rows = rows;
        this.strays = strays;
    }

    /** The transaction as its owner knows it, or {@link HeldElsewhere}. */
    CompletableFuture<Snapshot> get(String gid) {
        Mailbox mailbox = mailboxes.trusted(gid);
        if (mailbox != null) {
            CompletableFuture<Snapshot> answer = new CompletableFuture<>();
            mailbox.look(answer);
            return answer;
        }
        return stored(gid);
    }

    /** The row as it stands, or {@link HeldElsewhere}. */
    CompletableFuture<Snapshot> stored(String gid) {
        return Failures.translated(store.read(gid).thenApply(row -> seen(gid, row, true)));
    }

    /** A mailbox that closes meanwhile looks again, and then another incarnation may hold the row. */
    CompletableFuture<Snapshot> view(String gid) {
        return mailboxes.trusted(gid) == null
                ? asStored(gid)
                : get(gid).exceptionallyCompose(failure -> Failures.cause(failure) instanceof HeldElsewhere
                        ? asStored(gid)
                        : CompletableFuture.failedFuture(failure));
    }

    private CompletableFuture<Snapshot> asStored(String gid) {
        return Failures.translated(store.read(gid).thenApply(row -> seen(gid, row, false)));
    }

    /**
     * The transaction for somebody who may know of some alone. Of all others it hears after one look at the table, as
     * of one that is not there: the memory answers sooner, and still answers when the database does not.
     *
     * @param asksOwner whether {@link HeldElsewhere} is an answer
     */
    CompletableFuture<Snapshot> known(String gid, Predicate<Plan> mayKnow, boolean asksOwner) {
        Mailbox mailbox = mailboxes.trusted(gid);
        if (mailbox == null) {
            return fromRow(gid, mayKnow, asksOwner);
        }
        CompletableFuture<Snapshot> answer = new CompletableFuture<>();
        mailbox.look(answer);
        return answer.thenApply(snapshot -> Optional.of(snapshot).filter(seen -> mayKnow.test(seen.plan())))
                .exceptionally(_ -> Optional.empty())
                .thenCompose(found -> found.map(CompletableFuture::completedFuture)
                        .orElseGet(() -> fromRow(gid, mayKnow, asksOwner)));
    }

    private CompletableFuture<Snapshot> fromRow(String gid, Predicate<Plan> mayKnow, boolean asksOwner) {
        return Failures.translated(store.read(gid).thenApply(row -> {
            if (row != null && isElsewhere(row)) {
                refuseUnknown(gid, of(row), mayKnow);
            }
            return refuseUnknown(gid, seen(gid, row, asksOwner), mayKnow);
        }));
    }

    private static Snapshot refuseUnknown(String gid, Snapshot snapshot, Predicate<Plan> mayKnow) {
        if (!mayKnow.test(snapshot.plan())) {
            throw Refusal.notFound(gid);
        }
        return snapshot;
    }

    private boolean isElsewhere(StoredTransaction row) {
        return row instanceof OpenRow open && open.owner() != null && open.owner() != store.incarnation();
    }

    private Snapshot seen(String gid, @Nullable StoredTransaction row, boolean asksOwner) {
        if (row == null) {
            throw Refusal.notFound(gid);
        }
        if (asksOwner && row instanceof OpenRow open && open.owner() != null && isElsewhere(open)) {
            throw new HeldElsewhere(open.owner());
        }
        if (row instanceof OpenRow open && open.isOwnedBy(store.incarnation()) && !strays.mayBeHeld(gid)) {
            strays.suspect(); // a look may have passed it over, for it was being sent again just then
        }
        return of(row);
    }

    Snapshot of(StoredTransaction row) {
        return Snapshots.of(row, rows);
    }
}
