package dev.entente.eventstore;

/** The form of the names under which rows are kept. */
final class StreamNames {
    static final int MAX_CHARS = 255;

    private StreamNames() {}

    static void requirePrintable(String what, String name) {
        if (name.isEmpty() || name.length() > MAX_CHARS || !name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    what + " takes 1 to " + MAX_CHARS + " printable characters of ASCII, not '" + name + "'");
        }
    }
}
