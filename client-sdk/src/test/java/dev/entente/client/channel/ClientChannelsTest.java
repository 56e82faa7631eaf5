package dev.entente.client.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.InsecureChannelCredentials;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.Test;

/** The threads on which answers over HTTP are told. */
class ClientChannelsTest {
    @Test
    void they_end_with_the_client_and_what_comes_later_is_told_all_the_same() {
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
