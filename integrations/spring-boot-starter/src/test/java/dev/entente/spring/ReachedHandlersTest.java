package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.NewEvent;
import dev.entente.idempotency.Idempotent;
import dev.entente.outbox.OutboxMessage;
import jakarta.persistence.OptimisticLockException;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.ObjectOptimisticLockingFailureException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.validation.annotation.Validated;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.server.ResponseStatusException;

/** Tests failures of handlers with and without the barrier, with and without a catch-all advice. */
@ExtendWith(OutputCaptureExtension.class)
final class ReachedHandlersTest {
    private static ConfigurableApplicationContext plain;
    private static ConfigurableApplicationContext advised;

    private final String gid = UUID.randomUUID().toString();
    private String body = "?";

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Shelf.class, Steps.class})
    static class Application {}

    @RestControllerAdvice
    static class CatchesAll {
        @ExceptionHandler(Throwable.class)
        ResponseEntity<String> any(Throwable failure) {
            boolean isOwn = failure instanceof NoSuchSku;
            return ResponseEntity.status(isOwn ? 404 : 500).body(String.valueOf(failure.getMessage()));
        }
    }

    @ResponseStatus(HttpStatus.NOT_FOUND)
    static class Marked extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    static class NoSuchSku extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @RejectedAs("SOLD_OUT")
    static class SoldOut extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** An order as JSON. */
    record Order(@Min(1) int pieces) {}

    @Validated
    static class Shelf {
        public void take(@Min(1) int pieces) {
            assertThat(pieces).isPositive();
        }
    }

    @RestController
    static class Steps {
        private final JdbcClient jdbc;
        private final TransactionalBarrier barrier;
        private final TransactionTemplate transactions;
        private final Shelf shelf;
        private final TransactionalOutbox outbox;
        private final TransactionalInbox inbox;
        private final JdbcTemplate template;

        Steps(
                JdbcClient jdbc,
                TransactionalBarrier barrier,
                TransactionTemplate transactions,
                Shelf shelf,
                TransactionalOutbox outbox,
                TransactionalInbox inbox,
                JdbcTemplate template) {
            this.template = template;
            this.outbox = outbox;
            this.inbox = inbox;
            this.jdbc = jdbc;
            this.barrier = barrier;
            this.transactions = transactions;
            this.shelf = shelf;
        }

        private void fail(String how) {
            if (how.equals("outbox")) {
                outbox.enqueue(OutboxMessage.toKafka("orders", new byte[0]));
            } else if (how.equals("inbox")) {
                inbox.once("m-1", () -> {});
            } else if (how.equals("events")) {
                NewEvent placed = new NewEvent("placed", 1, ByteString.EMPTY);
                template.execute((ConnectionCallback<Long>)
                        connection -> EventStore.postgres().append(connection, "order:1", 0, List.of(placed)));
            }
            jdbc.sql("insert into step values (?)").param(how).update();
            switch (how) {
                case "fine" -> {}
                case "marked" -> throw new Marked();
                case "wrapped" -> throw new IllegalStateException("a layer", new Marked());
                case "invalid" -> shelf.take(0);
                case "own" -> throw new NoSuchSku();
                case "other" -> throw new IllegalStateException("a disk is full");
                case "sold-out" -> throw new SoldOut();
                case "optimistic" -> throw new OptimisticLockingFailureException("another was faster");
                case "entity" -> throw new ObjectOptimisticLockingFailureException(Order.class, 1);
                case "persistence" ->
                    throw new IllegalStateException(new OptimisticLockException("another was faster"));
                case "locked" ->
                    jdbc.sql("select 1 from account for update nowait").query().singleRow();
                default -> throw new ResponseStatusException(HttpStatus.valueOf(Integer.parseInt(how)), "no such sku");
            }
        }

        @PostMapping("/reached/{how}")
        @Barriered
        public void reached(@PathVariable String how) {
            fail(how);
        }

        @PostMapping("/explicit/{how}")
        public void explicit(@PathVariable String how) {
            barrier.run(() -> fail(how));
        }

        @PostMapping("/bare/{how}")
        public void bare(@PathVariable String how) {
            fail(how);
        }

        @PostMapping("/transactional/{how}")
        @Transactional
        public void transactional(@PathVariable String how) {
            fail(how);
        }

        @PostMapping("/template/{how}")
        public void template(@PathVariable String how) {
            transactions.executeWithoutResult(status -> fail(how));
        }

        @PostMapping("/keyed")
        @Idempotent
        public void keyed() {}

        @PostMapping("/keyed/barriered")
        @Idempotent
        @Barriered
        public void keyedAndBarriered() {}

        @PostMapping("/read")
        @Barriered
        public void read(@Valid @RequestBody Order order) {
            fail(order.toString());
        }

        @GetMapping("/look")
        public String look() {
            return "nothing";
        }
    }

    @BeforeAll
    static void start() {
        plain = started(Application.class);
        advised = started(Application.class, CatchesAll.class);
    }

    private static ConfigurableApplicationContext started(Class<?>... sources) {
        ConfigurableApplicationContext started = new SpringApplicationBuilder(sources)
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "spring.datasource.url=" + TestDatabase.url(),
                        "spring.jpa.hibernate.ddl-auto=none",
                        "entente.barrier.create-table=true")
                .run();
        JdbcClient jdbc = started.getBean(JdbcClient.class);
        jdbc.sql("create table step (how text)").update();
        jdbc.sql("create table account as select 1 as id").update();
        return started;
    }

    @AfterAll
    static void stop() {
        plain.close();
        advised.close();
    }

    @BeforeEach
    void forget() {
        plain.getBean(UnguardedCalls.class).clear();
    }

    private HttpResponse<String> call(ConfigurableApplicationContext application, String method, String path) {
        String json = "application/json";
        return TestRequests.send(
                application,
                method,
                path,
                body,
                "content-type",
                json,
                "entente-gid",
                gid,
                "entente-branch",
                "b",
                "entente-op",
                "action");
    }

    private HttpResponse<String> call(ConfigurableApplicationContext application, String path) {
        return call(application, "POST", path);
    }

    private static int kept(ConfigurableApplicationContext application, String how) {
        return application
                .getBean(JdbcClient.class)
                .sql("select count(*) from step where how = ?")
                .param(how)
                .query(Integer.class)
                .single();
    }

    /**
     * The columns: the failure, the status with the barrier, the status without the barrier, the same with the advice.
     */
    @ParameterizedTest
    @CsvSource({
        "400, 400, 400, 500",
        "401, 422, 401, 500",
        "403, 422, 403, 500",
        "404, 422, 404, 500",
        "405, 422, 405, 500",
        "408, 408, 408, 500",
        "409, 409, 409, 500",
        "410, 410, 410, 500",
        "422, 422, 422, 500",
        "425, 425, 425, 500",
        "429, 429, 429, 500",
        "500, 500, 500, 500",
        "503, 503, 503, 500",
        "302, 500, 500, 500",
        "marked, 422, 404, 500",
        "wrapped, 422, 404, 500",
        "invalid, 400, 500, 500",
        "other, 500, 500, 500",
    })
    void the_exception_of_a_reached_handler_decides_the_status(String how, int reached, int bare, int bareAdvised) {
        for (ConfigurableApplicationContext application : new ConfigurableApplicationContext[] {plain, advised}) {
            assertThat(call(application, "/reached/" + how).statusCode()).isEqualTo(reached);
            assertThat(call(application, "/explicit/" + how).statusCode()).isEqualTo(reached);
            assertThat(kept(application, how)).isZero();
        }
        assertThat(call(plain, "/bare/" + how).statusCode()).isEqualTo(bare);
        assertThat(call(advised, "/bare/" + how).statusCode()).isEqualTo(bareAdvised);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/reached/outbox",
                "/explicit/outbox",
                "/transactional/outbox",
                "/reached/inbox",
                "/explicit/inbox",
                "/transactional/inbox",
                "/reached/events",
                "/transactional/events",
                "/keyed"
            })
    void a_missing_table_is_misconfigured_and_its_definition_is_not_sent(String path) {
        for (ConfigurableApplicationContext application : new ConfigurableApplicationContext[] {plain, advised}) {
            HttpResponse<String> answer = call(application, path);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(405);
            assertThat(answer.body())
                    .contains("\"reason\": \"ENT-0" + (path.endsWith("events") ? 83 : 94) + "\"")
                    .containsPattern("misconfigured: (the table entente_|a table of events)")
                    .doesNotContain("create table");
        }
        assertThat(call(plain, "/keyed/barriered").statusCode()).isEqualTo(200);
    }

    @Test
    void an_advice_decides_for_an_exception_without_a_status() {
        assertThat(call(advised, "/reached/own").statusCode()).isEqualTo(422);
        assertThat(call(advised, "/bare/own").statusCode()).isEqualTo(404);
        assertThat(call(plain, "/reached/own").statusCode()).isEqualTo(500);
    }

    @Test
    void an_unreadable_or_invalid_body_is_400_also_with_an_advice() {
        for (String sent : new String[] {"?", "{\"pieces\": 0}"}) {
            body = sent;
            assertThat(call(plain, "/read").statusCode()).isEqualTo(400);
            assertThat(call(advised, "/read").statusCode()).isEqualTo(400);
        }
        assertThat(call(plain, "/nowhere").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"optimistic", "entity", "persistence", "locked"})
    void a_lost_lock_behind_the_barrier_is_answered_as_in_progress(String how) throws SQLException {
        for (ConfigurableApplicationContext application : new ConfigurableApplicationContext[] {plain, advised}) {
            try (Connection other = application.getBean(DataSource.class).getConnection()) {
                other.setAutoCommit(false);
                other.createStatement().execute("select 1 from account for update");
                for (String path : new String[] {"/reached/", "/explicit/"}) {
                    HttpResponse<String> answer = call(application, path + how);
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
                    assertThat(answer.body()).contains("\"reason\": \"IN_PROGRESS\"");
                    assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
                }
                assertThat(call(application, "/bare/" + how).statusCode()).isEqualTo(500);
                other.rollback();
            }
        }
    }

    @Test
    void a_rejection_is_accepted_only_with_the_barrier_or_a_transactional_method() {
        for (ConfigurableApplicationContext application : new ConfigurableApplicationContext[] {plain, advised}) {
            for (String path : new String[] {"/reached/", "/explicit/", "/transactional/"}) {
                HttpResponse<String> answer = call(application, path + "sold-out");
                assertThat(answer.statusCode()).as(path).isEqualTo(409);
                assertThat(answer.body()).contains("\"reason\": \"REJECTED\"");
            }
            for (String path : new String[] {"/bare/", "/template/"}) {
                HttpResponse<String> answer = call(application, path + "sold-out");
                assertThat(answer.statusCode()).as(path).isEqualTo(422);
                assertThat(answer.body())
                        .contains("SoldOut", "no transaction was rolled back")
                        .doesNotContain("reason");
            }
            assertThat(kept(application, "sold-out")).as("of /bare/").isEqualTo(1);
        }
    }

    @Test
    void a_handler_without_the_barrier_is_reported_once(CapturedOutput output) {
        String handler = Steps.class.getName() + ".transactional";
        for (String how : new String[] {"fine", "other", "sold-out"}) {
            call(plain, "/transactional/" + how);
        }
        call(plain, "/reached/fine");
        call(plain, "/explicit/fine");
        call(plain, "/read");
        call(plain, "GET", "/look");
        UnguardedCalls unguarded = plain.getBean(UnguardedCalls.class);
        assertThat(unguarded.clear()).containsExactly(handler);
        assertThat(unguarded.clear()).isEmpty();
        assertThat(output.getOut().split("called " + handler + " without the barrier", -1))
                .hasSizeLessThanOrEqualTo(2);
    }
}
