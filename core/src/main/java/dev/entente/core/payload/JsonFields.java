package dev.entente.core.payload;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.protobuf.ByteString;
import dev.entente.core.transaction.JsonPointer;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Copies values between JSON documents by pointers (RFC 6901). Every input has a result: a response that is not JSON
 * has no values, and a value without a place is not copied. A {@code null} counts as absent.
 *
 * <p>A document is strict JSON (RFC 8259) in UTF-8. The last of several members with one name counts. A byte order mark
 * may come first; a document of only spaces counts as {@code null}. Numbers keep their digits.
 */
public final class JsonFields {
    /** The nesting limit, which is Gson's. A deeper document counts as not JSON: each level costs a reader stack. */
    public static final int DEEPEST = 255;

    private static final Gson GSON = new GsonBuilder()
            .setStrictness(Strictness.STRICT)
            .serializeNulls()
            .disableHtmlEscaping()
            .create();
    /** A single surrogate, which UTF-8 cannot encode. It must come from an escape, and stays an escape. */
    private static final Pattern HALF_A_PAIR = Pattern.compile("\\p{Cs}");

    private static final String END = "-";
    /** RFC 6901 allows no leading zeros. */
    private static final Predicate<String> INDEX =
            Pattern.compile("0|[1-9][0-9]*").asMatchPredicate();
    /** More digits can exceed an {@code int}. */
    private static final int MAX_INDEX_DIGITS = 9;

    private JsonFields() {}

    /**
     * One value to copy.
     *
     * @param response null if it is not known
     * @param from unescaped tokens of a pointer; no tokens mean the complete document
     */
    record Bound(@Nullable ByteString response, List<String> from, List<String> to) {
        private @Nullable JsonElement value() {
            return response == null ? null : find(parse(response), from);
        }
    }

    /** Copies every value that is present and has a place into the request, one after another. */
    static ByteString copy(ByteString request, List<Bound> bound) {
        JsonElement root = document(request);
        boolean isTouched = false;
        for (Bound one : bound) {
            JsonElement found = one.value();
            if (found != null && root != null && misfit(root, one.to) == null) {
                root = set(root, one.to, found);
                isTouched = true;
            }
        }
        return isTouched ? ByteString.copyFromUtf8(written(root)) : request;
    }

    /** Returns the reason, for people, why the first value without a place has none; null if each value has a place. */
    static @Nullable String misfit(ByteString request, List<Bound> bound) {
        JsonElement root = document(request);
        String misfit = null;
        for (int i = 0; i < bound.size() && misfit == null; i++) {
            JsonElement found = bound.get(i).value();
            if (found != null) {
                misfit = misfit(root, bound.get(i).to);
                root = misfit == null ? set(root, bound.get(i).to, found) : root;
            }
        }
        return misfit;
    }

    /**
     * Returns the reason, for people, why no value can have that place in the request; null if a value can.
     *
     * @param earlier places that earlier values fill; the values are unknown
     */
    public static @Nullable String misfit(ByteString request, List<List<String>> earlier, List<String> to) {
        JsonElement root = document(request);
        for (List<String> place : earlier) {
            if (place.equals(to.subList(0, Math.min(place.size(), to.size())))) {
                return null;
            }
            root = misfit(root, place) == null ? set(root, place, new JsonObject()) : root;
        }
        return misfit(root, to);
    }

    private static @Nullable String misfit(@Nullable JsonElement root, List<String> to) {
        JsonElement at = root;
        for (int i = 0; i < to.size(); i++) {
            if (!canHold(at, to.get(i))) {
                String parent = i == 0 ? "the body" : "'" + new JsonPointer(to.subList(0, i)) + "'";
                return "'%s' does not fit: %s is %s".formatted(new JsonPointer(to), parent, kind(at));
            }
            at = child(at, to.get(i));
        }
        return null;
    }

    private static boolean canHold(@Nullable JsonElement parent, String token) {
        return switch (parent) {
            case JsonArray array -> place(array, token) >= 0;
            case JsonPrimitive _ -> false;
            case null, default -> parent instanceof JsonObject || !INDEX.test(token) || token.equals("0");
        };
    }

    private static String kind(@Nullable JsonElement value) {
        return switch (value) {
            case JsonArray array -> "an array of %1$s elements, with indexes 0 to %1$s and -".formatted(array.size());
            case JsonPrimitive scalar when scalar.isNumber() -> "a number, which has no fields";
            case JsonPrimitive scalar when scalar.isBoolean() -> "a boolean, which has no fields";
            case JsonPrimitive _ -> "a string, which has no fields";
            case null, default ->
                (value == null ? "absent" : "null") + ", and the first index of a new array is 0; write [] or {} into"
                        + " the body";
        };
    }

    static boolean isPresent(@Nullable ByteString response, List<String> from) {
        return response != null && find(parse(response), from) != null;
    }

    /** Returns whether these bytes are JSON, or empty. */
    public static boolean isDocument(ByteString bytes) {
        return document(bytes) != null;
    }

    private static @Nullable JsonElement document(ByteString bytes) {
        return bytes.isEmpty() ? JsonNull.INSTANCE : parse(bytes);
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

    /** Sets the value and creates absent objects and arrays on the path. The place must fit. */
    private static JsonElement set(@Nullable JsonElement at, List<String> to, JsonElement value) {
        if (to.isEmpty()) {
            return value;
        }
        String token = to.getFirst();
        JsonElement inner = set(child(at, token), to.subList(1, to.size()), value);
        boolean isNewArray = !(at instanceof JsonObject) && (token.equals(END) || token.equals("0"));
        if (at instanceof JsonArray || isNewArray) {
            JsonArray array = at instanceof JsonArray already ? already : new JsonArray();
            int place = place(array, token);
            if (place == array.size()) {
                array.add(inner);
            } else {
                array.set(place, inner);
            }
            return array;
        }
        JsonObject object = at instanceof JsonObject already ? already : new JsonObject();
        object.add(token, inner);
        return object;
    }

    /** Returns the index, which may be one past the end, or -1 if the token is not an index. */
    private static int place(JsonArray array, String token) {
        if (END.equals(token)) {
            return array.size();
        }
        boolean isIndex = INDEX.test(token) && token.length() <= MAX_INDEX_DIGITS;
        int index = isIndex ? Integer.parseInt(token) : -1;
        return index <= array.size() ? index : -1;
    }
}
