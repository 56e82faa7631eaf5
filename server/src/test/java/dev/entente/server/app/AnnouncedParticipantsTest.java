package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.AnnounceParticipantRequest;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.Participant;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.Transaction;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Participants that announce themselves to a coordinator on the same machine. */
final class AnnouncedParticipantsTest {
    private static final String LOOPBACK = "127.0.0.1";

    private static void announce(LocalCoordinator server, String name, String target) {
        var _ = server.operator()
                .announceParticipant(AnnounceParticipantRequest.newBuilder()
                        .setName(name)
                        .setTarget(target)
                        .build());
    }

    private static Transaction.State run(LocalCoordinator server, String gid) {
        return server.transactions()
                .submitTransaction(SamplePlans.waiting(SamplePlans.json(saga(gid))))
                .getTransaction()
                .getState();
    }

    private static String saga(String gid) {
        return """
            {"gid": "%s", "name": "checkout", "defaults": {"first_backoff": "0.010s", "max_backoff": "0.020s"},
             "saga": {"steps": [{"id": "pay", "no_undo": true,
              "action": {"http": {"participant": "shop", "path": "/payments"}, "json": {}}}]}}
            """.formatted(gid);
    }

    @Test
    void an_announced_participant_is_called_at_its_latest_target() {
        try (LoopbackHttp first = LoopbackHttp.start(_ -> Answer.of(200, ""));
                LoopbackHttp second = LoopbackHttp.start(_ -> Answer.of(200, ""));
                LocalCoordinator server = LocalCoordinator.takingAnnouncements(TestDatabase.withSchema())) {
            assertThat(server.transactions()
                            .submitTransaction(SamplePlans.request(SamplePlans.json(saga("s-0"))))
                            .getWarnings(0))
                    .contains("ENT-014", "has not announced itself");

            announce(server, "shop", first.url());
            announce(server, "shop", first.url());
            assertThat(run(server, "s-0")).isEqualTo(Transaction.State.SUCCEEDED);
            assertThat(run(server, "s-1")).isEqualTo(Transaction.State.SUCCEEDED);
            announce(server, "shop", second.url());
            assertThat(run(server, "s-2")).isEqualTo(Transaction.State.SUCCEEDED);
            announce(server, "shop", "localhost:9");

            assertThat(first.arrived()).hasSize(2);
            assertThat(second.arrived()).hasSize(1);
            List<Participant> known = server.operator()
                    .listParticipants(ListParticipantsRequest.getDefaultInstance())
                    .getParticipantsList();
            assertThat(known).extracting(Participant::getAddress).containsExactly("localhost:9");
        }
    }

    @Test
    void a_taken_over_transaction_continues_after_its_participant_announces_itself() {
        DatabaseSettings database = TestDatabase.withSchema();
        try (LoopbackHttp hung = LoopbackHttp.start(_ -> Answer.of(202, ""));
                LoopbackHttp shop = LoopbackHttp.start(_ -> Answer.of(200, ""))) {
            try (LocalCoordinator before = LocalCoordinator.takingAnnouncements(database)) {
                announce(before, "shop", hung.url());
                before.submit(SamplePlans.json(saga("s-1")));
                Awaitility.await().until(() -> !hung.arrived().isEmpty());
            }
            try (LocalCoordinator after = LocalCoordinator.takingAnnouncements(database)) {
                announce(after, "shop", shop.url());

                Awaitility.await().until(() -> after.get("s-1").getState(), Transaction.State.SUCCEEDED::equals);
            }
        }
    }

    @Test
    void an_announcement_without_the_flag_or_for_a_configured_name_is_refused() {
        try (LocalCoordinator server = LocalCoordinator.start()) {
            assertThatThrownBy(() -> announce(server, "shop", "localhost:9"))
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageContaining("ENT-063")
                    .hasMessageContaining("participants.shop.target");
        }
        try (LocalCoordinator server = LocalCoordinator.takingAnnouncements(
                TestDatabase.withSchema(), "participants.shop.target", "localhost:8")) {
            assertThatThrownBy(() -> announce(server, "shop", "localhost:9")).hasMessageContaining("is configured");
        }
    }

