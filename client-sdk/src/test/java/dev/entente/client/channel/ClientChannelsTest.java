package dev.entente.client.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.InsecureChannelCredentials;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.Test;

/** The threads that deliver answers over HTTP. */
class ClientChannelsTest {
    @Test
    void closing_stops_the_threads_and_later_tasks_run_on_the_calling_thread() {
        ClientChannels channels = new ClientChannels(InsecureChannelCredentials.create(), Map.of(), Map.of());
        ExecutorService threads = (ExecutorService) channels.http().executor().orElseThrow();
        assertThat(CompletableFuture.supplyAsync(Thread::currentThread, threads).join())
                .extracting(Thread::getName, Thread::isDaemon)
                .containsExactly("entente-http", true);

        channels.close();

        assertThat(threads.isShutdown()).isTrue();
        assertThat(CompletableFuture.supplyAsync(Thread::currentThread, threads).join())
                .isSameAs(Thread.currentThread());
    }
}
