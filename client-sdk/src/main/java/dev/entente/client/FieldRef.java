package dev.entente.client;

import com.google.protobuf.Descriptors.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * A field of a response that is not there yet: the coordinator copies it into a later request. See {@link Response}.
 * Immutable.
 */
public final class FieldRef {
    private static final String JSON = "JSON";

    private final String branch;
    private final String path;
    private final String type;
    private final String name;
    private final @Nullable Object plan;

    private FieldRef(String branch, String path, String type, String name, @Nullable Object plan) {
        this.branch = branch;
        this.path = path;
        this.type = type;
        this.name = name;
        this.plan = plan;
    }

    /**
     * Reads a path.
     *
     * @param message null for JSON
     * @param plan the builder of the plan in which the branch is, or null
     * @throws TransactionRefused ENT-019 if the message has no such field
     * @throws IllegalArgumentException if it is no JSON pointer
     */
    static FieldRef of(String branch, @Nullable Descriptor message, String path, @Nullable Object plan) {
        if (message != null) {
            NestedField field = NestedField.of(message, path);
            return new FieldRef(branch, field.numbers(), field.type(), field.toString(), plan);
        }
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new IllegalArgumentException("'" + path + "' is no JSON pointer; write /payment/id");
        }
        return new FieldRef(branch, path, JSON, path.isEmpty() ? JSON : path, plan);
    }

    @Nullable
    Object plan() {
        return plan;
    }

    String branch() {
        return branch;
    }

    /** As a binding has it. */
    String path() {
        return path;
    }

    /** Fields of one type can be copied into each other. */
    String type() {
        return type;
    }

    String name() {
        return name;
    }

    /** {@code pay: shop.v1.ChargeResponse.payment_id}. */
    @Override
    public String toString() {
        return branch + ": " + name;
    }
}
