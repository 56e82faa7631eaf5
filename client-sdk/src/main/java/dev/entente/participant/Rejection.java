package dev.entente.participant;

import dev.entente.wire.StoredAnswer;
import io.grpc.Status.Code;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A business no: out of stock, card declined. It promises that nothing was done and nothing will be, so throw it before
 * anything took effect, or inside a {@link Barrier}'s body, which rolls back what the body did. The transaction then
 * turns back, and this branch is not undone.
 *
 * <p>What may have happened, or may yet, is no rejection: let such exceptions pass, and the coordinator asks again.
 */
public final class Rejection extends BranchException {
    private static final long serialVersionUID = 1;

    private final String code;
    private final boolean settled;
    private final transient @Nullable Settlement settlement;
    private final transient @Nullable StoredAnswer answer;

    /**
     * A no for that reason.
     *
     * @param code for programs, such as {@code OUT_OF_STOCK}; not blank. The coordinator hears its first 256 bytes.
     * @param message for people, null for none; goes into the transaction's history, so without secrets. Code and
     *     message together are heard up to 1 KiB of UTF-8. Where it begins with the code, that stands once.
     * @throws IllegalArgumentException if the code is blank
     */
    public Rejection(String code, @Nullable String message) {
        this(code, message, null);
    }

    /** As {@link #Rejection(String, String)}, with the exception that led to it, which stays in this process. */
    public Rejection(String code, @Nullable String message, @Nullable Throwable cause) {
        this(code, message, cause, false, null, null);
    }

    private Rejection(
            String code,
            @Nullable String message,
            @Nullable Throwable cause,
            boolean settled,
            @Nullable Settlement settlement,
            @Nullable StoredAnswer answer) {
        super("REJECTED", Code.FAILED_PRECONDITION, storable(text(checked(code), message)), cause);
        this.code = storable(code);
        this.settled = settled;
        this.settlement = settlement;
        this.answer = answer;
    }

    private static String checked(String code) {
        if (Objects.requireNonNull(code, "a rejection's code must not be null").isBlank()) {
            throw new IllegalArgumentException("a rejection needs a code for programs, such as OUT_OF_STOCK");
        }
        return code;
    }

    private static String text(String code, @Nullable String message) {
        if (message == null || message.isBlank() || message.equals(code)) {
            return code;
        }
        return message.startsWith(code + ": ") ? message : code + ": " + message;
    }

    /** The reason for programs, such as {@code OUT_OF_STOCK}. */
    public String code() {
        return code;
    }

    /** Tells whether the verdict is stored, so that every later call of this operation gets it as well. */
    @Override
    public boolean isSettled() {
        return settled;
    }

    /** The reason for people, without the code; empty if there is none. */
    public String detail() {
        String text = String.valueOf(getMessage());
        return text.substring(Math.min(text.length(), code.length() + 2));
    }

    /**
     * Returns this no with the answer over HTTP that the caller gets. Without an answer the caller gets the JSON of
     * {@link HttpVerdict}. The barrier stores the answer with the verdict.
     */
    public Rejection answeredWith(@Nullable StoredAnswer given) {
        return copy(settled, settlement, given);
    }

    @Nullable
    StoredAnswer answer() {
        return answer;
    }

    /** Returns this no with its verdict stored. */
    Rejection settled() {
        return copy(true, null, answer);
    }

    /** Stores the verdict of a rejection whose own transaction was rolled back, and returns what to answer with. */
    interface Settlement {
        /** Stores the verdict in a transaction of its own. */
        BranchException alone();

        /**
         * Stores the verdict in the transaction that the caller has just begun on the connection, and commits.
         *
         * @return null, and nothing is stored, if the connection leads to another database or schema than the first
         *     transaction, or if a transaction that began earlier is open on it: a later rollback would lose the verdict
         */
        @Nullable
        BranchException in(Connection connection) throws SQLException;
    }

    /** Returns this no with its verdict to be stored once the surrounding transaction has ended. */
    Rejection settledBy(Settlement later) {
        return copy(false, later, answer);
    }

    /** Returns the exception to answer with, now that the surrounding transaction has ended. */
    BranchException afterTransaction() {
        return settlement == null ? this : settlement.alone();
    }

    /** As {@link #afterTransaction()}, with the verdict stored in another transaction of the caller, or not at all. */
    BranchException afterTransaction(Connection connection) throws SQLException {
        BranchException answer = settlement == null ? null : settlement.in(connection);
        return answer == null ? this : answer;
    }

    @Override
    String reasonCode() {
        return code;
    }

    /** PostgreSQL's text holds every character but one, and the verdict must not be lost over it. */
    private static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }

    private Rejection copy(boolean isSettled, @Nullable Settlement later, @Nullable StoredAnswer given) {
        Rejection copy = new Rejection(code, detail(), getCause(), isSettled, later, given);
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
