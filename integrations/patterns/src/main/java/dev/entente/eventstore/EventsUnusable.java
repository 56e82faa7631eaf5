package dev.entente.eventstore;

import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.SqlCondition;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Reports a configuration in which events cannot be stored or read; an operator must change it. */
public final class EventsUnusable extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;

    private EventsUnusable(String code, String message, @Nullable Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    static EventsUnusable autoCommit() {
        return new EventsUnusable(
                "ENT-090",
                "the connection is in autocommit mode, so events and the business rows would not be in one transaction;"
                        + " call setAutoCommit(false) first",
                null);
    }

    static EventsUnusable undeclared(StoredEvent event, String type, int typeVersion) {
        return new EventsUnusable(
                "ENT-082",
                place(event) + " is of type '" + type + "' version " + typeVersion
                        + ", which is not declared; declare it, or an upcaster from it",
                null);
    }

    static EventsUnusable unreadable(StoredEvent event, Exception cause) {
        return new EventsUnusable(
                "ENT-082",
                place(event) + " (type '" + event.type() + "' version " + event.typeVersion()
                        + ") cannot be read by its declared reader; fix its reader or its upcaster",
                cause);
    }

    static EventsUnusable unreadableSnapshot(String stream, String fold, Exception cause) {
        return new EventsUnusable(
                "ENT-082",
                "the snapshot of stream '" + stream + "' by '" + fold + "' cannot be read; increase the version of the"
                        + " fold, so that the snapshot is not used any more",
                cause);
    }

    /**
     * Translates a failure that missing tables explain. The cause has the tables' definition, for the log only, because
     * a service may send the message to its clients.
     *
     * @throws SQLException the given failure, unless a table is missing
     */
    static EventsUnusable translate(SQLException failure, String ddl) throws SQLException {
        if (!SqlCondition.MISSING_TABLE.matchesFailure(failure)) {
            throw failure;
        }
        return missing("a table of events", Ddl.withDefinition(failure, ddl));
    }

    static EventsUnusable headMissing(String ddl) {
        return missing("the row of entente_event_head", Ddl.withDefinition(new SQLException("no row"), ddl));
    }

    private static EventsUnusable missing(String what, SQLException cause) {
        return new EventsUnusable(
                "ENT-083",
                "misconfigured: " + what
                        + " is missing; call EventStore.createTables, or run the definition, which is in"
                        + " the log of this service",
                cause);
    }

    private static String place(StoredEvent event) {
        return "event " + event.version() + " of stream '" + event.stream() + "'";
    }

    /** Returns the error's code, such as {@code ENT-082}. */
    public String code() {
        return code;
    }
}
