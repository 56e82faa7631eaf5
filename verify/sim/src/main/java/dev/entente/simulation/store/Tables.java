package dev.entente.simulation.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.Membership.Peer;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The database of a simulation, which all incarnations share. Each method is one statement of the real store, with the
 * same guards. Thread-safe; each call is atomic.
 *
 * <p>It refuses (IllegalStateException) what the real tables' check refuses: a row without an owner that is never due
 * and not parked.
 */
public final class Tables {
    /** More than any transaction raises its fence between two failovers. */
    private static final long FENCES = 1_000_000;

    private final Supplier<Instant> clock;
    private final StoreMutant mutant;
    private final NavigableMap<String, OpenRow> open = new TreeMap<>();
    private final NavigableMap<String, FinishedRow> finished = new TreeMap<>();
    private final Map<String, Map<String, String>> labels = new HashMap<>();
    private final List<AuditRecord> audit = new ArrayList<>();
    private final Incarnations incarnations = new Incarnations();
    /** The park marks that a failover's mark replaced. */
    private final Map<String, Parked> covered = new HashMap<>();

    private final DeliveryQueues queues = new DeliveryQueues();
    private final StoreFaults storeFaults = new StoreFaults();
    private final ClaimableRows claimable;
    private long timeline = 1;
    private final List<RowFollower> followers = new ArrayList<>();

    public synchronized void followedBy(RowFollower follower) {
        followers.add(follower);
    }

    /** @param clock the database's clock */
    public Tables(Supplier<Instant> clock) {
        this(clock, StoreMutant.NONE);
    }

    public Tables(Supplier<Instant> clock, StoreMutant mutant) {
        this.clock = clock;
        this.mutant = mutant;
        claimable = new ClaimableRows(open, clock);
    }

    StoreMutant mutant() {
        return mutant;
    }

    /** Returns the faults of rows, programs and the complete database. */
    public StoreFaults storeFaults() {
        return storeFaults;
    }

    /** Reads a row as a coordinator does. */
    synchronized @Nullable StoredTransaction readStored(String gid) {
        StoredTransaction row = read(gid);
        return row instanceof OpenRow unfinished ? storeFaults.asRead(unfinished) : row;
    }

    private boolean isLeftTo(long incarnation, OpenRow row) {
        return mutant == StoreMutant.NEWER_CLAIMED || row.format() <= storeFaults.known(incarnation);
    }

    public synchronized List<OpenRow> openRows() {
        return List.copyOf(open.values());
    }

    public synchronized List<AuditRecord> auditEntries() {
        return List.copyOf(audit);
    }

    /** Returns the labels of a gid; empty if it has none. */
    public synchronized Map<String, String> labelsOf(String gid) {
        return labels.getOrDefault(gid, Map.of());
    }

    /** Returns a number that grows with each failover. A failover ends the incarnations that registered before it. */
    public synchronized long timeline() {
        return timeline;
    }

    /** Returns the number that a timeline's incarnations add to each rev, above the fences of earlier timelines. */
    long fenceFloor(long timeline) {
        return mutant == StoreMutant.FENCES_NOT_RAISED ? 0 : (timeline - 1) * FENCES;
    }

    /** Fails over to a standby: parks every open row, regardless of its owner, before anything else happens. */
    public synchronized void failOver() {
        parkAll(ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS, StoreMutant.DUE_AFTER_FAILOVER);
    }

    /** Restores a backup into a server that was started with {@code --park-all}. */
    public synchronized void restore() {
        parkAll(ParkReason.RESTORED, StoreMutant.DUE_AFTER_RESTORE);
    }

    private void parkAll(ParkReason reason, StoreMutant careless) {
        timeline++;
        for (OpenRow row : openRows()) {
            Parked before = row.parked();
            if (before != null && !before.reason().awaitsRecovery()) {
                covered.put(row.gid(), before);
            }
            Parked mark = new Parked(reason, "timeline " + timeline, clock.get());
            Instant due = mutant == careless ? row.deadlineAt() : null;
            put(new RowEdit(row).held(null, due).adoptions(0).parked(mark).row());
            followers.forEach(follower -> follower.failedOver(row.gid()));
        }
    }

    /** Releases the rows that failovers parked: due now, or parked with the previous mark. Returns their number. */
    public synchronized int recover() {
        int released = 0;
        for (OpenRow row : openRows()) {
            if (row.parked() != null && row.parked().reason().awaitsRecovery()) {
                Parked before = covered.remove(row.gid());
                Instant due = before == null ? clock.get() : row.deadlineAt();
                put(new RowEdit(row).held(null, due).parked(before).row());
                released++;
            }
        }
        return released;
    }

