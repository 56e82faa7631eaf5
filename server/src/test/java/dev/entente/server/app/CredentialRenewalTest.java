package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.participant.CallSignature;
import dev.entente.participant.wiring.ParticipantWiring;
import dev.entente.server.Certificate;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Tokens;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Renewal of a coordinator's certificate, client authorities, tokens, signing key and participant token under load. The
 * former ones are withdrawn.
 */
@Execution(ExecutionMode.CONCURRENT)
class CredentialRenewalTest {
    private static final String FORMER_KEY = "the key that they had until today";
    private static final String NEXT_KEY = "the key that they have from today on";
    private static final MethodDescriptor<StringValue, StringValue> PAY = TextService.method("pay.v1.PayService/Pay");

    @TempDir
    static Path made;

    private static Certificate former;
    private static Certificate next;

    @TempDir
    Path folder;

    private final Set<String> shownToParticipant = ConcurrentHashMap.newKeySet();
    private final AtomicInteger paid = new AtomicInteger();
    private final AtomicInteger submitted = new AtomicInteger();
    private final Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
    private io.grpc.Server participant;
    private LocalCoordinator server;
    private Tokens.Created formerToken;
    private Tokens.Created nextToken;

    @BeforeAll
    static void make() throws Exception {
        former = Certificate.selfSigned(made, "former");
        next = Certificate.selfSigned(made, "next");
    }

    @BeforeEach
    void start() throws IOException {
        participant = ParticipantWiring.of(task -> Thread.ofVirtual().start(task))
                .service(TextService.of(PAY, this::pay))
                .signedWith(CallSignature.of(NEXT_KEY, FORMER_KEY))
                .intercept(new HeaderRecorder())
                .on(TextService.onAnyPort())
                .build()
                .start();
        formerToken = Tokens.none().create("shop", Set.of(Access.SUBMITTER), null, null);
        nextToken = formerToken.tokens().create("shop-next", Set.of(Access.SUBMITTER), null, null);
        formerToken.tokens().write(folder.resolve("tokens"));
        server = LocalCoordinator.start(
                "auth.tokenFile",
                folder.resolve("tokens").toString(),
                "grpc.tls.certificate",
                copied(former.chain(), "chain.pem"),
                "grpc.tls.key",
                copied(former.key(), "key.pem"),
                "grpc.tls.clientCa",
                copied(former.chain(), "clients.pem"),
                "participants.pay.target",
                TextService.target(participant),
                "participants.pay.stream",
                "off",
                "participants.pay.signingKeyFile",
                written("key", FORMER_KEY),
                "participants.pay.tokenFile",
                written("token", "former"));
    }

    @AfterEach
    void stop() {
        server.close();
        participant.shutdownNow();
    }

