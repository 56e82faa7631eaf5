package dev.entente.server.console.drawing;

import dev.entente.server.console.drawing.PlanPicture.Kind;
import dev.entente.server.console.drawing.PlanPicture.Line;
import dev.entente.server.console.drawing.PlanPicture.Node;
import dev.entente.server.console.drawing.PlanPicture.Way;
import dev.entente.v1.BranchStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Gives each group of branches a place. Used once, by one thread. */
final class PlanLayout {
    private static final int GAP = 44;
    private static final int ROW = PlanPicture.NODE_HEIGHT + 30;
    private static final int MARGIN = 30;
    private static final int MOST_LINES = 400;

    private final PlanShape shape;
    private final List<List<Integer>> groups;
    private final boolean isTurned;
    private final Set<Edge> edges = new LinkedHashSet<>();
    private final int[] columns;
    private final int[] rows;

    /** From one group to one that waits for it, or is nested under it. */
    private record Edge(int from, int to, Way way) {}

    PlanLayout(PlanShape shape, List<List<Integer>> groups, boolean isTurned) {
        this.shape = shape;
        this.groups = groups;
        this.isTurned = isTurned;
        this.columns = new int[groups.size() + 1];
        this.rows = new int[groups.size() + 1];
    }

    /** @param decision how it was decided, where there is a decision that all branches await; else null */
    PlanPicture drawn(@Nullable Tone decision) {
        connect();
        int count = groups.size();
        if (decision != null && count > 0) {
            IntStream.range(0, groups.size())
                    .filter(one -> edges.stream().noneMatch(edge -> edge.from() == one))
                    .forEach(one -> edges.add(new Edge(one, groups.size(), Way.AFTER)));
            count++;
        }
        place(count);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(i < groups.size() ? node(i) : decision(i, decision == null ? Tone.CALM : decision));
        }
        List<Line> lines = new ArrayList<>();
        edges.stream().limit(MOST_LINES).forEach(edge -> lines.add(line(edge, nodes)));
        if (isTurned) {
            edges.stream()
                    .limit(MOST_LINES)
                    .filter(edge -> edge.to() < groups.size() && isUndone(edge.from()) && wasCalled(edge.to()))
                    .forEach(edge -> lines.add(undo(nodes.get(edge.to()), nodes.get(edge.from()))));
        }
        int width = nodes.stream()
                .mapToInt(node -> node.x() + PlanPicture.NODE_WIDTH)
                .max()
                .orElse(0);
        int height = nodes.stream()
                .mapToInt(node -> node.y() + PlanPicture.NODE_HEIGHT)
                .max()
                .orElse(0);
        return new PlanPicture(nodes, lines, width + MARGIN, height + MARGIN, Math.max(0, edges.size() - MOST_LINES));
    }

    private void connect() {
        int[] groupOf = new int[shape.parts().size()];
        for (int i = 0; i < groups.size(); i++) {
            for (int one : groups.get(i)) {
                groupOf[one] = i;
            }
        }
        for (int one = 0; one < groupOf.length; one++) {
            for (int before : shape.nearest(one)) {
                add(groupOf[before], groupOf[one], Way.AFTER);
            }
            int parent = shape.graph().parent(one);
            if (parent >= 0) {
                add(groupOf[parent], groupOf[one], Way.NESTED);
            }
        }
    }

    private void add(int from, int to, Way way) {
        if (from != to) {
            edges.add(new Edge(from, to, way));
        }
    }

    /** The column is the longest way to it; the row is that of what it waits for, or the next free one. */
    private void place(int count) {
        List<List<Integer>> before = new ArrayList<>();
        IntStream.range(0, count).forEach(_ -> before.add(new ArrayList<>()));
        edges.forEach(edge -> before.get(edge.to()).add(edge.from()));
        Arrays.fill(columns, -1);
        List<List<Integer>> byColumn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int column = column(i, before);
            while (byColumn.size() <= column) {
                byColumn.add(new ArrayList<>());
            }
            byColumn.get(column).add(i);
        }
        for (List<Integer> column : byColumn) {
            double[] wished = new double[count];
            column.forEach(one -> wished[one] = before.get(one).stream()
                    .mapToInt(each -> rows[each])
                    .average()
                    .orElse(0));
            column.sort((one, other) -> Double.compare(wished[one], wished[other]));
            int free = 0;
            for (int one : column) {
                rows[one] = Math.max(free, (int) Math.floor(wished[one]));
                free = rows[one] + 1;
            }
        }
    }

    private int column(int one, List<List<Integer>> before) {
        if (columns[one] < 0) {
            columns[one] = 0; // A plan has no circle; if one had, this would end all the same.
            columns[one] = before.get(one).stream()
                    .mapToInt(each -> column(each, before) + 1)
                    .max()
                    .orElse(0);
        }
        return columns[one];
    }

    private Node node(int group) {
        List<Integer> members = groups.get(group);
        PlanShape.Planned first = shape.parts().get(members.getFirst());
        String last = shape.parts().get(members.getLast()).id();
        Kind kind = switch (first.form()) {
            case CALL -> Kind.CALL;
            case APPROVAL -> Kind.APPROVAL;
            case CHILD -> Kind.CHILD;
        };
        String label = members.size() == 1 ? first.id() : members.size() + " \u00d7 " + first.id();
        BranchStatus branch = first.status();
        return new Node(
                kind,
                Node.shortened(label),
                first.id(),
                last,
                members.size(),
                branch.getState(),
                Tone.of(branch),
                first.isPivot(),
                first.isRetriable(),
                x(group),
                y(group));
    }

    private Node decision(int at, Tone tone) {
        BranchStatus.State none = BranchStatus.State.STATE_UNSPECIFIED;
        return new Node(Kind.DECISION, "", "", "", 0, none, tone, false, false, x(at), y(at));
    }

    private int x(int one) {
        return MARGIN + columns[one] * (PlanPicture.NODE_WIDTH + GAP);
    }

    private int y(int one) {
        return MARGIN + rows[one] * ROW;
    }

    private boolean isUndone(int group) {
        return group < groups.size()
                && groups.get(group).stream().map(shape.parts()::get).anyMatch(part -> isUndone(part.status()));
    }

    private static boolean isUndone(BranchStatus branch) {
        return branch.getState() == BranchStatus.State.UNDONE || Tone.UNDOS.contains(branch.getCurrentOp());
    }

    private boolean wasCalled(int group) {
        return groups.get(group).stream()
                .map(one -> shape.parts().get(one).status().getState())
                .anyMatch(state -> state != BranchStatus.State.PENDING && state != BranchStatus.State.SKIPPED);
    }

    private Line line(Edge edge, List<Node> nodes) {
        Node from = nodes.get(edge.from());
        Node to = nodes.get(edge.to());
        int x = from.x() + PlanPicture.NODE_WIDTH;
        int y = from.y() + PlanPicture.NODE_HEIGHT / 2;
        int toY = to.y() + PlanPicture.NODE_HEIGHT / 2;
        int far = columns[edge.to()] - columns[edge.from()];
        String path;
        if (y == toY && far == 1) {
            path = "M%d %dH%d".formatted(x, y, to.x());
        } else if (y == toY) {
            // Over the nodes between them.
            path = "M%d %dC%d %d %d %d %d %d".formatted(x, y, x + 24, y - 66, to.x() - 24, y - 66, to.x(), toY);
        } else if (nodes.stream().noneMatch(node -> node.y() == from.y() && node.x() > x && node.x() < to.x())) {
            // Along its own row, then over to the other.
            int bend = to.x() - GAP;
            path = "M%d %dH%dC%d %d %d %d %d %d".formatted(x, y, bend, bend + 22, y, bend + 22, toY, to.x(), toY);
        } else {
            path = "M%d %dC%d %d %d %d %d %dH%d".formatted(x, y, x + 22, y, x + 22, toY, x + GAP, toY, to.x());
        }
        return new Line(edge.way(), path);
    }

    /** Below the nodes, back. */
    private static Line undo(Node from, Node to) {
        int y = from.y() + PlanPicture.NODE_HEIGHT;
        int toY = to.y() + PlanPicture.NODE_HEIGHT;
        return new Line(
                Way.UNDO,
                "M%d %dC%d %d %d %d %d %d"
                        .formatted(
                                from.middle() - 20,
                                y,
                                from.middle() - 30,
                                y + 24,
                                to.middle() + 30,
                                toY + 24,
                                to.middle() + 20,
                                toY));
    }
}