    synchronized void register(long incarnation, String node, String address) {
        incarnations.register(incarnation, node, address, clock.get());
    }

    /** Records that the process has ended and the database server has detected this. */
    public synchronized void processGone(long incarnation) {
        incarnations.lockIsFree(incarnation);
    }

    synchronized boolean isProcessGone(long incarnation) {
        return incarnations.isLockFree(incarnation);
    }

    /** Returns whether the incarnation is registered and not declared dead. */
    public synchronized boolean isAlive(long incarnation) {
        return incarnations.isAlive(incarnation);
    }

    /** Takes the session lock again if it was lost, and raises the beat. */
    synchronized boolean renew(long incarnation) {
        return incarnations.renew(incarnation);
    }

    synchronized List<Peer> peers() {
        Set<Long> owners = new HashSet<>();
        open.values().stream().map(OpenRow::owner).filter(Objects::nonNull).forEach(owners::add);
        return incarnations.peers(owners);
    }

    /** @param beat the required current beat; null for any */
    synchronized boolean declareDead(long incarnation, @Nullable Long beat) {
        boolean wasAlive = incarnations.isAlive(incarnation);
        boolean isDead = incarnations.declareDead(incarnation, beat, clock.get());
        if (wasAlive && isDead && beat != null && !incarnations.isLockFree(incarnation)) {
            storeFaults.declaredDead(incarnation, clock.get());
        }
        return isDead;
    }

    synchronized Instant now() {
        return clock.get();
    }

    /** Records that an incarnation received a request and sends it to the database. */
    synchronized void asked(long incarnation, String gid) {
        followers.forEach(follower -> follower.asked(incarnation, gid));
    }

    /** Returns null if the accept was refused because this incarnation was declared dead. */
    synchronized @Nullable AcceptResult accept(long incarnation, NewTransaction transaction) {
        StoredTransaction known = read(transaction.gid());
        if (known instanceof OpenRow row) {
            return new AcceptResult.Known(row.state(), row.requestDigest(), row.owner());
        }
        if (known instanceof FinishedRow row) {
            return new AcceptResult.Known(row.state(), row.requestDigest(), null);
        }
        if (!isAlive(incarnation)) {
            return null;
        }
        OpenRow row = RowEdit.accepted(incarnation, transaction, clock.get(), storeFaults.known(incarnation));
        put(row);
        followers.forEach(follower -> follower.accepted(row));
        queues.queueUp(transaction);
        if (!transaction.labels().isEmpty()) {
            labels.put(transaction.gid(), Map.copyOf(transaction.labels()));
        }
        Stream.ofNullable(transaction.audit()).forEach(audit::add);
        return new AcceptResult.Accepted();
    }

    /** Returns the delivery before that one in its queue, or null. */
    public synchronized @Nullable Predecessor ahead(String gid, String delivery) {
        Predecessor found = trueAhead(gid, delivery);
        return found == null ? null : new Predecessor(found.gid(), found.delivery(), readStored(found.gid()));
    }

    /** Returns the delivery before that one, even while its row is unreadable. */
    public synchronized @Nullable Predecessor trueAhead(String gid, String delivery) {
        Predecessor found = queues.ahead(gid, delivery);
        return found == null ? null : new Predecessor(found.gid(), found.delivery(), read(found.gid()));
    }

    /** Writes if the guard permits it, and returns whether it wrote. */
    synchronized boolean write(long incarnation, RowWrite write) {
        OpenRow row = open.get(write.gid());
        if (row == null
                || !(mutant == StoreMutant.FENCE_SKIPPED || guard(incarnation).holds(write, row))) {
            return false;
        }
        boolean isPark = write.change() instanceof RowWrite.Release rest && rest.parked() != null;
        if (!isPark && storeFaults.isFailing(write.gid())) {
            throw new IllegalStateException("a trigger refuses " + write.gid());
        }
        switch (write.change()) {
            case RowWrite.Flush flush -> put(RowEdit.flushed(incarnation, row, flush, storeFaults.known(incarnation)));
            case RowWrite.Release rest -> {
                claimable.hold(row.gid(), rest.heldBackBy());
                put(RowEdit.rested(row, rest, clock.get(), storeFaults.known(incarnation)));
            }
            case RowWrite.Finish finish -> finish(row, finish);
        }
        if (write.releasesQueues()) {
            queues.behind(write.gid()).forEach(this::wake);
        }
        StoredTransaction after = Objects.requireNonNull(read(row.gid()));
        followers.forEach(follower -> follower.wrote(incarnation, write, row, after));
        Stream.ofNullable(write.audit()).forEach(audit::add);
        return true;
    }

