package dev.entente.core.transaction;

/**
 * Text from outside, in a form that is safe in a message, in a log line and on a terminal. The text is on one line. It
 * has no characters that move the cursor, set colours or change the direction of the surrounding text.
 */
public final class VisibleText {
    private VisibleText() {}

    /** Returns the text with {@code \}{@code u202e} or another escape in place of each invisible character. */
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
