package dev.entente.server.participant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Pattern;
import dev.entente.participant.CallSignature;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.participant.signing.Seal;
import dev.entente.server.participant.signing.SigningKey;
import dev.entente.wire.TraceParent;
import io.grpc.Metadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CallMetadataTest {
    private static final String CALLERS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static String traceparent(BranchCall call) {
        return String.valueOf(new CallMetadata(ParticipantConfig.plaintext("stock", "localhost:1"), "localhost:1")
                .of(call)
                .get(CallMetadata.TRACEPARENT));
    }

    private static BranchCall call(String op, Pattern pattern, @Nullable String trace, @Nullable String join) {
        BranchCall call = CallFixture.callOf("stock");
        return new BranchCall(
                call.gid(),
                call.branch(),
                op,
                call.attempt(),
                call.fence(),
                pattern,
                call.createdAt(),
                call.target(),
                call.request(),
                call.timeout(),
                call.permit(),
                trace,
                null,
                null,
                join);
    }

    @Test
    void a_call_belongs_to_the_trace_of_its_gid() {
        BranchCall call = CallFixture.callOf("stock");
        assertThat(traceparent(call))
                .isEqualTo(TraceParent.ofCall(call.gid(), call.branch(), call.op(), call.attempt())
                        .header());
    }

    @Test
    void a_call_carries_the_trace_of_its_submitter_unchanged() {
        BranchCall traced = call("action", Pattern.SAGA, CALLERS, null);
        assertThat(traceparent(traced)).isEqualTo(CALLERS);
    }

    @Test
    void only_a_try_call_carries_a_valid_join_token() {
        JoinTokens tokens = new JoinTokens(new Seal(JoinTokens.PURPOSE, List.of(new SigningKey(1, new byte[32]))));
        BranchCall saga = CallFixture.callOf("stock");
        String token = tokens.of(saga.gid(), saga.branch(), saga.fence());
        BranchCall tried = call("try", Pattern.TCC, null, token);

        CallMetadata metadata = new CallMetadata(ParticipantConfig.plaintext("stock", "localhost:1"), "localhost:1");
        assertThat(tokens.proves(String.valueOf(metadata.of(tried).get(CallMetadata.JOIN)), saga.gid(), saga.branch()))
                .isTrue();
        assertThat(metadata.of(saga).get(CallMetadata.JOIN)).isNull();
        assertThat(metadata.message(tried, 1, 1000).getMetadataMap()).isEqualTo(Map.of("entente-join", token));
        assertThat(metadata.message(saga, 1, 1000).getMetadataMap()).isEmpty();
    }

    @Test
    void grpc_calls_to_a_participant_with_a_signing_key_are_signed() {
        BranchCall call = CallFixture.callOf("stock");
        ParticipantConfig open = ParticipantConfig.plaintext("stock", "localhost:1");
        String key = "0123456789abcdef";
        Metadata metadata = new CallMetadata(
                        open.with(it -> it.signingKey = new ParticipantConfig.Secret(key)), "localhost:1")
                .of(call);

        assertThat(CallSignature.of(key)
                        .holds(
                                "POST",
                                "localhost:1",
                                "/shop.v1.StockService/Reserve",
                                name -> metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)),
                                call.request().toByteArray(),
                                Instant.now()))
                .isTrue();
        assertThat(new CallMetadata(open, "localhost:1").of(call).get(CallMetadata.SIGNATURE))
                .isNull();
    }

    @Test
    void signatures_use_the_time_of_the_database() {
        Instant database = Instant.now().plus(Duration.ofMinutes(20));
        BranchCall call = CallFixture.permitted(
                new BranchCall.Permit() {
                    @Override
                    public boolean mayLeave() {
                        return true;
                    }

                    @Override
                    public Instant now() {
                        return database;
                    }
                },
                CallFixture.callOf("stock"));
        CallMetadata metadata = new CallMetadata(
                ParticipantConfig.plaintext("stock", "localhost:1")
                        .with(it -> it.signingKey = new ParticipantConfig.Secret("0123456789abcdef")),
                "localhost:1");

        assertThat(metadata.message(call, 1, 1000).getMetadataOrThrow("entente-signature"))
                .isEqualTo(metadata.of(call).get(CallMetadata.SIGNATURE))
                .contains(",t=" + database.getEpochSecond() + ",");
    }
}
