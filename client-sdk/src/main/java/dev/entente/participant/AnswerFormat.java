package dev.entente.participant;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.entente.wire.StoredAnswer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Function;

/**
 * How a {@link Barrier} keeps a body's answer, so that a repeated call gets the same one. Thread-safe.
 *
 * <pre>{@code
 * AnswerFormat<Reserved> format =
 *     AnswerFormat.text(new Reserved(""), json::write, text -> json.read(text, Reserved.class));
 * }</pre>
 *
 * @param <R> the answer
 */
public interface AnswerFormat<R> {
    /** The answer of an undo without its forward call, and of what has nothing stored; never null. */
    R none();

    /** The bytes to store; empty bytes are read as {@link #none}. */
    byte[] write(R answer);

    /**
     * Reads what {@link #write} made, perhaps in an earlier version of this program.
     *
     * @throws IllegalArgumentException if it is none of that
     */
    R read(byte[] stored);

    /** Returns what the row has: the bytes, and of an answer over HTTP its status and headers. */
    default StoredAnswer store(R answer) {
        return StoredAnswer.of(write(answer));
    }

    /**
     * Reads what {@link #store} returned, or a participant without HTTP has stored.
     *
     * @throws IllegalArgumentException as {@link #read}
     */
    default R restore(StoredAnswer stored) {
        return stored.bytes().isEmpty() ? none() : read(stored.bytes().toByteArray());
    }

    /** Protobuf's own format. */
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
            @SuppressWarnings("unchecked") // a parser of R makes Rs
            public R read(byte[] stored) {
                try {
                    return (R) prototype.getParserForType().parseFrom(stored);
                } catch (InvalidProtocolBufferException other) {
                    throw new IllegalArgumentException(
                            "the stored response does not read as "
                                    + prototype.getDescriptorForType().getFullName() + "; was its type changed?",
                            other);
                }
            }
        };
    }

    /**
     * Text such as JSON, stored as UTF-8; for records and whatever else a library of yours can write and read.
     *
     * @param none as {@link #none}
     */
    static <R> AnswerFormat<R> text(R none, Function<? super R, String> write, Function<String, ? extends R> read) {
        Objects.requireNonNull(none, "the answer of an undo that has nothing to undo must not be null");
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
