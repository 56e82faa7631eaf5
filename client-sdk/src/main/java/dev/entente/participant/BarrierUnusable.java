package dev.entente.participant;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * The barrier cannot work as it is set up; a person must change something, then resume the transaction that was parked
 * over it.
 */
public final class BarrierUnusable extends BranchException {
    private static final long serialVersionUID = 1;

    private final String code;

    private BarrierUnusable(String code, String message, @Nullable Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    static BarrierUnusable autoCommit() {
        return new BarrierUnusable(
                "ENT-090",
                "the connection is in autocommit mode, so the barrier's row and the business's rows would not be one"
                        + " transaction; call setAutoCommit(false) first, or give Barrier.run the DataSource",
                null);
    }

    static BarrierUnusable tableMissing(String ddl, Throwable cause) {
        return new BarrierUnusable(
                "ENT-091",
                "the table entente_barrier is missing; call Barrier.createTable(dataSource), or run:\n" + ddl,
                cause);
    }

    static BarrierUnusable nothingCanBePrepared() {
        return new BarrierUnusable(
                "ENT-092",
                "PostgreSQL's max_prepared_transactions is 0, so nothing can be prepared; set it to at least the number"
                        + " of branches that are prepared at one time, max_connections is a good value, and restart"
                        + " PostgreSQL",
                null);
    }

    static BarrierUnusable bareCall() {
        return new BarrierUnusable(
                "ENT-095",
                "the barrier was reached outside of every call that BranchInterceptor has seen, so it cannot tell a"
                        + " repeated call from a first one, and nothing was done; serve with ParticipantWiring, which"
                        + " puts the interceptor before unary and streamed calls; on other threads take the call along"
                        + " (CallContext); where you know the branch, say barrier.run(branch, …); in jobs and tests,"
                        + " barrier.allowBareCalls()",
                null);
    }

    /** ENT-090 for a connection in autocommit mode, ENT-091 for a missing table, ENT-092 where nothing can be prepared, ENT-095 outside of any call. */
    public String code() {
        return code;
    }

    @Override
    public String reason() {
        return code;
    }

    @Override
    Status.Code grpcCode() {
        return Status.Code.UNIMPLEMENTED;
    }
}
