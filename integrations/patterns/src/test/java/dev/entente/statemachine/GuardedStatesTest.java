package dev.entente.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.TestDatabase;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the states of orders in a real database. */
class GuardedStatesTest {
    /** The states of a door. An open door counts knocks. */
    enum Door {
        OPEN,
        SHUT
    }

    /** The events of a {@link Door}. */
    enum Push {
        KNOCK,
        SLAM
    }

    /** The events without CANCEL, which would end most orders early. */
    private static final List<OrderEvent> WITHOUT_CANCEL = List.of(OrderEvent.PAY, OrderEvent.SHIP, OrderEvent.DELIVER);

    private final DataSource database = TestDatabase.schema("guarded_states");
    private final GuardedStates<OrderState, OrderEvent> orders = TestDatabase.isMariadb()
            ? GuardedStates.mariadb(StateMachineTest.ORDERS)
            : GuardedStates.postgres(StateMachineTest.ORDERS);
    private final Outbox outbox = TestDatabase.isMariadb() ? Outbox.mariadb() : Outbox.postgres();

    @BeforeEach
    void createTables() throws SQLException {
        orders.createTables(database);
        orders.createTables(database);
        outbox.createTables(database);
    }

    @Test
    void an_order_passes_all_states_from_creation_to_delivery() throws Exception {
        create("o-1");
        for (OrderEvent event : List.of(OrderEvent.PAY, OrderEvent.SHIP, OrderEvent.DELIVER)) {
            within(connection -> orders.transition(connection, "o-1", event));
        }
        Optional<GuardedStates.Stored<OrderState>> last = within(connection -> orders.state(connection, "o-1"));
        assertThat(last).contains(new GuardedStates.Stored<>(OrderState.DELIVERED, 3));
        List<Transition<OrderState, OrderEvent>> steps = within(connection -> orders.history(connection, "o-1"));
        assertThat(steps)
                .extracting(step -> step.version() + " " + step.from() + " " + step.event() + " " + step.to())
                .containsExactly("1 CREATED PAY PAID", "2 PAID SHIP SHIPPED", "3 SHIPPED DELIVER DELIVERED");
    }

    @Test
    void a_refused_event_reports_the_state_the_event_and_the_allowed_events() throws Exception {
        create("o-1");
        within(connection -> {
            TransitionRefused refusal = catchThrowableOfType(
                    TransitionRefused.class, () -> orders.transition(connection, "o-1", OrderEvent.SHIP));
            assertThat(refusal).hasMessage("order 'o-1' is CREATED, where SHIP is not allowed; allowed: PAY, CANCEL");
            assertThat(refusal.state()).isEqualTo("CREATED");
            assertThat(refusal.allowed()).containsExactly("PAY", "CANCEL");
            return orders.transition(connection, "o-1", OrderEvent.PAY); // the transaction is still usable
        });
        assertThat(state("o-1")).isEqualTo(OrderState.PAID);
    }

    @Test
    void missing_and_duplicate_orders_and_invalid_uses_are_reported() throws Exception {
        create("o-1");
        assertThatThrownBy(() -> create("o-1")).hasMessageContaining("order 'o-1' already");
        assertThatThrownBy(() -> within(connection -> orders.transition(connection, "o-2", OrderEvent.PAY)))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("no order 'o-2'");
        assertThatThrownBy(() -> create("two words")).hasMessageContaining("printable");
        try (Connection connection = database.getConnection()) {
            assertThatThrownBy(() -> orders.transition(connection, "o-1", OrderEvent.PAY))
                    .hasMessageContaining("ENT-090");
        }
    }

    @Test
    void a_message_is_stored_only_with_its_transition() throws Exception {
        create("o-1");
        assertThatThrownBy(() ->
                        within(connection -> orders.transition(connection, "o-1", OrderEvent.PAY, (same, paid) -> {
                            outbox.enqueue(same, mail());
                            throw new SQLException("the handler failed");
                        })))
                .hasMessage("the handler failed");
        assertThat(state("o-1")).isEqualTo(OrderState.CREATED);
        assertThat(messages()).isEqualTo("0");

        within(connection ->
                orders.transition(connection, "o-1", OrderEvent.PAY, (same, paid) -> outbox.enqueue(same, mail())));
        assertThat(state("o-1")).isEqualTo(OrderState.PAID);
        assertThat(messages()).isEqualTo("1");
    }

