package dev.entente.core.payload;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Copies values between JSON documents by pointers (RFC 6901). Numbers keep their digits. Total: a response that is no
 * JSON has no values, and where a pointer cannot be followed nothing is copied. A {@code null} counts as absent.
 */
public final class JsonFields {
    /** A document that is nested deeper counts as none. */
    public static final int DEEPEST = JsonSyntax.DEEPEST;

    private static final String END = "-";
    /** RFC 6901 allows no leading zeros; more digits than an {@code int} surely holds count as none. */
    private static final Predicate<String> INDEX =
            Pattern.compile("0|[1-9][0-9]{0,8}").asMatchPredicate();

    private JsonFields() {}

    /**
     * One thing to copy.
     *
     * @param response null where it is not known
     * @param from unescaped tokens of a pointer; none is the whole document
     */
    record Bound(@Nullable ByteString response, List<String> from, List<String> to) {}

    /**
     * The request with every value that is present copied into it, one after another. An empty one is an empty object.
     */
    static ByteString copy(ByteString request, List<Bound> bound) {
        JsonValue root = document(request);
        boolean isTouched = false;
        for (Bound one : bound) {
            JsonValue found = one.response == null ? null : find(parse(one.response), one.from);
            if (found != null && root != null) {
                root = one.to.isEmpty() ? found : set(root, one.to, found);
                isTouched = true;
            }
        }
        return isTouched ? ByteString.copyFromUtf8(String.valueOf(root)) : request;
    }

    static boolean isPresent(@Nullable ByteString response, List<String> from) {
        return response != null && find(parse(response), from) != null;
    }

    /** Tells whether a value can be copied to that place of the request, as far as the request itself shows. */
    public static boolean canHold(ByteString request, List<String> to) {
        JsonValue at = document(request);
        for (String token : to) {
            if (at instanceof JsonValue.Elements array) {
                int index = END.equals(token) ? array.values().size() : index(token);
                if (index < 0 || index > array.values().size()) {
                    return false;
                }
            }
            at = at == null ? null : child(at, token);
        }
        return true;
    }

    /** Tells whether these bytes are JSON, or empty. */
    public static boolean isDocument(ByteString bytes) {
        return document(bytes) != null;
    }

    private static @Nullable JsonValue document(ByteString bytes) {
        return bytes.isEmpty() ? JsonValue.EMPTY_OBJECT : parse(bytes);
    }

    private static @Nullable JsonValue parse(ByteString bytes) {
        return bytes.isValidUtf8() ? JsonSyntax.read(bytes.toStringUtf8()) : null;
    }

    private static @Nullable JsonValue find(@Nullable JsonValue root, List<String> from) {
        JsonValue at = root;
        for (String token : from) {
            at = at == null ? null : child(at, token);
        }
        return at == null || at.equals(JsonValue.NULL) ? null : at;
    }

    private static @Nullable JsonValue child(JsonValue parent, String token) {
        if (parent instanceof JsonValue.Members members) {
            return members.byName().get(token);
        }
        return parent instanceof JsonValue.Elements elements ? elements.at(index(token)) : null;
    }

    /** Objects on the way are made, in place of what is neither object nor array. An index may be one past the end. */
    private static JsonValue set(JsonValue at, List<String> to, JsonValue value) {
        if (at instanceof JsonValue.Elements array) {
            return setInArray(array, to, value);
        }
        JsonValue.Members object = at instanceof JsonValue.Members already ? already : JsonValue.EMPTY_OBJECT;
        String token = to.getFirst();
        return object.with(token, inner(object.byName().get(token), to, value));
    }

    private static JsonValue setInArray(JsonValue.Elements array, List<String> to, JsonValue value) {
        int size = array.values().size();
        int index = END.equals(to.getFirst()) ? size : index(to.getFirst());
        return index < 0 || index > size ? array : array.with(index, inner(array.at(index), to, value));
    }

    private static JsonValue inner(@Nullable JsonValue before, List<String> to, JsonValue value) {
        return to.size() == 1
                ? value
                : set(before == null ? JsonValue.EMPTY_OBJECT : before, to.subList(1, to.size()), value);
    }

    /** The index, or -1 if it is none. */
    private static int index(String token) {
        return INDEX.test(token) ? Integer.parseInt(token) : -1;
    }
}
