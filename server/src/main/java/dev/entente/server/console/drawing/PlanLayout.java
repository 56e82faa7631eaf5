package dev.entente.server.console.drawing;

import dev.entente.server.console.drawing.PlanPicture.Line;
import dev.entente.server.console.drawing.PlanPicture.Node;
import dev.entente.v1.BranchStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Computes the position of each branch. For one use, by one thread. */
final class PlanLayout {
    private static final int GAP = 44;
    private static final int ROW = PlanPicture.NODE_HEIGHT + 30;
    private static final int MARGIN = 30;
    /** The distance of rows on a narrow screen, which shows two nodes side by side. */
    private static final int NARROW_ROW = PlanPicture.NODE_WIDTH + 6;

    private static final int NARROW_MARGIN = 3;
    private static final PlanShape.Planned DECISION =
            new PlanShape.Planned(BranchStatus.getDefaultInstance(), PlanShape.Form.DECISION, false, false);

    private final PlanShape shape;
    private final boolean isDownward;
    private final List<Edge> edges = new ArrayList<>();
    private final int[] columns;
    private final int[] rows;

    /** A line to a branch from its predecessor or its parent. */
    private record Edge(int from, int to, boolean isNested) {}

    /** @param isDownward whether each column becomes a row */
    PlanLayout(PlanShape shape, boolean isDownward) {
        this.shape = shape;
        this.isDownward = isDownward;
        this.columns = new int[shape.parts().size() + 1];
        this.rows = new int[columns.length];
    }

    /** @param decision the tone of the decision that all branches await; null for a plan without a decision */
    PlanPicture drawn(@Nullable StatusStyle decision) {
        int branches = shape.parts().size();
        for (int i = 0; i < branches; i++) {
            connect(i);
        }
        if (decision != null) {
            IntStream.range(0, branches)
                    .filter(one -> edges.stream().noneMatch(edge -> edge.from() == one))
                    .forEach(one -> edges.add(new Edge(one, branches, false)));
        }
        place(decision == null ? branches : branches + 1);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < branches; i++) {
            PlanShape.Planned part = shape.parts().get(i);
            nodes.add(new Node(part, StatusStyle.of(part.status()), x(i), y(i)));
        }
        if (decision != null) {
            nodes.add(new Node(DECISION, decision, x(branches), y(branches)));
        }
        return new PlanPicture(
                nodes,
                edges.stream()
                        .map(edge -> line(edge, nodes.get(edge.from()), nodes.get(edge.to())))
                        .toList(),
                isDownward,
                last(nodes, Node::x) + PlanPicture.NODE_WIDTH + (isDownward ? 2 * NARROW_MARGIN : MARGIN),
                last(nodes, Node::y) + PlanPicture.NODE_HEIGHT + MARGIN);
    }

    private static int last(List<Node> nodes, ToIntFunction<Node> place) {
        return nodes.stream().mapToInt(place).max().orElse(0);
    }

    private void connect(int branch) {
        for (int before : shape.nearest(branch)) {
            edges.add(new Edge(before, branch, false));
        }
        int parent = shape.graph().parent(branch);
        if (parent >= 0) {
            edges.add(new Edge(parent, branch, true));
        }
    }

    /** Assigns each branch the column of its longest path, and the row of its predecessors or the next free row. */
    private void place(int count) {
        Arrays.fill(columns, -1);
        Map<Integer, List<Integer>> byColumn = IntStream.range(0, count)
                .boxed()
                .collect(Collectors.groupingBy(this::column, TreeMap::new, Collectors.toList()));
        double[] wished = new double[count];
        for (List<Integer> column : byColumn.values()) {
            column.forEach(one ->
                    wished[one] = before(one).map(each -> rows[each]).average().orElse(0));
            column.sort((one, other) -> Double.compare(wished[one], wished[other]));
            int free = 0;
            for (int one : column) {
                rows[one] = Math.max(free, (int) Math.floor(wished[one]));
                free = rows[one] + 1;
            }
        }
    }

    private IntStream before(int one) {
        return edges.stream().filter(edge -> edge.to() == one).mapToInt(Edge::from);
    }

    private int column(int one) {
        if (columns[one] < 0) {
            columns[one] = 0; // a plan has no cycle; if a plan had a cycle, the recursion would end here
            columns[one] = before(one).map(each -> column(each) + 1).max().orElse(0);
        }
        return columns[one];
    }

    private int x(int one) {
        return isDownward
                ? NARROW_MARGIN + rows[one] * NARROW_ROW
                : MARGIN + columns[one] * (PlanPicture.NODE_WIDTH + GAP);
    }

    private int y(int one) {
        return MARGIN + (isDownward ? columns[one] * (PlanPicture.NODE_HEIGHT + GAP) : rows[one] * ROW);
    }

    private Line line(Edge edge, Node from, Node to) {
        // A line within one row bends around the nodes between its ends.
        boolean isBeside = rows[edge.from()] == rows[edge.to()] && columns[edge.to()] - columns[edge.from()] > 1;
        int by = !isBeside ? 0 : isDownward ? 109 : -66;
        int out = isDownward ? from.y() + PlanPicture.NODE_HEIGHT : from.x() + PlanPicture.NODE_WIDTH;
        int in = isDownward ? to.y() - (to.id().isEmpty() ? PlanPicture.TIP : 0) : to.x();
        int side = isDownward ? from.middle() : from.y() + PlanPicture.NODE_HEIGHT / 2;
        int toSide = isDownward ? to.middle() : to.y() + PlanPicture.NODE_HEIGHT / 2;
        return new Line(
                edge.isNested(),
                "M%sC%s %s %s"
                        .formatted(
                                point(out, side),
                                point(out + GAP / 2, side + by),
                                point(in - GAP / 2, toSide + by),
                                point(in, toSide)));
    }

    /** @param ahead the position along the direction of the plan */
    private String point(int ahead, int side) {
        return isDownward ? side + " " + ahead : ahead + " " + side;
    }
}
