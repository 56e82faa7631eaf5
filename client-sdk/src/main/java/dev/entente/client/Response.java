package dev.entente.client;

import com.google.protobuf.Descriptors.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * The future response of a branch's forward call. Its fields, or parts of its JSON, can be bound into later requests:
 * {@link Call#set} and {@link Call#require}. A record's response has {@code /partition} and {@code /offset}. Immutable.
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
     * Returns the future JSON response of the step with that name, for a plan in one expression: {@code
     * Response.of("reserve").field("/id")}.
     */
    public static Response of(String step) {
        return new Response(step, null, null);
    }

    /**
     * Returns a reference to a field.
     *
     * @param number such as {@code ChargeResponse.PAYMENT_ID_FIELD_NUMBER}
     * @throws TransactionRefused ENT-019 if it has no such field
     */
    public FieldRef field(int number) {
        return field(Integer.toString(number));
    }

    /**
     * Returns a reference to a field, a nested field, or a part of JSON.
     *
     * @param path names or numbers separated by dots, such as {@code payment.id}; for JSON a pointer (RFC 6901), such
     *     as {@code /payment/id}
     * @throws TransactionRefused ENT-019 if it has no such field
     * @throws IllegalArgumentException if a pointer does not begin with a slash
     */
    public FieldRef field(String path) {
        return FieldRef.of(branch, type, path, plan);
    }

    /** Returns a reference to the complete response. */
    public FieldRef whole() {
        return field("");
    }
}
