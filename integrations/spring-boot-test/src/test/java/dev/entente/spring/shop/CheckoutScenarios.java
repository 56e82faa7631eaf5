package dev.entente.spring.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.participant.BranchOp;
import dev.entente.spring.test.EntenteTest;
import dev.entente.spring.test.Faults;
import dev.entente.spring.test.TestCoordinator;
import dev.entente.v1.Parked;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;

/** The tests of a service as its developers write them. A payment service of another team takes part. */
@SpringBootTest(
        classes = StockApplication.class,
        properties = {"spring.application.name=stock", "entente.barrier.create-table=true"})
@EntenteTest
abstract class CheckoutScenarios {
    @Autowired
    Entente entente;

    @Autowired
    private TestCoordinator coordinator;

    @Autowired
    private Faults faults;

    @Autowired
    private StockApplication.Stock stock;

    private final List<String> paid = new CopyOnWriteArrayList<>();
    private HttpServer payment;

    static void database(DynamicPropertyRegistry properties, String url) {
        properties.add("spring.datasource.url", () -> url);
    }

    @BeforeEach
    void startPayment() throws IOException {
        payment = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        payment.createContext("/", exchange -> {
            String order = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            paid.add(exchange.getRequestHeaders().getFirst("entente-op") + " " + order);
            byte[] answer =
                    "{\"entente\":{\"reason\":\"REJECTED\",\"code\":\"NO_MONEY\"}}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(order.contains("poor") ? 409 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        payment.start();
        coordinator.participant(
                "payment", "http://localhost:" + payment.getAddress().getPort());
    }

    @AfterEach
    void stopPayment() {
        payment.stop(0);
    }

    Call<?> reserve(String order) {
        return entente.participant("stock").post("/reservations").body(order.getBytes(StandardCharsets.UTF_8));
    }

    Call<?> release(String order) {
        return entente.participant("stock").post("/releases").body(order.getBytes(StandardCharsets.UTF_8));
    }

    private Saga checkout(String order) {
        Saga saga = entente.saga("checkout").gid(order);
        saga.step("reserve", reserve(order)).compensateWith(release(order));
        saga.step("pay", entente.participant("payment").post("/payments").body(order.getBytes(StandardCharsets.UTF_8)))
                .compensateWith(
                        entente.participant("payment").post("/refunds").body(order.getBytes(StandardCharsets.UTF_8)));
        return saga;
    }

    @Test
    void a_checkout_reserves_and_pays() {
        checkout("order-1").submit();

        coordinator.await("order-1").isSucceeded();
        assertThat(stock.reserved("order-1")).isEqualTo(1);
        assertThat(paid).containsExactly("action order-1");
    }

    @Test
    void a_refused_payment_releases_the_goods() {
        checkout("order-poor").submit();

        coordinator.await("order-poor").isAborted().isCompensated("reserve");
        assertThat(stock.reserved("order-poor")).isZero();
    }

    @Test
    void a_lost_request_a_lost_response_and_a_repeated_call_reserve_once() {
        faults.loseRequest("reserve", BranchOp.ACTION);
        checkout("lost-request").submit();
        coordinator.await("lost-request").isSucceeded();
        faults.loseAnswer("reserve", BranchOp.ACTION);
        faults.loseAnswer("pay", BranchOp.ACTION);
        checkout("lost-answer").submit();
        coordinator.await("lost-answer").isSucceeded();
        faults.repeat("reserve", BranchOp.ACTION);
        checkout("repeated").submit();
        coordinator.await("repeated").isSucceeded();

        assertThat(stock.reserved("lost-request")).isEqualTo(1);
        assertThat(stock.reserved("lost-answer")).isEqualTo(1);
        assertThat(stock.reserved("repeated")).isEqualTo(1);
        assertThat(paid)
                .containsExactly("action lost-request", "action lost-answer", "action lost-answer", "action repeated");
    }

    @Test
    void a_reservation_after_its_release_reserves_nothing() {
        faults.delayUntilUndone("reserve");
        checkout("late").submit();

        coordinator.await("late").isAborted().isCompensated("reserve");
        assertThat(stock.reserved("late")).isZero();
    }

    @Test
    void a_checkout_continues_when_a_service_is_available_again() {
        faults.unavailable("stock", Duration.ofMillis(500));
        faults.unavailable("payment", Duration.ofSeconds(1));
        checkout("outage").submit();

        coordinator.await("outage").isSucceeded();
        assertThat(stock.reserved("outage")).isEqualTo(1);
        assertThat(paid).containsExactly("action outage");
    }

    @Test
    void a_coordinator_in_this_jvm_cannot_be_killed() {
        assertThatThrownBy(() -> faults.killCoordinator())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("@EntenteTest(ownProcess = true)");
    }

    @Test
    void sold_out_goods_are_not_paid() {
        checkout("sold-out").submit();

        coordinator.await("sold-out").isAborted();
        assertThat(paid).isEmpty();
    }

    @Test
    void a_refused_refund_is_parked_and_a_wrong_expectation_reports_the_reason() {
        Saga saga = entente.saga("checkout").gid("poor-refund");
        saga.step("pay", entente.participant("payment").post("/p").body("rich".getBytes(StandardCharsets.UTF_8)))
                .compensateWith(entente.participant("payment")
                        .post("/refunds")
                        .body("poor-refund".getBytes(StandardCharsets.UTF_8)));
        saga.step("reserve", reserve("sold-out")).nothingToUndo();
        saga.submit();

        coordinator.await("poor-refund").isParked(Parked.Reason.UNDO_REFUSED);
        assertThatThrownBy(() -> coordinator.await("poor-refund").isAborted())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("did not become ABORTED")
                .hasMessageContaining("UNDO_REFUSED")
                .hasMessageContaining("reserve")
                .hasMessageContaining("NO_MONEY");
    }
}
