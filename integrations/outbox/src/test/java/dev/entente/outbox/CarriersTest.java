package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import bank.v1.DepositRequest;
import bank.v1.DepositResponse;
import dev.entente.client.Entente;
import dev.entente.client.FakeCoordinator;
import dev.entente.client.Loopback;
import dev.entente.client.Saga;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.TestDatabase;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deliveries to each kind of receiver, and the meaning of the receiver's responses. */
class CarriersTest {
    private final OutboxFixture fixture;

    CarriersTest() throws SQLException {
        fixture = new OutboxFixture("outbox_carriers");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void a_grpc_method_is_called_with_the_request_and_the_messages_identity() throws Exception {
        Bank bank = new Bank();
        try (Loopback server = new Loopback(bank, new BranchInterceptor())) {
            fixture.enqueue(OutboxMessage.toGrpc(server.target(), AccountServiceGrpc.getDepositMethod(), deposit("bob"))
                    .id("m-1")
                    .header("x-shop", "demo"));
            fixture.start();
            await().until(() -> fixture.isEmpty());

            assertThat(bank.requests).containsExactly(deposit("bob"));
            assertThat(bank.branches).extracting(Branch::gid).containsExactly("m-1");
            Loopback.Arrival arrival = server.arrivals.get(0);
            assertThat(arrival.header("idempotency-key")).isEqualTo("m-1");
            assertThat(arrival.header("entente-branch")).isEqualTo("outbox");
            assertThat(arrival.header("entente-op")).isEqualTo("deliver");
            assertThat(arrival.header("entente-attempt")).isEqualTo("1");
            assertThat(arrival.header("x-shop")).isEqualTo("demo");
            assertThat(arrival.hasDeadline()).isTrue();
        }
    }

    @Test
    void a_participants_barrier_applies_a_repeated_delivery_once() throws Exception {
        Barrier barrier = TestDatabase.barrier();
        barrier.createTable(fixture.database);
        TestDatabase.execute(fixture.database, "create table deposit (account text)");
        Bank bank = new Bank();
        bank.body = request -> barrier.run(fixture.database, DepositResponse.getDefaultInstance(), connection -> {
            try (PreparedStatement insert = connection.prepareStatement("insert into deposit values (?)")) {
                insert.setString(1, request.getAccount());
                insert.executeUpdate();
            }
            return DepositResponse.getDefaultInstance();
        });
        bank.loseNextAnswer = true;
        try (Loopback server = new Loopback(bank, new BranchInterceptor())) {
            fixture.enqueue(
                    OutboxMessage.toGrpc(server.target(), AccountServiceGrpc.getDepositMethod(), deposit("bob")));
            fixture.start();
            await().until(() -> fixture.isEmpty());

            assertThat(bank.requests).hasSize(2);
            assertThat(fixture.count("deposit")).isEqualTo(1);
        }
    }

    @Test
    void a_plan_is_submitted_again_with_its_gid_after_a_lost_response() throws Exception {
        FakeCoordinator coordinator = new FakeCoordinator();
        coordinator.loseAnswer("submit");
        try (Loopback server = new Loopback(coordinator);
                Entente entente = Entente.builder(server.target()).build()) {
            fixture.enqueue(
                    OutboxMessage.toCoordinator(saga(entente, "order-1")).key("order-1"));
            fixture.start(fixture.relay().deliverThrough(entente));
            await().until(() -> fixture.isEmpty());

            assertThat(coordinator.submits).hasSizeGreaterThanOrEqualTo(2);
            assertThat(coordinator.submits)
                    .extracting(submit -> submit.getPlan().getGid())
                    .containsOnly("order-1");
            assertThat(TestDatabase.text(fixture.database, "select id from entente_outbox_sent"))
                    .isEqualTo("order-1");
        }
    }

    @Test
    void a_plan_for_a_closed_client_is_parked_after_five_attempts() throws Exception {
        Entente closed = Entente.builder("localhost:1").build();
        fixture.enqueue(OutboxMessage.toCoordinator(saga(closed, "order-1")));
        closed.close();
        fixture.start(fixture.relay().deliverThrough(closed));

        await().until(() -> ParkedMessages.in(fixture.database).list(1).size() == 1);
        assertThat(ParkedMessages.in(fixture.database).list(1).get(0).attempts())
                .isEqualTo(5);
    }

    @Test
    void a_plan_refuses_another_id_and_headers() {
        try (Entente entente = Entente.builder("localhost:1").build()) {
            OutboxMessage plan = OutboxMessage.toCoordinator(saga(entente, "order-1"));

            assertThatThrownBy(() -> plan.id("other")).hasMessageContaining("order-1");
            assertThatThrownBy(() -> plan.header("x", "y")).hasMessageContaining("coordinator");
        }
    }

    @Test
    void a_redirect_is_not_followed() throws SQLException {
        fixture.receiver.context("/moved", exchange -> {
            exchange.getResponseHeaders().add("location", fixture.receiver.url().toString());
            exchange.sendResponseHeaders(307, -1);
            exchange.close();
        });
        fixture.enqueue(OutboxMessage.toHttp("POST", fixture.receiver.url("/moved"), "{}"));
        fixture.start();

        await().until(() -> ParkedMessages.in(fixture.database).list(1).size() == 1);
        assertThat(ParkedMessages.in(fixture.database).list(1).get(0).error()).isEqualTo("HTTP 307");
        assertThat(fixture.receiver.arrivals).isEmpty();
    }

    @Test
    void an_endless_response_body_is_cut_off() throws SQLException {
        fixture.receiver.context("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] piece = "a".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
            try (OutputStream body = exchange.getResponseBody()) {
                while (true) {
                    body.write(piece);
                }
            } catch (IOException cutOff) {
                exchange.close();
            }
        });
        fixture.enqueue(OutboxMessage.toHttp("POST", fixture.receiver.url("/endless"), "{}"));
        fixture.start();

        await().until(() -> fixture.isEmpty());
    }

