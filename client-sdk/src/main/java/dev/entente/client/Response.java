package dev.entente.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;

/**
 * The response that a branch's forward call will have given. Its fields can be bound into later requests: {@link
 * Call#set} and {@link Call#require}. Immutable.
 *
 * @param <R> the response's type
 */
public final class Response<R extends Message> {
    private final String branch;
    private final R prototype;
    private final @Nullable Object plan;

    Response(String branch, R prototype, @Nullable Object plan) {
        this.branch = branch;
        this.prototype = prototype;
        this.plan = plan;
    }

    /**
     * One of its fields.
     *
     * @param number such as {@code ChargeResponse.PAYMENT_ID_FIELD_NUMBER}
     * @throws TransactionRefused ENT-019 if it has no such field
     */
    public FieldRef field(int number) {
        return new FieldRef(branch, NestedField.of(type(), number), plan);
    }

    /**
     * One of its fields, or a field of one.
     *
     * @param path names or numbers with dots between them, such as {@code payment.id}
     * @throws TransactionRefused ENT-019 if it has no such field
     */
    public FieldRef field(String path) {
        return new FieldRef(branch, NestedField.of(type(), path), plan);
    }

    /** All of it. */
    public FieldRef whole() {
        return new FieldRef(branch, NestedField.of(type(), ""), plan);
    }

    private Descriptor type() {
        return prototype.getDescriptorForType();
    }
}
