package dev.entente.client;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/** Uses the mapper of a client, where it has one. */
final class Json {
    private Json() {}

    /**
     * Returns the mapper.
     *
     * @param what needs it, for people
     * @throws IllegalStateException if there is none
     */
    static JsonCodec required(@Nullable JsonCodec codec, String what) {
        if (codec == null) {
            throw new IllegalStateException(what + " needs a JSON mapper, and this Entente has none; say"
                    + " Entente.builder(…).json(mapper), with Spring have Jackson's mapper as a bean, or write and read"
                    + " the text yourself (jsonBody, String)");
        }
        return codec;
    }

    /**
     * Reads an answer.
     *
     * @param type {@link String} for the text itself
     * @param branch whose answer it is, or empty
     * @throws ResponseUnreadable if it is no JSON of that class
     * @throws IllegalStateException if there is no mapper
     */
    static <T> T read(@Nullable JsonCodec codec, ByteString answer, Class<T> type, String gid, String branch) {
        String text = answer.toStringUtf8();
        if (type == String.class) {
            return type.cast(text);
        }
        JsonCodec mapper = required(codec, "an answer of class " + type.getName());
        if (text.isEmpty()) {
            throw ResponseUnreadable.of(
                    gid, branch, type.getName(), "it is empty; the plan names whose it is by result(step)", null);
        }
        try {
            T read = mapper.read(text, type);
            if (read != null) {
                return read;
            }
        } catch (RuntimeException other) { // each mapper has exceptions of its own; it is the caller's, with its cause
            throw ResponseUnreadable.of(gid, branch, type.getName(), String.valueOf(other.getMessage()), other);
        }
        throw ResponseUnreadable.of(gid, branch, type.getName(), "it is null", null);
    }
}
