package dev.entente.server.api.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import org.jspecify.annotations.Nullable;

/** One message between JSON, as a client typed it, and bytes. Pure and thread-safe. */
final class JsonBody {
    private JsonBody() {}

    /** @throws InvalidProtocolBufferException where it does not fit its type; its message is for people */
    static ByteString encode(Value json, Descriptor type) throws InvalidProtocolBufferException {
        String text = JsonText.of(json);
        try {
            DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
            JsonFormat.parser().usingTypeRegistry(registry(type)).merge(text, message);
            return message.build().toByteString();
        } catch (InvalidProtocolBufferException misfit) {
            throw new InvalidProtocolBufferException(
                    "it does not fit " + type.getFullName() + ": " + misfit.getMessage());
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

    /** Lists the types that an {@code Any} inside may hold: the messages of its file and of those that it imports. */
    private static TypeRegistry registry(Descriptor type) {
        return TypeRegistry.newBuilder().add(type).build();
    }
}
