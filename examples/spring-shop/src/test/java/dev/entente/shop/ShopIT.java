package dev.entente.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.MariaServer;
import dev.entente.participant.BranchOp;
import dev.entente.shop.orders.Order;
import dev.entente.shop.orders.OrdersApplication;
import dev.entente.shop.payments.PaymentsApplication;
import dev.entente.shop.stock.StockApplication;
import dev.entente.spring.test.EntenteTest;
import dev.entente.spring.test.Faults;
import dev.entente.spring.test.TestCoordinator;
import dev.entente.v1.Parked;
import java.io.IOException;
import java.time.Duration;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.client.RestClient;

/** The three services with a MariaDB and a coordinator. */
@SpringBootTest(
        classes = OrdersApplication.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = "spring.config.name=orders")
@EntenteTest
@Import(CuttableLine.class)
@DirtiesContext
final class ShopIT {
    private static MariaServer maria;
    private static ConfigurableApplicationContext stock;
    private static ConfigurableApplicationContext payments;

    @Autowired
    private TestCoordinator coordinator;

    @Autowired
    private Faults faults;

    @Autowired
    private CuttableLine line;

    @Autowired
    private DataSource orders;

    @LocalServerPort
    private int port;

    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
        properties.add("spring.datasource.url", () -> database("orders"));
    }

    @BeforeAll
    static void start() throws IOException {
        maria = MariaServer.started();
        stock = started(StockApplication.class, "stock");
        payments = started(PaymentsApplication.class, "payments");
    }

    private static ConfigurableApplicationContext started(Class<?> application, String name) {
        return new SpringApplicationBuilder(application)
                .run("--spring.config.name=" + name, "--server.port=0", "--spring.datasource.url=" + database(name));
    }

    private static String database(String name) {
        return maria.url(name) + "&createDatabaseIfNotExist=true";
    }

    @AfterAll
    static void stop() {
        stock.close();
        payments.close();
        maria.close();
    }

    @BeforeEach
    void makeKnown() {
        coordinator.participant("stock", url(stock));
        coordinator.participant("payments", url(payments));
    }

    private static String url(ConfigurableApplicationContext service) {
        return "http://localhost:" + service.getEnvironment().getProperty("local.server.port");
    }

    private static int number(ConfigurableApplicationContext service, String sql) {
        return service.getBean(JdbcClient.class).sql(sql).query(Integer.class).single();
    }

    private static int chairs() {
        return number(stock, "select available from item where sku = 'chair'");
    }

    private static int aliceHas() {
        return number(payments, "select cents from account where id = 'alice'");
    }

    private ResponseEntity<String> post(String path, Order order) {
        return RestClient.create("http://localhost:" + port)
                .post()
                .uri(path)
                .header("Idempotency-Key", order.id())
                .body(order)
                .retrieve()
                .onStatus(status -> true, (request, response) -> {})
                .toEntity(String.class);
    }

    private void becomes(String id, String state) {
        Awaitility.await().untilAsserted(() -> assertThat(state(id)).isEqualTo(state));
    }

    private String state(String id) {
        return JdbcClient.create(orders)
                .sql("select state from shop_order where id = ?")
                .param(id)
                .query(String.class)
                .single();
    }

    @Test
    void an_order_goes_through_all_services_once() {
        int chairs = chairs();
        int cents = aliceHas();
        Order order = new Order("1", "chair", 2, "alice", 4000, "Paris");
        assertThat(post("/orders", order).getStatusCode()).isEqualTo(HttpStatus.ACCEPTED);
        assertThat(post("/orders", order).getHeaders().getFirst("Idempotency-Replayed"))
                .isEqualTo("true");

        coordinator.await("order-1").isSucceeded();
        becomes("1", "CONFIRMED");
        assertThat(chairs()).isEqualTo(chairs - 2);
        assertThat(aliceHas()).isEqualTo(cents - 4000);
    }

    @Test
    void an_order_that_cannot_be_shipped_is_refunded() {
        int cents = aliceHas();
        faults.loseAnswer("pay", BranchOp.ACTION);
        post("/orders", new Order("2", "chair", 1, "alice", 4000, "Atlantis"));

        coordinator.await("order-2").isAborted().isCompensated("pay").isCompensated("reserve");
        assertThat(aliceHas()).isEqualTo(cents);
        becomes("2", "REJECTED");
    }

    @Test
    void orders_are_accepted_while_the_coordinator_is_unavailable() throws IOException {
        line.cut(true);
        post("/orders", new Order("3", "chair", 1, "alice", 4000, "Paris"));
        assertThat(state("3")).isEqualTo("PLACED");

        line.cut(false);
        coordinator.await("order-3").isSucceeded();
        becomes("3", "CONFIRMED");
    }

    @Test
    void an_order_waits_for_payments_that_are_unavailable() {
        faults.unavailable("payments", Duration.ofSeconds(1));
        post("/orders", new Order("9", "chair", 1, "alice", 4000, "Paris"));

        coordinator.await("order-9").isSucceeded();
        becomes("9", "CONFIRMED");
    }

    @Test
    void a_purchase_returns_a_receipt_or_the_reason_of_the_rejection() {
        int chairs = chairs();
        ResponseEntity<String> sold = post("/purchases", new Order("4", "chair", 1, "alice", 4000, "Paris"));
        assertThat(sold.getBody()).contains("receipt of order-4");

        ResponseEntity<String> poor = post("/purchases", new Order("5", "chair", 1, "bob", 4000, "Paris"));
        assertThat(poor.getStatusCode()).isEqualTo(HttpStatus.CONFLICT);
        assertThat(poor.getBody()).isEqualTo("NO_MONEY");
        assertThat(chairs()).isEqualTo(chairs - 1);
    }

    @Test
    void a_booking_reserves_goods_and_credit_or_neither() {
        int chairs = chairs();
        assertThat(post("/bookings", new Order("6", "chair", 1, "alice", 4000, ""))
                        .getBody())
                .isEqualTo("booking-6");
        coordinator.await("booking-6").isSucceeded();
        assertThat(number(payments, "select count(*) from payment where gid = 'booking-6' and is_settled"))
                .isEqualTo(1);

        ResponseEntity<String> poor = post("/bookings", new Order("7", "chair", 1, "bob", 4000, ""));
        assertThat(poor.getBody()).isEqualTo("NO_MONEY");
        coordinator.await("booking-7").isAborted().isCompensated("goods");
        assertThat(chairs()).isEqualTo(chairs - 1);
        assertThat(number(stock, "select count(*) from reservation where gid like 'booking-%'"))
                .isZero();
    }

    @Test
    void a_refused_undo_waits_for_an_operator() {
        post("/orders", new Order("8", "chair", 1, "carol", 4000, "Atlantis"));

        coordinator.await("order-8").isParked(Parked.Reason.UNDO_REFUSED);
        assertThat(state("8")).isEqualTo("ACCEPTED");
    }
}
