package dev.entente.client;

/**
 * A field of a response that is not there yet: the coordinator copies it into a later request. See {@link Response}.
 * Immutable.
 */
public final class FieldRef {
    private final String branch;
    private final FieldPath path;

    FieldRef(String branch, FieldPath path) {
        this.branch = branch;
        this.path = path;
    }

    String branch() {
        return branch;
    }

    FieldPath path() {
        return path;
    }

    /** {@code pay: shop.v1.ChargeResponse.payment_id}. */
    @Override
    public String toString() {
        return branch + ": " + path;
    }
}
