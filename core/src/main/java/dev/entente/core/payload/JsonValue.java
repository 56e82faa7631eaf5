package dev.entente.core.payload;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value, immutable. {@link JsonSyntax} reads it; {@code toString} writes it without spaces, as text that UTF-8
 * can hold.
 */
sealed interface JsonValue {
    JsonValue NULL = new Literal("null");

    Members EMPTY_OBJECT = new Members(Map.of());

    /**
     * A number, {@code true}, {@code false} or {@code null}.
     *
     * @param text as it was read, so that a number keeps its digits
     */
    record Literal(String text) implements JsonValue {
        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * A string.
     *
     * @param text without quotes and escapes; half a surrogate pair may stand in it
     */
    record Text(String text) implements JsonValue {
        @Override
        public String toString() {
            return written(this);
        }
    }

    /**
     * An object.
     *
     * @param byName in the order in which they are written
     */
    record Members(Map<String, JsonValue> byName) implements JsonValue {
        Members with(String name, JsonValue value) {
            Map<String, JsonValue> changed = new LinkedHashMap<>(byName);
            changed.put(name, value);
            return new Members(Collections.unmodifiableMap(changed));
        }

        @Override
        public String toString() {
            return written(this);
        }
    }

    /** An array. */
    record Elements(List<JsonValue> values) implements JsonValue {
        /** Returns the array with another value at that index, which may be one past the end. */
        Elements with(int index, JsonValue value) {
            List<JsonValue> changed = new ArrayList<>(values);
            if (index == changed.size()) {
                changed.add(value);
            } else {
                changed.set(index, value);
            }
            return new Elements(Collections.unmodifiableList(changed));
        }

        @Nullable
        JsonValue at(int index) {
            return index >= 0 && index < values.size() ? values.get(index) : null;
        }

        @Override
        public String toString() {
            return written(this);
        }
    }

    private static String written(JsonValue value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(JsonValue value, StringBuilder out) {
        switch (value) {
            case Literal literal -> out.append(literal.text());
            case Text text -> write(text.text(), out);
            case Members members -> {
                char before = '{';
                for (Map.Entry<String, JsonValue> member : members.byName().entrySet()) {
                    write(member.getKey(), out.append(before));
                    write(member.getValue(), out.append(':'));
                    before = ',';
                }
                out.append(before == '{' ? "{}" : "}");
            }
            case Elements elements -> {
                char before = '[';
                for (JsonValue element : elements.values()) {
                    write(element, out.append(before));
                    before = ',';
                }
                out.append(before == '[' ? "[]" : "]");
            }
        }
    }

    private static void write(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char at = text.charAt(i);
            if (Character.isHighSurrogate(at)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                out.append(at).append(text.charAt(++i));
            } else {
                write(at, out);
            }
        }
        out.append('"');
    }

    /** Half a surrogate pair has no bytes in UTF-8, so it stays the escape as which alone it can have come. */
    private static void write(char at, StringBuilder out) {
        switch (at) {
            case '"', '\\' -> out.append('\\').append(at);
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                // U+2028 and U+2029 end a line in old JavaScript
                if (at < ' ' || at == '\u2028' || at == '\u2029' || Character.isSurrogate(at)) {
                    out.append("\\u").append(HexFormat.of().toHexDigits(at));
                } else {
                    out.append(at);
                }
            }
        }
    }
}
