package dev.entente.server.participant.http;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Shared by tests of calls over HTTP: participants, and a call with everything in it. */
final class HttpCallFixture {
    public static final Target.Http RESERVE =
            new Target.Http("stock", "POST", "/reservations?express=true", Map.of("x-shop", "a"));

    private HttpCallFixture() {}

    public static CalledParticipants participants(ParticipantConfig... configs) {
        return new CalledParticipants(
                Stream.of(configs)
                        .map(config -> config.withHeaders(Set.of("x-shop")))
                        .toList(),
                List.of(),
                List.of(),
                CallFixture.CONNECT,
                CallFixture.LOOPS,
                Metrics.none(),
                CallFixture.NO_BROKERS);
    }

    public static BranchCall call(Target target, String body, Duration timeout, BranchCall.Permit mayLeave) {
        return new BranchCall(
                "order-4711",
                "reserve",
                "action",
                3,
                17,
                Pattern.SAGA,
                Instant.parse("2026-11-20T09:30:00.123Z"),
                target,
                ByteString.copyFromUtf8(body),
                timeout,
                mayLeave);
    }

    public static BranchCall call(Target target) {
        return call(target, "{\"sku\":\"A-1\"}", CallFixture.PATIENCE, () -> true);
    }
}
