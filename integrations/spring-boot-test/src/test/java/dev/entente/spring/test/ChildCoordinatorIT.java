package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PostgresServer;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.spring.UnguardedCalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tests a coordinator in a child process: its faults, its failures and its end. */
@SpringBootTest(
        classes = ChildCoordinatorIT.Application.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = "spring.application.name=stock")
@EntenteTest(ownProcess = true)
final class ChildCoordinatorIT {
    private static final AtomicInteger CALLS = new AtomicInteger();
    private static final Duration LONG = Duration.ofHours(1);

    @Autowired
    private Entente entente;

    @Autowired
    private TestCoordinator coordinator;

    @Autowired
    private Faults faults;

    @Autowired
    private UnguardedCalls unguarded;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @RestController
    static class Application {
        @PostMapping("/reservations")
        String reserve() {
            CALLS.incrementAndGet();
            return "reserved";
        }
    }

    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
        properties.add("spring.datasource.url", () -> PostgresServer.start().url("postgres"));
    }

    private void submit(String gid) {
        Saga saga = entente.saga("reserve").gid(gid);
        saga.step("reserve", entente.participant("stock").post("/reservations")).nothingToUndo();
        saga.submit();
    }

    @AfterEach
    void ignoreTheMissingBarrier() {
        unguarded.clear();
    }

    @Test
    void a_saga_finishes_after_the_kill_of_the_coordinator() {
        String target = coordinator.target();
        faults.unavailable("stock", Duration.ofSeconds(1));
        submit("killed");
        faults.killCoordinator();

        coordinator.await("killed").isSucceeded();
        assertThat(coordinator.target()).isEqualTo(target);
        submit("after");
        coordinator.await("after").isSucceeded();
    }

    @RepeatedTest(2)
    void an_unavailable_service_gets_no_call_until_the_end_of_the_test(RepetitionInfo repetition) {
        String gid = "call-" + repetition.getCurrentRepetition();
        submit(gid);
        coordinator.await(gid).isSucceeded();
        int calls = CALLS.get();
        faults.unavailable("stock", LONG);
        submit(gid + "-later");

        await().until(
                        () -> entente.transactions().get(gid + "-later").toString(),
                        shown -> shown.contains("could not connect"));
        assertThat(CALLS).hasValue(calls);
    }

    @Test
    void an_unknown_participant_is_refused() {
        assertThatThrownBy(() -> faults.unavailable("stocks", LONG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'stocks'", "[stock]");
    }

    @Test
    void a_failed_assertion_and_a_failed_start_show_the_end_of_the_log() {
        submit("logged");
        coordinator.await("logged").isSucceeded();
        assertThatThrownBy(() -> coordinator.await("logged").isAborted())
                .hasMessageContainingAll("did not become ABORTED", "the coordinator's process runs", "ready in ");
        assertThatThrownBy(() -> new ChildCoordinator(Map.of("lease", "soon")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("did not become ready, and ended with code 2", "ENT-071", "lease");
    }

    /** Starts a child process, and prints its id. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            CoordinatorProgram started = new ChildCoordinator(
                    Map.of("database.url", arguments[0], "database.user", "postgres", "database.migrate", "true"));
            ProcessHandle.current().children().forEach(child -> System.out.println(child.pid()));
            System.in.read(); // until the kill
            started.close();
        }
    }

    @Test
    void the_process_ends_after_the_kill_of_its_jvm() throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        TestPostgres.create("killed_jvm"))
                .start();
        try (BufferedReader output = jvm.inputReader(StandardCharsets.UTF_8)) {
            ProcessHandle child =
                    ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
            assertThat(child.isAlive()).isTrue();
            jvm.destroyForcibly();
            await().until(() -> !child.isAlive());
        }
    }
}
