package dev.entente.server.engine;

import dev.entente.server.codec.UnreadableRow;
import dev.entente.server.store.Ahead;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Target;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is, of deliveries with one ordering key. Which comes after which was settled when they were accepted; whether the one before has
 * ended stands in its row, and nowhere else: so any coordinator may ask, after any crash. Once ended it stays so; where it ended without being
 * acknowledged, the one before that is asked. Thread-safe.
 */
final class Turns {
    /** So long a delivery waits for its turn, listening, before its message shows what blocks it. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** The one before may be in another coordinator's hands. At least; at most twice as long. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(300);
    /** However many look: 500 of them in a second at most, until that would take each longer than {@link #LONGEST_TO_LOOK}. */
    private static final Duration OF_EACH_LOOK = Duration.ofMillis(2);

    private static final Duration LONGEST_TO_LOOK = Duration.ofSeconds(5);
    /** While the head rests nobody behind it moves, so their rows rest, too: longer than is waited in memory. At least; half as long again at most. */
    private static final Duration BEHIND_WHAT_RESTS = Duration.ofMillis(10_100);

    private static final Duration AT_ONCE = Duration.ofMillis(1);

    /** The database does not say. */
    private static final NotYet NOT_KNOWN = new NotYet("", false);

    private final TransactionStore store;
    private final World world;
    private final Rows rows;
    /** Those who wait for that message to move on. */
    private final ConcurrentHashMap<String, List<Runnable>> waiting = new ConcurrentHashMap<>();
    /** What blocks the deliveries of a message that is in memory here, by branch, as they were told last. */
    private final ConcurrentHashMap<String, Map<String, String>> blockers = new ConcurrentHashMap<>();

    Turns(TransactionStore store, World world, Rows rows) {
        this.store = store;
        this.world = world;
        this.rows = rows;
    }

    /** The lanes in which a message's deliveries queue up: a topic's subscribers in the topic's, all others in their target's. */
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
        };
    }

    /**
     * What a branch is told whose turn it is not.
     *
     * @param head the message that blocks it, empty if that is not known
     * @param isAtRest whether that one is in nobody's hands now, and so moves for none of those behind it
     */
    record NotYet(String head, boolean isAtRest) {}

    /**
     * Answers null when it is that branch's turn, at once where there is no order; or, after a while, why it is not. Who was told before is told again at once
     * if the head rests.
     *
     * @param later where what is not answered at once is answered
     */
    void await(GlobalTransaction transaction, int branch, Executor later, Consumer<@Nullable NotYet> answer) {
        Plan plan = transaction.plan();
        if (!plan.terms().isOrdered() || branch == plan.checkBack()) {
            answer.accept(null);
            return;
        }
        boolean wasTold = transaction.progress().branch(branch).blockedBy() != null;
        look(new Looking(
                transaction.gid(),
                plan.branches().get(branch).id(),
                world.now().plus(PATIENCE),
                wasTold,
                notYet -> later.execute(() -> answer.accept(notYet))));
    }

    /** What a call comes to whose turn it is not: no attempt. It is asked again at once, for waiting is done here, unless its row may rest. */
    Outcome outOfTurn(GlobalTransaction transaction, int branch, NotYet notYet) {
        String head = notYet.head().isEmpty() ? null : notYet.head();
        if (head != null) {
            String name = transaction.plan().branches().get(branch).id();
            blockers.computeIfAbsent(transaction.gid(), _ -> new ConcurrentHashMap<>())
                    .put(name, head);
        }
        return new Outcome.NotSent("it is not its turn", notYet.isAtRest() ? BEHIND_WHAT_RESTS : AT_ONCE, head);
    }

    /**
     * For whom it is looked, behind whom.
     *
     * @param gid of the delivery whose predecessor is asked: its own, or that of one which came to nothing before it
     * @param asksHead whether it is looked at the head before the patience is over
     */
    private record Looking(
            String gid, String branch, Instant patientUntil, boolean asksHead, Consumer<@Nullable NotYet> answer) {

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
            return new Looking(over.gid(), over.branch(), patientUntil, asksHead, answer);
        }

        Looking patient() {
            return new Looking(gid, branch, patientUntil, false, answer);
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
                        case Standing.Delivered _ -> looking.answer().accept(null);
                        case Standing.PassedOver over -> look(looking.past(over));
                        case Standing.Blocking blocking -> blocked(looking, blocking);
                    }
                });
    }

    /** What throws is looked at again: a delivery that is never answered would hold up all that come after it. */
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
        world.timers().schedule(untilNextLook(), () -> looking.answer().accept(NOT_KNOWN));
    }

    private void blocked(Looking looking, Standing.Blocking blocking) {
        boolean isPatient = world.now().isBefore(looking.patientUntil());
        if (isPatient && !looking.asksHead()) {
            lookAgain(blocking.gid(), () -> look(looking));
            return;
        }
        when(looking, () -> store.read(blocking.head()), (head, _) -> {
            boolean isAtRest = head instanceof OpenRow row && isAtRest(row);
            if (isPatient && !isAtRest) {
                lookAgain(blocking.gid(), () -> look(looking.patient()));
            } else {
                looking.answer().accept(new NotYet(blocking.head(), isAtRest));
            }
        });
    }

    /** One that is begun does not rest: its client may commit at any moment. */
    private boolean isAtRest(OpenRow row) {
        boolean isDueLater = row.dueAt() != null && row.dueAt().isAfter(world.now());
        return row.owner() == null
                && row.state() != TransactionState.BEGUN
                && (row.parked() != null || (isDueLater && isHead(row)));
    }

    /** Who waits for another one shows by now whom that waits for. */
    private boolean isHead(OpenRow row) {
        try {
            return Snapshots.of(row, rows).progress().branches().stream()
                    .allMatch(branch -> branch.blockedBy() == null);
        } catch (UnreadableRow unreadable) {
            return true;
        }
    }

    /** The one before, with its row, which may have finished. */
    private record Before(Ahead ahead, @Nullable StoredTransaction row) {}

    private CompletableFuture<@Nullable Before> asItStands(@Nullable Ahead ahead) {
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
         * It came to nothing, or nobody knows any more to what, or its message never went to that subscriber: which says nothing of whatever was
         * before it, so that one is asked in its place.
         */
        record PassedOver(String gid, String branch) implements Standing {}

        /** @param head what blocks it at the head of the lane, as far as it knows */
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

    private Standing standing(Ahead ahead, Snapshot row, String subscriber) {
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
        String told = blockers.getOrDefault(ahead.gid(), Map.of()).get(branch);
        String further = told == null ? before.blockedBy() : told;
        return new Standing.Blocking(ahead.gid(), further == null ? ahead.gid() : further);
    }
}
