package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.StringValue;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers of other types, drivers that set their own savepoints, and one-line handlers. */
class BarrierFormatsTest {
    private static final StringValue NOTHING = StringValue.getDefaultInstance();
    private static final AnswerFormat<Reserved> RESERVED =
            AnswerFormat.text(new Reserved(""), Reserved::json, Reserved::parse);

    private final DataSource database = TestDatabase.schema("formats");
    private final Barrier barrier = TestDatabase.barrier();
    private final List<Object> ran = new ArrayList<>();

    /** The answer of a service without protobuf. */
    private record Reserved(String id) {
        String json() {
            return "{\"id\":\"" + id + "\"}";
        }

        static Reserved parse(String json) {
            return new Reserved(json.substring(7, json.length() - 2));
        }
    }

    @BeforeEach
    void createTables() throws SQLException {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table effect (what text)");
    }

    private static <T> T call(BranchOp op, Callable<T> work) throws Exception {
        return Branch.of("order-1", "reserve", op).call(work);
    }

    private static void insert(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("insert into effect values ('done')");
        }
    }

    private Reserved reserve(Connection connection) throws SQLException {
        insert(connection);
        ran.add("action");
        return new Reserved("r-1");
    }

    @Test
    void a_record_is_stored_and_returned_to_duplicates_and_the_undo() throws Exception {
        for (int call = 1; call <= 2; call++) {
            assertThat(call(BranchOp.ACTION, () -> barrier.run(database, RESERVED, this::reserve)))
                    .isEqualTo(new Reserved("r-1"));
        }
        Reserved compensated = call(
                BranchOp.COMPENSATE,
                () -> barrier.run(database, RESERVED, connection -> {
                    insert(connection);
                    return Branch.required().forwardResponse(RESERVED).orElseThrow();
                }));

        assertThat(compensated).isEqualTo(new Reserved("r-1"));
        assertThat(ran).containsExactly("action");
        assertThat(TestDatabase.text(
                        database,
                        TestDatabase.sql(
                                "select convert_from(response, 'UTF8') from entente_barrier where op = 'action'",
                                "select convert(response using utf8mb4) from entente_barrier where op = 'action'")))
                .isEqualTo("{\"id\":\"r-1\"}");
    }

    @Test
    void an_empty_compensation_returns_the_default_answer_of_the_format() throws Exception {
        assertThat(call(BranchOp.COMPENSATE, () -> barrier.run(database, RESERVED, this::reserve)))
                .isEqualTo(new Reserved(""));
        assertThat(ran).isEmpty();
    }

    @Test
    void a_rejection_is_stored_with_every_driver_setting() throws Exception {
        List<String> drivers = TestDatabase.isMariadb()
                ? List.of("useServerPrepStmts=true", "useAffectedRows=true")
                : List.of("autosave=always&cleanupSavepoints=true", "autosave=conservative");
        for (String settings : drivers) {
            TestDatabase.execute(database, "truncate table entente_barrier");
            TestDatabase.execute(database, "truncate table effect");
            DataSource saving = TestDatabase.with(database, settings);
            Rejection rejection = catchThrowableOfType(
                    Rejection.class,
                    () -> call(
                            BranchOp.ACTION,
                            () -> barrier.run(saving, NOTHING, connection -> {
                                insert(connection);
                                throw new Rejection("OUT_OF_STOCK", "none left");
                            })));

            assertThat(rejection.isSettled()).isTrue();
            assertThat(TestDatabase.text(database, "select verdict from entente_barrier"))
                    .isEqualTo("rejected");
            assertThat(TestDatabase.text(database, "select count(*) from effect"))
                    .isEqualTo("0");
            assertThat(call(BranchOp.COMPENSATE, () -> barrier.run(saving, RESERVED, this::reserve)))
                    .isEqualTo(new Reserved(""));
        }
    }

    @Test
    void a_rejection_without_a_code_is_refused() {
        assertThatThrownBy(() -> new Rejection(" ", "no")).hasMessageContaining("OUT_OF_STOCK");
    }

    @Test
    void a_unary_handler_maps_every_outcome_to_its_status() throws Exception {
        assertThat(unary(connection -> StringValue.of("done"))).containsExactly(StringValue.of("done"), "completed");
        TestDatabase.execute(database, "truncate table entente_barrier");
        assertThat(unary(connection -> {
                    throw new Rejection("OUT_OF_STOCK", "none left");
                }))
                .containsExactly(Status.Code.FAILED_PRECONDITION);
        TestDatabase.execute(database, "truncate table entente_barrier");
        assertThat(unary(connection -> {
                    throw new SQLException("broken");
                }))
                .containsExactly(Status.Code.UNAVAILABLE);
        assertThat(unary(connection -> {
                    throw Status.RESOURCE_EXHAUSTED.asRuntimeException();
                }))
                .containsExactly(Status.Code.RESOURCE_EXHAUSTED);
    }

    private List<Object> unary(Barrier.Body<StringValue> body) throws Exception {
        List<Object> answered = new ArrayList<>();
        StreamObserver<StringValue> observer = new StreamObserver<>() {
            @Override
            public void onNext(StringValue value) {
                answered.add(value);
            }

            @Override
            public void onError(Throwable failure) {
                answered.add(((StatusRuntimeException) failure).getStatus().getCode());
            }

            @Override
            public void onCompleted() {
                answered.add("completed");
            }
        };
        call(BranchOp.ACTION, () -> {
            barrier.unary(observer, database, NOTHING, body);
            return null;
        });
        return answered;
    }
}
