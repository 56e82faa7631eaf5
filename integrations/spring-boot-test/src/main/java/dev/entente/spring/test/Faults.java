package dev.entente.spring.test;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
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

/**
 * Faults between the coordinator and its participants. Each happens once, to the next call of its branch and operation,
 * and is forgotten at the end of its test; one that no call has met by then fails the test. Thread-safe.
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

    Faults() {}

    /** Loses the next such call before it reaches its participant; the coordinator calls again. */
    public void loseRequest(String branch, BranchOp op) {
        plan(branch, op, Kind.LOSE_REQUEST);
    }

    /** Loses the answer to the next such call, which the participant has handled; the coordinator calls again. */
    public void loseAnswer(String branch, BranchOp op) {
        plan(branch, op, Kind.LOSE_ANSWER);
    }

    /** Delivers the next such call twice, one after the other; the second one is answered. */
    public void repeat(String branch, BranchOp op) {
        plan(branch, op, Kind.REPEAT);
    }

    /**
     * Delivers the branch's forward call only behind its undo. Until then the coordinator gets no answer to any attempt,
     * which makes it undo; the undo is answered once the late call was handled.
     */
    public void delayUntilUndone(String branch) {
        synchronized (this) {
            delayed.add(branch);
        }
    }

    private synchronized void plan(String branch, BranchOp op, Kind kind) {
        planned.put(new Of(branch, op), kind);
    }

    /** Forgets all of them, and answers those that no call has met; empty for none. */
    synchronized List<String> clear() {
        List<String> unmet = new ArrayList<>();
        planned.forEach((call, kind) -> unmet.add(kind + " of " + call.branch() + "/" + call.op()));
        delayed.forEach(branch -> unmet.add("DELAY of " + branch));
        planned.clear();
        delayed.clear();
        late.clear();
        return unmet;
    }

    private static Of of(Branch call) {
        return new Of(call.name(), call.op());
    }

    private static Held held(Branch call) {
        return new Held(call.gid(), call.name());
    }

    /**
     * Delivers a call as the faults say.
     *
     * @param deliver has the participant handle it, and may be asked again, later or never
     * @return empty where nothing is to be answered
     */
    <A> CompletableFuture<Optional<A>> pass(Branch call, Supplier<CompletableFuture<A>> deliver) {
        Kind kind;
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
            return deliver.get().thenCompose(answer -> deliverLate.get().handle((_, _) -> Optional.of(answer)));
        }
        return switch (kind) {
            case null -> deliver.get().thenApply(Optional::of);
            case LOSE_REQUEST -> CompletableFuture.completedFuture(Optional.empty());
            case LOSE_ANSWER -> deliver.get().thenApply(_ -> Optional.empty());
            case REPEAT -> deliver.get().thenCompose(_ -> deliver.get()).thenApply(Optional::of);
        };
    }
}
