package dev.entente.server.api.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One message between JSON, as a client typed it, and bytes. Pure and thread-safe. */
public final class JsonBody {
    /** Beyond it a double, which is all that a {@link Value} holds, no longer tells neighbouring integers apart. */
    static final double MAX_EXACT_INTEGER = 9007199254740991.0;

    private JsonBody() {}

    /** A body that does not fit its type; the message is for people. */
    static final class Misfit extends Exception {
        private static final long serialVersionUID = 1L;

        Misfit(String message) {
            super(message, null, false, false);
        }
    }

    static ByteString encode(Value json, Descriptor type) throws Misfit {
        refuseInexact(json, type, "");
        try {
            DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
            JsonFormat.parser()
                    .usingTypeRegistry(registry(type))
                    .merge(
                            JsonFormat.printer()
                                    .omittingInsignificantWhitespace()
                                    .sortingMapKeys()
                                    .print(json),
                            message);
            return message.build().toByteString();
        } catch (InvalidProtocolBufferException misfit) {
            throw new Misfit("it does not fit " + type.getFullName() + ": " + misfit.getMessage());
        }
    }

    /** Returns indented text with all its digits; null where the bytes are no message of that type. */
    static @Nullable String text(ByteString bytes, Descriptor type) {
        try {
            return JsonFormat.printer()
                    .usingTypeRegistry(registry(type))
                    .preservingProtoFieldNames()
                    .print(DynamicMessage.parseFrom(type, bytes));
        } catch (InvalidProtocolBufferException misfit) {
            return null;
        }
    }

    /** Null where the bytes are no message of that type. */
    static @Nullable Value decode(ByteString bytes, Descriptor type) {
        String json = text(bytes, type);
        return json == null ? null : JsonText.decode(ByteString.copyFromUtf8(json));
    }

    /** Lists the types that an {@code Any} inside may hold: the messages of its file and of those that it imports. */
    private static TypeRegistry registry(Descriptor type) {
        return TypeRegistry.newBuilder().add(type).build();
    }

    private static void refuseInexact(Value json, @Nullable Descriptor type, String path) throws Misfit {
        if (type == null || !json.hasStructValue()) {
            return;
        }
        for (Map.Entry<String, Value> member :
                json.getStructValue().getFieldsMap().entrySet()) {
            FieldDescriptor field = field(type, member.getKey());
            if (field != null) {
                refuseInexact(
                        member.getValue(), field, path.isEmpty() ? member.getKey() : path + "." + member.getKey());
            }
        }
    }

    private static void refuseInexact(Value value, FieldDescriptor field, String path) throws Misfit {
        if (value.hasListValue()) {
            for (Value element : value.getListValue().getValuesList()) {
                refuseInexact(element, field, path);
            }
        } else if (field.isMapField() && value.hasStructValue()) {
            FieldDescriptor values = field.getMessageType().findFieldByName("value");
            Struct entries = value.getStructValue();
            for (Map.Entry<String, Value> entry : entries.getFieldsMap().entrySet()) {
                refuseInexact(entry.getValue(), values, path + "." + entry.getKey());
            }
        } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            refuseInexact(value, field.getMessageType(), path);
        } else if (isInteger(field) && value.hasNumberValue() && Math.abs(value.getNumberValue()) > MAX_EXACT_INTEGER) {
            throw new Misfit(
                    "'" + path + "' is an integer of 2^53 or more, which JSON numbers do not hold exactly; quote it: \""
                            + path.substring(path.lastIndexOf('.') + 1) + "\": \"…\"");
        }
    }

    private static boolean isInteger(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.LONG
                || field.getJavaType() == FieldDescriptor.JavaType.INT;
    }

    /** Returns the field of that name, of the proto file or of JSON; null if there is none. */
    public static @Nullable FieldDescriptor field(Descriptor type, String name) {
        return type.getFields().stream()
                .filter(field -> name.equals(field.getName()) || name.equals(field.getJsonName()))
                .findFirst()
                .orElse(null);
    }
}
