package dev.entente.server.participant.guard;

import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.explained;
import static dev.entente.server.participant.grpc.CallFixture.leaving;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.LoopbackPorts;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.grpc.BlockedPort;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.participant.grpc.LoopbackParticipant;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.ParticipantRegister;
import dev.entente.server.telemetry.Metrics;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Limits on calls to addresses from plans and subscriptions: one guard checks all of these calls, and the submitter
 * sees no resolved address. All names resolve to this machine, without DNS.
 */
@Execution(ExecutionMode.CONCURRENT)
class EgressTest {
    private static final Duration CONNECT = Duration.ofMillis(500);
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1");
    /** Parts of addresses and of system messages about connections. */
    private static final String[] SECRETS = {"127.0.0.1", "localhost/", "refused", "errno", "error(", "reset", "java."};

    /** Resolves each name to this machine without a network, except names that begin with "unknown". */
    private static InetAddress[] lookUp(String host) throws UnknownHostException {
        if (host.startsWith("unknown")) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }

    private static CalledParticipants participants(List<String> networks, ParticipantConfig... configured) {
        return allowing("*:*", networks, EgressTest::lookUp, CONNECT, configured);
    }

    /** Returns participants with calls that wait for a connection as long as necessary. */
    private static CalledParticipants reaching(String allowed, List<String> networks) {
        return allowing(allowed, networks, EgressTest::lookUp, CallFixture.CONNECT);
    }

    private static CalledParticipants allowing(
            String allowed,
            List<String> networks,
            AllowedAddresses.LookUp lookUp,
            Duration connect,
            ParticipantConfig... configured) {
        return new CalledParticipants(
                List.of(configured),
                List.of(allowed),
                guard -> new AllowedAddresses(guard, networks, lookUp),
                CallFixture.LOOPS,
                Metrics.none(),
                Circuit.Rules.standard(connect),
                CallFixture.NO_BROKERS);
    }

    private static BranchCall call(Pattern pattern, Target target) {
        return call(pattern, target, CallFixture.TIMEOUT);
    }

    private static BranchCall call(Pattern pattern, Target target, Duration timeout) {
        return CallFixture.of(pattern, CallFixture.to(target, callOf("stock", timeout)));
    }

    private static Target target(String way, String participant) {
        return way.equals("http")
                ? new Target.Http(participant, "POST", "/", Map.of())
                : new Target.Grpc(participant, "shop.v1.StockService/Reserve");
    }

