package dev.entente.eventstore;

/**
 * A handler that failed (ENT-084). Nothing of its batch is kept, and the projection goes on with that batch later.
 */
public final class ProjectionFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String projection;
    private final long position;

    ProjectionFailed(String projection, PlacedEvent at, Exception cause) {
        super(
                "ENT-084: projection '" + projection + "' stands before position " + at.position() + ", event "
                        + at.event().version() + " of stream '" + at.event().stream() + "' (type '"
                        + at.event().type() + "' version " + at.event().typeVersion() + "): " + cause.getMessage(),
                cause);
        this.projection = projection;
        this.position = at.position();
    }

    /** The projection's name. */
    public String projection() {
        return projection;
    }

    /** The position of the event whose handler failed. */
    public long position() {
        return position;
    }
}
