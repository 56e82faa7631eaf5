package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.entente.backends.PostgresServer;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.participant.BranchOp;
import dev.entente.spring.UnguardedCalls;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Tests with faults in a JUnit run with parallel classes and methods. */
final class ParallelTestsIT {
    private static final Map<String, AtomicInteger> CALLS = new ConcurrentHashMap<>();
    private static final Set<String> RUNNING = ConcurrentHashMap.newKeySet();
    private static final Set<String> CONCURRENT = ConcurrentHashMap.newKeySet();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @RestController
    static class Application {
        @PostMapping("/reservations")
        String reserve(@RequestHeader("entente-gid") String gid) {
            CALLS.computeIfAbsent(gid, _ -> new AtomicInteger()).incrementAndGet();
            return "reserved";
        }
    }

    @SpringBootTest(
            classes = Application.class,
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = "spring.application.name=stock")
    @EntenteTest
    abstract static class Scenario {
        @Autowired
        private Entente entente;

        @Autowired
        private TestCoordinator coordinator;

        @Autowired
        private Faults faults;

        @Autowired
        private UnguardedCalls unguarded;

        @DynamicPropertySource
        static void database(DynamicPropertyRegistry properties) {
            properties.add("spring.datasource.url", () -> Database.URL);
        }

        void reserveWithALostAnswer(String gid) {
            RUNNING.add(gid);
            if (RUNNING.size() > 1) {
                CONCURRENT.addAll(RUNNING);
            }
            faults.loseAnswer("reserve", BranchOp.ACTION);
            Saga saga = entente.saga("reserve").gid(gid);
            saga.step("reserve", entente.participant("stock").post("/reservations"))
                    .nothingToUndo();
            saga.submit();
            coordinator.await(gid).isSucceeded();
            assertThat(CALLS.get(gid)).hasValue(2);
            assertThat(unguarded.clear()).hasSize(1); // the handler has no barrier, so each call is counted
            RUNNING.remove(gid);
        }
    }

    static class First extends Scenario {
        @Test
        void one() {
            reserveWithALostAnswer("first-1");
        }

        @Test
        void two() {
            reserveWithALostAnswer("first-2");
        }
    }

    static class Second extends Scenario {
        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void each(int number) {
            reserveWithALostAnswer("second-" + number);
        }

        @Nested
        class Inner {
            @Test
            void one(TestInfo test) {
                reserveWithALostAnswer("inner-" + test.getDisplayName().replaceAll("\\W", ""));
            }
        }
    }

    private static final class Database {
        static final String URL = PostgresServer.start().url("postgres");
    }

    @Test
    void tests_with_faults_do_not_run_at_the_same_time() {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(First.class), selectClass(Second.class))
                                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                                .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                                .configurationParameter(
                                        "junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
                                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                                .configurationParameter(
                                        "junit.jupiter.execution.parallel.config.fixed.parallelism", "6")
                                .build(),
                        summary);

        assertThat(summary.getSummary().getFailures()).isEmpty();
        assertThat(summary.getSummary().getTestsSucceededCount()).isEqualTo(5);
        assertThat(CONCURRENT).isEmpty();
    }
}
