package dev.entente.outbox;

import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.SqlCondition;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Reports a wrong configuration of the outbox or the inbox, which an operator must fix. Nothing was written, unless a
 * body ended its transaction (ENT-097).
 */
public final class OutboxUnusable extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;

    private OutboxUnusable(String code, String message, @Nullable Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    static OutboxUnusable autoCommit(String what) {
        return new OutboxUnusable(
                "ENT-090",
                "the connection is in autocommit mode, so " + what + " and the business rows would not be in one"
                        + " transaction; call setAutoCommit(false) first",
                null);
    }

    /** @param how the call of the body, such as {@code commit()}; the call was refused */
    static OutboxUnusable bodyEnds(String how) {
        return new OutboxUnusable(
                "ENT-097",
                "the body called " + how + " on the given connection; the caller of the body ends the transaction,"
                        + " which contains the message's id; remove this call from the body",
                null);
    }

    static OutboxUnusable bodyEnded(SQLException cause) {
        return new OutboxUnusable(
                "ENT-097",
                "the body ended the transaction itself, so only changes that the body committed are kept; if they"
                        + " contain the message's id, the message does not run again; remove commit and rollback from"
                        + " the body, and check the effect",
                cause);
    }

    /**
     * Translates a failure that a missing table explains. The cause has the table's definition, for the log only,
     * because a service may send the message to its clients.
     *
     * @param table the table that may be missing
     * @param create the call that creates the table
     * @throws SQLException the given failure, unless the table is missing
     */
    static OutboxUnusable translate(SQLException failure, String table, String create, String ddl) throws SQLException {
        if (!SqlCondition.MISSING_TABLE.matchesFailure(failure)) {
            throw failure;
        }
        return new OutboxUnusable(
                "ENT-094",
                "misconfigured: the table " + table + " is missing; call " + create
                        + ", with Spring Boot set entente.outbox.create-tables=true, or run its definition, which is in"
                        + " the log of this service",
                Ddl.withDefinition(failure, ddl));
    }

    /**
     * Returns {@code ENT-090} for a connection in autocommit mode, {@code ENT-094} for a missing table, {@code ENT-097}
     * for a body that ends its transaction.
     */
    public String code() {
        return code;
    }
}
