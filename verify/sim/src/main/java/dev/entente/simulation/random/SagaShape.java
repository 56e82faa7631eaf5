package dev.entente.simulation.random;

import dev.entente.simulation.random.OperationSource.Part;
import dev.entente.v1.Approval;
import dev.entente.v1.Binding;
import dev.entente.v1.Message;
import dev.entente.v1.Notification;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** Draws the steps of one saga: first the edges, then the pivot, then the kind of each step. */
final class SagaShape {
    private static final int MAX_STEPS = 12;
    private static final int MAX_EDGES = 3;

    private final Random random;
    private final OperationSource operations;
    private final int size;
    private final boolean isGraph;
    /** All ancestors by step, any number of edges away. */
    private final List<BitSet> ancestors = new ArrayList<>();

    private final List<List<Integer>> edges = new ArrayList<>();
    private final int pivot;
    private final Saga.Builder saga = Saga.newBuilder();

    SagaShape(Random random, OperationSource operations) {
        this.random = random;
        this.operations = operations;
        this.size = 1 + Math.min(random.nextInt(MAX_STEPS), random.nextInt(MAX_STEPS));
        this.isGraph = size > 1 && random.nextInt(2) == 0;
        for (int i = 0; i < size; i++) {
            edge(i);
        }
        this.pivot = random.nextInt(3) == 0 ? random.nextInt(size) : -1;
    }

    private void edge(int step) {
        List<Integer> before = new ArrayList<>();
        if (isGraph) {
            // without any edge the steps would be a sequence
            int least = step == size - 1 && edges.stream().allMatch(List::isEmpty) ? 1 : 0;
            for (int i = Math.max(least, random.nextInt(MAX_EDGES)); i > 0 && step > 0; i--) {
                int earlier = random.nextInt(step);
                if (!before.contains(earlier)) {
                    before.add(earlier);
                }
            }
        } else if (step > 0) {
            before.add(step - 1);
        }
        BitSet all = new BitSet();
        before.forEach(earlier -> {
            all.set(earlier);
            all.or(ancestors.get(earlier));
        });
        edges.add(before);
        ancestors.add(all);
    }

    void draw(Plan.Builder plan) {
        for (int i = 0; i < size; i++) {
            saga.addSteps(step(i));
        }
        List<String> answering = saga.getStepsList().stream()
                .filter(SagaStep::hasAction)
                .map(SagaStep::getId)
                .toList();
        if (!answering.isEmpty() && random.nextInt(4) == 0) {
            plan.setResultBranch(answering.get(random.nextInt(answering.size())));
        }
        plan.setSaga(saga);
    }

    private SagaStep step(int index) {
        SagaStep.Builder step = SagaStep.newBuilder().setId("s" + index).setPivot(index == pivot);
        if (isGraph) {
            edges.get(index).forEach(earlier -> step.addAfter("s" + earlier));
        }
        if (isBesidePivot(index)) {
            return step.setRetriable(true)
                    .setAction(action(index))
                    .setCompensate(undo(index, true))
                    .build();
        }
        boolean isBehind = pivot >= 0 && ancestors.get(index).get(pivot);
        switch (random.nextInt(10)) {
            case 0 -> approvalOr(step, index, isBehind);
            case 1 -> step.setMessage(Message.newBuilder().addDeliveries(operations.operation(Part.DELIVERY)));
            case 2 -> step.setNotification(Notification.newBuilder().setDeliver(reported(index)));
            default -> step.setAction(action(index));
        }
        boolean isLast = isBehind || index == pivot;
        if (step.hasApproval()) {
            return step.build();
        }
        step.setRetriable(!isLast && random.nextInt(12) == 0);
        boolean hasUndo = random.nextInt(10) < (isLast ? 1 : 7);
        return hasUndo
                ? step.setCompensate(undo(index, step.hasAction())).build()
                : step.setNoUndo(true).build();
    }

    private void approvalOr(SagaStep.Builder step, int index, boolean isBehind) {
        if (isBehind || index == pivot) {
            step.setAction(action(index));
        } else {
            step.setApproval(Approval.newBuilder()
                    .setWithin(RandomPlans.seconds(1 + random.nextInt(25)))
                    .setOnExpiryValue(1 + random.nextInt(3)));
        }
    }

    private boolean isBesidePivot(int index) {
        return pivot >= 0
                && index != pivot
                && !ancestors.get(index).get(pivot)
                && !ancestors.get(pivot).get(index);
    }

    private Operation.Builder action(int index) {
        return bound(operations.operation(Part.FORWARD), index);
    }

    private Operation.Builder reported(int index) {
        return bound(operations.operation(Part.NOTIFICATION), index);
    }

    /** Draws an undo. It may read its step's response or readable earlier ones; some undos require one of these. */
    private Operation.Builder undo(int index, boolean hasAnswer) {
        Operation.Builder undo = operations.operation(Part.UNDO);
        if (hasAnswer && random.nextInt(5) == 0) {
            return bind(undo, "s" + index, false);
        }
        return switch (random.nextInt(6)) {
            case 0 -> bound(undo, index);
            case 1 -> requiring(undo, index);
            default -> undo;
        };
    }

    /** Requires a response that the action usually does not read, so that only the undo needs it on record first. */
    private Operation.Builder requiring(Operation.Builder undo, int index) {
        List<String> readable = readable(index);
        return readable.isEmpty() ? undo : bind(undo, readable.getLast(), true);
    }

    private List<String> readable(int index) {
        return ancestors.get(index).stream()
                .mapToObj(saga::getSteps)
                .filter(SagaStep::hasAction)
                .map(SagaStep::getId)
                .toList();
    }

    private Operation.Builder bound(Operation.Builder operation, int index) {
        List<String> readable = readable(index);
        if (readable.isEmpty() || random.nextInt(3) != 0) {
            return operation;
        }
        return bind(operation, readable.get(random.nextInt(readable.size())), random.nextInt(8) == 0);
    }

    static Operation.Builder bind(Operation.Builder operation, String from, boolean isRequired) {
        return operation.addBind(Binding.newBuilder()
                .setFrom(from)
                .setFromPath("1")
                .setToPath("2")
                .setRequired(isRequired));
    }
}
