package dev.entente.client;

import com.google.protobuf.Descriptors.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * The response that a branch's forward call will have given. Its fields, or the parts of its JSON, can be bound into
 * later requests: {@link Call#set} and {@link Call#require}. Of a record it is {@code /partition} and {@code /offset}.
 * Immutable.
 */
public final class Response {
    private final String branch;
    private final @Nullable Descriptor type;
    private final @Nullable Object plan;

    /** @param type null for JSON */
    Response(String branch, @Nullable Descriptor type, @Nullable Object plan) {
        this.branch = branch;
        this.type = type;
        this.plan = plan;
    }

    /**
     * The JSON that a step of that name will have answered, where the plan is written in one expression: {@code
     * Response.of("reserve").field("/id")}.
     */
    public static Response of(String step) {
        return new Response(step, null, null);
    }

    /**
     * One of its fields.
     *
     * @param number such as {@code ChargeResponse.PAYMENT_ID_FIELD_NUMBER}
     * @throws TransactionRefused ENT-019 if it has no such field
     */
    public FieldRef field(int number) {
        return field(Integer.toString(number));
    }

    /**
     * One of its fields, or a field of one; of JSON a part.
     *
     * @param path names or numbers with dots between them, such as {@code payment.id}; of JSON a pointer (RFC 6901),
     *     such as {@code /payment/id}
     * @throws TransactionRefused ENT-019 if it has no such field
     * @throws IllegalArgumentException if a pointer does not begin with a slash
     */
    public FieldRef field(String path) {
        return FieldRef.of(branch, type, path, plan);
    }

    /** All of it. */
    public FieldRef whole() {
        return field("");
    }
}
