package dev.entente.server.console.drawing;

import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.List;

/**
 * The drawing of a plan: nodes in columns, each behind all nodes that it awaits, and lines between them. Immutable.
 *
 * @param isDownward whether the plan runs from top to bottom, for narrow screens
 * @param width in pixels, like all positions and sizes of the drawing
 */
public record PlanPicture(List<Node> nodes, List<Line> lines, boolean isDownward, int width, int height) {
    /** The maximum number of branches. Only the table of branches shows a larger plan. */
    public static final int MAX = 64;

    static final int NODE_WIDTH = 156;
    static final int NODE_HEIGHT = 48;
    /** The distance by which a decision's shape exceeds a node above and below. */
    static final int TIP = 14;

    /**
     * A branch, or the decision.
     *
     * @param part has an empty id for the decision
     */
    public record Node(PlanShape.Planned part, StatusStyle tone, int x, int y) {
        /** The maximum width of a label, in pixels. */
        private static final int ROOM = 140;

        private static final int END = 6;

        public String id() {
            return part.id();
        }

        public String outline() {
            int right = x + NODE_WIDTH;
            int low = y + NODE_HEIGHT;
            int middle = y + NODE_HEIGHT / 2;
            return switch (part.form()) {
                case CALL -> "M%s %sH%sV%sH%sZ".formatted(x, y, right, low, x);
                case APPROVAL ->
                    "M%s %sL%s %sH%sL%s %sL%s %sH%sZ"
                            .formatted(x, middle, x + 12, y, right - 12, right, middle, right - 12, low, x + 12);
                case CHILD -> "M%s %sH%sV%sH%sZM%s %sV%s".formatted(x, y, right, low, x, x + 6, y, low);
                case DECISION ->
                    "M%s %sL%s %sL%s %sL%s %sZ"
                            .formatted(x, middle, middle(), y - TIP, right, middle, middle(), low + TIP);
            };
        }

        public int middle() {
            return x + NODE_WIDTH / 2;
        }

        /** Returns a label that fits into a node. A long text loses characters before its last six. */
        public static String shortened(String text) {
            int end = text.length() - END;
            String label = text;
            for (int begin = Math.min(end, ROOM / 6); width(label) > ROOM; begin--) {
                label = text.substring(0, begin) + "\u2026" + text.substring(end);
            }
            return label;
        }

        /** Estimates the width in pixels. */
        private static int width(String text) {
            return text.chars()
                    .map(letter -> "mwMW\u2026".indexOf(letter) >= 0 ? 13 : "fijlrt.-_/ ".indexOf(letter) >= 0 ? 6 : 9)
                    .sum();
        }
    }

    /**
     * A line to a branch from its predecessor or its parent.
     *
     * @param isNested whether the line is from a parent to its child
     * @param path the SVG path
     */
    public record Line(boolean isNested, String path) {}

    /**
     * Draws a plan. The drawing has no node if the transaction has more than {@link #MAX} branches.
     *
     * @param transaction in a view with its plan
     */
    public static PlanPicture of(Transaction transaction, boolean isDownward) {
        if (transaction.getBranchesCount() == 0 || transaction.getBranchesCount() > MAX) {
            return new PlanPicture(List.of(), List.of(), isDownward, 0, 0);
        }
        boolean isDecided = transaction.getPattern() == Pattern.TCC || transaction.getPattern() == Pattern.TWO_PHASE;
        return new PlanLayout(PlanShape.of(transaction), isDownward).drawn(isDecided ? decision(transaction) : null);
    }

    private static StatusStyle decision(Transaction transaction) {
        return switch (transaction.getState()) {
            case COMPLETING, SUCCEEDED -> StatusStyle.GOOD;
            case UNDOING, ABORTED -> StatusStyle.BACK;
            default -> StatusStyle.CALM;
        };
    }
}
