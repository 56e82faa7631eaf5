package dev.entente.idempotency;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** Real containers for the tests of one class, and a key for each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class KeyedContainers {
    private final Map<ServletContainer, KeyedRequests> containers = new EnumMap<>(ServletContainer.class);

    String key = "";

    @BeforeAll
    void start() throws Exception {
        for (ServletContainer kind : ServletContainer.values()) {
            containers.put(kind, new KeyedRequests(kind));
        }
    }

    @BeforeEach
    void anotherKey() {
        key = UUID.randomUUID().toString();
    }

    @AfterAll
    void stop() throws Exception {
        for (KeyedRequests container : containers.values()) {
            container.stop();
        }
    }

    KeyedRequests in(ServletContainer container, KeyedRequests.Handler handler) {
        return Objects.requireNonNull(containers.get(container)).handler(handler);
    }
}
