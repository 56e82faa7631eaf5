package dev.entente.eventstore;

/**
 * A refused append (ENT-081): the stream is not at the version that the caller expected. Nothing was changed, and the
 * transaction can continue.
 */
public final class WrongVersion extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String stream;
    private final long expected;
    private final long actual;

    WrongVersion(String stream, long expected, long actual) {
        super("ENT-081: stream '" + stream + "' is at version " + actual + ", not at the expected " + expected
                + "; load the stream again, and decide again");
        this.stream = stream;
        this.expected = expected;
        this.actual = actual;
    }

    /** Returns the stream of the append. */
    public String stream() {
        return stream;
    }

    /** Returns the version that the caller expected. */
    public long expected() {
        return expected;
    }

    /** Returns the version of the stream; 0 if it has no events. */
    public long actual() {
        return actual;
    }
}
