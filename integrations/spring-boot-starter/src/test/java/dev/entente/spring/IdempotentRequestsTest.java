package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.idempotency.Idempotent;
import dev.entente.jdbc.Dialect;
import dev.entente.spring.MarkedApplication.Ledger;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Tests idempotency keys over HTTP, by a property and by an annotation. */
@ParameterizedClass
@EnumSource(Dialect.class)
@SuppressWarnings("NullAway.Init") // JUnit sets the fields before each invocation of the class
final class IdempotentRequestsTest {
    private static ConfigurableApplicationContext application;
    private static Ledger ledger;
    private static CountDownLatch begun;
    private static CountDownLatch mayEnd;

    private final String key = UUID.randomUUID().toString();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Ledger.class, Orders.class})
    static class Application {}

    @RestController
    static class Orders {
        private final Ledger ledger;

        Orders(Ledger ledger) {
            this.ledger = ledger;
        }

        @PostMapping("/orders/{id}/lines")
        @ResponseStatus(HttpStatus.CREATED)
        String byPath(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }

        @PostMapping("/orders/{id}/both")
        @Idempotent
        String byBoth(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }

        @PostMapping("/marked/{id}")
        @Idempotent
        String byMark(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }

        @PutMapping("/marked/{id}")
        String unmarked(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }

        @PostMapping("/slow/{id}")
        @Idempotent
        String slow(@PathVariable String id) throws InterruptedException {
            if (begun.getCount() > 0) {
                begun.countDown();
                assertThat(mayEnd.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
            }
            return id + " " + ledger.write(id);
        }
    }

    IdempotentRequestsTest(Dialect dialect) {
        assertThat(application.isActive()).as("%s", dialect).isTrue();
    }

    @BeforeParameterizedClassInvocation
    static void start(Dialect dialect) {
        application = MarkedApplication.start(
                dialect,
                Application.class,
                "entente.idempotency.paths=/orders/**,/payments",
                "entente.idempotency.retention=1h");
        ledger = application.getBean(Ledger.class);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        application.close();
    }

    private static HttpResponse<String> sent(String method, String path, String body, String... headers) {
        return TestRequests.send(application, method, path, body, headers);
    }

    private static boolean isReplayed(HttpResponse<String> answer) {
        return answer.headers().firstValue("idempotency-replayed").isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/orders/{}/lines", "/orders/{}/both", "/marked/{}"})
    void a_repeated_request_gets_the_first_response_and_another_body_is_refused(String pattern) {
        String path = pattern.replace("{}", key);
        HttpResponse<String> first = sent("POST", path, "a", "Idempotency-Key", key);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(pattern.endsWith("lines") ? 201 : 200);
        assertThat(isReplayed(first)).isFalse();

        HttpResponse<String> again = sent("POST", path, "a", "Idempotency-Key", key);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.statusCode()).isEqualTo(first.statusCode());
        assertThat(isReplayed(again)).isTrue();
        assertThat(sent("POST", path, "b", "Idempotency-Key", key).statusCode()).isEqualTo(422);
        assertThat(ledger.kept(key)).isEqualTo(1);
    }

    @Test
    void each_request_without_a_key_or_a_mark_runs() {
        for (int i = 0; i < 2; i++) {
            assertThat(sent("POST", "/marked/" + key, "").statusCode()).isEqualTo(200);
            assertThat(isReplayed(sent("PUT", "/marked/" + key, "", "Idempotency-Key", key)))
                    .isFalse();
        }
        assertThat(sent("DELETE", "/marked/" + key, "", "Idempotency-Key", key).statusCode())
                .isEqualTo(405);
        assertThat(ledger.kept(key)).isEqualTo(4);
    }

    private HttpResponse<String> called(String path, String... headers) {
        return sent(
                "POST",
                path,
                "",
                Stream.concat(
                                Stream.of("entente-gid", key, "entente-branch", "b", "entente-op", "action"),
                                Stream.of(headers))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/orders/{}/lines", "/orders/{}/both", "/marked/{}"})
    void the_branch_is_the_key_of_a_coordinators_call(String pattern) {
        String path = pattern.replace("{}", key);
        HttpResponse<String> first = called(path);
        assertThat(first.statusCode()).isBetween(200, 201);
        for (String other : new String[] {key + "/b/action", "another"}) {
            HttpResponse<String> again = called(path, "Idempotency-Key", other);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(isReplayed(again)).isTrue();
        }
        assertThat(ledger.kept(key)).isEqualTo(1);
    }

    @Test
    void a_coordinators_call_gets_in_progress_while_the_first_call_runs() throws InterruptedException {
        begun = new CountDownLatch(1);
        mayEnd = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> first = CompletableFuture.supplyAsync(() -> called("/slow/" + key));
        assertThat(begun.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        HttpResponse<String> second = called("/slow/" + key);
        assertThat(second.headers().firstValue("entente-reason")).hasValue("IN_PROGRESS");
        assertThat(second.headers().firstValue("retry-after")).hasValue("1");
        mayEnd.countDown();
        assertThat(first.join().statusCode()).isEqualTo(200);
        assertThat(called("/slow/" + key).body()).isEqualTo(first.join().body());
        assertThat(ledger.kept(key)).isEqualTo(1);
    }

    @Test
    void a_repeated_request_is_409_while_the_first_request_runs() throws InterruptedException {
        begun = new CountDownLatch(1);
        mayEnd = new CountDownLatch(1);
        CompletableFuture<HttpResponse<String>> first =
                CompletableFuture.supplyAsync(() -> sent("POST", "/slow/" + key, "", "Idempotency-Key", key));
        assertThat(begun.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(sent("POST", "/slow/" + key, "", "Idempotency-Key", key).statusCode())
                .isEqualTo(409);
        mayEnd.countDown();
        assertThat(first.join().statusCode()).isEqualTo(200);
        assertThat(sent("POST", "/slow/" + key, "", "Idempotency-Key", key).body())
                .isEqualTo(first.join().body());
        assertThat(ledger.kept(key)).isEqualTo(1);
    }
}
