package dev.entente.eventstore;

/** Reports a failed handler (ENT-084). Its batch is rolled back, and the projection retries the batch later. */
public final class ProjectionFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String projection;
    private final long position;

    ProjectionFailed(String projection, PlacedEvent at, Exception cause) {
        super(
                "ENT-084: projection '" + projection + "' is stopped before position " + at.position() + ", event "
                        + at.event().version() + " of stream '" + at.event().stream() + "' (type '"
                        + at.event().type() + "' version " + at.event().typeVersion() + "): " + cause.getMessage(),
                cause);
        this.projection = projection;
        this.position = at.position();
    }

    /** Returns the projection's name. */
    public String projection() {
        return projection;
    }

    /** Returns the position of the event for which the handler failed. */
    public long position() {
        return position;
    }
}
