package dev.entente.server.cli;

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
import dev.entente.server.codec.MessageJson;
import dev.entente.v1.Body;
import java.util.Base64;
import java.util.List;

/**
 * Writes messages in the JSON of the command line: names as in the proto file, times and durations as text. Numbers are
 * numbers (protobuf's own JSON quotes 64-bit numbers). A field without presence is written even if it is not set.
 */
final class ProtoJson {
    private ProtoJson() {}

    static JsonElement of(Message message) {
        if (message instanceof Timestamp || message instanceof Duration || message instanceof Value) {
            try {
                return JsonParser.parseString(JsonFormat.printer().print(message));
            } catch (InvalidProtocolBufferException outOfRange) {
                return JsonNull.INSTANCE;
            }
        }
        JsonObject object = new JsonObject();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (!field.hasPresence() || message.hasField(field)) {
                object.add(field.getName(), value(message.getField(field), field));
            }
        }
        if (message instanceof Body body && body.hasJson()) {
            object.add("json", MessageJson.of(body));
        }
        return object;
    }

    private static JsonElement value(Object value, FieldDescriptor field) {
        if (field.isMapField()) {
            JsonObject object = new JsonObject();
            for (Object each : (List<?>) value) {
                MapEntry<?, ?> entry = (MapEntry<?, ?>) each;
                object.add(String.valueOf(entry.getKey()), single(entry.getValue()));
            }
            return object;
        }
        if (field.isRepeated()) {
            JsonArray array = new JsonArray();
            ((List<?>) value).forEach(element -> array.add(single(element)));
            return array;
        }
        return single(value);
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
