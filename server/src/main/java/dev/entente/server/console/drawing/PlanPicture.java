package dev.entente.server.console.drawing;

import dev.entente.v1.BranchStatus;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Locale;

/**
 * A plan drawn: nodes in columns, each behind all that it waits for, and lines between them. Immutable.
 *
 * @param width in pixels, as all else here
 * @param leftOut how many lines are not drawn, for there are too many
 */
public record PlanPicture(List<Node> nodes, List<Line> lines, int width, int height, int leftOut) {
    static final int NODE_WIDTH = 156;
    static final int NODE_HEIGHT = 48;

    /** The kind of a node; each has a shape. */
    public enum Kind {
        CALL,
        APPROVAL,
        CHILD,
        /** The coordinator's decision, which every branch awaits before it is completed or undone. */
        DECISION
    }

    /**
     * A branch, several that are alike, or the decision.
     *
     * @param label short enough for its node
     * @param first the id of the first branch; of the decision: empty
     * @param last the id of the last of several
     * @param count of branches
     */
    public record Node(
            Kind kind,
            String label,
            String first,
            String last,
            int count,
            BranchStatus.State state,
            Tone tone,
            boolean isPivot,
            boolean isRetriable,
            int x,
            int y) {
        static final int LONGEST = 18;

        /** Returns the shape's outline. */
        public String outline() {
            int right = x + NODE_WIDTH;
            int low = y + NODE_HEIGHT;
            int middle = y + NODE_HEIGHT / 2;
            return switch (kind) {
                case CALL -> "M%d %dH%dV%dH%dZ".formatted(x, y, right, low, x);
                case APPROVAL ->
                    "M%d %dL%d %dH%dL%d %dL%d %dH%dZ"
                            .formatted(x, middle, x + 12, y, right - 12, right, middle, right - 12, low, x + 12);
                case CHILD -> "M%d %dH%dV%dH%dZM%d %dV%d".formatted(x, y, right, low, x, x + 6, y, low);
                case DECISION ->
                    "M%d %dL%d %dL%d %dL%d %dZ"
                            .formatted(
                                    x, middle, x + NODE_WIDTH / 2, y - 14, right, middle, x + NODE_WIDTH / 2, low + 14);
            };
        }

        public int middle() {
            return x + NODE_WIDTH / 2;
        }

        static String shortened(String text) {
            int length = text.codePointCount(0, text.length());
            return length <= LONGEST
                    ? text
                    : text.substring(0, text.offsetByCodePoints(0, LONGEST - 7))
                            + "\u2026"
                            + text.substring(text.offsetByCodePoints(text.length(), -6));
        }
    }

    /** The meaning of a line; each has a stroke. */
    public enum Way {
        AFTER,
        NESTED,
        UNDO
    }

    /** @param path of SVG */
    public record Line(Way way, String path) {
        public String css() {
            return "way-" + way.name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param transaction in a view with its plan */
    public static PlanPicture of(Transaction transaction) {
        PlanShape shape = PlanShape.of(transaction);
        boolean isDecided = transaction.getPattern() == Pattern.TCC || transaction.getPattern() == Pattern.TWO_PHASE;
        return new PlanLayout(shape, PlanFolds.of(shape), isTurned(transaction))
                .drawn(isDecided ? decision(transaction) : null);
    }

    static boolean isTurned(Transaction transaction) {
        return switch (transaction.getState()) {
            case UNDOING, ABORTED -> true;
            default -> false;
        };
    }

    private static Tone decision(Transaction transaction) {
        return switch (transaction.getState()) {
            case COMPLETING, SUCCEEDED -> Tone.GOOD;
            case UNDOING, ABORTED -> Tone.BACK;
            default -> Tone.CALM;
        };
    }
}
