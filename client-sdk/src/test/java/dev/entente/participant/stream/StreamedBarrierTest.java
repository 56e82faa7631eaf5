package dev.entente.participant.stream;

import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import dev.entente.participant.Barrier;
import dev.entente.participant.Rejection;
import dev.entente.participant.TestDatabase;
import dev.entente.v1.BranchCall;
import dev.entente.v1.ExecuteRequest;
import io.grpc.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The barrier behind a stream: on a real database, over the loopback interface, with duplicates in one message. */
class StreamedBarrierTest {
    private final DataSource database = TestDatabase.schema("streamed");
    private final Barrier barrier = TestDatabase.barrier();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final StreamServer server = new StreamServer();

    @BeforeEach
    void start() throws SQLException {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table effect (what text)");
        server.handle((request, answer) -> barrier.unary(
                answer,
                database,
                FreezeResponse.getDefaultInstance(),
                connection -> freeze(connection, request.getAccount())));
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        threads.shutdownNow();
    }

    @Test
    void duplicates_in_one_message_run_once_and_all_get_an_answer() throws SQLException {
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        ExecuteRequest.Builder message = ExecuteRequest.newBuilder();
        for (int id = 1; id <= 8; id++) {
            message.addCalls(call(id, "order-1", "try", "alice"));
        }
        coordinator.send(message);

        Awaitility.await().until(() -> coordinator.answered() == 8);
        assertThat(coordinator.answers()).anyMatch(answer -> answer.getCode() == 0);
        // Who met the first one at work is told to come again.
        assertThat(coordinator.answers())
                .allMatch(answer -> answer.getCode() == 0 || answer.getCode() == Status.Code.UNAVAILABLE.value());
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_stored_rejection_is_settled_and_an_undo_refuses_the_late_try() throws SQLException {
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(call(1, "order-1", "try", "mallory"));
        assertThat(coordinator.answer(1).getSettled()).isTrue();

        coordinator.send(call(2, "order-2", "cancel", "alice"));
        assertThat(coordinator.answer(2).getCode()).isZero();
        coordinator.send(call(3, "order-2", "try", "alice"));
        assertThat(coordinator.answer(3).getSettled()).isTrue();
        assertThat(effects()).isEqualTo("0");
    }

    private String effects() throws SQLException {
        return TestDatabase.text(database, "select count(*) from effect");
    }

    private static BranchCall.Builder call(long id, String gid, String op, String account) {
        FreezeRequest request = FreezeRequest.newBuilder().setAccount(account).build();
        return Coordinator.branchCall(id, "TryFreeze", request)
                .setGid(gid)
                .setOp(op)
                .clearCreated();
    }

    private static FreezeResponse freeze(Connection connection, String account) throws SQLException {
        if (account.equals("mallory")) {
            throw new Rejection("INSUFFICIENT_FUNDS", account);
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("insert into effect values ('" + account + "')");
        }
        return FreezeResponse.newBuilder().setFreezeId("f-1").build();
    }
}
