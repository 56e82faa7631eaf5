package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.client.Submitted;
import dev.entente.client.TransactionRefused;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Submits of the SDK over streams with tokens that are invalid, or become invalid. */
class RefusedSubmitsTest {
    @TempDir
    private Path folder;

    private static Entente client(LocalCoordinator coordinator, String token) {
        return Entente.builder(coordinator.target()).bearerToken(token).build();
    }

    private LocalCoordinator guarded(Principals principals) {
        return LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "participants.stock.target", "127.0.0.1:1");
    }

    private static Saga asking(Entente entente, String gid) {
        Saga saga = entente.saga("asking").gid(gid);
        saga.approval("manager").within(Duration.ofDays(1), ApprovalStep.Expiry.REJECT);
        return saga;
    }

    @Test
    void each_submit_with_an_invalid_or_unauthorized_token_is_refused() {
        Principals principals = new Principals(folder, "shop submitter", "desk viewer");
        try (LocalCoordinator coordinator = guarded(principals)) {
            assertRefused(coordinator, "of-another", "ENT-060");
            assertRefused(coordinator, principals.secret("desk"), "ENT-061");
            assertThat(coordinator.number("select count(*) from open_transaction"))
                    .isZero();
        }
    }

    private static void assertRefused(LocalCoordinator coordinator, String token, String code) {
        try (Entente entente = client(coordinator, token)) {
            List<CompletableFuture<Submitted>> all = IntStream.range(0, 40)
                    .mapToObj(i -> asking(entente, "order-" + i).submitAsync())
                    .toList();
            assertThat(all)
                    .allSatisfy(one -> assertThatThrownBy(one::join)
                            .cause()
                            .isInstanceOfSatisfying(
                                    TransactionRefused.class,
                                    refused -> assertThat(refused.code()).isEqualTo(code)));
        }
    }

    @Test
    void a_submit_in_flight_at_the_revocation_gets_its_response() {
        Principals principals = new Principals(folder, "shop submitter", "ops operator");
        try (LocalCoordinator coordinator = guarded(principals);
                Entente entente = client(coordinator, principals.secret("shop"))) {
            CompletableFuture<Outcome> underWay = asking(entente, "order-1").submitAndWaitAsync(Duration.ofMinutes(5));
            await().until(() -> coordinator.number("select count(*) from open_transaction") == 1);
            principals.revoke("shop");
            await().until(() -> coordinator.metrics().contains("entente_auth_tokens 1.0"));

            assertThatThrownBy(() -> asking(entente, "order-2").submit())
                    .isInstanceOf(TransactionRefused.class)
                    .hasMessageContaining("ENT-060");
            await().ignoreExceptions()
                    .until(() -> !principals
                            .at(coordinator, "ops")
                            .approve("order-1", "manager")
                            .getGid()
                            .isEmpty());

            assertThat(underWay.join()).isInstanceOf(Outcome.Succeeded.class);
        }
    }
}