    @ParameterizedTest
    @EnumSource
    void calls_of_each_pattern_to_a_name_in_a_private_network_are_refused(Pattern pattern) throws IOException {
        try (BlockedPort hidden = BlockedPort.toNowhere(false);
                CalledParticipants participants = participants(List.of())) {
            String name = "shop.example:" + hidden.port();
            for (String way : List.of("grpc", "http")) {
                Outcome outcome = explained(participants, call(pattern, target(way, name)));

                assertThat(outcome.detail())
                        .contains("ENT-015", "private network")
                        .doesNotContain(SECRETS);
            }
            assertThat(hidden.accepted()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "[::1]"})
    void a_wildcard_permits_no_spelling_of_this_machine(String host) throws IOException {
        try (BlockedPort hidden = BlockedPort.toNowhere(false);
                CalledParticipants participants = participants(List.of())) {
            for (String way : List.of("grpc", "http")) {
                Target endpoint = target(way, host + ":" + hidden.port());
                assertThat(explained(participants, call(Pattern.SAGA, endpoint)).detail())
                        .contains("ENT-015", "private network");
            }
            assertThat(hidden.accepted()).isEmpty();
        }
    }

    @Test
    void only_named_addresses_and_permitted_networks_are_called() {
        try (LoopbackParticipant stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                LoopbackHttp shop = LoopbackHttp.start(_ -> LoopbackHttp.Answer.of(200, ""));
                CalledParticipants named = reaching("127.0.0.1:*", List.of());
                CalledParticipants trusting = reaching("*.example:*", LOOPBACK);
                CalledParticipants closed = reaching("elsewhere.example:*", List.of())) {
            for (String endpoint : List.of("grpc " + stock.target(), "http " + shop.hostPort())) {
                String way = endpoint.substring(0, 4);
                String address = endpoint.substring(5);
                String name = "shop.example" + address.substring(address.indexOf(':'));
                assertThat(await(start(named, call(Pattern.SAGA, target(way, address)))))
                        .isInstanceOf(Outcome.Succeeded.class);
                assertThat(await(start(trusting, call(Pattern.SAGA, target(way, name)))))
                        .isInstanceOf(Outcome.Succeeded.class);
                assertThat(await(start(closed, call(Pattern.SAGA, target(way, address))))
                                .detail())
                        .startsWith("ENT-015");
            }
            assertThat(stock.arrived()).hasSize(2);
            assertThat(shop.arrived()).hasSize(2);
            assertThat(shop.arrived().getFirst().header("host")).isEqualTo(shop.hostPort());
            assertThat(named.statuses()).extracting(ParticipantStatus::address).contains(stock.target());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http"})
    void a_call_to_a_name_without_an_address_reports_the_reason(String way) {
        try (CalledParticipants participants = participants(List.of())) {
            assertThat(explained(participants, call(Pattern.SAGA, target(way, "unknown.example:1")))
                            .detail())
                    .contains("its host name has no address");
        }
    }

    @Test
    void probes_and_descriptor_queries_do_not_reach_a_private_network() throws Exception {
        try (BlockedPort hidden = BlockedPort.toNowhere(false);
                CalledParticipants participants = participants(List.of())) {
            String name = "shop.example:" + hidden.port();
            ProbeResult probed = participants.probe(name).get();
            assertThat(probed.isReachable()).isFalse();
            assertThat(probed.error()).contains("ENT-015");
            assertThatThrownBy(
                            () -> participants.methods().require(new Target.Grpc(name, "shop.v1.StockService/Reserve")))
                    .hasMessageContaining("it cannot be reached");
            assertThat(hidden.accepted()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2130706433:80", "0x7f.1:80", "[::ffff:127.0.0.1]:80", "dns:443", "unix:1234"})
    void an_address_in_an_unusual_spelling_is_not_called(String name) {
        try (CalledParticipants participants = participants(LOOPBACK)) {
            for (String way : List.of("grpc", "http")) {
                assertThat(await(start(participants, call(Pattern.SAGA, target(way, name)))))
                        .isInstanceOf(Outcome.Misconfigured.class)
                        .extracting(Outcome::detail)
                        .asString()
                        .contains("ENT-015", "not written plainly");
            }
            assertThatThrownBy(() -> participants.probe(name).get()).hasMessageContaining("ENT-015");
        }
    }

    @ParameterizedTest
    @CsvSource({"grpc, shop.example", "http, shop.example", "grpc, stock", "http, stock"})
    void a_refused_connection_shows_the_submitter_no_address(String way, String host) throws IOException {
        int port = LoopbackPorts.next();
        String scheme = way.equals("http") ? "http://" : "";
        ParticipantConfig stock = ParticipantConfig.plaintext("stock", scheme + "127.0.0.1:" + port);
        try (CalledParticipants participants = participants(LOOPBACK, stock)) {
            String name = host.equals("stock") ? host : host + ":" + port;
            Outcome outcome = explained(participants, call(Pattern.SAGA, target(way, name)));

            assertThat(outcome).isInstanceOf(Outcome.NotSent.class);
            assertThat(outcome.detail())
                    .contains("could not connect to the participant")
                    .doesNotContainIgnoringCase(SECRETS);
            assertThat(participants.statuses())
                    .anySatisfy(status -> assertThat(status.lastError()).containsIgnoringCase("connect"))
                    .anySatisfy(status -> assertThat(status.lastError())
                            .as("operators see what was found")
                            .containsAnyOf("refused", "ConnectException"));
        }
    }

    @ParameterizedTest
    @CsvSource({"grpc, true", "http, true", "grpc, false", "http, false"})
    void a_broken_or_silent_connection_shows_the_submitter_no_address(String way, boolean closes) throws IOException {
        try (BlockedPort listening = BlockedPort.toNowhere(closes);
                CalledParticipants participants = participants(LOOPBACK)) {
            String name = "shop.example:" + listening.port();
            Outcome outcome = await(start(participants, call(Pattern.SAGA, target(way, name), SHORT)));
            assertThat(outcome.detail()).doesNotContainIgnoringCase(SECRETS).doesNotContain("remote_addr");
        }
    }

    @Test
    void a_timeout_shows_the_submitter_no_address() {
        try (LoopbackParticipant stock = LoopbackParticipant.plain(LoopbackParticipant.hang());
                CalledParticipants participants = participants(LOOPBACK)) {
            String name =
                    "shop.example" + stock.target().substring(stock.target().lastIndexOf(':'));
            Outcome outcome = leaving(participants, call(Pattern.SAGA, target("grpc", name), SHORT));

            assertThat(outcome.detail()).isEqualTo("DEADLINE_EXCEEDED: no response in time");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(participants.statuses())
                            .singleElement()
                            .satisfies(status -> assertThat(status.lastError()).contains("remote_addr")));
        }
    }

    @Test
    void the_error_text_of_a_participant_is_reported() {
        try (LoopbackParticipant stock = LoopbackParticipant.plain(
                        LoopbackParticipant.status(Status.UNAVAILABLE.withDescription("closed on sundays")));
                CalledParticipants participants = reaching("*:*", LOOPBACK)) {
            String name =
                    "shop.example" + stock.target().substring(stock.target().lastIndexOf(':'));
            assertThat(await(start(participants, call(Pattern.SAGA, target("grpc", name))))
                            .detail())
                    .isEqualTo("UNAVAILABLE: closed on sundays");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http"})
    void the_number_of_addresses_called_at_once_is_limited(String way) throws Exception {
        CountDownLatch isLookedUp = new CountDownLatch(1);
        BlockedLookUp slow = new BlockedLookUp(isLookedUp);
        List<CompletableFuture<Outcome>> waiting = new ArrayList<>();
        try (CalledParticipants participants = allowing("*:*", List.of(), slow, Duration.ofMinutes(5))) {
            for (int i = 1; i <= ParticipantRegister.MAX_DIRECT; i++) {
                waiting.add(start(participants, call(Pattern.SAGA, target(way, "shop.example:" + i))));
            }
            Outcome outcome = await(start(participants, call(Pattern.SAGA, target(way, "shop.example:9999"))));

            assertThat(outcome).isInstanceOf(Outcome.NotSent.class);
            assertThat(outcome.detail()).contains("256 other participants are called by address");
            assertThat(participants.statuses()).hasSize(ParticipantRegister.MAX_DIRECT);
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
            assertThat(start(participants, call(Pattern.SAGA, target(way, "shop.example:1"))))
                    .as("one that is called already")
                    .isNotDone();
            isLookedUp.countDown();
        }
    }

    /** A name lookup that waits for the latch and then finds no address. */
    private record BlockedLookUp(CountDownLatch end) implements AllowedAddresses.LookUp {
        @Override
        public InetAddress[] of(String host) throws UnknownHostException {
            try {
                end.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            throw new UnknownHostException(host);
        }
    }

    @Test
    void a_header_that_is_no_longer_configured_is_not_sent() throws IOException {
        try (BlockedPort shop = BlockedPort.toNowhere(false);
                CalledParticipants participants = participants(
                        LOOPBACK, ParticipantConfig.plaintext("shop", "http://127.0.0.1:" + shop.port()))) {
            for (String header : List.of("x-api-key", "X-Forwarded-For")) {
                Outcome outcome = await(start(
                        participants,
                        call(Pattern.MESSAGE, new Target.Http("shop", "POST", "/", Map.of(header, "secret")))));

                assertThat(outcome).isInstanceOf(Outcome.Misconfigured.class);
                assertThat(outcome.detail())
                        .contains(header, "participants.shop.headers")
                        .doesNotContain("secret");
            }
            assertThat(shop.accepted()).isEmpty();
        }
    }
}
