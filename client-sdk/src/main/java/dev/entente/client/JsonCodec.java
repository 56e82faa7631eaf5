package dev.entente.client;

import com.google.protobuf.ByteString;
import java.lang.reflect.Type;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes objects as JSON and reads them, with an application's own mapper: {@code new JsonCodec(gson::toJson,
 * gson::fromJson)}. Given by {@link Entente.Builder#json}.
 *
 * @param writes thread-safe. Equal objects are written alike, by every process: a repeated plan has the same bytes
 * @param reads thread-safe
 */
public record JsonCodec(Writes writes, Reads reads) {
    /** Writes an object as JSON. */
    @FunctionalInterface
    public interface Writes {
        /**
         * Writes it; every exception says that it cannot be written.
         *
         * @param type what it is to be read as
         */
        String write(Object value, Type type) throws Exception;
    }

    /** Reads JSON as an object. */
    @FunctionalInterface
    public interface Reads {
        /** Reads it as a type of the application's, or as a {@link Map}; every exception says that it is none. */
        @Nullable
        Object read(String json, Type type) throws Exception;
    }

    /**
     * Returns a client's mapper.
     *
     * @throws IllegalStateException if it has none
     */
    static JsonCodec required(@Nullable JsonCodec codec, String what) {
        if (codec == null) {
            throw new IllegalStateException(what + " needs a JSON mapper, and this Entente has none; say"
                    + " Entente.builder(…).json(codec), with Spring have Jackson's mapper as a bean, or write and read"
                    + " the text yourself (jsonBody, String)");
        }
        return codec;
    }

    String write(Object value) {
        try {
            return writes.write(value, value.getClass());
        } catch (Exception unwritable) { // of the mapper's own kind
            throw new IllegalArgumentException(
                    value.getClass().getName() + " cannot be written as JSON: " + unwritable.getMessage(), unwritable);
        }
    }

    /** Reads an object; an empty one where it is none. */
    Map<?, ?> object(String text) {
        try {
            return reads.read(text, Map.class) instanceof Map<?, ?> read ? read : Map.of();
        } catch (Exception noJson) { // a proxy's page, say: then the status counts
            return Map.of();
        }
    }

    /**
     * Reads an answer.
     *
     * @param type {@link String} for the text itself
     * @param whose answer it is, for people
     * @throws IllegalArgumentException if it is no JSON of that class
     */
    static <T> T read(@Nullable JsonCodec codec, ByteString answer, Class<T> type, String whose) {
        String text = answer.toStringUtf8();
        if (type == String.class) {
            return type.cast(text);
        }
        JsonCodec mapper = required(codec, "an answer of class " + type.getName());
        try {
            T read = text.isEmpty() ? null : type.cast(mapper.reads.read(text, type));
            if (read != null) {
                return read;
            }
        } catch (Exception other) { // of the mapper's own kind
            throw new IllegalArgumentException(
                    whose + " does not read as " + type.getName() + ": " + other.getMessage(), other);
        }
        throw new IllegalArgumentException(whose + " is empty, which is no " + type.getName());
    }
}
