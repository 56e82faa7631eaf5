package dev.entente.server.console.drawing;

import dev.entente.v1.BranchStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Branches that a picture shows as one: what differs in nothing but its name, where there are many. */
final class PlanFolds {
    /** Up to so many branches each is a node of its own. */
    private static final int ROOM = 24;

    private static final int FEWEST = 3;

    private final PlanShape shape;
    private final int[][] before;
    private final int[][] behind;

    private PlanFolds(PlanShape shape) {
        this.shape = shape;
        this.before = new int[shape.parts().size()][];
        for (int i = 0; i < before.length; i++) {
            before[i] = shape.nearest(i);
        }
        this.behind = behind(before, shape);
    }

    /** Returns groups of indexes, each branch in one of them; in the order of their first branches. */
    static List<List<Integer>> of(PlanShape shape) {
        PlanFolds folds = new PlanFolds(shape);
        List<List<Integer>> alone = new ArrayList<>();
        for (int i = 0; i < shape.parts().size(); i++) {
            alone.add(List.of(i));
        }
        return alone.size() <= ROOM ? alone : folds.inRows(folds.sideBySide());
    }

    /** The properties that must be the same for two branches to be shown as one. */
    private record Look(BranchStatus.State state, PlanShape.Form form, boolean isRetriable, Tone tone, String op) {}

    /** The branches beside each other wait for the same ones, and the same ones wait for them. */
    private record Place(Look look, List<Integer> before, List<Integer> behind, int parent) {}

    private Look look(int branch) {
        PlanShape.Planned part = shape.parts().get(branch);
        return new Look(
                part.status().getState(),
                part.form(),
                part.isRetriable(),
                Tone.of(part.status()),
                part.status().getCurrentOp());
    }

    private List<List<Integer>> sideBySide() {
        Map<Object, List<Integer>> alike = new LinkedHashMap<>();
        for (int i = 0; i < before.length; i++) {
            Object place = shape.parts().get(i).isPivot()
                    ? i
                    : new Place(
                            look(i),
                            list(before[i]),
                            list(behind[i]),
                            shape.graph().parent(i));
            alike.computeIfAbsent(place, _ -> new ArrayList<>()).add(i);
        }
        return split(alike.values());
    }

    /** Joins what stands one behind the other and has nothing beside it. */
    private List<List<Integer>> inRows(List<List<Integer>> groups) {
        List<List<Integer>> runs = new ArrayList<>();
        int[] runOf = new int[before.length];
        Arrays.fill(runOf, -1);
        for (List<Integer> group : groups) {
            int one = group.getFirst();
            int last = group.size() == 1 && before[one].length == 1 ? before[one][0] : -1;
            boolean goesOn = last >= 0
                    && runOf[last] >= 0
                    && behind[last].length == 1
                    && !shape.parts().get(one).isPivot()
                    && !shape.parts().get(last).isPivot()
                    && look(one).equals(look(last));
            if (goesOn) {
                runs.get(runOf[last]).add(one);
                runOf[one] = runOf[last];
            } else {
                runOf[one] = group.size() == 1 ? runs.size() : -1;
                runs.add(new ArrayList<>(group));
            }
        }
        return split(runs);
    }

    private static List<List<Integer>> split(Iterable<List<Integer>> groups) {
        List<List<Integer>> split = new ArrayList<>();
        for (List<Integer> group : groups) {
            if (group.size() >= FEWEST) {
                split.add(List.copyOf(group));
            } else {
                group.forEach(one -> split.add(List.of(one)));
            }
        }
        split.sort((one, other) -> Integer.compare(one.getFirst(), other.getFirst()));
        return split;
    }

    private static int[][] behind(int[][] before, PlanShape shape) {
        List<List<Integer>> behind = new ArrayList<>();
        for (int[] _ : before) {
            behind.add(new ArrayList<>());
        }
        for (int i = 0; i < before.length; i++) {
            for (int one : before[i]) {
                behind.get(one).add(i);
            }
            if (shape.graph().parent(i) >= 0) {
                behind.get(shape.graph().parent(i)).add(i);
            }
        }
        return behind.stream()
                .map(all -> all.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
    }

    private static List<Integer> list(int[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
