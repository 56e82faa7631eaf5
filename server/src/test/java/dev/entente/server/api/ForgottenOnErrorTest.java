package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Places and flags that an error must not keep. */
class ForgottenOnErrorTest {
    @Test
    void a_client_whose_request_ends_in_an_error_gives_its_place_back() {
        EndWaiters waiting = new EndWaiters(new FakeTransactions(), 1);
        try {
            assertThatThrownBy(() -> waiting.during(Durations.fromSeconds(1), _ -> {
                        throw new StackOverflowError("as it is meant");
                    }))
                    .isInstanceOf(StackOverflowError.class);

            assertThat(waiting.during(Durations.fromSeconds(1), _ -> CompletableFuture.completedFuture("answered")))
                    .isCompletedWithValue("answered");
        } finally {
            waiting.close();
        }
    }

    @Test
    void a_name_that_could_not_be_looked_up_is_looked_up_again() {
        AtomicInteger asked = new AtomicInteger();
        Peers peers = new Peers("node-a", () -> CompletableFuture.completedFuture(List.of()), _ -> {
            if (asked.incrementAndGet() == 1) {
                throw new StackOverflowError("as it is meant");
            }
            return CompletableFuture.completedFuture(Map.of(8L, "node-b"));
        });

        assertThat(peers.node(8)).isEqualTo("incarnation 8");
        assertThat(peers.node(8)).isEqualTo("incarnation 8");
        assertThat(peers.node(8)).isEqualTo("node-b");
    }
}
