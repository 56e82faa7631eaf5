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
 * Keeps the order of deliveries with one ordering key. The order was settled when they were accepted. Whether the one
 * before has ended stands in its row, and nowhere else: so any coordinator may ask, after any crash. Once ended it
 * stays so; if it ended without being acknowledged, the one before that is asked.
 *
 * <p>The write that ends a delivery makes the row due that rests behind it, and wakes what waits behind it in memory
 * here. For what another coordinator ends, one statement at a time reads the revs of the rows that are waited for.
 * Thread-safe.
 */
final class DeliveryOrder {
    /** How long a delivery waits in memory, and again, before it is looked whether the one before it rests. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** The least time between two looks at the rows that are waited for, twice as long at most. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private static final int ROWS_PER_LOOK = 500;
    /** Rows of which it is also looked whether they rest, at each look. */
    private static final int RESTS_PER_LOOK = 50;
    /**
     * The least rest of rows behind one that rests, half as long again at most: longer than is waited in memory. It
     * ends earlier with the delivery that is waited for, unless that was under way to its end just then.
     */
    private static final Duration BEHIND_WHAT_RESTS = Duration.ofMillis(10_100);

    private final TransactionLookup lookup;
    private final Memory memory;
    private final TransactionStore store;
    private final Rows rows;
    private final World world;
    /** Those that wait in memory, by the gid of the message that they wait for. */
    private final ConcurrentHashMap<String, List<Waiter>> behind = new ConcurrentHashMap<>();

    private final AtomicBoolean isLooking = new AtomicBoolean();
    /** The gids that are still to be looked at before the first comes again. For the look under way alone. */
    private Iterator<String> turns = Collections.emptyIterator();

    DeliveryOrder(TransactionLookup lookup, Memory memory, TransactionStore store, Rows rows, World world) {
        this.lookup = lookup;
        this.memory = memory;
        this.store = store;
        this.rows = rows;
        this.world = world;
    }

    /** The lanes of a message's deliveries: a topic's subscribers are in the topic's, others in their target's. */
    static List<NewTransaction.Lane> lanes(Plan plan) {
        if (!plan.terms().isOrdered()) {
            return List.of();
        }
        String key = plan.terms().orderingKey();
        List<NewTransaction.Lane> lanes = new ArrayList<>();
        plan.terms()
                .topics()
                .forEach((delivery, topic) ->
                        lanes.add(new NewTransaction.Lane(delivery, "topic " + topic + " " + key)));
        for (Branch branch :
                plan.branches().subList(plan.checkBack() + 1, plan.branches().size())) {
            lanes.add(new NewTransaction.Lane(branch.id(), target(branch) + " " + key));
        }
        return List.copyOf(lanes);
    }

    private static String target(Branch branch) {
        return switch (branch.forward().target()) {
            case Target.Grpc(String participant, String method) -> "grpc " + participant + "/" + method;
            case Target.Http http -> "http " + http.method() + " " + http.participant() + http.path();
            case Target.Kafka kafka -> kafka.text();
        };
    }

    /** A delivery that waits in memory. In the hands of one look at a time. */
    private static final class Waiter {
        final Mailbox mailbox;
        final int branch;
        /** The delivery whose predecessor is asked: its own, or that of one which came to nothing before it. */
        String gid;

        String name;
        /** The rev of the row that it waits for; negative where it must be looked at in any case. */
        long rev = -1;

        Instant patientUntil;
        /** The head that it was told last, or null. */
        @Nullable
        String known;

        Waiter(Mailbox mailbox, int branch, Instant patientUntil) {
            GlobalTransaction transaction = mailbox.transaction();
            this.mailbox = mailbox;
            this.branch = branch;
            this.gid = transaction.gid();
            this.name = transaction.plan().branches().get(branch).id();
            this.patientUntil = patientUntil;
            this.known = transaction.progress().branch(branch).blockedBy();
        }

        String delivery() {
            int dot = name.indexOf('.');
            return dot < 0 ? name : name.substring(0, dot);
        }

        /** Returns the branch of its receiver in the message of that delivery. */
        String branchOf(String delivery) {
            int dot = name.indexOf('.');
            return dot < 0 ? delivery : delivery + name.substring(dot);
        }
    }

    /**
     * Tells the mailbox when it is that branch's turn. Until then it tells what blocks it, whenever that is seen to
     * change; and for the last time, once the one before rests, when to ask again. What was blocked before is told so
     * at once.
     */
    void await(Mailbox mailbox, int branch) {
        boolean isNew = mailbox.transaction().progress().branch(branch).blockedBy() == null;
        Instant now = world.now();
        look(new Waiter(mailbox, branch, isNew ? now.plus(PATIENCE) : now));
    }

