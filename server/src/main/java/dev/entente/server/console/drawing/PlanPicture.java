package dev.entente.server.console.drawing;

import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.List;

/**
 * A plan drawn: nodes in columns, each behind all that it waits for, and lines between them. Immutable.
 *
 * @param isDownward whether it goes from top to bottom, for narrow screens
 * @param width in pixels, as all else here
 */
public record PlanPicture(List<Node> nodes, List<Line> lines, boolean isDownward, int width, int height) {
    /** A larger plan is told by the table of branches alone. */
    public static final int MOST = 64;

    static final int NODE_WIDTH = 156;
    static final int NODE_HEIGHT = 48;
    /** How far a decision stands out above and below. */
    static final int TIP = 14;

    /**
     * A branch, or the decision.
     *
     * @param part of the decision: one without an id
     */
    public record Node(PlanShape.Planned part, Tone tone, int x, int y) {
        /** The most that a label may be wide, in pixels. */
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

        /** Returns a label that fits into a node: what is too wide loses letters before its last six. */
        public static String shortened(String text) {
            int end = text.length() - END;
            String label = text;
            for (int begin = Math.min(end, ROOM / 6); width(label) > ROOM; begin--) {
                label = text.substring(0, begin) + "\u2026" + text.substring(end);
            }
            return label;
        }

        /** Estimates it in pixels. */
        private static int width(String text) {
            return text.chars()
                    .map(letter -> "mwMW\u2026".indexOf(letter) >= 0 ? 13 : "fijlrt.-_/ ".indexOf(letter) >= 0 ? 6 : 9)
                    .sum();
        }
    }

    /**
     * From a branch to one that waits for it.
     *
     * @param isNested whether it is from a parent to its child
     * @param path of SVG
     */
    public record Line(boolean isNested, String path) {}

    /**
     * Draws it; no node where there are too many.
     *
     * @param transaction in a view with its plan
     */
    public static PlanPicture of(Transaction transaction, boolean isDownward) {
        if (transaction.getBranchesCount() == 0 || transaction.getBranchesCount() > MOST) {
            return new PlanPicture(List.of(), List.of(), isDownward, 0, 0);
        }
        boolean isDecided = transaction.getPattern() == Pattern.TCC || transaction.getPattern() == Pattern.TWO_PHASE;
        return new PlanLayout(PlanShape.of(transaction), isDownward).drawn(isDecided ? decision(transaction) : null);
    }

    private static Tone decision(Transaction transaction) {
        return switch (transaction.getState()) {
            case COMPLETING, SUCCEEDED -> Tone.GOOD;
            case UNDOING, ABORTED -> Tone.BACK;
            default -> Tone.CALM;
        };
    }
}
