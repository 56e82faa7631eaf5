package dev.entente.server.store;

import com.google.common.base.Throwables;
import java.io.EOFException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The meaning of a database error for the affected operations. */
public enum DatabaseFault {
    /**
     * A rollback because of one operation's content, or because of a trigger. If other operations are written, the
     * content is the cause.
     */
    BAD_ROW,
    /** A refusal because of a changed table or privilege. The writer treats it as temporary. */
    SCHEMA,
    /** A rollback for a temporary reason (deadlock, cancellation): send the operations again. */
    CONFLICT,
    /** A loss of the link, the server or the prepared statements; the commit may or may not have happened. */
    BROKEN;

    /** The routines of PostgreSQL that refuse a connection to a database. */
    private static final Set<String> CONNECTING = Set.of("InitPostgres", "CheckMyDatabase");

    public static DatabaseFault of(SQLException e) {
        return of(e.getSQLState());
    }

    /**
     * Returns the fault for the class of the SQLSTATE, see PostgreSQL's appendix A. 57014 is a cancelled query; the
     * rest of 57 is a server that shuts down. XX001 and XX002, unreadable stored data, belong to the rows involved. The
     * rest of XX is any error without its own code, such as a file at its size limit.
     */
    public static DatabaseFault of(@Nullable String sqlState) {
        if (sqlState == null || sqlState.length() < 2) {
            return BROKEN;
        }
        return switch (sqlState.substring(0, 2)) {
            case "21", "22", "23", "44", "54", "P0" -> BAD_ROW;
            case "42" -> SCHEMA;
            case "40", "55" -> CONFLICT;
            case "57" -> sqlState.equals("57014") ? CONFLICT : BROKEN;
            case "XX" -> sqlState.equals("XX001") || sqlState.equals("XX002") ? BAD_ROW : BROKEN;
            default -> BROKEN;
        };
    }

    /** Returns whether a running server refused: the batch may be the cause, not a broken link or a shutdown. */
    public static boolean isServerRefusal(SQLException e) {
        String state = e.getSQLState();
        return e instanceof PSQLException word
                && word.getServerErrorMessage() != null
                && state != null
                && !state.startsWith("08")
                && !state.startsWith("57P");
    }

    /**
     * Returns whether a server that had accepted the connection refused a statement. The state alone is ambiguous. A
     * database that takes no connections, or none of this user, returns 55000 or 42501, and only the routine differs.
     */
    public static boolean isOfStatement(SQLException e) {
        return isServerRefusal(e)
                && !CONNECTING.contains(routine(e))
                && !String.valueOf(e.getSQLState()).matches("(28|3D|53300|57).*");
    }

    /** Returns whether row security would have hidden rows from a statement. */
    static boolean isOfRowSecurity(SQLException e) {
        return routine(e).equals("check_enable_rls");
    }

    /** Returns the routine of PostgreSQL that refused. The message depends on {@code lc_messages}. */
    private static String routine(SQLException e) {
        ServerErrorMessage message = e instanceof PSQLException word ? word.getServerErrorMessage() : null;
        return message == null ? "" : String.valueOf(message.getRoutine());
    }

    /** Returns the first line of the database's failure, or of the exception if the database reported none. */
    public static String serversLine(Throwable thrown) {
        SQLException cause = databases(thrown);
        return line(cause == null ? thrown : cause);
    }

    /** Returns the failure as the driver reported it; null if there is none. */
    public static @Nullable SQLException databases(Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null && !(cause instanceof SQLException)) {
            cause = cause.getCause();
        }
        return (SQLException) cause;
    }

    /** Returns the first line of the message. */
    public static String line(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** Returns whether the statement was cancelled, for example because of its time limit. */
    public static boolean isTimeout(Throwable thrown) {
        SQLException cause = databases(thrown);
        return cause != null && "57014".equals(cause.getSQLState());
    }

    /** Returns whether a running server refused the statement, and a later retry may help. */
    public static boolean isRefusedForNow(Throwable thrown) {
        SQLException cause = databases(thrown);
        return cause != null && isServerRefusal(cause) && of(cause) != BAD_ROW;
    }

    /**
     * Returns whether a connection failed as it does while PostgreSQL starts. Examples: the host name has no address
     * yet; no process listens at the port; the connection is closed before an answer, as by port forwarding; or the
     * server reports that it starts up or shuts down.
     */
    static boolean mayStartSoon(Throwable failure) {
        SQLException refused = databases(failure);
        if (refused == null) {
            return false;
        }
        Throwable cause = Throwables.getRootCause(refused);
        return "57P03".equals(refused.getSQLState())
                || cause instanceof UnknownHostException
                || cause instanceof SocketException
                || cause instanceof EOFException;
    }

    /** Returns whether the statement was certainly not executed, and a later retry may help. */
    public static boolean isUnavailable(Throwable thrown) {
        return switch (databases(thrown)) {
            case null -> false;
            case SQLTransientConnectionException _ -> true;
            case SQLException cause ->
                switch (of(cause)) {
                    case BAD_ROW -> false;
                    case SCHEMA -> isServerRefusal(cause); // a failure of the driver itself is a defect of this program
                    case CONFLICT, BROKEN -> true;
                };
        };
    }
}
