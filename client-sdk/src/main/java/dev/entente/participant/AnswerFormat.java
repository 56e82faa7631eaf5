package dev.entente.participant;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.entente.wire.StoredAnswer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Function;

/**
 * Stores a body's response for a {@link Barrier}, so that a repeated call gets the same response. Thread-safe.
 *
 * <pre>{@code
 * AnswerFormat<Reserved> format =
 *     AnswerFormat.text(new Reserved(""), json::write, text -> json.read(text, Reserved.class));
 * }</pre>
 *
 * @param <R> the response
 */
public interface AnswerFormat<R> {
    /** Returns the response of an undo without its forward call, and of a row without stored bytes; never null. */
    R none();

    /** Returns the bytes to store. {@link #restore} reads empty bytes as {@link #none}. */
    byte[] write(R answer);

    /**
     * Reads bytes that {@link #write} returned, perhaps in an earlier version of this program.
     *
     * @throws IllegalArgumentException if the bytes have another format
     */
    R read(byte[] stored);

    /** Returns the content of the row: the bytes and, for a response over HTTP, its status and headers. */
    default StoredAnswer store(R answer) {
        return StoredAnswer.of(write(answer));
    }

    /**
     * Reads a response that {@link #store} returned, or that a participant without HTTP stored.
     *
     * @throws IllegalArgumentException as {@link #read}
     */
    default R restore(StoredAnswer stored) {
        return stored.bytes().isEmpty() ? none() : read(stored.bytes().toByteArray());
    }

    /** Returns the format for protobuf messages. */
    static <R extends Message> AnswerFormat<R> protobuf(R prototype) {
        Objects.requireNonNull(prototype, "the response's default instance must not be null");
        return new AnswerFormat<>() {
            @Override
            public R none() {
                return prototype;
            }

            @Override
            public byte[] write(R answer) {
                return answer.toByteArray();
            }

            @Override
            @SuppressWarnings("unchecked") // a parser of R returns instances of R
            public R read(byte[] stored) {
                try {
                    return (R) prototype.getParserForType().parseFrom(stored);
                } catch (InvalidProtocolBufferException other) {
                    throw new IllegalArgumentException(
                            "the stored response cannot be parsed as "
                                    + prototype.getDescriptorForType().getFullName() + "; was its type changed?",
                            other);
                }
            }
        };
    }

    /**
     * Returns a format for text such as JSON, stored as UTF-8: for records and other types that a library serializes.
     *
     * @param none as {@link #none}
     */
    static <R> AnswerFormat<R> text(R none, Function<? super R, String> write, Function<String, ? extends R> read) {
        Objects.requireNonNull(none, "the response of an undo that has nothing to undo must not be null");
        return new AnswerFormat<>() {
            @Override
            public R none() {
                return none;
            }

            @Override
            public byte[] write(R answer) {
                return write.apply(answer).getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public R read(byte[] stored) {
                return read.apply(new String(stored, StandardCharsets.UTF_8));
            }
        };
    }
}