    private String written(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text + "\n").toString();
    }

    private String copied(Path from, String name) throws IOException {
        return Files.write(folder.resolve(name), Files.readAllBytes(from)).toString();
    }

    private void pay(StringValue request, StreamObserver<StringValue> observer) {
        paid.incrementAndGet();
        observer.onNext(request);
        observer.onCompleted();
    }

    /** Records the ids of the keys and the tokens that the coordinator presents. */
    private final class HeaderRecorder implements ServerInterceptor {
        @Override
        public <A, B> ServerCall.Listener<A> interceptCall(
                ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> then) {
            String signature = headers.get(Metadata.Key.of("entente-signature", Metadata.ASCII_STRING_MARSHALLER));
            String token = headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
            if (signature != null) {
                shownToParticipant.add(signature.replaceAll(".*k=([0-9a-f]+),.*", "$1") + " " + token);
            }
            return then.startCall(call, headers);
        }
    }

    private static ChannelCredentials credentials(Path trusted, Certificate own) throws IOException {
        return TlsChannelCredentials.newBuilder()
                .trustManager(trusted.toFile())
                .keyManager(own.chain().toFile(), own.key().toFile())
                .build();
    }

    private Entente client(Path trusted, Certificate own, String token) throws IOException {
        return Entente.builder(server.target())
                .tls(credentials(trusted, own))
                .bearerToken(token)
                .build();
    }

    private void submit(Entente entente) {
        String gid = "load-" + submitted.incrementAndGet();
        Saga saga = entente.saga("pay").gid(gid);
        var _ = saga.step("pay", entente.participant("pay").call(PAY, StringValue.of(gid)))
                .nothingToUndo();
        var _ = saga.submit();
        assertThat(entente.transactions().await(gid, PatientAwaits.BOUND)).isInstanceOf(Outcome.Succeeded.class);
    }

    /** Asks on a new connection for a transaction that does not exist. */
    private boolean isServed(Path trusted, Certificate own, String token) throws IOException {
        ManagedChannel channel = Grpc.newChannelBuilder(server.target(), credentials(trusted, own))
                .build();
        try {
            new Client(channel).as(token).get("nothing-of-that-name");
            throw new AssertionError("there is such a transaction");
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode() == Status.Code.NOT_FOUND;
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void all_credentials_are_renewed_under_load_and_no_call_fails() throws Exception {
        Path both = folder.resolve("both.pem");
        Files.writeString(both, Files.readString(former.chain()) + Files.readString(next.chain()));
        Entente first = client(both, former, formerToken.secret());
        Entente second = client(both, next, nextToken.secret());
        AtomicReference<Entente> used = new AtomicReference<>(first);
        AtomicBoolean isOver = new AtomicBoolean();
        Thread load = Thread.ofVirtual().start(() -> {
            while (!isOver.get()) {
                try {
                    submit(used.get());
                } catch (RuntimeException | Error failure) {
                    failed.add(failure);
                }
            }
        });
        try {
            await().until(() -> shownToParticipant.size() == 1);

            copied(both, "clients.pem");
            copied(next.chain(), "chain.pem");
            copied(next.key(), "key.pem");
            nextToken.tokens().write(folder.resolve("tokens"));
            written("key", NEXT_KEY);
            written("token", "next");
            await().until(() -> isServed(next.chain(), next, nextToken.secret()));
            await().until(() -> shownToParticipant.stream().anyMatch(each -> each.endsWith(" Bearer next")));
            used.set(second);
            int then = submitted.get();
            await().until(() -> submitted.get() > then + 2);

            copied(next.chain(), "clients.pem");
            nextToken.tokens().without("shop").write(folder.resolve("tokens"));
            await().until(() -> !isServed(next.chain(), former, nextToken.secret()));
            await().until(() -> !isServed(next.chain(), next, formerToken.secret()));
            int last = submitted.get();
            await().until(() -> submitted.get() > last + 2);
        } finally {
            isOver.set(true);
            load.join();
            first.close();
            second.close();
        }
        assertThat(failed).isEmpty();
        assertThat(paid.get())
                .as("each call once, for each was believed at once")
                .isEqualTo(submitted.get());
    }

    @Test
    void unusable_files_leave_earlier_credentials_in_use_and_set_a_metric() throws Exception {
        try (Entente client = client(former.chain(), former, formerToken.secret())) {
            written("key", "too short");
            Files.delete(folder.resolve("token"));
            copied(next.chain(), "chain.pem"); // the key belongs to the other certificate
            Files.delete(folder.resolve("clients.pem"));
            awaitStates(1);
            submit(client);

            written("key", NEXT_KEY);
            written("token", "next");
            copied(former.chain(), "chain.pem");
            copied(former.chain(), "clients.pem");
            awaitStates(0);
            submit(client);
        }
        assertThat(shownToParticipant).hasSize(2);
        assertThat(server.metrics()).containsPattern("(?m)^entente_tls_certificate_expiry_seconds [1-9]");
    }

    private void awaitStates(int state) {
        await().untilAsserted(() -> assertThat(server.metrics())
                .contains("entente_participants_file_state{file=\"signingKeyFile\",participant=\"pay\"} " + state)
                .contains("entente_participants_file_state{file=\"tokenFile\",participant=\"pay\"} " + state)
                .contains("entente_tls_file_state{file=\"certificate\"} " + state)
                .contains("entente_tls_file_state{file=\"clientCa\"} " + state));
    }
}
