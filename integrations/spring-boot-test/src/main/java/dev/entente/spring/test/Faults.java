package dev.entente.spring.test;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Faults of the coordinator, of its participants, and of the calls between them. All end with their test. A fault of a
 * call occurs once, for the next call of its branch and operation, and fails the test if no call matches. Thread-safe.
 */
public final class Faults {
    private enum Kind {
        LOSE_REQUEST,
        LOSE_ANSWER,
        REPEAT
    }

    private record Of(String branch, BranchOp op) {}

    private record Held(String gid, String branch) {}

    private final Map<Of, Kind> planned = new LinkedHashMap<>();
    private final Set<String> delayed = new LinkedHashSet<>();
    private final Map<Held, Supplier<? extends CompletableFuture<?>>> late = new HashMap<>();

    private final Supplier<TestCoordinator> coordinator;

    Faults(Supplier<TestCoordinator> coordinator) {
        this.coordinator = coordinator;
    }

    /** Loses the next matching call before it reaches its participant; the coordinator calls again. */
    public void loseRequest(String branch, BranchOp op) {
        plan(branch, op, Kind.LOSE_REQUEST);
    }

    /** Loses the answer to the next matching call, which the participant has handled; the coordinator calls again. */
    public void loseAnswer(String branch, BranchOp op) {
        plan(branch, op, Kind.LOSE_ANSWER);
    }

    /** Delivers the next matching call twice, one after the other; the second one is answered. */
    public void repeat(String branch, BranchOp op) {
        plan(branch, op, Kind.REPEAT);
    }

    /**
     * Delivers the branch's forward call only after its undo. Until then each attempt gets no answer, so that the
     * coordinator undoes the branch. The undo is answered after the late call.
     */
    public void delayUntilUndone(String branch) {
        synchronized (this) {
            delayed.add(branch);
        }
    }

    /**
     * Makes a participant unavailable: its port is closed, so that the coordinator cannot connect, and open calls break.
     * The participant is available again after this time, or at the end of the test. The test does not fail without a
     * call. Blocks.
     *
     * @param participant the name in plans
     * @throws IllegalArgumentException if there is no such participant
     */
    public void unavailable(String participant, Duration time) {
        coordinator.get().interrupt(participant, time);
    }

    /**
     * Kills the coordinator ({@code kill -9}), and starts it again with the same ports, database and node. Blocks until
     * the coordinator is ready, for some seconds.
     *
     * @throws IllegalStateException if the coordinator runs in this JVM; see {@link EntenteTest#ownProcess}
     */
    public void killCoordinator() {
        coordinator.get().kill();
    }

    private synchronized void plan(String branch, BranchOp op, Kind kind) {
        planned.put(new Of(branch, op), kind);
    }

    /** Removes all faults, and returns those without a matching call; empty for none. */
    synchronized List<String> clear() {
        List<String> notOccurred = new ArrayList<>();
        planned.forEach((call, kind) -> notOccurred.add(kind + " of " + call.branch() + "/" + call.op()));
        delayed.forEach(branch -> notOccurred.add("DELAY of " + branch));
        planned.clear();
        delayed.clear();
        late.clear();
        return notOccurred;
    }

    private static Of of(Branch call) {
        return new Of(call.name(), call.op());
    }

    private static Held held(Branch call) {
        return new Held(call.gid(), call.name());
    }

    /**
     * Delivers a call with its faults.
     *
     * @param deliver calls the participant; may be called again, later or never
     * @return empty if there must be no answer
     */
    <A> CompletableFuture<Optional<A>> pass(Branch call, Supplier<CompletableFuture<A>> deliver) {
        @Nullable Kind kind;
        Optional<Supplier<? extends CompletableFuture<?>>> behind = Optional.empty();
        synchronized (this) {
            kind = planned.remove(of(call));
            if (call.op().role() == BranchOp.Role.FORWARD) {
                if (delayed.remove(call.name())) {
                    late.put(held(call), deliver);
                }
                kind = late.containsKey(held(call)) ? Kind.LOSE_REQUEST : kind;
            } else if (call.op().role() == BranchOp.Role.UNDO) {
                behind = Optional.ofNullable(late.remove(held(call)));
            }
        }
        if (behind.isPresent()) {
            Supplier<? extends CompletableFuture<?>> deliverLate = behind.get();
            return deliver.get()
                    .thenCompose(answer -> deliverLate.get().handle((late, failure) -> Optional.of(answer)));
        }
        if (kind == null) {
            return deliver.get().thenApply(Optional::of);
        }
        return switch (kind) {
            case LOSE_REQUEST -> CompletableFuture.completedFuture(Optional.empty());
            case LOSE_ANSWER -> deliver.get().thenApply(answer -> Optional.empty());
            case REPEAT -> deliver.get().thenCompose(first -> deliver.get()).thenApply(Optional::of);
        };
    }
}
