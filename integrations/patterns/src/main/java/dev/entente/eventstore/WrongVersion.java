package dev.entente.eventstore;

/**
 * A refused append (ENT-081): the stream is not at the version that the caller expected. Nothing was changed, and the
 * transaction can go on.
 */
public final class WrongVersion extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String stream;
    private final long expected;
    private final long actual;

    WrongVersion(String stream, long expected, long actual) {
        super("ENT-081: stream '" + stream + "' is at version " + actual + ", not at the expected " + expected
                + "; load it again, and decide anew");
        this.stream = stream;
        this.expected = expected;
        this.actual = actual;
    }

    /** The stream that was appended to. */
    public String stream() {
        return stream;
    }

    /** The version that the caller expected. */
    public long expected() {
        return expected;
    }

    /** The version of the stream; 0 where it has no event. */
    public long actual() {
        return actual;
    }
}
