package dev.entente.server.api.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import org.jspecify.annotations.Nullable;

/** Converts one message between a client's JSON and bytes. Pure and thread-safe. */
final class JsonBody {
    private JsonBody() {}

    /** @throws InvalidProtocolBufferException if the JSON does not match the type; the message is for users */
    static ByteString encode(Value json, Descriptor type) throws InvalidProtocolBufferException {
        String text = JsonText.of(json);
        try {
            DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
            JsonFormat.parser().usingTypeRegistry(registry(type)).merge(text, message);
            return message.build().toByteString();
        } catch (InvalidProtocolBufferException misfit) {
            throw new InvalidProtocolBufferException(
                    "the json body is not valid for " + type.getFullName() + ": " + misfit.getMessage());
        }
    }

    /** Returns indented text with all digits; null if the bytes are no message of the type. */
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

    /** Returns the possible types of an {@code Any} field: the messages of the type's file and of its imports. */
    private static TypeRegistry registry(Descriptor type) {
        return TypeRegistry.newBuilder().add(type).build();
    }
}
