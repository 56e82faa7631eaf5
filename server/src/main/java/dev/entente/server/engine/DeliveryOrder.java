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
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order of deliveries with one ordering key. The order was settled when they were accepted. Whether the one
 * before has ended stands in its row, and nowhere else: so any coordinator may ask, after any crash. Once ended it
 * stays so; if it ended without being acknowledged, the one before that is asked. Thread-safe.
 */
final class DeliveryOrder {
    /** The time that a delivery waits in memory before its message shows what blocks it. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** The one before may be in another coordinator's hands. At least; at most twice as long. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    /**
     * However many look: 500 of them in a second at most, until that would take each longer than
     * {@link #LONGEST_TO_LOOK}.
     */
    private static final Duration OF_EACH_LOOK = Duration.ofMillis(2);

    private static final Duration LONGEST_TO_LOOK = Duration.ofSeconds(5);
    /**
     * The least rest of rows behind a head that rests, half as long again at most: longer than is waited in memory.
     */
    private static final Duration BEHIND_WHAT_RESTS = Duration.ofMillis(10_100);

    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final TransactionStore store;
    private final World world;
    private final Rows rows;
    private final Memory memory;
    /** Those who wait for that message to move on. */
    private final ConcurrentHashMap<String, List<Runnable>> waiting = new ConcurrentHashMap<>();
    /** The known blockers of the deliveries of each message that is in memory here, by branch. */
    private final ConcurrentHashMap<String, Map<String, String>> blockers = new ConcurrentHashMap<>();

    final RestingBehind resting = new RestingBehind();

