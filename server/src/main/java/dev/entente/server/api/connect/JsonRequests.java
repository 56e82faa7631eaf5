package dev.entente.server.api.connect;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.entente.server.api.json.JsonBody;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests from {@link Text}, and others as they are described. Takes the JSON of proto3, and nothing that only
 * looks so: no unknown field, no second value, no text that a message cannot hold. Immutable.
 */
final class JsonRequests<Q> implements MethodDescriptor.Marshaller<Q> {
    private final MethodDescriptor.PrototypeMarshaller<Q> binary;

    /** A request in JSON. */
    static final class Text extends ByteArrayInputStream {
        Text(byte[] json) {
            super(json);
        }
    }

    private JsonRequests(MethodDescriptor.PrototypeMarshaller<Q> binary) {
        this.binary = binary;
    }

    /** Returns the method with requests that may be in JSON. */
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
        if (!(stream instanceof Text)) {
            return binary.parse(stream);
        }
        Message.Builder builder = ((Message) Objects.requireNonNull(binary.getMessagePrototype())).newBuilderForType();
        try {
            byte[] bytes = stream.readAllBytes();
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            refuseTwice(reader, builder.getDescriptorForType());
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new IOException("something follows the object");
            }
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
                            + builder.getDescriptorForType().getFullName() + ": " + plain(noSuchJson))
                    .withCause(noSuchJson)
                    .asRuntimeException();
        }
    }

    /** Returns why, without the advice to whoever would configure the parser. */
    private static String plain(Exception why) {
        return why instanceof CharacterCodingException
                ? "it is not UTF-8"
                : String.valueOf(why.getMessage())
                        .replaceAll("(?s)Use JsonReader\\.\\S* to accept malformed JSON|\\s*See https?:.*", "")
                        .strip();
    }

    /**
     * Reads a value to its end. The library's own reader takes more than JSON, and the last of several values of one key.
     *
     * @param type of the object, or of those in the list; null where the keys are anybody's: those of a map, and of JSON
     *     within JSON
     */
    private static void refuseTwice(JsonReader reader, @Nullable Descriptor type) throws IOException {
        switch (reader.peek()) { // the reader bounds their depth
            case BEGIN_OBJECT -> {
                reader.beginObject();
                Set<String> keys = new HashSet<>();
                while (reader.hasNext()) {
                    String key = reader.nextName();
                    FieldDescriptor field = type == null ? null : JsonBody.field(type, key);
                    if (!keys.add(field == null ? key : field.getName())) {
                        throw new IOException("the key " + reader.getPath() + " stands twice; say it once");
                    }
                    refuseTwice(reader, typeIn(field));
                }
                reader.endObject();
            }
            case BEGIN_ARRAY -> {
                reader.beginArray();
                while (reader.hasNext()) {
                    refuseTwice(reader, type);
                }
                reader.endArray();
            }
            default -> reader.skipValue();
        }
    }

    private static @Nullable Descriptor typeIn(@Nullable FieldDescriptor field) {
        return field == null
                        || field.isMapField()
                        || field.getJavaType() != FieldDescriptor.JavaType.MESSAGE
                        || field.getMessageType().getFile().getPackage().equals("google.protobuf")
                ? null
                : field.getMessageType();
    }
}
