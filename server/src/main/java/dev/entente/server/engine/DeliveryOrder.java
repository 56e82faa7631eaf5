package dev.entente.server.engine;

import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The order of the deliveries with one ordering key. The accept of a delivery fixes its position. Only the row of the
 * predecessor shows whether the predecessor has ended, so any coordinator can check after any crash. An end is final.
 * After an end without acknowledgement, the check continues with the next predecessor.
 *
 * <p>The write that ends a delivery makes the next resting row due, and wakes the waiting deliveries in this memory.
 * For deliveries that other coordinators end, one statement at a time reads the revs of the awaited rows. Thread-safe.
 */
final class DeliveryOrder {
    /** The time for which a delivery waits in memory before each check whether its predecessor rests. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** The minimum time between two reads of the awaited rows. The maximum is twice as long. */
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(100);

    private static final int MAX_ROWS = 500;
    /** The approximate number of waiters per read that also check whether the predecessor rests. */
    private static final int MAX_RECHECKS = 50;
    /**
     * The minimum rest of a row behind a resting row; the maximum is 1.5 times as long. It exceeds the longest wait in
     * memory. The end of the awaited delivery shortens the rest, unless that end was being written when the rest began.
     */
    private static final Duration BEHIND_WHAT_RESTS = Duration.ofMillis(10_100);

    private final TransactionLookup lookup;
    private final Memory memory;
    private final TransactionStore store;
    private final Rows rows;
    private final EngineEnvironment environment;
    /** The deliveries that wait in memory, by the gid of the awaited message. */
    private final ConcurrentHashMap<String, List<Waiter>> behind = new ConcurrentHashMap<>();

    private final AtomicBoolean isScheduled = new AtomicBoolean();
    /** The remaining gids of the current pass over all awaited messages. Used only by the read in progress. */
    private Iterator<String> gids = Collections.emptyIterator();

    DeliveryOrder(
            TransactionLookup lookup, Memory memory, TransactionStore store, Rows rows, EngineEnvironment environment) {
        this.lookup = lookup;
        this.memory = memory;
        this.store = store;
        this.rows = rows;
        this.environment = environment;
    }

    /** Returns the delivery queues of a message: one per topic for subscribers, one per target for other receivers. */
    static List<NewTransaction.Queue> queues(Plan plan) {
        if (!plan.terms().isOrdered()) {
            return List.of();
        }
        String key = plan.terms().orderingKey();
        List<NewTransaction.Queue> queues = new ArrayList<>();
        plan.terms()
                .topics()
                .forEach((delivery, topic) ->
                        queues.add(new NewTransaction.Queue(delivery, "topic " + topic + " " + key)));
        for (Branch branch :
                plan.branches().subList(plan.checkBack() + 1, plan.branches().size())) {
            queues.add(new NewTransaction.Queue(branch.id(), target(branch) + " " + key));
        }
        return List.copyOf(queues);
    }

    private static String target(Branch branch) {
        return switch (branch.forward().target()) {
            case Target.Grpc(String participant, String method) -> "grpc " + participant + "/" + method;
            case Target.Http http -> "http " + http.method() + " " + http.participant() + http.path();
            case Target.Kafka kafka -> kafka.text();
        };
    }

    /** A delivery that waits in memory. One read at a time uses the waiter. */
    private static final class Waiter {
        final Mailbox mailbox;
        final int branch;
        /**
         * The gid of the message with the delivery whose predecessor is read: the waiting message, or an earlier
         * message whose delivery had no effect.
         */
        String gid;

        String name;
        /** The rev of the awaited row; negative if the row must be read in any case. */
        long rev = -1;

        Instant waitUntil;
        /** The last reported head, or null. */
        @Nullable
        String known;

        Waiter(Mailbox mailbox, int branch, Instant waitUntil) {
            GlobalTransaction transaction = mailbox.transaction();
            this.mailbox = mailbox;
            this.branch = branch;
            this.gid = transaction.gid();
            this.name = transaction.plan().branches().get(branch).id();
            this.waitUntil = waitUntil;
            this.known = transaction.progress().branch(branch).blockedBy();
        }

        String delivery() {
            int dot = name.indexOf('.');
            return dot < 0 ? name : name.substring(0, dot);
        }

        /** Returns the branch of this receiver in the message with that delivery. */
        String branchOf(String delivery) {
            int dot = name.indexOf('.');
            return dot < 0 ? delivery : delivery + name.substring(dot);
        }
    }

    /**
     * Notifies the mailbox when the delivery of the branch is first in its queue. Until then, each change of the
     * blocking message is reported. Once the predecessor rests, the last report contains the time to ask again. For a
     * delivery that was already blocked, the check for rest is immediate.
     */
    void await(Mailbox mailbox, int branch) {
        boolean isNew = mailbox.transaction().progress().branch(branch).blockedBy() == null;
        Instant now = environment.now();
        check(new Waiter(mailbox, branch, isNew ? now.plus(TIMEOUT) : now));
    }

    /** Checks the deliveries behind that message again, because a change of the message is durable. */
    void moved(GlobalTransaction transaction) {
        if (transaction.plan().terms().isOrdered()) {
            take(transaction.gid(), _ -> true).forEach(this::check);
        }
    }

    /** Reads the predecessor, and repeats a failed read: a delivery without an answer blocks all later deliveries. */
    private void check(Waiter waiter) {
        Callbacks.when(Callbacks.of(() -> store.ahead(waiter.gid, waiter.delivery())), (ahead, failure) -> {
            boolean isLookedAt = false;
            try {
                if (failure == null) {
                    seen(waiter, ahead);
                    isLookedAt = true;
                }
            } finally {
                if (!isLookedAt) {
                    waits(waiter, waiter.gid, -1);
                }
            }
        });
    }

