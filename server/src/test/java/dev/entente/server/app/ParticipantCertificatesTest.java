package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.server.Certificate;
import dev.entente.server.api.access.Certificates;
import dev.entente.server.api.access.Pem;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Participants over HTTPS and gRPC that ask for client certificates. Their TLS files change while calls run. */
@Execution(ExecutionMode.CONCURRENT)
class ParticipantCertificatesTest {
    private static final MethodDescriptor<StringValue, StringValue> PAY = TextService.method("pay.v1.PayService/Pay");

    @TempDir
    static Path made;

    private static Certificate former;
    private static Certificate next;

    @TempDir
    Path folder;

    private final Set<String> shown = ConcurrentHashMap.newKeySet();
    private final AtomicInteger submitted = new AtomicInteger();
    private final AdvancedTlsX509KeyManager participants = new AdvancedTlsX509KeyManager();
    private final AdvancedTlsX509TrustManager callers = Certificates.empty();
    private HttpsServer bill;
    private io.grpc.Server pay;
    private LocalCoordinator server;
    private Entente entente;

    @BeforeAll
    static void make() throws Exception {
        former = Certificate.selfSigned(made, "former");
        next = Certificate.selfSigned(made, "next");
    }

    @BeforeEach
    void start() throws Exception {
        String both = Files.readString(former.chain()) + Files.readString(next.chain());
        Certificates.trust(callers, new Pem(made, both));
        Certificates.show(participants, pem(former.chain()), pem(former.key()));
        bill = overHttps();
        pay = overGrpc();
        List<String> settings = new ArrayList<>(List.of(
                "participants.pay.target",
                TextService.target(pay),
                "participants.bill.target",
                "https://127.0.0.1:" + bill.getAddress().getPort()));
        String chain = Files.readString(former.chain());
        for (String name : new String[] {"pay", "bill"}) {
            String tls = "participants." + name + ".tls.";
            settings.addAll(List.of(tls + "certificate", write("own.crt", chain)));
            // In the format of openssl pkcs12 -nodes, with the chain after the key.
            String key = "Bag Attributes\n    localKeyID: 6A\n" + Files.readString(former.key()) + chain;
            settings.addAll(List.of(tls + "key", write("own.key", key)));
            settings.addAll(List.of(tls + "trusted", write("trusted.crt", chain)));
        }
        server = LocalCoordinator.start(settings.toArray(String[]::new));
        entente = Entente.builder(server.target()).build();
    }

    @AfterEach
    void stop() {
        entente.close();
        server.close();
        bill.stop(0);
        pay.shutdownNow();
    }

    private static Pem pem(Path file) throws IOException {
        return new Pem(file, Files.readString(file));
    }

    private String write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private HttpsServer overHttps() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {participants}, new TrustManager[] {callers}, null);
        HttpsServer started = HttpsServer.create(TextService.anyPort(), 0);
        started.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters connection) {
                SSLParameters asking = context.getDefaultSSLParameters();
                asking.setNeedClientAuth(true);
                connection.setSSLParameters(asking);
            }
        });
        started.createContext("/", this::bill);
        started.start();
        return started;
    }

    private void bill(HttpExchange exchange) throws IOException {
        try (exchange) {
            recordPeer("bill", ((HttpsExchange) exchange).getSSLSession());
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private io.grpc.Server overGrpc() throws IOException {
        ServerServiceDefinition service =
                TextService.of(PAY, (StringValue request, StreamObserver<StringValue> answer) -> {
                    answer.onNext(request);
                    answer.onCompleted();
                });
        return NettyServerBuilder.forAddress(
                        TextService.anyPort(),
                        TlsServerCredentials.newBuilder()
                                .keyManager(participants)
                                .trustManager(callers)
                                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                                .build())
                .addService(ServerInterceptors.intercept(service, new PeerRecorder()))
                .build()
                .start();
    }

    private final class PeerRecorder implements ServerInterceptor {
        @Override
        public <A, B> ServerCall.Listener<A> interceptCall(
                ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> then) {
            recordPeer("pay", Objects.requireNonNull(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION)));
            return then.startCall(call, headers);
        }
    }

    private void recordPeer(String participant, SSLSession session) {
        try {
            shown.add(participant + " " + session.getPeerPrincipal().getName());
        } catch (SSLPeerUnverifiedException nameless) {
            shown.add(participant + " unknown");
        }
    }

    private Set<String> submit() {
        shown.clear();
        String gid = "load-" + submitted.incrementAndGet();
        Saga saga = entente.saga("order").gid(gid);
        var _ = saga.step("pay", entente.participant("pay").call(PAY, StringValue.of(gid)))
                .nothingToUndo();
        var _ = saga.step("bill", entente.participant("bill").post("/bills").jsonBody("{}"))
                .nothingToUndo();
        var _ = saga.submit();
        assertThat(entente.transactions().await(gid, PatientAwaits.BOUND)).isInstanceOf(Outcome.Succeeded.class);
        return Set.copyOf(shown);
    }

    @Test
    void renewed_certificates_and_authorities_are_used_by_later_calls() throws Exception {
        assertThat(submit()).containsExactlyInAnyOrder("pay CN=former", "bill CN=former");
        for (String participant : new String[] {"pay", "bill"}) {
            for (String file : new String[] {"tls.certificate", "tls.trusted"}) {
                assertThat(server.metrics())
                        .containsPattern("entente_participants_certificate_expiry_seconds\\{file=\"" + file
                                + "\",participant=\"" + participant + "\"} [1-9]")
                        .contains("entente_participants_file_state{file=\"" + file + "\",participant=\"" + participant
                                + "\"} 0");
            }
        }
        write("own.crt", Files.readString(next.chain()));
        write("own.key", Files.readString(next.key()));
        await().until(() -> submit().equals(Set.of("pay CN=next", "bill CN=next")));

        // From here on the participants present a certificate that the former authorities do not cover.
        Certificates.show(participants, pem(next.chain()), pem(next.key()));
        write("trusted.crt", "no certificate");
        await().until(() -> server.metrics()
                .contains("entente_participants_file_state{file=\"tls.trusted\",participant=\"bill\"} 1"));
        write("trusted.crt", Files.readString(next.chain()));
        await().until(() -> server.metrics()
                .contains("entente_participants_file_state{file=\"tls.trusted\",participant=\"bill\"} 0"));
        assertThat(submit()).containsExactlyInAnyOrder("pay CN=next", "bill CN=next");
    }
}
