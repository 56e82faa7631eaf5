package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.Client;
import dev.entente.server.app.ExampleParticipant;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.Message;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data that a token lets its holder read and change. {@code AnswerMatrixTest} verifies the roles of each call. */
class AuthenticationTest {
    private static final int MANY = 8000;

    @TempDir
    static Path folder;

    private static Principals principals;
    private static ExampleParticipant participant;
    private static LocalCoordinator api;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(
                folder,
                "shop submitter",
                "viewer viewer",
                "operator operator",
                "admin admin",
                "leaving viewer",
                "hasty operator");
        participant = ExampleParticipant.start();
        api = LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "participants.stock.target", participant.target());
    }

    @AfterAll
    static void stop() {
        api.close();
        participant.close();
    }

    private static Client as(String principal) {
        return principals.at(api, principal);
    }

    @Test
    void a_call_without_a_known_token_is_unauthenticated() throws Exception {
        for (Client client : List.of(api, api.as("ent_wrong"))) {
            Refused refused = Refused.by(() -> client.get(""));
            assertThat(refused.status()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(refused.code()).isEqualTo("ENT-060");
        }
    }

    @Test
    void only_operators_read_payloads_and_the_submitter_reads_its_result() {
        as("shop").run(SamplePlans.saga("t-result"));
        as("shop").submit(SamplePlans.scheduled("t-open"));
        for (String principal : List.of("shop", "viewer", "operator", "admin")) {
            boolean operates = List.of("operator", "admin").contains(principal);
            assertThat(as(principal)
                            .described("t-open")
                            .getPlan()
                            .getSaga()
                            .getSteps(0)
                            .getAction()
                            .hasRaw())
                    .as(principal)
                    .isEqualTo(operates);
            assertThat(as(principal).described("t-result").hasResult())
                    .as(principal)
                    .isEqualTo(operates || principal.equals("shop"));
            assertThat(as(principal).get("t-result").hasResult()).as(principal).isEqualTo(principal.equals("shop"));
        }
    }

    @Test
    void a_revoked_token_is_invalid_after_the_file_is_read_again() {
        principals.revoke("leaving");
        await().untilAsserted(() ->
                assertThat(Refused.by(() -> as("leaving").get("t-none")).code()).isEqualTo("ENT-060"));
    }

    /** Uses enough transactions that the token file is read again before the last one. */
    @Test
    void a_bulk_operation_stops_when_its_token_is_revoked() throws Exception {
        StreamClient client = StreamClient.open(as("shop").channel);
        for (int i = 1; i <= MANY; i++) {
            client.send(i, SamplePlans.request(SamplePlans.scheduled("bulk-" + i)));
        }
        await().until(() -> client.answers.size() == MANY);
        Iterator<OperateMatchingResponse> reported = as("hasty")
                .operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(TransactionFilter.newBuilder().setGidPrefix("bulk-"))
                        .setLimit(MANY)
                        .setOperation("park")
                        .setReason("fixed")
                        .build());
        assertThat(reported.next().getApplied()).isTrue();
        principals.revoke("hasty");
        assertThat(Refused.by(() -> reported.forEachRemaining(_ -> {})).code()).isEqualTo("ENT-060");
        assertThat(api.number("select count(*) from open_transaction where gid like 'bulk-%' and parked_at is null"))
                .isPositive();
    }

    @Test
    void the_token_file_contains_no_secret_and_only_its_owner_can_access_the_file() throws IOException {
        assertThat(Files.readString(principals.file)).doesNotContain("ent_");
        assertThat(Files.getPosixFilePermissions(principals.file)).hasSize(2);
    }

    @Test
    void a_submitter_does_not_see_the_gid_of_the_blocking_message() {
        for (String gid : List.of("order-76", "order-77")) {
            as("shop")
                    .submit(Plan.newBuilder()
                            .setGid(gid)
                            .setName("paid")
                            .setMessage(Message.newBuilder()
                                    .setOrderingKey("line")
                                    .addDeliveries(SamplePlans.call("stock/shop.v1.StockService/Nothing")))
                            .build());
        }
        await().until(() ->
                as("viewer").get("order-77").getBranches(0).getBlockedBy().equals("order-76"));
        Transaction shown = as("shop").get("order-77");
        assertThat(shown.getBranches(0).getBlockedBy()).isEqualTo("(another message)");
        assertThat(shown.getWaiting().getBlockedBy()).isEqualTo("(another message)");
        assertThat(shown.toString()).doesNotContain("order-76");
    }
}
