package dev.entente.statemachine;

import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.SavepointBody;
import dev.entente.jdbc.Sql;
import dev.entente.jdbc.SqlCondition;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Stores the states of objects in the service's own database, and applies only declared events. The tables are {@code
 * entente_state} and {@code entente_state_history}.
 *
 * <pre>{@code
 * states.create(connection, order);
 * states.transition(connection, order, OrderEvent.PAY, (same, paid) ->
 *     outbox.enqueue(same, OutboxMessage.toHttp("POST", mails, "{\"paid\":\"" + order + "\"}")));
 * connection.commit();
 * }</pre>
 *
 * <p>A transition is one guarded update, which changes the row only in a state that accepts the event. Of several
 * concurrent events one is applied first, and the others find the new state. Above READ COMMITTED, PostgreSQL rolls the
 * transactions of the others back instead (40001). History, handler and messages are part of one transaction, which the
 * caller ends. Immutable and thread-safe.
 *
 * @param <S> the states
 * @param <E> the events
 */
public final class GuardedStates<S extends Enum<S>, E extends Enum<E>> {
    private static final int MAX_ID_CHARS = 255;
    private static final String SAVEPOINT = "entente_state";
    private static final int TRIES = 10;

    private final Dialect dialect;
    private final StateMachine<S, E> machine;

    /**
     * The work of a transition.
     *
     * @param <S> the states
     * @param <E> the events
     */
    @FunctionalInterface
    public interface Handler<S extends Enum<S>, E extends Enum<E>> {
        /** Does the work on this connection, without commit or rollback. */
        void handle(Connection connection, Transition<S, E> transition) throws SQLException;
    }

    /**
     * An object's state.
     *
     * @param version the number of its transitions
     * @param <S> the states
     */
    public record Stored<S extends Enum<S>>(S state, long version) {}

    private GuardedStates(Dialect dialect, StateMachine<S, E> machine) {
        this.dialect = dialect;
        this.machine = machine;
    }

    /** Returns the states in PostgreSQL. */
    public static <S extends Enum<S>, E extends Enum<E>> GuardedStates<S, E> postgres(StateMachine<S, E> machine) {
        return new GuardedStates<>(Dialect.POSTGRES, machine);
    }

    /** Returns the states in MariaDB 10.6 or newer, with InnoDB. MySQL 8 is not tested. */
    public static <S extends Enum<S>, E extends Enum<E>> GuardedStates<S, E> mariadb(StateMachine<S, E> machine) {
        return new GuardedStates<>(Dialect.MARIADB, machine);
    }

    private Sql sql(Connection connection) {
        return new Sql(connection, dialect);
    }

    /** Returns the statements that create the tables, for your migrations. */
    public String ddl() {
        return dialect.ddl(GuardedStates.class, "entente_state");
    }

