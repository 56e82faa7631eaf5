package dev.entente.server.participant.http;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Target;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Participants and a complete call for tests of calls over HTTP. */
final class HttpCallFixture {
    public static final Target.Http RESERVE =
            new Target.Http("stock", "POST", "/reservations?express=true", Map.of("x-shop", "a"));

    private HttpCallFixture() {}

    static CalledParticipants participants(ParticipantConfig... configs) {
        ParticipantConfig[] taking = Stream.of(configs)
                .map(config -> config.with(it -> it.headers = Set.of("x-shop")))
                .toArray(ParticipantConfig[]::new);
        return CallFixture.called(CallFixture.CONNECT, Metrics.none(), taking);
    }

    static BranchCall call(Target target) {
        return call(target, "{\"sku\":\"A-1\"}");
    }

    static BranchCall call(Target target, String body) {
        return call(target, body, CallFixture.TIMEOUT, () -> true);
    }

    static BranchCall call(Target target, String body, Duration timeout, BranchCall.Permit mayLeave) {
        BranchCall call = CallFixture.to(target, CallFixture.callOf("stock", timeout));
        return CallFixture.permitted(mayLeave, CallFixture.with(ByteString.copyFromUtf8(body), call));
    }
}
