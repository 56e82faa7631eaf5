package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.client.Entente;
import dev.entente.outbox.contract.CarrierContract;
import dev.entente.outbox.contract.CarrierFinding;
import dev.entente.outbox.contract.CarrierFinding.Verdict;
import dev.entente.outbox.contract.CarrierPromise;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that the SDK's carriers keep the contract and that a broken promise of a carrier is detected. */
@Execution(ExecutionMode.CONCURRENT)
class CarrierContractTest {
    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofSeconds(3);

    @Test
    void the_http_carrier_keeps_the_contract() throws Exception {
        try (HttpContractReceiver receiver = new HttpContractReceiver()) {
            HttpClient client = HttpClient.newBuilder().connectTimeout(WITHIN).build();
            assertKept(new CarrierContract(new HttpCarrier(client), receiver, WITHIN).check());
        }
    }

    @Test
    void the_grpc_carrier_keeps_the_contract() throws Exception {
        try (GrpcContractReceiver receiver = new GrpcContractReceiver()) {
            ManagedChannel channel = NettyChannelBuilder.forTarget(receiver.target())
                    .usePlaintext()
                    .build();
            try (GrpcCarrier carrier = new GrpcCarrier(Map.of(GrpcContractReceiver.CHANNEL, channel))) {
                assertKept(new CarrierContract(carrier, receiver, WITHIN).check());
            } finally {
                channel.shutdownNow();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_coordinator_carrier_keeps_the_contract(boolean isStreamed) {
        try (CoordinatorContractReceiver receiver = new CoordinatorContractReceiver();
                Entente entente =
                        Entente.builder(receiver.target()).stream(isStreamed).build()) {
            assertKept(new CarrierContract(new CoordinatorCarrier(entente), receiver, WITHIN).check());
        }
    }

    @Test
    void a_carrier_that_reports_false_deliveries_is_detected() throws Exception {
        Carrier lying = (message, within) -> CompletableFuture.completedFuture(new Delivery.Delivered());

        assertThat(broken(lying))
                .contains(
                        CarrierPromise.DELIVERS_WHAT_IT_WAS_GIVEN,
                        CarrierPromise.ENDS_IN_TIME,
                        CarrierPromise.REPORTS_A_REFUSAL,
                        CarrierPromise.SURVIVES_AN_ABSENT_RECEIVER,
                        CarrierPromise.KEEPS_ORDER);
    }

    @Test
    void a_carrier_that_blocks_is_detected() throws Exception {
        Carrier honest = new HttpCarrier(HttpClient.newHttpClient());
        // One check allows an attempt to hang for fifty times SHORT.
        Carrier blocking = (message, within) -> CompletableFuture.completedFuture(honest.deliver(message, SHORT)
                .exceptionally(late -> new Delivery.Unanswered("late", Duration.ZERO))
                .join());

        assertThat(broken(blocking)).containsExactly(CarrierPromise.STARTS_WITHOUT_BLOCKING);
    }

    @Test
    void a_carrier_that_exposes_payloads_in_errors_is_detected() throws Exception {
        Carrier honest = new HttpCarrier(HttpClient.newHttpClient());
        Carrier exposing = (message, within) -> honest.deliver(message, within)
                .thenApply(delivery -> delivery instanceof Delivery.Refused
                        ? new Delivery.Refused(new String(message.payload(), StandardCharsets.ISO_8859_1))
                        : delivery);

        assertThat(broken(exposing)).containsExactly(CarrierPromise.KEEPS_PAYLOADS_OUT_OF_ERRORS);
    }

    @Test
    void a_relay_delivers_through_a_custom_carrier() throws Exception {
        List<String> topic = new CopyOnWriteArrayList<>();
        Carrier list = (message, within) -> {
            topic.add(message.address() + " " + message.metadata().get("idempotency-key") + " "
                    + new String(message.payload(), StandardCharsets.UTF_8));
            return CompletableFuture.completedFuture(new Delivery.Delivered());
        };
        byte[] payload = "paid".getBytes(StandardCharsets.UTF_8);
        try (OutboxFixture fixture = new OutboxFixture("outbox_own_carrier")) {
            fixture.enqueue(
                    OutboxMessage.through("list", "orders", "", payload)
                            .id("m-1")
                            .key("k"),
                    OutboxMessage.through("other", "orders", "", payload).id("m-2"));
            fixture.start(fixture.relay().carrier("list", list));

            await().until(() -> topic.equals(List.of("orders m-1 paid")));
            assertThat(fixture.count("entente_outbox where id = 'm-2' and attempts = 0 and claim is null"))
                    .as("it waits for a relay that has the carrier 'other'")
                    .isEqualTo(1);
        }
        assertThatThrownBy(() -> OutboxMessage.through("http", "x", "", payload))
                .hasMessageContaining("is not a valid name for a custom carrier");
    }

    private static List<CarrierPromise> broken(Carrier carrier) throws Exception {
        try (HttpContractReceiver receiver = new HttpContractReceiver()) {
            return new CarrierContract(carrier, receiver, SHORT)
                    .check().stream()
                            .filter(finding -> finding.verdict() == Verdict.BROKEN)
                            .map(CarrierFinding::promise)
                            .toList();
        }
    }

    private static void assertKept(List<CarrierFinding> findings) {
        assertThat(findings)
                .allSatisfy(finding ->
                        assertThat(finding.verdict()).as(finding.toString()).isEqualTo(Verdict.KEPT));
        assertThat(findings).extracting(CarrierFinding::promise).containsExactly(CarrierPromise.values());
    }
}