    @Test
    void a_failed_handler_rolls_back_its_transition_even_if_the_caller_commits() throws Exception {
        create("o-1");
        within(connection -> {
            assertThatThrownBy(() -> orders.transition(connection, "o-1", OrderEvent.PAY, (same, paid) -> {
                        outbox.enqueue(same, mail());
                        throw new IllegalArgumentException("a defect");
                    }))
                    .hasMessage("a defect");
            return outbox.enqueue(connection, mail());
        });
        assertThat(state("o-1")).isEqualTo(OrderState.CREATED);
        assertThat(messages()).as("the caller's own").isEqualTo("1");
        List<Transition<OrderState, OrderEvent>> steps = within(connection -> orders.history(connection, "o-1"));
        assertThat(steps).isEmpty();
    }

    @Test
    void a_handler_that_commits_or_rolls_back_the_transaction_is_refused() throws Exception {
        create("o-1");
        assertThatThrownBy(() -> within(connection ->
                        orders.transition(connection, "o-1", OrderEvent.PAY, (same, paid) -> same.commit())))
                .hasMessageContaining("ENT-097")
                .hasMessageContaining("commit()");
        assertThat(state("o-1")).isEqualTo(OrderState.CREATED);
        assertThatThrownBy(() -> within(connection -> orders.transition(
                        connection, "o-1", OrderEvent.PAY, (same, paid) -> execute(same, "rollback"))))
                .hasMessageContaining("ENT-097");
    }

