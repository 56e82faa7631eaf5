package dev.entente.core.payload;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON document as RFC 8259 has it, and nothing looser. Of members with one name the last counts. A byte
 * order mark may stand before it; a document of spaces alone counts as {@code null}. Each method that reads answers
 * null where the text is no JSON.
 */
final class JsonSyntax {
    /** The most levels of arrays and objects in each other: whoever reads a document needs a stack for it. */
    static final int DEEPEST = 255;

    private static final int LONGEST_NUMBER = 1023;
    private static final char BYTE_ORDER_MARK = '\ufeff';
    /** Stands for the end of the text; where it is a character of the text, it fits nowhere either. */
    private static final char END = '\0';

    private static final Pattern NUMBER = Pattern.compile("-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?");
    private static final List<String> WORDS = List.of("true", "false", "null");

    private final String text;
    private int at;

    private JsonSyntax(String text) {
        this.text = text;
    }

    static @Nullable JsonValue read(String text) {
        JsonSyntax syntax = new JsonSyntax(text);
        syntax.take(BYTE_ORDER_MARK);
        syntax.skipSpace();
        JsonValue read = syntax.isAtEnd() ? JsonValue.NULL : syntax.value(0);
        syntax.skipSpace();
        return syntax.isAtEnd() ? read : null;
    }

    private @Nullable JsonValue value(int depth) {
        return switch (peek()) {
            case '{' -> members(depth + 1);
            case '[' -> elements(depth + 1);
            case '"' -> text();
            default -> literal();
        };
    }

    private @Nullable JsonValue text() {
        String string = string();
        if (string == null) {
            return null;
        }
        return new JsonValue.Text(string);
    }

    private @Nullable JsonValue members(int depth) {
        if (depth > DEEPEST) {
            return null;
        }
        at++;
        skipSpace();
        if (take('}')) {
            return JsonValue.EMPTY_OBJECT;
        }
        Map<String, JsonValue> byName = new LinkedHashMap<>();
        do {
            skipSpace();
            String name = peek() == '"' ? string() : null;
            skipSpace();
            if (name == null || !take(':')) {
                return null;
            }
            skipSpace();
            JsonValue value = value(depth);
            if (value == null) {
                return null;
            }
            byName.put(name, value);
            skipSpace();
        } while (take(','));
        return take('}') ? new JsonValue.Members(Collections.unmodifiableMap(byName)) : null;
    }

    private @Nullable JsonValue elements(int depth) {
        if (depth > DEEPEST) {
            return null;
        }
        at++;
        skipSpace();
        List<JsonValue> values = new ArrayList<>();
        if (take(']')) {
            return new JsonValue.Elements(values);
        }
        do {
            skipSpace();
            JsonValue value = value(depth);
            if (value == null) {
                return null;
            }
            values.add(value);
            skipSpace();
        } while (take(','));
        return take(']') ? new JsonValue.Elements(Collections.unmodifiableList(values)) : null;
    }

    private @Nullable String string() {
        at++;
        StringBuilder read = new StringBuilder();
        while (at < text.length()) {
            char next = text.charAt(at++);
            if (next == '"') {
                return read.toString();
            }
            if (next < ' ' || (next == '\\' && !escape(read))) {
                return null;
            }
            if (next != '\\') {
                read.append(next);
            }
        }
        return null;
    }

    /** Reads what follows a backslash. Answers false where that is no escape. */
    private boolean escape(StringBuilder read) {
        char kind = peek();
        at++;
        switch (kind) {
            case '"', '\\', '/' -> read.append(kind);
            case 'b' -> read.append('\b');
            case 'f' -> read.append('\f');
            case 'n' -> read.append('\n');
            case 'r' -> read.append('\r');
            case 't' -> read.append('\t');
            case 'u' -> {
                int end = at + 4;
                if (end > text.length() || !text.substring(at, end).chars().allMatch(HexFormat::isHexDigit)) {
                    return false;
                }
                read.append((char) HexFormat.fromHexDigits(text, at, end));
                at = end;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private @Nullable JsonValue literal() {
        for (String word : WORDS) {
            if (text.startsWith(word, at)) {
                at += word.length();
                return new JsonValue.Literal(word);
            }
        }
        Matcher number = NUMBER.matcher(text).region(at, text.length());
        if (!number.lookingAt() || number.end() - at > LONGEST_NUMBER) {
            return null;
        }
        at = number.end();
        return new JsonValue.Literal(number.group());
    }

    private void skipSpace() {
        while (!isAtEnd() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean isAtEnd() {
        return at >= text.length();
    }

    private char peek() {
        return isAtEnd() ? END : text.charAt(at);
    }

    private boolean take(char expected) {
        boolean isThere = peek() == expected;
        at += isThere ? 1 : 0;
        return isThere;
    }
}