    private void seen(Waiter waiter, @Nullable Predecessor ahead) {
        if (ahead == null) {
            waiter.mailbox.happen(new Event.PositionReached(waiter.branch));
            return;
        }
        String branch = waiter.branchOf(ahead.delivery());
        @Nullable Snapshot row;
        try {
            row = ahead.row() == null ? null : Snapshots.of(ahead.row(), rows);
        } catch (UnreadableRow unreadable) {
            blocked(waiter, ahead, ahead.gid()); // until a coordinator can read the row
            return;
        }
        int index = row == null ? -1 : row.plan().indexOf(branch);
        BranchState state = row == null || index < 0
                ? BranchState.SKIPPED
                : row.progress().branch(index).state();
        if (state == BranchState.DONE) {
            waiter.mailbox.happen(
                    new Event.PositionReached(waiter.branch)); // all earlier deliveries have ended as well
        } else if (row == null
                || state == BranchState.SKIPPED
                || row.progress().state().isTerminal()) {
            // The delivery had no effect or no known outcome, or did not exist: an earlier one may still be open.
            waiter.gid = ahead.gid();
            waiter.name = branch;
            check(waiter);
        } else {
            blocked(waiter, ahead, head(row, branch));
        }
    }

    /** Returns the message that blocks the delivery's queue, as far as known. A parked message is the head itself. */
    private String head(Snapshot row, String branch) {
        Mailbox here = lookup.mailbox(row.gid());
        GlobalTransaction live = here == null ? null : here.transaction();
        int index = live == null ? -1 : live.plan().indexOf(branch);
        BranchProgress waiting = live == null || index < 0
                ? row.progress().branch(row.plan().indexOf(branch))
                : live.progress().branch(index);
        String further = row.progress().parked() == null ? waiting.blockedBy() : null;
        return further == null ? row.gid() : further;
    }

    private void blocked(Waiter waiter, Predecessor ahead, String head) {
        Instant now = environment.now();
        if (!now.isBefore(waiter.waitUntil)) {
            if (ahead.row() instanceof OpenRow row && isAtRest(row, now)) {
                waiter.mailbox.happen(new Event.Blocked(waiter.branch, head, BEHIND_WHAT_RESTS));
                return;
            }
            waiter.waitUntil = now.plus(TIMEOUT);
        }
        if (!head.equals(waiter.known)) {
            waiter.known = head;
            waiter.mailbox.happen(new Event.Blocked(waiter.branch, head, null));
        }
        waits(waiter, ahead.gid(), ahead.row() instanceof OpenRow row ? row.rev() : -1);
    }

    /**
     * Returns whether no coordinator works on the row. Such a row may need the memory that the deliveries behind it
     * use. A begun transaction that is not due does not rest: its client may commit at any moment.
     */
    private boolean isAtRest(OpenRow row, Instant now) {
        if (row.owner() != null) {
            return memory.isWaitingForCapacity(row.owner());
        }
        boolean isDue = row.dueAt() != null && !row.dueAt().isAfter(now);
        return row.state() == TransactionState.BEGUN ? isDue && !memory.hasCapacity() : !isDue || !memory.hasCapacity();
    }

    // ---- deliveries that other coordinators end

    private void waits(Waiter waiter, String ahead, long rev) {
        waiter.rev = rev;
        behind.compute(ahead, (_, others) -> {
            List<Waiter> all = others == null ? new ArrayList<>(1) : others;
            all.add(waiter);
            return all;
        });
        scheduleCheck();
    }

    /** Removes and returns the wanted waiters of that message, and removes waiters that no longer wait. */
    private List<Waiter> take(String ahead, Predicate<Waiter> isWanted) {
        List<Waiter> taken = new ArrayList<>();
        behind.computeIfPresent(ahead, (_, all) -> {
            all.removeIf(waiter ->
                    !waiter.mailbox.awaitsPosition(waiter.branch) || (isWanted.test(waiter) && taken.add(waiter)));
            return all.isEmpty() ? null : all;
        });
        return taken;
    }

    private void scheduleCheck() {
        if (isScheduled.compareAndSet(false, true)) {
            long millis = CHECK_INTERVAL.toMillis();
            long jitter = Math.floorMod(environment.random().getAsLong(), millis);
            environment.timers().schedule(CHECK_INTERVAL.plusMillis(jitter), this::check);
        }
    }

    private void check() {
        gids = gids.hasNext() ? gids : behind.keySet().iterator();
        List<String> asked = new ArrayList<>();
        while (gids.hasNext() && asked.size() < MAX_ROWS) {
            String ahead = gids.next();
            take(ahead, _ -> false);
            if (behind.containsKey(ahead)) {
                asked.add(ahead);
            }
        }
        Callbacks.when(Callbacks.of(() -> store.revs(asked)), (revs, _) -> {
            try {
                if (revs != null) {
                    looked(asked, revs);
                }
            } finally {
                isScheduled.set(false);
                if (!behind.isEmpty()) {
                    scheduleCheck();
                }
            }
        });
    }

    /** Reads the predecessor again for waiters with a changed row, and for some long waiters. */
    private void looked(List<String> asked, Map<String, Long> revs) {
        Instant now = environment.now();
        int patient = MAX_RECHECKS;
        for (String ahead : asked) {
            long rev = revs.getOrDefault(ahead, -1L);
            boolean isPatient = patient <= 0;
            List<Waiter> taken = take(
                    ahead, waiter -> waiter.rev != rev || rev < 0 || (!isPatient && !now.isBefore(waiter.waitUntil)));
            patient -= taken.size();
            taken.forEach(this::check);
        }
    }
}
