package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.participant.Branch;
import dev.entente.participant.CallSignature;
import dev.entente.participant.wiring.ParticipantWiring;
import dev.entente.v1.Transaction;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A participant with the SDK that accepts signed calls only, and a real server with tokens. */
@Execution(ExecutionMode.CONCURRENT) // A parked call takes a minute.
class SignedCallsTest {
    private static final String KEY = "a key that both of them have been told";
    private static final String FORMER = "the key that they had until yesterday";
    private static final StringValue REQUEST = StringValue.of("request");
    private static final MethodDescriptor<StringValue, StringValue> PAY = TextService.method("pay.v1.PayService/Pay");

    private static final List<String> PAID = new CopyOnWriteArrayList<>();

    @TempDir
    static Path folder;

    private static io.grpc.Server participant;
    private static Principals principals;
    private static LocalCoordinator server;
    private static Entente entente;

    @BeforeAll
    static void start() throws IOException {
        participant = ParticipantWiring.of(task -> Thread.ofVirtual().start(task))
                .service(TextService.of(PAY, SignedCallsTest::pay))
                .signedWith(CallSignature.of(KEY, FORMER))
                .on(TextService.onAnyPort())
                .build()
                .start();
        principals = new Principals(folder, "shop submitter");
        List<String> settings = new ArrayList<>(List.of("auth.tokenFile", principals.file.toString()));
        add(settings, "unary", KEY, "off");
        add(settings, "streaming", KEY, "on");
        add(settings, "former", FORMER, "off");
        add(settings, "marked", "\uFEFF" + KEY + "\r", "off"); // as Notepad saves a file
        add(settings, "wrong", "another key altogether", "off");
        settings.addAll(List.of("participants.none.target", TextService.target(participant)));
        server = LocalCoordinator.start(settings.toArray(String[]::new));
        entente = Entente.builder(server.target())
                .bearerToken(principals.secret("shop"))
                .build();
    }

    private static void add(List<String> settings, String name, String key, String stream) throws IOException {
        Path file = Files.writeString(folder.resolve("key of " + name), key + "\n");
        String prefix = "participants." + name;
        settings.addAll(List.of(prefix + ".target", TextService.target(participant)));
        settings.addAll(List.of(prefix + ".stream", stream, prefix + ".signingKeyFile", file.toString()));
    }

    @AfterAll
    static void stop() {
        entente.close();
        server.close();
        participant.shutdownNow();
    }

    private static void pay(StringValue request, StreamObserver<StringValue> observer) {
        PAID.add(Branch.required().gid() + " for " + Branch.required().submitter());
        observer.onNext(request);
        observer.onCompleted();
    }

    private static void submit(String name) {
        Saga saga = entente.saga("pay").gid("pay-" + name);
        var _ = saga.step("pay", entente.participant(name).call(PAY, REQUEST)).nothingToUndo();
        var _ = saga.submit();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unary", "streaming", "former", "marked"})
    void a_signed_call_is_accepted_and_names_the_submitter(String name) {
        submit(name);
        assertThat(entente.transactions().await("pay-" + name, PatientAwaits.BOUND))
                .isInstanceOf(Outcome.Succeeded.class);
        assertThat(PAID).contains("pay-" + name + " for shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong", "none"})
    void a_call_with_a_wrong_or_missing_signature_is_refused_and_parks(String name) {
        submit(name);
        Awaitility.await().until(() -> isParked("pay-" + name));
        assertThat(PAID).noneMatch(paid -> paid.startsWith("pay-" + name));
    }

    private static boolean isParked(String gid) {
        Transaction now = entente.transactions().describe(gid);
        return now.hasParked() && now.getParked().getDetail().contains("entente-signature");
    }

    @Test
    void an_unsigned_call_is_refused() {
        Metadata claimed = new Metadata();
        Map.of("entente-gid", "forged", "entente-branch", "pay", "entente-op", "action")
                .forEach((name, value) -> claimed.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        ManagedChannel channel = NettyChannelBuilder.forTarget(TextService.target(participant))
                .usePlaintext()
                .build();
        try {
            for (Metadata headers : List.of(claimed, new Metadata())) {
                assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                                MetadataUtils.newAttachHeadersInterceptor(headers)
                                        .interceptCall(PAY, CallOptions.DEFAULT, channel),
                                REQUEST))
                        .hasMessageContaining("UNAUTHENTICATED")
                        .hasMessageContaining("entente-signature");
            }
        } finally {
            channel.shutdownNow();
        }
        assertThat(PAID).noneMatch(paid -> paid.startsWith("forged"));
    }
}
