package dev.entente.client;

import org.jspecify.annotations.Nullable;

/**
 * A field of a response that is not there yet: the coordinator copies it into a later request. See {@link Response}.
 * Immutable.
 */
public final class FieldRef {
    private final String branch;
    private final NestedField path;
    private final @Nullable Object plan;

    FieldRef(String branch, NestedField path, @Nullable Object plan) {
        this.branch = branch;
        this.path = path;
        this.plan = plan;
    }

    @Nullable
    Object plan() {
        return plan;
    }

    String branch() {
        return branch;
    }

    NestedField path() {
        return path;
    }

    /** {@code pay: shop.v1.ChargeResponse.payment_id}. */
    @Override
    public String toString() {
        return branch + ": " + path;
    }
}
