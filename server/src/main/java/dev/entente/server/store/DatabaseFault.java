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

/** The meaning of a database error for the operations that met it. */
public enum DatabaseFault {
    /** Rolled back for what one of them holds, or for a trigger of the tables: what is written beside it tells which. */
    BAD_ROW,
    /** Refused for a change of the tables or of a right on them. It passes, unless others of its kind are written. */
    SCHEMA,
    /** Rolled back for reasons of the moment (deadlock, cancelled): send them again. */
    CONFLICT,
    /** The link, the server or the prepared statements are gone; whether it was committed is not known. */
    BROKEN;

    /** The routines of PostgreSQL that refuse a connection to a database. */
    private static final Set<String> CONNECTING = Set.of("InitPostgres", "CheckMyDatabase");

    public static DatabaseFault of(SQLException e) {
        return of(e.getSQLState());
    }

    /**
     * Reads it from the state's class, see PostgreSQL's appendix A. 57014 is a cancelled query, the rest of 57 a server
     * that ends. XX001 and XX002, stored data that cannot be read, belong to the rows that led there; the rest of XX is
     * everything without a code of its own, such as a file at its size limit.
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

    /**
     * Tells whether a running server refused, so that the batch may be to blame, and not a link or a server that ends.
     */
    public static boolean isServersWord(SQLException e) {
        String state = e.getSQLState();
        return e instanceof PSQLException word
                && word.getServerErrorMessage() != null
                && state != null
                && !state.startsWith("08")
                && !state.startsWith("57P");
    }

    /**
     * Tells whether a server that had accepted the connection refused a statement. The state alone does not tell: a
     * database that takes no connections, or none of this user, is 55000 or 42501, and only the routine differs.
     */
    public static boolean isOfStatement(SQLException e) {
        return isServersWord(e)
                && !CONNECTING.contains(routine(e))
                && !String.valueOf(e.getSQLState()).matches("(28|3D|53300|57).*");
    }

    /** Tells whether row security would have hidden rows from a statement. */
    static boolean isOfRowSecurity(SQLException e) {
        return routine(e).equals("check_enable_rls");
    }

    /** The routine of PostgreSQL that refused; the message is in the language of {@code lc_messages}. */
    private static String routine(SQLException e) {
        ServerErrorMessage message = e instanceof PSQLException word ? word.getServerErrorMessage() : null;
        return message == null ? "" : String.valueOf(message.getRoutine());
    }

    /** The words of the innermost failure that the database told, in one line. */
    public static String serversLine(Throwable thrown) {
        SQLException cause = databases(thrown);
        return line(cause == null ? thrown : cause);
    }

    /** Returns the failure as the driver reported it; null where it is another. */
    public static @Nullable SQLException databases(Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null && !(cause instanceof SQLException)) {
            cause = cause.getCause();
        }
        return (SQLException) cause;
    }

    /** The database's words, in one line. */
    public static String line(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** Tells whether the statement was cancelled, such as for taking too long. */
    public static boolean isTimeout(Throwable thrown) {
        SQLException cause = databases(thrown);
        return cause != null && "57014".equals(cause.getSQLState());
    }

    /** Tells whether a running server refused the statement, and asking again later may help. */
    public static boolean isRefusedForNow(Throwable thrown) {
        SQLException cause = databases(thrown);
        return cause != null && isServersWord(cause) && of(cause) != BAD_ROW;
    }

    /**
     * Tells whether a connection failed as it does while PostgreSQL starts: its name has no address yet, nothing listens
     * at the port, the connection is closed before an answer, as by a port forwarding in front of it, or the server says
     * that it starts up or ends.
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

    /** Tells whether the statement was surely not carried out, and asking again later may help. */
    public static boolean isUnavailable(Throwable thrown) {
        return switch (databases(thrown)) {
            case null -> false;
            case SQLTransientConnectionException _ -> true;
            case SQLException cause ->
                switch (of(cause)) {
                    case BAD_ROW -> false;
                    case SCHEMA -> isServersWord(cause); // the driver's own word is a defect of this program
                    case CONFLICT, BROKEN -> true;
                };
        };
    }
}
