package dev.entente.server.api.connect;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * Reads requests from the JSON of proto3, and nothing that only looks so: no unknown field, no second value, no text
 * that a message cannot hold. Immutable.
 */
final class JsonRequests<Q> implements MethodDescriptor.Marshaller<Q> {
    private final MethodDescriptor.PrototypeMarshaller<Q> binary;

    private JsonRequests(MethodDescriptor.PrototypeMarshaller<Q> binary) {
        this.binary = binary;
    }

    /** Returns the method with requests in JSON. */
    static <Q, R> MethodDescriptor<Q, R> of(MethodDescriptor<Q, R> method) {
        var binary = (MethodDescriptor.PrototypeMarshaller<Q>) method.getRequestMarshaller();
        return method.toBuilder(new JsonRequests<>(binary), method.getResponseMarshaller())
                .build();
    }

    @Override
    public InputStream stream(Q value) {
        return binary.stream(value);
    }

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT, with a text for whoever wrote it */
    @Override
    public Q parse(InputStream stream) {
        Message.Builder builder = ((Message) Objects.requireNonNull(binary.getMessagePrototype())).newBuilderForType();
        try {
            byte[] bytes = stream.readAllBytes();
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            refuseLooseJson(text);
            JsonFormat.parser().merge(text, builder);
            Message read = builder.build();
            // As it comes over gRPC: half a surrogate pair, which JSON can name, would come out as another character.
            Q message = binary.parse(read.toByteString().newInput());
            if (!message.equals(read)) {
                throw new IOException("it has half a surrogate pair");
            }
            return message;
        } catch (IOException | RuntimeException noSuchJson) { // told to the client
            throw Status.INVALID_ARGUMENT
                    .withDescription("the body is no JSON of "
                            + builder.getDescriptorForType().getFullName() + ": " + noSuchJson.getMessage())
                    .withCause(noSuchJson)
                    .asRuntimeException();
        }
    }

    /** The library's own reader takes more than JSON, and the last of several values of one key. */
    private static void refuseLooseJson(String text) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        if (reader.peek() != JsonToken.BEGIN_OBJECT) {
            throw new IOException("it is no object");
        }
        Deque<Set<String>> keys = new ArrayDeque<>(); // of the objects and lists around; the reader bounds their depth
        do {
            switch (reader.peek()) {
                case BEGIN_OBJECT -> {
                    reader.beginObject();
                    keys.push(new HashSet<>());
                }
                case BEGIN_ARRAY -> {
                    reader.beginArray();
                    keys.push(Set.of());
                }
                case END_OBJECT -> {
                    reader.endObject();
                    keys.pop();
                }
                case END_ARRAY -> {
                    reader.endArray();
                    keys.pop();
                }
                case NAME -> {
                    if (!keys.element().add(reader.nextName())) {
                        throw new IOException("the key " + reader.getPath() + " stands twice; say it once");
                    }
                }
                case STRING, NUMBER, BOOLEAN, NULL, END_DOCUMENT -> reader.skipValue();
            }
        } while (!keys.isEmpty());
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw new IOException("something follows the object");
        }
    }
}
