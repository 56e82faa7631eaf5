package dev.entente.server.api.wire;

import com.google.protobuf.Message;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.codec.MessageJson;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Reads JSON requests from {@link Text}, and other requests by the method's marshaller. Immutable. */
public final class JsonRequests<Q> implements MethodDescriptor.Marshaller<Q> {
    private final MethodDescriptor.PrototypeMarshaller<Q> binary;

    /** A request in JSON. */
    public static final class Text extends ByteArrayInputStream {
        public Text(byte[] json) {
            super(json);
        }
    }

    private JsonRequests(MethodDescriptor.PrototypeMarshaller<Q> binary) {
        this.binary = binary;
    }

    /** Returns the method, which also accepts requests in JSON. */
    static <Q, R> MethodDescriptor<Q, R> of(MethodDescriptor<Q, R> method) {
        var binary = (MethodDescriptor.PrototypeMarshaller<Q>) method.getRequestMarshaller();
        return method.toBuilder(new JsonRequests<>(binary), method.getResponseMarshaller())
                .build();
    }

    @Override
    public InputStream stream(Q value) {
        return binary.stream(value);
    }

    /** @throws Refusal with a text for the author of the request */
    @Override
    @SuppressWarnings("unchecked") // the prototype has this type
    public Q parse(InputStream stream) {
        if (!(stream instanceof Text text)) {
            return binary.parse(stream);
        }
        Message.Builder request = ((Message) Objects.requireNonNull(binary.getMessagePrototype())).newBuilderForType();
        try {
            ByteBuffer bytes = ByteBuffer.wrap(text.readAllBytes());
            MessageJson.read(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString(), request, "");
            return (Q) request.build();
        } catch (IOException noSuchJson) {
            String why = noSuchJson instanceof CharacterCodingException ? "it is not UTF-8" : noSuchJson.getMessage();
            throw Refusal.malformed(
                    ErrorCode.MALFORMED,
                    "request",
                    "the body is not valid JSON for "
                            + request.getDescriptorForType().getFullName() + ": " + why);
        }
    }
}
