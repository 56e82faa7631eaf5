package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.Certificate;
import dev.entente.server.store.TestDatabase;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A coordinator whose files of TLS change while it is called. */
@Execution(ExecutionMode.CONCURRENT)
class RenewedCertificateTest {
    /** Between two calls, so that tests beside this one get their share of the processors. */
    private static final Duration PACE = Duration.ofMillis(100);

    @TempDir
    static Path made;

    private static Certificate first;
    private static Certificate second;

    @TempDir
    Path folder;

    private Path chain;
    private Path key;
    private Path clientCa;
    private Server server;

    @BeforeAll
    static void make() throws Exception {
        first = Certificate.selfSigned(made, "first");
        second = Certificate.selfSigned(made, "second");
    }

    @BeforeEach
    void start() throws IOException {
        chain = Files.copy(first.chain(), folder.resolve("chain.pem"));
        key = Files.copy(first.key(), folder.resolve("key.pem"));
        clientCa = Files.copy(first.chain(), folder.resolve("clients.pem"));
        Map<String, String> settings = LocalServer.settings(TestDatabase.withSchema(), "a");
        settings.put("grpc.tls.certificate", chain.toString());
        settings.put("grpc.tls.key", key.toString());
        settings.put("grpc.tls.clientCa", clientCa.toString());
        settings.put("database.migrate", "true");
        settings.put("drain", "100ms");
        server = LocalServer.start(settings);
    }

    @AfterEach
    void stop() {
        server.drain();
    }

    private static ChannelCredentials credentials(Path trusted, Certificate own) throws IOException {
        return TlsChannelCredentials.newBuilder()
                .trustManager(trusted.toFile())
                .keyManager(own.chain().toFile(), own.key().toFile())
                .build();
    }

    private ManagedChannel channel(ChannelCredentials credentials) {
        return Grpc.newChannelBuilder(server.ready().grpc(), credentials).build();
    }

    private static void call(ManagedChannel channel) {
        var _ = HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance());
    }

    private void callAnew(ChannelCredentials credentials) {
        ManagedChannel channel = channel(credentials);
        try {
            call(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    /** Writes one file after the other, as renewals do. */
    private void show(Certificate certificate) throws IOException {
        Files.copy(certificate.chain(), chain, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificate.key(), key, StandardCopyOption.REPLACE_EXISTING);
    }

    private double scraped(String metric) throws IOException {
        try (InputStream in = URI.create("http://" + server.ready().http() + "/metrics")
                .toURL()
                .openStream()) {
            Matcher line = Pattern.compile("(?m)^" + Pattern.quote(metric) + " (.*)$")
                    .matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            assertThat(line.find()).as(metric).isTrue();
            return Double.parseDouble(line.group(1));
        }
    }

    private void awaitState(String file, int state) {
        await().until(() -> scraped("entente_tls_file_state{file=\"" + file + "\"}") == state);
    }

    @Test
    void a_renewed_certificate_is_shown_to_new_connections_and_no_call_fails() throws Exception {
        Path both = folder.resolve("both.pem");
        Files.writeString(both, Files.readString(first.chain()) + Files.readString(second.chain()));
        ChannelCredentials either = credentials(both, first);
        ManagedChannel lasting = channel(either);
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong calls = new AtomicLong();
        Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
        Thread onOne = caller(isOver, calls, failed, () -> call(lasting));
        Thread onMany = caller(isOver, calls, failed, () -> callAnew(either));
        try {
            for (Certificate shown : new Certificate[] {second, first, second}) {
                show(shown);
                ChannelCredentials only = credentials(shown.chain(), first);
                await().ignoreExceptions().untilAsserted(() -> callAnew(only));
            }
        } finally {
            isOver.set(true);
            onOne.join();
            onMany.join();
            lasting.shutdownNow();
        }
        assertThat(failed).isEmpty();
        assertThat(calls).hasPositiveValue();
        ChannelCredentials old = credentials(first.chain(), first);
        assertThatThrownBy(() -> callAnew(old)).isInstanceOf(StatusRuntimeException.class);
    }

    private static Thread caller(AtomicBoolean isOver, AtomicLong calls, Queue<Throwable> failed, Runnable call) {
        return Thread.ofVirtual().start(() -> {
            while (!isOver.get()) {
                try {
                    call.run();
                    calls.incrementAndGet();
                } catch (RuntimeException | Error failure) {
                    failed.add(failure);
                }
                LockSupport.parkNanos(PACE.toNanos());
            }
        });
    }

    @Test
    void another_authority_of_clients_counts_without_a_restart() throws IOException {
        ChannelCredentials old = credentials(first.chain(), first);
        ChannelCredentials renewed = credentials(first.chain(), second);
        callAnew(old);
        assertThatThrownBy(() -> callAnew(renewed)).isInstanceOf(StatusRuntimeException.class);

        Files.copy(second.chain(), clientCa, StandardCopyOption.REPLACE_EXISTING);

        await().ignoreExceptions().untilAsserted(() -> callAnew(renewed));
        assertThatThrownBy(() -> callAnew(old)).isInstanceOf(StatusRuntimeException.class);
    }

    @Test
    void files_that_cannot_be_used_leave_the_old_ones_and_a_metric_tells() throws IOException {
        ChannelCredentials known = credentials(first.chain(), first);
        awaitState("certificate", 0);
        awaitState("clientCa", 0);

        Files.copy(second.chain(), chain, StandardCopyOption.REPLACE_EXISTING); // and the key is another's
        Files.delete(clientCa);
        awaitState("certificate", 1);
        awaitState("clientCa", 1);
        callAnew(known);

        Files.copy(first.chain(), clientCa);
        show(first);
        awaitState("certificate", 0);
        awaitState("clientCa", 0);
        callAnew(known);
    }

    @Test
    void a_metric_tells_when_the_certificate_expires() throws Exception {
        Instant expiry;
        try (InputStream in = Files.newInputStream(first.chain())) {
            expiry = ((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in))
                    .getNotAfter()
                    .toInstant();
        }
        double most = Duration.between(Instant.now(), expiry).toSeconds() + 1.0;
        double seen = scraped("entente_tls_certificate_expiry_seconds");
        double least = Duration.between(Instant.now(), expiry).toSeconds() - 1.0;
        assertThat(seen).isBetween(least, most);
    }
}
