package dev.entente.eventstore;

import java.util.regex.Pattern;

/** Checks the format of the names under which rows are stored. */
final class StreamNames {
    static final int MAX_CHARS = 255;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    private StreamNames() {}

    static void requireName(String ofWhat, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is not a valid name for " + ofWhat + "; use " + NAME);
        }
    }

    static void requirePrintable(String what, String name) {
        if (name.isEmpty() || name.length() > MAX_CHARS || !name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    what + " takes 1 to " + MAX_CHARS + " printable characters of ASCII, not '" + name + "'");
        }
    }
}
