package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.hasty;
import static dev.entente.server.participant.grpc.CallFixture.isUnreachable;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.Certificate;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Tls;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls over TLS, with certificates from the JDK's keytool. */
class TlsTest {
    @TempDir
    static Path folder;

    private static Certificate participant;
    private static Certificate coordinator;

    @BeforeAll
    static void make_certificates() throws Exception {
        participant = Certificate.selfSigned(folder, "participant");
        coordinator = Certificate.selfSigned(folder, "coordinator");
    }

    @Test
    void a_trusted_participant_receives_unary_calls_and_calls_over_a_stream() throws IOException {
        Tls tls = CallFixture.tls(participant.chain(), null, null, null);
        try (var stock = LoopbackParticipant.start(serverOnly(), LoopbackParticipant.ok(""));
                var participants = participants(config(stock, tls).with(it -> it.streams = true))) {
            CallFixture.awaitStream(participants);
            for (int i = 0; i < 10; i++) {
                assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            }
            assertThat(stock.arrived()).anyMatch(LoopbackParticipant.Arrived::isStreamed);
            ByteString large = ByteString.copyFrom(new byte[OpenStream.MAX_REQUEST_BYTES + 1]);
            assertThat(await(start(participants, CallFixture.with(large, callOf("stock")))))
                    .isInstanceOf(Outcome.Succeeded.class);
            assertThat(stock.arrived().getLast().isStreamed()).isFalse();
        }
    }

    @Test
    void an_untrusted_or_misnamed_participant_receives_no_call() throws IOException {
        for (Tls wary : List.of(
                CallFixture.tls(coordinator.chain(), null, null, null),
                CallFixture.tls(participant.chain(), null, null, "stock.shop.example"))) {
            try (var stock = LoopbackParticipant.start(serverOnly(), LoopbackParticipant.ok(""));
                    var participants = hasty(config(stock, wary))) {
                assertThat(isUnreachable(await(start(participants, callOf("stock")))))
                        .isTrue();
                assertThat(stock.arrived()).isEmpty();
            }
        }
    }

    @Test
    void the_coordinator_presents_a_client_certificate_where_required() throws IOException {
        ServerCredentials mutual = TlsServerCredentials.newBuilder()
                .keyManager(participant.chain().toFile(), participant.key().toFile())
                .trustManager(coordinator.chain().toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build();
        Tls withName = CallFixture.tls(participant.chain(), coordinator.chain(), coordinator.key(), null);
        try (var stock = LoopbackParticipant.start(mutual, LoopbackParticipant.ok(""));
                var named = participants(config(stock, withName));
                var nameless = hasty(config(stock, CallFixture.tls(participant.chain(), null, null, null)))) {
            assertThat(await(start(named, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            assertThat(isUnreachable(await(start(nameless, callOf("stock"))))).isTrue();
        }
    }

    private static ServerCredentials serverOnly() throws IOException {
        return TlsServerCredentials.create(
                participant.chain().toFile(), participant.key().toFile());
    }

    private static ParticipantConfig config(LoopbackParticipant stock, Tls tls) {
        return ParticipantConfig.plaintext("stock", stock.target()).with(it -> {
            it.connections = 2;
            it.tls = tls;
        });
    }
}
