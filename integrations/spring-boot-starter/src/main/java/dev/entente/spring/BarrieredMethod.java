package dev.entente.spring;

import com.google.protobuf.Message;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A method behind the barrier: its accepted calls, and how its answer is stored.
 *
 * @param mark on the method or on its type
 * @param format of a gRPC method's answer; null for a controller's answer, which is stored as it is sent
 */
record BarrieredMethod(Barriered mark, @Nullable AnswerFormat<Optional<Object>> format) {
    /** Returns why the current call is refused, without characters that JSON escapes; null if it is accepted. */
    @Nullable
    String refusal() {
        BranchOp op = Branch.current().map(Branch::op).orElse(null);
        if (op == null) {
            return mark.bareCalls()
                    ? null
                    : "ENT-095: only coordinators may call this method: entente-gid, entente-branch and entente-op are"
                            + " missing, or no filter or interceptor reads them";
        }
        List<BranchOp> ops = List.of(mark.op());
        boolean isServed = ops.isEmpty() ? op.role() != BranchOp.Role.QUESTION : ops.contains(op);
        return isServed
                ? null
                : "ENT-087: entente-op '" + op + "' is not served here" + (ops.isEmpty() ? "" : ", only " + ops);
    }

    /** Stores a message in its protobuf form. */
    static AnswerFormat<Optional<Object>> protobuf(Message prototype) {
        AnswerFormat<Message> format = AnswerFormat.protobuf(prototype);
        return new AnswerFormat<>() {
            @Override
            public Optional<Object> none() {
                return Optional.of(prototype);
            }

            @Override
            public byte[] write(Optional<Object> answer) {
                return format.write((Message) answer.orElseThrow());
            }

            @Override
            public Optional<Object> read(byte[] stored) {
                return Optional.of(format.read(stored));
            }
        };
    }
}
