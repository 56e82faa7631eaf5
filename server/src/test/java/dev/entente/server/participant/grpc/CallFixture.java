package dev.entente.server.participant.grpc;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.api.access.Certificates;
import dev.entente.server.api.access.Pem;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.connector.Connector;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.participant.Participants;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.telemetry.Metrics;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Event loops, participants and a complete call for tests of calls. */
public final class CallFixture {
    public static final EventLoops LOOPS = EventLoops.start(2);

    /** A connector factory that always fails: these tests have no broker. */
    public static final Function<ParticipantConfig, Connector> NO_BROKERS = config -> {
        throw new IllegalArgumentException(config.name() + " is no broker here");
    };

    /** The time limit of connections and calls. It equals the longest wait of a test: no call times out too early. */
    public static final Duration CONNECT = PatientAwaits.BOUND;

    public static final Duration TIMEOUT = PatientAwaits.BOUND;

    /**
     * A strong reference: without one, the logger is garbage-collected with its level. The log is off because gRPC
     * warns about failures that these tests cause on purpose.
     */
    private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

    static {
        GRPC_LOG.setLevel(Level.OFF);
        // The stream server also warns, about handlers that fail.
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("dev.entente.participant.stream"))
                .setLevel(ch.qos.logback.classic.Level.OFF);
    }

    private CallFixture() {}

    /** Returns a TLS configuration with the certificates from these files. */
    public static Tls tls(Path trusted, @Nullable Path certificate, @Nullable Path key, @Nullable String authority) {
        Tls tls = new Tls(trusted, certificate, key, authority);
        try {
            AdvancedTlsX509TrustManager authorities = Certificates.empty();
            Certificates.trust(authorities, pem(trusted));
            tls.trust(authorities);
            if (certificate != null && key != null) {
                AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
                Certificates.show(own, pem(certificate), pem(key));
                tls.show(own);
            }
            return tls;
        } catch (IOException | GeneralSecurityException useless) {
            throw new AssertionError(useless);
        }
    }

    private static Pem pem(Path file) throws IOException {
        return new Pem(file, Files.readString(file));
    }

    public static GrpcParticipants participants(ParticipantConfig... configs) {
        return GrpcParticipants.of(List.of(configs), LOOPS);
    }

    /** Returns participants with dependencies that the test sets. */
    static GrpcParticipants participants(
            List<String> allowed,
            EventLoops loops,
            Metrics metrics,
            Circuit.Rules rules,
            ParticipantConfig... configs) {
        TargetGuard guard = new TargetGuard(List.of(configs), allowed);
        AllowedAddresses addresses = new AllowedAddresses(guard, List.of(), InetAddress::getAllByName);
        return new GrpcParticipants(List.of(configs), guard, addresses, loops, metrics, rules);
    }

    /** Returns participants of all kinds. */
    public static CalledParticipants called(Duration connect, Metrics metrics, ParticipantConfig... configs) {
        return new CalledParticipants(List.of(configs), List.of(), List.of(), connect, LOOPS, metrics, NO_BROKERS);
    }

    /** Returns participants with calls that wait only briefly for a connection. */
    public static GrpcParticipants hasty(ParticipantConfig... configs) {
        return participants(List.of(), LOOPS, Metrics.none(), Circuit.Rules.standard(Duration.ofMillis(300)), configs);
    }

    public static boolean isUnreachable(Outcome outcome) {
        return outcome instanceof Outcome.NotSent notSent && notSent.isUnreachable();
    }

    public static BranchCall callOf(String participant) {
        return callOf(participant, TIMEOUT);
    }

    public static BranchCall callOf(String participant, Duration timeout) {
        return new BranchCall(
                "order-4711",
                "reserve",
                "action",
                3,
                17,
                Pattern.SAGA,
                Instant.parse("2026-11-20T09:30:00.123Z"),
                new Target.Grpc(participant, "shop.v1.StockService/Reserve"),
                ByteString.copyFromUtf8("request"),
                timeout,
                () -> true);
    }

    /** Returns the call with a permit that depends on the lease. */
    public static BranchCall under(BooleanSupplier lease, BranchCall call) {
        return permitted(lease::getAsBoolean, call);
    }

    public static BranchCall permitted(BranchCall.Permit permit, BranchCall call) {
        return changed(call, call.pattern(), call.target(), call.request(), permit);
    }

    /** Returns the call with another request. */
    public static BranchCall with(ByteString request, BranchCall call) {
        return changed(call, call.pattern(), call.target(), request, call.permit());
    }

    /** Returns the call with another target. */
    public static BranchCall to(Target target, BranchCall call) {
        return changed(call, call.pattern(), target, call.request(), call.permit());
    }

    /** Returns the call with another pattern. */
    public static BranchCall of(Pattern pattern, BranchCall call) {
        return changed(call, pattern, call.target(), call.request(), call.permit());
    }

    private static BranchCall changed(
            BranchCall call, Pattern pattern, Target target, ByteString request, BranchCall.Permit permit) {
        return new BranchCall(
                call.gid(),
                call.branch(),
                pattern == Pattern.MESSAGE ? "deliver" : call.op(),
                call.attempt(),
                call.fence(),
                pattern,
                call.createdAt(),
                target,
                request,
                call.timeout(),
                permit);
    }

    public static CompletableFuture<Outcome> start(Participants participants, BranchCall call) {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        participants.call(call, outcome -> {
            if (!answer.complete(outcome)) {
                throw new AssertionError("answered twice");
            }
        });
        return answer;
    }

    /**
     * Returns the outcome of a call with a short timeout that was sent before the timeout. On a busy machine the first
     * calls may not be sent in time.
     */
    public static Outcome leaving(Participants participants, BranchCall call) {
        return Awaitility.await()
                .until(() -> await(start(participants, call)), outcome -> !(outcome instanceof Outcome.NotSent));
    }

    /**
     * Returns the outcome of a call that waits only briefly for a connection, with the reason why there is none. On a
     * busy machine the reason may not be known yet after the first wait.
     */
    public static Outcome explained(Participants participants, BranchCall call) {
        return Awaitility.await()
                .until(
                        () -> await(start(participants, call)),
                        outcome -> !outcome.detail().endsWith("no connection in time"));
    }

    public static Outcome await(CompletableFuture<Outcome> answer) {
        try {
            return answer.get(TIMEOUT.toSeconds() + 10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("no answer came", e);
        }
    }

    /** Waits until calls to the only participant use its stream. */
    public static void awaitStream(GrpcParticipants participants) {
        String name = participants.statuses().getFirst().name();
        Awaitility.await().until(() -> {
            // This call is never sent, but it makes the coordinator open the stream.
            var _ = start(participants, under(() -> false, callOf(name)));
            return participants.statuses().getFirst().isStreaming();
        });
    }
}
