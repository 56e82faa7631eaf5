package dev.entente.client;

import com.google.protobuf.ByteString;
import java.lang.reflect.Type;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads objects as JSON with the application's mapper: {@code new JsonCodec(gson::toJson, gson::fromJson)}.
 * Set by {@link Entente.Builder#json}.
 *
 * @param writes thread-safe; must write equal objects equally in every process, so that a repeated plan has equal bytes
 * @param reads thread-safe
 */
public record JsonCodec(Writes writes, Reads reads) {
    /** Writes an object as JSON. */
    @FunctionalInterface
    public interface Writes {
        /**
         * Writes an object. Every exception means that it cannot be written.
         *
         * @param type the type that readers use
         */
        String write(Object value, Type type) throws Exception;
    }

    /** Reads JSON as an object. */
    @FunctionalInterface
    public interface Reads {
        /** Reads JSON as an application's type or as a {@link Map}. Every exception means that it has another type. */
        @Nullable
        Object read(String json, Type type) throws Exception;
    }

    /**
     * Returns a client's mapper.
     *
     * @throws IllegalStateException if the client has none
     */
    static JsonCodec required(@Nullable JsonCodec codec, String what) {
        if (codec == null) {
            throw new IllegalStateException(what + " needs a JSON mapper, and this Entente has none; call"
                    + " Entente.builder(…).json(codec), with Spring declare Jackson's mapper as a bean, or write and"
                    + " read the text yourself (jsonBody, String)");
        }
        return codec;
    }

    String write(Object value) {
        try {
            return writes.write(value, value.getClass());
        } catch (Exception unwritable) { // the mapper's own exception type
            throw new IllegalArgumentException(
                    value.getClass().getName() + " cannot be written as JSON: " + unwritable.getMessage(), unwritable);
        }
    }

    /** Reads a JSON object; returns an empty map if the text is no JSON object. */
    Map<?, ?> object(String text) {
        try {
            return reads.read(text, Map.class) instanceof Map<?, ?> read ? read : Map.of();
        } catch (Exception noJson) { // for example, a proxy's page; the caller then uses the HTTP status
            return Map.of();
        }
    }

    /**
     * Reads a response.
     *
     * @param type {@link String} for the text itself
     * @param whose the name of the response, for people
     * @throws IllegalArgumentException if it is no JSON of that class
     */
    static <T> T read(@Nullable JsonCodec codec, ByteString answer, Class<T> type, String whose) {
        String text = answer.toStringUtf8();
        if (type == String.class) {
            return type.cast(text);
        }
        JsonCodec mapper = required(codec, "a response of class " + type.getName());
        try {
            T read = text.isEmpty() ? null : type.cast(mapper.reads.read(text, type));
            if (read != null) {
                return read;
            }
        } catch (Exception other) { // the mapper's own exception type
            throw new IllegalArgumentException(
                    whose + " cannot be parsed as " + type.getName() + ": " + other.getMessage(), other);
        }
        throw new IllegalArgumentException(whose + " is empty, which is not a valid " + type.getName());
    }
}
