package dev.entente.participant;

import dev.entente.wire.StoredAnswer;
import io.grpc.Status.Code;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A refusal for a business reason: out of stock, card declined. The rejection guarantees that the call has no effect,
 * now or later. Throw it before any effect, or inside a {@link Barrier}'s body, because the barrier rolls the body
 * back. The transaction then switches to undo, and this branch is not compensated.
 *
 * <p>If an effect is possible, do not throw a rejection: let the exception propagate, and the coordinator calls again.
 */
public final class Rejection extends BranchException {
    private static final long serialVersionUID = 1;

    private final String code;
    private final boolean settled;
    private final transient @Nullable VerdictStore settlement;
    private final transient @Nullable StoredAnswer answer;

    /**
     * Creates a rejection.
     *
     * @param code for programs, such as {@code OUT_OF_STOCK}; not blank. The coordinator gets its first 256 bytes.
     * @param message for people, null for none; without secrets, because the transaction's history contains it. Code
     *     and message together are cut at 1 KiB of UTF-8. A code at the start of the message is not repeated.
     * @throws IllegalArgumentException if the code is blank
     */
    public Rejection(String code, @Nullable String message) {
        this(code, message, null);
    }

    /** As {@link #Rejection(String, String)}, with a cause, which is not sent to the coordinator. */
    public Rejection(String code, @Nullable String message, @Nullable Throwable cause) {
        this(code, message, cause, false, null, null);
    }

    private Rejection(
            String code,
            @Nullable String message,
            @Nullable Throwable cause,
            boolean settled,
            @Nullable VerdictStore settlement,
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

    /** Returns the reason for programs, such as {@code OUT_OF_STOCK}. */
    public String code() {
        return code;
    }

    /** Returns whether the verdict is stored, so that every later call of this operation gets the same verdict. */
    @Override
    public boolean isSettled() {
        return settled;
    }

    /** Returns the reason for people, without the code; empty if there is none. */
    public String detail() {
        String text = String.valueOf(getMessage());
        return text.substring(Math.min(text.length(), code.length() + 2));
    }

    /**
     * Returns a copy with the answer over HTTP that the caller gets. Without an answer the caller gets the JSON of
     * {@link HttpVerdict}. The barrier stores the answer with the verdict.
     */
    public Rejection answeredWith(@Nullable StoredAnswer given) {
        return copy(settled, settlement, given);
    }

    @Nullable
    StoredAnswer answer() {
        return answer;
    }

    /** Returns a copy whose verdict is stored. */
    Rejection settled() {
        return copy(true, null, answer);
    }

    /** Stores the verdict of a rejection that was rolled back, and returns the exception to answer with. */
    interface VerdictStore {
        /** Stores the verdict in a transaction of its own. */
        BranchException alone();

        /**
         * Stores the verdict in the transaction that the caller has just begun on the connection, and that the caller
         * commits.
         *
         * @return null if nothing is stored. Then the connection uses another database or schema than the first
         *     transaction, or an earlier transaction is open on the connection: a later rollback would lose the verdict
         */
        @Nullable
        BranchException in(Connection connection) throws SQLException;
    }

    /** Returns a copy whose verdict is stored once the surrounding transaction has ended. */
    Rejection settledBy(VerdictStore later) {
        return copy(false, later, answer);
    }

    /** Returns the exception to answer with, after the surrounding transaction has ended. */
    BranchException afterTransaction() {
        return settlement == null ? this : settlement.alone();
    }

    /**
     * As {@link #afterTransaction()}, but stores the verdict in the transaction of the caller on this connection, or
     * does not store it.
     */
    BranchException afterTransaction(Connection connection) throws SQLException {
        BranchException answer = settlement == null ? null : settlement.in(connection);
        return answer == null ? this : answer;
    }

    @Override
    String reasonCode() {
        return code;
    }

    /** PostgreSQL's text cannot contain U+0000, and this character must not prevent the storage of a verdict. */
    private static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }

    private Rejection copy(boolean isSettled, @Nullable VerdictStore later, @Nullable StoredAnswer given) {
        Rejection copy = new Rejection(code, detail(), getCause(), isSettled, later, given);
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
