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

    /** A body that does not fit its type; the message is for people. */
    static final class Misfit extends Exception {
        private static final long serialVersionUID = 1L;

        Misfit(String message) {
            super(message, null, false, false);
        }
    }

    static ByteString encode(Value json, Descriptor type) throws Misfit {
        try {
            DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
            JsonFormat.parser().usingTypeRegistry(registry(type)).merge(JsonText.of(json), message);
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

    /** Lists the types that an {@code Any} inside may hold: the messages of its file and of those that it imports. */
    private static TypeRegistry registry(Descriptor type) {
        return TypeRegistry.newBuilder().add(type).build();
    }
}
