package dev.entente.server.codec;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a transaction's row that contain encoded messages.
 *
 * @param format 0 in a row of a finished transaction, which has no such column
 */
record StoredRow(int format, String name, ByteString plan, ByteString progress) {
    private static final HexFormat HEX = HexFormat.of();

    static StoredRow parse(String line) {
        String[] columns = line.split("\t", -1);
        return new StoredRow(Integer.parseInt(columns[0]), columns[1], bytes(columns[2]), bytes(columns[3]));
    }

    private static ByteString bytes(String hex) {
        return ByteString.copyFrom(HEX.parseHex(hex));
    }

    /** Returns the row as one line, the opposite of {@link #parse}. */
    String line() {
        return String.join("\t", Integer.toString(format), name, hex(plan), hex(progress));
    }

    private static String hex(ByteString bytes) {
        return HEX.formatHex(bytes.toByteArray());
    }

    Plan decodedPlan(PlanCodec codec) {
        return format == 0 ? PlanCodec.decodeEnded(plan, name) : codec.decodeStored(format, plan);
    }

    Progress decodedProgress(PlanCodec codec) {
        return ProgressCodec.decode(progress, decodedPlan(codec));
    }

    /**
     * Returns the decoded values as text. The text does not contain the names of components, and omits empty components
     * at the end of a record. A record with one more component, or with another name for one, has an equal text.
     */
    String text(PlanCodec codec) throws ReflectiveOperationException {
        return text(decodedPlan(codec)) + text(decodedProgress(codec).keeping(ByteString.EMPTY));
    }

    private static String text(@Nullable Object value) throws ReflectiveOperationException {
        return switch (value) {
            case null -> "-";
            case ByteString bytes -> "x" + hex(bytes);
            case String string -> '"' + string + '"';
            case History history -> text(history.events());
            case Collection<?> list -> texts(list.toArray()).toString();
            case Map<?, ?> map -> new TreeMap<>(map).toString();
            case Record struct -> text(struct);
            case Enum<?> constant -> constant.name();
            default -> value.toString();
        };
    }

    private static String text(Record struct) throws ReflectiveOperationException {
        Class<?> type = struct.getClass();
        List<@Nullable Object> values = new ArrayList<>();
        for (var component : type.getRecordComponents()) {
            values.add(component.getAccessor().invoke(struct));
        }
        while (!values.isEmpty() && isEmpty(values.getLast())) {
            values.removeLast();
        }
        String kind = type.getInterfaces().length == 0 ? "" : type.getSimpleName();
        return kind + '(' + String.join(" ", texts(values.toArray())) + ')';
    }

    private static List<String> texts(@Nullable Object[] values) throws ReflectiveOperationException {
        List<String> texts = new ArrayList<>();
        for (Object value : values) {
            texts.add(text(value));
        }
        return texts;
    }

    private static boolean isEmpty(@Nullable Object value) throws ReflectiveOperationException {
        return value == null
                || List.of("x", "\"\"", "()", "[]", "{}", "0", "0.0", "false").contains(text(value));
    }
}
