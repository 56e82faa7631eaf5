package dev.entente.core.payload;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.entente.core.transaction.FieldPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies fields between protobuf messages on the wire format, by number, without descriptors.
 *
 * <p>In the wire format, fields may be in any order. The last occurrence of a singular field wins (or the occurrences
 * merge, if they are messages). To copy a field of any type, the class copies all its occurrences. To replace a target
 * field, the class removes all its occurrences and appends the copied ones, which therefore also win within a oneof.
 * Messages on the path to the target keep their other fields; if the schema repeats such a message, its elements merge
 * into one.
 *
 * <p>Every response has a result: a response that is not a protobuf message has no fields. See the encoding at
 * protobuf.dev/programming-guides/encoding.
 */
public final class WireFields {
    private WireFields() {}

    /**
     * One field to copy.
     *
     * @param response null if it is not known
     */
    public record Bound(@Nullable ByteString response, FieldPath from, FieldPath to) {}

    /**
     * Copies every bound field that is present into the request, one after another.
     *
     * @throws IllegalArgumentException if there is a field to copy and the request is not a protobuf message; a checked
     *     plan has no such request
     */
    public static ByteString copy(ByteString request, List<Bound> bound) {
        ByteString copied = request;
        for (Bound one : bound) {
            List<WireField> found = one.response == null ? List.of() : find(one.response, one.from);
            if (!found.isEmpty()) {
                copied = one.to.isRoot() ? whole(found, copied) : set(copied, one.to.numbers(), found);
            }
        }
        return copied;
    }

    /** Returns whether the response has the field. A default value is usually not sent (proto3). */
    public static boolean isPresent(@Nullable ByteString response, FieldPath path) {
        return response != null && !find(response, path).isEmpty();
    }

    /** Returns whether these bytes can be read as a protobuf message of some type. */
    public static boolean isMessage(ByteString bytes) {
        return WireField.all(bytes) != null;
    }

    private static List<WireField> find(ByteString response, FieldPath path) {
        if (path.isRoot()) {
            return isMessage(response) ? List.of(WireField.message(1, response)) : List.of();
        }
        ByteString message = response;
        int last = path.numbers().size() - 1;
        for (int number : path.numbers().subList(0, last)) {
            List<WireField> nested = occurrences(message, number).stream()
                    .filter(WireField::mayBeMessage)
                    .toList();
            if (nested.isEmpty()) {
                return List.of();
            }
            message = merged(nested);
        }
        return occurrences(message, path.numbers().get(last));
    }

    private static List<WireField> occurrences(ByteString message, int number) {
        List<WireField> all = WireField.all(message);
        return all == null
                ? List.of()
                : all.stream().filter(field -> field.number() == number).toList();
    }

    /** Concatenates the messages, which merges them. */
    private static ByteString merged(List<WireField> fields) {
        return ByteString.copyFrom(fields.stream()
                .filter(WireField::mayBeMessage)
                .map(WireField::content)
                .toList());
    }

    /** Returns the found message in place of the request; returns the request if the found field is no message. */
    private static ByteString whole(List<WireField> found, ByteString request) {
        ByteString message = merged(found);
        return found.getFirst().mayBeMessage() && isMessage(message) ? message : request;
    }

    private static ByteString set(ByteString message, List<Integer> path, List<WireField> values) {
        List<WireField> all = WireField.all(message);
        if (all == null) {
            throw new IllegalArgumentException(
                    "the request is not a protobuf message, so a binding cannot write into it");
        }
        int number = path.getFirst();
        List<WireField> kept = new ArrayList<>();
        List<WireField> replaced = new ArrayList<>();
        for (WireField field : all) {
            (field.number() == number ? replaced : kept).add(field);
        }
        return written(kept, number, path.size() == 1 ? values : List.of(nested(replaced, path, values)));
    }

    /** Returns the message on the path to the target. A replaced field that is not a message is lost. */
    private static WireField nested(List<WireField> replaced, List<Integer> path, List<WireField> values) {
        ByteString before = merged(replaced);
        ByteString after = set(isMessage(before) ? before : ByteString.EMPTY, path.subList(1, path.size()), values);
        return WireField.message(path.getFirst(), after);
    }

    private static ByteString written(List<WireField> kept, int number, List<WireField> placed) {
        ByteString.Output bytes = ByteString.newOutput();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            for (WireField field : kept) {
                field.write(field.number(), out);
            }
            for (WireField field : placed) {
                field.write(number, out);
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory cannot fail to be written", e);
        }
        return bytes.toByteString();
    }
}