    private void wake(String gid) {
        OpenRow row = open.get(gid);
        if (row != null
                && row.state() == TransactionState.RUNNING
                && row.owner() == null
                && row.parked() == null
                && !claimable.isHeldBack(row)
                && Objects.requireNonNull(row.dueAt()).isAfter(clock.get())) {
            put(new RowEdit(row).held(null, clock.get()).row(row.rev()));
        }
    }

    private void finish(OpenRow row, RowWrite.Finish finish) {
        open.remove(row.gid());
        claimable.hold(row.gid(), null);
        finished.put(row.gid(), RowEdit.finished(row, finish, clock.get()));
    }

    private WriteGuard guard(long incarnation) {
        return new WriteGuard(incarnation, isAlive(incarnation), clock.get());
    }

    synchronized @Nullable ByteString register(String gid, ByteString branch, int maxPlanBytes) {
        OpenRow row = open.get(gid);
        WriteGuard guard = guard(0);
        if (row == null
                || row.state() != TransactionState.BEGUN
                || (mutant != StoreMutant.REGISTER_BY_STATE_ALONE
                        && (row.owner() != null || row.parked() != null || guard.isPastDeadline(row)))
                || row.plan().size() + branch.size() > maxPlanBytes) {
            return null;
        }
        ByteString plan = row.plan().concat(branch);
        boolean isCareless = mutant == StoreMutant.REGISTER_BY_STATE_ALONE;
        put(new RowEdit(row).plan(plan).row(isCareless ? row.rev() : row.rev() + 1));
        OpenRow grown = Objects.requireNonNull(open.get(gid));
        followers.forEach(follower -> follower.registered(grown));
        return plan;
    }

    public synchronized @Nullable StoredTransaction read(String gid) {
        OpenRow row = open.get(gid);
        return row != null ? row : finished.get(gid);
    }

    synchronized DueWork due() {
        return claimable.work();
    }

    synchronized List<OpenRow> claimDue(long incarnation, int bucket, int limit, long bytes) {
        return claim(incarnation, claimable.due(bucket), limit, bytes);
    }

    synchronized List<OpenRow> claimHeldBack(
            long incarnation, String participant, boolean onlyDue, int limit, long bytes) {
        List<OpenRow> claimed = claim(incarnation, claimable.heldBack(participant, onlyDue), limit, bytes);
        claimed.forEach(row -> claimable.hold(row.gid(), null));
        return claimed;
    }

    synchronized Map<String, Long> revs(List<String> gids) {
        return gids.stream()
                .map(open::get)
                .filter(Objects::nonNull)
                .collect(Collectors.toMap(OpenRow::gid, OpenRow::rev));
    }

    synchronized List<OpenRow> adopt(long incarnation, long dead, String afterGid, int limit, long bytes) {
        return isAlive(dead) ? List.of() : claim(incarnation, claimable.ownedBy(dead, afterGid), limit, bytes);
    }

    private List<OpenRow> claim(long incarnation, Stream<OpenRow> rows, int limit, long bytes) {
        if (!isAlive(incarnation)) {
            return List.of();
        }
        List<OpenRow> claimed = new ArrayList<>();
        long total = 0;
        for (OpenRow row :
                rows.filter(row -> isLeftTo(incarnation, row)).limit(limit).toList()) {
            if (mutant == StoreMutant.UNREADABLE_BLOCKS && storeFaults.wasDamaged(row.gid())) {
                return List.of();
            }
            total += row.payloadBytes();
            if (!claimed.isEmpty() && total > bytes) {
                break;
            }
            storeFaults.claimed(incarnation, row);
            OpenRow mine = new RowEdit(row)
                    .held(incarnation, null)
                    .adoptions(row.adoptions() + 1)
                    .row();
            put(mine);
            followers.forEach(follower -> follower.claimed(incarnation, row));
            claimed.add(storeFaults.asRead(mine));
        }
        return claimed;
    }

    synchronized List<OwnedRow> owned(long incarnation, String afterGid, int limit) {
        return claimable
                .ownedBy(incarnation, afterGid)
                .limit(limit)
                .map(row -> new OwnedRow(row.gid(), row.rev()))
                .toList();
    }

    private void put(OpenRow row) {
        if (row.owner() == null && row.dueAt() == null && row.parked() == null) {
            throw new IllegalStateException(row.gid() + " has no owner and no due time, and is not parked");
        }
        open.put(row.gid(), row);
    }
}