    /** Creates the tables if they do not exist. Several processes may call this concurrently. Blocks. */
    public void createTables(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    /**
     * Creates an object in the machine's initial state, in the connection's open transaction.
     *
     * @param id 1 to 255 printable characters of ASCII
     * @throws IllegalStateException if the id exists, or the connection is in autocommit mode. On PostgreSQL roll the
     *     transaction back if the id exists
     */
    public void create(Connection connection, String id) throws SQLException {
        refuse(connection, id);
        String insert =
                "insert into entente_state (machine, id, state, version, changed_at) values (?, ?, ?, 0, {now})";
        try {
            sql(connection).update(insert, machine.name(), id, machine.initial().name());
        } catch (SQLException failure) {
            if (SqlCondition.DUPLICATE_KEY.matchesFailure(failure)) {
                throw new IllegalStateException("there is a " + machine.name() + " '" + id + "' already", failure);
            }
            throw failure;
        }
    }

    /** Applies an event as {@link #transition(Connection, String, Enum, Handler)}, without a handler. */
    public Transition<S, E> transition(Connection connection, String id, E event) throws SQLException {
        return transition(connection, id, event, (same, done) -> {});
    }

    /**
     * Applies an event to an object and runs the handler, in the connection's open transaction. Waits until the
     * transaction of a concurrent event ends. If the handler throws, the transition and the handler's changes are
     * rolled back, and the transaction can continue. Roll the transaction back if a session such as JPA's takes part,
     * because the session still has the handler's changes.
     *
     * @throws TransitionRefused if the event is not allowed in the object's state; nothing was changed
     * @throws NoSuchElementException if there is no object with this id
     * @throws IllegalStateException if the connection is in autocommit mode (ENT-090), or the handler ends the
     *     transaction (ENT-097)
     */
    public Transition<S, E> transition(Connection connection, String id, E event, Handler<S, E> handler)
            throws SQLException {
        refuse(connection, id);
        sql(connection).execute("savepoint " + SAVEPOINT);
        refuseUnlessUpdated(connection, id, event);
        Transition<S, E> done = record(connection, id, event);
        new SavepointBody(connection, SAVEPOINT, GuardedStates::handlerEnds, GuardedStates::handlerEnded)
                .run(same -> handler.handle(same, done));
        return done;
    }

    /** Tries again if the object was moved meanwhile to a state that allows the event. */
    private void refuseUnlessUpdated(Connection connection, String id, E event) throws SQLException {
        for (int tries = 1; !update(connection, id, event); tries++) {
            Optional<Stored<S>> found = read(connection, id, dialect == Dialect.MARIADB ? " lock in share mode" : "");
            if (found.isEmpty()) {
                sql(connection).execute("release savepoint " + SAVEPOINT);
                throw new NoSuchElementException("no " + machine.name() + " '" + id + "'");
            }
            Stored<S> current = found.get();
            if (tries == TRIES || machine.next(current.state(), event).isEmpty()) {
                sql(connection).execute("release savepoint " + SAVEPOINT);
                throw new TransitionRefused(
                        machine.name(),
                        id,
                        current.state().name(),
                        event.name(),
                        machine.allowed(current.state()).stream()
                                .map(Enum::name)
                                .toList());
            }
        }
    }

    /** @param how the call of the handler, such as {@code commit()}; the call was refused */
    private static IllegalStateException handlerEnds(String how) {
        return new IllegalStateException("ENT-097: the handler called " + how + " on the given connection; the caller"
                + " of the transition ends the transaction; remove this call from the handler");
    }

    private static IllegalStateException handlerEnded(SQLException cause) {
        return new IllegalStateException(
                "ENT-097: the handler ended the transaction itself, so only changes that the handler committed are"
                        + " kept, perhaps with the new state; remove commit and rollback from the handler, and check"
                        + " the effect",
                cause);
    }

    /** Returns an object's state in this transaction's snapshot; empty if there is no object with this id. */
    public Optional<Stored<S>> state(Connection connection, String id) throws SQLException {
        return read(connection, id, "");
    }

    /**
     * Reads a state. With a lock the method reads the latest state, which may be newer than this transaction's
     * snapshot.
     */
    private Optional<Stored<S>> read(Connection connection, String id, String lock) throws SQLException {
        String sql = "select state, version from entente_state where machine = ? and id = ?" + lock;
        return sql(connection)
                .first(sql, row -> new Stored<>(machine.state(row.getString(1)), row.getLong(2)), machine.name(), id);
    }

    /**
     * Returns an object's transitions in their order, all in one list, because an object has few. They include
     * transitions of other versions, with events and states that this version does not declare ({@link
     * Transition#eventName}).
     */
    public List<Transition<S, E>> history(Connection connection, String id) throws SQLException {
        String sql = "select version, event, from_state, to_state, changed_at from entente_state_history"
                + " where machine = ? and id = ? order by version";
        return sql(connection).query(sql, row -> step(connection, row, id), machine.name(), id);
    }

    private Transition<S, E> step(Connection connection, ResultSet row, String id) throws SQLException {
        return new Transition<>(
                id,
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                sql(connection).knownTime(row, "changed_at"),
                machine);
    }

    /** Updates the row if its state allows the event. After a concurrent event the state may no longer allow it. */
    private boolean update(Connection connection, String id, E event) throws SQLException {
        Map<S, S> ways = machine.from(event);
        String sql = "update entente_state set previous_state = state, state = case state"
                + String.join("", Collections.nCopies(ways.size(), " when ? then ?"))
                + " end, version = version + 1, changed_at = {now} where machine = ? and id = ? and state in ("
                + String.join(", ", Collections.nCopies(ways.size(), "?")) + ")";
        List<Object> values = new ArrayList<>();
        ways.forEach((from, to) -> Collections.addAll(values, from.name(), to.name()));
        Collections.addAll(values, machine.name(), id);
        ways.keySet().forEach(from -> values.add(from.name()));
        return sql(connection).update(sql, values.toArray()) == 1;
    }

    private Transition<S, E> record(Connection connection, String id, E event) throws SQLException {
        String insert =
                "insert into entente_state_history (machine, id, version, event, from_state, to_state, changed_at)"
                        + " select machine, id, version, ?, previous_state, state, changed_at from entente_state"
                        + " where machine = ? and id = ?";
        String last = "select version, ?, previous_state, state, changed_at from entente_state"
                + " where machine = ? and id = ?";
        sql(connection).update(insert, event.name(), machine.name(), id);
        return sql(connection)
                .first(last, row -> step(connection, row, id), event.name(), machine.name(), id)
                .orElseThrow();
    }

    private static void refuse(Connection connection, String id) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalStateException("ENT-090: the connection is in autocommit mode, so the state and the"
                    + " business rows would not be in one transaction; call setAutoCommit(false) first");
        }
        if (id.isEmpty() || id.length() > MAX_ID_CHARS || !id.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "an id takes 1 to " + MAX_ID_CHARS + " printable characters of ASCII, not '" + id + "'");
        }
    }
}
