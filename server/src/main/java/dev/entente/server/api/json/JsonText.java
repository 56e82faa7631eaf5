package dev.entente.server.api.json;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Converts a body over HTTP between a client's JSON and bytes. Pure and thread-safe. */
final class JsonText {
    /** The limit beyond which a double, the number type of {@link Value}, cannot represent each integer. */
    private static final double MAX_EXACT_INTEGER = 9007199254740991.0;

    private JsonText() {}

    /** Returns equal texts for equal content: the keys are sorted, because clients send keys in any order. */
    static String of(Value json) throws InvalidProtocolBufferException {
        return element(json, "").toString();
    }

    /**
     * Returns null if a text is no JSON, or if a {@link Value} cannot hold it: half a surrogate pair would become
     * another character.
     */
    static @Nullable Value decode(String text) {
        try {
            Value.Builder value = Value.newBuilder();
            JsonFormat.parser().merge(text, value);
            Value read = value.build();
            return Value.parseFrom(read.toByteString()).equals(read) ? read : null;
        } catch (InvalidProtocolBufferException noJson) {
            return null;
        }
    }

    /** Returns indented text with unchanged numbers; null if the bytes are no JSON. */
    static @Nullable String text(ByteString bytes) {
        if (decode(bytes.toStringUtf8()) == null) {
            return null;
        }
        return new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .serializeNulls()
                .create()
                .toJson(JsonParser.parseString(bytes.toStringUtf8()));
    }

    private static JsonElement element(Value value, String path) throws InvalidProtocolBufferException {
        return switch (value.getKindCase()) {
            case NULL_VALUE, KIND_NOT_SET -> JsonNull.INSTANCE;
            case BOOL_VALUE -> new JsonPrimitive(value.getBoolValue());
            case STRING_VALUE -> new JsonPrimitive(value.getStringValue());
            case NUMBER_VALUE -> number(value.getNumberValue(), path);
            case STRUCT_VALUE -> {
                JsonObject object = new JsonObject();
                for (var member : new TreeMap<>(value.getStructValue().getFieldsMap()).entrySet()) {
                    object.add(member.getKey(), element(member.getValue(), path + "/" + member.getKey()));
                }
                yield object;
            }
            case LIST_VALUE -> {
                JsonArray array = new JsonArray();
                for (Value element : value.getListValue().getValuesList()) {
                    array.add(element(element, path + "/" + array.size()));
                }
                yield array;
            }
        };
    }

    private static JsonPrimitive number(double number, String path) throws InvalidProtocolBufferException {
        if (!Double.isFinite(number)) {
            throw new InvalidProtocolBufferException("'" + path + "' is not a valid JSON number");
        }
        if (number != Math.rint(number)) {
            return new JsonPrimitive(number);
        }
        if (Math.abs(number) > MAX_EXACT_INTEGER) {
            throw new InvalidProtocolBufferException("'" + path
                    + "' is an integer of 2^53 or more, which a JSON number cannot represent exactly; quote the number,"
                    + " or send the body as raw");
        }
        return new JsonPrimitive((long) number);
    }
}