    DeliveryOrder(TransactionStore store, World world, Rows rows, Memory memory) {
        this.store = store;
        this.world = world;
        this.rows = rows;
        this.memory = memory;
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

    /**
     * Tells when it is that branch's turn. Until then it tells what blocks it, whenever that is seen to change; and,
     * after a while and for the last time, when to ask again. Who was told before is told so at once if the head rests.
     *
     * @param tell not on the caller's thread alone, and perhaps before this returns
     */
    void await(GlobalTransaction transaction, int branch, Consumer<Event> tell) {
        String known = transaction.progress().branch(branch).blockedBy();
        look(new Looking(
                transaction.gid(),
                transaction.plan().branches().get(branch).id(),
                world.now().plus(PATIENCE),
                known != null,
                new Waiter(transaction.gid(), branch, tell, known)));
    }

    /** A message that is in memory here was told so: those behind it learn it from here. */
    void told(GlobalTransaction transaction, Event event) {
        if (event instanceof Event.Blocked blocked && blocked.head() != null) {
            String name = transaction.plan().branches().get(blocked.branch()).id();
            blockers.computeIfAbsent(transaction.gid(), _ -> new ConcurrentHashMap<>())
                    .put(name, blocked.head());
        }
    }

    /** @param known the head that it was told last, or null */
    private record Waiter(
            String gid,
            int branch,
            Consumer<Event> tell,
            @Nullable String known) {
        void itIsItsTurn() {
            tell.accept(new Event.TurnCame(branch));
        }

        void askAgain(@Nullable String head, Duration after) {
            tell.accept(new Event.Blocked(branch, head, after));
        }

        Waiter behind(String head) {
            if (head.equals(known)) {
                return this;
            }
            tell.accept(new Event.Blocked(branch, head, null));
            return new Waiter(gid, branch, tell, head);
        }
    }

    /**
     * For whom it is looked, behind whom.
     *
     * @param gid of the delivery whose predecessor is asked: its own, or that of one which came to nothing before it
     * @param asksHead whether it is looked at the head before the patience is over
     */
    private record Looking(String gid, String branch, Instant patientUntil, boolean asksHead, Waiter waiter) {

        String delivery() {
            int dot = branch.indexOf('.');
            return dot < 0 ? branch : branch.substring(0, dot);
        }

        /** With its dot; empty where a message names its receiver itself. */
        String subscriber() {
            int dot = branch.indexOf('.');
            return dot < 0 ? "" : branch.substring(dot);
        }

        Looking past(Standing.PassedOver over) {
            return new Looking(over.gid(), over.branch(), patientUntil, asksHead, waiter);
        }

        Looking behind(String head) {
            return new Looking(gid, branch, patientUntil, false, waiter.behind(head));
        }
    }

    private void look(Looking looking) {
        when(
                looking,
                () -> store.ahead(looking.gid(), looking.delivery()).thenCompose(this::asItStands),
                (before, failure) -> {
                    if (failure != null) {
                        notKnown(looking);
                        return;
                    }
                    switch (standing(before, looking.subscriber())) {
                        case Standing.Delivered _ -> looking.waiter().itIsItsTurn();
                        case Standing.PassedOver over -> look(looking.past(over));
                        case Standing.Blocking blocking -> blocked(looking, blocking, before);
                    }
                });
    }

    /** Looks again at what throws: a delivery that is never answered would hold up all that come after it. */
    private <T extends @Nullable Object> void when(
            Looking looking,
            Supplier<CompletableFuture<T>> question,
            BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
        Callbacks.when(Callbacks.of(question), (found, failure) -> {
            try {
                then.accept(found, failure);
            } catch (RuntimeException | Error defect) {
                notKnown(looking);
                throw defect;
            }
        });
    }

    private void notKnown(Looking looking) {
        Waiter waiter = looking.waiter();
        world.timers().schedule(untilNextLook(), () -> waiter.askAgain(waiter.known(), AT_ONCE));
    }

    /** Waits on, or makes the delivery rest: always behind one that waits for room, whose known head may have ended. */
    private void blocked(Looking looking, Standing.Blocking blocking, @Nullable Before before) {
        boolean isPatient = world.now().isBefore(looking.patientUntil());
        if (isPatient && !looking.asksHead()) {
            Looking next = looking.behind(blocking.head());
            lookAgain(blocking.gid(), () -> look(next));
            return;
        }
        when(looking, () -> store.read(blocking.head()), (head, _) -> {
            boolean isAtRest = waitsForRoom(before) || isAtRest(head, before);
            if (isPatient && !isAtRest) {
                Looking next = looking.behind(blocking.head());
                lookAgain(blocking.gid(), () -> look(next));
            } else {
                if (isAtRest && before != null) {
                    String ahead = before.ahead().delivery() + looking.subscriber();
                    resting.rests(looking.waiter().gid(), blocking.gid(), ahead);
                }
                looking.waiter().askAgain(blocking.head(), isAtRest ? BEHIND_WHAT_RESTS : AT_ONCE);
            }
        });
    }

    /** Tells whether the awaited message rests: the head, or the one before where the head has ended. */
    private boolean isAtRest(@Nullable StoredTransaction head, @Nullable Before before) {
        StoredTransaction awaited = head instanceof OpenRow ? head : before == null ? null : before.row();
        return awaited instanceof OpenRow row && isAtRest(row);
    }

    /** One that is begun does not rest: its client may commit at any moment. */
    private boolean isAtRest(OpenRow row) {
        if (waitsForRoom(row)) {
            return true;
        }
        if (row.owner() != null || row.state() == TransactionState.BEGUN) {
            return false;
        }
        return row.parked() != null || !memory.hasRoom() || (isDueLater(row) && isHead(row));
    }

    private boolean waitsForRoom(@Nullable Before before) {
        return before != null && before.row() instanceof OpenRow row && waitsForRoom(row);
    }

    /** Tells whether it is due, or was left behind, and waits for room in memory, which those behind must not hold. */
    private boolean waitsForRoom(OpenRow row) {
        if (row.owner() != null) {
            return memory.isWaitingForRoom(row.owner());
        }
        return row.dueAt() != null && !isDueLater(row) && !memory.hasRoom();
    }

    private boolean isDueLater(OpenRow row) {
        return row.dueAt() != null && row.dueAt().isAfter(world.now());
    }

    /** Tells whether the row waits for no other one. One that does shows its blocker by now. */
    private boolean isHead(OpenRow row) {
        try {
            return Snapshots.of(row, rows).progress().branches().stream()
                    .allMatch(branch -> branch.blockedBy() == null);
        } catch (UnreadableRow unreadable) {
            return true;
        }
    }

    /** The one before, with its row, which may have finished. */
    private record Before(Predecessor ahead, @Nullable StoredTransaction row) {}

    private CompletableFuture<@Nullable Before> asItStands(@Nullable Predecessor ahead) {
        if (ahead == null) {
            return CompletableFuture.completedFuture(null);
        }
        return ahead.row() != null
                ? CompletableFuture.completedFuture(new Before(ahead, ahead.row()))
                : store.read(ahead.gid()).thenApply(row -> new Before(ahead, row));
    }

    private void lookAgain(String ahead, Runnable look) {
        AtomicBoolean isDone = new AtomicBoolean();
        Runnable once = () -> {
            if (isDone.compareAndSet(false, true)) {
                look.run();
            }
        };
        waiting.compute(ahead, (_, listening) -> {
            List<Runnable> all = listening == null ? new ArrayList<>() : new ArrayList<>(listening);
            all.add(once);
            return all;
        });
        world.timers().schedule(untilNextLook(), () -> {
            waiting.computeIfPresent(ahead, (_, listening) -> {
                List<Runnable> others = new ArrayList<>(listening);
                others.remove(once);
                return others.isEmpty() ? null : others;
            });
            once.run();
        });
    }

    /** Not all at the same time, and not too many in a second: a lane may be long. */
    private Duration untilNextLook() {
        long ofAll = waiting.size() * OF_EACH_LOOK.toMillis();
        long millis = Math.clamp(ofAll, LOOK_AGAIN.toMillis(), LONGEST_TO_LOOK.toMillis());
        return Duration.ofMillis(millis + Math.floorMod(world.random().getAsLong(), millis));
    }

    /** That message is in memory here no more. */
    void left(String gid) {
        blockers.remove(gid);
    }

    /** Something of that message has become durable; what it was told may not be so any more. */
    void moved(GlobalTransaction transaction) {
        if (!transaction.plan().terms().isOrdered()) {
            return;
        }
        blockers.remove(transaction.gid());
        resting.moved(transaction);
        List<Runnable> listening = waiting.remove(transaction.gid());
        if (listening != null) {
            listening.forEach(Runnable::run);
        }
    }

    /** How the delivery before stands to the one behind it. */
    private sealed interface Standing {
        /** Acknowledged, or the first: whatever was before it has ended as well. */
        record Delivered() implements Standing {}

        /**
         * A delivery without effect, of an unknown end, or to a subscriber that its message never went to. It says
         * nothing of the one before it, so that one is asked in its place.
         */
        record PassedOver(String gid, String branch) implements Standing {}

        /**
         * Not ended.
         *
         * @param head what blocks it at the head of the lane, as far as it knows: that may have ended since
         */
        record Blocking(String gid, String head) implements Standing {}
    }

    /** A row that this program cannot read blocks until one can. */
    private Standing standing(@Nullable Before before, String subscriber) {
        if (before == null) {
            return new Standing.Delivered();
        }
        if (before.row() == null) {
            return new Standing.PassedOver(before.ahead().gid(), before.ahead().delivery() + subscriber);
        }
        try {
            return standing(before.ahead(), Snapshots.of(before.row(), rows), subscriber);
        } catch (UnreadableRow unreadable) {
            return new Standing.Blocking(before.ahead().gid(), before.ahead().gid());
        }
    }

    private Standing standing(Predecessor ahead, Snapshot row, String subscriber) {
        String branch = ahead.delivery() + subscriber;
        int index = row.plan().indexOf(branch);
        if (index < 0) {
            return new Standing.PassedOver(ahead.gid(), branch); // was not subscribed then; it may have been before
        }
        BranchProgress before = row.progress().branch(index);
        if (before.state() == BranchState.DONE) {
            return new Standing.Delivered();
        }
        if (before.state() == BranchState.SKIPPED || row.progress().state().isTerminal()) {
            return new Standing.PassedOver(ahead.gid(), branch);
        }
        if (row.progress().parked() != null) {
            return new Standing.Blocking(ahead.gid(), ahead.gid()); // whatever it waited for, it goes nowhere by itself
        }
        String told = blockers.getOrDefault(ahead.gid(), Map.of()).get(branch);
        String further = told == null ? before.blockedBy() : told;
        return new Standing.Blocking(ahead.gid(), further == null ? ahead.gid() : further);
    }
}