    @Test
    void a_retry_after_header_delays_the_next_attempt() throws SQLException {
        fixture.receiver.context("/busy", exchange -> {
            exchange.getResponseHeaders().add("retry-after", "1800");
            exchange.sendResponseHeaders(429, -1);
            exchange.close();
        });
        fixture.enqueue(OutboxMessage.toHttp("POST", fixture.receiver.url("/busy"), "{}"));
        fixture.start();

        await().until(() -> fixture.count(TestDatabase.sql(
                        "entente_outbox where attempts = 1 and due_at > now() + interval '25 minutes'",
                        "entente_outbox where attempts = 1 and due_at > utc_timestamp() + interval 25 minute"))
                == 1);
    }

    private static Saga saga(Entente entente, String gid) {
        Saga saga = entente.saga("checkout").gid(gid);
        saga.step("pay", entente.participant("bank").call(AccountServiceGrpc.getDepositMethod(), deposit("bob")))
                .nothingToUndo();
        return saga;
    }

    private static DepositRequest deposit(String account) {
        return DepositRequest.newBuilder().setAccount(account).build();
    }

    private static final class Bank extends AccountServiceGrpc.AccountServiceImplBase {
        final List<DepositRequest> requests = new CopyOnWriteArrayList<>();
        final List<Branch> branches = new CopyOnWriteArrayList<>();
        Body body = request -> DepositResponse.getDefaultInstance();
        boolean loseNextAnswer;

        interface Body {
            DepositResponse run(DepositRequest request) throws SQLException;
        }

        @Override
        public void deposit(DepositRequest request, StreamObserver<DepositResponse> answer) {
            requests.add(request);
            Branch.current().ifPresent(branches::add);
            try {
                DepositResponse response = body.run(request);
                if (loseNextAnswer) {
                    loseNextAnswer = false;
                    answer.onError(Status.UNAVAILABLE.asException());
                    return;
                }
                answer.onNext(response);
                answer.onCompleted();
            } catch (SQLException broken) {
                answer.onError(Status.UNAVAILABLE.withCause(broken).asException());
            }
        }
    }
}
