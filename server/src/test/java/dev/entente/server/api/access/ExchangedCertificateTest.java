package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.Certificate;
import dev.entente.server.http.HttpPort;
import dev.entente.server.telemetry.Metrics;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * TLS handshakes that ask for an alias, a chain and a key, while the certificate is exchanged between two questions.
 */
class ExchangedCertificateTest {
    private enum Question {
        ALIAS,
        CHAIN,
        KEY
    }

    @TempDir
    static Path folder;

    private static Pem[] first;
    private static Pem[] second;

    private final AdvancedTlsX509KeyManager constant = new AdvancedTlsX509KeyManager();
    private final AdvancedTlsX509KeyManager exchanged = new AdvancedTlsX509KeyManager();
    private final AtomicBoolean isDue = new AtomicBoolean(true);

    @BeforeAll
    static void make() throws Exception {
        first = pem(Certificate.selfSigned(folder, "first"));
        second = pem(Certificate.selfSigned(folder, "second"));
    }

    private static Pem[] pem(Certificate certificate) throws Exception {
        return new Pem[] {
            new Pem(certificate.chain(), Files.readString(certificate.chain())),
            new Pem(certificate.key(), Files.readString(certificate.key()))
        };
    }

    @BeforeEach
    void show_the_first_certificate() throws GeneralSecurityException {
        Certificates.show(constant, first[0], first[1]);
        Certificates.show(exchanged, first[0], first[1]);
    }

    private static AdvancedTlsX509TrustManager trusting(String chains) throws GeneralSecurityException {
        AdvancedTlsX509TrustManager trusted = Certificates.empty();
        Certificates.trust(trusted, new Pem(folder, chains));
        return trusted;
    }

    private static AdvancedTlsX509TrustManager either() throws GeneralSecurityException {
        return trusting(first[0].text() + second[0].text());
    }

    @ParameterizedTest
    @EnumSource
    void the_grpc_port_signs_with_the_key_of_its_presented_certificate(Question moment) throws Exception {
        assertThat(isCalled(new Exchanging(moment), either(), constant, either()))
                .isTrue();
        assertThat(isDue).isFalse();
        assertThat(isCalled(exchanged, either(), constant, trusting(second[0].text())))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void a_grpc_client_signs_with_the_key_of_its_presented_certificate(Question moment) throws Exception {
        assertThat(isCalled(constant, either(), new Exchanging(moment), either()))
                .isTrue();
        assertThat(isDue).isFalse();
        assertThat(isCalled(constant, trusting(second[0].text()), exchanged, either()))
                .isTrue();
    }

    private static boolean isCalled(KeyManager server, TrustManager clients, KeyManager client, TrustManager servers)
            throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Server port = NettyServerBuilder.forAddress(
                        any,
                        TlsServerCredentials.newBuilder()
                                .keyManager(server)
                                .trustManager(clients)
                                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                                .build())
                .addService(new HealthStatusManager().getHealthService())
                .build()
                .start();
        ManagedChannel channel = NettyChannelBuilder.forTarget(
                        "127.0.0.1:" + port.getPort(),
                        TlsChannelCredentials.newBuilder()
                                .keyManager(client)
                                .trustManager(servers)
                                .build())
                .build();
        try {
            return HealthGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                    .check(HealthCheckRequest.getDefaultInstance())
                    .isInitialized();
        } finally {
            channel.shutdownNow();
            port.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.2, ALIAS", "TLSv1.2, CHAIN", "TLSv1.2, KEY",
        "TLSv1.3, ALIAS", "TLSv1.3, CHAIN", "TLSv1.3, KEY"
    })
    void the_http_port_signs_with_the_key_of_its_presented_certificate(String protocol, Question moment)
            throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {new Exchanging(moment)}, null, null);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpPort port = HttpPort.start(any, context, null, Metrics.none());
        try {
            assertThat(isAlive(port, protocol, either())).isTrue();
            assertThat(isDue).isFalse();
            assertThat(isAlive(port, protocol, trusting(second[0].text()))).isTrue();
        } finally {
            port.stop();
        }
    }

    private static boolean isAlive(HttpPort port, String protocol, TrustManager servers) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {servers}, null);
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(context)
                .sslParameters(parameters)
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port.port() + "/livez"))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        }
    }

    /** Exchanges the certificate once, after the first answer to one of the questions. */
    private final class Exchanging extends X509ExtendedKeyManager {
        private final Question moment;

        private Exchanging(Question moment) {
            this.moment = moment;
        }

        private <T> T then(Question answered, T answer) {
            if (answered == moment && isDue.compareAndSet(true, false)) {
                try {
                    Certificates.show(exchanged, second[0], second[1]);
                } catch (GeneralSecurityException useless) {
                    throw new AssertionError(useless);
                }
            }
            return answer;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return then(Question.CHAIN, exchanged.getCertificateChain(alias));
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return then(Question.KEY, exchanged.getPrivateKey(alias));
        }

        @Override
        public String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return then(Question.ALIAS, exchanged.chooseEngineServerAlias(type, issuers, engine));
        }

        @Override
        public String chooseEngineClientAlias(
                String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return then(Question.ALIAS, exchanged.chooseEngineClientAlias(types, issuers, engine));
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            throw new UnsupportedOperationException("engines do not ask so");
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            throw new UnsupportedOperationException("engines do not ask so");
        }

        @Override
        public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            throw new UnsupportedOperationException("engines do not ask so");
        }

        @Override
        public String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            throw new UnsupportedOperationException("engines do not ask so");
        }
    }
}
