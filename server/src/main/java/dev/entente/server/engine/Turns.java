package dev.entente.server.engine;

import dev.entente.server.codec.UnreadableRow;
import dev.entente.server.store.Ahead;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
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

    /** The database does not say. */
    private static final String NOT_KNOWN = "";

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
     * Answers null when it is that branch's turn, at once where there is no order; or, after a while, the message that blocks it, empty if that is not known.
     *
     * @param later where what is not answered at once is answered
     */
    void await(GlobalTransaction transaction, int branch, Executor later, Consumer<@Nullable String> answer) {
        Plan plan = transaction.plan();
        if (!plan.terms().isOrdered() || branch == plan.checkBack()) {
            answer.accept(null);
            return;
        }
        String gid = transaction.gid();
        String name = plan.branches().get(branch).id();
        look(gid, name, world.now().plus(PATIENCE), blocker -> {
            if (blocker != null && !blocker.isEmpty()) {
                blockers.computeIfAbsent(gid, _ -> new ConcurrentHashMap<>()).put(name, blocker);
            }
            later.execute(() -> answer.accept(blocker));
        });
    }

    /** What a call comes to whose turn it is not: no attempt, and asked again at once, for waiting is done here. */
    static Outcome outOfTurn(String blocker) {
        return new Outcome.NotSent("it is not its turn", Duration.ofMillis(1), blocker.isEmpty() ? null : blocker);
    }

    private void look(String gid, String branch, Instant patientUntil, Consumer<@Nullable String> answer) {
        int dot = branch.indexOf('.');
        String delivery = dot < 0 ? branch : branch.substring(0, dot);
        String subscriber = dot < 0 ? "" : branch.substring(dot);
        Callbacks.when(store.ahead(gid, delivery).thenCompose(this::asItStands), (before, failure) -> {
            if (failure != null) {
                world.timers().schedule(untilNextLook(), () -> answer.accept(NOT_KNOWN));
                return;
            }
            switch (standing(before, subscriber)) {
                case Standing.Delivered _ -> answer.accept(null);
                case Standing.PassedOver over -> look(over.gid(), over.branch(), patientUntil, answer);
                case Standing.Blocking blocking -> {
                    if (!world.now().isBefore(patientUntil)) {
                        answer.accept(blocking.head());
                    } else {
                        lookAgain(blocking.gid(), () -> look(gid, branch, patientUntil, answer));
                    }
                }
            }
        });
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

    /** Not all at the same time: a lane may be long. */
    private Duration untilNextLook() {
        return LOOK_AGAIN.plusMillis(Math.floorMod(world.random().getAsLong(), LOOK_AGAIN.toMillis()));
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
        /** Acknowledged, or never there: whatever was before it was acknowledged as well. */
        record Delivered() implements Standing {}

        /** It came to nothing, which says nothing of whatever was before it: that one is asked in its place. */
        record PassedOver(String gid, String branch) implements Standing {}

        /** @param head what blocks it at the head of the lane, as far as it knows */
        record Blocking(String gid, String head) implements Standing {}
    }

    /** A row that this program cannot read blocks until one can. */
    private Standing standing(@Nullable Before before, String subscriber) {
        if (before == null || before.row() == null) {
            return new Standing.Delivered();
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
            return new Standing.Delivered(); // was not subscribed then
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
