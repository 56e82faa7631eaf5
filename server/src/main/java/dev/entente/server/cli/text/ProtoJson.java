package dev.entente.server.cli.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import java.util.Base64;
import java.util.List;

/**
 * Writes messages as the command line prints them: names as in the proto file, times and durations as text. Numbers are
 * numbers (protobuf's own JSON quotes 64-bit ones), and every field that has no presence of its own is there whether it
 * is set or not.
 */
public final class ProtoJson {
    private ProtoJson() {}

    public static JsonElement of(Message message) {
        if (message instanceof Timestamp || message instanceof Duration || message instanceof Value) {
            return wellKnown(message);
        }
        JsonObject object = new JsonObject();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            boolean isShown = !field.hasPresence() || message.hasField(field);
            if (isShown) {
                object.add(field.getName(), value(message, field));
            }
        }
        return object;
    }

    private static JsonElement wellKnown(Message message) {
        try {
            return JsonParser.parseString(JsonFormat.printer().print(message));
        } catch (InvalidProtocolBufferException outOfRange) {
            return JsonNull.INSTANCE;
        }
    }

    private static JsonElement value(Message message, FieldDescriptor field) {
        Object value = message.getField(field);
        if (field.isMapField()) {
            return map((List<?>) value);
        }
        if (field.isRepeated()) {
            JsonArray array = new JsonArray();
            ((List<?>) value).forEach(element -> array.add(single(element)));
            return array;
        }
        return single(value);
    }

    private static JsonObject map(List<?> entries) {
        JsonObject object = new JsonObject();
        for (Object entry : entries) {
            if (entry instanceof MapEntry<?, ?> pair) {
                object.add(String.valueOf(pair.getKey()), single(pair.getValue()));
            }
        }
        return object;
    }

    private static JsonElement single(Object value) {
        return switch (value) {
            case Message message -> of(message);
            case EnumValueDescriptor constant -> new JsonPrimitive(constant.getName());
            case ByteString bytes -> new JsonPrimitive(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Number number -> new JsonPrimitive(number);
            case Boolean truth -> new JsonPrimitive(truth);
            default -> new JsonPrimitive(String.valueOf(value));
        };
    }
}
