package dev.entente.core.transaction;

/**
 * Text of others as it may stand in a message, a line of a log or on a terminal. It is on one line, and has nothing in
 * it that moves the cursor, colours, or turns the direction of what stands around it.
 */
public final class VisibleText {
    private VisibleText() {}

    /** The same text, with {@code \}{@code u202e} in place of each character that is not seen for what it is. */
    public static String of(String text) {
        int at = 0;
        while (at < text.length() && isSeen(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at == text.length() ? text : escaped(text, at);
    }

    private static String escaped(String text, int from) {
        StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, from);
        text.substring(from).codePoints().forEach(c -> {
            if (isSeen(c)) {
                out.appendCodePoint(c);
            } else {
                for (char unit : Character.toChars(c)) {
                    out.append(String.format("\\u%04x", (int) unit));
                }
            }
        });
        return out.toString();
    }

    private static boolean isSeen(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
