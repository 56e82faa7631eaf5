package dev.entente.server.decision;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.StringReader;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Copies values between JSON documents by pointers (RFC 6901). Numbers keep their digits. Total: a response that is no JSON has no values,
 * and where a pointer cannot be followed nothing is copied. A {@code null} counts as absent.
 */
final class JsonFields {
    /** A document that is nested deeper counts as none: whoever reads it needs a stack for it. */
    static final int DEEPEST = 255;

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

    /** The request with every value that is present copied into it, one after another. An empty one is an empty object. */
    static ByteString copy(ByteString request, List<Bound> bound) {
        JsonElement root = document(request);
        boolean isTouched = false;
        for (Bound one : bound) {
            JsonElement found = one.response == null ? null : find(parse(one.response), one.from);
            if (found != null && root != null) {
                root = one.to.isEmpty() ? found.deepCopy() : set(root, one.to, found.deepCopy());
                isTouched = true;
            }
        }
        return isTouched ? bytes(String.valueOf(root)) : request;
    }

    /** In UTF-8. Half a surrogate pair has no bytes there, so it stays the escape as which alone it can have come. */
    private static ByteString bytes(String json) {
        StringBuilder text = null;
        for (int i = 0; i < json.length(); i++) {
            char at = json.charAt(i);
            boolean isPair = Character.isHighSurrogate(at)
                    && i + 1 < json.length()
                    && Character.isLowSurrogate(json.charAt(i + 1));
            if (Character.isSurrogate(at) && !isPair && text == null) {
                text = new StringBuilder(json.length() + 16).append(json, 0, i);
            }
            if (text == null) {
                i += isPair ? 1 : 0;
            } else if (isPair) {
                text.append(at).append(json.charAt(++i));
            } else if (Character.isSurrogate(at)) {
                text.append("\\u").append(HexFormat.of().toHexDigits(at));
            } else {
                text.append(at);
            }
        }
        return ByteString.copyFromUtf8(text == null ? json : text.toString());
    }

    static boolean isPresent(@Nullable ByteString response, List<String> from) {
        return response != null && find(parse(response), from) != null;
    }

    /** Tells whether a value can be copied to that place of the request, as far as the request itself shows. */
    static boolean canHold(ByteString request, List<String> to) {
        JsonElement at = document(request);
        for (String token : to) {
            if (at instanceof JsonArray array) {
                int index = END.equals(token) ? array.size() : index(token);
                if (index < 0 || index > array.size()) {
                    return false;
                }
            }
            at = at == null ? null : child(at, token);
        }
        return true;
    }

    /** Tells whether these bytes are JSON, or empty. */
    static boolean isDocument(ByteString bytes) {
        return document(bytes) != null;
    }

    private static @Nullable JsonElement document(ByteString bytes) {
        return bytes.isEmpty() ? new JsonObject() : parse(bytes);
    }

    private static @Nullable JsonElement parse(ByteString bytes) {
        if (!bytes.isValidUtf8()) {
            return null;
        }
        JsonReader reader = new JsonReader(new StringReader(bytes.toStringUtf8()));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(DEEPEST);
        try {
            JsonElement read = JsonParser.parseReader(reader);
            return reader.peek() == JsonToken.END_DOCUMENT ? read : null;
        } catch (JsonParseException | IOException | IllegalStateException noJson) {
            return null;
        }
    }

    private static @Nullable JsonElement find(@Nullable JsonElement root, List<String> from) {
        JsonElement at = root;
        for (String token : from) {
            at = at == null ? null : child(at, token);
        }
        return at == null || at.isJsonNull() ? null : at;
    }

    private static @Nullable JsonElement child(JsonElement parent, String token) {
        if (parent instanceof JsonObject object) {
            return object.get(token);
        }
        int index = index(token);
        return parent instanceof JsonArray array && index >= 0 && index < array.size() ? array.get(index) : null;
    }

    /** Objects on the way are made, in place of what is neither object nor array. An index may be one past the end. */
    private static JsonElement set(JsonElement at, List<String> to, JsonElement value) {
        if (at instanceof JsonArray array) {
            setInArray(array, to, value);
            return array;
        }
        JsonObject object = at instanceof JsonObject already ? already : new JsonObject();
        String token = to.getFirst();
        object.add(token, inner(object.get(token), to, value));
        return object;
    }

    private static void setInArray(JsonArray array, List<String> to, JsonElement value) {
        int index = END.equals(to.getFirst()) ? array.size() : index(to.getFirst());
        if (index == array.size()) {
            array.add(inner(null, to, value));
        } else if (index >= 0 && index < array.size()) {
            array.set(index, inner(array.get(index), to, value));
        }
    }

    private static JsonElement inner(@Nullable JsonElement before, List<String> to, JsonElement value) {
        return to.size() == 1
                ? value
                : set(before == null ? new JsonObject() : before, to.subList(1, to.size()), value);
    }

    /** The index, or -1 if it is none. */
    private static int index(String token) {
        return INDEX.test(token) ? Integer.parseInt(token) : -1;
    }
}
