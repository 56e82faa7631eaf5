package dev.entente.core.decision;

import dev.entente.core.transaction.Approval;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Draws the plan of one random transaction. */
final class RandomSketch {
    private final Random random;
    private final Set<Integer> asked = new HashSet<>();

    RandomSketch(Random random) {
        this.random = random;
    }

    Sketch draw() {
        return switch (random.nextInt(9)) {
            case 0, 1 -> tcc();
            case 2 -> twoPhase();
            case 3, 4 -> message();
            case 5 -> Sketch.notification(policy(Sketch.step("deliver")));
            default -> saga();
        };
    }

    private Sketch saga() {
        int size = 1 + random.nextInt(5);
        int pivot = random.nextBoolean() ? random.nextInt(size) : -1;
        boolean isGraph = random.nextBoolean();
        List<Sketch.Part> steps = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            boolean isAsked = (pivot < 0 || (i < pivot && !isGraph)) && random.nextInt(5) == 0;
            steps.add(isAsked ? approval(i, isGraph) : step(i, pivot, isGraph));
        }
        return Sketch.saga(steps.toArray(Sketch.Part[]::new));
    }

    private Sketch.Part approval(int index, boolean isGraph) {
        asked.add(index);
        Approval.Expiry[] all = Approval.Expiry.values();
        Duration within = Duration.ofSeconds(1 + random.nextInt(60));
        Sketch.Part step = Sketch.step("s" + index).approval(within, all[random.nextInt(all.length)]);
        for (int earlier = 0; isGraph && earlier < index; earlier++) {
            if (random.nextInt(3) == 0) {
                step.after("s" + earlier);
            }
        }
        return step;
    }

    private Sketch.Part step(int index, int pivot, boolean isGraph) {
        Sketch.Part step = policy(Sketch.step("s" + index));
        for (int earlier = 0; earlier < index; earlier++) {
            boolean isDirect = isGraph ? random.nextInt(3) == 0 : earlier == index - 1;
            if (isGraph && isDirect) {
                step.after("s" + earlier);
            }
            boolean mayRead = isDirect && !asked.contains(earlier);
            if (mayRead && random.nextInt(4) == 0) {
                step.reads("s" + earlier);
            }
            if (mayRead && random.nextInt(12) == 0) {
                step.requires("s" + earlier);
            }
            if (mayRead && random.nextInt(12) == 0) {
                step.undoRequires("s" + earlier);
            }
        }
        if (random.nextInt(3) == 0) {
            step.undoReads("s" + index);
        }
        if (index == pivot) {
            return step.pivot().noUndo();
        }
        // what stands beside a pivot must be retriable; what follows one may have nothing to undo
        boolean isBefore = index < pivot && !isGraph;
        boolean mayTurn = pivot < 0 || isBefore;
        return mayTurn && random.nextInt(5) > 0 ? step : step.retriable();
    }

    private Sketch tcc() {
        List<Sketch.Part> branches = new ArrayList<>();
        boolean isSequential = random.nextBoolean();
        int size = 1 + random.nextInt(4);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            boolean isChild = i > 0 && random.nextInt(3) == 0;
            String id = (isChild ? ids.get(random.nextInt(i)) + "/" : "") + "s" + i;
            Sketch.Part branch = policy(Sketch.step(id));
            branches.add(isSequential && i > 0 ? branch.after(ids.getLast()) : branch);
            ids.add(id);
        }
        return Sketch.tcc(branches.toArray(Sketch.Part[]::new));
    }

    private Sketch twoPhase() {
        List<Sketch.Part> branches = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            branches.add(policy(Sketch.step("s" + branches.size())));
        }
        Sketch.Part[] all = branches.toArray(Sketch.Part[]::new);
        return random.nextBoolean() ? Sketch.twoPhase(all) : Sketch.threePhase(all);
    }

    private Sketch message() {
        List<Sketch.Part> deliveries = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            deliveries.add(policy(Sketch.step("s" + deliveries.size())));
        }
        Sketch message = Sketch.message(deliveries.toArray(Sketch.Part[]::new));
        if (random.nextInt(3) == 0) {
            message.ordered();
        }
        return random.nextBoolean() ? message : message.checkedBack(1 + random.nextInt(4));
    }

    private Sketch.Part policy(Sketch.Part part) {
        return part.attempts(1 + random.nextInt(3))
                .undoAttempts(1 + random.nextInt(3))
                .timeout(Duration.ofSeconds(1 + random.nextInt(40)))
                .backoff(Duration.ofSeconds(1 + random.nextInt(30)));
    }
}
