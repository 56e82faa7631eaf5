package dev.entente.participant;

import dev.entente.participant.barrier.BarrierTable;
import io.grpc.StatusRuntimeException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks each body's first forward call, and warns of mistakes that cause no error. The mistakes are a body that
 * changes nothing on its connection, and a database with several barriers. Thread-safe.
 */
final class BodyChecks {
    private static final Logger LOG = LoggerFactory.getLogger(BodyChecks.class);

    /** Classes of bodies whose changes were counted in one complete run. */
    private final Set<Class<?>> seen = ConcurrentHashMap.newKeySet();

    /** Classes of bodies that failed and had changed nothing on the given connection. */
    private final Set<Class<?>> failed = ConcurrentHashMap.newKeySet();

    private final BarrierTable table;
    private volatile boolean hasLookedAround;

    BodyChecks(BarrierTable table) {
        this.table = table;
    }

    /** Runs the body. Counts changes until one body of its class has completed. */
    <R> R run(Branch branch, Connection connection, Barrier.Body<R> body) throws SQLException {
        if (branch.op().role() != BranchOp.Role.FORWARD || seen.contains(body.getClass())) {
            return body.run(connection);
        }
        if (!hasLookedAround) {
            warnOfOtherBarriers(connection);
            hasLookedAround = true;
        }
        long before = table.changes(connection);
        R response;
        try {
            response = body.run(connection);
        } catch (BranchException | StatusRuntimeException exception) {
            throw exception;
        } catch (SQLException | RuntimeException failure) {
            warnOfFailure(branch, connection, body, before);
            throw failure;
        }
        if (response != null && isUnchanged(connection, body, before) && seen.add(body.getClass())) {
            LOG.warn(
                    "the body of {} changed nothing on the given connection. Changes through another connection or data"
                            + " source are not rolled back with a Rejection, and are done twice if this transaction"
                            + " fails; use the given connection",
                    branch);
        }
        return response;
    }

    /**
     * Warns once per class of a body that failed and changed nothing on its connection. The coordinator calls again,
     * and the body repeats its changes on other connections.
     */
    private void warnOfFailure(Branch branch, Connection connection, Barrier.Body<?> body, long before) {
        if (isUnchanged(connection, body, before) && failed.add(body.getClass())) {
            LOG.warn(
                    "the body of {} failed, and had changed nothing on the given connection. If it changed something"
                            + " through another connection or data source, that change is kept, and each further call"
                            + " repeats it; use the given connection",
                    branch);
        }
    }

    private void warnOfOtherBarriers(Connection connection) throws SQLException {
        String others = table.otherBarriers(connection);
        if (!others.isEmpty()) {
            LOG.warn(
                    "this database has other tables entente_barrier, in {}. All instances of one service must use the"
                            + " same table, or a call that reaches two instances is done twice; check their"
                            + " search_path",
                    others);
        }
    }

    /**
     * Returns false after a failed statement, because no query works then. The changes of the next body are counted.
     */
    private boolean isUnchanged(Connection connection, Barrier.Body<?> body, long before) {
        try {
            boolean isUnchanged = before >= 0 && table.changes(connection) == before;
            if (!isUnchanged) {
                seen.add(body.getClass());
            }
            return isUnchanged;
        } catch (SQLException spoilt) {
            return false;
        }
    }
}
