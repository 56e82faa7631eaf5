package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.SwallowingProxy;
import dev.entente.wire.BarrierRows;
import dev.entente.wire.Decision;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.postgresql.ds.PGSimpleDataSource;

/** Calls whose database connection stays open but stops answering: each call ends within the configured timeout. */
@Execution(ExecutionMode.CONCURRENT)
class SilentDatabaseTest {
    private static final StringValue NOTHING = StringValue.getDefaultInstance();
    /** For calls that time out. A call without a timeout would block the test. */
    private static final Barrier BARRIER = Barrier.postgres().withDatabaseTimeout(Duration.ofMillis(300));

    /** For calls that must open a connection before the database stops answering. They end after this timeout. */
    private static final Barrier LOST = Barrier.postgres().withDatabaseTimeout(Duration.ofSeconds(5));

    /** For calls that are answered. */
    private static final Barrier PATIENT = Barrier.postgres().withDatabaseTimeout(PatientAwaits.BOUND);

    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private final String schema = "swallowed_barrier_" + SCHEMAS.incrementAndGet();
    private final DataSource database = TestDatabase.schema(schema);
    private final SwallowingProxy proxy = new SwallowingProxy(TestDatabase.port());
    private final ExecutorService threads = Executors.newCachedThreadPool();

    SilentDatabaseTest() throws IOException {}

    @BeforeEach
    void createTables() throws SQLException {
        BARRIER.createTable(database);
        TestDatabase.execute(database, "create table effect (what text)");
    }

    @AfterEach
    void close() throws IOException, SQLException {
        proxy.letPass();
        proxy.close();
        threads.shutdownNow();
        endSwallowedSessions();
    }

    @Test
    void every_call_ends_when_the_database_stops_answering() {
        DataSource silent = silentOnceOpened();
        calls(silent).forEach((name, call) -> {
            proxy.letPass();
            assertThat(threads.submit(call))
                    .as(name)
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .withCauseInstanceOf(SQLException.class);
        });
    }

    private static Map<String, Callable<Object>> calls(DataSource silent) {
        XaParticipant xa = XaParticipant.of(BARRIER, silent);
        Map<String, Callable<Object>> calls = new LinkedHashMap<>();
        calls.put("run", () -> run(BARRIER, silent, SilentDatabaseTest::insert));
        calls.put("purge", () -> BARRIER.purge(silent));
        calls.put("rows", () -> BARRIER.rows(silent).after(BarrierRows.Key.FIRST, List.of(), 10));
        calls.put("check-back", () -> does(() -> CheckBack.of(BARRIER, silent).check("message")));
        calls.put("prepare", () -> at(BranchOp.PREPARE, () -> xa.prepare(NOTHING, SilentDatabaseTest::insert)));
        calls.put("pre-commit", () -> at(BranchOp.PRE_COMMIT, () -> does(xa::preCommit)));
        calls.put("commit", () -> at(BranchOp.COMMIT, () -> does(xa::commit)));
        calls.put("rollback", () -> at(BranchOp.ROLLBACK, () -> does(xa::rollback)));
        calls.put("sweep", () -> xa.sweep(Duration.ZERO, gid -> Decision.NOT_YET));
        calls.put("give up", () -> xa.giveUp(Duration.ZERO));
        return calls;
    }

    @Test
    void a_body_with_an_unanswered_statement_takes_effect_once_after_a_repetition() throws Exception {
        Future<StringValue> lost = threads.submit(() -> run(LOST, behindTheProxy(), connection -> {
            insert(connection);
            proxy.swallow();
            return insert(connection);
        }));

        assertThat(lost).failsWithin(PatientAwaits.BOUND).withThrowableThat().withCauseInstanceOf(SQLException.class);
        assertDoneOnceWhenCalledAgain();
    }

    @Test
    void a_call_with_an_unanswered_commit_takes_effect_once_after_a_repetition() throws Exception {
        Future<StringValue> unknown = threads.submit(() -> run(LOST, silentAt("commit"), SilentDatabaseTest::insert));

        assertThat(unknown)
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withCauseInstanceOf(SQLException.class);
        assertDoneOnceWhenCalledAgain();
    }

    /** Until the database has ended the silent session, the repeated call gets {@code InProgress}. */
    private void assertDoneOnceWhenCalledAgain() throws Exception {
        proxy.letPass();
        Future<StringValue> early = threads.submit(() -> run(PATIENT, behindTheProxy(), SilentDatabaseTest::insert));
        assertThat(early).failsWithin(PatientAwaits.BOUND).withThrowableThat().withCauseInstanceOf(InProgress.class);
        endSwallowedSessions();
        for (int call = 1; call <= 2; call++) {
            assertThat(run(PATIENT, behindTheProxy(), SilentDatabaseTest::insert)
                            .getValue())
                    .isEqualTo("inserted");
        }
        assertThat(TestDatabase.text(database, "select count(*) from effect")).isEqualTo("1");
    }

    @Test
    void a_rejection_that_cannot_be_stored_is_returned_unsettled() throws Exception {
        Barrier storing = BARRIER.withRejectionsStoredIn(silentOnceOpened());
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            Rejection no = Assertions.catchThrowableOfType(
                    Rejection.class,
                    () -> storing.run(branch("order", BranchOp.ACTION), connection, NOTHING, same -> {
                        throw new Rejection("NO", "not today");
                    }));
            connection.rollback();

            assertThat(threads.submit(() -> Barrier.settle(no)))
                    .succeedsWithin(PatientAwaits.BOUND)
                    .isInstanceOfSatisfying(
                            Rejection.class,
                            answered -> assertThat(answered.isSettled()).isFalse());
        }
    }

    private static StringValue run(Barrier barrier, DataSource dataSource, Barrier.Body<StringValue> body)
            throws SQLException {
        return barrier.run(branch("order", BranchOp.ACTION), dataSource, NOTHING, body);
    }

    private static Object at(BranchOp op, Callable<Object> call) throws Exception {
        return branch("order", op).call(call);
    }

    private interface Task {
        void run() throws Exception;
    }

    private static Object does(Task task) throws Exception {
        task.run();
        return NOTHING;
    }

    private static Branch branch(String gid, BranchOp op) {
        return Branch.of(gid, "reserve", op);
    }

    private static StringValue insert(Connection connection) throws SQLException {
        BarrierFixture.insertEffect(connection);
        return StringValue.of("inserted");
    }

    /** Ends the sessions, as a database does after it has lost a client. */
    private void endSwallowedSessions() throws SQLException {
        TestDatabase.execute(database, """
            select pg_terminate_backend(pid, 5000) from pg_stat_activity
            where application_name = '%s' and pid <> pg_backend_pid()
            """.formatted(schema));
    }

    private PGSimpleDataSource behindTheProxy() {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres&loginTimeout=10");
        dataSource.setCurrentSchema(schema);
        dataSource.setApplicationName(schema);
        return dataSource;
    }

    private DataSource silentOnceOpened() {
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, args) -> {
                    Connection opened = behindTheProxy().getConnection();
                    proxy.swallow();
                    return opened;
                });
    }

    private DataSource silentAt(String call) {
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DataSource.class},
                (self, method, args) -> silentAt(call, behindTheProxy().getConnection()));
    }

    private Connection silentAt(String call, Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (self, method, args) -> {
                    if (method.getName().equals(call)) {
                        proxy.swallow();
                    }
                    try {
                        return method.invoke(connection, args);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }
}
