package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.explained;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.guard.AddressGuard;
import dev.entente.server.participant.guard.AllowedAddresses;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.telemetry.ForeignLog;
import dev.entente.server.telemetry.Metrics;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** A plan names a participant by {@code host:port}; its calls over gRPC reach what an operator allows, and no more. */
class GuardedNamesTest {
    private final LoopbackParticipant stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
    private final String port = stock.target().substring(stock.target().lastIndexOf(':'));

    @AfterEach
    void close() {
        stock.close();
    }

    /** Names are looked up here, on no network: each leads to this machine, save one. */
    private static InetAddress[] lookUp(String host) throws UnknownHostException {
        if (host.startsWith("unknown")) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }

    private static GrpcParticipants allowing(String targets, List<String> networks) {
        return allowing(targets, networks, CallFixture.CONNECT);
    }

    /** Participants whose calls wait for a connection for a moment only. */
    private static GrpcParticipants hasty(String targets) {
        return allowing(targets, List.of(), Duration.ofMillis(500));
    }

    private static GrpcParticipants allowing(String targets, List<String> networks, Duration connect) {
        TargetGuard guard = new TargetGuard(Set.of(), List.of(targets));
        return new GrpcParticipants(
                List.of(),
                guard,
                new AllowedAddresses(guard, new AddressGuard(networks), GuardedNamesTest::lookUp),
                CallFixture.LOOPS,
                Metrics.none(),
                Circuit.Rules.standard(connect));
    }

    private Outcome call(GrpcParticipants participants, String host) {
        return await(start(participants, callOf(host + port)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shop.example",
                "127.0.0.1",
                "localhost",
                "[::1]",
            })
    void a_wildcard_lets_nothing_through_that_leads_into_a_private_network(String host) {
        try (GrpcParticipants participants = hasty("*:*")) {
            Outcome outcome = explained(participants, callOf(host + port));

            assertThat(outcome).isNotInstanceOf(Outcome.Succeeded.class);
            assertThat(outcome.detail()).contains("ENT-015", "private network").doesNotContain("/127.0.0.1");
            assertThat(stock.arrived()).isEmpty();
        }
    }

    @Test
    void a_name_that_leads_into_a_permitted_network_is_called() {
        try (GrpcParticipants participants = allowing("*.example:*", List.of("127.0.0.0/8", "::1"))) {
            assertThat(call(participants, "shop.example")).isInstanceOf(Outcome.Succeeded.class);
            assertThat(stock.arrived()).hasSize(1);
        }
    }

    @Test
    void an_address_that_the_operator_named_is_called() {
        try (GrpcParticipants participants = allowing("127.0.0.1:*", List.of())) {
            assertThat(call(participants, "127.0.0.1")).isInstanceOf(Outcome.Succeeded.class);
        }
    }

    @Test
    void a_name_without_an_address_says_so() {
        try (GrpcParticipants participants = hasty("*:*")) {
            assertThat(explained(participants, callOf("unknown.example" + port)).detail())
                    .contains("its name has no address");
        }
    }

    @Test
    void names_without_an_address_do_not_flood_the_log() {
        Logger channels = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");
        AtomicInteger records = new AtomicInteger();
        Handler bridge = new SLF4JBridgeHandler() {
            @Override
            public void publish(LogRecord line) {
                records.incrementAndGet();
                super.publish(line);
            }
        };
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        var log = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(channels.getName());
        ForeignLog.watch();
        Level before = channels.getLevel();
        channels.setLevel(Level.WARNING);
        channels.setUseParentHandlers(false);
        channels.addHandler(bridge);
        log.addAppender(lines);
        log.setAdditive(false);
        try (GrpcParticipants participants = hasty("*:*")) {
            List<CompletableFuture<Outcome>> answers = IntStream.range(0, 20)
                    .mapToObj(i -> callOf("unknown" + i + ".example" + port))
                    .map(call -> CompletableFuture.supplyAsync(
                            () -> explained(participants, call), Thread::startVirtualThread))
                    .toList();
            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.join().detail()).contains("its name has no address"));
        } finally {
            log.detachAppender(lines);
            log.setAdditive(true);
            channels.removeHandler(bridge);
            channels.setUseParentHandlers(true);
            channels.setLevel(before);
        }
        assertThat(records).hasValueGreaterThanOrEqualTo(20);
        // Another test of this process may have had the minute's line.
        assertThat(lines.list).hasSizeLessThanOrEqualTo(1);
    }
}