    @Test
    void a_probe_of_an_unknown_name_lists_the_known_participants() {
        try (LocalCoordinator server = LocalCoordinator.takingAnnouncements(
                TestDatabase.withSchema(),
                "participants.stock.target",
                "localhost:8",
                "participants.crm.target",
                "http://localhost:8")) {
            announce(server, "shop", "http://localhost:9");
            assertThatThrownBy(() -> server.operator()
                            .probeParticipant(ProbeParticipantRequest.newBuilder()
                                    .setName("stocks")
                                    .build()))
                    .hasMessageContaining("ENT-014: participant 'stocks' is not configured")
                    .hasMessageEndingWith(" or use one of: crm, shop, stock");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:9",
                "127.0.0.1:9",
                "127.8.8.8:9",
                "[::1]:9",
                "http://localhost",
                "http://localhost:8080/shop",
                "http://[::1]:8080"
            })
    void targets_on_loopback_are_accepted(String target) {
        assertThatCode(() -> new AnnouncedParticipants(Set.of()).changed("shop", target, "", LOOPBACK))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "'', not host:port",
        "localhost, not host:port",
        "localhost:0, port of 1 to 65535",
        "localhost:99999, port of 1 to 65535",
        "unix:/tmp/socket, not host:port",
        "dns:localhost:9, not host:port",
        "shop.example:9, shop.example' is not a loopback",
        "10.0.0.1:9, 10.0.0.1' is not a loopback",
        "localhost.example:9, localhost.example' is not a loopback",
        "http://shop.example, shop.example' is not a loopback",
        "http://192.168.1.5:8080, server.address",
        "http://localhost@shop.example, not a valid http target",
        "http://localhost:8080?x=1, not a valid http target",
        "http://localhost:8080#x, not a valid http target",
        "http://local host, Illegal character",
        "http://localhost:99999, has port 99999",
        "http://localhost:0, has port 0",
        "http://localhost:1/a/../b, must not contain a segment . or ..",
        "http://localhost:1/a/%2e%2E/b, must not contain a segment . or ..",
        "http://localhost:1/.., must not contain a segment . or ..",
        "http://localhost:1//a, must begin with one slash",
        "https://localhost, participants.shop.target",
        "ftp://localhost:1, only http:// and gRPC without TLS",
        "kafka://localhost:9092, participants.shop.target"
    })
    void each_invalid_target_is_refused_with_its_reason(String target, String reason) {
        assertThatThrownBy(() -> new AnnouncedParticipants(Set.of()).changed("shop", target, "", LOOPBACK))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("ENT-063")
                .hasMessageContaining(reason);
    }

    @Test
    void another_application_gets_a_name_only_if_the_first_target_is_closed() throws IOException {
        AnnouncedParticipants announcements = new AnnouncedParticipants(Set.of());
        try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket instance = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String target = "http://localhost:" + first.getLocalPort() + "/shop";
            assertThat(announcements.changed("shop", target, "a", LOOPBACK)).isNotNull();
            for (String application : List.of("b", "")) {
                assertThatThrownBy(() -> announcements.changed("shop", "localhost:9", application, LOOPBACK))
                        .hasMessageContaining("ENT-066")
                        .hasMessageContaining(target)
                        .hasMessageContaining("localhost:9")
                        .hasMessageContaining("its own entente.participant.name");
            }
            assertThat(announcements.changed("shop", target, "a", LOOPBACK)).isNull();

            String other = "localhost:" + instance.getLocalPort();
            assertThat(announcements.changed("shop", other, "a", LOOPBACK)).isNotNull();
            assertThat(announcements.changed("shop", target, "a", LOOPBACK)).isNotNull();
            assertThat(announcements.changed("shop", target, "b", LOOPBACK)).isNull();
        }
        assertThat(announcements.changed("shop", "localhost:9", "c", LOOPBACK)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "local", "10.0.0.7", "fd00:0:0:0:0:0:0:7"})
    void an_announcement_from_another_machine_is_refused(String peer) {
        assertThatThrownBy(() -> new AnnouncedParticipants(Set.of()).changed("shop", "localhost:9", "", peer))
                .hasMessageContaining("from this machine");
    }

    @Test
    void the_syntax_and_number_of_names_are_limited() {
        AnnouncedParticipants announcements = new AnnouncedParticipants(Set.of());
        assertThatThrownBy(() -> announcements.changed("my shop", "localhost:9", "", LOOPBACK))
                .hasMessageContaining("write a name");
        for (int i = 0; i < AnnouncedParticipants.MAX; i++) {
            assertThat(announcements.changed("shop-" + i, "localhost:9", "", "0:0:0:0:0:0:0:1"))
                    .isNotNull();
        }
        assertThatThrownBy(() -> announcements.changed("one-more", "localhost:9", "", LOOPBACK))
                .hasMessageContaining("announced participants, which is the limit");
        assertThat(announcements.changed("shop-0", "localhost:9", "", LOOPBACK)).isNull();
    }
}