    @Test
    void a_hidden_failed_statement_aborts_the_transition_on_postgresql_only() throws Exception {
        create("o-1");
        GuardedStates.Handler<OrderState, OrderEvent> hiding =
                (same, paid) -> assertThatThrownBy(() -> execute(same, "insert into entente_state (id) values (1, 2)"))
                        .isInstanceOf(SQLException.class);
        if (TestDatabase.isMariadb()) { // rolls back the failed statement only
            within(connection -> orders.transition(connection, "o-1", OrderEvent.PAY, hiding));
            assertThat(state("o-1")).isEqualTo(OrderState.PAID);
        } else {
            assertThatThrownBy(() -> within(connection -> orders.transition(connection, "o-1", OrderEvent.PAY, hiding)))
                    .hasMessageContaining("the body continued");
            assertThat(state("o-1")).isEqualTo(OrderState.CREATED);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void two_hundred_concurrent_events_are_declared_transitions_or_refused() throws Exception {
        create("o-1");
        long seed = Long.getLong("entente.test.seed", 7);
        Random random = new Random(seed);
        List<Callable<Boolean>> events = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            OrderEvent event = WITHOUT_CANCEL.get(random.nextInt(WITHOUT_CANCEL.size()));
            events.add(() -> happens("o-1", event));
        }
        long happened = count(events);
        List<Transition<OrderState, OrderEvent>> steps = within(connection -> orders.history(connection, "o-1"));
        assertThat(steps).as("seed %d", seed).hasSize((int) happened);
        assertPath(steps);
    }

    @Test
    void two_hundred_concurrent_equal_events_are_each_recorded_once() throws Exception {
        StateMachine<Door, Push> machine = StateMachine.named("door", Door.class, Push.class)
                .startsIn(Door.OPEN)
                .on(Push.KNOCK, Door.OPEN, Door.OPEN)
                .on(Push.SLAM, Door.OPEN, Door.SHUT)
                .endsIn(Door.SHUT)
                .build();
        GuardedStates<Door, Push> doors =
                TestDatabase.isMariadb() ? GuardedStates.mariadb(machine) : GuardedStates.postgres(machine);
        within(connection -> {
            doors.create(connection, "d-1");
            return Optional.empty();
        });
        List<Callable<Boolean>> knocks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            knocks.add(() -> TestDatabase.untilKept(() -> {
                within(connection -> doors.transition(connection, "d-1", Push.KNOCK));
                return true;
            }));
        }
        assertThat(count(knocks)).isEqualTo(200);
        List<Transition<Door, Push>> steps = within(connection -> doors.history(connection, "d-1"));
        assertThat(steps)
                .extracting(Transition::version)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 200).boxed().toList());
    }

    @Test
    void a_transition_is_checked_against_the_latest_committed_state() throws Exception {
        create("o-1");
        try (Connection early = database.getConnection()) {
            early.setAutoCommit(false);
            // Sets the level of the transaction, not of the session: a pooler may use several sessions.
            execute(early, "set transaction isolation level " + TestDatabase.sql("read committed", "repeatable read"));
            assertThat(orders.state(early, "o-1").map(GuardedStates.Stored::state))
                    .contains(OrderState.CREATED);
            within(connection -> orders.transition(connection, "o-1", OrderEvent.CANCEL));
            assertThatThrownBy(() -> orders.transition(early, "o-1", OrderEvent.PAY))
                    .isInstanceOf(TransitionRefused.class)
                    .hasMessageContaining("is CANCELLED")
                    .hasMessageContaining("the state is final");
            early.rollback();
        }
    }

    @Test
    void an_undeclared_stored_state_is_reported() throws Exception {
        create("o-1");
        TestDatabase.execute(database, "update entente_state set state = 'LOST'");
        assertThatThrownBy(() -> state("o-1")).hasMessageContaining("stored as LOST");
    }

    @ParameterizedTest
    @CsvSource({
        "event, SPLIT, event of a 'order' is stored as SPLIT",
        "from_state, DRAFT, state of a 'order' is stored as DRAFT",
        "to_state, HALF_PAID, state of a 'order' is stored as HALF_PAID"
    })
    void a_history_with_undeclared_names_can_be_read(String column, String name, String message) throws Exception {
        create("o-1");
        for (OrderEvent event : List.of(OrderEvent.PAY, OrderEvent.SHIP)) {
            within(connection -> orders.transition(connection, "o-1", event));
        }
        TestDatabase.execute(
                database, "update entente_state_history set " + column + " = '" + name + "' where version = 1");

        List<Transition<OrderState, OrderEvent>> steps = within(connection -> orders.history(connection, "o-1"));

        Transition<OrderState, OrderEvent> first = steps.get(0);
        assertThat(List.of(first.eventName(), first.fromName(), first.toName())).contains(name);
        assertThatThrownBy(() -> assertThat(List.of(first.event(), first.from(), first.to()))
                        .isEmpty())
                .hasMessageContaining(message)
                .hasMessageContaining("until no row has it");
        assertThat(steps.get(1).event()).isEqualTo(OrderEvent.SHIP);
        within(connection -> orders.transition(connection, "o-1", OrderEvent.DELIVER));
    }

    private boolean happens(String id, OrderEvent event) throws SQLException {
        return TestDatabase.untilKept(() -> {
            try {
                within(connection -> orders.transition(connection, id, event));
                return true;
            } catch (TransitionRefused refusal) {
                return false;
            }
        });
    }

    private static long count(List<Callable<Boolean>> events) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            long happened = 0;
            for (Future<Boolean> each : threads.invokeAll(events)) {
                happened += each.get() ? 1 : 0;
            }
            return happened;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Checks that the steps follow the declaration from the initial state. */
    private static void assertPath(List<Transition<OrderState, OrderEvent>> steps) {
        OrderState state = OrderState.CREATED;
        long version = 0;
        for (Transition<OrderState, OrderEvent> step : steps) {
            assertThat(step.version()).isEqualTo(++version);
            assertThat(step.from()).isEqualTo(state);
            assertThat(StateMachineTest.ORDERS.next(state, step.event())).contains(step.to());
            state = step.to();
        }
    }

    private static OutboxMessage mail() {
        return OutboxMessage.toHttp("POST", URI.create("http://127.0.0.1:1/mails"), "{}");
    }

    private String messages() throws SQLException {
        return TestDatabase.text(database, "select count(*) from entente_outbox");
    }

    private void create(String id) throws SQLException {
        Object unused = within(connection -> {
            orders.create(connection, id);
            return Optional.empty();
        });
    }

    private OrderState state(String id) throws SQLException {
        return within(connection -> orders.state(connection, id)).orElseThrow().state();
    }

    private interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    private <T> T within(Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            T result = work.run(connection);
            connection.commit();
            return result;
        }
    }
}
