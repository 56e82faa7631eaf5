package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.CheckRequest;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Subscription;
import dev.entente.v1.TccBranch;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts in spellings that allow-lists and resolvers read differently, in each request that may name a host. */
class OddTargetsTest {
    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        api = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static Operation grpc(String participant) {
        return SamplePlans.call(participant + "/shop.v1.StockService/Reserve");
    }

    @ParameterizedTest
    @CsvSource({
        "2130706433:80, ENT-015",
        "0:80, ENT-015",
        "0x7f.1:80, ENT-015",
        "[::ffff:127.0.0.1]:80, ENT-015",
        "dns:443, ENT-015",
        "unix:1234, ENT-015",
        "xds:443, ENT-015",
        "0:, ENT-014",
        "ipv4:, ENT-014",
        "ipv4:127.0.0.1:80, ENT-014",
    })
    void ambiguous_hosts_are_refused_at_submit_register_and_subscribe(String participant, String code)
            throws Exception {
        for (Operation odd : new Operation[] {grpc(participant), SamplePlans.http(participant, "/")}) {
            assertRefused(Refused.by(() -> submit(odd)), participant, code);
            assertRefused(Refused.by(() -> register(odd)), participant, code);
            assertRefused(Refused.by(() -> subscribe(odd)), participant, code);
        }
        assertNothingIsAccepted();
    }

    @ParameterizedTest
    @CsvSource({"xds:///shop", "unix:///run/docker.sock", "dns://10.0.0.5/shop.example:80"})
    void a_uri_as_participant_is_refused_at_submit(String participant) throws Exception {
        assertThat(Refused.by(() -> submit(grpc(participant))).message()).containsAnyOf("ENT-014", "ENT-001");
        assertRefused(Refused.by(() -> submit(SamplePlans.http(participant, "/"))), participant, "ENT-014");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "entente.v1.ParticipantService/ListBarrierRows",
                "entente.v1.ParticipantService/Execute",
                "entente.v1.ParticipantService/Check",
                "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                "grpc.channelz.v1.Channelz/GetServers",
            })
    void a_plan_cannot_call_methods_reserved_for_coordinators_and_operators(String method) throws Exception {
        Operation odd = SamplePlans.call("stock/" + method);
        for (Refused refused : List.of(
                Refused.by(() -> submit(odd)), Refused.by(() -> register(odd)), Refused.by(() -> subscribe(odd)))) {
            assertThat(refused.message()).contains("ENT-015", method, "is a method for coordinators and operators");
        }
        assertNothingIsAccepted();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "entente.v1x.ParticipantService/Check",
                "entente.v1.ParticipantServices/Check",
                "shop.v1.Health/Check",
                "shop.entente.v1.A/B",
                "grpcx.A/B",
                "grpc.health.v1.Health/Check"
            })
    void methods_with_names_similar_to_reserved_ones_are_allowed(String method) {
        String gid = "t-like-" + method.replace('/', '-');
        submit(gid, SamplePlans.call("stock/" + method));
        assertThat(api.get(gid).getGid()).isEqualTo(gid);
    }

    @Test
    void a_check_back_may_name_its_own_message_only() throws Exception {
        begin("t-empty", ByteString.EMPTY);
        begin("t-message", CheckRequest.newBuilder().setGid("t-message").build().toByteString());
        ByteString another = CheckRequest.newBuilder().setGid("t-other").build().toByteString();
        ByteString twice = another.concat(
                CheckRequest.newBuilder().setGid("t-asked").build().toByteString());
        for (ByteString request : List.of(another, twice)) {
            assertThat(Refused.by(() -> begin("t-asked", request)).message())
                    .contains("ENT-015", "the check-back names another message");
        }
    }

    private void begin(String gid, ByteString request) {
        api.begin(Plan.newBuilder()
                .setGid(gid)
                .setName("paid")
                .setMessage(Message.newBuilder()
                        .setCheckBack(SamplePlans.call("stock/entente.v1.ParticipantService/Check").toBuilder()
                                .setRaw(request))
                        .addDeliveries(SamplePlans.call("stock/shop.v1.StockService/Reserve")))
                .build());
    }

    private static void assertRefused(Refused refused, String participant, String code) {
        String means = code.equals("ENT-015") ? "not written plainly" : "neither a configured name nor host:port";
        assertThat(refused.message()).contains(code, means, participant);
    }

    private static void assertNothingIsAccepted() {
        assertThat(api.number("select count(*) from open_transaction where gid = 't-odd'"))
                .isZero();
        assertThat(api.get("t-begun").getBranchesCount()).isZero();
    }

    private static void submit(Operation odd) {
        submit("t-odd", odd);
    }

    private static void submit(String gid, Operation odd) {
        api.submit(SamplePlans.oneStep(gid, odd));
    }

    private void register(Operation odd) {
        api.begin(SamplePlans.emptyTcc("t-begun"));
        api.register(
                "t-begun",
                TccBranch.newBuilder()
                        .setId("reserve")
                        .setConfirm(odd)
                        .setCancel(SamplePlans.call("stock/shop.v1.StockService/Release"))
                        .build());
    }

    private void subscribe(Operation odd) {
        var _ = api.topics()
                .subscribe(Subscription.newBuilder()
                        .setTopic("paid")
                        .setSubscriber("mailer")
                        .setDeliver(odd)
                        .build());
    }
}
