package dev.entente.spring;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Message;
import dev.entente.client.JsonCodec;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import java.lang.reflect.Array;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A method behind the barrier: the calls that it takes, and the way in which its answer is kept.
 *
 * @param mark on it, or on its type
 */
record BarrieredMethod(Barriered mark, AnswerFormat<Optional<Object>> format) {
    /** Returns why the current call is not taken, without characters that JSON escapes; null if it is. */
    @Nullable
    String refusal() {
        BranchOp op = Branch.current().map(Branch::op).orElse(null);
        if (op == null) {
            return mark.bareCalls()
                    ? null
                    : "ENT-095: only coordinators call this: entente-gid, entente-branch and entente-op are missing,"
                            + " or no filter or interceptor reads them";
        }
        List<BranchOp> ops = List.of(mark.op());
        boolean isServed = ops.isEmpty() ? op.role() != BranchOp.Role.QUESTION : ops.contains(op);
        return isServed
                ? null
                : "ENT-087: entente-op '" + op + "' is not served here" + (ops.isEmpty() ? "" : ", only " + ops);
    }

    /** Keeps a message as protobuf writes it. */
    static AnswerFormat<Optional<Object>> protobuf(Message prototype) {
        AnswerFormat<Message> format = AnswerFormat.protobuf(prototype);
        return new Kept(prototype, answer -> format.write((Message) answer), format::read);
    }

    /** Keeps that there was an answer. */
    static AnswerFormat<Optional<Object>> nothing() {
        return new Kept(null, answer -> new byte[0], stored -> null);
    }

    /** Keeps a value as JSON, and null as no bytes. */
    static AnswerFormat<Optional<Object>> json(Type type, JsonCodec json) {
        // zero or false: null is no answer of such a method
        Object nothing = type instanceof Class<?> simple && simple.isPrimitive()
                ? Array.get(Array.newInstance(simple, 1), 0)
                : null;
        Function<byte[], @Nullable Object> read = stored -> {
            try {
                return json.reads().read(new String(stored, UTF_8), type);
            } catch (Exception unreadable) { // of the mapper's own kind: said in the words of AnswerFormat
                throw new IllegalArgumentException(
                        "an answer does not read as " + type.getTypeName() + "; was the type changed?", unreadable);
            }
        };
        Function<Object, byte[]> write = answer -> {
            try {
                byte[] bytes = json.writes().write(answer, type).getBytes(UTF_8);
                Object unused = read.apply(bytes); // else each repeated call would fail
                return bytes;
            } catch (RuntimeException told) { // as it is
                throw told;
            } catch (Exception unwritable) { // of the mapper's own kind
                throw new IllegalArgumentException(type.getTypeName() + " cannot be written as JSON", unwritable);
            }
        };
        return new Kept(nothing, write, read);
    }

    private record Kept(
            @Nullable Object nothing, Function<Object, byte[]> writer, Function<byte[], @Nullable Object> reader)
            implements AnswerFormat<Optional<Object>> {
        @Override
        public Optional<Object> none() {
            return Optional.ofNullable(nothing);
        }

        @Override
        public byte[] write(Optional<Object> answer) {
            return answer.map(writer).orElseGet(() -> new byte[0]);
        }

        @Override
        public Optional<Object> read(byte[] stored) {
            return Optional.ofNullable(reader.apply(stored));
        }
    }
}
