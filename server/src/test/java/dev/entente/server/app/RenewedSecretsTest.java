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
import dev.entente.server.store.TestDatabase;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A participant's key and token that change in their files while it is called. */
@Execution(ExecutionMode.CONCURRENT)
class RenewedSecretsTest {
    private static final String FORMER = "the key that they had until today";
    private static final String NEXT = "the key that they have from today on: ä";
    private static final MethodDescriptor<StringValue, StringValue> PAY =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodType.UNARY)
                    .setFullMethodName("pay.v1.PayService/Pay")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    @TempDir
    Path folder;

    private final Set<String> keys = ConcurrentHashMap.newKeySet();
    private final Set<String> tokens = ConcurrentHashMap.newKeySet();
    private final AtomicInteger paid = new AtomicInteger();
    private io.grpc.Server participant;
    private Server server;
    private Entente entente;

    @BeforeEach
    void start() throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder("pay.v1.PayService")
                .addMethod(PAY, ServerCalls.asyncUnaryCall(this::pay))
                .build();
        participant = ParticipantWiring.of(task -> Thread.ofVirtual().start(task))
                .service(service)
                .signedWith(CallSignature.of(NEXT, FORMER))
                .intercept(new Listening())
                .on(NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .build()
                .start();
        Map<String, String> settings = LocalServer.settings(TestDatabase.withSchema(), "a");
        settings.put("database.migrate", "true");
        settings.put("drain", "100ms");
        settings.put("participants.pay.target", "127.0.0.1:" + participant.getPort());
        settings.put("participants.pay.stream", "off");
        settings.put("participants.pay.signingKeyFile", write("key", FORMER));
        settings.put("participants.pay.tokenFile", write("token", "yesterdays-token"));
        server = LocalServer.start(settings);
        entente = Entente.builder(server.ready().grpc()).build();
    }

    @AfterEach
    void stop() {
        entente.close();
        server.drain();
        participant.shutdownNow();
    }

    private String write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text + "\n").toString();
    }

    private void pay(StringValue request, StreamObserver<StringValue> observer) {
        paid.incrementAndGet();
        observer.onNext(request);
        observer.onCompleted();
    }

    /** Hears by which key and which token it was called; the key by its id alone, as it stands there. */
    private final class Listening implements ServerInterceptor {
        @Override
        public <A, B> ServerCall.Listener<A> interceptCall(
                ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
            String signature = headers.get(Metadata.Key.of("entente-signature", Metadata.ASCII_STRING_MARSHALLER));
            if (signature != null) {
                keys.add(signature.replaceAll(".*k=([0-9a-f]+),.*", "$1"));
                tokens.add(String.valueOf(
                        headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER))));
            }
            return next.startCall(call, headers);
        }
    }

    private void submit(String gid) {
        Saga saga = entente.saga("pay").gid(gid);
        var _ = saga.step("pay", entente.participant("pay").call(PAY, StringValue.of(gid)))
                .nothingToUndo();
        var _ = saga.submit();
        assertThat(entente.transactions().await(gid, PatientAwaits.BOUND)).isInstanceOf(Outcome.Succeeded.class);
    }

    private boolean isShown(String file, int state) throws IOException {
        try (InputStream in = URI.create("http://" + server.ready().http() + "/metrics")
                .toURL()
                .openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .contains("entente_participants_file_state{file=\"" + file + "\",participant=\"pay\"} " + state);
        }
    }

    @Test
    void the_next_key_and_token_are_used_without_a_restart_and_without_a_failed_call() throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger submitted = new AtomicInteger();
        Thread load = Thread.ofVirtual().start(() -> {
            while (!isOver.get()) {
                submit("load-" + submitted.incrementAndGet());
            }
        });
        await().until(() -> keys.size() == 1 && tokens.contains("Bearer yesterdays-token"));
        var _ = write("key", NEXT);
        var _ = write("token", "todays-token");
        await().until(() -> keys.size() == 2 && tokens.contains("Bearer todays-token"));
        isOver.set(true);
        load.join();
        assertThat(paid.get())
                .as("each call once, for each was believed at once")
                .isEqualTo(submitted.get());
    }

    @Test
    void a_file_of_no_use_leaves_in_force_what_was_read_before() throws Exception {
        assertThat(isShown("signingKeyFile", 0)).isTrue();
        var _ = write("key", "too short");
        Files.delete(folder.resolve("token"));
        await().until(() -> isShown("signingKeyFile", 1) && isShown("tokenFile", 1));
        submit("still-believed");
        assertThat(keys).hasSize(1);
        assertThat(tokens).containsExactly("Bearer yesterdays-token");
        var _ = write("key", NEXT);
        await().until(() -> isShown("signingKeyFile", 0));
        submit("believed-again");
        assertThat(keys).hasSize(2);
    }
}