    /** Something of that message has become durable. */
    void moved(GlobalTransaction transaction) {
        if (transaction.plan().terms().isOrdered()) {
            take(transaction.gid(), _ -> true).forEach(this::look);
        }
    }

    /** Looks again at what fails: a delivery that is never answered would hold up all that come after it. */
    private void look(Waiter waiter) {
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
            waiter.mailbox.happen(new Event.TurnCame(waiter.branch));
            return;
        }
        String branch = waiter.branchOf(ahead.delivery());
        @Nullable Snapshot row;
        try {
            row = ahead.row() == null ? null : Snapshots.of(ahead.row(), rows);
        } catch (UnreadableRow unreadable) {
            blocked(waiter, ahead, ahead.gid()); // until somebody can read it
            return;
        }
        int index = row == null ? -1 : row.plan().indexOf(branch);
        BranchState state = row == null || index < 0
                ? BranchState.SKIPPED
                : row.progress().branch(index).state();
        if (state == BranchState.DONE) {
            waiter.mailbox.happen(new Event.TurnCame(waiter.branch)); // whatever was before it has ended as well
        } else if (row == null
                || state == BranchState.SKIPPED
                || row.progress().state().isTerminal()) {
            // Without effect, of an unknown end, or to one not subscribed then: it says nothing of the one before it.
            waiter.gid = ahead.gid();
            waiter.name = branch;
            look(waiter);
        } else {
            blocked(waiter, ahead, head(row, branch));
        }
    }

    /** Finds what blocks the lane of that delivery at its head, as far as is known. A parked one stays where it is. */
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
        Instant now = world.now();
        if (!now.isBefore(waiter.patientUntil)) {
            if (ahead.row() instanceof OpenRow row && isAtRest(row, now)) {
                waiter.mailbox.happen(new Event.Blocked(waiter.branch, head, BEHIND_WHAT_RESTS));
                return;
            }
            waiter.patientUntil = now.plus(PATIENCE);
        }
        if (!head.equals(waiter.known)) {
            waiter.known = head;
            waiter.mailbox.happen(new Event.Blocked(waiter.branch, head, null));
        }
        waits(waiter, ahead.gid(), ahead.row() instanceof OpenRow row ? row.rev() : -1);
    }

    /**
     * Tells whether the row is in nobody's hands, and the memory that those behind it hold may be what it waits for.
     * One that is begun does not rest: its client may commit at any moment.
     */
    private boolean isAtRest(OpenRow row, Instant now) {
        if (row.owner() != null) {
            return memory.isWaitingForRoom(row.owner());
        }
        boolean isDue = row.dueAt() != null && !row.dueAt().isAfter(now);
        return row.state() == TransactionState.BEGUN ? isDue && !memory.hasRoom() : !isDue || !memory.hasRoom();
    }

    // ---- what others end

    private void waits(Waiter waiter, String ahead, long rev) {
        waiter.rev = rev;
        behind.compute(ahead, (_, others) -> {
            List<Waiter> all = others == null ? new ArrayList<>(1) : others;
            all.add(waiter);
            return all;
        });
        lookLater();
    }

    /** Removes those that wait for that message and are wanted, and those that wait no more. */
    private List<Waiter> take(String ahead, Predicate<Waiter> isWanted) {
        List<Waiter> taken = new ArrayList<>();
        behind.computeIfPresent(ahead, (_, all) -> {
            all.removeIf(waiter ->
                    !waiter.mailbox.awaitsTurn(waiter.branch) || (isWanted.test(waiter) && taken.add(waiter)));
            return all.isEmpty() ? null : all;
        });
        return taken;
    }

    private void lookLater() {
        if (isLooking.compareAndSet(false, true)) {
            long millis = BETWEEN_LOOKS.toMillis();
            long jitter = Math.floorMod(world.random().getAsLong(), millis);
            world.timers().schedule(BETWEEN_LOOKS.plusMillis(jitter), this::look);
        }
    }

    private void look() {
        turns = turns.hasNext() ? turns : behind.keySet().iterator();
        List<String> asked = new ArrayList<>();
        while (turns.hasNext() && asked.size() < ROWS_PER_LOOK) {
            String ahead = turns.next();
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
                isLooking.set(false);
                if (!behind.isEmpty()) {
                    lookLater();
                }
            }
        });
    }

    /** Looks closer at those whose predecessor has moved, and at some of those that have waited for long. */
    private void looked(List<String> asked, Map<String, Long> revs) {
        Instant now = world.now();
        int patient = RESTS_PER_LOOK;
        for (String ahead : asked) {
            long rev = revs.getOrDefault(ahead, -1L);
            boolean isPatient = patient <= 0;
            List<Waiter> taken = take(
                    ahead,
                    waiter -> waiter.rev != rev || rev < 0 || (!isPatient && !now.isBefore(waiter.patientUntil)));
            patient -= taken.size();
            taken.forEach(this::look);
        }
    }
}
