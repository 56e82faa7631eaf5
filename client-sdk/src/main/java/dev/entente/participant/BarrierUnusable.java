package dev.entente.participant;

import io.grpc.Status.Code;
import org.jspecify.annotations.Nullable;

/**
 * The barrier cannot work with its configuration. Correct the configuration, then resume the transaction, which was
 * parked because of this exception.
 */
public final class BarrierUnusable extends BranchException {
    private static final long serialVersionUID = 1;

    private BarrierUnusable(String code, String message, @Nullable Throwable cause) {
        super(code, Code.UNIMPLEMENTED, code + ": " + message, cause);
    }

    private BarrierUnusable(String code, String message) {
        this(code, message, null);
    }

    static BarrierUnusable autoCommit() {
        return new BarrierUnusable(
                "ENT-090",
                "the connection is in autocommit mode, so the barrier's row and the business rows would not be in one"
                        + " transaction; call setAutoCommit(false) first, or pass the DataSource to Barrier.run");
    }

    /**
     * Refuses a call that does not fit into a framework's transaction (ENT-090). There is no transaction, or the
     * transaction belongs to another database, is read-only, or has ended.
     *
     * @param why the reason, and what to change
     */
    public static BarrierUnusable wrongTransaction(String why) {
        return new BarrierUnusable("ENT-090", why);
    }

    static BarrierUnusable tableMissing(String ddl, Throwable cause) {
        return new BarrierUnusable(
                "ENT-091",
                "the table entente_barrier is missing; call Barrier.createTable(dataSource), with Spring Boot set"
                        + " entente.barrier.create-table=true, or run:\n" + ddl,
                cause);
    }

    static BarrierUnusable nothingCanBePrepared() {
        return new BarrierUnusable(
                "ENT-092",
                "PostgreSQL's max_prepared_transactions is 0, so no transaction can be prepared; set it to at least the"
                        + " number of branches that are prepared at the same time (max_connections is a good value),"
                        + " and restart PostgreSQL");
    }

    static BarrierUnusable bareCall() {
        return new BarrierUnusable(
                "ENT-095",
                "the barrier was called outside of a call that BranchInterceptor has seen, so it cannot distinguish a"
                        + " repeated call from a first call, and nothing was done; serve with ParticipantWiring, which"
                        + " adds the interceptor to unary and streamed calls; on other threads restore the call"
                        + " (CallContext); if you know the branch, call barrier.run(branch, …); in jobs and tests, call"
                        + " barrier.allowBareCalls()");
    }

    static BarrierUnusable tableOutdated(String ddl, Throwable cause) {
        return new BarrierUnusable(
                "ENT-091",
                "the table entente_barrier that this instance finds belongs to another version of the SDK; check its"
                        + " search_path, or change the table to:\n" + ddl,
                cause);
    }

    static BarrierUnusable insideTransaction() {
        return new BarrierUnusable(
                "ENT-096",
                "the barrier was called with a DataSource inside a transaction of its caller; the barrier's commit"
                        + " would end that transaction, or be independent of it; nothing was done; pass the connection"
                        + " of that transaction (with Spring: DataSourceUtils.getConnection(dataSource)), or call the"
                        + " barrier outside of the transaction, without @Transactional");
    }

    /** @param how the call of the body, such as {@code commit()}; the call was refused */
    static BarrierUnusable bodyEnds(String how) {
        return new BarrierUnusable(
                "ENT-097",
                "the body called " + how + " on the given connection; the caller of the body ends the transaction,"
                        + " which contains the barrier's row; remove this call from the body");
    }

    static BarrierUnusable bodyEnded(Branch branch, @Nullable Throwable cause) {
        return new BarrierUnusable(
                "ENT-097",
                "the body of " + branch + " ended the transaction itself, so only changes that the body committed are"
                        + " kept; remove commit and rollback from the body (on MariaDB do not catch deadlocks, which"
                        + " also end the transaction), check the effect, then resolve the branch manually",
                cause);
    }

    static BarrierUnusable notPreparable(Throwable cause) {
        return new BarrierUnusable(
                "ENT-098",
                "PostgreSQL cannot prepare the transaction of the body"
                        + " (" + cause.getMessage() + "), and nothing was done; remove LISTEN, NOTIFY and temporary"
                        + " tables from the body, or commit them in a separate transaction",
                cause);
    }

    /**
     * Refuses an exception as a business rejection, because changes of the call may be committed (ENT-089).
     *
     * @param no the exception that means a business rejection
     * @param why the end of a sentence that begins with the exception's class name: why the outcome is unknown, and how
     *     to fix the code
     */
    public static BarrierUnusable halfDone(Throwable no, String why) {
        return new BarrierUnusable(
                "ENT-089",
                no.getClass().getName() + " means a business rejection, but " + why
                        + "; check the effect of this call, then resolve the branch manually",
                no);
    }

    /**
     * Answers a coordinator's call that needs a misconfigured feature, such as the outbox without its table.
     *
     * @param unusable an exception whose message is a code, a colon and the reason
     */
    public static BarrierUnusable misconfigured(Throwable unusable) {
        String[] parts = String.valueOf(unusable.getMessage()).split(": ", 2);
        return new BarrierUnusable(parts[0], parts[parts.length - 1], unusable);
    }

    /** Returns the error code, such as ENT-090. {@code docs/errors.md} lists the codes. */
    public String code() {
        return reason();
    }
}
