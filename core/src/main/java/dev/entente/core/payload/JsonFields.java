package dev.entente.core.payload;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Copies values between JSON documents by pointers (RFC 6901). Total: a response that is no JSON has no values, and
 * where a pointer cannot be followed nothing is copied. A {@code null} counts as absent.
 *
 * <p>A document is JSON as RFC 8259 has it, and nothing looser, in UTF-8. Of members with one name the last counts. A
 * byte order mark may stand before it; a document of spaces alone counts as {@code null}. Numbers keep their digits.
 */
public final class JsonFields {
    /** A document that is nested deeper counts as none: whoever reads it needs a stack for it. Gson's own limit. */
    public static final int DEEPEST = 255;

    private static final Gson GSON = new GsonBuilder()
            .setStrictness(Strictness.STRICT)
            .serializeNulls()
            .disableHtmlEscaping()
            .create();
    /** Has no bytes in UTF-8, so it stays the escape as which alone it can have come. */
    private static final Pattern HALF_A_PAIR = Pattern.compile("\\p{Cs}");

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
        JsonElement root = document(request);
        boolean isTouched = false;
        for (Bound one : bound) {
            JsonElement found = one.response == null ? null : find(parse(one.response), one.from);
            if (found != null && root != null) {
                root = set(root, one.to, found);
                isTouched = true;
            }
        }
        return isTouched ? ByteString.copyFromUtf8(written(root)) : request;
    }

    static boolean isPresent(@Nullable ByteString response, List<String> from) {
        return response != null && find(parse(response), from) != null;
    }

    /** Tells whether a value can be copied to that place of the request, as far as the request itself shows. */
    public static boolean canHold(ByteString request, List<String> to) {
        JsonElement at = document(request);
        for (String token : to) {
            if (at instanceof JsonArray array && place(array, token) < 0) {
                return false;
            }
            at = child(at, token);
        }
        return true;
    }

    /** Tells whether these bytes are JSON, or empty. */
    public static boolean isDocument(ByteString bytes) {
        return document(bytes) != null;
    }

    private static @Nullable JsonElement document(ByteString bytes) {
        return bytes.isEmpty() ? new JsonObject() : parse(bytes);
    }

    private static @Nullable JsonElement parse(ByteString bytes) {
        if (!bytes.isValidUtf8()) {
            return null;
        }
        try {
            JsonElement read = GSON.fromJson(bytes.toStringUtf8(), JsonElement.class);
            return read == null ? JsonNull.INSTANCE : read;
        } catch (JsonParseException noJson) {
            return null;
        }
    }

    private static String written(@Nullable JsonElement document) {
        StringBuilder text = new StringBuilder();
        GSON.toJson(document, text);
        return text.chars().noneMatch(at -> Character.isSurrogate((char) at))
                ? text.toString()
                : HALF_A_PAIR
                        .matcher(text)
                        .replaceAll(
                                half -> "\\\\u%04x".formatted((int) half.group().charAt(0)));
    }

    private static @Nullable JsonElement find(@Nullable JsonElement root, List<String> from) {
        JsonElement at = root;
        for (String token : from) {
            at = child(at, token);
        }
        return at == null || at.isJsonNull() ? null : at;
    }

    private static @Nullable JsonElement child(@Nullable JsonElement parent, String token) {
        if (parent instanceof JsonArray array) {
            int place = END.equals(token) ? -1 : place(array, token);
            return place >= 0 && place < array.size() ? array.get(place) : null;
        }
        return parent instanceof JsonObject object ? object.get(token) : null;
    }

    /** Objects on the way are made, in place of what is neither object nor array. */
    private static JsonElement set(@Nullable JsonElement at, List<String> to, JsonElement value) {
        if (to.isEmpty()) {
            return value;
        }
        String token = to.getFirst();
        JsonElement inner = set(child(at, token), to.subList(1, to.size()), value);
        if (at instanceof JsonArray array) {
            int place = place(array, token);
            if (place == array.size()) {
                array.add(inner);
            } else if (place >= 0) {
                array.set(place, inner);
            }
            return array;
        }
        JsonObject object = at instanceof JsonObject already ? already : new JsonObject();
        object.add(token, inner);
        return object;
    }

    /** The index, which may be one past the end; or -1 if it is none. */
    private static int place(JsonArray array, String token) {
        if (END.equals(token)) {
            return array.size();
        }
        int index = INDEX.test(token) ? Integer.parseInt(token) : -1;
        return index <= array.size() ? index : -1;
    }
}
